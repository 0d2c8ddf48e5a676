// SPDX-License-Identifier: Apache-2.0
//
// Candidates are made from the types of the inputs: each is one node on one input, or one attribute. They are
// tried in a model that holds the node, its readers, and graph inputs in the place of everything else, so
// that a trial costs some microseconds in a graph of any size.
#include "engine/edit/fix_inputs.h"

#include "engine/edit/builder.h"
#include "engine/passes/infer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace orrery::edit {
namespace {

using graph::AttributeValue;
using graph::DataType;
using graph::Graph;
using graph::Model;
using graph::Node;
using graph::ValueType;
using Ints = std::vector<std::int64_t>;

constexpr std::size_t highestRank = 6, mostReaders = 8, mostInputs = 16;
constexpr std::int64_t largestConstant = 64; // elements of those that inference may want to look at

struct Candidate {
    std::string title;
    std::size_t slot = 0; // of the node that is inserted
    std::string opType;   // empty: an attribute of the node itself is set
    std::vector<graph::Attribute> attributes = {};
    std::optional<Ints> constant = {}; // second input of what is inserted
};

// The same for the small model and for the user's.
graph::Edit carryOut(const Model& model, NodeId id, const Candidate& candidate)
{
    Builder builder(model);
    const Node& node = model.graph.node(id);
    if (candidate.opType.empty()) {
        std::vector<graph::Attribute> attributes = node.attributes;
        for (const graph::Attribute& wanted : candidate.attributes) {
            auto same = std::find_if(attributes.begin(), attributes.end(),
                                     [&](const graph::Attribute& a) { return a.name == wanted.name; });
            if (same == attributes.end())
                attributes.push_back(wanted);
            else
                *same = wanted;
        }
        builder.setAttributes(id, std::move(attributes));
        return std::move(builder).group(candidate.title);
    }
    const ValueId read = node.inputs[candidate.slot];
    const std::string base = model.graph.value(read).name;
    Node made;
    made.opType = candidate.opType;
    made.name =
        builder.names().takeForNode((node.name.empty() ? node.opType : node.name) + "_" + candidate.opType);
    made.region = node.region;
    made.attributes = candidate.attributes;
    made.inputs = {read};
    if (candidate.constant) {
        auto tensor = graph::Tensor::of<std::int64_t>({static_cast<std::int64_t>(candidate.constant->size())},
                                                      *candidate.constant);
        made.inputs.push_back(
            builder.addConstant(node.region, builder.names().takeForValue(made.name + "_to"), tensor));
    }
    const ValueId result =
        builder.addValue(node.region, builder.names().takeForValue(base + "_" + candidate.opType));
    made.outputs = {result};
    builder.addNode(std::move(made), positionOf(model.graph, id));
    builder.add(graph::Connect{id, static_cast<std::uint32_t>(candidate.slot), result});
    return std::move(builder).group(candidate.title);
}

// The node, and those who read it, each input from outside as a graph input of the type that it has.
class Trial {
public:
    Trial(const Model& model, const Graph& typed, const ops::OpRegistry& ops, NodeId node)
        : m_declared(model.graph)
        , m_typed(typed)
        , m_ops(ops)
    {
        m_model.irVersion = model.irVersion;
        m_model.opsets = model.opsets;
        m_node = copy(node);
        std::set<NodeId> readers;
        const auto& outputs = typed.node(node).outputs;
        for (std::size_t i = 0; i < typed.nodeSlots() && readers.size() < mostReaders; ++i) {
            const Node& other = typed.node(NodeId(i));
            if (!other.alive || other.region != typed.node(node).region || other.id == node ||
                !other.regions().empty() || other.inputs.size() > mostInputs)
                continue;
            for (ValueId input : other.inputs)
                if (input.valid() && std::find(outputs.begin(), outputs.end(), input) != outputs.end())
                    readers.insert(other.id);
        }
        for (NodeId reader : readers)
            copy(reader);
    }

    // What readers and declared types say against the candidate; none when the node itself does not hold.
    std::optional<std::size_t> faultsAfter(const Candidate& candidate) const
    {
        Model tried = m_model;
        if (!graph::apply(tried, carryOut(tried, m_node, candidate)).ok())
            return std::nullopt;
        std::size_t faults = 0;
        for (const Problem& problem : passes::inferTypes(tried, m_ops).problems) {
            const bool isItsOwn = problem.nodeId == m_node && problem.code != "declared-type-mismatch";
            if (isItsOwn || !m_model.graph.contains(problem.nodeId))
                return std::nullopt;
            ++faults;
        }
        return faults;
    }

private:
    NodeId copy(NodeId id)
    {
        Graph& graph = m_model.graph;
        Node node = m_typed.node(id);
        node.region = graph.mainRegion();
        node.origins.clear();
        for (ValueId& input : node.inputs)
            if (input.valid())
                input = value(input);
        for (ValueId& output : node.outputs)
            if (output.valid()) {
                const ValueId made = graph.addValue(graph.mainRegion(), m_typed.value(output).name);
                graph.value(made).type = m_declared.value(output).type;
                m_values[output] = made;
                output = made;
            }
        return graph.addNode(graph.mainRegion(), std::move(node));
    }

