// SPDX-License-Identifier: Apache-2.0
//
// Real models of other people, run at every optimisation level and compared with the outputs that ONNX
// Runtime or PyTorch gave for the same inputs: the largest error may be 2e-3 of the output's largest
// magnitude.
//
// $ORRERY_PEER_MODELS is a folder of models; $ORRERY_PEER_DATA a folder with <name>/input_0.pb … and
// output_0.pb … for the names in the table. What is not there is skipped, and said so.
#include "engine/exec/execution.h"
#include "engine/formats/format.h"
#include "engine/formats/tensor_file.h"
#include "engine/passes/pipeline.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>

namespace fs = std::filesystem;
using namespace orrery;

namespace {

struct Peer {
    const char* name; // of the data folder
    const char* model;
};

constexpr Peer peers[] = {
    {"det", "ocr/ch_PP-OCRv4_det_infer.onnx"},
    {"rec", "ocr/ch_PP-OCRv4_rec_infer.onnx"},
    {"cls", "ocr/ch_ppocr_mobile_v2.0_cls_infer.onnx"},
    {"mlsd", "mlsd/mlsd_320x320_tiny.onnx"},
    {"silero", "vad/silero_vad_v5.onnx"},
    {"resnet18", "torch/resnet18/model.onnx"},
    {"mobilenetv2", "torch/mobilenetv2/model.onnx"},
    {"bert6", "torch/bert6/model.onnx"},
    {"mel", "wakeword/melspectrogram.onnx"},
    {"embedding", "wakeword/embedding_model.onnx"},
};

Result<std::vector<graph::Tensor>> tensorsOf(const fs::path& folder, const char* kind)
{
    std::vector<graph::Tensor> result;
    for (int i = 0; fs::exists(folder / fmt::format("{}_{}.pb", kind, i)); ++i)
        result.push_back(TRY(formats::readTensor((folder / fmt::format("{}_{}.pb", kind, i)).string())));
    return result;
}

// Largest error over largest magnitude; infinity where one is not finite.
Result<double> scaledError(const graph::Tensor& found, const graph::Tensor& expected)
{
    if (found.dims() != expected.dims() || found.type() != expected.type())
        return Error{ErrorCode::Internal,
                     fmt::format("expected {} {}, found {} {}", graph::name(expected.type()),
                                 graph::dimsText(expected.dims()), graph::name(found.type()),
                                 graph::dimsText(found.dims())),
                     {}};
    auto a = TRY(found.toDoubles());
    auto b = TRY(expected.toDoubles());
    double scale = 0;
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        scale = std::max(scale, std::abs(b[i]));
        double error = std::abs(a[i] - b[i]);
        worst = std::isfinite(error) ? std::max(worst, error) : INFINITY;
    }
    return scale > 0 ? worst / scale : worst;
}

Result<void> check(const fs::path& path, const fs::path& data, passes::OptimizeLevel level,
                   const char* levelName, int threads)
{
    graph::Model model = TRY(formats::readModel(path.string()));
    passes::PipelineOptions pipeline;
    pipeline.level = level;
    auto compiled = TRY(passes::compile(model, pipeline, ops::OpRegistry::builtin()));
    std::size_t nodes = compiled.compute.graph.nodeCount();
    graph::Root root = compiled.compute.graph.mainRoot();
    auto plan = TRY(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                       ops::OpRegistry::builtin()));
    exec::ExecutionOptions options;
    options.threads = threads;
    auto execution = TRY(exec::Execution::create(plan, options));
    auto inputs = TRY(tensorsOf(data, "input"));
    double bestMs = INFINITY;
    for (int repeat = 0; repeat < 3; ++repeat) {
        auto start = std::chrono::steady_clock::now();
        TRY(execution->start(inputs));
        TRY(execution->run());
        bestMs = std::min(
            bestMs,
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    auto outputs = execution->outputs();
    auto expected = TRY(tensorsOf(data, "output"));
    double worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
        worst = std::max(worst, TRY(scaledError(outputs.at(i), expected[i])));
    exec::MemoryUse memory = execution->memoryUse();
    fmt::print("  {:6} {:5} of {:5} nodes  error {:.2e}  best {:9.3f} ms  arena {:.2f} MiB = {:.3f} of the "
               "lower bound, peak live {:.2f} MiB\n",
               levelName, nodes, model.graph.nodeCount(), worst, bestMs,
               static_cast<double>(memory.arenaBytes) / (1 << 20),
               memory.lowerBoundBytes > 0
                   ? static_cast<double>(memory.arenaBytes) / static_cast<double>(memory.lowerBoundBytes)
                   : 1.0,
               static_cast<double>(memory.peakLiveBytes) / (1 << 20));
    if (!(worst <= 2e-3))
        return Error{ErrorCode::Internal, fmt::format("error {:.3g} of the output's scale", worst),
                     path.string()};
    if (static_cast<double>(memory.arenaBytes) > 1.1 * static_cast<double>(memory.lowerBoundBytes))
        return Error{ErrorCode::Internal,
                     fmt::format("the arena takes {} bytes, the lower bound is {}", memory.arenaBytes,
                                 memory.lowerBoundBytes),
                     path.string()};
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    const char* models = std::getenv("ORRERY_PEER_MODELS");
    const char* data = std::getenv("ORRERY_PEER_DATA");
    if (models == nullptr || data == nullptr) {
        fmt::print("SKIPPED: ORRERY_PEER_MODELS and ORRERY_PEER_DATA do not name the folders of models and "
                   "expected outputs\n");
        return 77;
    }
    int failures = 0;
    for (const Peer& peer : peers) {
        if (argc > 1 && peer.name != std::string_view(argv[1]))
            continue;
        fs::path path = fs::path(models) / peer.model;
        fs::path folder = fs::path(data) / peer.name;
        if (!fs::exists(path) || !fs::exists(folder)) {
            fmt::print("SKIPPED {}: {} or {} is not there\n", peer.name, path.string(), folder.string());
            continue;
        }
        fmt::print("{}\n", peer.name);
        for (auto [level, name, threads] : {std::tuple{passes::OptimizeLevel::None, "none", 1},
                                            std::tuple{passes::OptimizeLevel::Basic, "basic", 2},
                                            std::tuple{passes::OptimizeLevel::All, "all", 1}})
            if (auto result = check(path, folder, level, name, threads); !result.ok()) {
                fmt::print("FAIL {} at {}: {}\n", peer.name, name, result.error().text());
                ++failures;
            }
    }
    return failures == 0 ? 0 : 1;
}
