// SPDX-License-Identifier: Apache-2.0
#include "views/document/compare_models.h"

#include "engine/base/text.h"
#include "engine/debug/tensor_difference.h"
#include "engine/passes/work_estimate.h"
#include "profiler/session/session.h"
#include "trace_db/queries/node_stats.h"
#include "views/document/model_file.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QTemporaryDir>

#include <algorithm>
#include <unordered_map>

namespace orrery::document {
namespace {

// Sides take turns, so that a machine that gets slower slows both.
constexpr int leastRounds = 5, mostRounds = 31;
constexpr int recordings = 4; // of each side, in turns, too
constexpr std::int64_t mostAtOnce = 5;
constexpr std::int64_t recordingNs = 1'000'000'000; // for one of them, as far as a run allows

QString tr(const char* text) { return QCoreApplication::translate("compareModels", text); }
QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 200)); }

template<class T>
T quantile(std::vector<T> numbers, double which)
{
    if (numbers.empty())
        return 0;
    const auto at = static_cast<std::ptrdiff_t>(which * static_cast<double>(numbers.size() - 1) + 0.5);
    std::nth_element(numbers.begin(), numbers.begin() + at, numbers.end());
    return numbers[static_cast<std::size_t>(at)];
}

const std::string& resultOf(const graph::Graph& graph, const graph::Node& node)
{
    static const std::string none;
    for (ValueId output : node.outputs)
        if (output.valid())
            return graph.value(output).name;
    return none;
}

// Of a compute node's origins, the one whose operator it is; else the first.
const graph::Node* mainOrigin(const graph::Graph& dataflow, const graph::Node& node)
{
    std::string_view type = node.opType;
    if (node.domain == "orrery" && type.starts_with("Fused"))
        type.remove_prefix(5);
    const graph::Node* first = nullptr;
    for (NodeId origin : node.origins) {
        if (!dataflow.contains(origin))
            continue;
        if (dataflow.node(origin).opType == type)
            return &dataflow.node(origin);
        if (!first)
            first = &dataflow.node(origin);
    }
    return first;
}

// Of a run with these shapes; an open first dim is one, as runs take it.
passes::WorkEstimate workOf(const protocol::Opened& opened, const std::map<std::string, graph::Dims>& shapes)
{
    graph::Model model;
    model.graph = opened.compute;
    model.opsets = opened.opsets;
    std::map<std::string, std::int64_t> symbols;
    std::map<ValueId, graph::ValueType> types;
    for (ValueId input : opened.root.inputs) {
        const graph::ValueType& declared = model.graph.value(input).type;
        graph::ValueType& type = types.emplace(input, declared).first->second;
        if (auto given = shapes.find(model.graph.value(input).name); given != shapes.end())
            type.shape = graph::Shape::of(given->second);
        for (std::size_t i = 0; type.shape && declared.shape && i < type.shape->rank(); ++i)
            if (i < declared.shape->rank() && declared.shape->dims[i].isSymbolic() &&
                type.shape->dims[i].isKnown())
                symbols.emplace(declared.shape->dims[i].symbol(), type.shape->dims[i].value());
    }
    for (auto& [input, type] : types)
        for (std::size_t i = 0; type.shape && i < type.shape->rank(); ++i) {
            graph::Dim& dim = type.shape->dims[i];
            if (auto bound = symbols.find(dim.symbol()); dim.isSymbolic() && bound != symbols.end())
                dim = bound->second;
            else if (!dim.isKnown() && i == 0)
                dim = 1;
        }
    return passes::estimateWork(model, ops::OpRegistry::builtin(), types);
}

// One of the two.
class Side {
public:
    // Its constants inside of it, wherever the model keeps them.
    static Result<Side> open(const graph::Model& model, const QString& folder, const QString& name,
                             const TrialOptions& options)
    {
        Side side(options);
        const std::string path = (folder + "/" + name + ".onnx").toStdString();
        side.m_tracePath = (folder + "/" + name + ".orrery").toStdString();
        TRY(writeModelFile(model, path));
        side.figures.fileBytes = QFileInfo(QString::fromStdString(path)).size();
        session::SessionOptions opening;
        opening.customOps = options.customOps;
        opening.inputShapes = options.inputShapes;
        opening.arguments = "window";
        side.m_session = TRY(session::Session::open(path, opening));
        const passes::WorkEstimate work = workOf(side.m_session->opened(), options.inputShapes);
        side.figures.flops = work.flops;
        side.figures.isEveryFlopKnown = work.isWhole();
        return side;
    }

