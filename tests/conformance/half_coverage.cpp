// SPDX-License-Identifier: Apache-2.0
//
// half_coverage CASES_FOLDER PASSING_LIST: every ONNX node case that runs in float, with all its float
// converted to float16 and then to bfloat16, has to run as well, and give numbers of the same shape; how
// close they are is the type's business, but an output that is finite everywhere in float and no number at
// all in 16 bits is a fault. Inputs are those of the case, rounded.
#include "engine/edit/convert_float.h"
#include "engine/exec/execution.h"
#include "engine/formats/format.h"
#include "engine/formats/tensor_file.h"
#include "engine/ops/math/convert.h"
#include "engine/passes/pipeline.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;
using namespace orrery;

namespace {

using graph::DataType;
using graph::Tensor;

Result<std::vector<Tensor>> run(const graph::Model& model, const std::vector<Tensor>& inputs)
{
    auto compiled = TRY(passes::compile(model, {}, ops::OpRegistry::builtin()));
    const graph::Root root = compiled.compute.graph.mainRoot();
    auto plan = TRY(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                       ops::OpRegistry::builtin()));
    auto execution = TRY(exec::Execution::create(plan, {}));
    TRY(execution->start(inputs));
    TRY(execution->run());
    return execution->outputs();
}

Result<Tensor> rounded(const Tensor& tensor, DataType type)
{
    if (tensor.type() != DataType::Float32)
        return tensor;
    Tensor copy = TRY(Tensor::allocate(type, tensor.dims()));
    ops::convertElements(tensor.type(), tensor.bytes(), type, copy.mutableBytes(), tensor.elementCount());
    return copy;
}

bool allFit(const Tensor& tensor)
{
    auto values = tensor.toDoubles();
    return values.ok() && std::all_of(values->begin(), values->end(),
                                      [](double v) { return std::abs(v) <= 65504; }); // of float16
}

bool noneFinite(const Tensor& tensor)
{
    auto values = tensor.toDoubles();
    return values.ok() && !values->empty() &&
           std::none_of(values->begin(), values->end(), [](double v) { return std::isfinite(v); });
}

// Empty when it runs; else why not. Not counted: a case without float, or one that float does not run.
std::string check(const fs::path& folder, DataType type, int& counted)
{
    auto model = formats::readModel((folder / "model.onnx").string());
    if (!model.ok())
        return {};
    std::vector<Tensor> inputs, half;
    for (std::size_t i = 0; i < model->graph.mainRoot().inputs.size(); ++i) {
        auto tensor =
            formats::readTensor((folder / "test_data_set_0" / fmt::format("input_{}.pb", i)).string());
        if (!tensor.ok())
            return {};
        inputs.push_back(*tensor);
        half.push_back(*rounded(*tensor, type));
    }
    auto expected = run(*model, inputs);
    edit::FloatOptions options;
    options.type = type;
    options.inputsAndOutputs = edit::OuterTypes::Converted;
    auto found = edit::convertFloat(*model, ops::OpRegistry::builtin(), options);
    if (!expected.ok() || !found.ok() || found->touched.empty())
        return {};
    ++counted;
    for (std::size_t i = 0; i < inputs.size(); ++i) // an input that only kept nodes read stays float
        if (found->after->graph.value(found->after->graph.mainRoot().inputs[i]).type.element !=
            half[i].type())
            half[i] = inputs[i];
    auto outputs = run(*found->after, half);
    if (!outputs.ok())
        return outputs.error().text();
    for (std::size_t i = 0; i < expected->size(); ++i) {
        const Tensor &was = (*expected)[i], &is = (*outputs)[i];
        if (was.dims().size() != is.dims().size())
            return "an output of another rank";
        if (was.type() == DataType::Float32 && allFit(was) && noneFinite(is))
            return "an output that is no number";
    }
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        fmt::print(stderr, "usage: half_coverage CASES_FOLDER PASSING_LIST\n");
        return 2;
    }
    std::ifstream list(argv[2]);
    int failed = 0, counted = 0;
    for (std::string name; std::getline(list, name);) {
        if (name.empty() || name.front() == '#' || !fs::exists(fs::path(argv[1]) / name / "model.onnx"))
            continue;
        for (DataType type : {DataType::Float16, DataType::BFloat16})
            if (std::string why = check(fs::path(argv[1]) / name, type, counted); !why.empty()) {
                fmt::print("{} in {}: {}\n", name, graph::name(type), why);
                ++failed;
            }
    }
    fmt::print("{} cases in 16 bits, {} failed\n", counted, failed);
    return failed == 0 && counted > 0 ? 0 : 1;
}
