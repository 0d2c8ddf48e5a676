// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/file_io.h"

#include "engine/base/text.h"
#include "engine/base/unique_fd.h"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace orrery::formats {
namespace {

Error ioError(const std::string& path, const std::string& action)
{
    int number = errno;
    return Error{number == ENOENT || number == EACCES || number == EISDIR ? ErrorCode::BadFile
                                                                          : ErrorCode::Io,
                 action + ": " + std::strerror(number), displayText(path)};
}

std::string resolved(const std::string& path)
{
    std::array<char, PATH_MAX> buffer{};
    return ::realpath(path.c_str(), buffer.data()) == nullptr ? path : std::string(buffer.data());
}

Result<void> writeAll(int fd, std::string_view content, const std::string& path)
{
    while (!content.empty()) {
        ssize_t written = ::write(fd, content.data(), std::min<std::size_t>(content.size(), 1 << 30));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return ioError(path, "cannot write");
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

} // namespace

std::string folderOf(const std::string& path)
{
    auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string fileNameOf(const std::string& path)
{
    auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

bool isSameFolder(const std::string& a, const std::string& b)
{
    struct stat first = {};
    struct stat second = {};
    return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

Result<std::string> readFile(const std::string& path, std::int64_t maxBytes)
{
    if (path.find('\0') != std::string::npos)
        return Error{ErrorCode::BadFile, "the file name holds a NUL byte", displayText(path)};
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.valid())
        return ioError(path, "cannot open");
    struct stat info = {};
    if (::fstat(fd.get(), &info) != 0)
        return ioError(path, "cannot read");
    if (S_ISDIR(info.st_mode))
        return Error{ErrorCode::BadFile, "expected a file, found a folder", displayText(path)};
    if (!S_ISREG(info.st_mode))
        return Error{ErrorCode::BadFile, "expected a regular file, found a pipe, socket or device",
                     displayText(path)};
    if (info.st_size > maxBytes)
        return Error{ErrorCode::LimitReached,
                     "the file has " + formatBytes(info.st_size) + ", at most " + formatBytes(maxBytes) +
                         " can be read; larger models keep their tensors in external data files",
                     displayText(path)};
    std::string content;
    try {
        content.resize(static_cast<std::size_t>(info.st_size));
    } catch (const std::exception&) {
        return Error{ErrorCode::LimitReached, "no memory for a file of " + formatBytes(info.st_size),
                     displayText(path)};
    }
    std::size_t done = 0;
    while (done < content.size()) {
        ssize_t got = ::read(fd.get(), content.data() + done, content.size() - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ioError(path, "cannot read");
        if (got == 0)
            break; // it shrank meanwhile
        done += static_cast<std::size_t>(got);
    }
    content.resize(done);
    return content;
}

Result<void> replaceFile(const std::string& path, std::string_view content)
{
    return replaceFile(path, std::span(&content, 1));
}

Result<void> replaceFile(const std::string& path, std::span<const std::string_view> parts)
{
    std::string target = resolved(path);
    std::string temporary = target + ".XXXXXX";
    UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd.valid())
        return ioError(path, "cannot create a file beside it");
    struct stat old = {};
    mode_t mask = ::umask(0);
    ::umask(mask);
    mode_t mode = ::stat(target.c_str(), &old) == 0 ? old.st_mode & 0777 : 0666 & ~mask;
    Result<void> written;
    for (std::size_t i = 0; i < parts.size() && written.ok(); ++i)
        written = writeAll(fd.get(), parts[i], path);
    if (written.ok() && (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0))
        written = ioError(path, "cannot write");
    if (written.ok() && ::rename(temporary.c_str(), target.c_str()) != 0)
        written = ioError(path, "cannot replace the file");
    if (!written.ok()) {
        ::unlink(temporary.c_str());
        return written;
    }
    UniqueFd folder(::open(folderOf(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.valid())
        ::fsync(folder.get()); // the rename itself; not every file system can
    return {};
}

Result<bool> claimFile(const std::string& path)
{
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (fd.valid())
        return true;
    if (errno == EEXIST)
        return false;
    return ioError(path, "cannot create a file");
}

std::string describeContent(std::string_view bytes)
{
    struct Signature {
        std::string_view start;
        const char* text;
    };
    static constexpr Signature signatures[] = {
        {"\x89PNG", "a PNG image"},
        {"\xff\xd8\xff", "a JPEG image"},
        {"GIF8", "a GIF image"},
        {"PK\x03\x04", "a ZIP archive (PyTorch's .pt files are, too)"},
        {"\x1f\x8b", "a gzip file"},
        {"BZh", "a bzip2 file"},
        {"\xfd"
         "7zXZ",
         "an xz file"},
        {"7z\xbc\xaf", "a 7-Zip archive"},
        {"%PDF", "a PDF document"},
        {"\x7f"
         "ELF",
         "a program or library (ELF)"},
        {"SQLite format 3", "an SQLite database (a trace?)"},
        {"\x89HDF", "an HDF5 file (Keras' .h5 files are)"},
        {"\x93NUMPY", "a NumPy array"},
        {"GGUF", "a GGUF model"},
        {"ORTM", "an ONNX Runtime .ort model"},
        {"version https://git-lfs", "a Git LFS pointer; the model itself was not fetched"},
        {"\x80\x02", "a Python pickle"},
        {"#!", "a script"},
    };
    if (bytes.empty())
        return "an empty file";
    for (const Signature& signature : signatures)
        if (bytes.starts_with(signature.start))
            return signature.text;
    if (bytes.size() > 8 && bytes.substr(4, 4) == "TFL3")
        return "a TensorFlow Lite model";
    std::size_t start = bytes.find_first_not_of(" \t\r\n");
    std::string_view text = start == std::string_view::npos ? std::string_view() : bytes.substr(start);
    std::string lower;
    for (char c : text.substr(0, 16))
        lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (lower.starts_with("<!doctype html") || lower.starts_with("<html"))
        return "an HTML page";
    if (lower.starts_with("<?xml") || lower.starts_with("<svg"))
        return "an XML file";
    bool printable = true;
    for (char c : bytes)
        printable =
            printable && (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t');
    if (printable && (text.starts_with('{') || text.starts_with('[')))
        return "a JSON or other text file";
    return printable ? "a text file" : "binary data of an unknown kind";
}

} // namespace orrery::formats
