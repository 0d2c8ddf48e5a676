// SPDX-License-Identifier: Apache-2.0
#include "views/document/value_ranges.h"

#include "engine/debug/tensor_statistics.h"
#include "profiler/session/debug_session.h"
#include "views/document/model_source.h"

#include <algorithm>
#include <cmath>

namespace orrery::document {
namespace {

constexpr std::int64_t historyBytes = std::int64_t(1) << 20; // nobody goes back

class Walk {
public:
    Walk(session::DebugSession& session, ValueRanges& ranges)
        : m_session(session)
        , m_ranges(ranges)
    {}

    Result<void> take(ValueId id)
    {
        if (!id.valid())
            return {};
        const graph::Value& value = m_session.graph().value(id);
        const auto& types = m_session.types();
        if (id.index() >= types.size() || types[id.index()].kind != graph::TypeKind::Tensor) {
            ++m_ranges.notCaptured;
            return {};
        }
        if (!graph::isFloatingPoint(types[id.index()].element))
            return {};
        const auto captured = m_session.tensor(id, session::Recompute::No);
        if (!captured.ok()) {
            if (m_session.dead())
                return captured.error();
            ++m_ranges.notCaptured;
            return {};
        }
        const debug::TensorStatistics found = debug::statistics(captured->tensor);
        m_ranges.values[value.name] = {std::max(std::abs(found.min), std::abs(found.max)), found.nans,
                                       found.infinities};
        return {};
    }

private:
    session::DebugSession& m_session;
    ValueRanges& m_ranges;
};

} // namespace

Result<ValueRanges> rangesOf(const graph::Model& model, const RangeOptions& options,
                             const std::stop_token& stop, const std::function<void(int)>& tell)
{
    const auto copy = TRY(SourceFile::of({"", std::make_shared<const graph::Model>(model)}));
    session::DebugOptions opening;
    opening.session.optimize = passes::OptimizeLevel::None;
    opening.session.customOps = options.customOps;
    opening.session.inputShapes = options.inputShapes;
    opening.session.arguments = "window";
    opening.inputs = options.inputs;
    opening.threads = options.threads;
    opening.timeLimitSeconds = options.timeLimitSeconds;
    opening.historyBudgetBytes = historyBytes;
    const auto session = TRY(session::DebugSession::open(copy->path(), opening));

    ValueRanges ranges;
    Walk walk(*session, ranges);
    const graph::Graph& graph = session->graph();
    const std::size_t nodes = std::max<std::size_t>(1, graph.main().nodes.size());
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i)
        if (const graph::Node& node = graph.node(NodeId(i)); node.alive && node.region != graph.mainRegion())
            ++ranges.nodesWithin;
    for (ValueId input : session->opened().root.inputs)
        TRY(walk.take(input));
    for (std::size_t done = 0; !session->state().finished; ++done) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", {}};
        tell(static_cast<int>(std::min<std::size_t>(100, 100 * done / nodes)));
        const debug::DebugState state = TRY(session->go({}));
        if (state.error)
            return *state.error;
        if (graph.contains(state.previous))
            for (ValueId output : graph.node(state.previous).outputs)
                TRY(walk.take(output));
    }
    return ranges;
}

std::set<NodeId> nodesBeyond(const graph::Graph& graph, const ValueRanges& ranges, const NarrowRange& type)
{
    const auto isBeyond = [&](ValueId id) {
        if (!id.valid())
            return false;
        const auto found = ranges.values.find(graph.value(id).name);
        if (found == ranges.values.end())
            return false;
        const ValueRange& range = found->second;
        return range.nans > 0 || range.infinities > 0 || range.largest > type.largest / 2 ||
               (range.largest > 0 && range.largest < type.smallest);
    };
    std::set<NodeId> nodes;
    for (NodeId id : graph.main().nodes) {
        const graph::Node& node = graph.node(id);
        if (std::any_of(node.inputs.begin(), node.inputs.end(), isBeyond) ||
            std::any_of(node.outputs.begin(), node.outputs.end(), isBeyond))
            nodes.insert(id);
    }
    return nodes;
}

} // namespace orrery::document
