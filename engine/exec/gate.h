#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Gate: asked between ops whether the Execution may go on. Implementations are shared with another thread (a
// command reader, a signal handler's flag) and must be cheap and lock-free on the usual path.

#include "engine/base/ids.h"

namespace orrery::exec {

enum class GateAnswer { Go, Pause, Stop };

class Gate {
public:
    virtual ~Gate() = default;
    virtual GateAnswer ask(NodeId next) = 0;
    // Asked from within long kernels: true when the run should end as soon as it can.
    virtual bool stopRequested() const = 0;
};

} // namespace orrery::exec
