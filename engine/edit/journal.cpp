// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/journal.h"

#include "engine/base/byte_reader.h"
#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <zlib.h>

namespace orrery::edit {
namespace {

constexpr char magic[8] = {'O', 'R', 'R', 'J', 'R', 'N', 'L', '\n'};
constexpr std::uint32_t version = 2;
constexpr std::size_t headerSize = sizeof magic + 4 + 8 + 8 + 4;
constexpr std::size_t frameHeaderSize = 8;
constexpr std::uint64_t largestRecord = std::uint64_t(1) << 30;
constexpr std::uint64_t largestJournal = std::uint64_t(1) << 32;

std::uint32_t checksum(std::span<const std::byte> bytes)
{
    return static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

Error failure(const std::string& what, const std::string& path)
{
    return Error{ErrorCode::Io, what + ": " + std::strerror(errno), displayText(path, 400)};
}

Result<void> writeAll(int fd, std::span<const std::byte> bytes, std::uint64_t offset, const std::string& path)
{
    while (!bytes.empty()) {
        ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return failure("the journal cannot be written", path);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return {};
}

// The name of a new file lasts only when its folder is flushed, too.
void flushFolder(const std::string& path)
{
    std::size_t slash = path.rfind('/');
    std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.valid())
        ::fsync(fd.get()); // best effort: some file systems refuse it
}

Result<std::uint64_t> sizeOf(int fd, const std::string& path)
{
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        return failure("the file cannot be examined", path);
    if (!S_ISREG(status.st_mode))
        return Error{ErrorCode::BadFile, "it is no regular file", displayText(path, 400)};
    return static_cast<std::uint64_t>(status.st_size);
}

Result<std::vector<std::byte>> readAll(int fd, std::uint64_t size, const std::string& path)
{
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    std::size_t done = 0;
    while (done < bytes.size()) {
        ssize_t got = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failure("the file cannot be read", path);
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

Result<UniqueFd> openLocked(const std::string& path)
{
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
    if (!fd.valid())
        return failure("the journal cannot be opened", path);
    TRY(sizeOf(fd.get(), path));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
        return Error{ErrorCode::Io, "another program edits this model; close it there first",
                     displayText(path, 400)};
    return fd;
}

} // namespace

Result<FileIdentity> identify(const std::string& path)
{
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid())
        return failure("the file cannot be opened", path);
    TRY(sizeOf(fd.get(), path));
    FileIdentity identity;
    identity.hash = 0xcbf29ce484222325u; // FNV-1a, 64 bits
    std::vector<unsigned char> block(std::size_t(1) << 20);
    for (;;) {
        ssize_t got = ::read(fd.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failure("the file cannot be read", path);
        if (got == 0)
            return identity;
        for (ssize_t i = 0; i < got; ++i)
            identity.hash = (identity.hash ^ block[static_cast<std::size_t>(i)]) * 0x100000001b3u;
        identity.bytes += static_cast<std::uint64_t>(got);
    }
}

std::string journalPath(const std::string& modelPath)
{
    std::size_t slash = modelPath.rfind('/');
    std::size_t name = slash == std::string::npos ? 0 : slash + 1;
    return modelPath.substr(0, name) + "." + modelPath.substr(name) + ".orrery-journal";
}

bool JournalContent::hasEdits() const
{
    return std::any_of(records.begin(), records.end(),
                       [](const JournalRecord& record) { return !std::holds_alternative<Start>(record); });
}

Result<JournalContent> parseJournal(std::span<const std::byte> bytes)
{
    ByteReader header(bytes.subspan(0, std::min(bytes.size(), headerSize)));
    auto found = header.take(sizeof magic);
    if (header.failed() || std::memcmp(found.data(), magic, sizeof magic) != 0)
        return Error{ErrorCode::BadFile, "it is no journal of edits", {}};
    auto foundVersion = header.fixed<std::uint32_t>();
    JournalContent content;
    content.model.bytes = header.fixed<std::uint64_t>();
    content.model.hash = header.fixed<std::uint64_t>();
    auto sum = header.fixed<std::uint32_t>();
    if (header.failed() || sum != checksum(bytes.subspan(0, headerSize - 4)))
        return Error{ErrorCode::BadFile, "the header of the journal is damaged", {}};
    if (foundVersion != version)
        return Error{ErrorCode::Unsupported,
                     fmt::format("the journal is of version {}, expected {}", foundVersion, version),
                     {}};
    ByteReader reader(bytes.subspan(headerSize));
    content.validBytes = headerSize;
    while (!reader.atEnd()) {
        auto length = reader.fixed<std::uint32_t>();
        auto expected = reader.fixed<std::uint32_t>();
        auto payload = reader.take(length);
        if (reader.failed() || checksum(payload) != expected)
            break;
        auto record = decode(payload);
        if (!record.ok())
            break;
        content.records.push_back(record.releaseValue());
        content.validBytes = headerSize + reader.position();
    }
    content.lostBytes = bytes.size() - content.validBytes;
    return content;
}

Result<JournalContent> readJournal(const std::string& path)
{
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid())
        return failure("the journal cannot be opened", path);
    std::uint64_t size = TRY(sizeOf(fd.get(), path));
    if (size > largestJournal)
        return Error{ErrorCode::LimitReached,
                     "the journal has " + formatBytes(static_cast<std::int64_t>(size)) + ", at most " +
                         formatBytes(static_cast<std::int64_t>(largestJournal)) + " are read",
                     displayText(path, 400)};
    std::vector<std::byte> bytes = TRY(readAll(fd.get(), size, path));
    auto content = parseJournal(bytes);
    if (!content.ok())
        return Error{content.error().code, content.error().message, displayText(path, 400)};
    return content;
}

Result<std::unique_ptr<Journal>> Journal::create(const std::string& path, const FileIdentity& model)
{
    UniqueFd fd = TRY(openLocked(path));
    ByteWriter header;
    header.raw(magic, sizeof magic);
    header.fixed(version);
    header.fixed(model.bytes);
    header.fixed(model.hash);
    header.fixed(checksum(header.bytes()));
    if (::ftruncate(fd.get(), 0) != 0)
        return failure("the journal cannot be emptied", path);
    TRY(writeAll(fd.get(), header.bytes(), 0, path));
    if (::fsync(fd.get()) != 0)
        return failure("the journal cannot be flushed", path);
    flushFolder(path);
    return std::unique_ptr<Journal>(new Journal(path, std::move(fd), headerSize));
}

Result<std::unique_ptr<Journal>> Journal::resume(const std::string& path, const JournalContent& content)
{
    UniqueFd fd = TRY(openLocked(path));
    std::uint64_t size = TRY(sizeOf(fd.get(), path));
    if (size < content.validBytes)
        return Error{ErrorCode::Io, "the journal became shorter since it was read", displayText(path, 400)};
    if (::ftruncate(fd.get(), static_cast<off_t>(content.validBytes)) != 0 || ::fsync(fd.get()) != 0)
        return failure("the damaged end of the journal cannot be cut off", path);
    return std::unique_ptr<Journal>(new Journal(path, std::move(fd), content.validBytes));
}

Result<void> Journal::append(const JournalRecord& record)
{
    if (!m_fd.valid())
        return Error{ErrorCode::Io, "the journal was removed", displayText(m_path, 400)};
    std::vector<std::byte> payload = encode(record);
    if (payload.size() > largestRecord || m_size + payload.size() + frameHeaderSize > largestJournal)
        return Error{ErrorCode::LimitReached,
                     "an edit of " + formatBytes(static_cast<std::int64_t>(payload.size())) +
                         " does not fit into the journal; save the model first",
                     displayText(m_path, 400)};
    ByteWriter frame;
    frame.fixed(static_cast<std::uint32_t>(payload.size()));
    frame.fixed(checksum(payload));
    frame.raw(payload.data(), payload.size());
    auto written = writeAll(m_fd.get(), frame.bytes(), m_size, m_path);
    if (written.ok() && ::fdatasync(m_fd.get()) != 0)
        written = failure("the journal cannot be flushed", m_path);
    if (!written.ok()) {
        if (::ftruncate(m_fd.get(), static_cast<off_t>(m_size)) != 0)
            remove(); // a record that was refused must not come back after a crash
        return written;
    }
    m_size += frame.size();
    return {};
}

void Journal::remove()
{
    if (!m_fd.valid())
        return;
    ::unlink(m_path.c_str());
    UniqueFd closed = std::move(m_fd);
}

} // namespace orrery::edit
