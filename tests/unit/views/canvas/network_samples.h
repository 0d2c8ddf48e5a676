#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Networks made up for tests and benchmarks of the canvas: a ResNet of any depth and a transformer with a
// mask that every layer reads, with scopes, shapes and an optional overlay of made-up times.

#include "views/canvas/groups.h"

#include <cmath>
#include <string>

namespace orrery::canvas::samples {

class Builder {
public:
    std::uint32_t add(NodeKind kind, std::string type, std::string name, std::string scope,
                      std::vector<std::string> lines = {})
    {
        DisplayNode node;
        node.id = std::uint32_t(graph.nodes.size());
        node.kind = kind;
        node.key = kind == NodeKind::GraphInput    ? inputKey(node.id)
                   : kind == NodeKind::GraphOutput ? outputKey(node.id)
                   : kind == NodeKind::Constant    ? constantKey(node.id)
                                                   : node.id;
        node.category = theme::categoryOfOpType(type);
        node.title = std::move(type);
        node.subtitle = std::move(name);
        node.scope = std::move(scope);
        node.lines = std::move(lines);
        graph.nodes.push_back(std::move(node));
        return graph.nodes.back().id;
    }

    std::uint32_t op(std::string type, std::string name, std::string scope, std::vector<std::uint32_t> inputs,
                     std::string shape, std::vector<std::string> lines = {})
    {
        const std::uint32_t node =
            add(NodeKind::Op, std::move(type), std::move(name), std::move(scope), std::move(lines));
        shapes.resize(graph.nodes.size());
        shapes[node] = std::move(shape);
        std::uint16_t port = 0;
        for (std::uint32_t input : inputs)
            connect(input, node, port++);
        return node;
    }

    void connect(std::uint32_t from, std::uint32_t to, std::uint16_t port = 0)
    {
        shapes.resize(graph.nodes.size());
        graph.edges.push_back({from, to, 0, port, EdgeKind::Data, from, shapes[from]});
    }

