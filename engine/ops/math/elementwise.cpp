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

constexpr std::int64_t convertedBlock = 512; // elements that go through another type at a time

bool covers(DataType type, bool typed, bool viaFloat) { return typed || (isHalf(type) && viaFloat); }

std::size_t bytesOf(DataType type, std::int64_t elements)
{
    return static_cast<std::size_t>(elements) * graph::elementBytes(type);
}

// One row through a loop of another type, block by block.
bool convertedRow(const Conversion& via, const std::byte* a, const std::byte* b, std::byte* out,
                  std::int64_t n, Lanes lanes)
{
    alignas(64) std::byte x[convertedBlock * sizeof(double)];
    alignas(64) std::byte y[convertedBlock * sizeof(double)];
    bool good = true;
    for (std::int64_t at = 0; at < n && good; at += convertedBlock) {
        std::int64_t length = std::min(convertedBlock, n - at);
        bool still = lanes == Lanes::FirstStill;
        convertElements(via.a, a + (still ? 0 : bytesOf(via.a, at)), via.compute, x, still ? 1 : length);
        still = lanes == Lanes::SecondStill;
        convertElements(via.b, b + (still ? 0 : bytesOf(via.b, at)), via.compute, y, still ? 1 : length);
        if (via.out == DataType::Bool) {
            good = via.row(x, y, out + at, length, lanes);
            continue;
        }
        std::byte* result = lanes == Lanes::FirstStill ? y : x;
        good = via.row(x, y, result, length, lanes);
        convertElements(via.compute, result, via.out, out + bytesOf(via.out, at), length);
    }
    return good;
}

void halfUnaryRow(UnaryRow row, DataType type, const std::byte* in, std::byte* out, std::int64_t n,
                  const Parameters& parameters)
{
    alignas(64) float x[convertedBlock];
    auto* bytes = reinterpret_cast<std::byte*>(x);
    for (std::int64_t at = 0; at < n; at += convertedBlock) {
        std::int64_t length = std::min(convertedBlock, n - at);
        convertElements(type, in + bytesOf(type, at), DataType::Float32, bytes, length);
        row(bytes, bytes, length, parameters);
        convertElements(DataType::Float32, bytes, type, out + bytesOf(type, at), length);
    }
}

} // namespace

Lanes lanesOf(const Broadcast& shape)
{
    // A row of one element moves nobody; any of the loops does.
    return shape.lane(0) == shape.lane(1) ? Lanes::Both
           : shape.lane(0) == 0           ? Lanes::FirstStill
                                          : Lanes::SecondStill;
}

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

Result<void> runConverted(KernelContext& context, const Conversion& via, const Broadcast& shape,
                          const Tensor& a, const Tensor& b, Tensor& out)
{
    Lanes lanes = lanesOf(shape);
    bool direct =
        via.a == via.compute && via.b == via.compute && (via.out == via.compute || via.out == DataType::Bool);
    std::atomic<bool> good = true;
    context.parallelFor(shape.count(), elementwiseGrain, [&](std::int64_t begin, std::int64_t end) {
        shape.forRows(begin, end, [&](std::int64_t at, const Broadcast::Offsets& from, std::int64_t n) {
            const std::byte* x = a.bytes() + bytesOf(via.a, from[0]);
            const std::byte* y = b.bytes() + bytesOf(via.b, from[1]);
            std::byte* z = out.mutableBytes() + bytesOf(via.out, at);
            if (!(direct ? via.row(x, y, z, n, lanes) : convertedRow(via, x, y, z, n, lanes)))
                good.store(false, std::memory_order_relaxed);
        });
    });
    if (!good)
        return Error{ErrorCode::RunFailed, "an integer was divided by zero", {}};
    return {};
}

Result<void> runBinary(KernelContext& context, BinaryRows rows, const Broadcast& shape, const Tensor& a,
                       const Tensor& b, Tensor& out)
{
    DataType type = a.type();
    if (b.type() != type)
        return Error{ErrorCode::RunFailed,
                     fmt::format("expected inputs of one element type, found {} and {}", graph::name(type),
                                 graph::name(b.type())),
                     {}};
    DataType compute = isHalf(type) && rows(type) == nullptr ? DataType::Float32 : type;
    BinaryRow row = rows(compute);
    TRY(requireType(type, row != nullptr));
    return runConverted(context, {row, type, type, compute, out.type()}, shape, a, b, out);
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
        return runBinary(context, rows, shape, *a, *b, *out);
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

OpSpec unarySpec(std::string_view name, OpCategory category, int firstVersion, std::string_view doc,
                 KernelFactory kernel)
{
    OpSpec spec;
    spec.name = name;
    spec.firstVersion = firstVersion;
    spec.lastVersion = newestOpset;
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
