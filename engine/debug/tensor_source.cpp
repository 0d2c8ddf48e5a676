// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/tensor_source.h"

#include "engine/base/text.h"
#include "engine/debug/expression.h"
#include "engine/ops/math/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::debug {
namespace {

using graph::DataType;
using graph::Dims;
using graph::Tensor;

Error usage(std::string message) { return Error{ErrorCode::Usage, std::move(message), {}}; }

// Integers must stay what they are; floats may lose digits.
Result<void> checkNumbers(const Tensor& from, const Tensor& to)
{
    if (!graph::isInteger(to.type()))
        return {};
    std::vector<double> before = TRY(from.toDoubles());
    std::vector<double> after = TRY(to.toDoubles());
    for (std::size_t i = 0; i < before.size(); ++i)
        if (before[i] != after[i])
            return usage(fmt::format("{} (element {}) is no {}", before[i], i, graph::name(to.type())));
    return {};
}

Result<Tensor> converted(const Tensor& tensor, DataType type)
{
    if (type == DataType::Undefined || type == tensor.type())
        return tensor;
    if (!ops::isConvertible(tensor.type()) || !ops::isConvertible(type))
        return usage(fmt::format("{} cannot become {}", graph::name(tensor.type()), graph::name(type)));
    Tensor result = TRY(Tensor::allocate(type, tensor.dims()));
    if (tensor.elementCount() > 0)
        ops::convertElements(tensor.type(), tensor.bytes(), type, result.mutableBytes(),
                             tensor.elementCount());
    TRY(checkNumbers(tensor, result));
    return result;
}

Result<Tensor> repeated(const Tensor& tensor, const Dims& dims)
{
    const std::size_t unit = graph::elementBytes(tensor.type());
    const std::size_t shift = dims.size() - std::min(dims.size(), tensor.rank());
    bool fits = unit > 0 && tensor.rank() <= dims.size();
    for (std::size_t i = 0; fits && i < tensor.rank(); ++i)
        fits = tensor.dims()[i] == 1 || tensor.dims()[i] == dims[shift + i];
    if (!fits)
        return usage(
            fmt::format("expected {}, found {}", graph::dimsText(dims), graph::dimsText(tensor.dims())));
    Tensor result = TRY(Tensor::allocate(tensor.type(), dims));
    std::vector<std::int64_t> strides(dims.size(), 0), at(dims.size(), 0);
    std::int64_t stride = 1;
    for (std::size_t i = tensor.rank(); i-- > 0; stride *= tensor.dims()[i])
        strides[shift + i] = tensor.dims()[i] == 1 ? 0 : stride;
    std::int64_t from = 0;
    for (std::int64_t to = 0; to < result.elementCount(); ++to) {
        std::copy_n(tensor.bytes() + static_cast<std::size_t>(from) * unit, unit,
                    result.mutableBytes() + static_cast<std::size_t>(to) * unit);
        for (std::size_t axis = dims.size(); axis-- > 0;) {
            from += strides[axis];
            if (++at[axis] < dims[axis])
                break;
            from -= strides[axis] * dims[axis];
            at[axis] = 0;
        }
    }
    return result;
}

} // namespace

Result<Tensor> fitted(const Tensor& tensor, const WantedTensor& wanted)
{
    if (tensor.bytes() == nullptr && tensor.elementCount() > 0 && tensor.type() != DataType::String)
        return usage("its bytes are not loaded");
    Tensor result = TRY(converted(tensor, wanted.type));
    if (!wanted.dims || *wanted.dims == result.dims())
        return result;
    std::int64_t count = 1;
    if (!graph::byteSizeOf(DataType::UInt8, *wanted.dims))
        return usage(graph::dimsText(*wanted.dims) + " is too large");
    for (std::int64_t dim : *wanted.dims)
        count *= dim;
    const bool isVector = result.rank() <= 1;
    if (count == result.elementCount() && (isVector || count == 1))
        return result.reshaped(*wanted.dims);
    return repeated(result, *wanted.dims);
}

Result<Tensor> tensorFromExpression(std::string_view expression, const WantedTensor& wanted,
                                    const Tensor& now, const graph::Model& model, const ops::OpRegistry& ops)
{
    auto named = [&](std::string_view name) -> Result<Tensor> {
        if (name == "x" && now.defined())
            return now;
        const graph::Graph& graph = model.graph;
        for (ValueId id : graph.main().initializers)
            if (graph.contains(id) && graph.value(id).name == name && graph.value(id).initializer)
                return graph.value(id).initializer->tensor;
        return usage(fmt::format("there is no constant \"{}\"{}", displayText(name, 80),
                                 now.defined() ? "; x is the tensor itself" : ""));
    };
    return fitted(TRY(evaluate(expression, named, ops, wanted.dims)), wanted);
}

} // namespace orrery::debug
