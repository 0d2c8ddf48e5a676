// SPDX-License-Identifier: Apache-2.0
//
// To a name: the inputs get it, then inference goes over the graph again and again; each time the Reshapes
// that stop the batch, because the old number is written into them, are rewritten, until none does. To a
// number: the name of the batch becomes it everywhere; from another number by way of a name.
#include "engine/edit/actions.h"
#include "engine/edit/tidy.h"
#include "engine/passes/infer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace orrery::edit {
namespace {

using graph::Dim;
using graph::Graph;
using graph::Model;
using Ints = std::vector<std::int64_t>;

constexpr int mostRounds = 64; // one for each Reshape behind another

// Dim 0 of the first input that is fed and has one.
std::optional<Dim> batchOf(const Graph& graph)
{
    for (ValueId id : graph.main().inputs) {
        const graph::Value& input = graph.value(id);
        if (!input.initializer && input.type.shape && input.type.shape->rank() > 0)
            return input.type.shape->dims.front();
    }
    return std::nullopt;
}

const graph::Tensor* constantOf(const Graph& graph, ValueId id)
{
    if (graph.value(id).initializer)
        return graph.value(id).initializer->tensor.bytes() != nullptr ? &graph.value(id).initializer->tensor
                                                                      : nullptr;
    const NodeId maker = graph.value(id).producer;
    return graph.contains(maker) && graph.node(maker).opType == "Constant"
               ? graph.node(maker).tensorAttribute("value")
               : nullptr;
}

class BatchName {
public:
    BatchName(Model model, const ops::OpRegistry& ops, std::string name, std::int64_t number)
        : m_model(std::move(model))
        , m_ops(ops)
        , m_name(std::move(name))
        , m_number(number)
    {}

    Result<Model> run()
    {
        for (int round = 0; round < mostRounds; ++round) {
            passes::Inference inference = passes::inferTypes(m_model, m_ops);
            if (!rewrite(inference)) {
                TRY(noneInTheWay(inference));
                declare(inference);
                return std::move(m_model);
            }
        }
        return Error{ErrorCode::Unsupported, "the batch does not come through all Reshapes", {}};
    }

    std::map<NodeId, std::string> takeRewritten() { return std::move(m_rewritten); }

private:
    bool isBatch(const graph::ValueType& type) const
    {
        return type.shape && type.shape->rank() > 0 && type.shape->dims.front().isSymbolic() &&
               type.shape->dims.front().symbol().find(m_name) != std::string::npos;
    }

    // Every Reshape of the main graph that begins with the old number and gets the new batch.
    bool rewrite(const passes::Inference& inference)
    {
        Graph& graph = m_model.graph;
        bool any = false;
        for (NodeId id : std::vector<NodeId>(graph.main().nodes)) {
            const graph::Node node = graph.node(id);
            if (node.opType != "Reshape" || node.inputs.size() < 2 || !node.inputs[1].valid() ||
                m_rewritten.contains(id))
                continue;
            const graph::Tensor* target = constantOf(graph, node.inputs[1]);
            auto dims = target == nullptr ? Result<Ints>(Ints()) : target->toInt64s();
            if (!dims.ok() || dims->empty() || dims->front() != m_number ||
                !mentionsBatch(inference.types[node.inputs[0].index()]))
                continue;
            Ints now = *dims;
            if (isBatch(inference.types[node.inputs[0].index()]) &&
                inference.types[node.inputs[0].index()].shape->dims.front() == Dim::symbolic(m_name) &&
                node.intAttribute("allowzero", 0) == 0)
                now.front() = 0;
            else if (std::count(now.begin(), now.end(), -1) == 0)
                now.front() = -1;
            else
                continue; // told by noneInTheWay()
            const auto count = static_cast<std::int64_t>(now.size());
            const ValueId constant = graph.addConstant(graph.mainRegion(), unique(node),
                                                       graph::Tensor::of<std::int64_t>({count}, now));
            graph.node(id).inputs[1] = constant;
            m_rewritten[id] = fmt::format("reshapes to {} instead of {}", now.front(), m_number);
            any = true;
        }
        return any;
    }

    bool mentionsBatch(const graph::ValueType& type) const
    {
        return type.shape &&
               std::any_of(type.shape->dims.begin(), type.shape->dims.end(), [&](const Dim& dim) {
                   return dim.isUnknown() ||
                          (dim.isSymbolic() && dim.symbol().find(m_name) != std::string::npos);
               });
    }

