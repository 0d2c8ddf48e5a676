#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The operators with a fault planted into the kernel of one node, and what comparing runs needs besides:
// plans and inputs.

#include "engine/exec/execution.h"
#include "engine/passes/pipeline.h"

#include <cmath>
#include <random>

namespace orrery::tests {

// Hands everything on and notes the outputs.
class NotingContext final : public ops::KernelContext {
public:
    explicit NotingContext(ops::KernelContext& inner)
        : m_inner(inner)
    {}
    const graph::Tensor* input(std::size_t i) const override { return m_inner.input(i); }
    std::size_t inputCount() const override { return m_inner.inputCount(); }
    bool wantsOutput(std::size_t i) const override { return m_inner.wantsOutput(i); }
    Result<graph::Tensor*> output(std::size_t i, graph::DataType type,
                                  std::span<const std::int64_t> dims) override
    {
        graph::Tensor* tensor = TRY(m_inner.output(i, type, dims));
        if (i == 0)
            first = tensor;
        return tensor;
    }
    Result<std::byte*> scratch(std::size_t bytes) override { return m_inner.scratch(bytes); }
    void parallelFor(std::int64_t count, std::int64_t grain,
                     ops::FunctionRef<void(std::int64_t, std::int64_t)> body) override
    {
        m_inner.parallelFor(count, grain, body);
    }
    int threadCount() const override { return m_inner.threadCount(); }
    bool stopRequested() const override { return m_inner.stopRequested(); }
    std::uint64_t nextRandom() override { return m_inner.nextRandom(); }

    graph::Tensor* first = nullptr;

private:
    ops::KernelContext& m_inner;
};

// Every second element of the first output is off by 2 %, if it is float.
inline ops::OpRegistry withFault(std::string nodeName)
{
    ops::OpList specs = ops::OpRegistry::builtin().all();
    for (ops::OpSpec& spec : specs)
        if (spec.kernel)
            spec.kernel = [make = spec.kernel,
                           nodeName](const ops::KernelInfo& info) -> Result<ops::KernelPtr> {
                ops::KernelPtr right = TRY(make(info));
                if (info.node.name != nodeName)
                    return right;
                std::shared_ptr<ops::Kernel> inner = std::move(right);
                return ops::makeKernel([inner](ops::KernelContext& context) -> Result<void> {
                    NotingContext noting(context);
                    TRY(inner->run(noting));
                    if (noting.first != nullptr && noting.first->type() == graph::DataType::Float32)
                        for (std::int64_t i = 0; i < noting.first->elementCount(); i += 2)
                            noting.first->mutableData<float>()[i] *= 1.02f;
                    return {};
                });
            };
    return ops::OpRegistry({std::move(specs)});
}

inline Result<std::shared_ptr<const plan::Plan>>
planOf(const graph::Model& model, passes::OptimizeLevel level, const ops::OpRegistry& ops)
{
    passes::PipelineOptions pipeline;
    pipeline.level = level;
    auto compiled = TRY(passes::compile(model, pipeline, ops));
    graph::Root root = compiled.compute.graph.mainRoot();
    return plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto, ops);
}

// Float inputs at random, symbolic dims as 2; other types are zeros.
inline Result<std::vector<graph::Tensor>> randomInputs(const graph::Graph& graph)
{
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    std::vector<graph::Tensor> inputs;
    for (ValueId id : graph.mainRoot().inputs) {
        const graph::ValueType& type = graph.value(id).type;
        graph::Dims dims;
        for (const graph::Dim& dim : type.shape.value_or(graph::Shape()).dims)
            dims.push_back(dim.isKnown() ? dim.value() : 2);
        inputs.push_back(TRY(graph::Tensor::allocate(type.element, dims)));
        if (type.element == graph::DataType::Float32)
            for (std::int64_t i = 0; i < inputs.back().elementCount(); ++i)
                inputs.back().mutableData<float>()[i] = normal(random);
        else
            std::fill_n(inputs.back().mutableBytes(), inputs.back().byteSize(), std::byte{0});
    }
    return inputs;
}

// Every value that the nodes of the main graph compute, by name.
inline Result<std::map<std::string, graph::Tensor>> recordedValues(std::shared_ptr<const plan::Plan> plan,
                                                                   const std::vector<graph::Tensor>& inputs)
{
    class Recorder final : public exec::ExecutionObserver {
    public:
        void outputsReady(NodeId id) override
        {
            const graph::Graph& graph = execution->plan().graph();
            for (ValueId output : graph.node(id).outputs)
                if (output.valid() && graph.node(id).region == graph.mainRegion())
                    values[graph.value(output).name] = *execution->value(output);
        }
        std::map<std::string, graph::Tensor> values;
        const exec::Execution* execution = nullptr;
    } recorder;
    exec::ExecutionOptions options;
    options.storage = exec::Storage::Shared;
    options.observer = &recorder;
    auto execution = TRY(exec::Execution::create(plan, options));
    recorder.execution = execution.get();
    TRY(execution->start(inputs));
    TRY(execution->run());
    return recorder.values;
}

} // namespace orrery::tests
