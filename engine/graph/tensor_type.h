#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Element types of tensors, numbered as in ONNX's TensorProto.DataType.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace orrery::graph {

enum class DataType : std::uint8_t {
    Undefined = 0,
    Float32 = 1,
    UInt8 = 2,
    Int8 = 3,
    UInt16 = 4,
    Int16 = 5,
    Int32 = 6,
    Int64 = 7,
    String = 8,
    Bool = 9,
    Float16 = 10,
    Float64 = 11,
    UInt32 = 12,
    UInt64 = 13,
    Complex64 = 14,
    Complex128 = 15,
    BFloat16 = 16,
    Float8E4M3FN = 17,
    Float8E4M3FNUZ = 18,
    Float8E5M2 = 19,
    Float8E5M2FNUZ = 20,
    UInt4 = 21,
    Int4 = 22,
    Float4E2M1 = 23,
};

// ONNX text names: "float", "int64", "bool", … "undefined" for what is not known.
std::string_view name(DataType type);
std::optional<DataType> dataTypeFromName(std::string_view name);
// The enumerator of an ONNX number; nullopt for a number that this program does not know.
std::optional<DataType> dataTypeFromOnnx(int number);

// Bits of one element; 0 for String and Undefined.
std::size_t elementBits(DataType type);
// Bytes of one element; 0 for String, Undefined and the packed 4-bit types.
std::size_t elementBytes(DataType type);

bool isFloatingPoint(DataType type);
bool isInteger(DataType type); // signed or unsigned, not Bool

template<class T>
constexpr DataType dataTypeOf()
{
    if constexpr (std::is_same_v<T, float>)
        return DataType::Float32;
    else if constexpr (std::is_same_v<T, double>)
        return DataType::Float64;
    else if constexpr (std::is_same_v<T, bool>)
        return DataType::Bool;
    else if constexpr (std::is_same_v<T, std::uint8_t>)
        return DataType::UInt8;
    else if constexpr (std::is_same_v<T, std::int8_t>)
        return DataType::Int8;
    else if constexpr (std::is_same_v<T, std::uint16_t>)
        return DataType::UInt16;
    else if constexpr (std::is_same_v<T, std::int16_t>)
        return DataType::Int16;
    else if constexpr (std::is_same_v<T, std::uint32_t>)
        return DataType::UInt32;
    else if constexpr (std::is_same_v<T, std::int32_t>)
        return DataType::Int32;
    else if constexpr (std::is_same_v<T, std::uint64_t>)
        return DataType::UInt64;
    else {
        static_assert(std::is_same_v<T, std::int64_t>, "no tensor element type for this C++ type");
        return DataType::Int64;
    }
}

} // namespace orrery::graph
