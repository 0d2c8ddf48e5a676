// SPDX-License-Identifier: Apache-2.0
//
// Random edits with undo and redo. After each: verify() finds no broken link, incremental inference equals
// full inference, and the edit reads back from its journal form. Each undo and redo gives back an equal
// model, and undoing all of them the model as it was read.
//
//   random_edits [--edits N] [--seed N] [MODEL...]
//
// Without models: the sample graphs; and rec, bert6 and silero of $ORRERY_PEER_MODELS, if that is set.
#include "engine/edit/difference.h"
#include "engine/edit/history.h"
#include "engine/edit/problems.h"
#include "engine/formats/format.h"
#include "engine/graph/verify.h"
#include "engine/passes/incremental_infer.h"
#include "tests/unit/engine/edit/random_edit.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace fs = std::filesystem;
using namespace orrery;

namespace {

constexpr std::size_t sessionLength = 150; // then everything is undone, and a new session begins
constexpr std::size_t stepsBack = 12;

struct Counts {
    std::size_t edits = 0, refused = 0, undone = 0, redone = 0, walked = 0, full = 0;
};

std::string differenceOf(const passes::IncrementalInference& incremental, const passes::Inference& full,
                         const graph::Graph& graph)
{
    for (std::size_t i = 0; i < full.types.size(); ++i) {
        ValueId id(i);
        if (!graph.contains(id))
            continue;
        if (incremental.type(id) != full.types[i])
            return fmt::format("type of value #{} \"{}\" is {}, expected {}", i, graph.value(id).name,
                               incremental.type(id).text(), full.types[i].text());
        const graph::Tensor &a = incremental.known()[i], &b = full.known[i];
        if (a.defined() != b.defined() || (a.defined() && !a.identicalTo(b)))
            return fmt::format("known tensor of value #{} \"{}\" differs", i, graph.value(id).name);
    }
    auto keysOf = [](const std::vector<Problem>& problems) {
        std::vector<std::tuple<std::string, std::string, std::uint32_t, Severity>> keys;
        for (const Problem& problem : problems)
            keys.emplace_back(problem.code, problem.text, problem.nodeId.value, problem.severity);
        std::sort(keys.begin(), keys.end());
        return keys;
    };
    if (keysOf(incremental.problems()) != keysOf(full.problems))
        return fmt::format("{} problems, expected {}, or others", incremental.problems().size(),
                           full.problems.size());
    return {};
}

std::string brokenLink(const std::vector<Problem>& problems)
{
    for (const Problem& problem : problems)
        if (problem.code == "dead-reference" || problem.code == "wrong-region" ||
            problem.code == "wrong-producer")
            return problem.code + ": " + problem.node + ": " + problem.text;
    return {};
}

using ProblemKey = std::tuple<std::string, std::string, std::string, std::uint32_t>;

std::vector<ProblemKey> localProblems(const std::vector<Problem>& problems)
{
    std::vector<ProblemKey> keys;
    for (const Problem& problem : problems)
        if (edit::ProblemIndex::covers(problem.code))
            keys.emplace_back(problem.code, problem.text, problem.node, problem.nodeId.value);
    std::sort(keys.begin(), keys.end());
    return keys;
}

// More than verify() lists of one kind are only counted there.
bool isCutShort(const std::vector<Problem>& problems)
{
    return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
        return problem.text.find("more problems of this kind") != std::string::npos;
    });
}

class Session {
public:
    Session(const graph::Model& model, tests::Random& random, Counts& counts)
        : m_original(model)
        , m_history(model)
        , m_inference(model, ops::OpRegistry::builtin())
        , m_problems(model)
        , m_random(random)
        , m_counts(counts)
    {
        m_snapshots.push_back(model);
    }

    std::string run(std::size_t edits)
    {
        for (std::size_t i = 0; i < edits; ++i) {
            if (std::string wrong = oneEdit(); !wrong.empty())
                return fmt::format("edit {} of the session, {}: {}", i, m_name, wrong);
            if (m_random() % 4 == 0)
                if (std::string wrong = backAndForth(); !wrong.empty())
                    return fmt::format("after edit {} of the session: {}", i, wrong);
        }
        if (!m_history.goTo(0).ok() || !graph::equal(m_history.model(), m_original))
            return "undoing everything does not give back the model";
        return {};
    }

private:
    std::string oneEdit()
    {
        auto made = tests::randomEdit(m_history.model(), m_random);
        ++m_counts.edits;
        m_name = made.ok() ? graph::editName(*made) : "refused: " + made.error().text();
        if (!made.ok()) {
            ++m_counts.refused;
            return made.error().message.empty() ? "a refusal says nothing" : "";
        }
        auto again = edit::decode(edit::encode(*made));
        if (!again.ok())
            return "its journal form: " + again.error().text();
        graph::Model before = m_history.model();
        auto touched = m_history.apply(std::get<graph::Edit>(*again));
        if (!touched.ok()) {
            ++m_counts.refused;
            if (touched.error().message.empty())
                return "a refusal says nothing";
            return graph::equal(m_history.model(), m_snapshots.back()) ? "" : "a refused edit left a change";
        }
        m_snapshots.push_back(m_history.model());
        if (m_snapshots.size() > stepsBack)
            m_snapshots.erase(m_snapshots.begin());
        auto difference = edit::difference(before, m_history.model(), "difference");
        if (!difference.ok() || !graph::apply(before, *difference).ok() ||
            !graph::equal(before, m_history.model()))
            return "the difference of before and after does not lead from one to the other";
        return check(*touched);
    }

