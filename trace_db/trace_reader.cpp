// SPDX-License-Identifier: Apache-2.0
#include "trace_db/trace_reader.h"

#include "trace_db/hardening.h"
#include "trace_db/schema.h"
#include "trace_db/statement.h"

#include <utility>

namespace orrery::trace_db {

TraceReader::TraceReader(std::string path, Connection connection)
    : m_path(std::move(path))
    , m_connection(std::move(connection))
{}

Result<TraceReader> TraceReader::open(const std::string& path)
{
    Connection connection = TRY(Connection::openUntrusted(path));
    TRY(checkSchema(connection));
    TRY(createViews(connection, ViewPlace::Temporary));
    // SQLite declares a virtual table at its first use, with steps that the authorizer would refuse later.
    TRY(Statement::prepare(connection, "SELECT 1 FROM op_events, alloc_events"));
    TRY(connection.execute("PRAGMA query_only = ON"));
    lockDown(connection.handle());
    return TraceReader(path, std::move(connection));
}

Result<std::string> TraceReader::quickCheck() const
{
    Statement statement = TRY(Statement::prepare(m_connection, "PRAGMA quick_check(1)"));
    if (!TRY(statement.next()))
        return Error{ErrorCode::BadFile, "quick_check gave no answer", m_path};
    std::string answer = statement.text(0);
    return answer == "ok" ? std::string() : answer;
}

Result<std::int64_t> TraceReader::dataVersion() const { return m_connection.integer("PRAGMA data_version"); }

} // namespace orrery::trace_db
