// SPDX-License-Identifier: Apache-2.0
//
// A copy of the model from which everything is taken that the chosen nodes do not need; ids stay. What they
// read and nobody here makes becomes an input with its declared or inferred type. Nodes of a body become
// nodes of the main graph, and so do the outer values that they read. Linear in the model.
#include "engine/debug/extract.h"

#include "engine/graph/order.h"
#include "engine/passes/infer.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace orrery::debug {
namespace {

using graph::Graph;
using graph::Model;
using graph::Node;
using graph::Region;
using graph::Tensor;
using graph::Value;

using ValueSet = std::unordered_set<ValueId>;

class Extraction {
public:
    Extraction(const Model& model, const std::set<NodeId>& nodes, const std::map<ValueId, Tensor>& tensors)
        : m_model(model)
        , m_whole(model.graph)
        , m_result(model)
        , m_graph(m_result.graph)
        , m_tensors(tensors)
        , m_region(m_whole.region(m_whole.node(*nodes.begin()).region))
    {
        for (NodeId id : m_region.nodes)
            if (nodes.count(id) != 0) {
                m_nodes.push_back(id);
                for (ValueId output : m_whole.node(id).outputs)
                    if (output.valid())
                        m_made.insert(output);
            }
    }

    Result<Model> run()
    {
        readByPart();
        findOutputs();
        takeNodes();
        TRY(setInputs());
        m_graph.main().outputs = m_outputs;
        typeOutputs();
        removeValues();
        keepFunctions();
        std::erase_if(m_graph.roots(), [&](const graph::Root& root) {
            return !std::all_of(root.inputs.begin(), root.inputs.end(),
                                [&](ValueId id) { return isInput(id); }) ||
                   !std::all_of(root.outputs.begin(), root.outputs.end(),
                                [&](ValueId id) { return m_made.count(id) != 0; });
        });
        return std::move(m_result);
    }

private:
    // From elsewhere, in the order in which it is read first.
    void readByPart()
    {
        ValueSet seen;
        for (NodeId id : m_nodes)
            for (ValueId value : graph::valuesRead(m_whole, id))
                if (m_made.count(value) == 0 && seen.insert(value).second)
                    m_read.push_back(value);
    }

    // First those of the whole graph in its order, then what other nodes read; where nobody outside reads
    // anything, what nobody reads at all.
    void findOutputs()
    {
        ValueSet seen;
        for (ValueId output : m_region.outputs)
            if (m_made.count(output) != 0 && seen.insert(output).second)
                m_outputs.push_back(output);
        std::unordered_set<NodeId> part(m_nodes.begin(), m_nodes.end());
        ValueSet readInside, readOutside;
        for (NodeId id : m_region.nodes)
            for (ValueId value : graph::valuesRead(m_whole, id))
                (part.count(id) != 0 ? readInside : readOutside).insert(value);
        auto add = [&](auto&& wanted) {
            for (NodeId id : m_nodes)
                for (ValueId output : m_whole.node(id).outputs)
                    if (output.valid() && wanted(output) && seen.insert(output).second)
                        m_outputs.push_back(output);
        };
        add([&](ValueId id) { return readOutside.count(id) != 0; });
        if (m_outputs.empty())
            add([&](ValueId id) { return readInside.count(id) == 0; });
    }

    void takeNodes()
    {
        liftNodes();
        std::vector<NodeId> before = std::exchange(m_graph.main().nodes, m_nodes);
        std::unordered_set<NodeId> part(m_nodes.begin(), m_nodes.end());
        for (NodeId id : before)
            if (part.count(id) == 0)
                m_graph.removeNode(id);
    }

    // Out of their body; the node that holds it goes with the others.
    void liftNodes()
    {
        const RegionId main = m_graph.mainRegion();
        if (m_region.id == main)
            return;
        const std::unordered_set<NodeId> part(m_nodes.begin(), m_nodes.end());
        for (NodeId id : m_region.nodes)
            if (part.count(id) == 0)
                m_graph.removeNode(id);
        m_graph.region(m_region.id).nodes.clear();
        for (NodeId id : m_nodes)
            m_graph.node(id).region = main;
        for (ValueId id : m_made)
            m_graph.value(id).region = main;
        for (ValueId id : m_read) {
            Value& value = m_graph.value(id);
            if (value.isConstant() && value.region != main)
                m_graph.main().initializers.push_back(id);
            value.region = main;
        }
    }