    std::string check(const graph::Touched& touched)
    {
        const graph::Model& model = m_history.model();
        std::vector<Problem> ofGraph = graph::verify(model.graph);
        if (std::string wrong = brokenLink(ofGraph); !wrong.empty())
            return wrong;
        if (std::string wrong = brokenLink(graph::verify(model)); !wrong.empty())
            return wrong;
        m_problems.update(model, touched);
        if (!isCutShort(ofGraph) && localProblems(m_problems.problems()) != localProblems(ofGraph))
            return "the local problems are not those that a full check finds";
        auto change = m_inference.update(m_history.model(), touched);
        m_counts.walked += change.nodes.size();
        m_counts.full += change.everything ? 1 : 0;
        return differenceOf(m_inference, passes::inferTypes(m_history.model(), ops::OpRegistry::builtin()),
                            m_history.model().graph);
    }

    std::string backAndForth()
    {
        std::size_t steps = m_random() % m_snapshots.size();
        for (std::size_t i = 1; i <= steps; ++i) {
            auto touched = m_history.undo();
            ++m_counts.undone;
            if (!touched.ok() || !graph::equal(m_history.model(), m_snapshots[m_snapshots.size() - 1 - i]))
                return "undo does not give back the model: " + m_history.name(m_history.done());
            if (std::string wrong = check(*touched); !wrong.empty())
                return "undo of " + m_history.name(m_history.done()) + ": " + wrong;
        }
        std::size_t forth = m_random() % (steps + 1);
        for (std::size_t i = steps; i > steps - forth; --i) {
            auto touched = m_history.redo();
            ++m_counts.redone;
            if (!touched.ok() || !graph::equal(m_history.model(), m_snapshots[m_snapshots.size() - i]))
                return "redo does not give back the model: " + m_history.name(m_history.done() - 1);
            if (std::string wrong = check(*touched); !wrong.empty())
                return "redo of " + m_history.name(m_history.done() - 1) + ": " + wrong;
        }
        m_snapshots.resize(m_snapshots.size() - (steps - forth));
        return {};
    }

    const graph::Model& m_original;
    edit::History m_history;
    passes::IncrementalInference m_inference;
    edit::ProblemIndex m_problems;
    tests::Random& m_random;
    Counts& m_counts;
    std::vector<graph::Model> m_snapshots; // the last is the model as it is
    std::string m_name;
};

bool testModel(const fs::path& path, std::size_t edits, std::uint64_t seed)
{
    auto model = formats::readModel(path.string());
    if (!model.ok()) {
        fmt::print("FAIL {}: {}\n", path.filename().string(), model.error().text());
        return false;
    }
    Counts counts;
    for (std::size_t session = 0; counts.edits < edits; ++session) {
        tests::Random random(seed + session);
        std::size_t length = std::min(sessionLength, edits - counts.edits);
        std::string wrong = Session(*model, random, counts).run(length);
        if (!wrong.empty()) {
            fmt::print("FAIL {} (session seed {}): {}\n", path.filename().string(), seed + session, wrong);
            return false;
        }
    }
    fmt::print(
        "ok {:32} {:5} nodes: {} edits ({} refused), {} undone, {} redone; {:.1f} nodes inferred again "
        "for one, {} times all\n",
        path.filename().string(), model->graph.nodeCount(), counts.edits, counts.refused, counts.undone,
        counts.redone,
        static_cast<double>(counts.walked) /
            static_cast<double>(counts.edits - counts.refused + counts.undone + counts.redone),
        counts.full);
    std::fflush(stdout);
    return true;
}

} // namespace

int main(int argc, char** argv)
{
    std::size_t edits = 300;
    std::uint64_t seed = 1;
    std::vector<fs::path> models;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--edits") == 0 && i + 1 < argc)
            edits = std::strtoull(argv[++i], nullptr, 10);
        else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = std::strtoull(argv[++i], nullptr, 10);
        else
            models.emplace_back(argv[i]);
    }
    if (models.empty()) {
        for (const auto& entry : fs::directory_iterator(SAMPLE_GRAPHS))
            if (entry.path().extension() == ".onnxtxt")
                models.push_back(entry.path());
        std::sort(models.begin(), models.end());
        if (const char* folder = std::getenv("ORRERY_PEER_MODELS"); folder != nullptr)
            for (const char* name :
                 {"ocr/ch_PP-OCRv4_rec_infer.onnx", "torch/bert6/model.onnx", "vad/silero_vad_v5.onnx"})
                models.push_back(fs::path(folder) / name);
        else
            fmt::print("SKIPPED rec, bert6 and silero: ORRERY_PEER_MODELS is not set\n");
    }
    int failed = 0;
    for (const fs::path& path : models)
        failed += testModel(path, edits, seed) ? 0 : 1;
    return failed == 0 ? 0 : 1;
}
