// SPDX-License-Identifier: Apache-2.0
//
// The subject goes one instruction of its main graph at a time. What its nodes computed, those in bodies
// included, is noted; then the reference goes on until it has the same values, and the nodes are compared:
// first what came out, then what comes out of the node alone under the reference's inputs. Of the reference
// only that is kept which a later instruction of the subject still reads. Cost: both runs, and one more of
// the subject's nodes.
#include "engine/debug/divergence.h"

#include "engine/debug/divergence_side.h"
#include "engine/debug/run_alone.h"
#include "engine/ops/math/convert.h"

#include <algorithm>
#include <limits>
#include <set>

namespace orrery::debug {
namespace {

using graph::DataType;
using graph::Tensor;
using graph::ValueType;

// What a node of the subject has computed, last if it ran several times.
struct Ran {
    const plan::Instruction* instruction = nullptr;
    std::vector<Tensor> outputs;   // by output
    std::vector<ValueType> inputs; // by input: of what it was given
    Iterations iterations;
};

Result<Tensor> rounded(const Tensor& tensor, Rounding rounding)
{
    if (rounding == Rounding::None ||
        (tensor.type() != DataType::Float32 && tensor.type() != DataType::Float64))
        return tensor;
    DataType narrow = rounding == Rounding::Float16 ? DataType::Float16 : DataType::BFloat16;
    Tensor half = TRY(Tensor::allocate(narrow, tensor.dims()));
    Tensor result = TRY(Tensor::allocate(tensor.type(), tensor.dims()));
    ops::convertElements(tensor.type(), tensor.bytes(), narrow, half.mutableBytes(), tensor.elementCount());
    ops::convertElements(narrow, half.bytes(), tensor.type(), result.mutableBytes(), tensor.elementCount());
    return result;
}

// Larger is worse. A NaN or infinity on one side only is worse than any distance.
double badness(const TensorDifference& difference)
{
    return difference.mismatches > 0 ? std::numeric_limits<double>::infinity() : difference.relativeL2;
}

// Of tensors that should have the same shape and have not.
TensorDifference shapesApart(const Tensor& tensor)
{
    TensorDifference result;
    result.mismatches = result.different = std::max<std::int64_t>(tensor.elementCount(), 1);
    result.relativeL2 = std::numeric_limits<double>::infinity();
    return result;
}

class Comparison final : private exec::ExecutionObserver {
public:
    Comparison(std::shared_ptr<const plan::Plan> subject, const DivergenceOptions& options)
        : m_plan(std::move(subject))
        , m_options(options)
        , m_pool(options.threads)
    {}

    Result<DivergenceReport> run(std::unique_ptr<ReferenceSide> reference, const std::vector<Tensor>& inputs)
    {
        m_reference = std::move(reference);
        sayWhatIsNeeded();
        exec::ExecutionOptions options = executionOptions(m_options);
        options.observer = this;
        m_subject = TRY(exec::Execution::create(m_plan, options));
        TRY(m_subject->start(inputs));
        std::size_t total = m_plan->mainBlock().instructions.size();
        for (std::size_t i = 0; !m_subject->finished(); ++i) {
            do {
                TRY(askGate(m_options.gate, m_subject->next()));
                TRY(m_subject->step());
                TRY(std::exchange(m_failure, Result<void>()));
            } while (m_subject->frames().size() > 1);
            TRY(compareRan());
            m_reference->forgetAfter(i);
            if (m_options.progress)
                m_options.progress(i + 1, total);
        }
        rank();
        return std::move(m_report);
    }

