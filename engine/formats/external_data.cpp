// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/external_data.h"

#include "engine/base/checked_math.h"
#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace orrery::formats {
namespace {

constexpr std::int64_t freeReadBytes = std::int64_t(64) << 20;
constexpr std::size_t maxOpenFiles = 256;

Result<std::int64_t> number(const std::string& key, const std::string& text)
{
    std::int64_t value = -1;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || value < 0)
        return Error{ErrorCode::BadFile,
                     fmt::format("external data \"{}\": expected a number of bytes, found \"{}\"", key,
                                 displayText(text, 80)),
                     {}};
    return value;
}

std::vector<std::string> components(const std::string& location)
{
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (start <= location.size()) {
        std::size_t slash = std::min(location.find('/', start), location.size());
        if (std::string part = location.substr(start, slash - start); part != ".")
            parts.push_back(std::move(part));
        start = slash + 1;
    }
    return parts;
}

// What openat2() does with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, for kernels and sandboxes without it.
int openByComponents(int folder, const std::string& location, int flags)
{
    auto parts = components(location);
    UniqueFd current(::fcntl(folder, F_DUPFD_CLOEXEC, 0));
    for (std::size_t i = 0; i + 1 < parts.size() && current.valid(); ++i)
        current = UniqueFd(
            ::openat(current.get(), parts[i].c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!current.valid() || parts.empty())
        return -1;
    return ::openat(current.get(), parts.back().c_str(), flags | O_NOFOLLOW);
}

int openBeneath(int folder, const std::string& location)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    struct open_how how = {};
    how.flags = static_cast<std::uint64_t>(flags);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    long fd = ::syscall(SYS_openat2, folder, location.c_str(), &how, sizeof how);
    if (fd >= 0)
        return static_cast<int>(fd);
    if (errno == ENOSYS || errno == EPERM)
        return openByComponents(folder, location, flags);
    return -1;
}

} // namespace

Result<graph::ExternalData> parseExternalData(graph::Metadata entries)
{
    graph::ExternalData external;
    std::vector<std::string_view> seen;
    bool located = false;
    for (const auto& [key, value] : entries) {
        if (std::find(seen.begin(), seen.end(), key) != seen.end())
            return Error{ErrorCode::BadFile,
                         fmt::format("external data gives \"{}\" twice", displayText(key, 80)),
                         {}};
        seen.push_back(key);
        if (seen.size() > 32)
            return Error{ErrorCode::BadFile, "external data with more than 32 entries", {}};
        if (key == "location") {
            external.location = value;
            located = true;
        } else if (key == "offset") {
            external.offset = TRY(number(key, value));
        } else if (key == "length") {
            external.length = TRY(number(key, value));
        }
    }
    if (!located)
        return Error{ErrorCode::BadFile, "external data without a \"location\"", {}};
    external.entries = std::move(entries);
    return external;
}

std::string whyLocationRefused(std::string_view location)
{
    if (location.empty())
        return "it is empty";
    if (location.size() > 4096)
        return "it is longer than 4096 bytes";
    if (location.find('\0') != std::string_view::npos)
        return "it holds a NUL byte";
    if (location.find('\\') != std::string_view::npos)
        return "it holds a backslash";
    if (location.front() == '/')
        return "it is an absolute path";
    if (location.size() >= 2 && location[1] == ':')
        return "it names a drive";
    bool named = false;
    for (const std::string& part : components(std::string(location))) {
        if (part == "..")
            return "it leaves the model's folder";
        if (part.empty())
            return "it has an empty path component";
        named = true;
    }
    return named ? std::string() : std::string("it names a folder");
}

ExternalFiles::ExternalFiles(std::string folder)
    : m_folder(std::move(folder))
{
    if (!m_folder.empty())
        m_folderFd = UniqueFd(::open(m_folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

Result<const ExternalFiles::File*> ExternalFiles::open(const std::string& location)
{
    if (auto known = m_files.find(location); known != m_files.end())
        return &known->second;
    auto refused = [&](const std::string& why) {
        return Error{ErrorCode::BadFile,
                     fmt::format("external data \"{}\" is refused: {}", displayText(location, 200), why),
                     {}};
    };
    if (std::string why = whyLocationRefused(location); !why.empty())
        return refused(why);
    if (!m_folderFd.valid())
        return refused("the model's folder is not known");
    if (m_files.size() >= maxOpenFiles)
        return refused(fmt::format("the model refers to more than {} files", maxOpenFiles));
    File file;
    file.fd = UniqueFd(openBeneath(m_folderFd.get(), location));
    if (!file.fd.valid()) {
        if (errno == ELOOP || errno == EXDEV)
            return refused("there is a link on its path, or it leaves the model's folder");
        return refused(std::strerror(errno));
    }
    struct stat info = {};
    if (::fstat(file.fd.get(), &info) != 0)
        return refused(std::strerror(errno));
    if (!S_ISREG(info.st_mode))
        return refused("it is no regular file");
    if (info.st_nlink != 1)
        return refused("the file has more than one name (hard links), so it may belong to something else; "
                       "copy it");
    file.size = info.st_size;
    m_fileBytes += file.size;
    return &m_files.emplace(location, std::move(file)).first->second;
}

Result<SharedBytes> ExternalFiles::read(const graph::ExternalData& external, std::size_t bytes)
{
    auto key = std::tuple(external.location, external.offset, bytes);
    if (auto known = m_ranges.find(key); known != m_ranges.end())
        return known->second;
    const File* file = TRY(open(external.location));
    auto refused = [&](const std::string& why) {
        return Error{ErrorCode::BadFile,
                     fmt::format("external data \"{}\": {}", displayText(external.location, 200), why),
                     {}};
    };
    auto needed = static_cast<std::int64_t>(bytes);
    if (external.length >= 0 && external.length != needed)
        return refused(
            fmt::format("expected {} bytes for the tensor's dims, found length {}", needed, external.length));
    auto end = checkedAdd(external.offset, needed);
    if (external.offset < 0 || !end || *end > file->size)
        return refused(fmt::format("expected {} bytes at offset {}, found a file of {} bytes", needed,
                                   external.offset, file->size));
    m_readBytes += needed;
    if (m_readBytes > 4 * m_fileBytes + freeReadBytes)
        return Error{
            ErrorCode::LimitReached,
            fmt::format("the model's tensors overlap in its external data files: {} of tensors, {} of "
                        "files",
                        formatBytes(m_readBytes), formatBytes(m_fileBytes)),
            {}};
    SharedBytes range;
    void* memory = std::aligned_alloc(64, (std::max<std::size_t>(bytes, 1) + 63) / 64 * 64);
    if (memory == nullptr)
        return Error{ErrorCode::LimitReached, fmt::format("no memory for {}", formatBytes(needed)), {}};
    range.owner = std::shared_ptr<void>(memory, std::free);
    range.data = static_cast<std::byte*>(memory);
    std::size_t done = 0;
    while (done < bytes) {
        ssize_t got = ::pread(file->fd.get(), range.data + done, bytes - done,
                              static_cast<off_t>(external.offset) + static_cast<off_t>(done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return refused(got == 0 ? "the file shrank while it was read" : std::strerror(errno));
        done += static_cast<std::size_t>(got);
    }
    m_ranges.emplace(std::move(key), range);
    return range;
}

} // namespace orrery::formats
