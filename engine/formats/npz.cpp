// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/npz.h"

#include "engine/base/checked_math.h"
#include "engine/base/text.h"
#include "engine/formats/file_io.h"
#include "engine/formats/tensor_file.h"

#include <fmt/format.h>

#include <memory>
#include <new>
#include <zip.h>

namespace orrery::formats {
namespace {

using graph::Tensor;

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
    void operator()(zip_source_t* source) const { zip_source_free(source); }
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Discard>;
using Entry = std::unique_ptr<zip_file_t, Discard>;

class ZipError {
public:
    ZipError() { zip_error_init(&m_error); }
    ~ZipError() { zip_error_fini(&m_error); }
    ZipError(const ZipError&) = delete;
    ZipError& operator=(const ZipError&) = delete;
    zip_error_t* get() { return &m_error; }
    std::string text() { return displayText(zip_error_strerror(&m_error), 200); }

private:
    zip_error_t m_error;
};

Error bad(const std::string& text) { return Error{ErrorCode::BadFile, "NumPy archive: " + text, {}}; }

Error noMemory() { return Error{ErrorCode::LimitReached, "not enough memory", {}}; }

// What the entry says of itself, checked; `left` is what may still be unpacked.
Result<zip_stat_t> checkedEntry(zip_t* archive, zip_uint64_t index, std::int64_t left)
{
    zip_stat_t info;
    zip_stat_init(&info);
    constexpr zip_uint64_t wanted =
        ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(archive, index, ZIP_FL_ENC_RAW, &info) != 0 || (info.valid & wanted) != wanted)
        return bad("its directory is damaged");
    if (info.encryption_method != ZIP_EM_NONE)
        return Error{ErrorCode::Unsupported, "NumPy archive: it is encrypted", {}};
    if (info.comp_method != ZIP_CM_STORE && info.comp_method != ZIP_CM_DEFLATE)
        return Error{ErrorCode::Unsupported,
                     fmt::format("NumPy archive: compression method {} cannot be read", info.comp_method),
                     {}};
    if (info.size > static_cast<zip_uint64_t>(left))
        return Error{
            ErrorCode::LimitReached,
            fmt::format("NumPy archive: it unpacks to {} bytes, {} are left to be unpacked", info.size, left),
            {}};
    return info;
}

Result<std::string> unpacked(zip_t* archive, zip_uint64_t index, std::int64_t left)
{
    zip_stat_t info = TRY(checkedEntry(archive, index, left));
    Entry entry(zip_fopen_index(archive, index, 0));
    if (entry == nullptr)
        return bad(fmt::format("cannot be unpacked: {}", displayText(zip_strerror(archive), 200)));
    std::string content(static_cast<std::size_t>(info.size), '\0');
    std::size_t done = 0;
    while (done < content.size()) {
        zip_int64_t got = zip_fread(entry.get(), content.data() + done, content.size() - done);
        if (got <= 0)
            return bad(fmt::format("unpacking ended after {} of {} bytes: {}", done, content.size(),
                                   got < 0 ? displayText(zip_file_strerror(entry.get()), 200)
                                           : std::string("there is no more")));
        done += static_cast<std::size_t>(got);
    }
    char more = 0;
    if (zip_fread(entry.get(), &more, 1) != 0) // the checksum is compared at the end
        return bad("its content does not agree with its size or checksum");
    return content;
}

// All that may be unpacked from a file of this size.
std::int64_t budget(std::size_t fileBytes, const NpzLimits& limits)
{
    auto share = checkedMul(static_cast<std::int64_t>(fileBytes), limits.ratio);
    auto all = share ? checkedAdd(*share, limits.freeBytes) : std::nullopt;
    return std::min(limits.unpackedBytes, all.value_or(limits.unpackedBytes));
}

Result<std::map<std::string, Tensor>> readEntries(zip_t* archive, std::int64_t left, const NpzLimits& limits)
{
    zip_int64_t count = zip_get_num_entries(archive, 0);
    if (count < 0 || count > limits.entries)
        return Error{ErrorCode::LimitReached,
                     fmt::format("NumPy archive: {} entries, at most {} are read", count, limits.entries),
                     {}};
    std::map<std::string, Tensor> tensors;
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
        const char* raw = zip_get_name(archive, i, ZIP_FL_ENC_RAW);
        if (raw == nullptr)
            return bad(fmt::format("entry {} has no name", i));
        std::string name = raw;
        auto located = [&](Error error) {
            error.where = fmt::format("entry \"{}\"", displayText(name, 400));
            return error;
        };
        if (!name.ends_with(".npy"))
            return located(bad("expected a name that ends in .npy"));
        auto bytes = unpacked(archive, i, left);
        if (!bytes.ok())
            return located(bytes.releaseError());
        left -= static_cast<std::int64_t>(bytes->size());
        auto tensor = tensorFromNpy(*bytes);
        if (!tensor.ok())
            return located(tensor.releaseError());
        if (!tensors.emplace(name.substr(0, name.size() - 4), tensor.releaseValue()).second)
            return located(bad("there are two of this name"));
    }
    return tensors;
}

