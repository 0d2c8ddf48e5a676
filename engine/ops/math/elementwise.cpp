// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/math/elementwise.h"

#include "engine/ops/math/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Tensor;

constexpr std::int64_t halfBlock = 512; // elements that go through float at a time

bool covers(DataType type, bool typed, bool viaFloat) { return typed || (isHalf(type) && viaFloat); }

std::size_t bytesOf(DataType type, std::int64_t elements)
{
    return static_cast<std::size_t>(elements) * graph::elementBytes(type);
}

// One row of float16 or bfloat16 through the loop of float, block by block.
bool halfBinaryRow(BinaryRow row, DataType type, ResultType resultType, const std::byte* a,
                   const std::byte* b, std::byte* out, std::int64_t n, Lanes lanes)
{
    alignas(64) float x[halfBlock];
    alignas(64) float y[halfBlock];
    auto bytes = [](float* values) { return reinterpret_cast<std::byte*>(values); };
    std::size_t size = graph::elementBytes(type);
    bool good = true;
    for (std::int64_t at = 0; at < n && good; at += halfBlock) {
        std::int64_t length = std::min(halfBlock, n - at);
        bool still = lanes == Lanes::FirstStill;
        convertElements(type, a + (still ? 0 : bytesOf(type, at)), DataType::Float32, bytes(x),
                        still ? 1 : length);
        still = lanes == Lanes::SecondStill;
        convertElements(type, b + (still ? 0 : bytesOf(type, at)), DataType::Float32, bytes(y),
                        still ? 1 : length);
        if (resultType == ResultType::Bool) {
            good = row(bytes(x), bytes(y), out + at, length, lanes);
            continue;
        }
        float* result = lanes == Lanes::FirstStill ? y : x;
        good = row(bytes(x), bytes(y), bytes(result), length, lanes);
        convertElements(DataType::Float32, bytes(result), type, out + static_cast<std::size_t>(at) * size,
                        length);
    }
    return good;
}

void halfUnaryRow(UnaryRow row, DataType type, const std::byte* in, std::byte* out, std::int64_t n,
                  const Parameters& parameters)
{
    alignas(64) float x[halfBlock];
    auto* bytes = reinterpret_cast<std::byte*>(x);
    for (std::int64_t at = 0; at < n; at += halfBlock) {
        std::int64_t length = std::min(halfBlock, n - at);
        convertElements(type, in + bytesOf(type, at), DataType::Float32, bytes, length);
        row(bytes, bytes, length, parameters);
        convertElements(DataType::Float32, bytes, type, out + bytesOf(type, at), length);
    }
}

} // namespace

Result<const Tensor*> requireInput(const KernelContext& context, std::size_t i)
{
    const Tensor* tensor = i < context.inputCount() ? context.input(i) : nullptr;
    if (tensor == nullptr)
        return Error{ErrorCode::RunFailed, fmt::format("input {} is required and absent", i), {}};
    return tensor;
}

Result<void> requireType(DataType type, bool covered)
{
    if (type != DataType::Undefined && !covered)
        return Error{ErrorCode::Unsupported,
                     fmt::format("element type {} is not implemented for this operator", graph::name(type)),
                     {}};
    return {};
}

Result<void> runUnary(KernelContext& context, UnaryRows rows, const Parameters& parameters, const Tensor& in,
                      Tensor& out)
{
    DataType type = in.type();
    UnaryRow row = rows(isHalf(type) ? DataType::Float32 : type);
    TRY(requireType(type, row != nullptr));
    std::size_t size = graph::elementBytes(type);
    context.parallelFor(in.elementCount(), elementwiseGrain, [&](std::int64_t begin, std::int64_t end) {
        std::size_t offset = static_cast<std::size_t>(begin) * size;
        if (isHalf(type))
            halfUnaryRow(row, type, in.bytes() + offset, out.mutableBytes() + offset, end - begin,
                         parameters);
        else
            row(in.bytes() + offset, out.mutableBytes() + offset, end - begin, parameters);
    });
    return {};
}

