#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the tests of plans share: a model from its text, its plan with hints, a run of it.

#include "engine/exec/execution.h"
#include "engine/formats/format.h"
#include "engine/passes/pipeline.h"
#include "engine/plan/predict_peak.h"

#include <QFile>
#include <QTemporaryDir>

#include <string>
#include <vector>

namespace orrery::test {

template<class T>
T valueOf(Result<T> result)
{
    if (!result.ok())
        qFatal("%s", result.error().text().c_str());
    return result.releaseValue();
}

inline graph::Model modelOf(const std::string& text)
{
    QTemporaryDir folder;
    QFile file(folder.filePath("m.onnxtxt"));
    if (!file.open(QIODevice::WriteOnly) || file.write(text.data(), static_cast<qint64>(text.size())) < 0)
        qFatal("cannot write the model");
    file.close();
    return valueOf(formats::readModel(file.fileName().toStdString()));
}

inline std::shared_ptr<const plan::Plan> planOf(const std::string& text, const passes::PlanHints& hints,
                                                const std::map<std::string, graph::Dims>& inputShapes = {})
{
    passes::PipelineOptions options;
    options.hints = hints;
    options.inputShapes = inputShapes;
    passes::Compiled compiled = valueOf(passes::compile(modelOf(text), options, ops::OpRegistry::builtin()));
    for (const Problem& problem : compiled.problems)
        if (problem.code == "plan-hint")
            qFatal("%s", problem.text.c_str());
    const graph::Root root = compiled.compute.graph.mainRoot();
    return valueOf(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                      ops::OpRegistry::builtin(), hints));
}

inline std::map<ValueId, graph::ValueType> typesOf(const plan::Plan& plan, const plan::DimValues& dims)
{
    return valueOf(plan::inputTypesFor(plan, dims));
}

struct Ran {
    std::vector<std::vector<std::byte>> outputs;
    exec::MemoryUse memory;
};

// On the same numbers whenever the shapes are the same.
inline Ran runOf(const std::shared_ptr<const plan::Plan>& plan, const plan::DimValues& dims)
{
    auto execution = valueOf(exec::Execution::create(plan, {}));
    std::vector<graph::Tensor> inputs;
    for (ValueId id : plan->root().inputs) {
        const graph::ValueType type = typesOf(*plan, dims).at(id);
        graph::Tensor& input =
            inputs.emplace_back(valueOf(graph::Tensor::allocate(type.element, *type.shape->concrete())));
        auto* data = input.mutableData<float>();
        for (std::int64_t i = 0; i < input.elementCount(); ++i)
            data[i] = static_cast<float>(i % 13 - 6) * 0.37f;
    }
    if (auto started = execution->start(std::move(inputs)); !started.ok())
        qFatal("%s", started.error().text().c_str());
    valueOf(execution->run());
    Ran ran;
    for (const graph::Tensor& output : execution->outputs())
        ran.outputs.emplace_back(output.bytes(), output.bytes() + output.byteSize());
    ran.memory = execution->memoryUse();
    return ran;
}

} // namespace orrery::test
