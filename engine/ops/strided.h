#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Moving elements without knowing their type. A slot is the place of one element in memory: its 1, 2, 4, 8 or
// 16 bytes, or a std::string. copyStrided() is the one loop behind Transpose, Slice, Concat, Split, Expand,
// Tile and the like: a box of slots read with one set of strides and written with another. Nothing here
// checks bounds: callers derive counts and strides from shapes that they have validated.

#include "engine/ops/dispatch.h"
#include "engine/ops/kernel.h"

#include <cstring>
#include <string>

namespace orrery::ops {

struct CopyAxis {
    std::int64_t count = 0;
    std::int64_t from = 0; // strides in slots; zero repeats, negative walks back
    std::int64_t to = 0;
};

// Bytes of a slot; Unsupported for the packed 4-bit types.
Result<std::size_t> slotBytes(graph::DataType type);
const std::byte* slots(const graph::Tensor& tensor);
std::byte* slots(graph::Tensor& tensor);

// Copies the box in parallel. from and to point at the slots of index zero; the two do not overlap.
void copyStrided(KernelContext& context, graph::DataType type, const std::byte* from, std::byte* to,
                 std::vector<CopyAxis> axes);
// count neighbouring slots, on the calling thread.
void copySlots(graph::DataType type, const std::byte* from, std::byte* to, std::int64_t count);
// count neighbouring slots become the one at value.
void fillSlots(graph::DataType type, const std::byte* value, std::byte* to, std::int64_t count);
// Slots that stand for zero, false or the empty string.
void clearSlots(graph::DataType type, std::byte* to, std::int64_t count);

// Strides in slots of a dense row-major tensor.
graph::Dims rowMajorStrides(const graph::Dims& dims);

// Sixteen bytes that are moved as one.
struct Bytes16 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

// Calls f(TypeTag<T>()) with the storage type of a slot: an unsigned integer of its size, Bytes16, or
// std::string. f returns Result<void>.
template<class F>
Result<void> withSlot(graph::DataType type, F&& f)
{
    switch (type == graph::DataType::String ? 0 : TRY(slotBytes(type))) {
    case 0:
        return f(TypeTag<std::string>());
    case 1:
        return f(TypeTag<std::uint8_t>());
    case 2:
        return f(TypeTag<std::uint16_t>());
    case 4:
        return f(TypeTag<std::uint32_t>());
    case 8:
        return f(TypeTag<std::uint64_t>());
    default:
        return f(TypeTag<Bytes16>());
    }
}

} // namespace orrery::ops
