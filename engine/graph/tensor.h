#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Tensor: an element type, concrete dims, and bytes in row-major order. Copies share the bytes. Bytes either
// belong to a reference-counted owner (a loaded file, a heap allocation) or are borrowed from an arena that
// outlives the tensor. Whoever allocated a tensor may write to it until it is shared; nobody writes to a
// constant. String tensors keep their elements in strings() and have no bytes. 4-bit types are packed two to
// a byte, low nibble first.

#include "engine/base/check.h"
#include "engine/base/result.h"
#include "engine/graph/shape.h"
#include "engine/graph/tensor_type.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace orrery::graph {

class Tensor {
public:
    Tensor() = default; // Undefined type, no elements

    // Uninitialised, 64-byte aligned bytes of its own. LimitReached when the size overflows or memory is
    // short.
    static Result<Tensor> allocate(DataType type, Dims dims);
    // Bytes of somebody else; owner may be null when they outlive every copy. bytes must be byteSizeOf(type,
    // dims).
    static Tensor borrow(DataType type, Dims dims, std::byte* data, std::shared_ptr<void> owner = nullptr);
    static Tensor ofStrings(Dims dims, std::vector<std::string> values);

    // A small tensor from values; for tests, attributes and folded constants.
    template<class T>
    static Tensor of(Dims dims, std::span<const T> values)
    {
        Tensor tensor = mustAllocate(dataTypeOf<T>(), std::move(dims));
        CHECK(static_cast<std::size_t>(tensor.elementCount()) == values.size());
        std::copy(values.begin(), values.end(), tensor.mutableData<T>());
        return tensor;
    }
    template<class T>
    static Tensor of(Dims dims, const std::vector<T>& values)
    {
        return of(std::move(dims), std::span<const T>(values));
    }
    template<class T>
    static Tensor scalar(T value)
    {
        return of<T>({}, std::span<const T>(&value, 1));
    }

    DataType type() const { return m_type; }
    const Dims& dims() const { return m_dims; }
    std::size_t rank() const { return m_dims.size(); }
    std::int64_t elementCount() const { return m_elementCount; }
    std::size_t byteSize() const { return m_byteSize; }
    bool defined() const { return m_type != DataType::Undefined; }

    const std::byte* bytes() const { return m_data; }
    std::byte* mutableBytes() { return m_data; }

    template<class T>
    const T* data() const
    {
        CHECK(dataTypeOf<T>() == m_type);
        return reinterpret_cast<const T*>(m_data);
    }
    template<class T>
    T* mutableData()
    {
        CHECK(dataTypeOf<T>() == m_type);
        return reinterpret_cast<T*>(m_data);
    }
    template<class T>
    std::span<const T> span() const
    {
        return {data<T>(), static_cast<std::size_t>(m_elementCount)};
    }

    const std::vector<std::string>& strings() const;
    std::vector<std::string>& mutableStrings();

    // The same bytes under other dims of equal element count.
    Tensor reshaped(Dims dims) const;
    // The same bytes as another type and other dims of equal byte size.
    Tensor viewAs(DataType type, Dims dims) const;
    // The bytes were allocated for a tensor and no other holds them, so they may be written to.
    bool isSoleHolder() const { return m_allocated && m_owner.use_count() == 1; }

    // Elements of an integer or bool tensor as int64, of any number tensor as double; for shapes, axes and
    // the like. BadModel when the type does not fit.
    Result<std::vector<std::int64_t>> toInt64s() const;
    Result<std::vector<double>> toDoubles() const;

    // Same type, dims and bytes (bitwise).
    bool identicalTo(const Tensor& other) const;

private:
    static Tensor mustAllocate(DataType type, Dims dims);
    void setDims(Dims dims);

    DataType m_type = DataType::Undefined;
    Dims m_dims;
    std::int64_t m_elementCount = 0;
    std::size_t m_byteSize = 0;
    std::byte* m_data = nullptr;
    std::shared_ptr<void> m_owner;
    bool m_allocated = false; // by allocate(): not lent, not mapped from a file
};

// Bytes of a tensor; nullopt for a negative dim or on overflow of 2^62. 0 for String.
std::optional<std::size_t> byteSizeOf(DataType type, const Dims& dims);

} // namespace orrery::graph
