// SPDX-License-Identifier: Apache-2.0
//
// First divergence on real models of other people: a fault is planted into the kernel of one node, and the
// comparison must name that node as the first that diverges and as the one that makes the largest error; the
// subject at both ends of optimisation, against an unoptimised run and against tensors recorded from one. The
// same without a fault must find nothing.
//
// $ORRERY_PEER_MODELS and $ORRERY_PEER_DATA are as for peer_models. What is not there is skipped, and said
// so.
#include "engine/debug/divergence.h"

#include "engine/formats/format.h"
#include "engine/formats/tensor_file.h"
#include "tests/unit/engine/debug/planted_fault.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace fs = std::filesystem;
using namespace orrery;
using passes::OptimizeLevel;

namespace {

struct Peer {
    const char* name; // of the data folder
    const char* model;
    const char* opType; // into whose kernel the fault goes: the node in the middle of those of this type
};

constexpr Peer peers[] = {
    {"resnet18", "torch/resnet18/model.onnx", "Conv"},
    {"det", "ocr/ch_PP-OCRv4_det_infer.onnx", "Conv"},
    {"bert6", "torch/bert6/model.onnx", "MatMul"},
};

Error wrong(std::string message) { return Error{ErrorCode::Internal, std::move(message), {}}; }

std::string describe(const plan::Plan& plan, const debug::DivergenceReport& report, std::size_t at)
{
    const debug::NodeError& error = report.nodes[at];
    return fmt::format("{} (total {:.2e}, made {})", plan.graph().node(error.node).displayName(),
                       error.total.relativeL2,
                       error.made ? fmt::format("{:.2e}", error.made->relativeL2) : "unknown");
}

Result<void> expectFault(const plan::Plan& subject, const debug::DivergenceReport& report,
                         const std::string& node, const char* what)
{
    if (!report.first)
        return wrong(fmt::format("{}: nothing was found", what));
    fmt::print("  {:34} first {}, most made by {}; {} compared, {} not\n", what,
               describe(subject, report, *report.first), describe(subject, report, report.ranked.front()),
               report.compared, report.notCompared);
    if (subject.graph().node(report.nodes[*report.first].node).name != node)
        return wrong(fmt::format("{}: the first divergence is not at {}", what, node));
    if (subject.graph().node(report.nodes[report.ranked.front()].node).name != node)
        return wrong(fmt::format("{}: the largest error is not made at {}", what, node));
    return {};
}

Result<void> check(const Peer& peer, const fs::path& path, const fs::path& data)
{
    graph::Model model = TRY(formats::readModel(path.string()));
    std::vector<graph::Tensor> inputs;
    for (int i = 0; fs::exists(data / fmt::format("input_{}.pb", i)); ++i)
        inputs.push_back(TRY(formats::readTensor((data / fmt::format("input_{}.pb", i)).string())));
    auto reference = TRY(tests::planOf(model, OptimizeLevel::None, ops::OpRegistry::builtin()));

    std::vector<std::string> candidates;
    for (const plan::Instruction& instruction : reference->mainBlock().instructions)
        if (const graph::Node& node = reference->graph().node(instruction.node);
            node.opType == peer.opType && !node.name.empty())
            candidates.push_back(node.name);
    if (candidates.empty())
        return wrong(fmt::format("no named {} in it", peer.opType));
    std::string node = candidates[candidates.size() / 2];
    ops::OpRegistry faulty = tests::withFault(node);
    auto recorded = TRY(tests::recordedValues(reference, inputs));

    for (auto [level, name] :
         {std::pair{OptimizeLevel::None, "none"}, std::pair{OptimizeLevel::All, "all"}}) {
        auto right = TRY(tests::planOf(model, level, ops::OpRegistry::builtin()));
        auto begin = std::chrono::steady_clock::now();
        auto clean = TRY(debug::compareRuns(right, reference, inputs, {}));
        double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        fmt::print("  {:34} {} compared, {} not, most made by {}; {:.2f} s\n",
                   fmt::format("{} without a fault", name), clean.compared, clean.notCompared,
                   describe(*right, clean, clean.ranked.front()), seconds);
        if (clean.first)
            return wrong(fmt::format("{} without a fault diverges at {}", name,
                                     describe(*right, clean, *clean.first)));
        auto subject = TRY(tests::planOf(model, level, faulty));
        auto runs = TRY(debug::compareRuns(subject, reference, inputs, {}));
        TRY(expectFault(*subject, runs, node, fmt::format("{} against a run", name).c_str()));
        auto tensors = TRY(debug::compareWithRecorded(subject, recorded, inputs, {}));
        TRY(expectFault(*subject, tensors, node, fmt::format("{} against recorded tensors", name).c_str()));
    }
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    const char* models = std::getenv("ORRERY_PEER_MODELS");
    const char* data = std::getenv("ORRERY_PEER_DATA");
    if (models == nullptr || data == nullptr) {
        fmt::print("SKIPPED: ORRERY_PEER_MODELS and ORRERY_PEER_DATA do not name the folders of models and "
                   "their inputs\n");
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
        if (auto result = check(peer, path, folder); !result.ok()) {
            fmt::print("FAIL {}: {}\n", peer.name, result.error().text());
            ++failures;
        }
    }
    return failures == 0 ? 0 : 1;
}
