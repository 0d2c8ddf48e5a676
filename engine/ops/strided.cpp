// SPDX-License-Identifier: Apache-2.0
//
// How a box is copied. Axes of length one go; the rest are ordered by their stride in the output, so that
// writes run forward, and neighbours that are dense on both sides become one axis. Then, by what is left:
//   rows     the last axis is dense on both sides: one memcpy a row. Rows of 2 to 16 bytes become one wider
//            element instead, which turns the copy into one of the other two kinds.
//   tiles    one axis is dense in the input and another in the output: a transposition, done in square tiles
//            that stay in the first-level cache; four-byte elements go through 4×4 register blocks.
//   strides  anything else, element by element along the last axis.
// Work is cut over the remaining axes; each piece decodes its first index and then counts like an odometer.
#include "engine/ops/strided.h"

#include <algorithm>
#include <array>

namespace orrery::ops {

using graph::DataType;

namespace {

constexpr std::int64_t bytesPerPiece = 64 * 1024;

template<class T>
void copyOne(const std::byte* from, std::byte* to)
{
    if constexpr (std::is_same_v<T, std::string>)
        *reinterpret_cast<std::string*>(to) = *reinterpret_cast<const std::string*>(from);
    else
        std::memcpy(to, from, sizeof(T));
}

// Byte strides; outermost first; no axis of length one.
std::vector<CopyAxis> coalesced(std::vector<CopyAxis> axes)
{
    std::erase_if(axes, [](const CopyAxis& a) { return a.count == 1; });
    std::stable_sort(axes.begin(), axes.end(),
                     [](const CopyAxis& a, const CopyAxis& b) { return a.to > b.to; });
    std::vector<CopyAxis> result;
    for (const CopyAxis& axis : axes) {
        if (!result.empty() && result.back().from == axis.from * axis.count &&
            result.back().to == axis.to * axis.count) {
            result.back() = CopyAxis{result.back().count * axis.count, axis.from, axis.to};
        } else {
            result.push_back(axis);
        }
    }
    return result;
}

std::int64_t countOf(std::span<const CopyAxis> axes)
{
    std::int64_t count = 1;
    for (const CopyAxis& axis : axes)
        count *= axis.count;
    return count;
}

// Calls body(fromOffset, toOffset) for the indices [begin, end) of a box, last axis fastest.
template<class F>
void walk(std::span<const CopyAxis> axes, std::int64_t begin, std::int64_t end, F&& body)
{
    std::array<std::int64_t, 66> index{}; // counts above one whose product fits 63 bits, and two for tiles
    CHECK(axes.size() <= index.size());
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::int64_t rest = begin;
    for (std::size_t i = axes.size(); i-- > 0;) {
        index[i] = rest % axes[i].count;
        rest /= axes[i].count;
        from += index[i] * axes[i].from;
        to += index[i] * axes[i].to;
    }
    for (std::int64_t n = begin; n < end; ++n) {
        body(from, to);
        for (std::size_t i = axes.size(); i-- > 0;) {
            from += axes[i].from;
            to += axes[i].to;
            if (++index[i] < axes[i].count)
                break;
            from -= axes[i].from * axes[i].count;
            to -= axes[i].to * axes[i].count;
            index[i] = 0;
        }
    }
}

struct Box {
    KernelContext& context;
    const std::byte* from;
    std::byte* to;
    std::vector<CopyAxis> axes;
    std::int64_t slot; // bytes
};

void copyRows(const Box& box)
{
    std::int64_t rowBytes = box.axes.back().count * box.slot;
    std::span<const CopyAxis> outer(box.axes.data(), box.axes.size() - 1);
    if (outer.empty()) {
        box.context.parallelFor(rowBytes, 4 * bytesPerPiece, [&](std::int64_t begin, std::int64_t end) {
            std::memcpy(box.to + begin, box.from + begin, static_cast<std::size_t>(end - begin));
        });
        return;
    }
    std::int64_t grain = std::max<std::int64_t>(1, bytesPerPiece / rowBytes);
    box.context.parallelFor(countOf(outer), grain, [&](std::int64_t begin, std::int64_t end) {
        walk(outer, begin, end, [&](std::int64_t from, std::int64_t to) {
            std::memcpy(box.to + to, box.from + from, static_cast<std::size_t>(rowBytes));
        });
    });
}

template<class T>
void copyByStride(const Box& box)
{
    CopyAxis last = box.axes.empty() ? CopyAxis{1, 0, 0} : box.axes.back();
    std::span<const CopyAxis> outer(box.axes.data(), box.axes.empty() ? 0 : box.axes.size() - 1);
    std::int64_t grain = std::max<std::int64_t>(1, bytesPerPiece / (last.count * box.slot));
    box.context.parallelFor(countOf(outer), grain, [&](std::int64_t begin, std::int64_t end) {
        walk(outer, begin, end, [&](std::int64_t from, std::int64_t to) {
            const std::byte* f = box.from + from;
            std::byte* t = box.to + to;
            if constexpr (!std::is_same_v<T, std::string>) {
                if (last.to == static_cast<std::int64_t>(sizeof(T))) {
                    T value{};
                    if (last.from == 0) {
                        std::memcpy(&value, f, sizeof(T));
                        for (std::int64_t i = 0; i < last.count; ++i)
                            std::memcpy(t + i * static_cast<std::int64_t>(sizeof(T)), &value, sizeof(T));
                    } else {
                        for (std::int64_t i = 0; i < last.count; ++i)
                            std::memcpy(t + i * static_cast<std::int64_t>(sizeof(T)), f + i * last.from,
                                        sizeof(T));
                    }
                    return;
                }
            }
            for (std::int64_t i = 0; i < last.count; ++i)
                copyOne<T>(f + i * last.from, t + i * last.to);
        });
    });
}

using Lanes = std::uint32_t __attribute__((vector_size(16)));

// to[r][c] = from[c][r] of 4×4 four-byte elements; strides in bytes.
inline void transpose4x4(const std::byte* from, std::int64_t fromStride, std::byte* to, std::int64_t toStride)
{
    Lanes a;
    Lanes b;
    Lanes c;
    Lanes d;
    std::memcpy(&a, from, 16);
    std::memcpy(&b, from + fromStride, 16);
    std::memcpy(&c, from + 2 * fromStride, 16);
    std::memcpy(&d, from + 3 * fromStride, 16);
    Lanes ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    Lanes cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    Lanes abHigh = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    Lanes cdHigh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    Lanes rows[4] = {__builtin_shufflevector(ab, cd, 0, 1, 4, 5), __builtin_shufflevector(ab, cd, 2, 3, 6, 7),
                     __builtin_shufflevector(abHigh, cdHigh, 0, 1, 4, 5),
                     __builtin_shufflevector(abHigh, cdHigh, 2, 3, 6, 7)};
    for (int r = 0; r < 4; ++r)
        std::memcpy(to + r * toStride, &rows[r], 16);
}

// rows × columns elements: rows are dense in the input (row r is at r slots), columns in the output.
template<class T>
void transposeTile(const std::byte* from, std::int64_t fromStride, std::byte* to, std::int64_t toStride,
                   std::int64_t rows, std::int64_t columns)
{
    constexpr auto slot = static_cast<std::int64_t>(sizeof(T));
    std::int64_t doneRows = 0;
    if constexpr (sizeof(T) == 4) {
        std::int64_t fullColumns = columns / 4 * 4;
        for (; doneRows + 4 <= rows; doneRows += 4) {
            for (std::int64_t c = 0; c < fullColumns; c += 4)
                transpose4x4(from + doneRows * slot + c * fromStride, fromStride,
                             to + doneRows * toStride + c * slot, toStride);
            for (std::int64_t c = fullColumns; c < columns; ++c)
                for (std::int64_t r = doneRows; r < doneRows + 4; ++r)
                    std::memcpy(to + r * toStride + c * slot, from + r * slot + c * fromStride, sizeof(T));
        }
    }
    for (std::int64_t r = doneRows; r < rows; ++r)
        for (std::int64_t c = 0; c < columns; ++c)
            std::memcpy(to + r * toStride + c * slot, from + r * slot + c * fromStride, sizeof(T));
}

// Axis `dense` is dense in the input, the last axis in the output.
template<class T>
void copyTiles(const Box& box, std::size_t dense)
{
    constexpr std::int64_t side = sizeof(T) >= 8 ? 16 : 32;
    CopyAxis rows = box.axes[dense];
    CopyAxis columns = box.axes.back();
    std::vector<CopyAxis> outer(box.axes.begin(), box.axes.end() - 1);
    // The outer box counts whole tiles along the row axis and longer blocks of columns.
    constexpr std::int64_t blockLength = 32 * side;
    std::int64_t tiles = (rows.count + side - 1) / side;
    std::int64_t blocks = (columns.count + blockLength - 1) / blockLength;
    outer.erase(outer.begin() + static_cast<std::ptrdiff_t>(dense));
    outer.push_back(CopyAxis{blocks, columns.from * blockLength, columns.to * blockLength});
    outer.push_back(CopyAxis{tiles, rows.from * side, rows.to * side});
    std::int64_t tileBytes = std::min(side, rows.count) * std::min(blockLength, columns.count) * box.slot;
    std::int64_t grain = std::max<std::int64_t>(1, bytesPerPiece / tileBytes);
    box.context.parallelFor(countOf(outer), grain, [&](std::int64_t begin, std::int64_t end) {
        std::int64_t n = begin;
        walk(outer, begin, end, [&](std::int64_t from, std::int64_t to) {
            std::int64_t tileRows = std::min(side, rows.count - n % tiles * side);
            std::int64_t tileColumns =
                std::min(blockLength, columns.count - n / tiles % blocks * blockLength);
            for (std::int64_t c = 0; c < tileColumns; c += side)
                transposeTile<T>(box.from + from + c * columns.from, columns.from,
                                 box.to + to + c * columns.to, rows.to, tileRows,
                                 std::min(side, tileColumns - c));
            ++n;
        });
    });
}

template<class T>
void copyElements(const Box& box)
{
    auto slot = static_cast<std::int64_t>(sizeof(T));
    if (!box.axes.empty() && box.axes.back().to == slot) {
        for (std::size_t i = 0; i + 1 < box.axes.size(); ++i)
            if (box.axes[i].from == slot)
                return copyTiles<T>(box, i);
    }
    copyByStride<T>(box);
}

} // namespace

Result<std::size_t> slotBytes(DataType type)
{
    if (type == DataType::String)
        return sizeof(std::string);
    std::size_t bytes = graph::elementBytes(type);
    if (bytes == 0)
        return Error{ErrorCode::Unsupported,
                     "element type " + std::string(graph::name(type)) +
                         " is not implemented for this operator",
                     {}};
    return bytes;
}

const std::byte* slots(const graph::Tensor& tensor)
{
    return tensor.type() == DataType::String ? reinterpret_cast<const std::byte*>(tensor.strings().data())
                                             : tensor.bytes();
}

std::byte* slots(graph::Tensor& tensor)
{
    return tensor.type() == DataType::String ? reinterpret_cast<std::byte*>(tensor.mutableStrings().data())
                                             : tensor.mutableBytes();
}

void copyStrided(KernelContext& context, DataType type, const std::byte* from, std::byte* to,
                 std::vector<CopyAxis> axes)
{
    auto slot =
        static_cast<std::int64_t>(type == DataType::String ? sizeof(std::string) : graph::elementBytes(type));
    for (CopyAxis& axis : axes) {
        if (axis.count <= 0)
            return;
        axis.from *= slot;
        axis.to *= slot;
    }
    Box box{context, from, to, coalesced(std::move(axes)), slot};
    if (type == DataType::String)
        return copyByStride<std::string>(box);
    auto endsInRow = [&] {
        return !box.axes.empty() && box.axes.back().from == box.slot && box.axes.back().to == box.slot;
    };
    if (endsInRow()) {
        std::int64_t row = box.axes.back().count * box.slot;
        if (box.axes.size() == 1 || (row != 2 && row != 4 && row != 8 && row != 16))
            return copyRows(box);
        box.slot = row;
        box.axes.pop_back();
    }
    switch (box.slot) {
    case 1:
        return copyElements<std::uint8_t>(box);
    case 2:
        return copyElements<std::uint16_t>(box);
    case 4:
        return copyElements<std::uint32_t>(box);
    case 8:
        return copyElements<std::uint64_t>(box);
    default:
        return copyElements<Bytes16>(box);
    }
}

void copySlots(DataType type, const std::byte* from, std::byte* to, std::int64_t count)
{
    if (type == DataType::String) {
        auto* first = reinterpret_cast<const std::string*>(from);
        std::copy(first, first + count, reinterpret_cast<std::string*>(to));
    } else if (count > 0) {
        std::memcpy(to, from, static_cast<std::size_t>(count) * graph::elementBytes(type));
    }
}

void fillSlots(DataType type, const std::byte* value, std::byte* to, std::int64_t count)
{
    auto fill = [&]<class T>(TypeTag<T>) -> Result<void> {
        if constexpr (std::is_same_v<T, std::string>) {
            std::fill_n(reinterpret_cast<std::string*>(to), count,
                        *reinterpret_cast<const std::string*>(value));
        } else {
            T copy{};
            std::memcpy(&copy, value, sizeof(T));
            for (std::int64_t i = 0; i < count; ++i)
                std::memcpy(to + i * static_cast<std::int64_t>(sizeof(T)), &copy, sizeof(T));
        }
        return {};
    };
    CHECK(withSlot(type, fill).ok());
}

void clearSlots(DataType type, std::byte* to, std::int64_t count)
{
    if (type == DataType::String) {
        for (std::int64_t i = 0; i < count; ++i)
            reinterpret_cast<std::string*>(to)[i].clear();
    } else if (count > 0) {
        std::memset(to, 0, static_cast<std::size_t>(count) * graph::elementBytes(type));
    }
}

graph::Dims rowMajorStrides(const graph::Dims& dims)
{
    graph::Dims strides(dims.size());
    std::uint64_t stride = 1; // wraps without harm where a dim is zero and nothing will be moved
    for (std::size_t i = dims.size(); i-- > 0;) {
        strides[i] = static_cast<std::int64_t>(stride);
        stride *= static_cast<std::uint64_t>(dims[i]);
    }
    return strides;
}

} // namespace orrery::ops
