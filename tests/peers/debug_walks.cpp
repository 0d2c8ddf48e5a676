// SPDX-License-Identifier: Apache-2.0
//
// debug_walks [--walks N] [--seed S] [NAME...]: random walks of a debugger through real models (steps, steps
// back, into and out of bodies, run to a node, to a writer, to a position, on to random breakpoints in both
// directions), each of which must end in the very state, to the last bit, that a straight run has at that
// position. Once with a history of 16 MB and once without a bound.
//
// $ORRERY_PEER_MODELS is a folder of models, $ORRERY_PEER_DATA one of <name>/input_0.pb …; what is not there
// is skipped, and said so. The sample graphs are always there.
#include "engine/formats/format.h"
#include "engine/formats/tensor_file.h"
#include "engine/passes/pipeline.h"
#include "tests/unit/engine/debug/random_walk.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace fs = std::filesystem;
using namespace orrery;

namespace {

struct Subject {
    const char* name;
    const char* model; // in the models' folder, or a sample
    bool sample;
};

constexpr Subject subjects[] = {
    {"silero", "vad/silero_vad_v5.onnx", false},
    {"rec", "ocr/ch_PP-OCRv4_rec_infer.onnx", false},
    {"bert6", "torch/bert6/model.onnx", false},
    {"cifar10_cnn", "cifar10_cnn.onnxtxt", true},
};

double seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Result<std::vector<graph::Tensor>> inputsFor(const Subject& subject, const plan::Plan& plan,
                                             const fs::path& data)
{
    std::vector<graph::Tensor> inputs;
    for (std::size_t i = 0; i < plan.root().inputs.size(); ++i) {
        if (!subject.sample) {
            fs::path file = data / subject.name / fmt::format("input_{}.pb", i);
            inputs.push_back(TRY(formats::readTensor(file.string())));
            continue;
        }
        graph::Dims dims;
        for (const graph::Dim& dim : plan.graph().value(plan.root().inputs[i]).type.shape->dims)
            dims.push_back(dim.isKnown() ? dim.value() : 2);
        graph::Tensor tensor = TRY(graph::Tensor::allocate(graph::DataType::Float32, dims));
        for (std::int64_t at = 0; at < tensor.elementCount(); ++at)
            tensor.mutableData<float>()[at] = static_cast<float>((at * 7919) % 1009) / 1009.0f;
        inputs.push_back(std::move(tensor));
    }
    return inputs;
}

Result<void> walkThrough(const Subject& subject, const fs::path& path, const fs::path& data, int walks,
                         std::uint64_t seed)
{
    graph::Model model = TRY(formats::readModel(path.string()));
    passes::PipelineOptions pipeline;
    pipeline.level = passes::OptimizeLevel::None;
    auto compiled = TRY(passes::compile(model, pipeline, ops::OpRegistry::builtin()));
    graph::Root root = compiled.compute.graph.mainRoot();
    auto plan = TRY(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                       ops::OpRegistry::builtin()));
    auto inputs = TRY(inputsFor(subject, *plan, data));
    double began = seconds();
    test::FreshRun fresh = TRY(test::freshRun(plan, inputs, 1, seed));
    fmt::print("{}: {} positions, a straight run with fingerprints took {:.2f} s\n", subject.name,
               fresh.states.size(), seconds() - began);
    for (std::int64_t budget : {std::int64_t(16) << 20, std::int64_t(-1)}) {
        debug::DebugOptions options;
        options.seed = seed;
        options.historyBudgetBytes = budget;
        auto debugger = TRY(debug::Debugger::create(plan, inputs, options));
        test::RandomWalk walk(*debugger, fresh, seed);
        began = seconds();
        for (int i = 0; i < walks; ++i)
            if (std::string wrong = walk.walk(4); !wrong.empty())
                return Error{
                    ErrorCode::Internal, wrong,
                    fmt::format("{}, walk {} with seed {}, budget {}", subject.name, i, seed, budget)};
        const test::WalkCounts& counts = walk.counts();
        debug::HistoryUse use = debugger->state().history;
        fmt::print(
            "  history {:>9}: {} walks of {} moves in {:.1f} s, all identical; {} stops at breakpoints, "
            "{} tensors computed again; {} states kept, {:.1f} MiB\n",
            budget < 0 ? "unlimited" : "16 MB", counts.walks, counts.moves / counts.walks, seconds() - began,
            counts.stopsAtBreakpoints, counts.tensorsComputedAgain, use.states,
            static_cast<double>(use.usedBytes) / (1 << 20));
        std::fflush(stdout);
    }
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    int walks = 10;
    std::uint64_t seed = 1;
    std::vector<std::string> names;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--walks") == 0 && i + 1 < argc)
            walks = std::max(1, std::atoi(argv[++i]));
        else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = std::strtoull(argv[++i], nullptr, 10);
        else
            names.emplace_back(argv[i]);
    }
    const char* models = std::getenv("ORRERY_PEER_MODELS");
    const char* data = std::getenv("ORRERY_PEER_DATA");
    int failures = 0;
    for (const Subject& subject : subjects) {
        if (!names.empty() && std::find(names.begin(), names.end(), subject.name) == names.end())
            continue;
        fs::path path = subject.sample      ? fs::path(SAMPLE_GRAPHS) / subject.model
                        : models != nullptr ? fs::path(models) / subject.model
                                            : fs::path();
        if (!subject.sample && (models == nullptr || data == nullptr)) {
            fmt::print(
                "SKIPPED {}: ORRERY_PEER_MODELS and ORRERY_PEER_DATA do not name the folders of models "
                "and inputs\n",
                subject.name);
            continue;
        }
        if (!fs::exists(path)) {
            fmt::print("SKIPPED {}: {} is not there\n", subject.name, path.string());
            continue;
        }
        if (auto done =
                walkThrough(subject, path, data == nullptr ? fs::path() : fs::path(data), walks, seed);
            !done.ok()) {
            fmt::print("FAIL {}\n", done.error().text());
            ++failures;
        }
    }
    return failures == 0 ? 0 : 1;
}
