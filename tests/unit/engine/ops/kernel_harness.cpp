// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/ops/kernel_harness.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

namespace orrery::ops::harness {
namespace {

using graph::Dim;
using graph::Shape;
using graph::Tensor;
using graph::ValueType;

constexpr std::int64_t shapeElementLimit = 4096;

class Inference final : public InferContext {
public:
    Inference(const graph::Node& node, std::int64_t version, const std::vector<const Tensor*>& inputs,
              std::vector<ValueType> types)
        : outputs(node.outputs.size())
        , m_node(node)
        , m_version(version)
        , m_inputs(inputs)
        , m_types(std::move(types))
    {}

    const graph::Node& node() const override { return m_node; }
    std::int64_t opsetVersion() const override { return m_version; }
    const ValueType* inputType(std::size_t i) const override
    {
        return i < m_types.size() && m_inputs[i] != nullptr ? &m_types[i] : nullptr;
    }
    const Tensor* inputConstant(std::size_t i) const override
    {
        return i < m_inputs.size() ? m_inputs[i] : nullptr;
    }
    std::optional<std::vector<Dim>> inputShapeValue(std::size_t i) const override
    {
        const Tensor* tensor = inputConstant(i);
        if (tensor == nullptr || tensor->rank() > 1 || tensor->elementCount() > shapeElementLimit ||
            !graph::isInteger(tensor->type()))
            return std::nullopt;
        std::vector<Dim> dims;
        for (std::int64_t element : tensor->toInt64s().releaseValue())
            dims.push_back(element < 0 ? Dim::unknown() : Dim(element));
        return dims;
    }
    void setOutput(std::size_t i, ValueType type) override
    {
        if (i < outputs.size())
            outputs[i] = std::move(type);
    }
    void setOutputShapeValue(std::size_t, std::vector<Dim>) override {}
    Result<std::vector<ValueType>> inferRegion(RegionId, std::span<const ValueType>) override
    {
        return Error{ErrorCode::Unsupported, "the harness runs no graph bodies", {}};
    }

    std::vector<ValueType> outputs;

private:
    const graph::Node& m_node;
    std::int64_t m_version;
    const std::vector<const Tensor*>& m_inputs;
    std::vector<ValueType> m_types;
};

class Context final : public KernelContext {
public:
    Context(const graph::Node& node, const std::vector<const Tensor*>& inputs, const RunOptions& options)
        : outputs(node.outputs.size())
        , m_node(node)
        , m_inputs(inputs)
        , m_threads(options.threads)
        , m_random(options.seed)
    {}

    const Tensor* input(std::size_t i) const override { return i < m_inputs.size() ? m_inputs[i] : nullptr; }
    std::size_t inputCount() const override { return m_inputs.size(); }
    bool wantsOutput(std::size_t i) const override
    {
        return i < m_node.outputs.size() && m_node.outputs[i].valid();
    }
    Result<Tensor*> output(std::size_t i, graph::DataType type, std::span<const std::int64_t> dims) override
    {
        if (i >= outputs.size())
            return Error{ErrorCode::Internal, fmt::format("output {} does not exist", i), {}};
        outputs[i] = TRY(Tensor::allocate(type, graph::Dims(dims.begin(), dims.end())));
        fillWithGarbage(outputs[i]);
        return &outputs[i];
    }
    Result<std::byte*> scratch(std::size_t bytes) override
    {
        m_scratch.push_back(
            TRY(Tensor::allocate(graph::DataType::UInt8, {static_cast<std::int64_t>(bytes)})));
        fillWithGarbage(m_scratch.back());
        return m_scratch.back().mutableBytes();
    }
    void parallelFor(std::int64_t count, std::int64_t grain,
                     FunctionRef<void(std::int64_t, std::int64_t)> body) override
    {
        if (count <= 0)
            return;
        std::int64_t pieces =
            std::clamp<std::int64_t>(count / std::max<std::int64_t>(grain, 1), 1, m_threads);
        std::vector<std::thread> threads;
        for (std::int64_t p = 1; p < pieces; ++p)
            threads.emplace_back([&, p] { body(count * p / pieces, count * (p + 1) / pieces); });
        body(0, count / pieces);
        for (std::thread& thread : threads)
            thread.join();
    }
    int threadCount() const override { return m_threads; }
    bool stopRequested() const override { return false; }
    std::uint64_t nextRandom() override // splitmix64
    {
        std::uint64_t z = m_random += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }

    std::vector<Tensor> outputs;

private:
    static void fillWithGarbage(Tensor& tensor)
    {
        if (tensor.bytes() != nullptr)
            std::memset(tensor.mutableBytes(), 0xff, tensor.byteSize()); // NaN as a float
    }

