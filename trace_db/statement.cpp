// SPDX-License-Identifier: Apache-2.0
#include "trace_db/statement.h"

#include <sqlite3.h>

#include <limits>
#include <utility>

namespace orrery::trace_db {

Statement::Statement(const Connection& connection, sqlite3_stmt* handle)
    : m_connection(&connection)
    , m_handle(handle)
{}

Statement::Statement(Statement&& other) noexcept
    : m_connection(other.m_connection)
    , m_handle(std::exchange(other.m_handle, nullptr))
{}

Statement& Statement::operator=(Statement&& other) noexcept
{
    std::swap(m_connection, other.m_connection);
    std::swap(m_handle, other.m_handle);
    return *this;
}

Statement::~Statement() { sqlite3_finalize(m_handle); }

Result<Statement> Statement::prepare(const Connection& connection, std::string_view sql)
{
    sqlite3_stmt* handle = nullptr;
    int code =
        sqlite3_prepare_v2(connection.handle(), sql.data(), static_cast<int>(sql.size()), &handle, nullptr);
    if (code != SQLITE_OK)
        return connection.error(code);
    return Statement(connection, handle);
}

void Statement::bindInteger(int index, std::int64_t value) { sqlite3_bind_int64(m_handle, index, value); }

void Statement::bind(int index, double value) { sqlite3_bind_double(m_handle, index, value); }

void Statement::bind(int index, std::string_view text)
{
    sqlite3_bind_text64(m_handle, index, text.data() == nullptr ? "" : text.data(), text.size(),
                        SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind(int index, std::span<const std::byte> blob)
{
    sqlite3_bind_blob64(m_handle, index, blob.data(), blob.size(), SQLITE_STATIC);
}

void Statement::bindNull(int index) { sqlite3_bind_null(m_handle, index); }

void Statement::bindOrNull(int index, std::int64_t value, bool known)
{
    if (known)
        bindInteger(index, value);
    else
        bindNull(index);
}

Result<bool> Statement::next()
{
    int code = sqlite3_step(m_handle);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    Error error = m_connection->error(code);
    sqlite3_reset(m_handle);
    return error;
}

Result<void> Statement::run()
{
    while (TRY(next())) {
    }
    reset();
    return {};
}

void Statement::reset() { sqlite3_reset(m_handle); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(m_handle, column); }

std::int64_t Statement::integerOr(int column, std::int64_t whenNull) const
{
    return isNull(column) ? whenNull : integer(column);
}

double Statement::real(int column) const
{
    return isNull(column) ? std::numeric_limits<double>::quiet_NaN()
                          : sqlite3_column_double(m_handle, column);
}

std::string Statement::text(int column) const
{
    auto* text = reinterpret_cast<const char*>(sqlite3_column_text(m_handle, column));
    return text == nullptr
               ? std::string()
               : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(m_handle, column)));
}

std::span<const std::byte> Statement::blob(int column) const
{
    auto* data = static_cast<const std::byte*>(sqlite3_column_blob(m_handle, column));
    return {data, data == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(m_handle, column))};
}

bool Statement::isNull(int column) const { return sqlite3_column_type(m_handle, column) == SQLITE_NULL; }

} // namespace orrery::trace_db
