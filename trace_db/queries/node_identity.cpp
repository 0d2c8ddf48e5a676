// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/node_identity.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::node_identity {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        return Row{.nodeId = at.integer(0),
                   .name = at.text(1),
                   .opType = at.text(2),
                   .parentNodeId = at.integerOr(3, -1),
                   .parent = at.text(4),
                   .parentOpType = at.text(5)};
    };
    std::vector<Row> rows = TRY(
        rowsOf<Row>(reader,
                    "SELECT n.node_id, n.name, n.op_type, p.node_id, p.name, p.op_type FROM main.nodes AS n "
                    "LEFT JOIN main.nodes AS p ON p.node_id = n.parent_node_id "
                    "WHERE n.run_id = ?1 AND n.node_id = ?2",
                    rowOf, params.run.value, params.nodeId));
    auto originOf = [](const Statement& at) {
        return Origin{.node = static_cast<std::uint32_t>(at.integer(0)), .name = at.text(1)};
    };
    for (Row& row : rows)
        row.origins = TRY(rowsOf<Origin>(reader,
                                         "SELECT d.local_id, d.name FROM main.node_origins AS o "
                                         "JOIN main.nodes AS d ON d.node_id = o.origin_node_id "
                                         "WHERE o.node_id = ?1 ORDER BY d.local_id",
                                         originOf, row.nodeId));
    return rows;
}

} // namespace orrery::trace_db::node_identity
