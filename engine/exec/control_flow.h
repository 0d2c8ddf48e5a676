#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ControlFlow: how the executor goes into the bodies of If, Loop, Scan and function calls, from one iteration
// to the next, and out again. Works on the values of one Execution; holds no state of its own, all of it is
// in the frames.

#include "engine/exec/frame.h"
#include "engine/exec/storage.h"
#include "engine/exec/value_store.h"

#include <optional>

namespace orrery::exec {

class ControlFlow {
public:
    ControlFlow(const plan::Plan& plan, ValueStore& values, Storage storage)
        : m_plan(plan)
        , m_graph(plan.graph())
        , m_values(values)
        , m_storage(storage)
    {}

    // The frame of the body that is entered, its inputs set; nullopt for a loop without iterations, whose
    // outputs are then set. An error has no `where` yet.
    Result<std::optional<Frame>> enter(const plan::Instruction& instruction);

    // Called at the end of a body. True: the frame stands at the beginning of the next iteration. False: it
    // is over, the outputs of the node are set and the values of the body are gone.
    Result<bool> goOn(Frame& frame);

    // Leaves a body without outputs: what it held is gone.
    void abandon(const Frame& frame);

private:
    struct Shape; // of a loop's inputs and outputs

    Shape shapeOf(const plan::Instruction& instruction) const;
    Frame frameOf(const plan::Instruction& instruction, RegionId body) const;
    Result<Frame> loopFrame(const plan::Instruction& instruction, const Shape& shape,
                            std::int64_t iterations) const;
    Result<Frame> enterIf(const plan::Instruction& instruction);
    Result<std::optional<Frame>> enterLoop(const plan::Instruction& instruction);
    Result<std::optional<Frame>> enterScan(const plan::Instruction& instruction);
    template<class T>
    graph::Tensor oneElement(ValueId bodyInput, T value) const;
    Result<void> setIterationInputs(const Frame& frame, const Shape& shape);
    Result<void> gather(Frame& frame, const Shape& shape);
    Result<void> finishLoop(const plan::Instruction& instruction, const Shape& shape, const Frame* last);
    Result<void> copyOut(const plan::Instruction& instruction, ValueId from, std::size_t output);
    void leaveBranch(const Frame& frame);

    const plan::Plan& m_plan;
    const graph::Graph& m_graph;
    ValueStore& m_values;
    Storage m_storage;
};

} // namespace orrery::exec
