// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/suggest_candidates.h"

#include "engine/graph/order.h"
#include "engine/plan/order_search.h"

#include <algorithm>
#include <unordered_map>

namespace orrery::plan {
namespace {

using graph::Graph;

constexpr std::size_t mostOfAKind = 12;
constexpr std::int64_t leastBytes = 1024; // of a value worth a hint
// What may be computed again: a tenth of a run's operations at most, or as little as an elementwise function.
constexpr double mostRecomputed = 0.1;
constexpr double mostPerByte = 8;

std::optional<std::vector<ops::TensorSize>> sizesOf(const std::vector<ValueId>& values,
                                                    const MemoryPlan& memory)
{
    std::vector<ops::TensorSize> sizes;
    for (ValueId value : values) {
        ops::TensorSize& size = sizes.emplace_back();
        if (!value.valid())
            continue;
        const graph::ValueType& type = memory.types[value.index()];
        auto dims = type.shape ? type.shape->concrete() : std::nullopt;
        if (!dims)
            return std::nullopt;
        size = {type.element, *dims};
    }
    return sizes;
}

double flopsOf(const Graph& graph, const Instruction& instruction, const MemoryPlan& memory)
{
    const graph::Node& node = graph.node(instruction.node);
    auto inputs = sizesOf(node.inputs, memory), outputs = sizesOf(node.outputs, memory);
    return inputs && outputs && instruction.spec->cost ? instruction.spec->cost(node, *inputs, *outputs).flops
                                                       : 0;
}

// The main block around the peak.
class Surroundings {
public:
    explicit Surroundings(const Situation& at)
        : m_graph(at.plan->graph())
    {
        const auto& instructions = at.plan->mainBlock().instructions;
        for (std::size_t i = 0; i < instructions.size(); ++i) {
            m_position[instructions[i].node] = i;
            for (ValueId read : graph::valuesRead(m_graph, instructions[i].node))
                m_readers[read].push_back(i);
        }
        NodeId node = at.peak.node;
        while (node.valid() && m_graph.node(node).region != m_graph.mainRegion())
            node = m_graph.region(m_graph.node(node).region).parent;
        auto known = m_position.find(node);
        m_peak = known == m_position.end() ? 0 : known->second;
    }

    std::size_t peak() const { return m_peak; }
    std::optional<std::size_t> position(NodeId node) const
    {
        auto known = m_position.find(node);
        return known == m_position.end() ? std::nullopt : std::optional(known->second);
    }

