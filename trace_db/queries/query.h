#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the questions share: prepare, bind, and one row after the other into a vector.

#include "trace_db/statement.h"
#include "trace_db/trace_reader.h"

#include <string_view>
#include <vector>

namespace orrery::trace_db {

// The rows of sql with the parameters ?1, ?2 ... bound to `values`, each made by row(const Statement&).
template<class Row, class MakeRow, class... Values>
Result<std::vector<Row>> rowsOf(const TraceReader& reader, std::string_view sql, MakeRow makeRow,
                                const Values&... values)
{
    Statement statement = TRY(Statement::prepare(reader.connection(), sql));
    statement.bindAll(values...);
    std::vector<Row> rows = {};
    while (TRY(statement.next()))
        rows.push_back(makeRow(statement));
    return rows;
}

} // namespace orrery::trace_db
