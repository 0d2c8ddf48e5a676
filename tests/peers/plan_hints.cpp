// SPDX-License-Identifier: Apache-2.0
//
// peer_plan_hints [--rounds N] [--seed S] [NAME...]: random plan hints on real models, with the inputs that
// came with them. Values computed again and nodes in another order must leave every output as it was, to the
// bit. What a chain of nodes makes in slices may be 1e-6 of its scale apart, and the outputs, where later
// layers make more of that, 1e-4. A value held as float16 comes back rounded to it; what that does to the
// outputs is told, since it is the model that makes more or less of it. Nodes out of place leave every bit;
// nodes kept apart from passes round otherwise, 1e-4 at most. On one of two threads or by another kernel sums
// are made in another order, as in any other implementation: 2e-3, as is promised of those.
//
// $ORRERY_PEER_MODELS is a folder of models, $ORRERY_PEER_DATA one of <name>/input_0.pb …; what is not there
// is skipped, and said so.
#include "engine/exec/execution.h"
#include "engine/formats/format.h"
#include "engine/formats/tensor_file.h"
#include "engine/graph/order.h"
#include "engine/ops/kernel_choices.h"
#include "engine/passes/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <random>
#include <set>

namespace fs = std::filesystem;
using namespace orrery;

namespace {

struct Subject {
    const char* name;
    const char* model;
};

constexpr Subject subjects[] = {
    {"resnet18", "torch/resnet18/model.onnx"}, {"rec", "ocr/ch_PP-OCRv4_rec_infer.onnx"},
    {"det", "ocr/ch_PP-OCRv4_det_infer.onnx"}, {"bert6", "torch/bert6/model.onnx"},
    {"mlsd", "mlsd/mlsd_320x320_tiny.onnx"},   {"silero", "vad/silero_vad_v5.onnx"}};

struct Ran {
    std::vector<graph::Tensor> outputs;
    std::int64_t peakBytes = 0;
};

class PeerModel {
public:
    static Result<PeerModel> load(const Subject& subject, const fs::path& models, const fs::path& data)
    {
        PeerModel peer;
        peer.m_model = TRY(formats::readModel((models / subject.model).string()));
        const auto root = peer.m_model.graph.mainRoot();
        for (std::size_t i = 0; i < root.inputs.size(); ++i) {
            fs::path file = data / subject.name / fmt::format("input_{}.pb", i);
            peer.m_inputs.push_back(TRY(formats::readTensor(file.string())));
            peer.m_shapes[peer.m_model.graph.value(root.inputs[i]).name] = peer.m_inputs.back().dims();
        }
        peer.m_compute = TRY(peer.compile({})).compute;
        return peer;
    }

    Result<passes::Compiled> compile(const passes::PlanHints& hints) const
    {
        passes::PipelineOptions options;
        options.inputShapes = m_shapes;
        options.hints = hints;
        return passes::compile(m_model, options, ops::OpRegistry::builtin());
    }

    // Every hint has to be followed.
    Result<Ran> run(const passes::PlanHints& hints, const std::string& alsoOutput = {}) const
    {
        auto compiled = TRY(compile(hints));
        for (const Problem& problem : compiled.problems)
            if (problem.code == "plan-hint")
                return Error{ErrorCode::Internal, problem.text, problem.node};
        graph::Graph& graph = compiled.compute.graph;
        for (std::size_t i = 0; i < graph.valueSlots() && !alsoOutput.empty(); ++i)
            if (graph.contains(ValueId(i)) && graph.value(ValueId(i)).name == alsoOutput)
                graph.main().outputs.push_back(ValueId(i));
        const graph::Root root = graph.mainRoot();
        auto plan = TRY(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                           ops::OpRegistry::builtin(), hints));
        exec::ExecutionOptions options;
        options.threads = 2;
        auto execution = TRY(exec::Execution::create(plan, options));
        TRY(execution->start(m_inputs));
        TRY(execution->run());
        return Ran{execution->outputs(), execution->memoryUse().peakLiveBytes};
    }

    const graph::Graph& graph() const { return m_compute.graph; }
    const graph::Graph& dataflow() const { return m_model.graph; }

private:
    graph::Model m_model;
    graph::Model m_compute;
    std::vector<graph::Tensor> m_inputs;
    std::map<std::string, graph::Dims> m_shapes;
};

