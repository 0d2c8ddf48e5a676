// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/live_at_end.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::live_at_end {
namespace {

AllocKind kindOf(const std::string& text)
{
    for (std::size_t kind = 0; kind < allocKindCount; ++kind)
        if (text == name(static_cast<AllocKind>(kind)))
            return static_cast<AllocKind>(kind);
    return AllocKind::Native;
}

} // namespace

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        return Row{.buffer = static_cast<std::uint32_t>(at.integer(0)),
                   .ts = at.integer(1),
                   .step = static_cast<std::uint32_t>(at.integer(2)),
                   .bytes = at.integer(3),
                   .kind = kindOf(at.text(4)),
                   .nodeId = at.integerOr(5, -1),
                   .node = at.text(6),
                   .opType = at.text(7),
                   .valueId = at.integerOr(8, -1),
                   .value = at.text(9)};
    };
    return rowsOf<Row>(
        reader,
        "SELECT buffer, ts, step, bytes, a.kind, a.node_id, n.name, n.op_type, a.value_id, v.name "
        "FROM main.live_allocations AS a LEFT JOIN main.nodes AS n ON n.node_id = a.node_id "
        "LEFT JOIN main.graph_values AS v ON v.value_id = a.value_id "
        "WHERE a.run_id = ?1 ORDER BY bytes DESC, buffer LIMIT ?2",
        rowOf, params.run.value, params.limit);
}

} // namespace orrery::trace_db::live_at_end
