// SPDX-License-Identifier: Apache-2.0
//
// Walks the engine's registries and fails on an entry without documentation, versions, functions or a test
// case. usage: engine_contracts SOURCE_ROOT CASES_FOLDER
#include "engine/formats/format.h"
#include "engine/ops/op_spec.h"
#include "engine/passes/pass.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace fs = std::filesystem;
using namespace orrery;

namespace {

int failures = 0;

void expect(bool holds, const std::string& what)
{
    if (holds)
        return;
    fmt::print("FAIL {}\n", what);
    ++failures;
}

std::string textOf(const fs::path& path)
{
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string firstLineOf(const fs::path& path)
{
    std::string text = textOf(path);
    return text.substr(0, text.find('\n'));
}

void checkOps(const fs::path& conformanceCases)
{
    std::set<std::string> seen;
    // Lower-case operator names as they start the names of the ONNX node cases.
    std::set<std::string> caseNames;
    for (const auto& entry : fs::directory_iterator(conformanceCases))
        caseNames.insert(entry.path().filename().string());
    std::size_t withoutCase = 0;
    for (const ops::OpSpec& op : ops::OpRegistry::builtin().all()) {
        std::string name = fmt::format("op {}.{}", op.domain, op.name);
        expect(seen.insert(name).second, name + " is registered twice");
        expect(op.doc.size() > 20, name + " has no documentation");
        expect(op.doc.find("-") != std::string_view::npos || op.domain == "orrery",
               name + " does not name its ONNX versions (\"Conv-1, Conv-11\")");
        expect(op.firstVersion >= 1 && op.lastVersion >= op.firstVersion, name + " has no range of versions");
        expect(op.infer != nullptr, name + " has no inference");
        expect(op.cost != nullptr, name + " has no cost");
        expect((op.kernel != nullptr) != (op.control != ops::Control::None),
               name + " needs a kernel or to be control flow, not both");
        std::string lower = "test_" + std::string(op.name);
        for (char& c : lower)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        auto at = caseNames.lower_bound(lower);
        withoutCase += op.domain.empty() && (at == caseNames.end() || !at->starts_with(lower)) ? 1 : 0;
    }
    fmt::print("{} operators, {} of them without an ONNX node case named after them\n", seen.size(),
               withoutCase);
}

void checkPasses(const fs::path& root)
{
    for (const passes::PassSpec& pass : passes::passSpecs()) {
        std::string name = fmt::format("pass {}", pass.name);
        expect(!pass.doc.empty(), name + " has no documentation");
        expect(pass.run != nullptr, name + " does nothing");
        std::string source = textOf(root / "engine/passes" / (std::string(pass.name) + ".cpp"));
        expect(source.find("→") != std::string::npos,
               name + " does not state its rewrite in its file's header comment");
        bool hasCase = false;
        for (const auto& entry : fs::directory_iterator(root / "tests/cases")) {
            std::string header =
                entry.path().extension() == ".case" ? firstLineOf(entry.path()) : std::string();
            hasCase = hasCase || (header + ",").find(" " + std::string(pass.name) + ",") != std::string::npos;
        }
        expect(hasCase, name + " has no case under tests/cases");
    }
}

void checkFormats(const fs::path& root)
{
    std::string samples = textOf(root / "sample_graphs/README.md");
    for (const formats::FormatSpec& format : formats::formats()) {
        expect(!format.title.empty() && !format.extensions.empty(),
               "format " + format.name + " has no title or extension");
        expect(format.read && format.write && format.sniff, "format " + format.name + " lacks a function");
    }
    for (const auto& entry : fs::directory_iterator(root / "sample_graphs"))
        if (entry.path().extension() == ".onnxtxt")
            expect(samples.find(entry.path().stem().string()) != std::string::npos,
                   "sample " + entry.path().filename().string() + " has no row in sample_graphs/README.md");
}

void checkFolders(const fs::path& root)
{
    for (const char* top : {"app", "engine", "views", "profiler", "trace_db"})
        for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
            if (!entry.is_directory())
                continue;
            bool ownReadme = fs::exists(entry.path() / "README.md");
            bool parentReadme = fs::exists(entry.path().parent_path() / "README.md") ||
                                fs::exists(entry.path().parent_path().parent_path() / "README.md");
            expect(ownReadme || parentReadme,
                   "folder " + fs::relative(entry.path(), root).string() + " is explained by no README.md");
        }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        fmt::print(stderr, "usage: engine_contracts SOURCE_ROOT CASES_FOLDER\n");
        return 2;
    }
    checkOps(argv[2]);
    checkPasses(argv[1]);
    checkFormats(argv[1]);
    checkFolders(argv[1]);
    return failures == 0 ? 0 : 1;
}
