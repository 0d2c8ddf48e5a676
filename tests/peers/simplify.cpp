// SPDX-License-Identifier: Apache-2.0
//
// peer_simplify [NAME...]: simplifies every real model, and looks by rules of its own, not those of the
// passes, whether anything was left: a node on constants alone that could be folded, an Identity that could
// go, a node that nothing reads, two nodes that compute the same. The simplified model has to pass verify()
// and give the outputs of the model as it was, to 2e-3 of their scale.
//
// $ORRERY_PEER_MODELS is a folder of models, $ORRERY_PEER_DATA one of recorded inputs; skipped aloud without.
#include "engine/edit/simplify.h"

#include "engine/graph/verify.h"
#include "engine/passes/evaluate.h"
#include "tests/peers/real_models.h"

#include <fmt/format.h>

#include <set>

using namespace orrery;

namespace {

constexpr double allowed = 2e-3;

std::set<ValueId> outputsOf(const graph::Graph& graph)
{
    std::set<ValueId> outputs;
    for (std::size_t i = 0; i < graph.regionSlots(); ++i)
        if (graph.region(RegionId(i)).alive)
            for (ValueId output : graph.region(RegionId(i)).outputs)
                outputs.insert(output);
    return outputs;
}

std::set<ValueId> valuesRead(const graph::Graph& graph)
{
    std::set<ValueId> read = outputsOf(graph);
    for (NodeId node : graph.liveNodes())
        for (ValueId input : graph.node(node).inputs)
            if (input.valid())
                read.insert(input);
    return read;
}

bool anyIn(const std::vector<ValueId>& values, const std::set<ValueId>& set)
{
    return std::any_of(values.begin(), values.end(),
                       [&](ValueId value) { return value.valid() && set.contains(value); });
}

// Folds the node; what is too large to be kept is no finding.
bool couldFold(const graph::Model& model, const graph::Node& node)
{
    const graph::Graph& graph = model.graph;
    auto spec = ops::findOp(ops::OpRegistry::builtin(), node, model.opsetVersion(node));
    if (!spec.ok() || (*spec)->purity != ops::Purity::Pure || (*spec)->kernel == nullptr)
        return false;
    std::vector<const graph::Tensor*> inputs;
    std::int64_t bytes = 1 << 20;
    for (ValueId input : node.inputs) {
        if (input.valid() && !graph.value(input).initializer)
            return false;
        const auto& listed = graph.main().inputs;
        if (input.valid() && std::find(listed.begin(), listed.end(), input) != listed.end())
            return false; // a run may replace it
        inputs.push_back(input.valid() ? &graph.value(input).initializer->tensor : nullptr);
        bytes += input.valid() ? 2 * static_cast<std::int64_t>(inputs.back()->byteSize()) : 0;
    }
    return passes::evaluateNode(node, model.opsetVersion(node), **spec, inputs, {bytes, 256 << 20}).ok();
}

// What makes two nodes compute the same, as text.
std::string signature(const graph::Graph& graph, const graph::Node& node)
{
    std::string text = node.domain + "::" + node.opType + "@" + std::to_string(node.region.index());
    for (ValueId input : node.inputs)
        text += input.valid() ? fmt::format(" {}", input.index()) : " -";
    std::set<std::string> attributes;
    for (const graph::Attribute& attribute : node.attributes)
        attributes.insert(attribute.name + "=" + attribute.text(1 << 20));
    for (const std::string& attribute : attributes)
        text += " " + attribute;
    return node.regions().empty() && graph.contains(node.id) ? text
                                                             : text + fmt::format(" #{}", node.id.index());
}

std::vector<std::string> whatIsLeft(const graph::Model& model)
{
    const graph::Graph& graph = model.graph;
    const auto outputs = outputsOf(graph), read = valuesRead(graph);
    std::map<std::string, NodeId> seen;
    std::vector<std::string> left;
    for (NodeId id : graph.liveNodes()) {
        const graph::Node& node = graph.node(id);
        const bool makesOutput = anyIn(node.outputs, outputs); // it keeps its name, so its node stays
        if (!anyIn(node.outputs, read))
            left.push_back("nothing reads " + node.displayName());
        if (node.opType == "Identity" && node.domain.empty() && !makesOutput)
            left.push_back("an Identity: " + node.displayName());
        if (node.regions().empty() && !makesOutput && couldFold(model, node))
            left.push_back("constants alone make " + node.displayName());
        if (node.opType.find("Random") != std::string::npos || node.opType == "Dropout")
            continue;
        auto [at, fresh] = seen.emplace(signature(graph, node), id);
        if (!fresh && !(makesOutput && anyIn(graph.node(at->second).outputs, outputs)))
            left.push_back("the same: " + node.displayName() + " and " +
                           graph.node(at->second).displayName());
    }
    return left;
}

Result<bool> check(const fs::path& file, const char* data)
{
    const graph::Model model = TRY(formats::readModel(file.string()));
    const edit::CleanUp found = TRY(edit::simplify(model, ops::OpRegistry::builtin()));
    graph::Model after = model;
    const graph::Edit back = TRY(graph::apply(after, found.edit));
    bool good = true;
    auto fail = [&](const std::string& text) {
        fmt::print("    FAIL {}\n", text);
        good = false;
    };
    if (hasErrors(graph::verify(after)))
        fail("the simplified model has errors");
    const auto left = whatIsLeft(after);
    for (std::size_t i = 0; i < left.size() && i < 5; ++i)
        fail(left[i]);
    const auto inputs = TRY(peers::inputsFor(model, file, data));
    const auto expected = TRY(peers::run(model, inputs));
    const peers::Apart apart = peers::apart(expected, TRY(peers::run(after, inputs)));
    if (!apart.sameShapes || !(apart.ofScale <= allowed))
        fail(fmt::format("outputs are {} of their scale apart", apart.ofScale));
    TRY(graph::apply(after, back));
    if (!graph::equal(after, model))
        fail("undo does not give the model back");
    fmt::print(
        "{:<34} {:5} nodes → {:5}, constants {:9} → {:9} bytes, outputs {:.1e} of scale apart, {} left\n",
        file.stem() == "model" ? file.parent_path().filename().string() : file.stem().string(),
        found.before.nodes, found.afterwards.nodes, found.before.constantBytes,
        found.afterwards.constantBytes, apart.ofScale, left.size());
    return good;
}

} // namespace

int main(int argc, char** argv)
{
    const char* models = std::getenv("ORRERY_PEER_MODELS");
    if (models == nullptr) {
        fmt::print("skipped: ORRERY_PEER_MODELS is not set\n");
        return 77;
    }
    const char* data = std::getenv("ORRERY_PEER_DATA");
    if (data == nullptr)
        fmt::print("ORRERY_PEER_DATA is not set: made-up inputs for all\n");
    int failed = 0, tried = 0;
    for (const fs::path& file : peers::modelFiles(models)) {
        const bool wanted = argc == 1 || std::any_of(argv + 1, argv + argc, [&](const char* name) {
                                return file.string().find(name) != std::string::npos;
                            });
        if (!wanted)
            continue;
        ++tried;
        auto good = check(file, data);
        if (!good.ok())
            fmt::print("{}: {}\n", file.string(), good.error().text());
        failed += good.ok() && *good ? 0 : 1;
        std::fflush(stdout);
    }
    fmt::print("{} models, {} failed\n", tried, failed);
    return failed == 0 && tried > 0 ? 0 : 1;
}
