// SPDX-License-Identifier: Apache-2.0
//
// y = f(x…) {attributes}   where f is a function of the model
//   →  y = orrery.Call(x…) {body = the nodes of f's body, capturing x…}
// Without optimisation, so that a debugger can step over a call and into it.
#include "engine/passes/function_body.h"
#include "engine/passes/pass.h"

namespace orrery::passes {

PassSpec outline_functions()
{
    return {"outline_functions", "Hangs the bodies of the model's own functions on their calls.",
            PassLevel::OnlyNone,
            [](graph::Model& model, PassContext&) { return replaceCalls(model, CallForm::Hanging); }};
}

} // namespace orrery::passes