    Result<session::RunOutcome> run(session::RunRequest request, const std::stop_token& stop)
    {
        request.threads = m_options->threads;
        request.inputs = m_options->inputs;
        request.timeLimitSeconds = m_options->timeLimitSeconds;
        std::stop_callback onStop(stop, [this] { m_session->stop(); });
        session::RunOutcome outcome = m_session->run(request);
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", {}};
        if (outcome.error) {
            Error error = *outcome.error;
            if (error.where.empty())
                error.where = outcome.nodeName;
            return error;
        }
        return outcome;
    }

    Result<session::RunOutcome> measure(bool isFirst, const std::stop_token& stop)
    {
        session::RunRequest request;
        request.warmup = isFirst ? 2 : 0;
        request.outputs = isFirst ? protocol::Outputs::Return : protocol::Outputs::Drop;
        auto outcome = TRY(run(request, stop));
        figures.peakBytes = std::max(figures.peakBytes, outcome.memory.peakLiveBytes);
        figures.durationsNs.insert(figures.durationsNs.end(), outcome.durationsNs.begin(),
                                   outcome.durationsNs.end());
        return outcome;
    }

    Result<void> recordNodes(std::uint32_t runs, const std::stop_token& stop)
    {
        session::RunRequest request;
        request.runs = runs;
        request.warmup = 1;
        request.tracePath = m_tracePath;
        request.heap = protocol::HeapWatch::Off;
        const auto outcome = TRY(run(request, stop));
        const auto reader = TRY(trace_db::TraceReader::open(m_tracePath));
        for (const auto& row : TRY(trace_db::node_stats::run(reader, {outcome.run})))
            // The median of its calls, so that one that was held up does not count for all.
            m_selfNs[NodeId(row.node)].push_back(row.selfP50Ns * row.calls / std::int64_t(runs));
        return {};
    }

    // Of each node's recordings the median.
    void tellNodes()
    {
        const graph::Graph &compute = m_session->opened().compute, &dataflow = m_session->opened().dataflow;
        std::unordered_map<const graph::Node*, std::int64_t> byOrigin;
        std::unordered_map<const graph::Node*, const graph::Node*> fused; // and into which
        for (const auto& [id, recorded] : m_selfNs) {
            if (!compute.contains(id))
                continue;
            const graph::Node& node = compute.node(id);
            const std::int64_t selfNs = quantile(recorded, 0.5);
            figures.compute.push_back({resultOf(compute, node), node.opType, node.name, selfNs, {}});
            const graph::Node* main = mainOrigin(dataflow, node);
            if (!main)
                continue;
            byOrigin[main] += selfNs;
            for (NodeId origin : node.origins)
                if (dataflow.contains(origin) && &dataflow.node(origin) != main)
                    fused.emplace(&dataflow.node(origin), main);
        }
        for (const auto& [node, selfNs] : byOrigin)
            figures.dataflow.push_back({resultOf(dataflow, *node), node->opType, node->name, selfNs, {}});
        for (const auto& [node, main] : fused)
            if (!byOrigin.contains(node))
                figures.dataflow.push_back(
                    {resultOf(dataflow, *node), node->opType, node->name, 0, main->displayName()});
    }

    // Names and types of what is fed.
    std::map<std::string, graph::ValueType> inputs() const
    {
        std::map<std::string, graph::ValueType> found;
        const graph::Graph& compute = m_session->opened().compute;
        for (ValueId input : m_session->opened().root.inputs)
            found[compute.value(input).name] = compute.value(input).type;
        return found;
    }

    ModelTrialSide figures;

private:
    explicit Side(const TrialOptions& options)
        : m_options(&options)
    {}

    const TrialOptions* m_options;
    std::string m_tracePath;
    std::map<NodeId, std::vector<std::int64_t>> m_selfNs; // of one run, by recording
    std::unique_ptr<session::Session> m_session;
};