    static exec::ExecutionOptions executionOptions(const DivergenceOptions& options)
    {
        exec::ExecutionOptions result;
        result.threads = options.threads;
        result.storage = exec::Storage::Shared;
        result.seed = options.seed;
        result.gate = options.gate;
        return result;
    }

private:
    // A body's nodes are compared when the instruction of the main graph around them is over.
    void sayWhatIsNeeded()
    {
        const auto& instructions = m_plan->mainBlock().instructions;
        for (std::size_t i = 0; i < instructions.size(); ++i) {
            std::vector<NodeId> open = {instructions[i].node};
            std::set<RegionId> seen;
            while (!open.empty()) {
                const graph::Node& node = m_plan->graph().node(open.back());
                open.pop_back();
                for (ValueId input : node.inputs)
                    if (input.valid())
                        m_reference->needUntil(input, i);
                for (ValueId output : node.outputs)
                    if (output.valid())
                        m_reference->needUntil(output, i);
                for (RegionId body : node.regions())
                    if (seen.insert(body).second)
                        for (const plan::Instruction& inside : m_plan->block(body).instructions)
                            open.push_back(inside.node);
            }
        }
        for (const plan::Block& block : m_plan->blocks())
            for (const plan::Instruction& instruction : block.instructions)
                m_instructions[instruction.node] = &instruction;
    }

    void outputsReady(NodeId id) override
    {
        const graph::Node& node = m_plan->graph().node(id);
        Ran ran{m_instructions.at(id), std::vector<Tensor>(node.outputs.size()),
                std::vector<ValueType>(node.inputs.size()), iterationsOf(*m_subject, node.region)};
        for (std::size_t i = 0; i < node.inputs.size(); ++i)
            if (const Tensor* input = node.inputs[i].valid() ? m_subject->value(node.inputs[i]) : nullptr)
                ran.inputs[i] = ValueType::tensor(input->type(), graph::Shape::of(input->dims()));
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
            const Tensor* output = node.outputs[i].valid() ? m_subject->value(node.outputs[i]) : nullptr;
            if (output == nullptr)
                continue;
            ran.outputs[i] = *output;
            auto result = rounded(*output, m_options.rounding);
            if (!result.ok()) {
                m_failure = result.releaseError();
                return;
            }
            if (result->bytes() != output->bytes()) {
                ran.outputs[i] = *result;
                if (auto set = m_subject->setValue(node.outputs[i], result.releaseValue()); !set.ok())
                    m_failure = set.releaseError();
            }
        }
        if (auto [at, added] = m_ranAt.emplace(id, m_ran.size()); !added)
            m_ran[at->second] = std::move(ran);
        else
            m_ran.push_back(std::move(ran));
    }

    Result<void> compareRan()
    {
        std::vector<ValueId> wanted;
        for (const Ran& ran : m_ran)
            for (ValueId output : m_plan->graph().node(ran.instruction->node).outputs)
                if (output.valid())
                    wanted.push_back(output);
        TRY(m_reference->advance(wanted));
        for (const Ran& ran : m_ran) {
            TRY(askGate(m_options.gate, ran.instruction->node));
            compare(ran);
        }
        m_ran.clear();
        m_ranAt.clear();
        return {};
    }

    void compare(const Ran& ran)
    {
        const graph::Node& node = m_plan->graph().node(ran.instruction->node);
        std::optional<NodeError> error;
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
            if (!ran.outputs[i].defined())
                continue;
            const Tensor* expected = m_reference->value(node.outputs[i], ran.iterations);
            auto total =
                expected != nullptr ? between(ran.outputs[i], *expected) : std::optional<TensorDifference>();
            if (!total) {
                ++m_report.notCompared;
                continue;
            }
            ++m_report.compared;
            if (!error || badness(*total) > badness(error->total))
                error = NodeError{node.id, node.outputs[i], node.origins, *total, {}, false};
        }
        if (!error)
            return;
        error->made = made(node, ran);
        error->inBody =
            std::any_of(ran.iterations.begin(), ran.iterations.end(), [](auto i) { return i >= 0; });
        if (!m_report.first && badness(error->total) > m_options.tolerance)
            m_report.first = m_report.nodes.size();
        m_report.nodes.push_back(std::move(*error));
    }

    // Nullopt where there is nothing to compare as numbers.
    static std::optional<TensorDifference> between(const Tensor& found, const Tensor& expected)
    {
        if (found.dims() != expected.dims())
            return shapesApart(found);
        auto result = difference(found, expected);
        return result.ok() ? std::optional(*result) : std::nullopt;
    }