    DisplayGraph graph;
    std::vector<std::string> shapes; // of each node's output
};

inline void addTimes(DisplayGraph& graph)
{
    graph.legend = {"Self time per run, mean of 20", "0 ms", "4.2 ms"};
    std::uint32_t seed = 12345;
    for (DisplayNode& node : graph.nodes) {
        seed = seed * 1664525u + 1013904223u;
        const bool heavy = node.category == OpCategory::Convolution;
        const float heat = float(seed >> 8) / float(1 << 24) * (heavy ? 1.0f : 0.25f);
        if (node.kind != NodeKind::Op || node.title == "Identity")
            continue;
        const int hundredths = int(heat * 420);
        node.overlay.measured = true;
        node.overlay.heat = heat;
        node.overlay.label = std::to_string(hundredths / 100) + "." +
                             std::to_string(100 + hundredths % 100).substr(1) + " ms · " +
                             std::to_string(int(heat * 12)) + " %";
    }
}

inline DisplayGraph resNet(int blocks, bool scopes = true)
{
    Builder b;
    std::uint32_t x = b.add(NodeKind::GraphInput, "image", "", "", {"f32 1×3×224×224"});
    b.shapes.push_back("1×3×224×224");
    x = b.op("Conv", "conv1", "", {x}, "1×64×112×112", {"kernel 7×7, stride 2", "pads 3, 3, 3, 3"});
    x = b.op("Relu", "relu", "", {x}, "1×64×112×112");
    x = b.op("MaxPool", "maxpool", "", {x}, "1×64×56×56", {"kernel 3×3, stride 2"});
    for (int i = 0; i < blocks; ++i) {
        const int stage = 1 + i * 4 / std::max(1, blocks);
        const std::string name = "layer" + std::to_string(stage) + "." + std::to_string(i);
        const std::string scope = scopes ? "layer" + std::to_string(stage) + "/" + std::to_string(i) : "";
        const std::string shape = "1×" + std::to_string(64 << stage) + "×" + std::to_string(112 >> stage) +
                                  "×" + std::to_string(112 >> stage);
        const std::uint32_t entry = x;
        x = b.op("Conv", name + ".conv1", scope, {x}, shape, {"kernel 1×1"});
        x = b.op("Relu", name + ".relu1", scope, {x}, shape);
        x = b.op("Conv", name + ".conv2", scope, {x}, shape, {"kernel 3×3, pads 1"});
        x = b.op("Relu", name + ".relu2", scope, {x}, shape);
        x = b.op("Conv", name + ".conv3", scope, {x}, shape, {"kernel 1×1"});
        std::uint32_t skip = entry;
        if (i % 4 == 0)
            skip = b.op("Conv", name + ".downsample", scope, {entry}, shape, {"kernel 1×1, stride 2"});
        x = b.op("Add", name + ".add", scope, {x, skip}, shape);
        x = b.op("Relu", name + ".relu", scope, {x}, shape);
    }
    x = b.op("GlobalAveragePool", "avgpool", "", {x}, "1×2048×1×1");
    x = b.op("Flatten", "flatten", "", {x}, "1×2048", {"axis 1"});
    x = b.op("Gemm", "fc", "", {x}, "1×1000", {"transB 1", "1000×2048 + 1000"});
    const std::uint32_t out = b.add(NodeKind::GraphOutput, "logits", "", "", {"f32 1×1000"});
    b.connect(x, out);
    if (b.graph.nodes.size() > 30)
        b.graph.nodes[25].badge = Badge::Warning;
    if (scopes)
        groupByScope(b.graph);
    return std::move(b.graph);
}

inline DisplayGraph transformer(int layers, std::size_t budget = 400)
{
    Builder b;
    const std::uint32_t ids = b.add(NodeKind::GraphInput, "input_ids", "", "", {"i64 1×128"});
    const std::uint32_t mask = b.add(NodeKind::GraphInput, "attention_mask", "", "", {"i64 1×128"});
    std::uint32_t x = b.op("Gather", "embeddings", "", {ids}, "1×128×768", {"30522×768"});
    std::uint32_t m = b.op("Unsqueeze", "mask/Unsqueeze", "mask", {mask}, "1×1×1×128", {"axes 1, 2"});
    m = b.op("Cast", "mask/Cast", "mask", {m}, "1×1×1×128", {"to f32"});
    m = b.op("Mul", "mask/Mul", "mask", {m}, "1×1×1×128");
    for (int i = 0; i < layers; ++i) {
        const std::string layer = "encoder/layer." + std::to_string(i);
        const std::string at = layer + "/attention";
        auto projection = [&](const char* which) {
            std::uint32_t y = b.op("MatMul", at + "/" + which + "/MatMul", at, {x}, "1×128×768", {"768×768"});
            y = b.op("Reshape", at + "/" + which + "/Reshape", at, {y}, "1×128×12×64");
            return b.op("Transpose", at + "/" + which + "/Transpose", at, {y}, "1×12×128×64",
                        {"perm 0, 2, 1, 3"});
        };
        const std::uint32_t q = projection("query"), k = projection("key"), v = projection("value");
        std::uint32_t y = b.op("MatMul", at + "/scores", at, {q, k}, "1×12×128×128");
        y = b.op("Add", at + "/mask", at, {y, m}, "1×12×128×128");
        y = b.op("Softmax", at + "/Softmax", at, {y}, "1×12×128×128", {"axis -1"});
        y = b.op("MatMul", at + "/context", at, {y, v}, "1×12×128×64");
        y = b.op("Transpose", at + "/Transpose", at, {y}, "1×128×12×64");
        y = b.op("Reshape", at + "/Reshape", at, {y}, "1×128×768");
        y = b.op("MatMul", at + "/output/MatMul", at, {y}, "1×128×768", {"768×768"});
        x = b.op("Add", layer + "/Add", layer, {y, x}, "1×128×768");
        x = b.op("LayerNormalization", layer + "/norm1", layer, {x}, "1×128×768", {"epsilon 1e-12"});
        const std::string ff = layer + "/mlp";
        y = b.op("MatMul", ff + "/up", ff, {x}, "1×128×3072", {"768×3072"});
        y = b.op("Gelu", ff + "/Gelu", ff, {y}, "1×128×3072");
        y = b.op("MatMul", ff + "/down", ff, {y}, "1×128×768", {"3072×768"});
        x = b.op("Add", layer + "/Add2", layer, {y, x}, "1×128×768");
        x = b.op("LayerNormalization", layer + "/norm2", layer, {x}, "1×128×768", {"epsilon 1e-12"});
    }
    const std::uint32_t out = b.add(NodeKind::GraphOutput, "last_hidden_state", "", "", {"f32 1×128×768"});
    b.connect(x, out);
    GroupOptions options;
    options.visibleBudget = budget;
    groupByScope(b.graph, options);
    return std::move(b.graph);
}

} // namespace orrery::canvas::samples
