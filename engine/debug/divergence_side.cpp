// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/divergence_side.h"

#include <algorithm>

namespace orrery::debug {
namespace {

using graph::Graph;
using graph::Tensor;

std::map<std::string_view, ValueId> uniqueNames(const Graph& graph)
{
    std::map<std::string_view, ValueId> names;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (const graph::Value& value = graph.value(ValueId(i)); value.alive && !value.name.empty())
            if (auto [at, added] = names.emplace(value.name, value.id); !added)
                at->second = ValueId();
    return names;
}

// Passes number what they make on their own: an id alone says nothing.
bool isSame(const Graph& a, const graph::Value& x, const Graph& b, const graph::Value& y)
{
    if (!y.alive || x.name != y.name)
        return false;
    if (!x.producer.valid() || !y.producer.valid())
        return !x.name.empty() || (!x.producer.valid() && !y.producer.valid());
    const auto& left = a.node(x.producer).origins; // sorted
    const auto& right = b.node(y.producer).origins;
    return std::any_of(left.begin(), left.end(),
                       [&](NodeId id) { return std::binary_search(right.begin(), right.end(), id); });
}

class ReferenceRun final : public ReferenceSide, private exec::ExecutionObserver {
public:
    ReferenceRun(const plan::Plan& subject, std::shared_ptr<const plan::Plan> reference)
        : m_plan(std::move(reference))
    {
        const Graph& mine = m_plan->graph();
        auto names = uniqueNames(mine);
        auto subjectNames = uniqueNames(subject.graph());
        for (std::size_t i = 0; i < subject.graph().valueSlots(); ++i) {
            const graph::Value& value = subject.graph().value(ValueId(i));
            if (!value.alive)
                continue;
            if (i < mine.valueSlots() && isSame(subject.graph(), value, mine, mine.value(value.id))) {
                m_counterpart[value.id] = value.id;
                continue;
            }
            auto found = names.find(value.name);
            if (found != names.end() && found->second.valid() && subjectNames[value.name].valid())
                m_counterpart[value.id] = found->second;
        }
    }

    Result<void> start(const std::vector<Tensor>& inputs, exec::ExecutionOptions options)
    {
        m_gate = options.gate;
        options.observer = this;
        m_execution = TRY(exec::Execution::create(m_plan, options));
        for (std::size_t i = 0; i < m_plan->root().inputs.size() && i < inputs.size(); ++i)
            m_noted[m_plan->root().inputs[i]] = {inputs[i], {}};
        return m_execution->start(inputs);
    }

    bool knows(ValueId ofSubject) const override { return m_counterpart.count(ofSubject) != 0; }

    void needUntil(ValueId ofSubject, std::size_t instruction) override
    {
        if (auto found = m_counterpart.find(ofSubject); found != m_counterpart.end()) {
            std::size_t& last = m_neededUntil[found->second];
            last = std::max(last, instruction + 1);
        }
    }

    void forgetAfter(std::size_t instruction) override
    {
        m_done = instruction + 1;
        std::erase_if(m_noted, [&](const auto& entry) { return !isNeeded(entry.first); });
    }

    Result<void> advance(const std::vector<ValueId>& ofSubject) override
    {
        for (ValueId id : ofSubject) {
            auto found = m_counterpart.find(id);
            if (found == m_counterpart.end() || m_plan->graph().value(found->second).isConstant())
                continue;
            while (m_noted.count(found->second) == 0 && !m_execution->finished()) {
                TRY(askGate(m_gate, m_execution->next()));
                auto step = m_execution->step();
                if (!step.ok()) {
                    Error error = step.releaseError();
                    error.message = "in the reference: " + error.message;
                    return error;
                }
            }
        }
        return {};
    }

    const Tensor* value(ValueId ofSubject, const Iterations& iterations) const override
    {
        auto found = m_counterpart.find(ofSubject);
        if (found == m_counterpart.end())
            return nullptr;
        const graph::Value& mine = m_plan->graph().value(found->second);
        if (mine.isConstant())
            return &mine.initializer->tensor;
        auto noted = m_noted.find(found->second);
        return noted != m_noted.end() && noted->second.iterations == iterations ? &noted->second.tensor
                                                                                : nullptr;
    }

private:
    bool isNeeded(ValueId mine) const
    {
        auto until = m_neededUntil.find(mine);
        return until != m_neededUntil.end() && until->second > m_done;
    }

