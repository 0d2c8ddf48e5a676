#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The loop over directions and steps of a recurrent operator, over a Cell that turns gates into the next
// state. Entries of the batch that have ended keep their state, and their outputs are zero; backward goes
// through each entry from its own end. The entries of a step that go on are gathered into contiguous rows, so
// that a cell sees plain matrices.

#include "engine/ops/gemm.h"
#include "engine/ops/recurrent/recurrent.h"

#include <algorithm>

namespace orrery::ops {

// What a cell gets for one direction.
template<class T>
struct CellView {
    const RecurrentAttributes* attributes = nullptr;
    std::int64_t hidden = 0;
    const T* recurrentWeight = nullptr; // gates·hidden × hidden
    const T* recurrentBias = nullptr;   // gates·hidden, or null
    const T* peephole = nullptr;        // 3·hidden, or null
    const CellActivation* activations = nullptr;

    void clip(T* data, std::int64_t n) const
    {
        if (attributes->clip == 0)
            return;
        const T limit = attributes->clip;
        for (std::int64_t i = 0; i < n; ++i)
            data[i] = data[i] < -limit ? -limit : data[i] > limit ? limit : data[i];
    }
};

// Runs the operator. Cell::step(context, view, rows, input, state, cellState, gates) gets, for `rows` batch
// entries: input = X·Wᵀ + bias (rows × gates·hidden, may be overwritten), the states (rows × hidden, to be
// replaced) and work space `gates` (rows × gates·hidden).
template<class T, class Cell>
Result<void> runRecurrent(KernelContext& context, const RecurrentAttributes& attributes)
{
    const RecurrentSizes sizes = TRY(recurrentSizes(context, attributes));
    const std::vector<std::int64_t> lengths = TRY(sequenceLengths(context.input(4), sizes));
    const graph::DataType type = context.input(0)->type();
    auto wanted = [&](std::size_t i, const graph::Dims& dims) -> Result<T*> {
        if (!context.wantsOutput(i))
            return static_cast<T*>(nullptr);
        graph::Tensor* tensor = TRY(context.output(i, type, dims));
        std::fill_n(tensor->template mutableData<T>(), tensor->elementCount(), T(0));
        return tensor->template mutableData<T>();
    };
    T* sequence = TRY(wanted(0, sequenceDims(attributes, sizes)));
    T* lastHidden = TRY(wanted(1, stateDims(attributes, sizes)));
    T* lastCell = TRY(wanted(2, stateDims(attributes, sizes)));
    if (sizes.batch == 0 || sizes.hidden == 0)
        return {};

    auto data = [&](std::size_t i) -> const T* {
        return context.input(i) == nullptr ? nullptr : context.input(i)->template data<T>();
    };
    const std::int64_t gateRows = attributes.gates * sizes.hidden;
    const std::int64_t entries = sizes.steps * sizes.batch;
    const std::int64_t elements = TRY(workElements(sizes, gateRows));
    T* all = reinterpret_cast<T*>(TRY(context.scratch(static_cast<std::size_t>(elements) * sizeof(T))));
    T* input = all + entries * gateRows; // of the active entries of one step, in order
    T* gates = input + sizes.batch * gateRows;
    T* hidden = gates + sizes.batch * gateRows;
    T* cell = hidden + sizes.batch * sizes.hidden;
    T* activeHidden = cell + sizes.batch * sizes.hidden;
    T* activeCell = activeHidden + sizes.batch * sizes.hidden;
    const std::size_t perWay = attributes.activations.size() / attributes.ways.size();

    for (std::int64_t direction = 0; direction < attributes.directions(); ++direction) {
        CellView<T> view;
        view.attributes = &attributes;
        view.hidden = sizes.hidden;
        view.recurrentWeight = data(2) + direction * gateRows * sizes.hidden;
        view.activations = attributes.activations.data() + static_cast<std::size_t>(direction) * perWay;
        const T* bias = data(3) == nullptr ? nullptr : data(3) + direction * 2 * gateRows;
        view.recurrentBias = bias == nullptr ? nullptr : bias + gateRows;
        view.peephole = data(7) == nullptr ? nullptr : data(7) + direction * 3 * sizes.hidden;
        for (std::int64_t i = 0; i < entries; ++i)
            if (bias != nullptr)
                std::copy_n(bias, gateRows, all + i * gateRows);
            else
                std::fill_n(all + i * gateRows, gateRows, T(0));
        parallelMatrixProduct<T>(
            context, {entries, gateRows, sizes.input}, {data(0), sizes.input},
            {data(1) + direction * gateRows * sizes.input, sizes.input, Layout::Transposed}, all, gateRows,
            Into::Add);
        for (std::int64_t b = 0; b < sizes.batch; ++b) {
            const std::int64_t from = stateOffset(attributes, sizes, direction, b);
            for (auto [initial, state] : {std::pair(data(5), hidden), std::pair(data(6), cell)})
                if (initial != nullptr)
                    std::copy_n(initial + from, sizes.hidden, state + b * sizes.hidden);
                else
                    std::fill_n(state + b * sizes.hidden, sizes.hidden, T(0));
        }
        const bool backward = attributes.ways[static_cast<std::size_t>(direction)] == Way::Backward;
        for (std::int64_t step = 0; step < sizes.steps && !context.stopRequested(); ++step) {
            auto stepOf = [&](std::int64_t b) {
                return backward ? lengths[static_cast<std::size_t>(b)] - 1 - step : step;
            };
            std::int64_t rows = 0;
            for (std::int64_t b = 0; b < sizes.batch; ++b) {
                if (step >= lengths[static_cast<std::size_t>(b)])
                    continue;
                const std::int64_t at = stepOf(b);
                const std::int64_t entry = attributes.layout == RecurrentLayout::BatchFirst
                                               ? b * sizes.steps + at
                                               : at * sizes.batch + b;
                std::copy_n(all + entry * gateRows, gateRows, input + rows * gateRows);
                std::copy_n(hidden + b * sizes.hidden, sizes.hidden, activeHidden + rows * sizes.hidden);
                std::copy_n(cell + b * sizes.hidden, sizes.hidden, activeCell + rows * sizes.hidden);
                ++rows;
            }
            if (rows == 0)
                break;
            Cell::step(context, view, rows, input, activeHidden, activeCell, gates);
            rows = 0;
            for (std::int64_t b = 0; b < sizes.batch; ++b) {
                if (step >= lengths[static_cast<std::size_t>(b)])
                    continue;
                std::copy_n(activeHidden + rows * sizes.hidden, sizes.hidden, hidden + b * sizes.hidden);
                std::copy_n(activeCell + rows * sizes.hidden, sizes.hidden, cell + b * sizes.hidden);
                if (sequence != nullptr)
                    std::copy_n(activeHidden + rows * sizes.hidden, sizes.hidden,
                                sequence + sequenceOffset(attributes, sizes, stepOf(b), direction, b));
                ++rows;
            }
        }
        for (std::int64_t b = 0; b < sizes.batch; ++b) {
            const std::int64_t to = stateOffset(attributes, sizes, direction, b);
            if (lastHidden != nullptr)
                std::copy_n(hidden + b * sizes.hidden, sizes.hidden, lastHidden + to);
            if (lastCell != nullptr)
                std::copy_n(cell + b * sizes.hidden, sizes.hidden, lastCell + to);
        }
    }
    return {};
}

} // namespace orrery::ops
