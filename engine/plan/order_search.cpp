// SPDX-License-Identifier: Apache-2.0
//
// A state of the beam is a set of instructions that ran. An instruction that makes nothing fuller, neither
// while it runs nor after it, is taken at once; else the states with the lowest peak so far, then the fewest
// live bytes, go on. States with the same set are one, the better stays.
#include "engine/plan/order_search.h"

#include "engine/graph/order.h"

#include <algorithm>
#include <random>
#include <unordered_map>
#include <unordered_set>

namespace orrery::plan {
namespace {

using Index = std::uint32_t;

constexpr std::size_t beamWidth = 12;
constexpr std::size_t mostReady = 48; // of each state that are looked at, in the present order

struct Buffer {
    std::int64_t bytes = 0;
    std::uint32_t readers = 0; // instructions, each once
    bool isKept = false;       // an output of the run
};

struct Item {
    NodeId node;
    std::vector<Index> reads;                     // buffers, each once
    std::vector<Index> writes;                    // buffers
    std::vector<std::pair<Index, Index>> inPlace; // a read that may become a write
    std::vector<Index> before;                    // items that must have run
    std::vector<Index> after;
    std::int64_t insideBytes = 0; // what its bodies hold beside its results, at most
};

std::int64_t bytesOf(const graph::ValueType& type)
{
    if (type.kind != graph::TypeKind::Tensor || !type.shape || graph::elementBits(type.element) == 0)
        return 0;
    auto dims = type.shape->concrete();
    auto bytes = dims ? graph::byteSizeOf(type.element, *dims) : std::nullopt;
    return bytes ? static_cast<std::int64_t>(*bytes) : 0;
}

struct Schedule {
    std::vector<Item> items;
    std::vector<Buffer> buffers;
};

class ScheduleBuilder {
public:
    ScheduleBuilder(const Plan& plan, const MemoryPlan& memory)
        : m_plan(plan)
        , m_graph(plan.graph())
        , m_memory(memory)
    {}

    Schedule build()
    {
        for (const Instruction& instruction : m_plan.mainBlock().instructions)
            addItem(instruction);
        for (ValueId output : m_plan.root().outputs)
            if (auto known = m_bufferOf.find(output); known != m_bufferOf.end())
                m_schedule.buffers[known->second].isKept = true;
        return std::move(m_schedule);
    }

private:
    void addItem(const Instruction& instruction)
    {
        const auto index = static_cast<Index>(m_schedule.items.size());
        Item item;
        item.node = instruction.node;
        std::unordered_set<Index> before;
        for (ValueId read : graph::valuesRead(m_graph, item.node))
            if (auto known = m_bufferOf.find(read); known != m_bufferOf.end()) {
                if (std::find(item.reads.begin(), item.reads.end(), known->second) == item.reads.end()) {
                    item.reads.push_back(known->second);
                    ++m_schedule.buffers[known->second].readers;
                }
                before.insert(m_maker[known->second]);
            }
        if (instruction.spec->purity != ops::Purity::Pure) {
            if (m_lastImpure)
                before.insert(*m_lastImpure);
            m_lastImpure = index;
        }
        const graph::Node& node = m_graph.node(item.node);
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
            if (!node.outputs[i].valid())
                continue;
            const auto buffer = static_cast<Index>(m_schedule.buffers.size());
            m_schedule.buffers.push_back({bytesOf(m_memory.types[node.outputs[i].index()]), 0, false});
            m_maker.push_back(index);
            m_bufferOf[node.outputs[i]] = buffer;
            item.writes.push_back(buffer);
            for (const ops::InPlace& pair : instruction.inPlace())
                if (pair.output == i && pair.input < node.inputs.size())
                    if (auto donor = m_bufferOf.find(node.inputs[pair.input]);
                        donor != m_bufferOf.end() &&
                        m_schedule.buffers[donor->second].bytes == m_schedule.buffers[buffer].bytes)
                        item.inPlace.emplace_back(donor->second, buffer);
        }
        for (RegionId body : node.regions())
            item.insideBytes = std::max(item.insideBytes, insideBytes(body));
        item.before.assign(before.begin(), before.end());
        std::sort(item.before.begin(), item.before.end());
        for (Index other : item.before)
            m_schedule.items[other].after.push_back(index);
        m_schedule.items.push_back(std::move(item));
    }

