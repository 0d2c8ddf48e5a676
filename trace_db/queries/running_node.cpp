// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/running_node.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::running_node {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        return Row{.nodeId = at.integer(0), .name = at.text(1), .opType = at.text(2), .origins = {}};
    };
    std::vector<Row> rows =
        TRY(rowsOf<Row>(reader,
                        "SELECT n.node_id, n.name, n.op_type FROM main.runs AS r JOIN main.nodes AS n "
                        "ON n.node_id = r.node_id WHERE r.run_id = ?1",
                        rowOf, params.run.value));
    for (Row& row : rows)
        row.origins = TRY(rowsOf<std::string>(
            reader,
            "SELECT n.name FROM main.node_origins AS o JOIN main.nodes AS n ON n.node_id = o.origin_node_id "
            "WHERE o.node_id = ?1 ORDER BY o.origin_node_id",
            [](const Statement& at) { return at.text(0); }, row.nodeId));
    return rows;
}

} // namespace orrery::trace_db::running_node
