#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A sample graph in a debugger, unoptimised as when one steps through it, with inputs that are the same every
// time.

#include "engine/debug/debugger.h"
#include "engine/formats/format.h"
#include "engine/passes/pipeline.h"

#include <string>

namespace orrery::test {

inline Result<std::shared_ptr<const plan::Plan>> planOf(const graph::Model& model)
{
    passes::PipelineOptions options;
    options.level = passes::OptimizeLevel::None;
    auto compiled = TRY(passes::compile(model, options, ops::OpRegistry::builtin()));
    graph::Root root = compiled.compute.graph.mainRoot();
    return plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                              ops::OpRegistry::builtin());
}

inline Result<std::shared_ptr<const plan::Plan>> samplePlan(const std::string& name)
{
    return planOf(TRY(formats::readModel(std::string(SAMPLE_GRAPHS) + "/" + name + ".onnxtxt")));
}

// Dims that are not known become 3; numbers run from -1 to 1 in uneven steps.
inline std::vector<graph::Tensor> inputsOf(const plan::Plan& plan)
{
    std::vector<graph::Tensor> inputs;
    for (ValueId id : plan.root().inputs) {
        const graph::ValueType& type = plan.graph().value(id).type;
        graph::Dims dims;
        for (const graph::Dim& dim : type.shape->dims)
            dims.push_back(dim.isKnown() ? dim.value() : 3);
        graph::Tensor tensor = graph::Tensor::allocate(type.element, dims).releaseValue();
        for (std::int64_t i = 0; i < tensor.elementCount(); ++i)
            if (type.element == graph::DataType::Float32)
                tensor.mutableData<float>()[i] = static_cast<float>((i * 37 + 11) % 101) / 50.0f - 1.0f;
            else if (type.element == graph::DataType::Bool)
                tensor.mutableData<bool>()[i] = true;
            else
                tensor.mutableData<std::int64_t>()[i] = i + 1;
        inputs.push_back(std::move(tensor));
    }
    return inputs;
}

inline std::unique_ptr<debug::Debugger> debuggerFor(const std::shared_ptr<const plan::Plan>& plan,
                                                    const debug::DebugOptions& options = {})
{
    return debug::Debugger::create(plan, inputsOf(*plan), options).releaseValue();
}

inline std::unique_ptr<debug::Debugger> debugged(const std::string& sample,
                                                 const debug::DebugOptions& options = {})
{
    return debuggerFor(samplePlan(sample).releaseValue(), options);
}

inline NodeId nodeNamed(const debug::Debugger& debugger, std::string_view name)
{
    const graph::Graph& graph = debugger.plan().graph();
    for (NodeId id : graph.liveNodes())
        if (graph.node(id).name == name)
            return id;
    return {};
}

inline ValueId valueNamed(const debug::Debugger& debugger, std::string_view name)
{
    const graph::Graph& graph = debugger.plan().graph();
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (graph.value(ValueId(i)).alive && graph.value(ValueId(i)).name == name)
            return ValueId(i);
    return {};
}

inline debug::Movement move(debug::Goal goal, debug::Direction direction, std::uint64_t count = 1)
{
    debug::Movement movement;
    movement.goal = goal;
    movement.direction = direction;
    movement.count = count;
    movement.position = count;
    return movement;
}

inline debug::Movement moveTo(NodeId node, debug::Direction direction)
{
    debug::Movement movement = move(debug::Goal::Node, direction);
    movement.node = node;
    return movement;
}

} // namespace orrery::test
