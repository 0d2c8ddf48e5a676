// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/plan.h"

#include "engine/base/text.h"
#include "engine/graph/order.h"
#include "engine/ops/kernel_choices.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace orrery::plan {
namespace {

using graph::Graph;
using graph::ValueType;

// Nodes of the main region that the root's outputs need.
std::unordered_set<NodeId> neededNodes(const Graph& graph, const graph::Root& root)
{
    std::unordered_set<NodeId> needed;
    std::vector<ValueId> pending = root.outputs;
    while (!pending.empty()) {
        ValueId value = pending.back();
        pending.pop_back();
        NodeId producer = value.valid() ? graph.value(value).producer : NodeId();
        if (!graph.contains(producer) || !needed.insert(producer).second)
            continue;
        for (ValueId input : graph::valuesRead(graph, producer))
            pending.push_back(input);
    }
    return needed;
}

Result<ops::KernelPtr> makeKernel(const graph::Model& model, const graph::Node& node, const ops::OpSpec& spec)
{
    std::vector<ValueType> inputs;
    std::vector<ValueType> outputs;
    std::vector<const graph::Tensor*> constants;
    for (ValueId id : node.inputs) {
        const graph::Value* value = id.valid() ? &model.graph.value(id) : nullptr;
        inputs.push_back(value == nullptr ? ValueType() : value->type);
        constants.push_back(value != nullptr && value->initializer ? &value->initializer->tensor : nullptr);
    }
    for (ValueId id : node.outputs)
        outputs.push_back(id.valid() ? model.graph.value(id).type : ValueType());
    ops::KernelInfo info{node, model.opsetVersion(node), inputs, outputs, constants};
    auto kernel = spec.kernel(info);
    if (!kernel.ok()) {
        Error error = kernel.releaseError();
        error.where = node.displayName();
        return error;
    }
    return kernel;
}

void nameKernel(Instruction& instruction, const graph::Node& node)
{
    bool foreign = instruction.spec->purity == ops::Purity::Foreign;
    bool control = instruction.spec->control != ops::Control::None;
    instruction.backend = foreign ? "custom" : "eigen";
    instruction.kernelName = (control ? "control." : foreign ? "custom." : "eigen.") + node.opType;
    instruction.wanted = passes::nodePlanOf(node);
    if (const std::string_view kernel = ops::chosenKernel(node); !kernel.empty())
        instruction.kernelName += fmt::format(".{}", displayText(kernel, 40));
    if (const int threads = instruction.wanted.threads; threads > 0)
        instruction.kernelName += fmt::format(" on {} thread{}", threads, threads == 1 ? "" : "s");
    if (instruction.wanted.isOutOfPlace)
        instruction.kernelName += " out of place";
}

// Constants and graph inputs are not the run's to free; what a region returns outlives it.
std::vector<std::vector<ValueId>> lastReads(const Graph& graph, const std::vector<NodeId>& order,
                                            const std::vector<ValueId>& kept)
{
    std::unordered_map<ValueId, std::size_t> last;
    for (std::size_t i = 0; i < order.size(); ++i) {
        for (ValueId output : graph.node(order[i]).outputs)
            if (output.valid())
                last[output] = i;
        for (ValueId input : graph::valuesRead(graph, order[i]))
            if (auto known = last.find(input); known != last.end())
                known->second = i;
    }
    for (ValueId value : kept)
        last.erase(value);
    std::vector<std::vector<ValueId>> result(order.size());
    for (const auto& [value, at] : last)
        result[at].push_back(value);
    for (auto& values : result)
        std::sort(values.begin(), values.end());
    return result;
}

// The node of region `home` that is, or holds in a body, the given one; invalid when there is none.
NodeId readerAt(const Graph& graph, NodeId node, RegionId home)
{
    while (node.valid() && graph.node(node).region != home)
        node = graph.region(graph.node(node).region).parent;
    return node;
}

} // namespace