    // An upper bound: everything that the body makes, at once.
    std::int64_t insideBytes(RegionId body) const
    {
        std::int64_t sum = 0;
        for (const Instruction& instruction : m_plan.block(body).instructions) {
            for (ValueId output : m_graph.node(instruction.node).outputs)
                if (output.valid())
                    sum += bytesOf(m_memory.types[output.index()]);
            for (RegionId inner : m_graph.node(instruction.node).regions())
                sum += insideBytes(inner);
        }
        return sum;
    }

    const Plan& m_plan;
    const graph::Graph& m_graph;
    const MemoryPlan& m_memory;
    Schedule m_schedule;
    std::unordered_map<ValueId, Index> m_bufferOf;
    std::vector<Index> m_maker; // by buffer
    std::optional<Index> m_lastImpure;
};

struct State {
    std::vector<std::uint32_t> readersLeft; // by buffer
    std::vector<std::uint32_t> waitsFor;    // by item: those before it that have not run
    std::vector<Index> ready;               // sorted
    std::int64_t live = 0;
    std::int64_t peak = 0;
    std::uint64_t hash = 0; // of the set that ran
    std::uint32_t trail = 0;
};

struct Move {
    std::int64_t peak = 0;
    std::int64_t live = 0; // after
    std::size_t state = 0;
    Index item = 0;

    auto key() const { return std::tuple(peak, live, item, state); }
};

class Beam {
public:
    Beam(const Schedule& schedule, const std::function<bool()>& cancelled)
        : m_schedule(schedule)
        , m_cancelled(cancelled)
    {
        std::mt19937_64 numbers(1);
        for (std::size_t i = 0; i < schedule.items.size(); ++i)
            m_marks.push_back(numbers());
    }

    // Empty when cancelled.
    std::vector<Index> search()
    {
        std::vector<State> states{first()};
        for (std::size_t step = 0; step < m_schedule.items.size(); ++step) {
            if (m_cancelled && m_cancelled())
                return {};
            std::vector<Move> moves;
            for (std::size_t i = 0; i < states.size(); ++i)
                appendMoves(states[i], i, moves);
            std::sort(moves.begin(), moves.end(),
                      [](const Move& a, const Move& b) { return a.key() < b.key(); });
            std::vector<State> next;
            std::unordered_set<std::uint64_t> seen;
            for (const Move& move : moves) {
                if (next.size() == beamWidth)
                    break;
                if (seen.insert(states[move.state].hash ^ m_marks[move.item]).second)
                    next.push_back(after(states[move.state], move));
            }
            states = std::move(next);
        }
        std::vector<Index> order;
        for (std::uint32_t at = states.front().trail; at != 0; at = m_trail[at].first)
            order.push_back(m_trail[at].second);
        std::reverse(order.begin(), order.end());
        return order;
    }

private:
    State first() const
    {
        State state;
        for (const Buffer& buffer : m_schedule.buffers)
            state.readersLeft.push_back(buffer.readers + (buffer.isKept ? 1 : 0));
        for (std::size_t i = 0; i < m_schedule.items.size(); ++i) {
            state.waitsFor.push_back(static_cast<std::uint32_t>(m_schedule.items[i].before.size()));
            if (state.waitsFor.back() == 0)
                state.ready.push_back(static_cast<Index>(i));
        }
        return state;
    }

    Move evaluate(const State& state, std::size_t index, Index at) const
    {
        const Item& item = m_schedule.items[at];
        std::int64_t during = state.live, dying = 0;
        for (Index write : item.writes)
            during += m_schedule.buffers[write].bytes;
        for (const auto& [donor, result] : item.inPlace)
            if (state.readersLeft[donor] == 1 && !m_schedule.buffers[donor].isKept) {
                during -= m_schedule.buffers[result].bytes;
                dying -= m_schedule.buffers[donor].bytes;
                break;
            }
        for (Index read : item.reads)
            if (state.readersLeft[read] == 1)
                dying += m_schedule.buffers[read].bytes;
        for (Index write : item.writes)
            if (state.readersLeft[write] == 0)
                dying += m_schedule.buffers[write].bytes;
        return {std::max(state.peak, during + item.insideBytes), during - dying, index, at};
    }

