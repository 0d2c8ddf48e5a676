#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The two sides of a comparison. A RecordedRun is an Execution that steps through its main graph and notes
// what its nodes compute; a ReferenceSide answers what a value of the subject should hold, from another run
// or from a file. Within a loop each iteration overwrites the one before; a note says of which it is.

#include "engine/exec/execution.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace orrery::debug {

// Iterations of the bodies that a value lies in, outermost first; -1 for a body that is no loop's. Empty in
// the main graph.
using Iterations = std::vector<std::int64_t>;

struct Noted {
    graph::Tensor tensor;
    Iterations iterations;
};

// Of an execution that stands in `region` or in a body within it.
Iterations iterationsOf(const exec::Execution& execution, RegionId region);

class ReferenceSide {
public:
    virtual ~ReferenceSide() = default;

    // Whether the value could ever be had; and whether anything of it is still needed after the instruction
    // of the subject's main graph with this index.
    virtual bool knows(ValueId ofSubject) const = 0;
    virtual void needUntil(ValueId ofSubject, std::size_t instruction) = 0;
    virtual void forgetAfter(std::size_t instruction) = 0;

    // Goes on until the values are there, or never will be.
    virtual Result<void> advance(const std::vector<ValueId>& ofSubject) = 0;
    // Null: not known, or not of these iterations.
    virtual const graph::Tensor* value(ValueId ofSubject, const Iterations& iterations) const = 0;
};

// Another run of the same model. Values are the same when id, name and origins agree, or else a name that
// either graph has once.
Result<std::unique_ptr<ReferenceSide>> referenceRun(const plan::Plan& subject,
                                                    std::shared_ptr<const plan::Plan> reference,
                                                    const std::vector<graph::Tensor>& inputs,
                                                    const exec::ExecutionOptions& options);

// Tensors by name; inputs of the run as given. `tensors` must outlive it.
std::unique_ptr<ReferenceSide> recordedReference(const plan::Plan& subject,
                                                 const std::map<std::string, graph::Tensor>& tensors,
                                                 const std::vector<graph::Tensor>& inputs);

// Cancelled when the gate says stop.
Result<void> askGate(exec::Gate* gate, NodeId next);

} // namespace orrery::debug
