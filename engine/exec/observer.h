#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ExecutionObserver: the one seam through which a running Execution is watched. Called on the executing
// thread, in order; an implementation must be quick, must not throw, and takes its own time stamps. Node ids
// are those of the compute graph.

#include "engine/base/ids.h"

#include <cstdint>

namespace orrery::exec {

enum class AllocationKind : std::uint8_t {
    Weight,
    Input,
    Output,
    Activation,
    Workspace,
    Cache,
    PackedWeight,
    Native
};

struct Allocation {
    BufferId buffer; // unique in the run
    ValueId value;   // what it holds; invalid for a workspace
    NodeId node;     // who asked; invalid for inputs and weights
    std::int64_t bytes = 0;
    std::int64_t offset = -1; // in the arena; -1 outside of it
    AllocationKind kind = AllocationKind::Activation;
};

class ExecutionObserver {
public:
    virtual ~ExecutionObserver() = default;

    virtual void stepBegin(std::uint32_t /*step*/) {}
    virtual void stepEnd(std::uint32_t /*step*/) {}
    virtual void opBegin(NodeId /*node*/) {}
    // All outputs of the node hold what it computed (or what it was skipped with), and none of them has been
    // freed yet, not even those that nobody reads.
    virtual void outputsReady(NodeId /*node*/) {}
    virtual void opEnd(NodeId /*node*/) {} // also when the op failed
    virtual void allocated(const Allocation& /*allocation*/) {}
    virtual void freed(BufferId /*buffer*/, NodeId /*node*/) {}
};

} // namespace orrery::exec
