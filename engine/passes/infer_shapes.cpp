// SPDX-License-Identifier: Apache-2.0
//
// value: declared type  →  value: type that follows from the graph's inputs, as far as it can be known.
#include "engine/passes/infer.h"
#include "engine/passes/pass.h"

namespace orrery::passes {
namespace {

Result<std::size_t> run(graph::Model& model, PassContext& context)
{
    Inference inference = inferTypes(model, context.ops);
    std::size_t changed = 0;
    for (std::size_t i = 0; i < model.graph.valueSlots(); ++i) {
        graph::Value& value = model.graph.value(ValueId(i));
        if (!value.alive || value.type == inference.types[i])
            continue;
        value.type = std::move(inference.types[i]);
        ++changed;
    }
    for (Problem& problem : inference.problems) {
        if (problem.severity == Severity::Error)
            return Error{problem.code == "unknown-op" ? ErrorCode::Unsupported : ErrorCode::BadModel,
                         problem.text, problem.node};
        context.problems.push_back(std::move(problem));
    }
    return changed;
}

} // namespace

PassSpec infer_shapes()
{
    return {"infer_shapes", "Works out the type and shape of every value from the graph's inputs.",
            PassLevel::Always, run};
}

} // namespace orrery::passes
