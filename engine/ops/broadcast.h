#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Broadcast: how up to three operands are walked together under ONNX's multidirectional (NumPy's) rule. Dims
// of one element vanish and neighbouring dims over which every operand moves alike are merged, so that what
// is left is rows: along a row each operand either stands still (lane 0) or moves by one element (lane 1).
// The output is row-major and dense. Made per run from concrete dims; const afterwards.

#include "engine/base/result.h"
#include "engine/graph/shape.h"
#include "engine/ops/kernel.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace orrery::ops {

class Broadcast {
public:
    static constexpr std::size_t maxOperands = 3;
    using Offsets = std::array<std::int64_t, maxOperands>; // in elements, per operand

    // BadModel naming both shapes when they do not fit; LimitReached when the result has too many elements.
    static Result<Broadcast> create(std::initializer_list<const graph::Dims*> operands);

    const graph::Dims& dims() const { return m_dims; }
    std::int64_t count() const { return m_count; }
    std::int64_t lane(std::size_t operand) const { return m_lanes[operand]; }

    // Calls row(first output element, first element of each operand, length) for the rows, or parts of rows,
    // that make up the output elements [begin, end).
    void forRows(std::int64_t begin, std::int64_t end,
                 FunctionRef<void(std::int64_t, const Offsets&, std::int64_t)> row) const;

private:
    struct Outer {
        std::int64_t size = 1;
        Offsets strides{};
    };

    graph::Dims m_dims;
    std::int64_t m_count = 0;
    std::int64_t m_rowLength = 1;
    Offsets m_lanes{};
    std::vector<Outer> m_outer; // innermost first
};

} // namespace orrery::ops
