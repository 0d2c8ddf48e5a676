// SPDX-License-Identifier: Apache-2.0
#include "app/cli/clean_up.h"

#include "app/cli/output.h"
#include "engine/base/text.h"
#include "engine/edit/convert_float.h"
#include "engine/edit/convert_opset.h"
#include "engine/edit/simplify.h"
#include "engine/edit/tidy.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace orrery::cli {
namespace {

const ops::OpRegistry& registry() { return ops::OpRegistry::builtin(); }

std::set<std::string> split(const std::string& text)
{
    std::set<std::string> words;
    std::string word;
    for (char c : text + ",")
        if (c != ',')
            word += c;
        else if (!word.empty())
            words.insert(std::exchange(word, {}));
    return words;
}

Result<std::set<std::string>> kindsOf(const Arguments& arguments)
{
    std::set<std::string> kinds = split(arguments.valueOr("only", ""));
    std::vector<std::string_view> known;
    for (const edit::SimplifyKind& kind : edit::simplifyKinds())
        known.push_back(kind.pass);
    for (const std::string& kind : kinds)
        if (std::find(known.begin(), known.end(), kind) == known.end())
            return usageError(fmt::format("--only: expected {}, found \"{}\"", fmt::join(known, ", "),
                                          displayText(kind, 60)));
    return kinds;
}

edit::Batch batchOf(const std::string& text)
{
    edit::Batch batch;
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size())
        batch.number = number;
    else
        batch.name = text;
    return batch;
}

Result<edit::FloatOptions> floatsOf(const Arguments& arguments, const graph::Model& model)
{
    edit::FloatOptions options;
    options.type =
        arguments.valueOr("floats", "") == "bfloat16" ? graph::DataType::BFloat16 : graph::DataType::Float16;
    options.keepOperators = edit::operatorsKeptInFloat();
    std::set<std::string> names;
    for (const std::string& keep : arguments.values("keep"))
        names.merge(split(keep));
    for (NodeId node : model.graph.liveNodes()) {
        const graph::Node& candidate = model.graph.node(node);
        if (!candidate.name.empty() && names.contains(candidate.name))
            options.keepNodes.insert(node);
    }
    options.keepOperators.merge(names);
    if (arguments.has("convert-inputs"))
        options.inputsAndOutputs = edit::OuterTypes::Converted;
    return options;
}

std::int64_t difference(std::size_t before, std::size_t after)
{
    return static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
}

} // namespace

std::vector<OptionSpec> cleanUpOptions()
{
    return {{"opset", "N", "say the standard's operators in the words of that version, up or down", {}},
            {"floats", "TYPE", "convert float to 16 bits", {"float16", "bfloat16"}},
            {"keep", "OP,NODE", "operators and nodes that stay float, beside the fragile ones", {}},
            {"convert-inputs", "", "with --floats: inputs and outputs of the graph, too", {}},
            {"batch", "N|NAME", "the first dim of all inputs: a number, or a name for any", {}},
            {"simplify", "", "let go what can go without changing a result", {}},
            {"name-nodes", "", "name the nodes and values that have no name", {}},
            {"strip-names", "", "take names and documentation of nodes away", {}},
            {"sort", "", "put nodes into the order in which they run", {}}};
}

OptionSpec onlyOption()
{
    return {"only",
            "KIND,…",
            "cancel_pairs, remove_identity, fold_constants, merge_duplicates, remove_dead; all without",
            {}};
}

Result<std::vector<CleanUpStep>> cleanUp(const Arguments& arguments, graph::Model& model, bool simplifies)
{
    std::vector<CleanUpStep> steps;
    const auto take = [&](Result<edit::CleanUp> made) -> Result<void> {
        edit::CleanUp found = TRY(std::move(made));
        steps.push_back({graph::editName(found.edit), found.before, found.afterwards,
                         std::move(found.touched), std::move(found.notes), found.changes});
        if (found.changes)
            model = *found.after;
        return {};
    };
    if (auto batch = arguments.value("batch"))
        TRY(take(edit::fixBatch(model, registry(), batchOf(*batch))));
    if (arguments.has("opset")) {
        const auto version =
            TRY(arguments.integer("opset", edit::newestOpset, edit::oldestOpset, edit::newestOpset));
        TRY(take(edit::convertOpset(model, registry(), version)));
    }
    if (simplifies) {
        const auto kinds = TRY(kindsOf(arguments));
        TRY(take(edit::simplify(model, registry(), kinds)));
    }
    if (arguments.has("floats")) {
        const auto options = TRY(floatsOf(arguments, model));
        TRY(take(edit::convertFloat(model, registry(), options)));
    }
    if (arguments.has("strip-names"))
        TRY(take(edit::stripNames(model)));
    if (arguments.has("name-nodes"))
        TRY(take(edit::nameAll(model)));
    if (arguments.has("sort"))
        TRY(take(edit::sortAll(model)));
    return steps;
}

void printSteps(const std::vector<CleanUpStep>& steps)
{
    for (const CleanUpStep& step : steps) {
        if (!step.changes) {
            print("{}: nothing to do\n", displayText(step.name, 100));
            continue;
        }
        print("{}: {} → {} nodes, {} touched, constants {} → {}\n", displayText(step.name, 100),
              step.before.nodes, step.after.nodes, step.touched.size(),
              formatBytes(step.before.constantBytes), formatBytes(step.after.constantBytes));
        std::set<std::string> operators;
        for (const auto* counts : {&step.before.byOperator, &step.after.byOperator})
            for (const auto& [op, count] : *counts)
                operators.insert(op);
        const auto countIn = [](const edit::GraphCounts& counts, const std::string& op) {
            auto at = counts.byOperator.find(op);
            return at == counts.byOperator.end() ? std::size_t(0) : at->second;
        };
        for (const std::string& op : operators)
            if (const auto change = difference(countIn(step.before, op), countIn(step.after, op));
                change != 0)
                print("    {} {:+}\n", displayText(op, 100), change);
        for (const std::string& text : step.notes)
            print("    {}\n", displayText(text, 400));
    }
}

nlohmann::json stepsJson(const std::vector<CleanUpStep>& steps)
{
    nlohmann::json list = nlohmann::json::array();
    for (const CleanUpStep& step : steps) {
        nlohmann::json touched = nlohmann::json::array();
        for (const edit::TouchedNode& node : step.touched)
            touched.push_back(
                {{"node", node.name}, {"operator", node.opType}, {"kind", node.kind}, {"what", node.what}});
        list.push_back({{"step", step.name},
                        {"changes", step.changes},
                        {"nodes_before", step.before.nodes},
                        {"nodes_after", step.after.nodes},
                        {"constant_bytes_before", step.before.constantBytes},
                        {"constant_bytes_after", step.after.constantBytes},
                        {"operators_before", step.before.byOperator},
                        {"operators_after", step.after.byOperator},
                        {"touched", std::move(touched)},
                        {"notes", step.notes}});
    }
    return list;
}

} // namespace orrery::cli
