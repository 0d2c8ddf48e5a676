// SPDX-License-Identifier: Apache-2.0
//
// Three stages. Growing: the failing nodes alone, then with more and more of those that they depend on, until
// the part fails in the same way. Reducing: nodes of that part are left out, and what they wrote becomes an
// input. Saving. A part costs the start of a runner and a run; their number is bounded.
//
// A wrong output is only known to be wrong against its reference, and a captured tensor may be wrong already.
// So nothing but recorded values takes the place of nodes then: the part is what lies between them and the
// first value that differs.
#include "profiler/session/shrink.h"

#include "engine/formats/tensor_file.h"
#include "profiler/runner/references.h"
#include "profiler/session/delta_debugging.h"
#include "profiler/session/scratch_folder.h"
#include "profiler/session/shrink_failure.h"
#include "profiler/session/shrink_part.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace orrery::session {

namespace {

using Seconds = std::chrono::duration<double>;
using GoOn = std::function<bool(const ShrinkProgress&)>;

constexpr std::uint32_t maximumTries = 500;

std::string inputsFolderOf(const std::string& modelPath)
{
    return std::filesystem::path(modelPath).replace_extension().string() + "_data";
}

class Shrinker {
public:
    Shrinker(const ShrinkRequest& request, const GoOn& goOn, ScratchFolder folder)
        : m_request(request)
        , m_goOn(goOn)
        , m_folder(std::move(folder))
    {}

    Result<ShrinkOutcome> shrink(const std::string& modelPath)
    {
        auto begin = std::chrono::steady_clock::now();
        auto whole = TRY(observe(modelPath, m_request.debug, m_request.failure, m_request.tolerance));
        if (!whole)
            return Error{ErrorCode::Usage, "the model does not fail, there is nothing to shrink", modelPath};
        m_whole = std::move(*whole);
        // A part never needs much longer than the whole did.
        m_tryLimit = 10 + 4 * Seconds(std::chrono::steady_clock::now() - begin).count();
        PartMaker maker = TRY(PartMaker::create(modelPath, m_request.debug, m_whole.nodes));
        m_maker = &maker;
        m_smallest.insert(maker.order().begin(), maker.order().end());
        m_nodes = maker.model().graph.nodeCount();
        bool found =
            m_whole.kind == FailureKind::WrongOutput ? TRY(takeBetweenKnownValues()) : growAndReduce();
        if (!found && !m_stopped)
            return Error{ErrorCode::RunFailed, "no part of the model fails in the same way: " + m_whole.what,
                         modelPath};
        return save();
    }

private:
    Nodes inOrder(const std::set<NodeId>& nodes) const
    {
        Nodes result;
        for (NodeId id : m_maker->order())
            if (nodes.contains(id))
                result.push_back(id);
        return result;
    }

    bool mayTry()
    {
        if (m_tried >= maximumTries || (m_goOn && !m_goOn({m_tried, m_nodes})))
            m_stopped = true;
        return !m_stopped;
    }

    // Fails when the part fails as the whole does; then it is the smallest so far. A part that cannot be made
    // or opened does not fail in the same way.
    Answer ask(const Nodes& list)
    {
        std::set<NodeId> nodes(list.begin(), list.end());
        bool has =
            std::any_of(nodes.begin(), nodes.end(), [this](NodeId id) { return m_whole.nodes.contains(id); });
        if (!has || !m_asked.insert(nodes).second)
            return Answer::Passes;
        if (!mayTry())
            return Answer::Stop;
        auto part = m_maker->make(nodes);
        if (!part.ok())
            return Answer::Passes;
        ++m_tried;
        auto failure = tryOut(*part);
        if (!failure.ok() || !*failure || !sameWay(m_whole, **failure))
            return Answer::Passes;
        m_smallest = std::move(nodes);
        m_nodes = part->nodes();
        m_what = (*failure)->what;
        return Answer::Fails;
    }

    Result<std::optional<Failure>> tryOut(const Part& part, const std::string& referencePath = {})
    {
        std::string model = m_folder.file("part.onnx");
        TRY(savePart(part, model, m_folder.file("part_data")));
        DebugOptions options = m_request.debug;
        options.inputs = TRY(inputsOfFolder(m_folder.file("part_data")));
        options.session.root.clear();
        options.session.inputShapes.clear();
        options.referencePath = referencePath;
        options.earlierTracePath.clear();
        if (options.timeLimitSeconds < 0 || options.timeLimitSeconds > m_tryLimit)
            options.timeLimitSeconds = m_tryLimit;
        return observe(model, options, m_whole.kind, m_request.tolerance);
    }