std::string nameOf(const graph::Graph& graph, NodeId node)
{
    for (ValueId output : graph.node(node).outputs)
        if (output.valid())
            return graph.value(output).name;
    return {};
}

// Nodes of the main graph that have one result, read by others there.
struct Candidate {
    std::string value;
    graph::ValueType type;
    std::vector<std::string> readers;
};

std::vector<Candidate> candidates(const graph::Graph& graph)
{
    const graph::UseIndex uses(graph);
    std::vector<Candidate> result;
    for (NodeId node : graph.main().nodes) {
        if (!graph.node(node).regions().empty())
            continue;
        for (ValueId output : graph.node(node).outputs) {
            if (!output.valid())
                continue;
            Candidate candidate{graph.value(output).name, graph.value(output).type, {}};
            for (const graph::Use& use : uses.uses(output))
                if (use.node.valid() && use.region == graph.mainRegion())
                    candidate.readers.push_back(nameOf(graph, use.node));
            if (!candidate.readers.empty())
                result.push_back(std::move(candidate));
        }
    }
    return result;
}

using Random = std::mt19937_64;

std::vector<Candidate> someOf(std::vector<Candidate> all, std::size_t most, Random& random)
{
    std::shuffle(all.begin(), all.end(), random);
    all.resize(std::min(all.size(), most));
    for (Candidate& candidate : all) {
        std::shuffle(candidate.readers.begin(), candidate.readers.end(), random);
        candidate.readers.resize(1 + random() % candidate.readers.size());
    }
    return all;
}

// Any order that computes before it reads.
std::vector<std::string> someOrder(const graph::Graph& graph, Random& random)
{
    std::vector<NodeId> waiting = graph.main().nodes;
    std::set<NodeId> there(waiting.begin(), waiting.end());
    std::vector<std::string> order;
    while (!waiting.empty()) {
        std::shuffle(waiting.begin(), waiting.end(), random);
        auto ready = std::find_if(waiting.begin(), waiting.end(), [&](NodeId node) {
            auto read = graph::valuesRead(graph, node);
            return std::none_of(read.begin(), read.end(),
                                [&](ValueId value) { return there.contains(graph.value(value).producer); });
        });
        order.push_back(nameOf(graph, *ready));
        there.erase(*ready);
        waiting.erase(ready);
    }
    return order;
}

// Of the largest output's scale; 0 only when all bits are the same.
double difference(const std::vector<graph::Tensor>& before, const std::vector<graph::Tensor>& after)
{
    double worst = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i].identicalTo(after[i]))
            continue;
        auto a = before[i].toDoubles(), b = after[i].toDoubles();
        if (!a.ok() || !b.ok() || a->size() != b->size())
            return INFINITY;
        double scale = 0, farthest = 1e-300;
        for (std::size_t k = 0; k < a->size(); ++k) {
            scale = std::max(scale, std::abs((*a)[k]));
            double apart = std::abs((*a)[k] - (*b)[k]);
            farthest = std::isnan(apart) ? INFINITY : std::max(farthest, apart);
        }
        worst = std::max(worst, farthest / std::max(scale, 1e-30));
    }
    return worst;
}

struct Tally {
    int rounds = 0;
    int identical = 0;
    std::size_t hints = 0;
    double worst = 0;
    double lowestPeak = 1; // of the peak without hints
};

Result<void> tryHints(const PeerModel& peer, const Ran& before, const passes::PlanHints& hints, double bound,
                      Tally& tally)
{
    Ran after = TRY(peer.run(hints));
    double apart = difference(before.outputs, after.outputs);
    ++tally.rounds;
    tally.identical += apart == 0 ? 1 : 0;
    tally.hints += hints.count();
    tally.worst = std::max(tally.worst, apart);
    tally.lowestPeak = std::min(tally.lowestPeak,
                                static_cast<double>(after.peakBytes) / static_cast<double>(before.peakBytes));
    if (apart > bound)
        return Error{ErrorCode::Internal,
                     fmt::format("the outputs are {:.3g} of their scale apart, at most {:.3g} was expected",
                                 apart, bound),
                     {}};
    return {};
}

