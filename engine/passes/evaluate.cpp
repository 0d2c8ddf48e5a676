// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/evaluate.h"

#include <new>

namespace orrery::passes {
namespace {

using graph::Tensor;

class ConstantContext final : public ops::KernelContext {
public:
    ConstantContext(const graph::Node& node, std::span<const Tensor* const> inputs,
                    const EvaluationLimits& limits)
        : m_node(node)
        , m_inputs(inputs)
        , m_limits(limits)
        , m_outputs(node.outputs.size())
    {}

    const Tensor* input(std::size_t i) const override { return i < m_inputs.size() ? m_inputs[i] : nullptr; }
    std::size_t inputCount() const override { return m_inputs.size(); }
    bool wantsOutput(std::size_t i) const override
    {
        return i < m_node.outputs.size() && m_node.outputs[i].valid();
    }

    Result<Tensor*> output(std::size_t i, graph::DataType type, std::span<const std::int64_t> dims) override
    {
        graph::Dims wanted(dims.begin(), dims.end());
        auto bytes = graph::byteSizeOf(type, wanted);
        if (!bytes || static_cast<std::int64_t>(*bytes) > m_limits.outputBytes - m_usedBytes)
            return Error{ErrorCode::LimitReached,
                         "the result " + graph::dimsText(wanted) + " is too large to be folded",
                         {}};
        m_usedBytes += static_cast<std::int64_t>(*bytes);
        if (i >= m_outputs.size())
            m_outputs.resize(i + 1);
        m_outputs[i] = TRY(Tensor::allocate(type, std::move(wanted)));
        return &m_outputs[i];
    }

    Result<std::byte*> scratch(std::size_t bytes) override
    {
        if (static_cast<std::int64_t>(bytes) > m_limits.scratchBytes)
            return Error{ErrorCode::LimitReached,
                         "the work space of " + std::to_string(bytes) + " bytes is too large",
                         {}};
        m_scratch.push_back(
            TRY(Tensor::allocate(graph::DataType::UInt8, {static_cast<std::int64_t>(bytes)})));
        return m_scratch.back().mutableBytes();
    }

    void parallelFor(std::int64_t count, std::int64_t,
                     ops::FunctionRef<void(std::int64_t, std::int64_t)> body) override
    {
        if (count > 0)
            body(0, count);
    }
    int threadCount() const override { return 1; }
    bool stopRequested() const override { return false; }
    std::uint64_t nextRandom() override { return 0; } // pure operators do not draw

    std::vector<Tensor> takeOutputs() { return std::move(m_outputs); }

private:
    const graph::Node& m_node;
    std::span<const Tensor* const> m_inputs;
    EvaluationLimits m_limits;
    std::int64_t m_usedBytes = 0;
    std::vector<Tensor> m_outputs;
    std::vector<Tensor> m_scratch;
};

} // namespace

Result<std::vector<Tensor>> evaluateNode(const graph::Node& node, std::int64_t opsetVersion,
                                         const ops::OpSpec& spec, std::span<const Tensor* const> inputs,
                                         const EvaluationLimits& limits)
{
    if (spec.kernel == nullptr || spec.purity != ops::Purity::Pure)
        return Error{ErrorCode::Unsupported, "only pure operators with a kernel can be folded",
                     node.displayName()};
    std::vector<graph::ValueType> types;
    for (const Tensor* input : inputs)
        types.push_back(input == nullptr
                            ? graph::ValueType()
                            : graph::ValueType::tensor(input->type(), graph::Shape::of(input->dims())));
    std::vector<graph::ValueType> outputTypes(node.outputs.size());
    ops::KernelInfo info{node, opsetVersion, types, outputTypes, inputs};
    auto kernel = TRY(spec.kernel(info));
    ConstantContext context(node, inputs, limits);
    try { // Eigen allocates its packing buffers itself and throws when it cannot
        TRY(kernel->run(context));
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::LimitReached, "no memory left to fold it", node.displayName()};
    }
    auto outputs = context.takeOutputs();
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
        if (node.outputs[i].valid() && (i >= outputs.size() || !outputs[i].defined()))
            return Error{ErrorCode::Internal,
                         "the kernel of " + node.opType + " did not make output " + std::to_string(i),
                         node.displayName()};
    return outputs;
}

} // namespace orrery::passes
