// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/problems.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::problems {
namespace {

Severity severityOf(const std::string& text)
{
    for (Severity severity : {Severity::Info, Severity::Error})
        if (text == orrery::name(severity))
            return severity;
    return Severity::Warning;
}

} // namespace

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        Row row;
        row.severity = severityOf(at.text(0));
        row.code = at.text(1);
        row.node = at.text(2);
        if (!at.isNull(3))
            row.nodeId = NodeId(static_cast<std::size_t>(at.integer(3)));
        row.text = at.text(4);
        row.remedy = at.text(5);
        return row;
    };
    return rowsOf<Row>(
        reader,
        "SELECT severity, code, node, p.node_id - g.first_node_id, text, remedy FROM main.problems AS p "
        "LEFT JOIN main.graphs AS g ON g.run_id = p.run_id AND g.stage = 'dataflow' "
        "WHERE p.run_id = ?1 ORDER BY problem_id",
        rowOf, params.run.value);
}

} // namespace orrery::trace_db::problems
