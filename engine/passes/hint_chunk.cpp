// SPDX-License-Identifier: Apache-2.0
//
// y = g(f(x))  →  x/slice0 = Slice(x), f/part0 = f(x/slice0), y/part0 = g(f/part0), x/slice1 = …,
//                 y = Concat(y/part0, y/part1, …)
// Parts one after the other, each with its slice right before its first reader, so that no more than one part
// is alive inside the chain. Their sizes differ by 1 at most.
#include "engine/passes/hint_editor.h"
#include "engine/passes/slice_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace orrery::passes {
namespace {

constexpr std::string_view what = "run a chain of nodes in slices";
constexpr std::int64_t newOperators = 13; // the version of Slice and Concat

class Chunking {
public:
    Chunking(HintEditor& editor, const SliceChain& chain)
        : m_editor(editor)
        , m_graph(editor.graph())
        , m_chain(chain)
        , m_last(chain.nodes.back())
        , m_result(soleOutput(m_graph.node(m_last)))
    {}

    void run(std::int64_t parts)
    {
        std::vector<ValueId> ends;
        std::int64_t begin = 0;
        for (std::int64_t part = 0; part < parts; ++part) {
            const std::int64_t size = m_chain.length / parts + (part < m_chain.length % parts ? 1 : 0);
            ends.push_back(addPart(part, begin, begin + size));
            begin += size;
        }
        const std::vector<NodeId> origins = m_graph.node(m_last).origins;
        graph::Node join = m_editor.onnxNode("Concat", newOperators, std::move(ends), m_result, origins);
        join.name = m_graph.node(m_last).name;
        join.setAttribute("axis", m_chain.axis);
        m_editor.insertBefore(m_last, std::move(join)); // the value's producer from now on
        for (NodeId node : m_chain.nodes)
            m_editor.removeNode(node);
    }

private:
    ValueId constant(std::int64_t number)
    {
        auto [at, isNew] = m_constants.try_emplace(number);
        if (isNew)
            at->second =
                m_editor.addInts(fmt::format("{}/at{}", m_graph.value(m_result).name, number), {number});
        return at->second;
    }

    ValueId addSlice(ValueId whole, std::int64_t axis, const std::string& suffix, std::int64_t begin,
                     std::int64_t end, NodeId reader)
    {
        graph::ValueType type = m_graph.value(whole).type;
        type.shape->dims[static_cast<std::size_t>(axis)] = graph::Dim(end - begin);
        const std::string base = m_graph.value(whole).name;
        ValueId slice = m_editor.addValue(m_graph.node(m_last).region, base, suffix, std::move(type));
        const std::vector<NodeId> origins = m_graph.node(reader).origins;
        m_editor.insertBefore(m_last,
                              m_editor.onnxNode("Slice", newOperators,
                                                {whole, constant(begin), constant(end), constant(axis)},
                                                slice, origins));
        return slice;
    }

    ValueId addPart(std::int64_t part, std::int64_t begin, std::int64_t end)
    {
        std::map<ValueId, ValueId> inside;
        std::map<std::pair<ValueId, std::int64_t>, ValueId> slices;
        ValueId result;
        for (std::size_t i = 0; i < m_chain.nodes.size(); ++i) {
            const NodeId original = m_chain.nodes[i];
            graph::Node node = m_editor.copyOf(original, fmt::format("/part{}", part));
            for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
                ValueId& input = node.inputs[slot];
                const std::int64_t axis = m_chain.axes[i][slot];
                if (auto made = inside.find(input); made != inside.end()) {
                    input = made->second;
                } else if (axis != wholeInput) {
                    auto [slice, isNew] = slices.try_emplace({input, axis});
                    if (isNew)
                        slice->second =
                            addSlice(input, axis, fmt::format("/slice{}", part), begin, end, original);
                    input = slice->second;
                }
            }
            result = soleOutput(node);
            graph::ValueType& type = m_graph.value(result).type;
            type.shape->dims[static_cast<std::size_t>(m_chain.axis)] = graph::Dim(end - begin);
            inside[soleOutput(m_graph.node(original))] = result;
            m_editor.insertBefore(m_last, std::move(node));
        }
        return result;
    }

    HintEditor& m_editor;
    graph::Graph& m_graph;
    const SliceChain& m_chain;
    NodeId m_last;
    ValueId m_result;
    std::map<std::int64_t, ValueId> m_constants;
};

// What the parts will take, slices included; more than any graph can bear when it does not fit.
std::size_t slotsOfParts(const graph::Graph& graph, const SliceChain& chain, std::int64_t parts)
{
    constexpr std::size_t slotsOfASlice = 9; // with its constants
    std::size_t slots = 1;
    for (NodeId node : chain.nodes)
        slots += HintEditor::slotsOf(graph.node(node)) + slotsOfASlice * graph.node(node).inputs.size();
    const auto count = static_cast<std::size_t>(parts);
    return slots > static_cast<std::size_t>(-1) / count ? static_cast<std::size_t>(-1) : slots * count;
}

bool follow(HintEditor& editor, const ChunkHint& hint)
{
    const std::string name = hint.nodes.empty() ? std::string() : hint.nodes.back();
    std::vector<NodeId> nodes;
    for (const std::string& node : hint.nodes) {
        nodes.push_back(editor.node(node, what));
        if (!nodes.back().valid())
            return false;
    }
    const graph::Graph& graph = editor.graph();
    TypeOf typeOf = [&](ValueId value) -> const graph::ValueType& { return graph.value(value).type; };
    auto chain =
        sliceChain(graph, nodes, hint.axis, typeOf, [&](ValueId value) { return editor.useCount(value); });
    if (!chain.ok()) {
        editor.tell(what, name, chain.error().message);
        return false;
    }
    if (hint.parts < 2 || hint.parts > chain->length) {
        editor.tell(what, name,
                    fmt::format("axis {} with its length {} cannot be cut into {} parts", chain->axis,
                                chain->length, hint.parts));
        return false;
    }
    if (!editor.mayMake(slotsOfParts(graph, *chain, hint.parts), name, what))
        return false;
    Chunking(editor, *chain).run(hint.parts);
    return true;
}

} // namespace

std::size_t applyChunk(HintEditor& editor, const std::vector<ChunkHint>& hints)
{
    return static_cast<std::size_t>(std::count_if(
        hints.begin(), hints.end(), [&](const ChunkHint& hint) { return follow(editor, hint); }));
}

} // namespace orrery::passes
