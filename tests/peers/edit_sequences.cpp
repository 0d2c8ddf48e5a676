// SPDX-License-Identifier: Apache-2.0
//
// Models as random edits leave them, for other programs to judge: sequences of edits on the sample graphs and
// on the models named, each edit kept only when our own check finds nothing afterwards. What remains is
// written as ONNX into a folder and given to the ONNX checker; load_in_onnxruntime.mjs loads the same files.
//
//   edit_sequences [--count N] [--edits N] [--seed N] [--out DIR] [MODEL...]
#include "engine/edit/history.h"
#include "engine/formats/format.h"
#include "engine/formats/schema_check.h"
#include "engine/graph/verify.h"
#include "engine/passes/call_check.h"
#include "engine/passes/infer.h"
#include "tests/unit/engine/edit/random_edit.h"

#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace orrery;

namespace {

bool holds(const std::vector<Problem>& problems)
{
    return std::none_of(problems.begin(), problems.end(),
                        [](const Problem& problem) { return problem.severity != Severity::Info; });
}

// The installed checker knows operator sets up to this one; a model of a newer one is not given to it.
int newestKnown()
{
    static const int version = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map().at("").second;
    return version;
}

// As `orrery check` judges, with status 0.
bool isValid(const graph::Model& model)
{
    if (model.opsetVersion("") > newestKnown())
        return false;
    const passes::Inference inference = passes::inferTypes(model, ops::OpRegistry::builtin());
    return holds(graph::verify(model)) && holds(inference.problems) &&
           holds(formats::checkSchemas(model, inference.types)) &&
           holds(passes::checkCalls(model, ops::OpRegistry::builtin(), formats::checkSchemas));
}

// What the checker of the library says of the file; empty: nothing.
std::string checkerSays(const std::string& path)
{
    try {
        onnx::checker::check_model(path);
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}

struct Options {
    std::size_t count = 200, edits = 12;
    std::uint64_t seed = 1;
    fs::path out;
    std::vector<fs::path> models;
};

Options optionsOf(int argc, char** argv)
{
    Options options;
    for (int i = 1; i < argc; ++i) {
        auto takes = [&](const char* name) { return std::strcmp(argv[i], name) == 0 && i + 1 < argc; };
        if (takes("--count"))
            options.count = std::strtoul(argv[++i], nullptr, 10);
        else if (takes("--edits"))
            options.edits = std::strtoul(argv[++i], nullptr, 10);
        else if (takes("--seed"))
            options.seed = std::strtoull(argv[++i], nullptr, 10);
        else if (takes("--out"))
            options.out = argv[++i];
        else
            options.models.emplace_back(argv[i]);
    }
    return options;
}

} // namespace

int main(int argc, char** argv)
{
    Options options = optionsOf(argc, argv);
    const bool isTemporary = options.out.empty();
    if (isTemporary)
        options.out = fs::temp_directory_path() / fmt::format("orrery-edit-sequences-{}", ::getpid());
    fs::create_directories(options.out);
    std::vector<graph::Model> begins;
    for (const auto& entry : fs::directory_iterator(SAMPLE_GRAPHS))
        if (entry.path().extension() == ".onnxtxt")
            options.models.push_back(entry.path());
    std::sort(options.models.begin(), options.models.end());
    for (const fs::path& path : options.models)
        if (auto model = formats::readModel(path.string()); model.ok() && isValid(*model)) {
            for (ValueId id : model->graph.main().initializers) // so that each file stands alone
                model->graph.value(id).initializer->external.reset();
            begins.push_back(model.releaseValue());
        }
    if (begins.empty()) {
        fmt::print("FAIL: no model to begin with\n");
        return 1;
    }
    std::size_t kept = 0, refused = 0, invalid = 0, faults = 0;
    for (std::size_t i = 0; i < options.count; ++i) {
        edit::History history(begins[i % begins.size()]);
        tests::Random random(options.seed * 1000 + i);
        std::string names;
        for (std::size_t tries = 0, done = 0; done < options.edits && tries < 40 * options.edits; ++tries) {
            auto edit = tests::randomEdit(history.model(), random);
            if (!edit.ok() || !history.apply(*edit).ok()) {
                ++refused;
                continue;
            }
            if (!isValid(history.model())) {
                ++invalid;
                CHECK(history.undo().ok());
                continue;
            }
            names += (done++ == 0 ? "" : "; ") + graph::editName(*edit);
            ++kept;
        }
        const fs::path path = options.out / fmt::format("sequence_{:03}.onnx", i);
        auto written = formats::writeModel(history.model(), path.string());
        const std::string says = written.ok() ? checkerSays(path.string()) : written.error().text();
        if (!says.empty()) {
            ++faults;
            fmt::print("FAIL {} ({}): {}\n     {}\n", path.filename().string(),
                       fs::path(history.model().sourcePath).filename().string(), says.substr(0, 400), names);
        }
    }
    if (isTemporary)
        fs::remove_all(options.out);
    fmt::print(
        "{} sequences from {} models: {} edits kept, {} refused, {} taken back as invalid; {} files the "
        "ONNX checker finds fault with\n",
        options.count, begins.size(), kept, refused, invalid, faults);
    return faults == 0 ? 0 : 1;
}
