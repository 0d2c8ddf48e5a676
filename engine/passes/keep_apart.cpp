// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/keep_apart.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

namespace orrery::passes {
namespace {

constexpr std::size_t mostTold = 100;

// Nodes by the name of their first output, as hints name them: of several those of the main graph, else none.
std::unordered_map<std::string_view, NodeId> nodesByName(const graph::Graph& graph)
{
    std::unordered_map<std::string_view, NodeId> byName;
    for (NodeId id : graph.liveNodes()) {
        const graph::Node& node = graph.node(id);
        const auto first = std::find_if(node.outputs.begin(), node.outputs.end(),
                                        [](ValueId output) { return output.valid(); });
        if (first == node.outputs.end() || graph.value(*first).name.empty())
            continue;
        const bool isMain = node.region == graph.mainRegion();
        const auto [at, isNew] = byName.try_emplace(graph.value(*first).name, id);
        if (!isNew && isMain)
            at->second = id;
        else if (!isNew && !(at->second.valid() && graph.node(at->second).region == graph.mainRegion()))
            at->second = NodeId();
    }
    return byName;
}

std::string passesThatCan()
{
    std::vector<std::string_view> names;
    for (const PassSpec& pass : passSpecs())
        if (pass.canKeepApart)
            names.push_back(pass.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

} // namespace

std::map<std::string, std::set<NodeId>, std::less<>> keptApart(const graph::Graph& dataflow,
                                                               const std::vector<KeepApartHint>& hints,
                                                               std::vector<Problem>& problems)
{
    std::map<std::string, std::set<NodeId>, std::less<>> kept;
    if (hints.empty())
        return kept;
    std::size_t told = 0;
    const auto tell = [&](const std::string& node, std::string text) {
        if (++told <= mostTold)
            problems.push_back({Severity::Warning,
                                "plan-hint",
                                displayText(node, 200),
                                {},
                                "hint to keep nodes apart: " + std::move(text),
                                "remove the hint, or give it for this graph"});
    };
    const std::vector<PassSpec> passes = passSpecs();
    const auto byName = nodesByName(dataflow);
    for (const KeepApartHint& hint : hints) {
        const bool canDo = std::any_of(passes.begin(), passes.end(), [&](const PassSpec& pass) {
            return pass.canKeepApart && pass.name == hint.pass;
        });
        if (!canDo) {
            tell(hint.nodes.empty() ? std::string() : hint.nodes.front(),
                 fmt::format("no pass \"{}\" leaves single nodes alone; those that do: {}",
                             displayText(hint.pass, 100), passesThatCan()));
            continue;
        }
        for (const std::string& name : hint.nodes) {
            const auto found = byName.find(name);
            if (found != byName.end() && found->second.valid())
                kept[hint.pass].insert(found->second);
            else
                tell(name,
                     found == byName.end()
                         ? fmt::format("the model has no node that makes \"{}\"", displayText(name, 200))
                         : fmt::format("several bodies of the model have a node that makes \"{}\"",
                                       displayText(name, 200)));
        }
    }
    if (told > mostTold)
        problems.push_back(
            {Severity::Warning,
             "plan-hint",
             {},
             {},
             fmt::format("{} more hints to keep nodes apart are not followed", told - mostTold),
             {}});
    return kept;
}

} // namespace orrery::passes
