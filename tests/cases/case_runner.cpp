// SPDX-License-Identifier: Apache-2.0
//
// Runs *.case files: a graph in ONNX text, the passes to run on it, and the graph expected after them in the
// canonical text of engine/graph/text.h. Both graphs are then run on the same random inputs and must give the
// same outputs.
//
//   passes: fuse_activation, remove_dead
//   recompute r for a b | hold v as float16 for a | chunk a b axis 1 parts 2 | order a b     (plan hints)
//   --- before
//   <ir_version: 8, opset_import: ["" : 13]>
//   g (float[2,3] x) => (float[2,3] y) { … }
//   --- after
//   …
//
// usage: case_runner FOLDER [--update]
#include "engine/exec/execution.h"
#include "engine/formats/format.h"
#include "engine/graph/text.h"
#include "engine/graph/verify.h"
#include "engine/passes/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace orrery;

namespace {

struct Case {
    std::vector<std::string> passes;
    passes::PlanHints hints;
    std::string before;
    std::string after;
};

std::string readFile(const fs::path& path)
{
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

bool isHintWord(const std::string& word)
{
    return word == "for" || word == "as" || word == "axis" || word == "parts";
}

Result<void> parseHint(const std::string& line, passes::PlanHints& hints)
{
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    std::map<std::string, std::vector<std::string>> given; // by the word before them
    std::string under = kind;
    for (std::string word; words >> word;)
        if (isHintWord(word))
            under = word;
        else
            given[under].push_back(word);
    auto first = [&](const char* key) { return given[key].empty() ? std::string() : given[key].front(); };
    auto type = graph::dataTypeFromName(first("as"));
    if (kind == "recompute")
        hints.recompute.push_back({first("recompute"), given["for"]});
    else if (kind == "hold" && type)
        hints.hold.push_back({first("hold"), *type, given["for"]});
    else if (kind == "chunk")
        hints.chunk.push_back({given["chunk"], std::stoll(first("axis")), std::stoll(first("parts"))});
    else if (kind == "order")
        hints.order = given["order"];
    else
        return Error{ErrorCode::BadFile, "no plan hint: " + line, {}};
    return {};
}

Result<Case> parseCase(const std::string& text)
{
    Case result;
    std::size_t before = text.find("--- before\n");
    std::size_t after = text.find("--- after\n");
    std::size_t passes = text.find("passes: ");
    if (before == std::string::npos || after == std::string::npos || passes != 0)
        return Error{ErrorCode::BadFile, "expected \"passes: …\", \"--- before\" and \"--- after\"", {}};
    std::istringstream names(text.substr(8, text.find('\n') - 8));
    for (std::string name; std::getline(names, name, ',');) {
        std::erase(name, ' ');
        result.passes.push_back(name);
    }
    std::istringstream header(text.substr(0, before));
    std::string line;
    std::getline(header, line); // the passes
    while (std::getline(header, line))
        TRY(parseHint(line, result.hints));
    result.before = text.substr(before + 11, after - before - 11);
    result.after = text.substr(after + 10);
    return result;
}

Result<graph::Model> modelFromText(const std::string& text)
{
    fs::path path = fs::temp_directory_path() / fmt::format("orrery-case-{}.onnxtxt", ::getpid());
    std::ofstream(path) << text;
    auto model = formats::readModel(path.string());
    fs::remove(path);
    return model;
}

Result<std::vector<graph::Tensor>> runModel(const graph::Model& model)
{
    passes::PipelineOptions options;
    options.level = passes::OptimizeLevel::None;
    auto compiled = TRY(passes::compile(model, options, ops::OpRegistry::builtin()));
    graph::Root root = compiled.compute.graph.mainRoot();
    std::vector<graph::Tensor> inputs;
    std::mt19937 random(7);
    for (ValueId id : root.inputs) {
        const graph::ValueType& type = compiled.compute.graph.value(id).type;
        graph::Dims dims;
        for (const graph::Dim& dim : type.shape ? type.shape->dims : std::vector<graph::Dim>())
            dims.push_back(dim.isKnown() ? dim.value() : 2);
        auto tensor = TRY(graph::Tensor::allocate(type.element, dims));
        for (std::int64_t i = 0; i < tensor.elementCount(); ++i) {
            if (type.element == graph::DataType::Float32)
                tensor.mutableData<float>()[i] = std::uniform_real_distribution<float>(-2, 2)(random);
            else if (type.element == graph::DataType::Int64)
                tensor.mutableData<std::int64_t>()[i] = static_cast<std::int64_t>(random() % 2);
            else if (type.element == graph::DataType::Float16) // 1 … 2, and the sign
                reinterpret_cast<std::uint16_t*>(tensor.mutableBytes())[i] =
                    static_cast<std::uint16_t>(0x3c00 | (random() & 0x83ff));
            else if (type.element == graph::DataType::Bool)
                tensor.mutableData<bool>()[i] = random() % 2 == 0;
            else
                return Error{ErrorCode::Unsupported,
                             "a case has no inputs of type " + std::string(graph::name(type.element)),
                             {}};
        }
        inputs.push_back(std::move(tensor));
    }
    auto plan = TRY(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                       ops::OpRegistry::builtin()));
    auto execution = TRY(exec::Execution::create(plan, {}));
    TRY(execution->start(std::move(inputs)));
    TRY(execution->run());
    return execution->outputs();
}

Result<void> sameOutputs(const graph::Model& before, const graph::Model& after)
{
    auto expected = TRY(runModel(before));
    auto found = TRY(runModel(after));
    for (std::size_t i = 0; i < expected.size(); ++i) {
        auto a = TRY(expected[i].toDoubles());
        auto b = TRY(found.at(i).toDoubles());
        for (std::size_t k = 0; k < a.size(); ++k)
            if (k >= b.size() || std::abs(a[k] - b[k]) > 1e-5 * std::max(1.0, std::abs(a[k])))
                return Error{ErrorCode::Internal,
                             fmt::format("output {} differs at element {}: {} before, {} after", i, k, a[k],
                                         k < b.size() ? b[k] : NAN),
                             {}};
    }
    return {};
}

Result<std::string> runCase(const Case& test)
{
    graph::Model before = TRY(modelFromText(test.before));
    graph::Model after = before;
    for (NodeId id : after.graph.liveNodes())
        after.graph.node(id).origins = {id};
    std::vector<Problem> problems;
    passes::PassContext context{ops::OpRegistry::builtin(), problems, test.hints};
    auto specs = passes::passSpecs();
    for (const std::string& name : test.passes) {
        auto pass = std::find_if(specs.begin(), specs.end(),
                                 [&](const passes::PassSpec& spec) { return spec.name == name; });
        if (pass == specs.end())
            return Error{ErrorCode::BadFile, "there is no pass " + name, {}};
        TRY(pass->run(after, context));
    }
    if (!test.hints.empty() && !problems.empty())
        return Error{ErrorCode::Internal, problems.front().text, {}};
    auto broken = graph::verify(after);
    if (hasErrors(broken))
        return Error{ErrorCode::Internal, "verify: " + broken.front().text, {}};
    TRY(sameOutputs(before, after));
    return graph::toText(after.graph);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        fmt::print(stderr, "usage: case_runner FOLDER [--update]\n");
        return 2;
    }
    bool update = argc > 2 && std::string_view(argv[2]) == "--update";
    int failures = 0;
    int count = 0;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(argv[1]))
        if (entry.path().extension() == ".case")
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        ++count;
        std::string text = readFile(file);
        auto test = parseCase(text);
        auto after = test.ok() ? runCase(*test) : Result<std::string>(test.error());
        if (!after.ok()) {
            fmt::print("FAIL {}: {}\n", file.filename().string(), after.error().text());
            ++failures;
        } else if (update) {
            std::ofstream(file) << text.substr(0, text.find("--- after\n") + 10) << *after;
        } else if (*after != test->after) {
            fmt::print("FAIL {}: expected\n{}found\n{}", file.filename().string(), test->after, *after);
            ++failures;
        }
    }
    fmt::print("{} cases, {} failed\n", count, failures);
    return failures == 0 && count > 0 ? 0 : 1;
}