    std::optional<TensorDifference> made(const graph::Node& node, const Ran& ran)
    {
        std::vector<const Tensor*> inputs(node.inputs.size(), nullptr);
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (!node.inputs[i].valid())
                continue;
            const graph::Value& value = m_plan->graph().value(node.inputs[i]);
            inputs[i] = value.isConstant() ? &value.initializer->tensor
                                           : m_reference->value(value.id, inputIterations(ran, value.region));
            // Kernels trust the types that they were made for.
            if (inputs[i] == nullptr ||
                ValueType::tensor(inputs[i]->type(), graph::Shape::of(inputs[i]->dims())) != ran.inputs[i])
                return std::nullopt;
        }
        auto outputs = runAlone(*m_plan, *ran.instruction, inputs, m_pool, m_options.gate);
        if (!outputs.ok())
            return std::nullopt;
        std::optional<TensorDifference> worst;
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
            const Tensor* expected = node.outputs[i].valid() && (*outputs)[i].defined()
                                         ? m_reference->value(node.outputs[i], ran.iterations)
                                         : nullptr;
            auto output =
                expected != nullptr ? rounded((*outputs)[i], m_options.rounding) : Result<Tensor>(Tensor());
            auto found = expected != nullptr && output.ok() ? between(*output, *expected)
                                                            : std::optional<TensorDifference>();
            if (found && (!worst || badness(*found) > badness(*worst)))
                worst = found;
        }
        return worst;
    }

    // An input lies in the node's own body or in one around it.
    Iterations inputIterations(const Ran& ran, RegionId region) const
    {
        std::size_t depth = 0;
        for (RegionId at = region; m_plan->graph().region(at).parent.valid(); ++depth)
            at = m_plan->graph().node(m_plan->graph().region(at).parent).region;
        auto end =
            ran.iterations.begin() + static_cast<std::ptrdiff_t>(std::min(depth, ran.iterations.size()));
        return Iterations(ran.iterations.begin(), end);
    }

    void rank()
    {
        for (std::size_t i = 0; i < m_report.nodes.size(); ++i)
            m_report.ranked.push_back(i);
        auto key = [&](std::size_t i) {
            const auto& error = m_report.nodes[i].made;
            return error ? badness(*error) : -1.0; // not known: behind those that are
        };
        std::stable_sort(m_report.ranked.begin(), m_report.ranked.end(),
                         [&](std::size_t a, std::size_t b) { return key(a) > key(b); });
    }

    std::shared_ptr<const plan::Plan> m_plan;
    const DivergenceOptions& m_options;
    exec::ThreadPool m_pool;
    std::map<NodeId, const plan::Instruction*> m_instructions;
    std::unique_ptr<ReferenceSide> m_reference;
    std::vector<Ran> m_ran; // by the instruction of the main graph that is being carried out
    std::map<NodeId, std::size_t> m_ranAt;
    Result<void> m_failure; // within the observer
    DivergenceReport m_report;
    std::unique_ptr<exec::Execution> m_subject; // last: it calls the observer
};

} // namespace

Result<DivergenceReport> compareRuns(std::shared_ptr<const plan::Plan> subject,
                                     std::shared_ptr<const plan::Plan> reference,
                                     const std::vector<Tensor>& inputs, const DivergenceOptions& options)
{
    auto side =
        TRY(referenceRun(*subject, std::move(reference), inputs, Comparison::executionOptions(options)));
    return Comparison(std::move(subject), options).run(std::move(side), inputs);
}

Result<DivergenceReport> compareWithRecorded(std::shared_ptr<const plan::Plan> subject,
                                             const std::map<std::string, Tensor>& reference,
                                             const std::vector<Tensor>& inputs,
                                             const DivergenceOptions& options)
{
    auto side = recordedReference(*subject, reference, inputs);
    return Comparison(std::move(subject), options).run(std::move(side), inputs);
}

} // namespace orrery::debug
