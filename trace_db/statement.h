#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Statement: a prepared SQL statement. bind() fills the parameters from the first; next() steps: true with a
// row, false at the end. Columns are read by position; NULL reads as 0, NaN or "". Text
// is copied out. It borrows the connection, which must outlive it.

#include "engine/base/result.h"
#include "trace_db/connection.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace orrery::trace_db {

class Statement {
public:
    static Result<Statement> prepare(const Connection& connection, std::string_view sql);

    Statement(Statement&&) noexcept;
    Statement& operator=(Statement&&) noexcept;
    ~Statement();

    // Parameters count from 1. Text and blobs are borrowed until reset() or run().
    template<std::integral Integer>
    void bind(int index, Integer value)
    {
        bindInteger(index, static_cast<std::int64_t>(value));
    }
    void bind(int index, double value);
    void bind(int index, std::string_view text);
    void bind(int index, std::span<const std::byte> blob);
    void bindNull(int index);
    void bindOrNull(int index, std::int64_t value, bool known);

    template<class... Values>
    void bindAll(const Values&... values)
    {
        int index = 0;
        (bind(++index, values), ...);
    }

    Result<bool> next();
    Result<void> run(); // steps to the end, then resets
    void reset();

    std::int64_t integer(int column) const;
    std::int64_t integerOr(int column, std::int64_t whenNull) const;
    double real(int column) const;
    std::string text(int column) const;
    std::span<const std::byte> blob(int column) const; // until the next step
    bool isNull(int column) const;
    sqlite3_stmt* handle() const { return m_handle; }

private:
    void bindInteger(int index, std::int64_t value);
    Statement(const Connection& connection, sqlite3_stmt* handle);

    const Connection* m_connection = nullptr;
    sqlite3_stmt* m_handle = nullptr;
};

} // namespace orrery::trace_db