    ValueId value(ValueId outer)
    {
        if (auto known = m_values.find(outer); known != m_values.end())
            return known->second;
        Graph& graph = m_model.graph;
        const graph::Value& from = m_typed.value(outer);
        const ValueId made = graph.addValue(graph.mainRegion(), from.name);
        m_values[outer] = made;
        graph.value(made).type = from.type;
        const bool isSmall = from.initializer && from.initializer->tensor.bytes() != nullptr &&
                             from.initializer->tensor.elementCount() <= largestConstant;
        if (isSmall) {
            graph.value(made).initializer = from.initializer;
            graph.main().initializers.push_back(made);
        } else {
            graph.main().inputs.push_back(made);
        }
        return made;
    }

    const Graph &m_declared, &m_typed;
    const ops::OpRegistry& m_ops;
    Model m_model;
    NodeId m_node;
    std::map<ValueId, ValueId> m_values;
};

class Candidates {
public:
    Candidates(const Model& model, const Graph& typed, NodeId id)
        : m_model(model)
        , m_typed(typed)
        , m_node(typed.node(id))
    {
        attributes();
        for (std::size_t slot = 0; slot < std::min(m_node.inputs.size(), mostInputs); ++slot)
            casts(slot);
        // The later input is the weight or the bias, which is likelier to be the wrong one.
        for (std::size_t slot = std::min(m_node.inputs.size(), mostInputs); slot-- > 0;)
            shapes(slot);
    }

    std::vector<Candidate> list;

private:
    const ValueType* type(std::size_t slot) const
    {
        const ValueId id = m_node.inputs[slot];
        return id.valid() && m_typed.contains(id) ? &m_typed.value(id).type : nullptr;
    }
    const graph::Shape* shape(std::size_t slot) const
    {
        const ValueType* known = type(slot);
        return known != nullptr && known->shape && known->shape->rank() <= highestRank ? &*known->shape
                                                                                       : nullptr;
    }

    void set(const std::string& name, std::int64_t value)
    {
        list.push_back(
            {fmt::format("Set {} to {}", name, value), 0, {}, {makeAttribute(name, AttributeValue(value))}});
    }

    void attributes()
    {
        if (m_node.opType == "Gemm")
            for (const char* name : {"transA", "transB"}) {
                const graph::Attribute* now = m_node.attribute(name);
                const auto* value = now == nullptr ? nullptr : std::get_if<std::int64_t>(&now->value);
                set(name, value != nullptr && *value != 0 ? 0 : 1);
            }
        const graph::Attribute* axis = m_node.attribute("axis");
        if (axis != nullptr && std::holds_alternative<std::int64_t>(axis->value) && !m_node.inputs.empty())
            if (const graph::Shape* first = shape(0))
                for (std::int64_t i = static_cast<std::int64_t>(first->rank()); i-- > 0;)
                    set("axis", i);
        if (m_node.opType == "Conv" && m_node.inputs.size() > 1) {
            const graph::Shape *x = shape(0), *w = shape(1);
            if (x != nullptr && w != nullptr && x->rank() > 2 && w->rank() > 2 && x->dims[1].isKnown() &&
                w->dims[1].isKnown() && w->dims[1].value() > 0 &&
                x->dims[1].value() % w->dims[1].value() == 0)
                set("group", x->dims[1].value() / w->dims[1].value());
        }
    }

    void casts(std::size_t slot)
    {
        const ValueType* from = type(slot);
        if (from == nullptr || from->element == DataType::Undefined || from->element == DataType::String)
            return;
        std::vector<DataType> wanted; // those of other inputs, then those that indices and conditions have
        for (std::size_t other = 0; other < m_node.inputs.size(); ++other)
            if (const ValueType* there = other == slot ? nullptr : type(other))
                wanted.push_back(there->element);
        wanted.insert(wanted.end(), {DataType::Float32, DataType::Int64, DataType::Bool, DataType::Int32});
        std::set<DataType> offered = {from->element, DataType::Undefined, DataType::String};
        for (DataType to : wanted)
            if (offered.insert(to).second)
                list.push_back({fmt::format("Insert Cast to {} at input {}", graph::name(to), slot),
                                slot,
                                "Cast",
                                {makeAttribute("to", AttributeValue(static_cast<std::int64_t>(to)))}});
    }

