// SPDX-License-Identifier: Apache-2.0
//
// Cast and CastLike, between all number types of at least 8 bits, bool and string. A float that an integer
// type cannot hold becomes the nearest that it can, NaN becomes 0; integers wrap (ONNX leaves the first two
// open).
#include "engine/base/text.h"
#include "engine/ops/math/convert.h"
#include "engine/ops/math/elementwise.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Tensor;

bool isCastable(DataType type) { return type == DataType::String || isConvertible(type); }

Error notCastable(DataType from, DataType to)
{
    return Error{ErrorCode::Unsupported,
                 fmt::format("casting {} to {} is not implemented", graph::name(from), graph::name(to)),
                 {}};
}

std::string floatText(double value, DataType type)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "INF" : "-INF";
    // The shortest text that reads back as the same value.
    return type == DataType::Float64 ? fmt::format("{}", value)
                                     : fmt::format("{}", static_cast<float>(value));
}

Result<void> toStrings(const Tensor& in, Tensor& out)
{
    DataType type = in.type();
    std::vector<std::string>& texts = out.mutableStrings();
    std::size_t size = graph::elementBytes(type);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::byte* element = in.bytes() + i * size;
        if (graph::isFloatingPoint(type)) {
            double value = 0;
            convertElements(type, element, DataType::Float64, reinterpret_cast<std::byte*>(&value), 1);
            texts[i] = floatText(value, type);
        } else {
            std::int64_t value = 0;
            convertElements(type, element, DataType::Int64, reinterpret_cast<std::byte*>(&value), 1);
            texts[i] = type == DataType::UInt64 ? std::to_string(static_cast<std::uint64_t>(value))
                                                : std::to_string(value);
        }
    }
    return {};
}

// A decimal number, or INF, +INF, -INF, NaN in any case; the whole text must be one.
std::optional<double> parseFloat(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem == std::errc::result_out_of_range)
        value = text.starts_with('-') ? -std::numeric_limits<double>::infinity()
                                      : std::numeric_limits<double>::infinity();
    else if (problem != std::errc())
        return std::nullopt;
    return end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

Result<void> fromStrings(const Tensor& in, Tensor& out)
{
    DataType type = out.type();
    std::size_t size = graph::elementBytes(type);
    for (std::size_t i = 0; i < in.strings().size(); ++i) {
        const std::string& text = in.strings()[i];
        std::byte* element = out.mutableBytes() + i * size;
        std::int64_t whole = 0;
        auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), whole);
        bool isWhole = problem == std::errc() && end == text.data() + text.size();
        if (isWhole && !graph::isFloatingPoint(type)) {
            convertElements(DataType::Int64, reinterpret_cast<const std::byte*>(&whole), type, element, 1);
            continue;
        }
        std::optional<double> value = parseFloat(text);
        if (!value)
            return Error{ErrorCode::RunFailed,
                         fmt::format("element {}: expected the text of a number, found \"{}\"", i,
                                     displayText(text, 40)),
                         {}};
        convertElements(DataType::Float64, reinterpret_cast<const std::byte*>(&*value), type, element, 1);
    }
    return {};
}

Result<void> cast(KernelContext& context, const Tensor& in, DataType to)
{
    DataType from = in.type();
    if (!isCastable(from) || !isCastable(to))
        return notCastable(from, to);
    Tensor* out = TRY(context.output(0, to, in.dims()));
    if (from == DataType::String && to == DataType::String) {
        out->mutableStrings() = in.strings();
        return {};
    }
    if (from == DataType::String)
        return fromStrings(in, *out);
    if (to == DataType::String)
        return toStrings(in, *out);
    std::size_t fromSize = graph::elementBytes(from);
    std::size_t toSize = graph::elementBytes(to);
    context.parallelFor(in.elementCount(), elementwiseGrain, [&](std::int64_t begin, std::int64_t end) {
        auto at = static_cast<std::size_t>(begin);
        convertElements(from, in.bytes() + at * fromSize, to, out->mutableBytes() + at * toSize, end - begin);
    });
    return {};
}

Result<DataType> targetOf(const graph::Node& node)
{
    std::int64_t number = node.intAttribute("to", 0);
    std::optional<DataType> type =
        number > 0 && number < 1000 ? graph::dataTypeFromOnnx(static_cast<int>(number)) : std::nullopt;
    if (!type || *type == DataType::Undefined)
        return badInput(
            fmt::format("attribute to: expected the number of an element type, found {}", number));
    return *type;
}

Result<void> inferAs(InferContext& context, DataType to)
{
    const graph::Shape* shape = context.inputShape(0);
    context.setTensor(0, to, shape == nullptr ? std::optional<graph::Shape>() : *shape);
    auto isDims = [](DataType type) { return type == DataType::Int64 || type == DataType::Int32; };
    if (isDims(context.inputElement(0)) && isDims(to))
        if (auto elements = context.inputShapeValue(0))
            context.setOutputShapeValue(0, *elements);
    return {};
}

Result<void> inferCast(InferContext& context) { return inferAs(context, TRY(targetOf(context.node()))); }
Result<void> inferCastLike(InferContext& context) { return inferAs(context, context.inputElement(1)); }

Result<KernelPtr> makeCast(const KernelInfo& info)
{
    DataType to = TRY(targetOf(info.node));
    DataType from = info.inputElement(0);
    if (!isCastable(to) || (from != DataType::Undefined && !isCastable(from)))
        return notCastable(from, to);
    return makeKernel([to](KernelContext& context) -> Result<void> {
        const Tensor* in = TRY(requireInput(context, 0));
        return cast(context, *in, to);
    });
}

Result<KernelPtr> makeCastLike(const KernelInfo& info)
{
    for (std::size_t i = 0; i < 2; ++i)
        TRY(requireType(info.inputElement(i), isCastable(info.inputElement(i))));
    return makeKernel([](KernelContext& context) -> Result<void> {
        const Tensor* in = TRY(requireInput(context, 0));
        const Tensor* like = TRY(requireInput(context, 1));
        return cast(context, *in, like->type());
    });
}

} // namespace

OpList cast()
{
    OpSpec castSpec =
        unarySpec("Cast", OpCategory::Elementwise, 6,
                  "The elements as another type. Cast-6, Cast-9, Cast-13, Cast-19, Cast-21.", makeCast);
    castSpec.firstVersion = 6; // Cast-1 names the type in a string
    castSpec.infer = inferCast;
    OpSpec likeSpec = unarySpec("CastLike", OpCategory::Elementwise, 15,
                                "The elements as the type of another tensor. CastLike-15, CastLike-19, "
                                "CastLike-21.",
                                makeCastLike);
    likeSpec.firstVersion = 15;
    likeSpec.minInputs = likeSpec.maxInputs = 2;
    likeSpec.infer = inferCastLike;
    return {castSpec, likeSpec};
}

} // namespace orrery::ops