    // Inputs of bodies are nobody's outputs; they are noted when they are read.
    void outputsReady(NodeId id) override
    {
        const graph::Node& node = m_plan->graph().node(id);
        for (ValueId output : node.outputs)
            note(output);
        for (ValueId input : node.inputs)
            if (input.valid()) {
                const graph::Value& value = m_plan->graph().value(input);
                if (!value.producer.valid() && !value.isConstant() &&
                    value.region != m_plan->graph().mainRegion())
                    note(input);
            }
    }

    void note(ValueId id)
    {
        if (!id.valid() || !isNeeded(id))
            return;
        if (const Tensor* tensor = m_execution->value(id))
            m_noted[id] = {*tensor, iterationsOf(*m_execution, m_plan->graph().value(id).region)};
    }

    std::shared_ptr<const plan::Plan> m_plan;
    exec::Gate* m_gate = nullptr;
    std::unordered_map<ValueId, ValueId> m_counterpart;     // of the subject's values
    std::unordered_map<ValueId, std::size_t> m_neededUntil; // one past the subject's instruction
    std::size_t m_done = 0;
    std::unordered_map<ValueId, Noted> m_noted;
    std::unique_ptr<exec::Execution> m_execution; // last: it calls the observer
};

class RecordedReference final : public ReferenceSide {
public:
    RecordedReference(const plan::Plan& subject, const std::map<std::string, Tensor>& tensors,
                      const std::vector<Tensor>& inputs)
    {
        const Graph& graph = subject.graph();
        for (const auto& [name, id] : uniqueNames(graph))
            if (auto found = tensors.find(std::string(name)); id.valid() && found != tensors.end())
                m_known[id] = found->second;
        for (std::size_t i = 0; i < subject.root().inputs.size() && i < inputs.size(); ++i)
            m_known[subject.root().inputs[i]] = inputs[i];
    }

    bool knows(ValueId ofSubject) const override { return m_known.count(ofSubject) != 0; }
    void needUntil(ValueId, std::size_t) override {}
    void forgetAfter(std::size_t) override {}
    Result<void> advance(const std::vector<ValueId>&) override { return {}; }
    // Which iteration of a loop a recorded tensor is of, nobody knows.
    const Tensor* value(ValueId ofSubject, const Iterations& iterations) const override
    {
        auto found = m_known.find(ofSubject);
        bool inLoop = std::any_of(iterations.begin(), iterations.end(), [](auto i) { return i >= 0; });
        return found != m_known.end() && !inLoop ? &found->second : nullptr;
    }

private:
    std::unordered_map<ValueId, Tensor> m_known;
};

} // namespace

Iterations iterationsOf(const exec::Execution& execution, RegionId region)
{
    Iterations iterations;
    for (const exec::Frame& frame : execution.frames()) {
        if (frame.entered != nullptr)
            iterations.push_back(frame.iteration);
        if (frame.block->region == region)
            break;
    }
    return iterations;
}

Result<std::unique_ptr<ReferenceSide>> referenceRun(const plan::Plan& subject,
                                                    std::shared_ptr<const plan::Plan> reference,
                                                    const std::vector<Tensor>& inputs,
                                                    const exec::ExecutionOptions& options)
{
    auto side = std::make_unique<ReferenceRun>(subject, std::move(reference));
    TRY(side->start(inputs, options));
    return std::unique_ptr<ReferenceSide>(std::move(side));
}

std::unique_ptr<ReferenceSide> recordedReference(const plan::Plan& subject,
                                                 const std::map<std::string, Tensor>& tensors,
                                                 const std::vector<Tensor>& inputs)
{
    return std::make_unique<RecordedReference>(subject, tensors, inputs);
}

Result<void> askGate(exec::Gate* gate, NodeId next)
{
    if (gate != nullptr && gate->ask(next) == exec::GateAnswer::Stop)
        return Error{ErrorCode::Cancelled, "cancelled", {}};
    return {};
}

} // namespace orrery::debug
