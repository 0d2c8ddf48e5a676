// SPDX-License-Identifier: Apache-2.0
//
// graph  →  the graph as the plan hints want it: values computed again, held in a narrower type, chains of
// nodes in slices, nodes in another order, on fewer threads, by another kernel. See plan_hints.h and the
// hint_*.cpp of each kind.
#include "engine/passes/hint_editor.h"
#include "engine/passes/pass.h"

namespace orrery::passes {

Result<std::size_t> applyPlanHints(graph::Model& compute, const PlanHints& hints, const ops::OpRegistry& ops,
                                   std::vector<Problem>& problems)
{
    HintEditor editor(compute, ops, problems);
    std::size_t followed = applyThreads(editor, hints.threads);
    followed += applyKernel(editor, hints.kernel);
    followed += applyOutOfPlace(editor, hints.outOfPlace);
    followed += applyRecompute(editor, hints.recompute); // copies of a node are planned like the node
    followed += applyHold(editor, hints.hold);
    followed += applyChunk(editor, hints.chunk);
    editor.placeNodes();
    followed += applyOrder(editor, hints.order);
    editor.tellHowManyMore();
    return followed;
}

namespace {

Result<std::size_t> run(graph::Model& model, PassContext& context)
{
    return applyPlanHints(model, context.hints, context.ops, context.problems);
}

} // namespace

PassSpec apply_plan_hints()
{
    return {"apply_plan_hints", "Carries out what the user wants of the graph beside all that.",
            PassLevel::Hinted, run};
}

} // namespace orrery::passes
