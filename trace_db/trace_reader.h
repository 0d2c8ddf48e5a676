#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TraceReader: a trace opened to be asked, and nothing else: read-only, defensive, and only when the file's
// tables are, to the letter, those that Orrery writes. Views of the file are never run (ours are made anew as
// temporary ones); triggers and virtual tables in it are refused. Another process may be writing: each query
// sees the last commit. One thread uses a reader, except for interrupt().

#include "engine/base/result.h"
#include "trace_db/connection.h"

#include <cstdint>
#include <memory>
#include <string>

namespace orrery::trace_db {

class TraceReader {
public:
    static Result<TraceReader> open(const std::string& path);

    // SQLite's quick_check(1): empty when sound, else the first fault. Reads the whole file.
    Result<std::string> quickCheck() const;
    // Ends the query that runs on another thread; it returns ErrorCode::Cancelled.
    void interrupt() const { m_connection.interrupt(); }
    // A number that grows when another process commits; compare to know whether to ask again.
    Result<std::int64_t> dataVersion() const;
    // Chunks of events that could not be decoded so far and were skipped.
    std::int64_t lostChunks() const { return m_connection.lostChunks(); }

    const std::string& path() const { return m_path; }
    const Connection& connection() const { return m_connection; }

private:
    TraceReader(std::string path, Connection connection);

    std::string m_path;
    Connection m_connection;
};

} // namespace orrery::trace_db
