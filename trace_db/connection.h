#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Connection: owns one sqlite3 handle. Three ways to open: for the writer; for our own queries on a file that
// is not trusted; for a user's SQL on such a file. The last two are read-only and hardened. Both event tables
// (op_events, alloc_events) exist on every connection. One thread at a time, except for interrupt().

#include "engine/base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;

namespace orrery::trace_db {

class Connection {
public:
    static Result<Connection> openForWriting(const std::string& path);
    static Result<Connection> openMemory(); // for comparing schemas
    // Reads the header first: what is not a trace is refused with what it looks like.
    static Result<Connection> openUntrusted(const std::string& path);

    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    Result<void> execute(const char* sql) const;
    Result<std::int64_t> integer(const char* sql) const; // first column of the first row; 0 without a row
    void interrupt() const;
    std::int64_t lostChunks() const;
    void countLostChunk() const;
    const std::string& path() const { return m_path; }
    sqlite3* handle() const { return m_handle; }

    // The last failure of this connection as an Error naming the file.
    Error error(int resultCode) const;

private:
    Connection(std::string path, sqlite3* handle);
    static Result<Connection> open(const std::string& shownPath, const std::string& path, int flags);
    int touch() const;
    void close();

    std::string m_path;
    sqlite3* m_handle = nullptr;
    std::unique_ptr<std::int64_t> m_lostChunks; // counted by the event tables
    std::string m_privateCopy; // directory of the copy that is read instead of a file that is
                               // in a folder we may not write; removed at the end
};

} // namespace orrery::trace_db