Result<std::shared_ptr<const Plan>> Plan::create(graph::Model compute, const graph::Root& root, BackendChoice,
                                                 const ops::OpRegistry& ops, const passes::PlanHints& hints)
{
    const std::unordered_set<std::string> joined(hints.joinInPlace.begin(), hints.joinInPlace.end());
    std::shared_ptr<Plan> plan(new Plan());
    plan->m_model = std::move(compute);
    plan->m_root = root;
    plan->m_ops = &ops;
    const Graph& graph = plan->m_model.graph;

    for (ValueId output : root.outputs)
        if (!graph.contains(output) ||
            (!graph.value(output).producer.valid() && !graph.value(output).isConstant() &&
             std::find(root.inputs.begin(), root.inputs.end(), output) == root.inputs.end()))
            return Error{ErrorCode::BadModel,
                         "nothing computes output \"" +
                             (graph.contains(output) ? graph.value(output).name : std::string()) + "\"",
                         {}};

    std::unordered_set<NodeId> needed = neededNodes(graph, root);
    std::vector<RegionId> pending{graph.mainRegion()};
    for (std::size_t at = 0; at < pending.size(); ++at) {
        const graph::Region& region = graph.region(pending[at]);
        bool isMain = region.id == graph.mainRegion();
        std::vector<NodeId> order = TRY(graph::topologicalOrder(graph, region.id));
        if (isMain)
            std::erase_if(order, [&](NodeId id) { return !needed.contains(id); });
        auto dying = lastReads(graph, order, isMain ? root.outputs : region.outputs);

        Block block;
        block.region = region.id;
        for (std::size_t i = 0; i < order.size(); ++i) {
            const graph::Node& node = graph.node(order[i]);
            Instruction instruction;
            instruction.node = node.id;
            instruction.spec = TRY(ops::findOp(ops, node, plan->m_model.opsetVersion(node)));
            nameKernel(instruction, node);
            instruction.diesHere = std::move(dying[i]);
            instruction.joinsInPlace = node.opType == "Concat" && node.domain.empty() &&
                                       !node.outputs.empty() && node.outputs[0].valid() &&
                                       joined.contains(graph.value(node.outputs[0]).name);
            if (instruction.spec->control == ops::Control::None)
                instruction.kernel = TRY(makeKernel(plan->m_model, node, *instruction.spec));
            for (RegionId body : node.regions())
                pending.push_back(body);
            block.instructions.push_back(std::move(instruction));
        }
        plan->m_blockOfRegion[region.id] = plan->m_blocks.size();
        plan->m_blocks.push_back(std::move(block));
    }
    return std::shared_ptr<const Plan>(std::move(plan));
}

Result<std::shared_ptr<const Plan>> Plan::variant(const Plan& plan, graph::Model changed,
                                                  std::span<const NodeId> nodes)
{
    std::shared_ptr<Plan> result(new Plan());
    result->m_root = plan.m_root;
    result->m_ops = plan.m_ops;
    result->m_blockOfRegion = plan.m_blockOfRegion;
    result->m_blocks = plan.m_blocks;
    result->m_model = std::move(changed);
    const Graph& before = plan.graph();
    const Graph& after = result->graph();

    auto constantChanged = [&](ValueId id) {
        if (!id.valid() || id.index() >= before.valueSlots())
            return false;
        const auto &old = before.value(id).initializer, &fresh = after.value(id).initializer;
        return old.has_value() != fresh.has_value() ||
               (old &&
                (old->tensor.bytes() != fresh->tensor.bytes() || !old->tensor.identicalTo(fresh->tensor)));
    };
    std::unordered_map<NodeId, std::size_t> position; // in its block
    for (const Block& block : result->m_blocks)
        for (std::size_t i = 0; i < block.instructions.size(); ++i)
            position[block.instructions[i].node] = i;
    std::unordered_map<RegionId, std::map<ValueId, std::size_t>> newReads; // by block: where last
    for (Block& block : result->m_blocks)
        for (Instruction& instruction : block.instructions) {
            const graph::Node& node = after.node(instruction.node);
            bool isChanged = std::find(nodes.begin(), nodes.end(), node.id) != nodes.end();
            if (!isChanged && std::none_of(node.inputs.begin(), node.inputs.end(), constantChanged))
                continue;
            instruction.spec = TRY(ops::findOp(*plan.m_ops, node, result->m_model.opsetVersion(node)));
            if (instruction.spec->control == ops::Control::None) {
                instruction.kernel = TRY(makeKernel(result->m_model, node, *instruction.spec));
                nameKernel(instruction, node);
            }
            if (!isChanged)
                continue;
            for (ValueId read : graph::valuesRead(after, node.id)) {
                NodeId reader = readerAt(after, node.id, after.value(read).region);
                NodeId producer = after.value(read).producer;
                auto made = position.find(producer);
                if (!reader.valid() ||
                    (producer.valid() && (made == position.end() || made->second >= position[reader])))
                    return Error{ErrorCode::BadModel,
                                 "it would read \"" + after.value(read).name +
                                     "\", which is not computed before it",
                                 node.displayName()};
                std::size_t& last = newReads[after.value(read).region][read];
                last = std::max(last, position[reader]);
            }
        }
    for (Block& block : result->m_blocks) {
        const auto& reads = newReads[block.region];
        for (std::size_t i = 0; i < block.instructions.size() && !reads.empty(); ++i)
            std::erase_if(block.instructions[i].diesHere, [&](ValueId value) {
                auto read = reads.find(value);
                if (read == reads.end() || read->second <= i)
                    return false;
                auto& later = block.instructions[read->second].diesHere;
                later.insert(std::lower_bound(later.begin(), later.end(), value), value);
                return true;
            });
    }
    return std::shared_ptr<const Plan>(std::move(result));
}

const Block& Plan::block(RegionId region) const
{
    auto at = m_blockOfRegion.find(region);
    CHECK(at != m_blockOfRegion.end());
    return m_blocks[at->second];
}

} // namespace orrery::plan
