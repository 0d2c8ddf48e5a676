// SPDX-License-Identifier: Apache-2.0
#include "trace_db/hardening.h"

#include "trace_db/schema.h"

#include <sqlite3.h>

#include <array>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace orrery::trace_db {
namespace {

constexpr std::size_t headerBytes = 100;
constexpr std::size_t versionOffset = 60; // of user_version in the header, as of SQLite's file format
constexpr std::size_t applicationOffset = 68;

std::uint32_t bigEndian(const unsigned char* p)
{
    return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

std::string looksLike(std::string_view bytes)
{
    struct Magic {
        std::string_view bytes;
        const char* name;
    };
    static constexpr std::array magics = {Magic{"\x89PNG", "a PNG picture"},
                                          Magic{"\xff\xd8\xff", "a JPEG picture"},
                                          Magic{"PK\x03\x04", "a ZIP archive"},
                                          Magic{"\x1f\x8b", "gzip data"},
                                          Magic{"\x7f"
                                                "ELF",
                                                "a program"},
                                          Magic{"%PDF", "a PDF document"},
                                          Magic{"<", "HTML or XML"},
                                          Magic{"{", "JSON"},
                                          Magic{"[", "JSON"},
                                          Magic{"\x93NUMPY", "a NumPy array"}};
    for (const Magic& magic : magics)
        if (bytes.starts_with(magic.bytes))
            return magic.name;
    if (bytes.size() > 2 && bytes[0] == 0x08 && static_cast<unsigned char>(bytes[1]) < 0x20)
        return "an ONNX model";
    for (char c : bytes)
        if (std::iscntrl(static_cast<unsigned char>(c)) != 0 &&
            std::isspace(static_cast<unsigned char>(c)) == 0)
            return "binary data of another kind";
    return "text";
}

int authorize(void*, int action, const char* first, const char* second, const char*, const char*)
{
    static constexpr std::array<std::string_view, 10> readingPragmas = {
        "table_info",  "table_xinfo", "table_list",      "index_list",   "index_info",
        "index_xinfo", "quick_check", "integrity_check", "data_version", "database_list"};
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION: {
        std::string_view function = second == nullptr ? "" : second;
        return function == "load_extension" || function == "fts3_tokenizer" ? SQLITE_DENY : SQLITE_OK;
    }
    case SQLITE_PRAGMA: {
        std::string_view pragma = first == nullptr ? "" : first;
        for (std::string_view allowed : readingPragmas)
            if (pragma == allowed)
                return SQLITE_OK;
        bool asked = second == nullptr; // a value would set it
        return asked && (pragma == "user_version" || pragma == "application_id") ? SQLITE_OK : SQLITE_DENY;
    }
    default:
        return SQLITE_DENY;
    }
}

} // namespace

Result<void> checkFileHeader(const std::string& path)
{
    int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return Error{ErrorCode::BadFile, std::string("cannot be opened: ") + std::strerror(errno), path};
    struct stat status = {};
    std::array<unsigned char, headerBytes> header = {};
    bool regular = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    ssize_t size = regular ? ::pread(file, header.data(), header.size(), 0) : 0;
    ::close(file);
    auto refuse = [&](std::string message) { return Error{ErrorCode::BadFile, std::move(message), path}; };
    if (!regular)
        return refuse("is not a file, so it is not an Orrery trace");
    if (size <= 0)
        return refuse("is empty; a trace begins with an SQLite header");
    std::string_view bytes(reinterpret_cast<const char*>(header.data()), static_cast<std::size_t>(size));
    static constexpr std::string_view magic("SQLite format 3\0", 16);
    if (!bytes.starts_with(magic))
        return refuse("is not an Orrery trace: it looks like " + looksLike(bytes));
    if (bytes.size() < headerBytes)
        return refuse("is cut off after " + std::to_string(size) + " bytes; a trace has a header of 100");
    if (bigEndian(&header[applicationOffset]) != applicationId)
        return refuse("is an SQLite database of another program, not an Orrery trace (application_id " +
                      std::to_string(bigEndian(&header[applicationOffset])) + ", expected " +
                      std::to_string(applicationId) + ")");
    std::uint32_t version = bigEndian(&header[versionOffset]);
    if (version > schemaVersion)
        return refuse("was written by a newer Orrery: its trace version is " + std::to_string(version) +
                      ", this one reads up to " + std::to_string(schemaVersion));
    if (version == 0)
        return refuse("has trace version 0, which no Orrery wrote");
    return {};
}

void harden(sqlite3* database)
{
    sqlite3_extended_result_codes(database, 1);
    for (int setting :
         {SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
          SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER,
          SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_WRITABLE_SCHEMA})
        sqlite3_db_config(database, setting, 0, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    struct Limit {
        int id;
        int value;
    };
    for (Limit limit : {Limit{SQLITE_LIMIT_LENGTH, 64 << 20}, Limit{SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
                        Limit{SQLITE_LIMIT_COLUMN, 512}, Limit{SQLITE_LIMIT_EXPR_DEPTH, 200},
                        Limit{SQLITE_LIMIT_COMPOUND_SELECT, 100}, Limit{SQLITE_LIMIT_VDBE_OP, 250000},
                        Limit{SQLITE_LIMIT_TRIGGER_DEPTH, 1}, Limit{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
                        Limit{SQLITE_LIMIT_ATTACHED, 0}, Limit{SQLITE_LIMIT_WORKER_THREADS, 0}})
        sqlite3_limit(database, limit.id, limit.value);
}

void lockDown(sqlite3* database) { sqlite3_set_authorizer(database, authorize, nullptr); }

} // namespace orrery::trace_db
