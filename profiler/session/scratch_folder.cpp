// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/scratch_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace orrery::session {

Result<ScratchFolder> ScratchFolder::create()
{
    const char* base = std::getenv("TMPDIR");
    std::string path = std::string(base && *base ? base : "/tmp") + "/orrery-XXXXXX";
    if (!mkdtemp(path.data()))
        return Error{ErrorCode::Io, std::string("no temporary folder: ") + std::strerror(errno), path};
    return ScratchFolder(std::move(path));
}

ScratchFolder::ScratchFolder(std::string path)
    : m_path(std::move(path))
{}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : m_path(std::exchange(other.m_path, {}))
{}

ScratchFolder& ScratchFolder::operator=(ScratchFolder&& other) noexcept
{
    std::swap(m_path, other.m_path);
    return *this;
}

ScratchFolder::~ScratchFolder()
{
    std::error_code ignored;
    if (!m_path.empty())
        std::filesystem::remove_all(m_path, ignored);
}

} // namespace orrery::session
