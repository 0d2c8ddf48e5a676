#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A model with as many nodes as asked for, for programs that measure what depends on that number.

#include "engine/graph/model.h"

#include <fmt/format.h>

#include <vector>

namespace orrery::perf {

// Blocks of MatMul, Add, Relu, Mul with a residual Add, weights of their own each.
inline graph::Model largeModel(std::size_t nodes)
{
    graph::Model model;
    model.irVersion = 8;
    model.opsets = {{"", 17}};
    graph::Graph& g = model.graph;
    RegionId main = g.mainRegion();
    ValueId x = g.addValue(
        main, "x",
        graph::ValueType::tensor(graph::DataType::Float32, graph::Shape({graph::Dim::symbolic("N"), 8})));
    g.main().inputs = {x};
    auto node = [&](const char* op, std::vector<ValueId> inputs) {
        graph::Node made;
        made.opType = op;
        made.name = fmt::format("{}_{}", op, g.nodeSlots());
        made.inputs = std::move(inputs);
        ValueId out = g.addValue(main, fmt::format("v{}", g.valueSlots()));
        made.outputs = {out};
        g.addNode(main, std::move(made));
        return out;
    };
    auto weight = [&](graph::Dims dims) {
        auto count = static_cast<std::size_t>(dims[0] * (dims.size() > 1 ? dims[1] : 1));
        return g.addConstant(main, fmt::format("w{}", g.valueSlots()),
                             graph::Tensor::of<float>(std::move(dims), std::vector<float>(count, 0.1f)));
    };
    while (g.nodeSlots() + 5 <= nodes) {
        ValueId y = node("MatMul", {x, weight({8, 8})});
        y = node("Add", {y, weight({8})});
        y = node("Relu", {y});
        y = node("Mul", {y, weight({8})});
        x = node("Add", {y, x});
    }
    g.main().outputs = {x};
    return model;
}

} // namespace orrery::perf
