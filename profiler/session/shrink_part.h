#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// PartMaker: parts of a model that run by themselves. What a part reads from the rest becomes an input, with
// the tensor that it had in a run of the whole model, captured in a runner of its own just before the node
// that fails, or as the caller knows it.

#include "engine/graph/model.h"
#include "profiler/session/debug_session.h"

#include <map>
#include <set>

namespace orrery::session {

struct Part {
    graph::Model model;
    std::vector<std::pair<std::string, graph::Tensor>> inputs; // in the main root's order

    std::size_t nodes() const { return model.graph.nodeCount(); }
};

class PartMaker {
public:
    static Result<PartMaker> create(const std::string& modelPath, const DebugOptions& options,
                                    const std::set<NodeId>& failing);
    // Tensors by name of value, to be taken instead of captured ones.
    void know(std::map<std::string, graph::Tensor> tensors) { m_known = std::move(tensors); }

    const graph::Model& model() const { return m_model; }
    const std::vector<NodeId>& order() const { return m_order; } // of the main graph
    // All that the nodes depend on, themselves included; not beyond values that are known.
    std::set<NodeId> neededFor(const std::set<NodeId>& nodes) const;

    // Usage when an input's tensor cannot be captured.
    Result<Part> make(const std::set<NodeId>& nodes);

private:
    Result<graph::Tensor> capture(const std::string& name);

    graph::Model m_model;
    std::vector<NodeId> m_order;
    std::unique_ptr<DebugSession> m_session; // over the dataflow graph, just before what fails
    std::map<std::string, ValueId> m_values; // of its graph
    std::map<std::string, graph::Tensor> m_known;
    std::map<std::string, graph::Tensor> m_captured;
};

// The model, and its inputs as input_0.pb … in the folder, which keeps no others. Each file is replaced in
// one step.
Result<void> savePart(const Part& part, const std::string& modelPath, const std::string& inputsFolder);

} // namespace orrery::session
