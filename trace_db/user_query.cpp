// SPDX-License-Identifier: Apache-2.0
#include "trace_db/user_query.h"

#include "trace_db/statement.h"
#include "trace_db/trace_reader.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <string_view>

namespace orrery::trace_db {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t resultBytesMaximum = std::int64_t{256} << 20;

struct Watch {
    Clock::time_point deadline;
    const std::atomic<bool>* cancelled = nullptr;
    bool late = false;
};

int watch(void* data)
{
    auto& state = *static_cast<Watch*>(data);
    state.late = Clock::now() > state.deadline;
    return state.late || (state.cancelled != nullptr && state.cancelled->load()) ? 1 : 0;
}

// The statement at the head of sql; an error when there is none or another follows.
Result<sqlite3_stmt*> prepareOnly(const Connection& connection, const std::string& sql)
{
    const char* tail = sql.c_str();
    const char* end = tail + sql.size();
    sqlite3_stmt* first = nullptr;
    while (tail < end) {
        sqlite3_stmt* statement = nullptr;
        int code =
            sqlite3_prepare_v2(connection.handle(), tail, static_cast<int>(end - tail), &statement, &tail);
        if (code != SQLITE_OK) {
            Error error = connection.error(code);
            sqlite3_finalize(first);
            error.code = error.code == ErrorCode::Internal ? ErrorCode::Usage : error.code;
            error.message = code == SQLITE_AUTH
                                ? "the query may only read the trace: SELECT, and pragmas such as table_info"
                                : "the query cannot be run: " + error.message;
            return error;
        }
        if (first == nullptr) {
            first = statement;
        } else if (statement != nullptr) {
            sqlite3_finalize(first);
            sqlite3_finalize(statement);
            return Error{ErrorCode::Usage, "one statement at a time: a second one follows the first", ""};
        }
        if (statement == nullptr && *tail == '\0')
            break;
    }
    if (first == nullptr)
        return Error{ErrorCode::Usage, "the query is empty", ""};
    return first;
}

Cell cellOf(sqlite3_stmt* statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
        return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
        auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
        return std::string(
            text == nullptr ? "" : text,
            text == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
        auto* data = static_cast<const unsigned char*>(sqlite3_column_blob(statement, column));
        int size = sqlite3_column_bytes(statement, column);
        std::string hex = "x'";
        for (int i = 0; i < size && i < 64; ++i)
            hex += fmt::format("{:02x}", data[i]);
        return hex + (size > 64 ? "...'" : "'");
    }
    default:
        return std::monostate{};
    }
}

} // namespace

Result<UserQueryResult> runUserQuery(const std::string& path, const std::string& sql,
                                     const UserQueryLimits& limits)
{
    TraceReader reader = TRY(TraceReader::open(path));
    const Connection& connection = reader.connection();
    Watch state{Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                   std::chrono::duration<double>(limits.seconds)),
                limits.cancelled};
    sqlite3_progress_handler(connection.handle(), 10000, watch, &state);
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(TRY(prepareOnly(connection, sql)),
                                                                    sqlite3_finalize);

    UserQueryResult result;
    int columns = sqlite3_column_count(statement.get());
    for (int i = 0; i < columns; ++i)
        result.columns.emplace_back(sqlite3_column_name(statement.get(), i));
    std::int64_t bytes = 0;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
        if (static_cast<std::int64_t>(result.rows.size()) >= limits.rows || bytes > resultBytesMaximum) {
            result.truncated = true;
            code = SQLITE_DONE;
            break;
        }
        std::vector<Cell>& row = result.rows.emplace_back();
        row.reserve(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i) {
            row.push_back(cellOf(statement.get(), i));
            bytes += 40 + (std::holds_alternative<std::string>(row.back())
                               ? static_cast<std::int64_t>(std::get<std::string>(row.back()).size())
                               : 0);
        }
    }
    if (state.late)
        return Error{ErrorCode::LimitReached,
                     fmt::format("the query was stopped after {:g} s", limits.seconds), ""};
    if (code != SQLITE_DONE) {
        Error error = connection.error(code);
        error.message = "the query failed: " + error.message;
        error.code = error.code == ErrorCode::Internal ? ErrorCode::Usage : error.code;
        return error;
    }
    result.lostChunks = reader.lostChunks();
    return result;
}

std::string cellText(const Cell& cell)
{
    if (auto* integer = std::get_if<std::int64_t>(&cell))
        return std::to_string(*integer);
    if (auto* real = std::get_if<double>(&cell))
        return fmt::format("{}", *real);
    if (auto* text = std::get_if<std::string>(&cell))
        return *text;
    return {};
}

} // namespace orrery::trace_db
