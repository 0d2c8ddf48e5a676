// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/edit_change.h"

#include "engine/passes/infer.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::debug {

namespace {

using graph::Graph;
using plan::Plan;

template<class... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};
template<class... Cases>
Match(Cases...) -> Match<Cases...>;

std::vector<NodeId> readersOf(const Plan& plan, ValueId value)
{
    std::vector<NodeId> result;
    for (const plan::Block& block : plan.blocks())
        for (const plan::Instruction& instruction : block.instructions) {
            const auto& inputs = plan.graph().node(instruction.node).inputs;
            if (std::find(inputs.begin(), inputs.end(), value) != inputs.end())
                result.push_back(instruction.node);
        }
    return result;
}

Error refusal(std::string message, const graph::Node& node)
{
    return {ErrorCode::Usage, std::move(message), node.displayName()};
}

Result<const graph::Node*> instructionOf(const Plan& plan, NodeId id)
{
    if (plan.graph().contains(id))
        for (const plan::Block& block : plan.blocks())
            for (const plan::Instruction& instruction : block.instructions)
                if (instruction.node == id)
                    return &plan.graph().node(id);
    return Error{ErrorCode::Usage, "there is no such node in this program", {}};
}

// The outputs of a changed node must keep the element types that their readers were made for; other dims are
// told to all that follow.
Result<std::shared_ptr<const Plan>> changedNode(const Plan& plan, graph::Model changed, NodeId id,
                                                const std::map<ValueId, graph::ValueType>& inputTypes)
{
    passes::Inference inference = passes::inferTypes(changed, plan.ops(), inputTypes);
    const graph::Node& node = changed.graph.node(id);
    for (const Problem& problem : inference.problems)
        if (problem.severity == Severity::Error && problem.nodeId == id)
            return refusal(problem.text, node);
    for (ValueId output : node.outputs) {
        if (!output.valid())
            continue;
        graph::DataType before = plan.graph().value(output).type.element;
        graph::DataType after = inference.types[output.index()].element;
        if (before != graph::DataType::Undefined && after != graph::DataType::Undefined && before != after)
            return refusal(fmt::format("its output \"{}\" would be {}, those who read it expect {}",
                                       changed.graph.value(output).name, graph::name(after),
                                       graph::name(before)),
                           node);
    }
    for (std::size_t i = 0; i < changed.graph.valueSlots(); ++i)
        if (changed.graph.value(ValueId(i)).producer.valid())
            changed.graph.value(ValueId(i)).type.shape = inference.types[i].shape;
    return Plan::variant(plan, std::move(changed), {&id, 1});
}

} // namespace

std::vector<NodeId> concernedBy(const Edit& edit, const Plan& plan)
{
    return std::visit(Match{[&](const SetValue& set) {
                                const auto& inputs = plan.root().inputs;
                                bool given =
                                    plan.graph().contains(set.value) &&
                                    (plan.graph().value(set.value).isConstant() ||
                                     std::find(inputs.begin(), inputs.end(), set.value) != inputs.end());
                                return given ? readersOf(plan, set.value) : std::vector<NodeId>();
                            },
                            [](const SetAttribute& set) { return std::vector{set.node}; },
                            [](const ReplaceOperator& replace) { return std::vector{replace.node}; },
                            [](const Bypass& bypass) { return std::vector{bypass.node}; },
                            [](const Skip&) { return std::vector<NodeId>(); }},
                      edit);
}

std::string inWords(const Edit& edit, const Plan& plan, NodeId next)
{
    auto name = [&](NodeId node) { return plan.graph().node(node).displayName(); };
    return std::visit(Match{[&](const SetValue& set) { return "set " + plan.graph().value(set.value).name; },
                            [&](const SetAttribute& set) {
                                if (std::holds_alternative<std::monostate>(set.value))
                                    return fmt::format("{} without {}", name(set.node), set.name);
                                graph::Attribute attribute;
                                attribute.name = set.name;
                                attribute.value = set.value;
                                return fmt::format("{}.{} = {}", name(set.node), set.name, attribute.text());
                            },
                            [&](const ReplaceOperator& replace) {
                                return fmt::format("{} replaced by {}", name(replace.node), replace.opType);
                            },
                            [&](const Bypass& bypass) { return name(bypass.node) + " bypassed"; },
                            [&](const Skip&) { return name(next) + " skipped"; }},
                      edit);
}

Result<std::shared_ptr<const Plan>> variantFor(const Edit& edit, const std::shared_ptr<const Plan>& plan,
                                               const std::map<ValueId, graph::ValueType>& inputTypes)
{
    if (const auto* set = std::get_if<SetValue>(&edit)) {
        if (!plan->graph().contains(set->value))
            return Error{ErrorCode::Usage, "there is no such value", {}};
        const graph::Value& value = plan->graph().value(set->value);
        if (!set->tensor.defined())
            return Error{ErrorCode::Usage, "no tensor was given", value.name};
        if (value.type.element != graph::DataType::Undefined && value.type.element != set->tensor.type())
            return Error{ErrorCode::Usage,
                         fmt::format("expected {}, found {}: those who read it were made for that type",
                                     graph::name(value.type.element), graph::name(set->tensor.type())),
                         value.name};
        if (!value.isConstant())
            return plan;
        graph::Model changed = plan->model();
        graph::Value& constant = changed.graph.value(set->value);
        constant.initializer->tensor = set->tensor;
        constant.initializer->external.reset();
        constant.type.shape = graph::Shape::of(set->tensor.dims());
        return Plan::variant(*plan, std::move(changed), {});
    }
    if (std::holds_alternative<Skip>(edit))
        return plan;

    NodeId id = concernedBy(edit, *plan).front();
    const graph::Node& before = *TRY(instructionOf(*plan, id));
    if (!before.regions().empty())
        return refusal("a node with bodies cannot be changed; change what is in them", before);
    graph::Model changed = plan->model();
    graph::Node& node = changed.graph.node(id);
    if (const auto* set = std::get_if<SetAttribute>(&edit)) {
        if (std::holds_alternative<RegionId>(set->value) ||
            std::holds_alternative<std::vector<RegionId>>(set->value))
            return refusal("a body cannot be an attribute's new value", before);
        if (std::holds_alternative<std::monostate>(set->value))
            std::erase_if(node.attributes,
                          [&](const auto& attribute) { return attribute.name == set->name; });
        else
            node.setAttribute(set->name, set->value);
    } else if (const auto* replace = std::get_if<ReplaceOperator>(&edit)) {
        node.opType = replace->opType;
        node.domain = replace->domain;
        node.overload.clear();
        node.attributes = replace->attributes;
        auto* spec = TRY(ops::findOp(plan->ops(), node, changed.opsetVersion(node)));
        if (spec->control != ops::Control::None)
            return refusal(replace->opType + " has bodies; there are none for it", before);
    } else {
        if (node.inputs.empty() || !node.inputs.front().valid())
            return refusal("it has no input that could take its output's place", before);
        if (std::count_if(node.outputs.begin(), node.outputs.end(), [](ValueId out) { return out.valid(); }) >
                1 ||
            node.outputs.empty() || !node.outputs.front().valid())
            return refusal("only a node with one output can be bypassed", before);
        node.opType = "Identity";
        node.domain.clear();
        node.overload.clear();
        node.attributes.clear();
        node.inputs.resize(1);
        node.outputs.resize(1);
    }
    return changedNode(*plan, std::move(changed), id, inputTypes);
}

} // namespace orrery::debug
