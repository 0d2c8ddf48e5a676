// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/debug/random_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace orrery::test {

using namespace debug;
using graph::Tensor;

namespace {

class Mixer {
public:
    void add(std::uint64_t word)
    {
        m_value.a = (m_value.a ^ word) * 0x9e3779b97f4a7c15;
        m_value.a ^= m_value.a >> 29;
        m_value.b = (m_value.b + word) * 0xc2b2ae3d27d4eb4f;
        m_value.b ^= m_value.b >> 31;
    }
    void add(const Tensor& tensor)
    {
        add(static_cast<std::uint64_t>(tensor.type()));
        add(tensor.rank());
        for (std::int64_t dim : tensor.dims())
            add(static_cast<std::uint64_t>(dim));
        if (tensor.type() == graph::DataType::String)
            for (const std::string& text : tensor.strings())
                add(std::hash<std::string>{}(text));
        std::size_t size = tensor.type() == graph::DataType::String ? 0 : tensor.byteSize();
        for (std::size_t at = 0; at < size; at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, tensor.bytes() + at, std::min<std::size_t>(8, size - at));
            add(word);
        }
    }
    Fingerprint value() const { return m_value; }

private:
    Fingerprint m_value{1, 2};
};

} // namespace

Fingerprint fingerprint(const exec::ExecutionState& state)
{
    Mixer mixer;
    mixer.add(state.position);
    mixer.add(state.random);
    for (const exec::Frame& frame : state.frames) {
        mixer.add(frame.block->region.value);
        mixer.add(frame.next);
        mixer.add(static_cast<std::uint64_t>(frame.iteration));
        mixer.add(static_cast<std::uint64_t>(frame.iterations));
        for (const auto& gathered : frame.gathered)
            for (const exec::Gathered* link = gathered.get(); link != nullptr; link = link->before.get())
                mixer.add(link->tensor);
    }
    for (const auto& [value, tensor] : state.values) {
        mixer.add(value.value);
        mixer.add(tensor);
    }
    return mixer.value();
}

Result<FreshRun> freshRun(const std::shared_ptr<const plan::Plan>& plan, const std::vector<Tensor>& inputs,
                          int threads, std::uint64_t seed)
{
    exec::ExecutionOptions options;
    options.threads = threads;
    options.seed = seed;
    options.storage = exec::Storage::Shared;
    auto execution = TRY(exec::Execution::create(plan, options));
    TRY(execution->start(inputs));
    FreshRun run;
    while (!execution->finished()) {
        run.states.push_back(fingerprint(execution->capture()));
        run.nodes.push_back(execution->next());
        TRY(execution->step());
    }
    run.states.push_back(fingerprint(execution->capture()));
    return run;
}

Breakpoint RandomWalk::randomBreakpoint()
{
    Breakpoint breakpoint;
    const graph::Graph& graph = m_debugger.plan().graph();
    NodeId node = m_fresh.nodes[pick(m_fresh.nodes.size())];
    switch (pick(5)) {
    case 0:
        breakpoint.target = BreakpointTarget::OpType;
        breakpoint.text = graph.node(node).opType;
        break;
    case 1:
        breakpoint.target = BreakpointTarget::Value;
        breakpoint.value = graph.node(node).outputs.front();
        break;
    case 2:
        breakpoint.node = node;
        breakpoint.condition = Condition{Quantity::Min, Comparison::Less, -0.5};
        break;
    default:
        breakpoint.node = node;
    }
    breakpoint.ignore = pick(4) == 0 ? pick(3) : 0;
    breakpoint.action = pick(8) == 0 ? BreakpointAction::Log : BreakpointAction::Stop;
    breakpoint.once = pick(8) == 0;
    return breakpoint;
}

Movement RandomWalk::randomMovement()
{
    Movement movement;
    movement.direction = pick(2) == 0 ? Direction::Forward : Direction::Backward;
    const graph::Graph& graph = m_debugger.plan().graph();
    NodeId node = m_fresh.nodes[pick(m_fresh.nodes.size())];
    switch (pick(8)) {
    case 0:
    case 1:
        movement.goal = Goal::Step;
        movement.count = 1 + pick(4);
        break;
    case 2:
    case 3:
        movement.goal = Goal::Into;
        movement.count = 1 + pick(20);
        break;
    case 4:
        movement.goal = Goal::Out;
        break;
    case 5:
        movement.goal = Goal::Node;
        movement.node = node;
        break;
    case 6:
        movement.goal = Goal::Writer;
        movement.value = graph.node(node).outputs.front();
        break;
    default:
        movement.goal = Goal::Position;
        movement.position = pick(m_fresh.states.size());
    }
    return movement;
}

