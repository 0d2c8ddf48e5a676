// SPDX-License-Identifier: Apache-2.0
#include "profiler/record/process_probe.h"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace orrery::record {

ProcessProbe::ProcessProbe(std::int64_t pid)
    : m_fd(::open(("/proc/" + std::to_string(pid) + "/statm").c_str(), O_RDONLY | O_CLOEXEC))
{}

ProcessProbe::~ProcessProbe()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

std::optional<std::int64_t> ProcessProbe::residentBytes() const
{
    std::array<char, 128> text{};
    ssize_t length = m_fd >= 0 ? pread(m_fd, text.data(), text.size() - 1, 0) : -1;
    long size = 0;
    long resident = 0;
    if (length <= 0 || std::sscanf(text.data(), "%ld %ld", &size, &resident) != 2 || resident <= 0)
        return std::nullopt; // a process that has ended shows zero pages
    return static_cast<std::int64_t>(resident) * sysconf(_SC_PAGESIZE);
}

} // namespace orrery::record