    // Those that read the value after the peak, by name; empty when it is needed at the peak, when a body
    // reads it, or when a reader has no name.
    std::vector<std::string> laterReaders(const Plan& plan, ValueId value) const
    {
        std::vector<std::string> names;
        auto readers = m_readers.find(value);
        if (readers == m_readers.end())
            return {};
        for (std::size_t reader : readers->second) {
            const graph::Node& node = m_graph.node(plan.mainBlock().instructions[reader].node);
            if (reader == m_peak || !node.regions().empty())
                return {};
            if (reader < m_peak)
                continue;
            names.push_back(hintName(m_graph, node.id));
            if (names.back().empty())
                return {};
        }
        return names;
    }

private:
    const Graph& m_graph;
    std::unordered_map<NodeId, std::size_t> m_position;
    std::unordered_map<ValueId, std::vector<std::size_t>> m_readers;
    std::size_t m_peak = 0;
};

bool isOutput(const Plan& plan, ValueId value)
{
    const auto& outputs = plan.root().outputs;
    return std::find(outputs.begin(), outputs.end(), value) != outputs.end();
}

// What is alive at the peak, was computed before it and is read after it only; the largest first.
struct Waiting {
    const LiveAtPeak* live = nullptr;
    std::size_t producer = 0; // position
    std::vector<std::string> readers;
};

std::vector<Waiting> waitingAtPeak(const Situation& at, const Surroundings& around)
{
    std::vector<Waiting> result;
    const Graph& graph = at.plan->graph();
    for (const LiveAtPeak& live : at.peak.live) {
        auto producer = around.position(live.producer);
        if (!producer || *producer >= around.peak() || live.bytes < leastBytes ||
            isOutput(*at.plan, live.value) || graph.value(live.value).name.empty())
            continue;
        auto readers = around.laterReaders(*at.plan, live.value);
        if (!readers.empty())
            result.push_back({&live, *producer, std::move(readers)});
        if (result.size() == mostOfAKind)
            break;
    }
    return result;
}

// Whether what comes before the axis is one piece, so that parts along it lie one behind the other.
bool isOutermost(const graph::ValueType& type, std::int64_t axis)
{
    auto dims = type.shape ? type.shape->concrete() : std::nullopt;
    for (std::int64_t i = 0; dims && i < axis; ++i)
        if (static_cast<std::size_t>(i) >= dims->size() || (*dims)[static_cast<std::size_t>(i)] != 1)
            return false;
    return dims.has_value();
}

} // namespace

std::string hintName(const Graph& graph, NodeId node)
{
    for (ValueId output : graph.node(node).outputs)
        if (output.valid())
            return graph.value(output).name;
    return {};
}

std::vector<Candidate> joinCandidates(const Situation& at)
{
    std::vector<Candidate> result;
    const Graph& graph = at.plan->graph();
    auto isAlive = [&](ValueId value) {
        return std::any_of(at.peak.live.begin(), at.peak.live.end(),
                           [&](const LiveAtPeak& live) { return live.value == value; });
    };
    for (const Block& block : at.plan->blocks())
        for (const Instruction& instruction : block.instructions) {
            const graph::Node& node = graph.node(instruction.node);
            if (node.opType != "Concat" || !node.domain.empty() || instruction.joinsInPlace ||
                hintName(graph, node.id).empty())
                continue;
            if (node.id != at.peak.node && std::none_of(node.inputs.begin(), node.inputs.end(), isAlive) &&
                std::none_of(node.outputs.begin(), node.outputs.end(), isAlive))
                continue;
            Candidate& candidate = result.emplace_back();
            candidate.hints.joinInPlace = {hintName(graph, node.id)};
            candidate.node = node.id;
            candidate.value = candidate.hints.joinInPlace.front();
            if (result.size() == mostOfAKind)
                return result;
        }
    return result;
}

std::vector<Candidate> recomputeCandidates(const Situation& at)
{
    const Graph& graph = at.plan->graph();
    const auto& instructions = at.plan->mainBlock().instructions;
    double all = 0;
    for (const Instruction& instruction : instructions)
        all += flopsOf(graph, instruction, at.memory);
    std::vector<Candidate> result;
    const Surroundings around(at);
    for (Waiting& waiting : waitingAtPeak(at, around)) {
        const Instruction& maker = instructions[waiting.producer];
        const double flops = flopsOf(graph, maker, at.memory) * static_cast<double>(waiting.readers.size());
        const bool isCheap =
            flops <= all * mostRecomputed || flops <= mostPerByte * static_cast<double>(waiting.live->bytes);
        if (maker.spec->purity != ops::Purity::Pure || maker.kernel == nullptr || !isCheap)
            continue;
        Candidate& candidate = result.emplace_back();
        candidate.node = maker.node;
        candidate.value = graph.value(waiting.live->value).name;
        candidate.bytes = waiting.live->bytes;
        candidate.extraFlops = flops;
        candidate.hints.recompute.push_back({candidate.value, std::move(waiting.readers)});
    }
    return result;
}

std::vector<Candidate> holdCandidates(const Situation& at)
{
    const Graph& graph = at.plan->graph();
    std::vector<Candidate> result;
    const Surroundings around(at);
    for (Waiting& waiting : waitingAtPeak(at, around)) {
        if (at.memory.types[waiting.live->value.index()].element != graph::DataType::Float32)
            continue;
        Candidate& candidate = result.emplace_back();
        candidate.node = waiting.live->producer;
        candidate.value = graph.value(waiting.live->value).name;
        candidate.bytes = waiting.live->bytes;
        candidate.sameBits = false;
        candidate.hints.hold.push_back(
            {candidate.value, graph::DataType::Float16, std::move(waiting.readers)});
    }
    return result;
}

std::vector<Candidate> chunkCandidates(const Situation& at)
{
    const Graph& graph = at.plan->graph();
    std::vector<NodeId> centres;
    auto add = [&](NodeId node) {
        if (node.valid() && graph.node(node).region == graph.mainRegion() &&
            std::find(centres.begin(), centres.end(), node) == centres.end())
            centres.push_back(node);
    };
    add(at.peak.node);
    for (std::size_t i = 0; i < at.peak.live.size() && i < 2; ++i) {
        add(at.peak.live[i].producer);
        add(at.peak.live[i].nextReader);
    }
    std::vector<Candidate> result;
    std::vector<passes::ChunkHint> seen;
    for (NodeId centre : centres) {
        passes::ChunkHint chain = passes::chunkableChain(graph, centre, at.memory.types);
        if (chain.nodes.empty() || std::find(seen.begin(), seen.end(), chain) != seen.end())
            continue;
        seen.push_back(chain);
        const ValueId end = [&] {
            for (std::size_t i = 0; i < graph.valueSlots(); ++i)
                if (graph.value(ValueId(i)).alive && graph.value(ValueId(i)).name == chain.nodes.back())
                    return ValueId(i);
            return ValueId();
        }();
        const bool joins = end.valid() && isOutermost(at.memory.types[end.index()], chain.axis);
        for (std::int64_t parts : {2, 4, 8, 16, 32}) {
            Candidate& candidate = result.emplace_back();
            chain.parts = parts;
            candidate.hints.chunk = {chain};
            if (joins)
                candidate.hints.joinInPlace = {chain.nodes.back()};
            candidate.node = centre;
            candidate.value = chain.nodes.back();
            candidate.sameBits = false;
        }
    }
    return result;
}

std::vector<Candidate> orderCandidates(const Situation& at, const std::function<bool()>& cancelled)
{
    std::vector<Candidate> result;
    const Graph& graph = at.plan->graph();
    for (const std::vector<NodeId>& order : leanOrders(*at.plan, at.memory, cancelled)) {
        Candidate& candidate = result.emplace_back();
        for (NodeId node : order)
            if (std::string name = hintName(graph, node); !name.empty())
                candidate.hints.order.push_back(std::move(name));
    }
    return result;
}

} // namespace orrery::plan