Error cannotPack(const std::string& text)
{
    return Error{ErrorCode::Io, "NumPy archive: cannot be made: " + text, {}};
}

// `contents` must stay until the archive is closed.
Result<void> addEntries(zip_t* archive, const std::map<std::string, std::string>& contents)
{
    for (const auto& [name, content] : contents) {
        Source entry(zip_source_buffer(archive, content.data(), content.size(), 0));
        zip_int64_t index =
            entry == nullptr ? -1
                             : zip_file_add(archive, (name + ".npy").c_str(), entry.get(), ZIP_FL_ENC_GUESS);
        if (index < 0)
            return cannotPack(displayText(zip_strerror(archive), 200));
        entry.release(); // the archive's now
        auto at = static_cast<zip_uint64_t>(index);
        // The first of January 1980, ZIP's zero: equal tensors make equal files.
        if (zip_set_file_compression(archive, at, ZIP_CM_STORE, 0) != 0 ||
            zip_file_set_dostime(archive, at, 0, 0x21, 0) != 0)
            return cannotPack(displayText(zip_strerror(archive), 200));
    }
    return {};
}

Result<std::string> packed(const std::map<std::string, std::string>& contents)
{
    if (contents
            .empty()) // libzip would rather make no archive: an end of a central directory without entries
        return std::string("PK\5\6") + std::string(18, '\0');
    ZipError error;
    Source target(zip_source_buffer_create(nullptr, 0, 0, error.get()));
    if (target == nullptr)
        return cannotPack(error.text());
    Archive archive(zip_open_from_source(target.get(), ZIP_TRUNCATE, error.get()));
    if (archive == nullptr)
        return cannotPack(error.text());
    zip_source_keep(target.get()); // the archive frees its reference when it is closed
    TRY(addEntries(archive.get(), contents));
    if (zip_close(archive.get()) != 0)
        return cannotPack(displayText(zip_strerror(archive.get()), 200));
    archive.release();
    zip_stat_t info;
    zip_stat_init(&info);
    if (zip_source_stat(target.get(), &info) != 0 || zip_source_open(target.get()) != 0)
        return cannotPack("its bytes are gone");
    std::string bytes(static_cast<std::size_t>(info.size), '\0');
    zip_int64_t got = zip_source_read(target.get(), bytes.data(), bytes.size());
    zip_source_close(target.get());
    if (got < 0 || static_cast<std::size_t>(got) != bytes.size())
        return cannotPack("its bytes are gone");
    return bytes;
}

} // namespace

Result<std::map<std::string, Tensor>> tensorsFromNpz(std::string_view bytes, const NpzLimits& limits)
{
    try {
        if (!bytes.starts_with("PK"))
            return bad("expected a ZIP archive, found " + describeContent(bytes.substr(0, 4096)));
        ZipError error;
        Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, error.get()));
        if (source == nullptr)
            return noMemory();
        Archive archive(zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, error.get()));
        if (archive == nullptr)
            return bad("the archive is damaged or cut off: " + error.text());
        source.release(); // the archive's now
        return readEntries(archive.get(), budget(bytes.size(), limits), limits);
    } catch (const std::bad_alloc&) {
        return noMemory();
    }
}

Result<std::map<std::string, Tensor>> readNpz(const std::string& path, const NpzLimits& limits)
{
    std::string bytes = TRY(readFile(path, limits.fileBytes));
    auto tensors = tensorsFromNpz(bytes, limits);
    if (tensors.ok())
        return tensors;
    Error error = tensors.releaseError();
    error.where = error.where.empty() ? displayText(path) : displayText(path) + ": " + error.where;
    return error;
}

Result<void> writeNpz(const std::map<std::string, Tensor>& tensors, const std::string& path)
{
    try {
        std::map<std::string, std::string> contents;
        for (const auto& [name, tensor] : tensors) {
            if (name.find('\0') != std::string::npos || name.size() > 60'000)
                return Error{ErrorCode::Usage, "no entry of an archive can have this name",
                             displayText(name, 400)};
            auto content = npyFromTensor(tensor);
            if (!content.ok()) {
                Error error = content.releaseError();
                error.where = displayText(name, 400);
                return error;
            }
            contents.emplace(name, content.releaseValue());
        }
        return replaceFile(path, TRY(packed(contents)));
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::LimitReached, "not enough memory", displayText(path)};
    }
}

} // namespace orrery::formats
