#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the elementwise families share. A family's file is a table: per operator a captureless lambda, from
// which a typed loop over one row is made for every element type; choosing the loop by type, broadcasting,
// threads, in-place use and the way of float16 and bfloat16 through float are here, once. Loops are chosen
// when the kernel runs, by the type that the tensors really have; a type that is known and not covered is
// refused when the kernel is made.

#include "engine/ops/broadcast.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/math/vector_math.h"
#include "engine/ops/op_spec.h"

#include <cstddef>
#include <cstdint>

namespace orrery::ops {

inline constexpr int newestOpset = 24;                  // of ai.onnx, that the elementwise families cover
inline constexpr std::int64_t elementwiseGrain = 16384; // elements worth a thread

using FloatAndIntegerTypes = NumberTypes;
using UnsignedTypes = TypeList<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;

// --- loops over rows ------------------------------------------------------------------------------------

struct Parameters {
    double a = 0;
    double b = 0;
};

using UnaryRow = void (*)(const std::byte* in, std::byte* out, std::int64_t n, const Parameters& parameters);
using UnaryRows = UnaryRow (*)(graph::DataType); // null for a type that the operator does not cover

enum class Lanes { Both, FirstStill, SecondStill }; // which operand stays at one element along the row
// False when an element has no result (an integer division by zero).
using BinaryRow = bool (*)(const std::byte* a, const std::byte* b, std::byte* out, std::int64_t n,
                           Lanes lanes);
using BinaryRows = BinaryRow (*)(graph::DataType);

// out may be in. The pragma says what is true of every caller: no element depends on another one's result.
template<auto function, class T>
void unaryRow(const std::byte* in, std::byte* out, std::int64_t n, const Parameters& parameters)
{
    auto* x = reinterpret_cast<const T*>(in);
    auto* y = reinterpret_cast<T*>(out);
    const T a = static_cast<T>(parameters.a);
    const T b = static_cast<T>(parameters.b);
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i)
        y[i] = static_cast<T>(function(x[i], a, b));
}

template<auto function, class T, class Out>
bool binaryRow(const std::byte* a, const std::byte* b, std::byte* out, std::int64_t n, Lanes lanes)
{
    auto* x = reinterpret_cast<const T*>(a);
    auto* y = reinterpret_cast<const T*>(b);
    auto* z = reinterpret_cast<Out*>(out);
    if (lanes == Lanes::Both) {
#pragma GCC ivdep
        for (std::int64_t i = 0; i < n; ++i)
            z[i] = static_cast<Out>(function(x[i], y[i]));
    } else if (lanes == Lanes::FirstStill) {
        const T still = *x;
#pragma GCC ivdep
        for (std::int64_t i = 0; i < n; ++i)
            z[i] = static_cast<Out>(function(still, y[i]));
    } else {
        const T still = *y;
#pragma GCC ivdep
        for (std::int64_t i = 0; i < n; ++i)
            z[i] = static_cast<Out>(function(x[i], still));
    }
    return true;
}

template<auto function, class... Ts>
UnaryRow findUnaryRow(TypeList<Ts...>, graph::DataType type)
{
    UnaryRow found = nullptr;
    ((type == graph::dataTypeOf<Ts>() ? void(found = &unaryRow<function, Ts>) : void()), ...);
    return found;
}
template<auto function, class Types>
UnaryRow unaryRows(graph::DataType type)
{
    return findUnaryRow<function>(Types(), type);
}

template<auto function, class... Ts>
BinaryRow findBinaryRow(TypeList<Ts...>, graph::DataType type)
{
    BinaryRow found = nullptr;
    ((type == graph::dataTypeOf<Ts>() ? void(found = &binaryRow<function, Ts, Ts>) : void()), ...);
    return found;
}
template<auto function, class Types>
BinaryRow binaryRows(graph::DataType type)
{
    return findBinaryRow<function>(Types(), type);
}

// The same, for a result of bool.
template<auto function, class... Ts>
BinaryRow findTestRow(TypeList<Ts...>, graph::DataType type)
{
    BinaryRow found = nullptr;
    ((type == graph::dataTypeOf<Ts>() ? void(found = &binaryRow<function, Ts, bool>) : void()), ...);
    return found;
}
template<auto function, class Types>
BinaryRow testRows(graph::DataType type)
{
    return findTestRow<function>(Types(), type);
}

// --- kernels --------------------------------------------------------------------------------------------

enum class ResultType { SameAsInput, Bool };

// Calls the row loop over in's elements on the run's threads; float16 and bfloat16 use the loop of float.
// out has n elements of the same type and may be in.
Result<void> runUnary(KernelContext& context, UnaryRows rows, const Parameters& parameters,
                      const graph::Tensor& in, graph::Tensor& out);
// The same for two tensors of one type under `shape`, made from their dims (and perhaps more): operand 0 is
// a, 1 is b. out's type is theirs, or bool.
Result<void> runBinary(KernelContext& context, BinaryRows rows, const Broadcast& shape,
                       const graph::Tensor& a, const graph::Tensor& b, graph::Tensor& out);

// The same for tensors of different types: converted to `compute`, for which row is, and from it.
struct Conversion {
    BinaryRow row = nullptr;
    graph::DataType a = graph::DataType::Undefined;
    graph::DataType b = graph::DataType::Undefined;
    graph::DataType compute = graph::DataType::Undefined;
    graph::DataType out = graph::DataType::Undefined; // Bool: row writes bools itself
};
Result<void> runConverted(KernelContext& context, const Conversion& via, const Broadcast& shape,
                          const graph::Tensor& a, const graph::Tensor& b, graph::Tensor& out);

Lanes lanesOf(const Broadcast& shape);

Result<KernelPtr> unaryKernel(const KernelInfo& info, UnaryRows rows, Parameters parameters = {});
Result<KernelPtr> binaryKernel(const KernelInfo& info, BinaryRows rows,
                               ResultType resultType = ResultType::SameAsInput);

// A required input; RunFailed naming its number when it is absent.
Result<const graph::Tensor*> requireInput(const KernelContext& context, std::size_t i);
// Unsupported naming the type, when it is known and the operator has no loop for it.
Result<void> requireType(graph::DataType type, bool covered);

// --- inference ------------------------------------------------------------------------------------------

Result<void> inferUnary(InferContext& context);               // type and shape of input 0
Result<void> inferBinary(InferContext& context);              // two inputs of one type, broadcast
Result<void> inferTest(InferContext& context);                // the same, result bool
Result<graph::DataType> commonElement(InferContext& context); // of all inputs; BadModel when they differ
Result<std::optional<graph::Shape>> commonShape(InferContext& context); // all inputs, broadcast

// --- table entries --------------------------------------------------------------------------------------

OpSpec unarySpec(std::string_view name, OpCategory category, int firstVersion, std::string_view doc,
                 KernelFactory kernel);
OpSpec binarySpec(std::string_view name, OpCategory category, int firstVersion, std::string_view doc,
                  KernelFactory kernel);

template<auto function, class Types>
Result<KernelPtr> makeUnary(const KernelInfo& info)
{
    return unaryKernel(info, &unaryRows<function, Types>);
}
template<auto function, class Types>
Result<KernelPtr> makeBinary(const KernelInfo& info)
{
    return binaryKernel(info, &binaryRows<function, Types>);
}
template<auto function, class Types>
Result<KernelPtr> makeTest(const KernelInfo& info)
{
    return binaryKernel(info, &testRows<function, Types>, ResultType::Bool);
}

} // namespace orrery::ops