    void appendMoves(const State& state, std::size_t index, std::vector<Move>& moves) const
    {
        const std::size_t begin = moves.size();
        for (std::size_t i = 0; i < state.ready.size() && i < mostReady; ++i) {
            const Move move = evaluate(state, index, state.ready[i]);
            if (move.peak == state.peak && move.live <= state.live) {
                moves.resize(begin);
                moves.push_back(move);
                return;
            }
            moves.push_back(move);
        }
    }

    State after(const State& state, const Move& move)
    {
        State next = state;
        const Item& item = m_schedule.items[move.item];
        next.peak = move.peak;
        next.live = move.live;
        next.hash ^= m_marks[move.item];
        for (Index read : item.reads)
            --next.readersLeft[read];
        next.ready.erase(std::lower_bound(next.ready.begin(), next.ready.end(), move.item));
        for (Index later : item.after)
            if (--next.waitsFor[later] == 0)
                next.ready.insert(std::lower_bound(next.ready.begin(), next.ready.end(), later), later);
        next.trail = static_cast<std::uint32_t>(m_trail.size());
        m_trail.emplace_back(state.trail, move.item);
        return next;
    }

    const Schedule& m_schedule;
    const std::function<bool()>& m_cancelled;
    std::vector<std::uint64_t> m_marks;                           // by item
    std::vector<std::pair<std::uint32_t, Index>> m_trail{{0, 0}}; // the move before, the item
};

// Each node after what it needs; of several branches first the one that needs the most beside what it leaves.
std::vector<Index> depthFirst(const Schedule& schedule)
{
    const std::size_t count = schedule.items.size();
    std::vector<std::int64_t> needs(count, 0), leaves(count, 0);
    std::vector<std::vector<Index>> inputs(count);
    for (std::size_t i = 0; i < count; ++i) {
        const Item& item = schedule.items[i];
        inputs[i] = item.before;
        std::stable_sort(inputs[i].begin(), inputs[i].end(),
                         [&](Index a, Index b) { return needs[a] - leaves[a] > needs[b] - leaves[b]; });
        std::int64_t kept = 0;
        for (Index input : inputs[i]) {
            needs[i] = std::max(needs[i], kept + needs[input]);
            kept += leaves[input];
        }
        for (Index write : item.writes)
            leaves[i] += schedule.buffers[write].bytes;
        needs[i] = std::max(needs[i], kept + leaves[i] + item.insideBytes);
    }
    std::vector<Index> order;
    std::vector<bool> placed(count, false);
    std::vector<std::pair<Index, std::size_t>> path;
    for (std::size_t last = count; last-- > 0;) {
        if (!schedule.items[last].after.empty() || placed[last])
            continue;
        path.assign(1, {static_cast<Index>(last), 0});
        while (!path.empty()) {
            auto& [at, next] = path.back();
            if (next < inputs[at].size()) {
                const Index input = inputs[at][next++];
                if (!placed[input])
                    path.emplace_back(input, 0);
            } else {
                if (!placed[at]) {
                    placed[at] = true;
                    order.push_back(at);
                }
                path.pop_back();
            }
        }
    }
    return order;
}

} // namespace

std::vector<std::vector<NodeId>> leanOrders(const Plan& plan, const MemoryPlan& memory,
                                            const std::function<bool()>& cancelled)
{
    const Schedule schedule = ScheduleBuilder(plan, memory).build();
    std::vector<std::vector<NodeId>> result;
    for (const std::vector<Index>& order : {Beam(schedule, cancelled).search(), depthFirst(schedule)})
        if (order.size() == schedule.items.size() && !std::is_sorted(order.begin(), order.end())) {
            std::vector<NodeId>& nodes = result.emplace_back();
            for (Index index : order)
                nodes.push_back(schedule.items[index].node);
        }
    return result;
}

} // namespace orrery::plan