// Where plain node breakpoints stop is known from the straight run.
std::string RandomWalk::continueAndCheck(Direction direction)
{
    std::vector<Breakpoint> breakpoints;
    bool plain = pick(2) == 0;
    for (std::uint64_t i = 1 + pick(3); i-- > 0;)
        breakpoints.push_back(randomBreakpoint());
    if (plain)
        for (Breakpoint& breakpoint : breakpoints) {
            NodeId node = m_fresh.nodes[pick(m_fresh.nodes.size())];
            breakpoint = {};
            breakpoint.node = node;
        }
    if (auto set = m_debugger.setBreakpoints(breakpoints); !set.ok())
        return set.error().text();
    std::uint64_t from = m_debugger.state().position;
    Movement movement;
    movement.goal = Goal::Continue;
    movement.direction = direction;
    DebugState state = m_debugger.go(movement);
    if (state.error)
        return state.error->text();
    m_counts.stopsAtBreakpoints += state.reason == StopReason::Breakpoint ? 1 : 0;
    if (plain) {
        auto stops = [&](std::uint64_t at) {
            return at < m_fresh.nodes.size() &&
                   std::any_of(breakpoints.begin(), breakpoints.end(), [&](const Breakpoint& breakpoint) {
                       return breakpoint.node == m_fresh.nodes[at];
                   });
        };
        std::uint64_t expected = from;
        if (direction == Direction::Forward)
            for (expected = std::min(from + 1, m_fresh.nodes.size());
                 expected < m_fresh.nodes.size() && !stops(expected);)
                ++expected;
        else
            for (expected = from > 0 ? from - 1 : 0; expected > 0 && !stops(expected);)
                --expected;
        if (state.position != expected)
            return fmt::format("continuing from {} stopped at {}, expected {}", from, state.position,
                               expected);
    }
    m_debugger.setBreakpoints({}).releaseValue();
    return {};
}

// Looking must not move anything.
std::string RandomWalk::lookAtSomething()
{
    const auto& outputs = m_debugger.plan().graph().node(m_fresh.nodes[pick(m_fresh.nodes.size())]).outputs;
    ValueId value = outputs.front();
    Availability availability = m_debugger.availability(value);
    auto tensor = m_debugger.tensor(value);
    if (availability == Availability::NotComputed)
        return tensor.ok() ? "a value that was not computed has a tensor" : std::string();
    if (!tensor.ok())
        return availability == Availability::Freed && tensor.error().code == ErrorCode::Usage
                   ? std::string()
                   : tensor.error().text();
    m_counts.tensorsComputedAgain += availability == Availability::Freed ? 1 : 0;
    return {};
}

std::string RandomWalk::compare(const std::string& after)
{
    exec::ExecutionState state = m_debugger.capture();
    if (state.position >= m_fresh.states.size())
        return fmt::format("{}: at {}, beyond the end {}", after, state.position, m_fresh.states.size() - 1);
    if (fingerprint(state) != m_fresh.states[state.position])
        return fmt::format("{}: the state at {} differs from that of a straight run", after, state.position);
    return {};
}

std::string RandomWalk::walk(int moves)
{
    std::string after;
    ++m_counts.walks;
    for (int i = 0; i < moves; ++i) {
        ++m_counts.moves;
        std::uint64_t from = m_debugger.state().position;
        std::string wrong;
        if (std::uint64_t kind = pick(10); kind < 3) {
            wrong = continueAndCheck(kind == 0 ? Direction::Forward : Direction::Backward);
            after += fmt::format("; continue from {}", from);
        } else if (kind == 3) {
            wrong = lookAtSomething();
            after += "; look";
        } else {
            Movement movement = randomMovement();
            DebugState state = m_debugger.go(movement);
            after += fmt::format("; {}, {} from {} to {}", static_cast<int>(movement.goal),
                                 movement.direction == Direction::Forward ? "forward" : "backward", from,
                                 state.position);
            if (state.error)
                wrong = state.error->text();
        }
        if (!wrong.empty())
            return after + ": " + wrong;
    }
    return compare(after);
}

} // namespace orrery::test
