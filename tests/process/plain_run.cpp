// SPDX-License-Identifier: Apache-2.0
//
// plain_run MODEL STEPS [LIBRARY]: runs a model in this process, with nothing that watches it: for tools that
// watch from outside, to compare with.
#include "engine/exec/execution.h"
#include "profiler/runner/inputs.h"
#include "profiler/runner/opened_model.h"

#include <cstdio>
#include <cstdlib>

using namespace orrery;

namespace {

Result<void> runModel(const char* model, int steps, const char* library)
{
    protocol::Open open;
    open.modelPath = model;
    if (library != nullptr)
        open.customOps = {library};
    runner::OpenedModel opened = TRY(runner::openModel(open));
    protocol::Run run;
    auto inputs = TRY(runner::makeInputs(opened.plan->graph(), opened.plan->root(), run)).tensors;
    auto execution = TRY(exec::Execution::create(opened.plan, {}));
    for (int i = 0; i < steps; ++i) {
        TRY(execution->start(inputs));
        TRY(execution->run());
    }
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3) {
        std::fputs("usage: plain_run MODEL STEPS [LIBRARY]\n", stderr);
        return 2;
    }
    auto done = runModel(argv[1], std::atoi(argv[2]), argc > 3 ? argv[3] : nullptr);
    if (!done.ok())
        std::fprintf(stderr, "%s\n", done.error().text().c_str());
    return done.ok() ? 0 : 1;
}