    std::string unique(const graph::Node& node)
    {
        std::string wish = m_model.graph.value(node.inputs[1]).name + "_batch";
        auto taken = [&](const std::string& name) {
            for (std::size_t i = 0; i < m_model.graph.valueSlots(); ++i)
                if (m_model.graph.value(ValueId(i)).name == name)
                    return true;
            return false;
        };
        std::string name = wish;
        for (int i = 1; taken(name); ++i)
            name = fmt::format("{}_{}", wish, i);
        return name;
    }

    Result<void> noneInTheWay(const passes::Inference& inference) const
    {
        for (const Problem& problem : inference.problems)
            if (problem.severity == Severity::Error)
                return Error{ErrorCode::Unsupported, "the batch cannot be changed: " + problem.text,
                             problem.node};
        for (NodeId id : m_model.graph.main().nodes) {
            const graph::Node& node = m_model.graph.node(id);
            if (node.opType != "Reshape" || node.inputs.size() < 2 || !node.inputs[1].valid())
                continue;
            const graph::Tensor* target = constantOf(m_model.graph, node.inputs[1]);
            auto dims = target == nullptr ? Result<Ints>(Ints()) : target->toInt64s();
            if (dims.ok() && !dims->empty() && dims->front() == m_number && m_number > 0 &&
                isBatch(inference.types[node.inputs[0].index()]))
                return Error{
                    ErrorCode::Unsupported,
                    fmt::format("it reshapes to {}, which has the batch {} written into it and another "
                                "dim open",
                                graph::dimsText(*dims), m_number),
                    node.displayName()};
        }
        return {};
    }

    // Declared shapes of what nodes make follow.
    void declare(passes::Inference& inference)
    {
        for (std::size_t i = 0; i < m_model.graph.valueSlots(); ++i) {
            graph::Value& value = m_model.graph.value(ValueId(i));
            if (value.alive && value.producer.valid() && value.type.kind == graph::TypeKind::Tensor)
                value.type = std::move(inference.types[i]);
        }
    }

    Model m_model;
    const ops::OpRegistry& m_ops;
    const std::string m_name;
    const std::int64_t m_number;
    std::map<NodeId, std::string> m_rewritten;
};

// A name that no dim has yet.
std::string freeDimName(const Graph& graph)
{
    std::string name = "batch";
    auto taken = [&] {
        for (std::size_t i = 0; i < graph.valueSlots(); ++i)
            if (const auto& shape = graph.value(ValueId(i)).type.shape)
                for (const Dim& dim : shape->dims)
                    if (dim.isSymbolic() && dim.symbol().find(name) != std::string::npos)
                        return true;
        return false;
    };
    for (int i = 1; taken(); ++i)
        name = fmt::format("batch_{}", i);
    return name;
}

} // namespace

Result<CleanUp> fixBatch(const Model& model, const ops::OpRegistry& ops, const Batch& batch)
{
    const std::optional<Dim> now = batchOf(model.graph);
    if (!now)
        return Error{ErrorCode::Usage, "no graph input has a dim that could be the batch", {}};
    if (batch.name.empty() && batch.number < 1)
        return Error{ErrorCode::Usage, fmt::format("a batch cannot be {}", batch.number), {}};
    Model after = model;
    std::vector<TouchedNode> touched;
    std::string name = now->isSymbolic() ? now->symbol() : std::string();
    if (name.empty() || !batch.name.empty()) {
        const std::string wanted = batch.name.empty() ? freeDimName(model.graph) : batch.name;
        const graph::Edit naming = TRY(makeSymbolic(after, ops, 0, wanted));
        TRY(graph::apply(after, naming));
        BatchName renaming(std::move(after), ops, wanted, now->isKnown() ? now->value() : -1);
        after = TRY(renaming.run());
        for (auto& [node, what] : renaming.takeRewritten())
            touched.push_back(touchedNode(model.graph, node, "batch", what));
        name = wanted;
    }
    if (batch.name.empty()) {
        const graph::Edit fixing = TRY(makeStatic(after, name, batch.number));
        TRY(graph::apply(after, fixing));
    }
    return cleanUpOf(model, std::move(after),
                     batch.name.empty() ? fmt::format("Fix the batch at {}", batch.number)
                                        : fmt::format("Let the batch be {}", batch.name),
                     std::move(touched));
}

} // namespace orrery::edit
