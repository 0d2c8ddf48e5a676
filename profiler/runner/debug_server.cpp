// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/debug_server.h"

#include "engine/base/text.h"
#include "engine/debug/expression.h"
#include "profiler/runner/inputs.h"
#include "profiler/runner/references.h"

#include <algorithm>

namespace orrery::runner {

// The run's gate, and the place where the session looks when the runner no longer answers.
class DebugServer::MarkingGate final : public exec::Gate {
public:
    MarkingGate(RunGate& gate, record::SharedRing* ring)
        : m_gate(gate)
        , m_ring(ring)
    {}

    exec::GateAnswer ask(NodeId next) override
    {
        mark(next);
        return m_gate.ask(next);
    }
    bool stopRequested() const override { return m_gate.stopRequested(); }
    void mark(NodeId next)
    {
        m_last = next;
        if (m_ring != nullptr)
            m_ring->header().currentNode.store(next.value, std::memory_order_relaxed);
    }

    NodeId last() const { return m_last; }

private:
    RunGate& m_gate;
    record::SharedRing* m_ring;
    NodeId m_last;
};

Result<std::unique_ptr<DebugServer>> DebugServer::start(std::shared_ptr<const plan::Plan> plan,
                                                        const protocol::DebugStart& command, RunGate& gate)
{
    std::unique_ptr<DebugServer> server(new DebugServer());
    if (command.ring)
        server->m_ring = TRY(record::SharedRing::open(*command.ring));
    server->m_gate = std::make_unique<MarkingGate>(gate, server->m_ring.get());

    protocol::Run run;
    run.inputs = command.inputs;
    run.inputShapes = command.inputShapes;
    run.seed = command.seed;
    Inputs inputs = TRY(makeInputs(plan->graph(), plan->root(), run));
    std::map<ValueId, graph::ValueType> types;
    for (std::size_t i = 0; i < inputs.tensors.size(); ++i)
        types[plan->root().inputs[i]] =
            graph::ValueType::tensor(inputs.tensors[i].type(), graph::Shape::of(inputs.tensors[i].dims()));
    server->m_started.types = TRY(plan::planMemory(*plan, types)).types;
    server->m_started.notes = std::move(inputs.notes);
    for (const plan::Block& block : plan->blocks()) {
        protocol::BlockOrder& order = server->m_started.order.emplace_back();
        order.region = block.region;
        for (const plan::Instruction& instruction : block.instructions)
            order.nodes.push_back(instruction.node);
    }

    debug::DebugOptions options;
    options.threads = command.threads;
    options.seed = command.seed;
    options.memoryLimitBytes = command.memoryLimitBytes;
    options.historyBudgetBytes = command.historyBudgetBytes;
    options.gate = server->m_gate.get();
    options.p95Ns = command.p95Ns;
    if (!command.referencePath.empty())
        for (auto& [name, tensor] : TRY(readReferences(command.referencePath, plan->graph(), plan->root())))
            for (std::size_t i = 0; i < plan->graph().valueSlots(); ++i)
                if (plan->graph().value(ValueId(i)).alive && plan->graph().value(ValueId(i)).name == name)
                    options.references[ValueId(i)] = tensor;
    server->m_sentPlan = plan.get();
    server->m_debugger = TRY(debug::Debugger::create(std::move(plan), std::move(inputs.tensors), options));
    server->m_started.state = server->m_debugger->state();
    server->m_next = server->m_started.state.next;
    server->m_gate->mark(server->m_next);
    return server;
}

DebugServer::DebugServer() = default;
DebugServer::~DebugServer() = default;

namespace {

protocol::Reply failed(Error error) { return protocol::Failed{std::move(error), {}, {}}; }

template<class T>
protocol::Reply orFailed(Result<T> result)
{
    if (!result.ok())
        return failed(result.releaseError());
    return result.releaseValue();
}

} // namespace

protocol::Reply DebugServer::answer(const protocol::Command& command)
{
    try {
        return carryOut(command);
    } catch (const std::bad_alloc&) {
        NodeId node = m_gate->last();
        const graph::Graph& graph = m_debugger->plan().graph();
        return failed({ErrorCode::LimitReached, "memory ran out",
                       graph.contains(node) ? graph.node(node).displayName() : std::string()});
    }
}

protocol::Reply DebugServer::carryOut(const protocol::Command& command)
{
    using namespace protocol;
    m_gate->mark(m_next);
    if (auto* go = std::get_if<DebugGo>(&command))
        return reached(m_debugger->go(go->movement));
    if (std::holds_alternative<DebugRestart>(command))
        return reached(m_debugger->restart());
    if (auto* find = std::get_if<DebugFindBad>(&command))
        return reached(findBad(find->overflowAbove));
    if (auto* set = std::get_if<DebugSetBreakpoints>(&command)) {
        if (auto done = m_debugger->setBreakpoints(set->breakpoints); !done.ok())
            return failed(done.releaseError());
        return reached(m_debugger->state());
    }
    if (auto* query = std::get_if<DebugFetch>(&command))
        return orFailed(fetch(*query));
    if (auto* query = std::get_if<DebugEvaluate>(&command)) {
        auto tensor = evaluate(query->expression);
        auto block = tensor.ok() ? pack(std::span(&*tensor, 1)) : Result<TensorBlock>(tensor.error());
        if (!block.ok())
            return failed(block.releaseError());
        return DebugTensor{debug::Availability::Alive, {}, block.releaseValue()};
    }
    if (auto* change = std::get_if<DebugEdit>(&command)) {
        debug::Edit edit = change->edit;
        if (auto* set = std::get_if<debug::SetValue>(&edit)) {
            auto tensors = unpack(change->tensor);
            if (!tensors.ok() || tensors->size() != 1)
                return failed({ErrorCode::Internal, "a value without its tensor", "runner protocol"});
            set->tensor = std::move(tensors->front());
        }
        return reached(m_debugger->apply(edit));
    }
    if (auto* assign = std::get_if<DebugAssign>(&command)) {
        auto tensor = evaluate(assign->expression);
        if (!tensor.ok())
            return failed(tensor.releaseError());
        return reached(m_debugger->apply(debug::SetValue{assign->value, tensor.releaseValue()}));
    }
    if (auto* choose = std::get_if<DebugChoose>(&command))
        return reached(m_debugger->choose(choose->branch));
    if (std::holds_alternative<DebugRerun>(command))
        return orFailed(rerun());
    if (auto* budget = std::get_if<DebugSetBudget>(&command)) {
        m_debugger->setHistoryBudget(budget->bytes);
        return reached(m_debugger->state());
    }
    return failed({ErrorCode::Internal, "no command of a debugging session", "runner protocol"});
}

protocol::Reply DebugServer::reached(Result<debug::DebugState> state)
{
    if (!state.ok())
        return failed(state.releaseError());
    protocol::DebugReached reply;
    reply.state = state.releaseValue();
    m_next = reply.state.next;
    m_gate->mark(m_next);
    reply.breakpoints = m_debugger->breakpoints();
    if (&m_debugger->plan() != m_sentPlan) {
        m_sentPlan = &m_debugger->plan();
        reply.graph = m_sentPlan->graph();
    }
    return reply;
}

// Breakpoints of its own for the length of one run; the user's come back afterwards.
Result<debug::DebugState> DebugServer::findBad(double overflowAbove)
{
    std::vector<debug::Breakpoint> users = m_debugger->breakpoints();
    std::vector<debug::Breakpoint> own;
    auto add = [&](debug::Condition condition) {
        debug::Breakpoint breakpoint;
        breakpoint.target = debug::BreakpointTarget::Any;
        breakpoint.condition = condition;
        own.push_back(std::move(breakpoint));
    };
    add({debug::Quantity::Nan, debug::Comparison::Greater, 0});
    add({debug::Quantity::Inf, debug::Comparison::Greater, 0});
    if (overflowAbove > 0)
        add({debug::Quantity::Abs, debug::Comparison::Greater, overflowAbove});
    debug::Movement onward;
    onward.goal = debug::Goal::Continue;
    m_debugger->restart();
    TRY(m_debugger->setBreakpoints(own));
    debug::DebugState found = m_debugger->go(onward);
    TRY(m_debugger->setBreakpoints(std::move(users)));
    return found;
}

Result<protocol::DebugTensor> DebugServer::fetch(const protocol::DebugFetch& command)
{
    if (!m_debugger->plan().graph().contains(command.value))
        return Error{ErrorCode::Usage, "the graph has no such value", {}};
    protocol::DebugTensor reply;
    reply.availability = m_debugger->availability(command.value);
    reply.writtenAt = m_debugger->writtenAt(command.value);
    bool here = reply.availability == debug::Availability::Alive ||
                reply.availability == debug::Availability::Constant;
    if (here || (reply.availability == debug::Availability::Freed && command.recompute)) {
        graph::Tensor tensor = TRY(m_debugger->tensor(command.value));
        reply.tensor = TRY(protocol::pack(std::span(&tensor, 1)));
    }
    return reply;
}

Result<protocol::DebugReran> DebugServer::rerun()
{
    debug::RerunReport report = TRY(m_debugger->rerun());
    protocol::DebugReran reply{report.computed, report.reused, {}, {}};
    std::vector<graph::Tensor> tensors;
    for (debug::OutputChange& change : report.outputs) {
        reply.outputs.emplace_back(change.value, change.difference);
        tensors.push_back(std::move(change.before));
        tensors.push_back(std::move(change.after));
    }
    reply.tensors = TRY(protocol::pack(tensors));
    return reply;
}

Result<graph::Tensor> DebugServer::tensorNamed(std::string_view name)
{
    const graph::Graph& graph = m_debugger->plan().graph();
    if (m_valueNames.empty())
        for (std::size_t i = 0; i < graph.valueSlots(); ++i)
            if (const graph::Value& value = graph.value(ValueId(i)); value.alive && !value.name.empty())
                m_valueNames.try_emplace(value.name, value.id);
    auto found = m_valueNames.find(std::string(name));
    if (found == m_valueNames.end())
        return Error{ErrorCode::Usage, "no value has the name \"" + displayText(name, 200) + "\"", {}};
    return m_debugger->tensor(found->second);
}

Result<graph::Tensor> DebugServer::evaluate(const std::string& expression)
{
    return debug::evaluate(
        expression, [this](std::string_view name) { return tensorNamed(name); }, m_debugger->plan().ops());
}

} // namespace orrery::runner