    // From opset 13 on the axes are an input.
    void withAxes(std::size_t slot, const char* opType, const Ints& axes)
    {
        Candidate made{fmt::format("Insert {} of {} {} at input {}", opType,
                                   axes.size() == 1 ? "axis" : "axes", fmt::join(axes, ", "), slot),
                       slot, opType};
        if (m_model.opsetVersion("") >= 13)
            made.constant = axes;
        else
            made.attributes = {makeAttribute("axes", AttributeValue(axes))};
        list.push_back(std::move(made));
    }

    void transpose(std::size_t slot, const Ints& order)
    {
        list.push_back({fmt::format("Insert Transpose to [{}] at input {}", fmt::join(order, ", "), slot),
                        slot,
                        "Transpose",
                        {makeAttribute("perm", AttributeValue(order))}});
    }

    void shapes(std::size_t slot)
    {
        const graph::Shape* known = shape(slot);
        if (known == nullptr)
            return;
        const auto rank = static_cast<std::int64_t>(known->rank());
        // A bias to channels: one axis for each behind them of the input with the most.
        std::int64_t highest = 0;
        for (std::size_t other = 0; other < m_node.inputs.size(); ++other)
            if (const graph::Shape* there = shape(other))
                highest = std::max(highest, static_cast<std::int64_t>(there->rank()));
        if (rank == 1 && highest > 2) {
            Ints axes;
            for (std::int64_t axis = 1; axis < highest - 1; ++axis)
                axes.push_back(axis);
            withAxes(slot, "Unsqueeze", axes);
        }
        for (std::int64_t axis = 0; axis <= rank && rank < std::int64_t(highestRank); ++axis)
            withAxes(slot, "Unsqueeze", {axis});
        for (std::int64_t axis = 0; axis < rank; ++axis)
            if (known->dims[std::size_t(axis)] == graph::Dim(1))
                withAxes(slot, "Squeeze", {axis});
        if (rank == 4) {
            transpose(slot, {0, 3, 1, 2});
            transpose(slot, {0, 2, 3, 1});
        }
        for (std::int64_t a = rank; a-- > 0;)
            for (std::int64_t b = a; b-- > 0;) {
                Ints order;
                for (std::int64_t i = 0; i < rank; ++i)
                    order.push_back(i == a ? b : i == b ? a : i);
                transpose(slot, order);
            }
        if (rank > 2)
            list.push_back({fmt::format("Insert Flatten at input {}", slot),
                            slot,
                            "Flatten",
                            {makeAttribute("axis", AttributeValue(std::int64_t{1}))}});
        reshapes(slot, *known);
    }

    // To the shape of another input with as many elements.
    void reshapes(std::size_t slot, const graph::Shape& from)
    {
        const graph::Dim count = from.elementCount();
        for (std::size_t other = 0; count.isKnown() && other < m_node.inputs.size(); ++other) {
            const graph::Shape* to = other == slot ? nullptr : shape(other);
            if (to == nullptr || to->elementCount() != count || !to->isStatic() || *to == from)
                continue;
            Ints dims;
            for (const graph::Dim& dim : to->dims)
                dims.push_back(dim.value());
            list.push_back({fmt::format("Insert Reshape to [{}] at input {}", fmt::join(dims, ", "), slot),
                            slot,
                            "Reshape",
                            {},
                            dims});
        }
    }

    const Model& m_model;
    const Graph& m_typed;
    const Node& m_node;
};

} // namespace

std::vector<Fix> fixInputs(const Model& model, const Graph& typed, const ops::OpRegistry& ops, NodeId node,
                           std::size_t most)
{
    std::vector<Fix> fixes;
    if (!model.graph.contains(node) || !typed.contains(node) || !typed.node(node).regions().empty() ||
        typed.node(node).inputs.size() > mostInputs)
        return fixes;
    const Trial trial(model, typed, ops, node);
    std::vector<std::pair<std::size_t, Candidate>> held;
    for (Candidate& candidate : Candidates(model, typed, node).list)
        if (const auto faults = trial.faultsAfter(candidate))
            held.emplace_back(*faults, std::move(candidate));
    std::stable_sort(held.begin(), held.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [faults, candidate] : held)
        if (fixes.size() < most && (faults == held.front().first || fixes.empty()))
            fixes.push_back({candidate.title, carryOut(model, node, candidate)});
    return fixes;
}

} // namespace orrery::edit
