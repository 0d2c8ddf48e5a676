#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// For tests of executions: models from ONNX text or the sample graphs, plans of them, inputs with numbers
// that follow from their index, and an observer that keeps the books of buffers.

#include "engine/exec/execution.h"
#include "engine/formats/format.h"
#include "engine/passes/pipeline.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace orrery::test {

inline Result<graph::Model> modelFromText(const std::string& text)
{
    auto path = std::filesystem::temp_directory_path() / fmt::format("orrery-test-{}.onnxtxt", ::getpid());
    std::ofstream(path) << text;
    auto model = formats::readModel(path.string());
    std::filesystem::remove(path);
    return model;
}

inline Result<std::shared_ptr<const plan::Plan>>
planOf(const graph::Model& model, passes::OptimizeLevel level = passes::OptimizeLevel::None)
{
    passes::PipelineOptions pipeline;
    pipeline.level = level;
    auto compiled = TRY(passes::compile(model, pipeline, ops::OpRegistry::builtin()));
    graph::Root root = compiled.compute.graph.mainRoot();
    return plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                              ops::OpRegistry::builtin());
}

// Unknown dims become 3.
inline Result<std::vector<graph::Tensor>> inputsFor(const plan::Plan& plan)
{
    std::vector<graph::Tensor> inputs;
    for (ValueId id : plan.root().inputs) {
        const graph::ValueType& type = plan.graph().value(id).type;
        graph::Dims dims;
        for (const graph::Dim& dim : type.shape->dims)
            dims.push_back(dim.isKnown() ? dim.value() : 3);
        graph::Tensor tensor = TRY(graph::Tensor::allocate(type.element, dims));
        for (std::int64_t i = 0; i < tensor.elementCount(); ++i) {
            if (type.element == graph::DataType::Float32)
                tensor.mutableData<float>()[i] = static_cast<float>((i * 7919) % 211) / 100.0f - 1.0f;
            else if (type.element == graph::DataType::Int64)
                tensor.mutableData<std::int64_t>()[i] = i % 3;
            else if (type.element == graph::DataType::Bool)
                tensor.mutableData<bool>()[i] = true;
        }
        inputs.push_back(std::move(tensor));
    }
    return inputs;
}

inline std::vector<float> floats(const graph::Tensor& tensor)
{
    return {tensor.span<float>().begin(), tensor.span<float>().end()};
}

// Buffers are allocated once and freed once; `live` are those in between, weights apart.
class Books : public exec::ExecutionObserver {
public:
    void opBegin(NodeId) override { ++begun; }
    void opEnd(NodeId) override { ++ended; }
    void outputsReady(NodeId) override { ++ready; }
    void allocated(const exec::Allocation& a) override
    {
        if (a.kind == exec::AllocationKind::Weight)
            return;
        errors += live.emplace(a.buffer.value, a.bytes).second ? 0 : 1;
        liveBytes += a.bytes;
    }
    void freed(BufferId buffer, NodeId) override
    {
        auto at = live.find(buffer.value);
        if (at == live.end()) {
            ++errors;
            return;
        }
        liveBytes -= at->second;
        live.erase(at);
    }

    std::map<std::uint32_t, std::int64_t> live;
    std::int64_t liveBytes = 0;
    int errors = 0;
    int begun = 0;
    int ended = 0;
    int ready = 0;
};

// Asked so many times it says stop.
class StopAfter : public exec::Gate {
public:
    explicit StopAfter(int asks)
        : m_left(asks)
    {}
    exec::GateAnswer ask(NodeId) override
    {
        return m_left-- > 0 ? exec::GateAnswer::Go : exec::GateAnswer::Stop;
    }
    bool stopRequested() const override { return m_left <= 0; }

private:
    int m_left;
};

} // namespace orrery::test
