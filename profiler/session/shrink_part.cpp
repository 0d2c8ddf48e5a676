// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/shrink_part.h"

#include "engine/base/text.h"
#include "engine/debug/extract.h"
#include "engine/formats/format.h"
#include "engine/formats/tensor_file.h"
#include "engine/graph/order.h"
#include "profiler/session/shrink_failure.h"

#include <algorithm>
#include <filesystem>

namespace orrery::session {

namespace {

// The steps of the whole model that came from the nodes, in order.
std::vector<NodeId> stepsOf(const DebugSession& session, const std::set<NodeId>& nodes)
{
    std::vector<NodeId> steps;
    for (NodeId id : session.order().front().nodes)
        for (NodeId main : mainNodesOf(session.opened(), id))
            if (nodes.contains(main)) {
                steps.push_back(id);
                break;
            }
    return steps;
}

// A session that stands just before the last of the steps, or, when an earlier one fails, before the first.
Result<std::unique_ptr<DebugSession>> sessionBefore(const std::string& modelPath, const DebugOptions& options,
                                                    const std::set<NodeId>& failing)
{
    for (bool last : {true, false}) {
        auto session = TRY(DebugSession::open(modelPath, options));
        std::vector<NodeId> steps = stepsOf(*session, failing);
        if (steps.empty())
            return session;
        debug::Movement movement;
        movement.goal = debug::Goal::Node;
        movement.node = last ? steps.back() : steps.front();
        if (session->state().next == movement.node)
            return session;
        auto state = session->go(movement);
        if (state.ok() && !state->error)
            return session;
        if (last && steps.size() > 1)
            continue;
        return state.ok() ? *state->error : state.releaseError();
    }
    return Error{ErrorCode::Internal, "no place to capture tensors at", {}};
}

} // namespace

Result<PartMaker> PartMaker::create(const std::string& modelPath, const DebugOptions& options,
                                    const std::set<NodeId>& failing)
{
    PartMaker maker;
    maker.m_model = TRY(formats::readModel(modelPath));
    maker.m_order = TRY(graph::topologicalOrder(maker.m_model.graph, maker.m_model.graph.mainRegion()));
    DebugOptions stepping = options;
    stepping.session.optimize = passes::OptimizeLevel::None;
    stepping.referencePath.clear();
    stepping.earlierTracePath.clear();
    maker.m_session = TRY(sessionBefore(modelPath, stepping, failing));
    const graph::Graph& stepped = maker.m_session->graph();
    for (std::size_t i = 0; i < stepped.valueSlots(); ++i) {
        const graph::Value& value = stepped.value(ValueId(i));
        if (value.alive && !value.name.empty() && value.region == stepped.mainRegion())
            maker.m_values.emplace(value.name, value.id);
    }
    return maker;
}

std::set<NodeId> PartMaker::neededFor(const std::set<NodeId>& nodes) const
{
    std::set<NodeId> needed = nodes;
    std::vector<NodeId> open(nodes.begin(), nodes.end());
    while (!open.empty()) {
        NodeId node = open.back();
        open.pop_back();
        for (ValueId id : graph::valuesRead(m_model.graph, node)) {
            const graph::Value& value = m_model.graph.value(id);
            if (value.producer.valid() && !m_known.contains(value.name) &&
                needed.insert(value.producer).second)
                open.push_back(value.producer);
        }
    }
    return needed;
}

Result<graph::Tensor> PartMaker::capture(const std::string& name)
{
    for (const auto* tensors : {&m_known, &m_captured})
        if (auto found = tensors->find(name); found != tensors->end())
            return found->second;
    auto value = m_values.find(name);
    if (value == m_values.end())
        return Error{ErrorCode::Usage, "it was not captured", "value \"" + displayText(name, 200) + "\""};
    CapturedTensor captured = TRY(m_session->tensor(value->second, Recompute::Yes));
    m_captured.emplace(name, captured.tensor);
    return captured.tensor;
}

Result<Part> PartMaker::make(const std::set<NodeId>& nodes)
{
    Part part;
    part.model = TRY(debug::extract(m_model, nodes));
    graph::Graph& graph = part.model.graph;
    for (ValueId id : graph.mainRoot().inputs) {
        graph::Value& value = graph.value(id);
        graph::Tensor tensor = TRY(capture(value.name));
        value.type = graph::ValueType::tensor(tensor.type(), graph::Shape::of(tensor.dims()));
        part.inputs.emplace_back(value.name, std::move(tensor));
    }
    // A file needs the types of a model's outputs; what lies inside of a model often has none.
    const std::vector<graph::ValueType>& types = m_session->types();
    for (ValueId id : graph.main().outputs) {
        graph::Value& value = graph.value(id);
        auto known = m_values.find(value.name);
        if (value.type.kind == graph::TypeKind::Unknown && known != m_values.end() &&
            known->second.index() < types.size())
            value.type = types[known->second.index()];
    }
    return part;
}

Result<void> savePart(const Part& part, const std::string& modelPath, const std::string& inputsFolder)
{
    std::error_code error;
    std::filesystem::create_directories(inputsFolder, error);
    if (error)
        return Error{ErrorCode::Io, "the folder could not be made: " + error.message(), inputsFolder};
    auto file = [&](std::size_t i) { return inputsFolder + "/input_" + std::to_string(i) + ".pb"; };
    for (std::size_t i = 0; i < part.inputs.size(); ++i)
        TRY(formats::writeTensor(part.inputs[i].second, file(i), part.inputs[i].first));
    for (std::size_t i = part.inputs.size(); std::filesystem::remove(file(i), error); ++i) {
    }
    return formats::writeModel(part.model, modelPath);
}

} // namespace orrery::session
