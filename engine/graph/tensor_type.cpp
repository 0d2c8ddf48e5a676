// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/tensor_type.h"

#include <array>

namespace orrery::graph {
namespace {

struct TypeInfo {
    std::string_view name;
    std::size_t bits;
};

constexpr std::array<TypeInfo, 24> types{{
    {"undefined", 0},      {"float", 32},    {"uint8", 8},        {"int8", 8},           {"uint16", 16},
    {"int16", 16},         {"int32", 32},    {"int64", 64},       {"string", 0},         {"bool", 8},
    {"float16", 16},       {"double", 64},   {"uint32", 32},      {"uint64", 64},        {"complex64", 64},
    {"complex128", 128},   {"bfloat16", 16}, {"float8e4m3fn", 8}, {"float8e4m3fnuz", 8}, {"float8e5m2", 8},
    {"float8e5m2fnuz", 8}, {"uint4", 4},     {"int4", 4},         {"float4e2m1", 4},
}};

} // namespace

std::string_view name(DataType type) { return types[static_cast<std::size_t>(type)].name; }

std::optional<DataType> dataTypeFromName(std::string_view wanted)
{
    for (std::size_t i = 1; i < types.size(); ++i)
        if (types[i].name == wanted)
            return static_cast<DataType>(i);
    return std::nullopt;
}

std::optional<DataType> dataTypeFromOnnx(int number)
{
    if (number < 0 || number >= static_cast<int>(types.size()))
        return std::nullopt;
    return static_cast<DataType>(number);
}

std::size_t elementBits(DataType type) { return types[static_cast<std::size_t>(type)].bits; }

std::size_t elementBytes(DataType type) { return elementBits(type) / 8; }

bool isFloatingPoint(DataType type)
{
    return type == DataType::Float32 || type == DataType::Float64 || type == DataType::Float16 ||
           type == DataType::BFloat16;
}

bool isInteger(DataType type)
{
    switch (type) {
    case DataType::UInt8:
    case DataType::Int8:
    case DataType::UInt16:
    case DataType::Int16:
    case DataType::UInt32:
    case DataType::Int32:
    case DataType::UInt64:
    case DataType::Int64:
        return true;
    default:
        return false;
    }
}

} // namespace orrery::graph
