// SPDX-License-Identifier: Apache-2.0
#include "engine/custom_ops/call.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <cstring>

using namespace orrery;

namespace {

constexpr std::int32_t rankLimit = 64;
constexpr std::size_t messageLimit = 1000;

std::size_t index(std::int32_t i)
{
    return i < 0 ? static_cast<std::size_t>(-1) : static_cast<std::size_t>(i);
}

std::string operatorName(const OrreryContext& context)
{
    return displayText(context.node.domain + "." + context.node.opType, 260);
}

int refuse(OrreryContext& context, std::string message)
{
    return context.fail({ErrorCode::RunFailed, operatorName(context) + ": " + std::move(message), {}});
}

template<class T>
const T* attribute(const OrreryContext* context, const char* name)
{
    const graph::Attribute* found = name ? context->node.attribute(name) : nullptr;
    return found ? std::get_if<T>(&found->value) : nullptr;
}

int fail(OrreryContext* context, const char* message)
{
    std::size_t length = message ? strnlen(message, messageLimit) : 0;
    std::string text = length > 0 ? displayText(std::string_view(message, length), messageLimit)
                                  : std::string("failed, and did not say why");
    return refuse(*context, std::move(text));
}

std::int64_t opsetVersion(const OrreryContext* context) { return context->opsetVersion; }

std::int32_t inputCount(const OrreryContext* context)
{
    return static_cast<std::int32_t>(context->node.inputs.size());
}

std::int32_t outputCount(const OrreryContext* context)
{
    return static_cast<std::int32_t>(context->node.outputs.size());
}

int hasOutput(const OrreryContext* context, std::int32_t i)
{
    return index(i) < context->node.outputs.size() && context->node.outputs[index(i)].valid();
}

void showType(const OrreryContext& context, const graph::ValueType& type, OrreryTensor& out)
{
    out.type = static_cast<std::int32_t>(type.element);
    out.rank = out.count = ORRERY_ANY;
    if (!type.shape)
        return;
    auto& dims = context.dims.emplace_back();
    out.count = 1;
    for (const graph::Dim& dim : type.shape->dims)
        dims.push_back(dim.isKnown() ? dim.value() : ORRERY_ANY);
    graph::Dim count = type.shape->elementCount();
    out.count = count.isKnown() ? count.value() : ORRERY_ANY;
    out.rank = static_cast<std::int32_t>(dims.size());
    out.dims = dims.empty() ? nullptr : dims.data();
}

int input(const OrreryContext* context, std::int32_t i, OrreryTensor* out)
{
    if (!out)
        return 0;
    *out = OrreryTensor{};
    if (index(i) >= context->node.inputs.size() || !context->node.inputs[index(i)].valid())
        return 0;
    if (context->computing) {
        const graph::Tensor* tensor = context->computing->input(index(i));
        return tensor && custom_ops::show(*context, *tensor, *out);
    }
    const graph::Tensor* constant = context->inferring->inputConstant(index(i));
    if (constant && custom_ops::show(*context, *constant, *out))
        return 1;
    out->rank = out->count = ORRERY_ANY;
    if (const graph::ValueType* type = context->inferring->inputType(index(i)))
        showType(*context, *type, *out);
    return 1;
}

int attributeInt(const OrreryContext* context, const char* name, std::int64_t* value)
{
    const auto* found = attribute<std::int64_t>(context, name);
    if (found && value)
        *value = *found;
    return found != nullptr;
}

int attributeFloat(const OrreryContext* context, const char* name, float* value)
{
    const auto* found = attribute<float>(context, name);
    if (found && value)
        *value = *found;
    return found != nullptr;
}

int attributeString(const OrreryContext* context, const char* name, const char** text, std::size_t* bytes)
{
    const auto* found = attribute<std::string>(context, name);
    if (found && text && bytes) {
        *text = found->data();
        *bytes = found->size();
    }
    return found != nullptr;
}

template<class T>
int attributeList(const OrreryContext* context, const char* name, const T** values, std::size_t* count)
{
    const auto* found = attribute<std::vector<T>>(context, name);
    if (found && values && count) {
        *values = found->data();
        *count = found->size();
    }
    return found != nullptr;
}

int attributeTensor(const OrreryContext* context, const char* name, OrreryTensor* out)
{
    const auto* found = attribute<graph::Tensor>(context, name);
    return found && out && custom_ops::show(*context, *found, *out);
}

// The type, when it and the dims are such that a tensor can have them; `least` is the smallest dim allowed.
std::optional<graph::DataType> checkedType(OrreryContext& context, std::int32_t i, std::int32_t type,
                                           std::int32_t rank, const std::int64_t* dims, std::int64_t least)
{
    auto element = graph::dataTypeFromOnnx(type);
    std::string problem;
    if (index(i) >= context.node.outputs.size())
        problem = fmt::format("output {} of a node that has {}", i, context.node.outputs.size());
    else if (!element || *element == graph::DataType::String)
        problem = fmt::format("output {} cannot have element type {}", i, type);
    else if (rank > rankLimit || rank < std::min<std::int64_t>(least, 0) || (rank > 0 && !dims))
        problem = fmt::format("output {} cannot have rank {}", i, rank);
    for (std::int32_t d = 0; problem.empty() && d < rank; ++d)
        if (dims[d] < least)
            problem = fmt::format("dim {} of output {} is {}", d, i, dims[d]);
    if (problem.empty())
        return element;
    refuse(context, std::move(problem));
    return std::nullopt;
}

int setOutput(OrreryContext* context, std::int32_t i, std::int32_t type, std::int32_t rank,
              const std::int64_t* dims)
{
    if (!context->inferring)
        return refuse(*context, "set_output() is for infer(); compute() makes outputs with output()");
    auto element = checkedType(*context, i, type, rank, dims, ORRERY_ANY);
    if (!element)
        return ORRERY_FAILED;
    std::optional<graph::Shape> shape;
    if (rank >= 0) {
        shape.emplace();
        for (std::int32_t d = 0; d < rank; ++d)
            shape->dims.push_back(dims[d] < 0 ? graph::Dim::unknown() : graph::Dim(dims[d]));
    }
    context->inferring->setTensor(index(i), *element, std::move(shape));
    context->outputs[index(i)].done = true;
    return ORRERY_OK;
}

int setOutputLike(OrreryContext* context, std::int32_t output, std::int32_t from)
{
    if (!context->inferring)
        return refuse(*context, "set_output_like() is for infer(); compute() makes outputs with output()");
    if (index(output) >= context->node.outputs.size() || index(from) >= context->node.inputs.size())
        return refuse(*context,
                      fmt::format("set_output_like({}, {}) on a node with {} outputs and {} inputs", output,
                                  from, context->node.outputs.size(), context->node.inputs.size()));
    context->inferring->setSameAsInput(index(output), index(from));
    context->outputs[index(output)].done = true;
    return ORRERY_OK;
}

// What inference promised of an output still holds.
bool asPromised(OrreryContext& context, std::size_t i, graph::DataType element, const graph::Dims& dims)
{
    if (i >= context.promised.size())
        return true;
    const graph::ValueType& promised = context.promised[i];
    bool fits = promised.element == graph::DataType::Undefined || promised.element == element;
    if (fits && promised.shape) {
        fits = promised.shape->rank() == dims.size();
        for (std::size_t d = 0; fits && d < dims.size(); ++d)
            fits = !promised.shape->dims[d].isKnown() || promised.shape->dims[d].value() == dims[d];
    }
    if (!fits)
        refuse(context, fmt::format("output {} was inferred as {}, and is made as {}", i, promised.text(),
                                    graph::ValueType::tensor(element, graph::Shape::of(dims)).text()));
    return fits;
}

void* output(OrreryContext* context, std::int32_t i, std::int32_t type, std::int32_t rank,
             const std::int64_t* dims)
{
    if (!context->computing) {
        refuse(*context, "output() is for compute(); infer() sets types with set_output()");
        return nullptr;
    }
    auto element = checkedType(*context, i, type, rank, dims, 0);
    if (!element)
        return nullptr;
    graph::Dims wanted(dims, dims + rank);
    std::size_t at = index(i);
    if (!context->computing->wantsOutput(at)) {
        refuse(*context, fmt::format("output {} is omitted by this node and cannot be made", i));
        return nullptr;
    }
    if (!asPromised(*context, at, *element, wanted))
        return nullptr;
    OrreryContext::Output& made = context->outputs[at];
    if (made.done && made.type == *element && made.dims == wanted)
        return made.place;
    auto tensor = context->computing->output(at, *element, wanted);
    if (!tensor.ok()) {
        context->fail(tensor.releaseError());
        return nullptr;
    }
    made = {true, *element, std::move(wanted), (*tensor)->mutableBytes()};
    return made.place;
}

void* scratch(OrreryContext* context, std::size_t bytes)
{
    if (!context->computing) {
        refuse(*context, "scratch() is for compute()");
        return nullptr;
    }
    if (bytes > static_cast<std::size_t>(INT64_MAX)) {
        context->fail({ErrorCode::LimitReached, fmt::format("{} bytes of scratch", bytes), {}});
        return nullptr;
    }
    auto piece = context->computing->scratch(bytes);
    if (!piece.ok()) {
        context->fail(piece.releaseError());
        return nullptr;
    }
    return *piece;
}

void parallelFor(OrreryContext* context, std::int64_t count, std::int64_t grain, OrreryRange range,
                 void* user)
{
    if (!context->computing || !range || count < 0) {
        refuse(*context, "parallel_for() is for compute(), with a function and a count of at least 0");
        return;
    }
    context->computing->parallelFor(count, std::max<std::int64_t>(grain, 1),
                                    [&](std::int64_t begin, std::int64_t end) { range(begin, end, user); });
}

std::int32_t threadCount(const OrreryContext* context)
{
    return context->computing ? context->computing->threadCount() : 1;
}

int stopRequested(const OrreryContext* context)
{
    return context->computing && context->computing->stopRequested();
}

} // namespace

namespace orrery::custom_ops {

bool show(const OrreryContext& context, const graph::Tensor& tensor, OrreryTensor& out)
{
    if (tensor.type() == graph::DataType::String || !tensor.defined())
        return false;
    out.type = static_cast<std::int32_t>(tensor.type());
    out.rank = static_cast<std::int32_t>(tensor.rank());
    out.dims = tensor.rank() == 0 ? nullptr : context.dims.emplace_back(tensor.dims()).data();
    out.count = tensor.elementCount();
    out.bytes = tensor.byteSize();
    out.data = tensor.bytes();
    return true;
}

const OrreryApi& api()
{
    static const OrreryApi functions{ORRERY_ABI_VERSION,
                                     sizeof(OrreryApi),
                                     addOp,
                                     fail,
                                     opsetVersion,
                                     inputCount,
                                     outputCount,
                                     hasOutput,
                                     input,
                                     attributeInt,
                                     attributeFloat,
                                     attributeString,
                                     attributeList<std::int64_t>,
                                     attributeList<float>,
                                     attributeTensor,
                                     setOutput,
                                     setOutputLike,
                                     output,
                                     scratch,
                                     parallelFor,
                                     threadCount,
                                     stopRequested};
    return functions;
}

} // namespace orrery::custom_ops