    bool growAndReduce()
    {
        auto question = [this](const Nodes& nodes) { return ask(nodes); };
        Nodes before = inOrder(m_maker->neededFor(m_whole.nodes));
        std::erase_if(before, [this](NodeId id) { return m_whole.nodes.contains(id); });
        auto failing = growUntilItFails(inOrder(m_whole.nodes), std::move(before), question);
        if (!failing && !m_stopped && ask(m_maker->order()) == Answer::Fails)
            failing = m_maker->order();
        if (failing)
            reduceWhileItFails(std::move(*failing), question);
        return failing.has_value();
    }

    Result<bool> takeBetweenKnownValues()
    {
        const graph::Graph& graph = m_maker->model().graph;
        auto references = TRY(runner::readReferences(m_request.debug.referencePath, graph, graph.mainRoot()));
        auto expected = references.extract(m_whole.wrongValue);
        if (expected.empty())
            return Error{ErrorCode::Internal, "a difference from a value without reference",
                         m_whole.wrongValue};
        m_maker->know(std::move(references));
        std::set<NodeId> nodes = m_maker->neededFor(m_whole.nodes);
        if (!mayTry())
            return false;
        Part part = TRY(m_maker->make(nodes));
        ++m_tried;
        TRY(saveExpected(part, m_folder.path(), expected.mapped()));
        auto failure = TRY(tryOut(part, m_folder.path()));
        if (!failure || !sameWay(m_whole, *failure))
            return false;
        m_smallest = std::move(nodes);
        m_what = failure->what;
        m_expected = expected.mapped();
        return true;
    }

    // As output_N.pb, at the value's place among the part's outputs.
    Result<void> saveExpected(const Part& part, const std::string& folder, const graph::Tensor& tensor) const
    {
        const graph::Graph& graph = part.model.graph;
        graph::Root root = graph.mainRoot();
        for (std::size_t i = 0; i < root.outputs.size(); ++i)
            if (graph.value(root.outputs[i]).name == m_whole.wrongValue)
                return formats::writeTensor(tensor, folder + "/output_" + std::to_string(i) + ".pb",
                                            m_whole.wrongValue);
        return Error{ErrorCode::Internal, "the part does not give the value that differs",
                     m_whole.wrongValue};
    }

    Result<ShrinkOutcome> save()
    {
        Part part = TRY(m_maker->make(m_smallest));
        std::string folder = inputsFolderOf(m_request.outputPath);
        TRY(savePart(part, m_request.outputPath, folder));
        if (m_expected)
            TRY(saveExpected(part, folder, *m_expected));
        ShrinkOutcome outcome;
        outcome.failure = m_whole.kind;
        outcome.what = m_what.empty() ? m_whole.what : m_what;
        outcome.nodesBefore = m_maker->model().graph.nodeCount();
        outcome.nodesAfter = part.nodes();
        outcome.tried = m_tried;
        outcome.outputPath = m_request.outputPath;
        return outcome;
    }

    const ShrinkRequest& m_request;
    const GoOn& m_goOn;
    ScratchFolder m_folder;
    PartMaker* m_maker = nullptr; // of shrink()
    Failure m_whole;
    double m_tryLimit = 0;
    std::set<NodeId> m_smallest; // that fails
    std::size_t m_nodes = 0;     // of it, those of bodies included
    std::string m_what;
    std::optional<graph::Tensor> m_expected; // of a wrong output
    std::set<std::set<NodeId>> m_asked;
    std::uint32_t m_tried = 0;
    bool m_stopped = false;
};

} // namespace

Result<ShrinkOutcome> shrink(const std::string& modelPath, const ShrinkRequest& request,
                             const std::function<bool(const ShrinkProgress&)>& goOn)
{
    std::string extension = std::filesystem::path(request.outputPath).extension().string();
    if (extension != ".onnx" && extension != ".onnxtxt")
        return Error{ErrorCode::Usage, "expected a file name that ends with .onnx or .onnxtxt",
                     request.outputPath};
    return Shrinker(request, goOn, TRY(ScratchFolder::create())).shrink(modelPath);
}

} // namespace orrery::session
