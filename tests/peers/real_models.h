#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Real models and inputs for them: each .onnx file under $ORRERY_PEER_MODELS with the inputs recorded for it
// under $ORRERY_PEER_DATA where there are some, else made-up ones of the shapes that it asks for (dims with a
// name become 1, a sampling rate 16,000). And running a model on them, and how far two results are apart.

#include "engine/exec/execution.h"
#include "engine/formats/format.h"
#include "engine/formats/tensor_file.h"
#include "engine/passes/pipeline.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace orrery::peers {

inline std::vector<fs::path> modelFiles(const fs::path& folder)
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".onnx")
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

// "ocr/ch_PP-OCRv4_rec_infer.onnx" has its inputs in "rec".
inline std::string recordedName(const std::string& file)
{
    for (const auto& [part, name] : std::map<std::string, std::string>{{"rec_infer", "rec"},
                                                                       {"det_infer", "det"},
                                                                       {"cls_infer", "cls"},
                                                                       {"resnet18", "resnet18"},
                                                                       {"mobilenetv2", "mobilenetv2"},
                                                                       {"bert6", "bert6"},
                                                                       {"mlsd_320", "mlsd"},
                                                                       {"silero_vad_v5", "silero"},
                                                                       {"melspectrogram", "mel"},
                                                                       {"embedding_model", "embedding"}})
        if (file.find(part) != std::string::npos)
            return name;
    return {};
}

inline Result<graph::Tensor> madeUp(const graph::Value& value, std::uint32_t seed)
{
    graph::Dims dims;
    if (value.type.shape)
        for (const graph::Dim& dim : value.type.shape->dims)
            dims.push_back(dim.isKnown() ? dim.value() : 1);
    if (value.name == "input" && dims.size() == 2 && !value.type.shape->dims[1].isKnown())
        dims[1] = 512; // a stretch of sound
    graph::Tensor tensor = TRY(graph::Tensor::allocate(value.type.element, dims));
    std::fill(tensor.mutableBytes(), tensor.mutableBytes() + tensor.byteSize(), std::byte(0));
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-0.5f, 0.5f);
    for (std::int64_t i = 0; i < tensor.elementCount(); ++i)
        if (tensor.type() == graph::DataType::Float32)
            tensor.mutableData<float>()[i] = uniform(random);
        else if (tensor.type() == graph::DataType::Int64 && value.name == "sr")
            tensor.mutableData<std::int64_t>()[i] = 16000;
    return tensor;
}

inline Result<std::vector<graph::Tensor>> inputsFor(const graph::Model& model, const fs::path& file,
                                                    const char* data)
{
    std::vector<graph::Tensor> inputs;
    const graph::Root root = model.graph.mainRoot();
    const std::string recorded = recordedName(file.string());
    for (std::size_t i = 0; i < root.inputs.size(); ++i) {
        const fs::path tensor = data == nullptr || recorded.empty()
                                    ? fs::path()
                                    : fs::path(data) / recorded / ("input_" + std::to_string(i) + ".pb");
        inputs.push_back(!tensor.empty() && fs::exists(tensor)
                             ? TRY(formats::readTensor(tensor.string()))
                             : TRY(madeUp(model.graph.value(root.inputs[i]), static_cast<std::uint32_t>(i))));
    }
    return inputs;
}

inline Result<std::unique_ptr<exec::Execution>> prepare(const graph::Model& model,
                                                        const std::vector<graph::Tensor>& inputs)
{
    passes::PipelineOptions options;
    const graph::Root asked = model.graph.mainRoot();
    for (std::size_t i = 0; i < asked.inputs.size(); ++i)
        options.inputShapes[model.graph.value(asked.inputs[i]).name] = inputs[i].dims();
    auto compiled = TRY(passes::compile(model, options, ops::OpRegistry::builtin()));
    const graph::Root root = compiled.compute.graph.mainRoot();
    auto plan = TRY(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                       ops::OpRegistry::builtin()));
    return exec::Execution::create(plan, {});
}

inline Result<std::vector<graph::Tensor>> run(const graph::Model& model,
                                              const std::vector<graph::Tensor>& inputs)
{
    auto execution = TRY(prepare(model, inputs));
    TRY(execution->start(inputs));
    TRY(execution->run());
    return execution->outputs();
}

struct Apart {
    double largest = 0; // absolute
    double ofScale = 0; // of the largest number expected
    double cosine = 1;
    bool sameShapes = true;
};

inline Apart apart(const std::vector<graph::Tensor>& expected, const std::vector<graph::Tensor>& found)
{
    Apart all;
    all.sameShapes = expected.size() == found.size();
    for (std::size_t i = 0; i < expected.size() && all.sameShapes; ++i) {
        all.sameShapes = expected[i].dims() == found[i].dims();
        if (!all.sameShapes)
            break;
        const auto a = expected[i].toDoubles(), b = found[i].toDoubles();
        if (!a.ok() || !b.ok())
            continue;
        double scale = 0, largest = 0, ab = 0, aa = 0, bb = 0;
        for (std::size_t k = 0; k < a->size(); ++k) {
            const double x = (*a)[k], y = (*b)[k];
            if (std::isfinite(x))
                scale = std::max(scale, std::abs(x));
            if (x != y && !(std::isnan(x) && std::isnan(y)))
                largest = std::isfinite(x - y) ? std::max(largest, std::abs(x - y)) : INFINITY;
            ab += x * y;
            aa += x * x;
            bb += y * y;
        }
        all.largest = std::max(all.largest, largest);
        all.ofScale = std::max(all.ofScale, scale > 0 ? largest / scale : largest);
        all.cosine = std::min(all.cosine, aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 1);
    }
    return all;
}

} // namespace orrery::peers