void compareOutputs(const session::RunOutcome& before, const session::RunOutcome& after,
                    ModelTrialResult& result)
{
    std::map<std::string, const graph::Tensor*> was;
    for (const session::NamedTensor& output : before.outputs)
        was[output.name] = &output.tensor;
    for (const session::NamedTensor& output : after.outputs) {
        auto found = was.find(output.name);
        if (found == was.end()) {
            result.notes.push_back(tr("%1 is a new output").arg(shown(output.name)));
            continue;
        }
        const graph::Tensor& old = *found->second;
        was.erase(found);
        if (output.tensor.identicalTo(old))
            continue;
        result.isSameBits = false;
        const auto difference = debug::difference(output.tensor, old);
        if (!difference.ok()) {
            ++result.mismatches;
            result.notes.push_back(tr("%1 has another shape or type").arg(shown(output.name)));
            continue;
        }
        result.maxAbsoluteError = std::max(result.maxAbsoluteError, difference->maxAbsolute);
        result.cosine = std::min(result.cosine, difference->cosine);
        result.mismatches += difference->mismatches;
    }
    for (const auto& [name, tensor] : was)
        result.notes.push_back(tr("%1 is no output any more").arg(shown(name)));
    if (before.outputs.size() == was.size())
        result.areResultsCompared = false;
}

} // namespace

std::int64_t ModelTrialSide::medianNs() const { return quantileNs(0.5); }

std::int64_t ModelTrialSide::quantileNs(double which) const { return quantile(durationsNs, which); }

Result<ModelTrialResult> compareModels(const graph::Model& before, const graph::Model& after,
                                       const TrialOptions& options, const std::stop_token& stop,
                                       const TellTrial& tell)
{
    const Error cancelled{ErrorCode::Cancelled, "cancelled", {}};
    QTemporaryDir folder;
    if (!folder.isValid())
        return Error{ErrorCode::Io, folder.errorString().toStdString(), {}};
    tell(0, tr("Opening both …"));
    Side second = TRY(Side::open(after, folder.path(), "after", options));
    if (stop.stop_requested())
        return cancelled;
    Side first = TRY(Side::open(before, folder.path(), "before", options));
    if (stop.stop_requested())
        return cancelled;

    ModelTrialResult result;
    std::vector<double> ratios;
    const auto start = std::chrono::steady_clock::now();
    for (; result.rounds < mostRounds; ++result.rounds) {
        const auto spent = std::chrono::steady_clock::now() - start;
        if (result.rounds >= leastRounds && spent > options.patience)
            break;
        tell(std::max(100 * result.rounds / mostRounds, static_cast<int>(100 * spent / options.patience)),
             tr("Running both in turns, round %1 …").arg(result.rounds + 1));
        // Who goes first alternates, too; the changed one begins, for it is the one that may fail.
        const bool swapped = result.rounds % 2 == 0, isFirst = result.rounds == 0;
        session::RunOutcome was, is;
        if (swapped)
            is = TRY(second.measure(isFirst, stop));
        was = TRY(first.measure(isFirst, stop));
        if (!swapped)
            is = TRY(second.measure(isFirst, stop));
        if (isFirst && first.inputs() != second.inputs()) {
            result.areResultsCompared = false;
            result.notes.push_back(tr("It takes other inputs, so results are not compared"));
        } else if (isFirst) {
            compareOutputs(was, is, result);
        }
        if (!was.durationsNs.empty() && !is.durationsNs.empty() && was.durationsNs.back() > 0)
            ratios.push_back(static_cast<double>(is.durationsNs.back()) /
                             static_cast<double>(was.durationsNs.back()));
    }
    if (options.recordsNodes) {
        tell(100, tr("Recording both by node …"));
        const std::int64_t slower =
            std::max<std::int64_t>({1, first.figures.medianNs(), second.figures.medianNs()});
        const std::int64_t runs = std::clamp<std::int64_t>(recordingNs / slower, 1, mostAtOnce);
        for (int round = 0; round < recordings; ++round) {
            TRY((round % 2 == 0 ? first : second).recordNodes(static_cast<std::uint32_t>(runs), stop));
            TRY((round % 2 == 0 ? second : first).recordNodes(static_cast<std::uint32_t>(runs), stop));
        }
        first.tellNodes();
        second.tellNodes();
        result.recordedRuns = static_cast<int>(runs) * recordings;
    }
    result.before = std::move(first.figures);
    result.after = std::move(second.figures);
    result.ratio = quantile(ratios, 0.5);
    result.lowRatio = quantile(ratios, 0.25);
    result.highRatio = quantile(ratios, 0.75);
    return result;
}

} // namespace orrery::document
