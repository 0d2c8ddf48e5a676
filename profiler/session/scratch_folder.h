#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ScratchFolder: a private folder, the only place where a runner may write; it hands its outputs over there.
// Removed with all that it holds. What lies in it was written by a process that ran somebody's model: links
// are not followed, sizes are checked.

#include "engine/base/result.h"

#include <string>

namespace orrery::session {

class ScratchFolder {
public:
    static Result<ScratchFolder> create(); // in $TMPDIR, else /tmp

    ScratchFolder(ScratchFolder&&) noexcept;
    ScratchFolder& operator=(ScratchFolder&&) noexcept;
    ~ScratchFolder();

    const std::string& path() const { return m_path; }
    std::string file(const std::string& name) const { return m_path + "/" + name; }

private:
    explicit ScratchFolder(std::string path);
    std::string m_path;
};

} // namespace orrery::session