    const graph::Node& m_node;
    const std::vector<const Tensor*>& m_inputs;
    int m_threads;
    std::uint64_t m_random;
    std::vector<Tensor> m_scratch;
};

std::string symbolOf(std::size_t input, std::size_t axis) { return fmt::format("i{}d{}", input, axis); }

Result<void> compareShapes(const ValueType& inferred, const Tensor& made, std::string_view how,
                           const graph::SymbolLookup& lookup)
{
    auto fail = [&] {
        return Error{ErrorCode::Internal,
                     fmt::format("inference from {} inputs says {}, the kernel made {} {}", how,
                                 inferred.text(), graph::name(made.type()), graph::dimsText(made.dims())),
                     {}};
    };
    if (inferred.kind == graph::TypeKind::Unknown)
        return {};
    if (inferred.element != graph::DataType::Undefined && inferred.element != made.type())
        return fail();
    if (!inferred.shape)
        return {};
    if (inferred.shape->rank() != made.rank())
        return fail();
    for (std::size_t i = 0; i < made.rank(); ++i) {
        const Dim& dim = inferred.shape->dims[i];
        auto value = dim.isKnown() ? std::optional(dim.value()) : graph::evaluate(dim, lookup);
        if (!dim.isUnknown() && value != made.dims()[i])
            return fail();
    }
    return {};
}

Result<std::vector<ValueType>> infer(const OpSpec& spec, const graph::Node& node, std::int64_t version,
                                     const std::vector<const Tensor*>& inputs, bool symbolic)
{
    std::vector<ValueType> types;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i] == nullptr) {
            types.emplace_back();
            continue;
        }
        Shape shape = Shape::of(inputs[i]->dims());
        for (std::size_t axis = 0; symbolic && axis < shape.rank(); ++axis)
            shape.dims[axis] = Dim::symbolic(symbolOf(i, axis));
        types.push_back(ValueType::tensor(inputs[i]->type(), std::move(shape)));
    }
    Inference context(node, version, inputs, std::move(types));
    TRY(spec.infer(context));
    return std::move(context.outputs);
}

} // namespace

graph::Node makeNode(std::string opType, std::size_t inputs, Attributes attributes, std::size_t outputs,
                     std::string domain)
{
    graph::Node node;
    node.id = NodeId(0);
    node.opType = std::move(opType);
    node.domain = std::move(domain);
    for (std::size_t i = 0; i < inputs; ++i)
        node.inputs.push_back(ValueId(i));
    for (std::size_t i = 0; i < outputs; ++i)
        node.outputs.push_back(ValueId(inputs + i));
    for (const auto& [name, value] : attributes)
        node.setAttribute(name, value);
    return node;
}

Result<std::vector<Tensor>> runNode(const graph::Node& node, const std::vector<const Tensor*>& inputs,
                                    const RunOptions& options)
{
    const OpSpec* spec = TRY(findOp(OpRegistry::builtin(), node, options.opsetVersion));
    if (inputs.size() < spec->minInputs || inputs.size() > spec->maxInputs ||
        node.outputs.size() > spec->maxOutputs || inputs.size() != node.inputs.size())
        return Error{ErrorCode::BadModel,
                     fmt::format("{} has {} inputs and {} outputs, which its OpSpec does not allow",
                                 node.opType, inputs.size(), node.outputs.size()),
                     {}};
    if (spec->kernel == nullptr)
        return Error{ErrorCode::Unsupported, "operator " + node.opType + " has no kernel", {}};

    auto types = TRY(infer(*spec, node, options.opsetVersion, inputs, false));
    std::vector<ValueType> inputTypes;
    for (const Tensor* input : inputs)
        inputTypes.push_back(input == nullptr ? ValueType()
                                              : ValueType::tensor(input->type(), Shape::of(input->dims())));
    KernelInfo info{node, options.opsetVersion, inputTypes, types, inputs};
    KernelPtr kernel = TRY(spec->kernel(info));
    Context context(node, inputs, options);
    TRY(kernel->run(context));

    auto symbolic = TRY(infer(*spec, node, options.opsetVersion, inputs, true));
    graph::SymbolLookup lookup = [&](std::string_view name) -> std::optional<std::int64_t> {
        for (std::size_t i = 0; i < inputs.size(); ++i)
            for (std::size_t axis = 0; inputs[i] != nullptr && axis < inputs[i]->rank(); ++axis)
                if (name == symbolOf(i, axis))
                    return inputs[i]->dims()[axis];
        return std::nullopt;
    };
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (!node.outputs[i].valid())
            continue;
        if (!context.outputs[i].defined())
            return Error{ErrorCode::Internal, fmt::format("the kernel did not make output {}", i), {}};
        TRY(compareShapes(types[i], context.outputs[i], "concrete", lookup));
        TRY(compareShapes(symbolic[i], context.outputs[i], "symbolic", lookup));
    }
    return std::move(context.outputs);
}

Result<std::vector<Tensor>> runNode(const graph::Node& node, const std::vector<Tensor>& inputs,
                                    const RunOptions& options)
{
    std::vector<const Tensor*> pointers;
    for (const Tensor& input : inputs)
        pointers.push_back(&input);
    return runNode(node, pointers, options);
}

std::string difference(const Tensor& found, const Tensor& expected, double relative, double absolute)
{
    if (found.type() != expected.type() || found.dims() != expected.dims())
        return fmt::format("expected {} {}, found {} {}", graph::name(expected.type()),
                           graph::dimsText(expected.dims()), graph::name(found.type()),
                           graph::dimsText(found.dims()));
    if (found.type() == graph::DataType::String)
        return found.strings() == expected.strings() ? "" : "the strings differ";
    if (found.identicalTo(expected))
        return {};
    auto x = found.toDoubles();
    auto y = expected.toDoubles();
    if (!x.ok() || !y.ok())
        return "the bytes differ";
    for (std::size_t i = 0; i < x->size(); ++i) {
        double a = (*x)[i];
        double b = (*y)[i];
        bool same = a == b || (std::isnan(a) && std::isnan(b)) ||
                    std::abs(a - b) <= absolute + relative * std::abs(b);
        if (!same || (std::isinf(b) && a != b))
            return fmt::format("element {} of {}: expected {}, found {}", i, x->size(), b, a);
    }
    return {};
}

} // namespace orrery::ops::harness
