#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ScratchFolder: a private folder for the files through which a run hands over its outputs; removed with all
// it holds.

#include "engine/base/result.h"

#include <string>

namespace orrery::session {

class ScratchFolder {
public:
    static Result<ScratchFolder> create(); // in $TMPDIR, else /tmp

    ScratchFolder(ScratchFolder&&) noexcept;
    ScratchFolder& operator=(ScratchFolder&&) noexcept;
    ~ScratchFolder();

    std::string file(const std::string& name) const { return m_path + "/" + name; }

private:
    explicit ScratchFolder(std::string path);
    std::string m_path;
};

} // namespace orrery::session