    Result<void> setInputs()
    {
        Region& main = m_graph.main();
        ValueSet read(m_read.begin(), m_read.end());
        std::erase_if(main.inputs, [&](ValueId id) { return read.count(id) == 0; });
        std::erase_if(main.initializers, [&](ValueId id) { return read.count(id) == 0; });
        m_inputs.insert(main.inputs.begin(), main.inputs.end());
        bool listsConstants = m_result.irVersion > 0 && m_result.irVersion < 4; // among the inputs
        for (ValueId id : m_read) {
            Value& value = m_graph.value(id);
            if (value.isConstant())
                continue;
            if (auto given = m_tensors.find(id); given != m_tensors.end() && given->second.defined()) {
                value.initializer = graph::Initializer{given->second, {}, {}, {}};
                value.type =
                    graph::ValueType::tensor(given->second.type(), graph::Shape::of(given->second.dims()));
                main.initializers.push_back(id);
                if (!listsConstants)
                    std::erase(main.inputs, id);
                else if (m_inputs.insert(id).second)
                    main.inputs.push_back(id);
                continue;
            }
            if (value.name.empty())
                return Error{ErrorCode::BadModel, "a value without a name cannot become an input",
                             m_whole.node(m_nodes.front()).displayName()};
            if (m_inputs.insert(id).second)
                main.inputs.push_back(id);
            makeTyped(value);
        }
        return {};
    }

    void typeOutputs()
    {
        for (ValueId id : m_outputs)
            makeTyped(m_graph.value(id));
    }

    // Inputs and outputs have their types in the file; those between often do not.
    void makeTyped(Value& value)
    {
        if (value.type.kind != graph::TypeKind::Unknown &&
            (value.type.kind != graph::TypeKind::Tensor || value.type.shape))
            return;
        if (!m_inference)
            m_inference = passes::inferTypes(m_model, ops::OpRegistry::builtin());
        const graph::ValueType& inferred = m_inference->types[value.id.index()];
        if (inferred.kind != graph::TypeKind::Unknown)
            value.type = inferred;
    }

    bool isInput(ValueId id) const
    {
        const auto& inputs = m_graph.main().inputs;
        return std::find(inputs.begin(), inputs.end(), id) != inputs.end();
    }

    // Those of bodies that went with their nodes, too.
    void removeValues()
    {
        ValueSet used(m_read.begin(), m_read.end());
        used.insert(m_made.begin(), m_made.end());
        for (std::size_t i = 0; i < m_graph.valueSlots(); ++i) {
            Value& value = m_graph.value(ValueId(i));
            bool inMain = value.region == m_graph.mainRegion();
            if (inMain ? used.count(value.id) == 0 : !m_graph.region(value.region).alive)
                value.alive = false;
        }
        ValueSet typed = m_inputs;
        typed.insert(m_outputs.begin(), m_outputs.end());
        std::erase_if(m_graph.main().valueInfos,
                      [&](ValueId id) { return !m_graph.value(id).alive || typed.count(id) != 0; });
    }

    void keepFunctions()
    {
        std::unordered_set<const graph::Function*> needed;
        std::vector<const Graph*> open = {&m_graph};
        while (!open.empty()) {
            const Graph& graph = *open.back();
            open.pop_back();
            for (NodeId id : graph.liveNodes()) {
                const Node& node = graph.node(id);
                const graph::Function* callee =
                    m_result.findFunction(node.domain, node.opType, node.overload);
                if (callee != nullptr && needed.insert(callee).second)
                    open.push_back(&callee->body);
            }
        }
        std::vector<graph::Function> kept;
        for (graph::Function& function : m_result.functions)
            if (needed.count(&function) != 0)
                kept.push_back(std::move(function));
        m_result.functions = std::move(kept);
    }

    const Model& m_model;
    const Graph& m_whole;
    Model m_result;
    Graph& m_graph;
    const std::map<ValueId, Tensor>& m_tensors;
    const Region& m_region;      // of the nodes, in the whole
    std::vector<NodeId> m_nodes; // in file order
    ValueSet m_made;             // by them
    std::vector<ValueId> m_read; // by them, not made by them
    std::vector<ValueId> m_outputs;
    ValueSet m_inputs;
    std::optional<passes::Inference> m_inference;
};

} // namespace

Result<Model> extract(const Model& model, const std::set<NodeId>& nodes,
                      const std::map<ValueId, Tensor>& tensors)
{
    if (nodes.empty())
        return Error{ErrorCode::Usage, "no nodes were chosen", {}};
    for (NodeId id : nodes)
        if (!model.graph.contains(id) ||
            model.graph.node(id).region != model.graph.node(*nodes.begin()).region)
            return Error{ErrorCode::Usage, "the nodes lie in different graphs; choose those of one",
                         model.graph.contains(id) ? model.graph.node(id).displayName()
                                                  : fmt::format("node #{}", id.value)};
    return Extraction(model, nodes, tensors).run();
}

} // namespace orrery::debug