Result<void> runBinary(KernelContext& context, BinaryRows rows, ResultType resultType, const Broadcast& shape,
                       const Tensor& a, const Tensor& b, Tensor& out)
{
    DataType type = a.type();
    if (b.type() != type)
        return Error{ErrorCode::RunFailed,
                     fmt::format("expected inputs of one element type, found {} and {}", graph::name(type),
                                 graph::name(b.type())),
                     {}};
    BinaryRow row = rows(isHalf(type) ? DataType::Float32 : type);
    TRY(requireType(type, row != nullptr));
    // A row of one element moves nobody; any of the loops does.
    Lanes lanes = shape.lane(0) == shape.lane(1) ? Lanes::Both
                  : shape.lane(0) == 0           ? Lanes::FirstStill
                                                 : Lanes::SecondStill;
    std::size_t outSize = graph::elementBytes(out.type());
    std::atomic<bool> good = true;
    context.parallelFor(shape.count(), elementwiseGrain, [&](std::int64_t begin, std::int64_t end) {
        shape.forRows(begin, end, [&](std::int64_t at, const Broadcast::Offsets& from, std::int64_t n) {
            const std::byte* x = a.bytes() + bytesOf(type, from[0]);
            const std::byte* y = b.bytes() + bytesOf(type, from[1]);
            std::byte* z = out.mutableBytes() + static_cast<std::size_t>(at) * outSize;
            bool rowGood = isHalf(type) ? halfBinaryRow(row, type, resultType, x, y, z, n, lanes)
                                        : row(x, y, z, n, lanes);
            if (!rowGood)
                good.store(false, std::memory_order_relaxed);
        });
    });
    if (!good)
        return Error{ErrorCode::RunFailed, "an integer was divided by zero", {}};
    return {};
}

Result<KernelPtr> unaryKernel(const KernelInfo& info, UnaryRows rows, Parameters parameters)
{
    DataType known = info.inputElement(0);
    TRY(requireType(known, covers(known, rows(known) != nullptr, rows(DataType::Float32) != nullptr)));
    return makeKernel([rows, parameters](KernelContext& context) -> Result<void> {
        const Tensor* in = TRY(requireInput(context, 0));
        Tensor* out = TRY(context.output(0, in->type(), in->dims()));
        return runUnary(context, rows, parameters, *in, *out);
    });
}

Result<KernelPtr> binaryKernel(const KernelInfo& info, BinaryRows rows, ResultType resultType)
{
    DataType known = info.inputElement(0);
    TRY(requireType(known, covers(known, rows(known) != nullptr, rows(DataType::Float32) != nullptr)));
    return makeKernel([rows, resultType](KernelContext& context) -> Result<void> {
        const Tensor* a = TRY(requireInput(context, 0));
        const Tensor* b = TRY(requireInput(context, 1));
        Broadcast shape = TRY(Broadcast::create({&a->dims(), &b->dims()}));
        DataType type = resultType == ResultType::Bool ? DataType::Bool : a->type();
        Tensor* out = TRY(context.output(0, type, shape.dims()));
        return runBinary(context, rows, resultType, shape, *a, *b, *out);
    });
}

Result<void> inferUnary(InferContext& context)
{
    context.setSameAsInput(0, 0);
    return {};
}

Result<DataType> commonElement(InferContext& context)
{
    DataType found = DataType::Undefined;
    for (std::size_t i = 0; i < context.inputCount(); ++i) {
        DataType type = context.inputElement(i);
        if (found != DataType::Undefined && type != DataType::Undefined && type != found)
            return badInput(fmt::format("expected inputs of one element type, found {} and {} (input {})",
                                        graph::name(found), graph::name(type), i));
        if (type != DataType::Undefined)
            found = type;
    }
    return found;
}

Result<std::optional<graph::Shape>> commonShape(InferContext& context)
{
    if (context.inputCount() == 0)
        return badInput("expected at least one input, found none");
    std::optional<graph::Shape> shape;
    for (std::size_t i = 0; i < context.inputCount(); ++i) {
        const graph::Shape* next = context.inputShape(i);
        if (next == nullptr)
            return std::optional<graph::Shape>();
        shape = i == 0 ? std::optional(*next) : TRY(broadcastShapes(&*shape, next));
    }
    return shape;
}

Result<void> inferBinary(InferContext& context)
{
    DataType element = TRY(commonElement(context));
    context.setTensor(0, element, TRY(commonShape(context)));
    return {};
}

Result<void> inferTest(InferContext& context)
{
    TRY(commonElement(context));
    context.setTensor(0, DataType::Bool, TRY(commonShape(context)));
    return {};
}

OpSpec unarySpec(std::string_view name, OpCategory category, std::string_view doc, KernelFactory kernel,
                 int lastVersion)
{
    OpSpec spec;
    spec.name = name;
    spec.lastVersion = lastVersion;
    spec.doc = doc;
    spec.category = category;
    spec.minInputs = spec.maxInputs = 1;
    spec.infer = inferUnary;
    spec.kernel = kernel;
    spec.inPlace = {{0, 0}};
    return spec;
}

OpSpec binarySpec(std::string_view name, OpCategory category, int firstVersion, std::string_view doc,
                  KernelFactory kernel)
{
    OpSpec spec;
    spec.name = name;
    spec.firstVersion = firstVersion;
    spec.lastVersion = newestOpset;
    spec.doc = doc;
    spec.category = category;
    spec.minInputs = spec.maxInputs = 2;
    spec.infer = inferBinary;
    spec.kernel = kernel;
    spec.inPlace = {{0, 0}, {1, 0}};
    return spec;
}

} // namespace orrery::ops
