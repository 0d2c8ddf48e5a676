#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Runner: serves one session over a Channel: opens a model, runs it, answers. Works the same in a process of
// its own
// (`orrery-runner`) and on a thread of the session's process. A second thread reads the commands, so that
// Stop and Pause act while a model runs, and the end of the stream ends the runner even when a kernel hangs.

#include "engine/exec/observer.h"
#include "engine/graph/graph.h"
#include "profiler/protocol/channel.h"
#include "profiler/runner/sandbox.h"

#include <functional>
#include <memory>

namespace orrery::runner {

enum class OnDisconnect {
    ExitProcess, // the session is gone: nobody wants what still runs
    StopServing,
};

struct RunnerOptions {
    OnDisconnect onDisconnect = OnDisconnect::StopServing;
    Isolation isolation{"", "the model runs inside of this program: nothing is forbidden to it"};
    // Puts an observer in front of the recorder (null when nothing is recorded); for tests that make a runner
    // fail.
    std::function<std::unique_ptr<exec::ExecutionObserver>(const graph::Graph&, exec::ExecutionObserver*)>
        wrapObserver;
};

// Returns when the session quits or is gone.
void serve(protocol::Channel channel, const RunnerOptions& options);

} // namespace orrery::runner
