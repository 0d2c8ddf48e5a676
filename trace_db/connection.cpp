// SPDX-License-Identifier: Apache-2.0
#include "trace_db/connection.h"

#include "trace_db/event_tables.h"
#include "trace_db/hardening.h"

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

namespace orrery::trace_db {
namespace {

constexpr int busyMs = 5000;

// SQLite gives some names a meaning of their own (":memory:"); a path never has one.
std::string plainPath(const std::string& path)
{
    return path.starts_with('/') || path.starts_with("./") ? path : "./" + path;
}

// A private copy of a trace and its write-ahead log, for a folder in which SQLite may not make its helper
// files.
Result<std::string> copyPrivately(const std::string& path)
{
    std::error_code code;
    std::string folder = (std::filesystem::temp_directory_path(code) / "orrery-trace-XXXXXX").string();
    if (code || ::mkdtemp(folder.data()) == nullptr)
        return Error{ErrorCode::Io,
                     "lies in a folder that cannot be written, and no temporary copy can be made", path};
    std::string copy = folder + "/trace";
    std::filesystem::copy_file(path, copy, code);
    if (!code && std::filesystem::exists(path + "-wal"))
        std::filesystem::copy_file(path + "-wal", copy + "-wal", code);
    if (code) {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
        return Error{ErrorCode::Io, "cannot be copied to " + folder + ": " + code.message(), path};
    }
    return folder;
}

bool needsWritableFolder(int code)
{
    int primary = code & 0xff;
    return primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY;
}

ErrorCode kindOf(int code)
{
    switch (code & 0xff) {
    case SQLITE_INTERRUPT:
        return ErrorCode::Cancelled;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ErrorCode::BadFile;
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
        return ErrorCode::LimitReached;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return ErrorCode::Io;
    default:
        return ErrorCode::Internal;
    }
}

} // namespace

Connection::Connection(std::string path, sqlite3* handle)
    : m_path(std::move(path))
    , m_handle(handle)
    , m_lostChunks(std::make_unique<std::int64_t>(0))
{}

Connection::Connection(Connection&& other) noexcept
    : m_path(std::move(other.m_path))
    , m_handle(std::exchange(other.m_handle, nullptr))
    , m_lostChunks(std::move(other.m_lostChunks))
    , m_privateCopy(std::exchange(other.m_privateCopy, {}))
{}

Connection& Connection::operator=(Connection&& other) noexcept
{
    if (this != &other) {
        close();
        m_path = std::move(other.m_path);
        m_handle = std::exchange(other.m_handle, nullptr);
        m_lostChunks = std::move(other.m_lostChunks);
        m_privateCopy = std::exchange(other.m_privateCopy, {});
    }
    return *this;
}

Connection::~Connection() { close(); }

void Connection::close()
{
    sqlite3_close_v2(std::exchange(m_handle, nullptr));
    if (!m_privateCopy.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(m_privateCopy, ignored);
    }
}

Result<Connection> Connection::open(const std::string& shownPath, const std::string& path, int flags)
{
    sqlite3* handle = nullptr;
    int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Connection connection(shownPath, handle);
    if (code != SQLITE_OK)
        return connection.error(code);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busyMs);
    code = registerEventTables(handle, connection.m_lostChunks.get());
    if (code != SQLITE_OK)
        return connection.error(code);
    return connection;
}

Result<Connection> Connection::openForWriting(const std::string& path)
{
    Connection connection = TRY(open(path, plainPath(path), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    sqlite3_db_config(connection.m_handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(connection.m_handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    return connection;
}

Result<Connection> Connection::openMemory()
{
    return open("", ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

Result<Connection> Connection::openUntrusted(const std::string& path)
{
    TRY(checkFileHeader(path));
    Connection connection = TRY(open(path, plainPath(path), SQLITE_OPEN_READONLY));
    harden(connection.m_handle);
    int code = connection.touch();
    if (needsWritableFolder(code)) {
        std::string folder = TRY(copyPrivately(path));
        connection = TRY(open(path, folder + "/trace", SQLITE_OPEN_READWRITE));
        connection.m_privateCopy = folder;
        harden(connection.m_handle);
        code = connection.touch();
    }
    if (code != SQLITE_OK)
        return connection.error(code);
    TRY(connection.execute("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY"));
    return connection;
}

// Reads the schema, and with it recovers a write-ahead log that a crash has left.
int Connection::touch() const
{
    return sqlite3_exec(m_handle, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
}

Result<void> Connection::execute(const char* sql) const
{
    int code = sqlite3_exec(m_handle, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return error(code);
    return {};
}

Result<std::int64_t> Connection::integer(const char* sql) const
{
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(m_handle, sql, -1, &statement, nullptr);
    if (code != SQLITE_OK)
        return error(code);
    code = sqlite3_step(statement);
    std::int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return error(code);
    return value;
}

void Connection::interrupt() const { sqlite3_interrupt(m_handle); }

std::int64_t Connection::lostChunks() const { return *m_lostChunks; }

void Connection::countLostChunk() const { ++*m_lostChunks; }

Error Connection::error(int resultCode) const
{
    std::string message = m_handle != nullptr ? sqlite3_errmsg(m_handle) : sqlite3_errstr(resultCode);
    if ((resultCode & 0xff) == SQLITE_CORRUPT || (resultCode & 0xff) == SQLITE_NOTADB)
        message = "the trace is damaged: " + message;
    if ((resultCode & 0xff) == SQLITE_BUSY)
        message = "another process keeps the trace locked (" + message + ")";
    return {kindOf(resultCode), message, m_path};
}

} // namespace orrery::trace_db