std::optional<passes::ChunkHint> someChain(const PeerModel& peer, Random& random)
{
    const graph::Graph& graph = peer.graph();
    std::vector<graph::ValueType> types;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        types.push_back(graph.value(ValueId(i)).type);
    for (int tries = 0; tries < 1000; ++tries) {
        NodeId node = graph.main().nodes[random() % graph.main().nodes.size()];
        passes::ChunkHint chain = passes::chunkableChain(graph, node, types);
        if (chain.nodes.empty())
            continue;
        auto end = std::find_if(types.begin(), types.end(), [&](const graph::ValueType& type) {
            return graph.value(ValueId(static_cast<std::size_t>(&type - types.data()))).name ==
                   chain.nodes.back();
        });
        const std::int64_t length = end->shape->dims[static_cast<std::size_t>(chain.axis)].value();
        chain.parts = 2 + static_cast<std::int64_t>(random() % 7);
        chain.parts = std::min(chain.parts, length);
        return chain;
    }
    return std::nullopt;
}

// Some nodes of the model, each kept apart from some passes.
passes::PlanHints someApart(const PeerModel& peer, Random& random)
{
    std::vector<std::string> passes;
    for (const passes::PassSpec& pass : passes::passSpecs())
        if (pass.canKeepApart)
            passes.emplace_back(pass.name);
    const auto& nodes = peer.dataflow().main().nodes;
    passes::PlanHints hints;
    for (const std::string& pass : passes) {
        passes::KeepApartHint& hint = hints.keepApart.emplace_back();
        hint.pass = pass;
        for (NodeId node : nodes)
            if (random() % 4 == 0)
                if (std::string name = nameOf(peer.dataflow(), node); !name.empty())
                    hint.nodes.push_back(std::move(name));
    }
    return hints;
}

// Every node that can be, with even odds.
passes::PlanHints someOutOfPlace(const PeerModel& peer, Random& random)
{
    passes::PlanHints hints;
    for (NodeId id : peer.graph().main().nodes) {
        const graph::Node& node = peer.graph().node(id);
        const ops::OpSpec* spec = ops::OpRegistry::builtin().find(node.domain, node.opType);
        if (spec != nullptr && !spec->inPlace.empty() && random() % 2 == 0)
            hints.outOfPlace.push_back(nameOf(peer.graph(), id));
    }
    return hints;
}

passes::PlanHints someThreadsAndKernels(const PeerModel& peer, Random& random)
{
    passes::PlanHints hints;
    for (NodeId id : peer.graph().main().nodes) {
        const graph::Node& node = peer.graph().node(id);
        if (!node.regions().empty() || random() % 2 == 0)
            continue;
        hints.threads.push_back({nameOf(peer.graph(), id), 1});
        if (const auto kernels = ops::kernelChoices(peer.graph(), node); !kernels.empty())
            hints.kernel.push_back({nameOf(peer.graph(), id), std::string(kernels.back())});
    }
    return hints;
}

// The value that the first hint holds, as its first reader gets it: rounded to 11 bits, no more.
Result<void> comesBackRounded(const PeerModel& peer, passes::PlanHints hints)
{
    hints.hold.resize(1);
    const std::string& value = hints.hold.front().value;
    const Ran plain = TRY(peer.run({}, value)), held = TRY(peer.run(hints, value + "/back"));
    const auto a = TRY(plain.outputs.back().toDoubles()), b = TRY(held.outputs.back().toDoubles());
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
        if (a.size() != b.size() ||
            !(std::abs(a[i] - b[i]) <= std::abs(a[i]) * 0x1p-11 + 0x1p-25 || std::abs(a[i]) > 65504))
            return Error{ErrorCode::Internal, "what comes back is not what float16 rounds it to", value};
    return {};
}

