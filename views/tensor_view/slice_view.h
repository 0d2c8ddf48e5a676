#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// SliceView: a tensor of any rank looked at as rows and columns: one axis runs down, one across (or none),
// each over a range with a step, the others stand at an index. What the slice field, the axis choosers, the
// table, the heat map and the lines share. A plain value; knows dims, not bytes. Written as in NumPy:
// "[0, :, 2:5]". -1 stands for "no axis".

#include "engine/base/result.h"
#include "engine/graph/shape.h"

#include <string>
#include <string_view>
#include <vector>

namespace orrery::tensor_view {

struct Cell {
    std::int64_t row = 0, column = 0;
    friend bool operator==(const Cell&, const Cell&) = default;
};

class SliceView {
public:
    SliceView() = default; // of a scalar
    // The last two axes whole, the first index of all others; one axis runs down.
    explicit SliceView(graph::Dims dims);
    // Integers fix an axis, ranges leave it free; the last two free axes become rows and columns, those
    // before them stand at their start. Usage that says which part is wrong.
    static Result<SliceView> parse(std::string_view text, const graph::Dims& dims);
    std::string text() const;

    const graph::Dims& dims() const { return m_dims; }
    int rank() const { return int(m_dims.size()); }
    int rowAxis() const { return m_rowAxis; }
    int columnAxis() const { return m_columnAxis; }
    // Choosing the axis of the other one swaps them.
    void setRowAxis(int axis);
    void setColumnAxis(int axis);
    std::int64_t index(int axis) const { return m_axes[std::size_t(axis)].start; } // of a standing axis
    void setIndex(int axis, std::int64_t index);                                   // clamped
    SliceView transposed() const;

    std::int64_t rows() const;
    std::int64_t columns() const;
    // The tensor's own index of a row or column, for headers.
    std::int64_t rowIndex(std::int64_t row) const { return indexAt(m_rowAxis, row); }
    std::int64_t columnIndex(std::int64_t column) const { return indexAt(m_columnAxis, column); }
    // Flat index of a cell within rows() × columns().
    std::int64_t flat(std::int64_t row, std::int64_t column) const
    {
        return m_base + row * m_rowStride + column * m_columnStride;
    }
    std::int64_t rowStride() const { return m_rowStride; } // in elements, from one row to the next
    std::int64_t columnStride() const { return m_columnStride; }
    // Moves the standing axes, and widens a range that leaves the element out, so that it can be seen.
    Cell reveal(std::int64_t flatIndex);

    friend bool operator==(const SliceView&, const SliceView&) = default;

private:
    struct Range {
        std::int64_t start = 0, step = 1, count = 1; // of a standing axis: its index
        friend bool operator==(const Range&, const Range&) = default;
    };

    std::int64_t indexAt(int axis, std::int64_t place) const;
    std::string rangeText(std::size_t axis) const;
    void setAxis(int& mine, int& other, int axis);
    void update();

    graph::Dims m_dims;
    std::vector<Range> m_axes;
    int m_rowAxis = -1, m_columnAxis = -1;
    std::int64_t m_base = 0, m_rowStride = 0, m_columnStride = 0; // follow from the above
};

} // namespace orrery::tensor_view
