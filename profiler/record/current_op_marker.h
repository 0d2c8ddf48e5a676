#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// CurrentOpMarker: the observer of a run that is not recorded. It only keeps the ring's current-op cell, two
// stores for an op, so that the node is known when the runner dies. Belongs to the executing thread.

#include "engine/exec/observer.h"
#include "profiler/record/shared_ring.h"

namespace orrery::record {

class CurrentOpMarker final : public exec::ExecutionObserver {
public:
    explicit CurrentOpMarker(SharedRing& ring)
        : m_header(ring.header())
    {}

    void stepBegin(std::uint32_t step) override
    {
        m_header.currentStep.store(step, std::memory_order_relaxed);
    }
    void stepEnd(std::uint32_t) override { m_header.currentNode.store(noId, std::memory_order_relaxed); }
    void opBegin(NodeId node) override { m_header.currentNode.store(node.value, std::memory_order_relaxed); }

private:
    RingHeader& m_header;
};

} // namespace orrery::record