Result<void> check(const Subject& subject, const fs::path& models, const fs::path& data, int rounds,
                   std::uint64_t seed)
{
    PeerModel peer = TRY(PeerModel::load(subject, models, data));
    const auto all = candidates(peer.graph());
    const Ran before = TRY(peer.run({}));
    Tally same, sliced, held, keptApart, placed, limited;
    double worstEnd = 0;
    for (int round = 0; round < rounds; ++round) {
        Random random(seed + static_cast<std::uint64_t>(round));
        passes::PlanHints again;
        for (Candidate& candidate : someOf(all, 20, random))
            again.recompute.push_back({candidate.value, candidate.readers});
        TRY(tryHints(peer, before, again, 0, same));
        passes::PlanHints order;
        order.order = someOrder(peer.graph(), random);
        TRY(tryHints(peer, before, order, 0, same));

        TRY(tryHints(peer, before, someApart(peer, random), 1e-4, keptApart));
        TRY(tryHints(peer, before, someOutOfPlace(peer, random), 0, placed));
        TRY(tryHints(peer, before, someThreadsAndKernels(peer, random), 2e-3, limited));

        if (auto chain = someChain(peer, random)) {
            passes::PlanHints chunk;
            chunk.chunk.push_back(*chain);
            TRY(tryHints(peer, before, chunk, 1e-4, sliced));
            const std::string end = chain->nodes.back();
            Ran whole = TRY(peer.run({}, end)), parts = TRY(peer.run(chunk, end));
            whole.outputs.erase(whole.outputs.begin(), whole.outputs.end() - 1);
            parts.outputs.erase(parts.outputs.begin(), parts.outputs.end() - 1);
            const double apart = difference(whole.outputs, parts.outputs);
            worstEnd = std::max(worstEnd, apart);
            if (apart > 1e-6)
                return Error{ErrorCode::Internal,
                             fmt::format("the end of {} nodes in {} slices is {:.3g} of its scale apart",
                                         chain->nodes.size(), chain->parts, apart),
                             end};
        }

        passes::PlanHints hold;
        for (Candidate& candidate : someOf(all, 200, random))
            if (candidate.type.element == graph::DataType::Float32 && hold.hold.size() < 5)
                hold.hold.push_back({candidate.value, graph::DataType::Float16, candidate.readers});
        TRY(tryHints(peer, before, hold, INFINITY, held));
        if (!hold.hold.empty())
            TRY(comesBackRounded(peer, hold));
    }
    fmt::print("{}: {} nodes, {} runs with {} values computed again and other orders: identical\n",
               subject.name, peer.graph().nodeCount(), same.rounds, same.hints);
    fmt::print("  {} runs with {} nodes out of place: identical\n", placed.rounds, placed.hints);
    for (auto [what, tally] : {std::pair("kept apart from passes", &keptApart),
                               std::pair("on one thread and by other kernels", &limited)})
        fmt::print("  {}: {} runs, {} of them identical, the others up to {:.2g} of the scale apart\n", what,
                   tally->rounds, tally->identical, tally->worst);
    fmt::print("  ends of chains in slices: up to {:.2g} of their scale apart\n", worstEnd);
    for (auto [what, tally] : {std::pair("in slices", &sliced), std::pair("held as float16", &held)})
        fmt::print(
            "  {}: {} runs, {} of them identical, the others up to {:.2g} of the scale apart; peak down to "
            "{:.0f} %\n",
            what, tally->rounds, tally->identical, tally->worst, 100 * tally->lowestPeak);
    std::fflush(stdout);
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    int rounds = 5;
    std::uint64_t seed = 1;
    std::vector<std::string> names;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            rounds = std::max(1, std::atoi(argv[++i]));
        else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = std::strtoull(argv[++i], nullptr, 10);
        else
            names.emplace_back(argv[i]);
    }
    const char* models = std::getenv("ORRERY_PEER_MODELS");
    const char* data = std::getenv("ORRERY_PEER_DATA");
    if (models == nullptr || data == nullptr) {
        fmt::print("SKIPPED: ORRERY_PEER_MODELS and ORRERY_PEER_DATA do not name the folders of models and "
                   "inputs; no plan hints were tried on real models\n");
        return 77;
    }
    int failures = 0;
    for (const Subject& subject : subjects) {
        if (!names.empty() && std::find(names.begin(), names.end(), subject.name) == names.end())
            continue;
        if (!fs::exists(fs::path(models) / subject.model)) {
            fmt::print("SKIPPED {}: {} is not there\n", subject.name, subject.model);
            continue;
        }
        if (auto done = check(subject, models, data, rounds, seed); !done.ok()) {
            fmt::print("FAIL {}: {}\n", subject.name, done.error().text());
            ++failures;
        }
    }
    return failures == 0 ? 0 : 1;
}
