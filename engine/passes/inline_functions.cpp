// SPDX-License-Identifier: Apache-2.0
//
// y = f(x…) {attributes}   where f is a function of the model
//   →  the nodes of f's body, with its inputs, outputs and attribute references replaced; each has the call
//   as its origin.
#include "engine/passes/function_body.h"
#include "engine/passes/pass.h"

namespace orrery::passes {

PassSpec inline_functions()
{
    return {"inline_functions", "Replaces calls of the model's own functions by their bodies.",
            PassLevel::Basic,
            [](graph::Model& model, PassContext&) { return replaceCalls(model, CallForm::Inlined); }};
}

} // namespace orrery::passes
