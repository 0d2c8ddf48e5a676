// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/simplify.h"

#include "engine/passes/infer.h"
#include "engine/passes/pass.h"

#include <algorithm>

namespace orrery::edit {
namespace {

constexpr int mostRounds = 16;

// Passes note where a node came from and what they learn of types; an edit of the user's model has neither.
void forgetNotes(const graph::Graph& before, graph::Graph& after)
{
    for (NodeId node : after.liveNodes())
        after.node(node).origins = before.contains(node) ? before.node(node).origins : std::vector<NodeId>();
    for (std::size_t i = 0; i < after.valueSlots(); ++i)
        if (before.contains(ValueId(i)) && after.contains(ValueId(i)) &&
            !(after.value(ValueId(i)).initializer && !before.value(ValueId(i)).initializer))
            after.value(ValueId(i)).type = before.value(ValueId(i)).type;
}

// What the removed nodes made, and nothing reads any more.
void removeUnmade(const graph::Graph& before, graph::Graph& after)
{
    graph::UseIndex uses(after);
    std::set<ValueId> listed;
    for (std::size_t i = 0; i < after.regionSlots(); ++i)
        if (const graph::Region& region = after.region(RegionId(i)); region.alive)
            listed.insert(region.inputs.begin(), region.inputs.end());
    for (const graph::Root& root : after.roots()) {
        listed.insert(root.inputs.begin(), root.inputs.end());
        listed.insert(root.outputs.begin(), root.outputs.end());
    }
    for (std::size_t i = 0; i < after.valueSlots(); ++i) {
        const graph::Value& value = after.value(ValueId(i));
        if (value.alive && !value.producer.valid() && !value.initializer && !listed.contains(value.id) &&
            uses.uses(value.id).empty() && before.contains(value.id) &&
            before.value(value.id).producer.valid())
            after.removeValue(value.id);
    }
}

// What passes go by. What inference finds wrong is for the list of problems, not for this.
void learnTypes(graph::Model& model, const ops::OpRegistry& ops)
{
    passes::Inference inference = passes::inferTypes(model, ops);
    for (std::size_t i = 0; i < model.graph.valueSlots(); ++i)
        if (graph::Value& value = model.graph.value(ValueId(i)); value.alive)
            value.type = std::move(inference.types[i]);
}

bool isFolded(const graph::Graph& before, const graph::Graph& after)
{
    for (std::size_t i = 0; i < after.valueSlots(); ++i)
        if (after.contains(ValueId(i)) && after.value(ValueId(i)).initializer &&
            !(before.contains(ValueId(i)) && before.value(ValueId(i)).initializer))
            return true;
    return false;
}

std::string whatHappened(std::string_view pass, bool goes)
{
    if (pass == "cancel_pairs")
        return goes ? "goes: merged with its neighbour" : "reads past the node before it";
    if (pass == "remove_identity")
        return "goes: its input is handed on";
    if (pass == "fold_constants")
        return "becomes a constant";
    if (pass == "merge_duplicates")
        return "goes: another node computes the same";
    return "goes: nothing reads its results";
}

} // namespace

const std::vector<SimplifyKind>& simplifyKinds()
{
    static const std::vector<SimplifyKind> kinds = {
        {"cancel_pairs", "Pairs",
         "Casts, transposes and views of each other are merged, and what undoes what came before."},
        {"remove_identity", "Identities", "What hands its input on unchanged goes."},
        {"fold_constants", "Constants", "What depends on constants alone becomes a constant."},
        {"merge_duplicates", "Duplicates", "What is computed or kept twice is computed or kept once."},
        {"remove_dead", "Not read", "Nodes and constants that no output depends on go."}};
    return kinds;
}

Result<CleanUp> simplify(const graph::Model& model, const ops::OpRegistry& ops,
                         const std::set<std::string>& kinds, const Progress& progress)
{
    graph::Model changed = model;
    std::vector<Problem> problems;
    const passes::PlanHints noHints;
    passes::PassContext context{ops, problems, noHints};
    std::vector<TouchedNode> touched;
    std::set<NodeId> told;
    const auto specs = passes::passSpecs();
    double done = 0;
    for (int round = 0; round < mostRounds; ++round) {
        std::size_t rewrites = 0;
        for (const SimplifyKind& kind : simplifyKinds()) {
            if (!kinds.empty() && !kinds.contains(std::string(kind.pass)))
                continue;
            TRY(report(progress, done += (1 - done) / 8));
            learnTypes(changed, ops);
            const graph::Graph before = changed.graph;
            auto pass = std::find_if(specs.begin(), specs.end(),
                                     [&](const passes::PassSpec& spec) { return spec.name == kind.pass; });
            rewrites += TRY(pass->run(changed, context));
            for (NodeId node : before.liveNodes()) {
                const bool goes = !changed.graph.contains(node);
                const bool changes = !goes && kind.pass == "cancel_pairs" &&
                                     changed.graph.node(node).inputs != before.node(node).inputs;
                if ((goes || changes) && model.graph.contains(node) && told.insert(node).second)
                    touched.push_back(touchedNode(model.graph, node, std::string(kind.pass),
                                                  whatHappened(kind.pass, goes)));
            }
        }
        if (rewrites == 0)
            break;
    }
    removeUnmade(model.graph, changed.graph);
    forgetNotes(model.graph, changed.graph);
    if (changed.irVersion > 0 && changed.irVersion < 4 && isFolded(model.graph, changed.graph))
        changed.irVersion = 4; // before, every constant had to be a graph input, too
    return cleanUpOf(model, std::move(changed), "Simplify", std::move(touched));
}

} // namespace orrery::edit
