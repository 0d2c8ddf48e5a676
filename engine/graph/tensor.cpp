// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/tensor.h"

#include "engine/base/checked_math.h"
#include "engine/base/heap_tag.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace orrery::graph {
namespace {

constexpr std::size_t alignment = 64;

float floatFromHalf(std::uint16_t bits)
{
    std::uint32_t exponent = (bits >> 10) & 0x1f;
    float mantissa = static_cast<float>(bits & 0x3ff);
    float value = exponent == 0    ? std::ldexp(mantissa, -24)
                  : exponent == 31 ? ((bits & 0x3ff) != 0 ? NAN : INFINITY)
                                   : std::ldexp(1.0f + mantissa / 1024.0f, static_cast<int>(exponent) - 15);
    return (bits & 0x8000) != 0 ? -value : value;
}

float floatFromBFloat16(std::uint16_t bits)
{
    std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
    float value = 0;
    std::memcpy(&value, &wide, sizeof value);
    return value;
}

template<class To, class From>
std::vector<To> converted(const Tensor& tensor)
{
    auto values = tensor.span<From>();
    return std::vector<To>(values.begin(), values.end());
}

} // namespace

std::optional<std::size_t> byteSizeOf(DataType type, const Dims& dims)
{
    auto count = checkedElementCount(dims);
    if (!count)
        return std::nullopt;
    auto bits = checkedMul(*count, static_cast<std::int64_t>(elementBits(type)));
    if (!bits || *bits > (std::int64_t(1) << 62))
        return std::nullopt;
    return static_cast<std::size_t>((*bits + 7) / 8);
}

Result<Tensor> Tensor::allocate(DataType type, Dims dims)
{
    auto size = byteSizeOf(type, dims);
    if (!size)
        return Error{ErrorCode::LimitReached,
                     "a tensor of " + std::string(name(type)) + " " + dimsText(dims) +
                         " is larger than the address space",
                     {}};
    Tensor tensor;
    tensor.m_type = type;
    tensor.setDims(std::move(dims));
    if (type == DataType::String) {
        tensor.m_owner =
            std::make_shared<std::vector<std::string>>(static_cast<std::size_t>(tensor.m_elementCount));
        return tensor;
    }
    std::size_t rounded = (std::max<std::size_t>(*size, 1) + alignment - 1) / alignment * alignment;
    void* memory = nullptr;
    {
        ScopedHeapTag tag(HeapTag::Tensor);
        memory = std::aligned_alloc(alignment, rounded);
    }
    if (memory == nullptr)
        return Error{
            ErrorCode::LimitReached, "no memory for a tensor of " + std::to_string(*size) + " bytes", {}};
    tensor.m_owner = std::shared_ptr<void>(memory, std::free);
    tensor.m_data = static_cast<std::byte*>(memory);
    tensor.m_allocated = true;
    return tensor;
}

Tensor Tensor::borrow(DataType type, Dims dims, std::byte* data, std::shared_ptr<void> owner)
{
    Tensor tensor;
    tensor.m_type = type;
    tensor.setDims(std::move(dims));
    tensor.m_data = data;
    tensor.m_owner = std::move(owner);
    return tensor;
}

Tensor Tensor::ofStrings(Dims dims, std::vector<std::string> values)
{
    Tensor tensor;
    tensor.m_type = DataType::String;
    tensor.setDims(std::move(dims));
    CHECK(static_cast<std::size_t>(tensor.m_elementCount) == values.size());
    tensor.m_owner = std::make_shared<std::vector<std::string>>(std::move(values));
    return tensor;
}

Tensor Tensor::mustAllocate(DataType type, Dims dims)
{
    auto tensor = allocate(type, std::move(dims));
    CHECK(tensor.ok());
    return tensor.releaseValue();
}

void Tensor::setDims(Dims dims)
{
    auto size = byteSizeOf(m_type, dims);
    CHECK(size.has_value());
    m_elementCount = *checkedElementCount(dims);
    m_byteSize = *size;
    m_dims = std::move(dims);
}

const std::vector<std::string>& Tensor::strings() const
{
    CHECK(m_type == DataType::String);
    return *static_cast<const std::vector<std::string>*>(m_owner.get());
}

std::vector<std::string>& Tensor::mutableStrings()
{
    CHECK(m_type == DataType::String);
    return *static_cast<std::vector<std::string>*>(m_owner.get());
}

Tensor Tensor::viewAs(DataType type, Dims dims) const
{
    Tensor result = *this;
    result.m_type = type;
    result.setDims(std::move(dims));
    CHECK(result.m_byteSize == m_byteSize);
    return result;
}

Tensor Tensor::reshaped(Dims dims) const
{
    Tensor result = *this;
    result.setDims(std::move(dims));
    CHECK(result.m_elementCount == m_elementCount);
    return result;
}

Result<std::vector<std::int64_t>> Tensor::toInt64s() const
{
    switch (m_type) {
    case DataType::Int64:
        return converted<std::int64_t, std::int64_t>(*this);
    case DataType::Int32:
        return converted<std::int64_t, std::int32_t>(*this);
    case DataType::Int16:
        return converted<std::int64_t, std::int16_t>(*this);
    case DataType::Int8:
        return converted<std::int64_t, std::int8_t>(*this);
    case DataType::UInt8:
        return converted<std::int64_t, std::uint8_t>(*this);
    case DataType::UInt16:
        return converted<std::int64_t, std::uint16_t>(*this);
    case DataType::UInt32:
        return converted<std::int64_t, std::uint32_t>(*this);
    case DataType::UInt64:
        return converted<std::int64_t, std::uint64_t>(*this);
    case DataType::Bool: {
        std::vector<std::int64_t> values;
        for (std::int64_t i = 0; i < m_elementCount; ++i)
            values.push_back(m_data[i] != std::byte{0} ? 1 : 0);
        return values;
    }
    default:
        return Error{
            ErrorCode::BadModel, "expected a tensor of integers, found " + std::string(name(m_type)), {}};
    }
}

Result<std::vector<double>> Tensor::toDoubles() const
{
    switch (m_type) {
    case DataType::Float32:
        return converted<double, float>(*this);
    case DataType::Float64:
        return converted<double, double>(*this);
    case DataType::Float16:
    case DataType::BFloat16: {
        auto* bits = reinterpret_cast<const std::uint16_t*>(m_data);
        std::vector<double> values;
        values.reserve(static_cast<std::size_t>(m_elementCount));
        for (std::int64_t i = 0; i < m_elementCount; ++i)
            values.push_back(m_type == DataType::Float16 ? floatFromHalf(bits[i])
                                                         : floatFromBFloat16(bits[i]));
        return values;
    }
    default: {
        auto integers = toInt64s();
        if (!integers.ok())
            return Error{
                ErrorCode::BadModel, "expected a tensor of numbers, found " + std::string(name(m_type)), {}};
        return std::vector<double>(integers->begin(), integers->end());
    }
    }
}

bool Tensor::identicalTo(const Tensor& other) const
{
    if (m_type != other.m_type || m_dims != other.m_dims)
        return false;
    if (m_type == DataType::String)
        return m_owner == other.m_owner || strings() == other.strings();
    return m_data == other.m_data || m_byteSize == 0 || std::memcmp(m_data, other.m_data, m_byteSize) == 0;
}

} // namespace orrery::graph
