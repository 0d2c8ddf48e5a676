// SPDX-License-Identifier: Apache-2.0
//
// constant c, constant d with the same elements                      →  c, read in place of d
// y = op(x…), z = op(x…) with the same attributes, no random numbers  →  y, read in place of z
// Within a region, and in bodies of what is computed before them. What is an output keeps its name: of two
// outputs both nodes stay. Attributes count in any order; floats and constants are compared by their bits.
#include "engine/graph/edit.h"
#include "engine/graph/order.h"
#include "engine/passes/pass.h"
#include "engine/passes/rewrite.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace orrery::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;

constexpr std::size_t piece = 512;

std::size_t combine(std::size_t seed, std::size_t more)
{
    return seed ^ (more + 0x9e3779b97f4a7c15U + (seed << 6) + (seed >> 2));
}

bool sameAttributes(const Node& a, const Node& b)
{
    if (a.attributes.size() != b.attributes.size())
        return false;
    return std::all_of(a.attributes.begin(), a.attributes.end(), [&](const graph::Attribute& attribute) {
        const graph::Attribute* other = b.attribute(attribute.name);
        return other != nullptr && attribute.reference.empty() && other->reference.empty() &&
               graph::equal(attribute.value, other->value);
    });
}

bool sameTensor(const Tensor& a, const Tensor& b)
{
    if (a.type() != b.type() || a.dims() != b.dims())
        return false;
    return a.type() == graph::DataType::String ? a.strings() == b.strings() : a.identicalTo(b);
}

class Duplicates {
public:
    Duplicates(graph::Model& model, const PassContext& context)
        : m_context(context)
        , m_model(model)
        , m_graph(model.graph)
        , m_outputs(listedOutputs(model.graph))
    {
        for (std::size_t i = 0; i < m_graph.regionSlots(); ++i)
            if (const graph::Region& region = m_graph.region(RegionId(i)); region.alive)
                m_inputs.insert(region.inputs.begin(), region.inputs.end());
    }

    Result<std::size_t> run()
    {
        TRY(visit(m_graph.mainRegion()));
        for (NodeId id : m_graph.liveNodes()) // what was seen before its value was replaced
            for (ValueId& input : m_graph.node(id).inputs)
                input = kept(input);
        for (ValueId value : m_gone)
            m_graph.removeValue(value);
        return m_merged;
    }

private:
    ValueId kept(ValueId value) const
    {
        for (auto at = m_kept.find(value); at != m_kept.end(); at = m_kept.find(value))
            value = at->second;
        return value;
    }

    // What a region adds is forgotten when it is left: nothing outside of it may read it.
    Result<void> visit(RegionId region)
    {
        std::vector<std::size_t> added;
        for (ValueId constant : std::vector<ValueId>(m_graph.region(region).initializers))
            visitConstant(constant, added);
        std::vector<std::size_t> addedNodes;
        for (NodeId id : TRY(graph::topologicalOrder(m_graph, region))) {
            for (ValueId& input : m_graph.node(id).inputs)
                input = kept(input);
            const auto bodies = m_graph.node(id).regions();
            for (RegionId body : bodies)
                TRY(visit(body));
            if (bodies.empty())
                visitNode(id, addedNodes);
        }
        for (std::size_t key : added)
            m_constants[key].pop_back();
        for (std::size_t key : addedNodes)
            m_nodes[key].pop_back();
        return {};
    }

    void visitConstant(ValueId id, std::vector<std::size_t>& added)
    {
        const Tensor* tensor = constantTensor(m_graph, id);
        if (tensor == nullptr || m_inputs.contains(id)) // a value that a run may replace is not a constant
            return;
        const std::size_t key = hashOf(*tensor);
        if (!m_outputs.contains(id))
            for (ValueId other : m_constants[key])
                if (sameTensor(*constantTensor(m_graph, other), *tensor)) {
                    m_kept[id] = other;
                    m_gone.push_back(id);
                    ++m_merged;
                    return;
                }
        m_constants[key].push_back(id);
        added.push_back(key);
    }

