#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ProcessProbe: the resident set of a process, from /proc/<pid>/statm. The file stays open; a sample is one
// read. The session samples the runner from outside, so the executing thread does not pay for it.

#include <cstdint>
#include <optional>

namespace orrery::record {

class ProcessProbe {
public:
    explicit ProcessProbe(std::int64_t pid);
    ~ProcessProbe();
    ProcessProbe(const ProcessProbe&) = delete;
    ProcessProbe& operator=(const ProcessProbe&) = delete;

    std::optional<std::int64_t> residentBytes() const; // nullopt once the process is gone

private:
    int m_fd = -1;
};

} // namespace orrery::record
