// SPDX-License-Identifier: Apache-2.0
//
// run_case DIR...: ONNX node test cases (model.onnx, test_data_set_*/input_*.pb, output_*.pb) through the
// operators' kernels alone, without planner or executor. Runs every node in the order of the file and
// compares the outputs (relative 1e-3, absolute 1e-7). One line for each case: PASS, FAIL or UNSUPPORTED, and
// why; fails when one case fails. `--threads N` and `--relative R` come before the folders.
#include "engine/formats/format.h"
#include "engine/formats/tensor_proto.h"
#include "tests/unit/engine/ops/kernel_harness.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace orrery::ops::harness {
namespace {

namespace fs = std::filesystem;
using graph::Tensor;

struct Options {
    int threads = 1;
    double relative = 1e-3;
};

Result<Tensor> readTensor(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    onnx::TensorProto proto;
    if (!file || !proto.ParseFromString(bytes))
        return Error{ErrorCode::Unsupported, "not a tensor", path.filename()};
    formats::ExternalFiles files{std::string()};
    auto loaded = TRY(formats::takeTensor(proto, {}, files, path.filename()));
    if (!loaded.tensor.defined())
        return Error{ErrorCode::Unsupported, "its element type is not known", path.filename()};
    return loaded.tensor;
}

Result<std::vector<Tensor>> runGraph(const graph::Model& model, const std::vector<Tensor>& inputs,
                                     const Options& options)
{
    const graph::Graph& graph = model.graph;
    std::vector<Tensor> values(graph.valueSlots());
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (graph.value(ValueId(i)).initializer)
            values[i] = graph.value(ValueId(i)).initializer->tensor;
    auto feeds = graph.mainRoot().inputs;
    for (std::size_t i = 0; i < feeds.size() && i < inputs.size(); ++i)
        values[feeds[i].index()] = inputs[i];
    for (NodeId id : graph.main().nodes) {
        const graph::Node& node = graph.node(id);
        std::vector<const Tensor*> arguments;
        for (ValueId input : node.inputs)
            arguments.push_back(input.valid() && values[input.index()].defined() ? &values[input.index()]
                                                                                 : nullptr);
        RunOptions run;
        run.opsetVersion = model.opsetVersion(node.domain);
        run.threads = options.threads;
        auto outputs = runNode(node, arguments, run);
        if (!outputs.ok())
            return Error{outputs.error().code, node.opType + ": " + outputs.error().message, {}};
        for (std::size_t i = 0; i < node.outputs.size(); ++i)
            if (node.outputs[i].valid())
                values[node.outputs[i].index()] = (*outputs)[i];
    }
    std::vector<Tensor> results;
    for (ValueId output : graph.main().outputs)
        results.push_back(values[output.index()]);
    return results;
}

Result<void> runDataSet(const graph::Model& model, const fs::path& folder, const Options& options)
{
    auto readAll = [&](std::string_view stem) -> Result<std::vector<Tensor>> {
        std::vector<Tensor> tensors;
        for (int i = 0; fs::exists(folder / fmt::format("{}_{}.pb", stem, i)); ++i)
            tensors.push_back(TRY(readTensor(folder / fmt::format("{}_{}.pb", stem, i))));
        return tensors;
    };
    auto inputs = TRY(readAll("input"));
    auto found = TRY(runGraph(model, inputs, options));
    auto expected = TRY(readAll("output"));
    if (expected.empty() || expected.size() > found.size())
        return Error{ErrorCode::Internal,
                     fmt::format("the case has {} outputs, the model {}", expected.size(), found.size()),
                     {}};
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (std::string text = difference(found[i], expected[i], options.relative); !text.empty())
            return Error{ErrorCode::Internal, fmt::format("output {}: {}", i, text), {}};
    return {};
}

Result<void> runCase(const fs::path& folder, const Options& options)
{
    graph::Model model = TRY(formats::readModel(folder / "model.onnx"));
    int sets = 0;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.is_directory()) {
            TRY(runDataSet(model, entry.path(), options));
            ++sets;
        }
    return sets > 0 ? Result<void>() : Error{ErrorCode::Internal, "no test data", {}};
}

} // namespace
} // namespace orrery::ops::harness

int main(int argc, char** argv)
{
    using namespace orrery;
    ops::harness::Options options;
    int passed = 0;
    int failed = 0;
    int unsupported = 0;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            options.threads = std::atoi(argv[++i]);
            continue;
        }
        if (std::strcmp(argv[i], "--relative") == 0 && i + 1 < argc) {
            options.relative = std::atof(argv[++i]);
            continue;
        }
        auto result = ops::harness::runCase(argv[i], options);
        std::string name = std::filesystem::path(argv[i]).filename();
        const bool lacks = !result.ok() && result.error().code == ErrorCode::Unsupported;
        ++(result.ok() ? passed : lacks ? unsupported : failed);
        if (result.ok())
            fmt::print("PASS {}\n", name);
        else
            fmt::print("{} {}: {}\n", lacks ? "UNSUPPORTED" : "FAIL", name, result.error().text());
    }
    fmt::print("{} passed, {} failed, {} unsupported\n", passed, failed, unsupported);
    return failed == 0 && passed > 0 ? 0 : 1;
}