    static std::size_t hashOf(const Tensor& tensor)
    {
        std::size_t key = static_cast<std::size_t>(tensor.type());
        for (std::int64_t dim : tensor.dims())
            key = combine(key, static_cast<std::size_t>(dim));
        if (tensor.type() == graph::DataType::String) {
            for (const std::string& text : tensor.strings())
                key = combine(key, std::hash<std::string>()(text));
            return key;
        }
        // Pieces from front, middle and back; what has them in common is compared in full.
        const std::string_view bytes(reinterpret_cast<const char*>(tensor.bytes()), tensor.byteSize());
        for (std::size_t at :
             {std::size_t(0), bytes.size() / 2, bytes.size() - std::min(bytes.size(), piece)})
            key = combine(key, std::hash<std::string_view>()(bytes.substr(at, piece)));
        return key;
    }

    void visitNode(NodeId id, std::vector<std::size_t>& added)
    {
        const Node& node = m_graph.node(id);
        auto spec = ops::findOp(m_context.ops, node, m_model.opsetVersion(node));
        if (!spec.ok() || (*spec)->purity != ops::Purity::Pure || (*spec)->kernel == nullptr ||
            !m_context.mayTouch(node))
            return;
        const std::size_t key = hashOf(node);
        for (NodeId other : m_nodes[key])
            if (isSame(m_graph.node(other), node) && merge(m_graph.node(other), id))
                return;
        m_nodes[key].push_back(id);
        added.push_back(key);
    }

    static std::size_t hashOf(const Node& node)
    {
        std::size_t key = std::hash<std::string>()(node.opType);
        for (ValueId input : node.inputs)
            key = combine(key, input.valid() ? input.index() + 1 : 0);
        return combine(key, node.attributes.size());
    }

    bool isSame(const Node& a, const Node& b) const
    {
        return a.opType == b.opType && a.domain == b.domain && a.overload == b.overload &&
               m_model.opsetVersion(a) == m_model.opsetVersion(b) && a.inputs == b.inputs &&
               sameAttributes(a, b);
    }

    bool merge(Node& keep, NodeId goneId)
    {
        const Node gone = m_graph.node(goneId);
        const bool sameRegion = keep.region == gone.region;
        for (std::size_t i = 0; i < gone.outputs.size(); ++i) {
            const ValueId out = gone.outputs[i];
            const bool keeps = i < keep.outputs.size() && keep.outputs[i].valid();
            if (!out.valid())
                continue;
            if (!keeps && !sameRegion)
                return false;
            if (m_outputs.contains(out) && (!sameRegion || (keeps && m_outputs.contains(keep.outputs[i]))))
                return false;
        }
        m_graph.removeNode(goneId);
        for (std::size_t i = 0; i < gone.outputs.size(); ++i)
            if (gone.outputs[i].valid())
                mergeOutput(keep, i, gone.outputs[i]);
        mergeOrigins(keep.origins, gone.origins);
        ++m_merged;
        return true;
    }

    void mergeOutput(Node& keep, std::size_t i, ValueId out)
    {
        if (i >= keep.outputs.size())
            keep.outputs.resize(i + 1);
        ValueId& mine = keep.outputs[i];
        ValueId gone = out;
        if (!mine.valid() || m_outputs.contains(out)) { // an output of the graph keeps its name
            std::swap(mine, gone);
            m_graph.value(mine).producer = keep.id;
        }
        if (gone.valid()) {
            m_kept[gone] = mine;
            m_gone.push_back(gone);
        }
    }

    const PassContext& m_context;
    graph::Model& m_model;
    Graph& m_graph;
    const std::unordered_set<ValueId> m_outputs;
    std::unordered_set<ValueId> m_inputs;
    std::unordered_map<std::size_t, std::vector<ValueId>> m_constants;
    std::unordered_map<std::size_t, std::vector<NodeId>> m_nodes;
    std::unordered_map<ValueId, ValueId> m_kept; // gone → what is read in its place
    std::vector<ValueId> m_gone;
    std::size_t m_merged = 0;
};

Result<std::size_t> run(graph::Model& model, PassContext& context)
{
    return Duplicates(model, context).run();
}

} // namespace

PassSpec merge_duplicates()
{
    return {"merge_duplicates", "Computes once what is computed twice, and keeps equal constants once.",
            PassLevel::All, run, true};
}

} // namespace orrery::passes
