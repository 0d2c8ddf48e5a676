// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/call_check.h"

#include "engine/passes/function_body.h"
#include "engine/passes/infer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace orrery::passes {
namespace {

using graph::Function;
using graph::Model;
using graph::Node;

const Function* called(const Model& model, const Node& node)
{
    return model.findFunction(node.domain, node.opType, node.overload);
}

// Trailing ones may be left out; there may not be more than the function has.
void countArguments(const Model& model, std::vector<Problem>& problems)
{
    for (NodeId id : model.graph.liveNodes()) {
        const Node& node = model.graph.node(id);
        const Function* function = called(model, node);
        if (function == nullptr)
            continue;
        const graph::Region& body = function->body.main();
        auto check = [&](const char* what, std::size_t given, std::size_t most) {
            if (given > most)
                problems.push_back({Severity::Error, "call-arity", node.displayName(), id,
                                    fmt::format("the call has {} {}, function {} only {}", given, what,
                                                function->name, most),
                                    "Disconnect what is too much, or add it to the function."});
        };
        check("inputs", node.inputs.size(), body.inputs.size());
        check("outputs", node.outputs.size(), body.outputs.size());
    }
}

} // namespace

std::vector<Problem> checkCalls(const Model& model, const ops::OpRegistry& ops, const TypedCheck& check)
{
    std::vector<Problem> problems;
    if (model.functions.empty())
        return problems;
    countArguments(model, problems);
    Model whole = model;
    for (NodeId id : whole.graph.liveNodes())
        whole.graph.node(id).origins = {id};
    const std::size_t ownNodes = whole.graph.nodeSlots();
    if (auto replaced = replaceCalls(whole, CallForm::Inlined); !replaced.ok()) {
        if (problems.empty())
            problems.push_back(problemFromError(replaced.error(), "call"));
        return problems;
    }
    // What is wrong without looking into the functions is told elsewhere.
    const Inference outside = inferTypes(model, ops);
    std::set<std::pair<NodeId, std::string>> known;
    for (const Problem& problem : outside.problems)
        known.emplace(problem.nodeId, problem.code);
    for (const Problem& problem : check(model, outside.types, outside.problems))
        known.emplace(problem.nodeId, problem.code);
    const Inference inference = inferTypes(whole, ops);
    std::vector<Problem> found = inference.problems;
    for (Problem& problem : check(whole, inference.types, inference.problems))
        found.push_back(std::move(problem));
    std::set<NodeId> told; // one for each call; the rest often follows from it
    for (Problem& problem : found) {
        if (!problem.nodeId.valid())
            continue;
        if (problem.nodeId.index() < ownNodes) {
            if (problem.severity == Severity::Info || !model.graph.contains(problem.nodeId) ||
                !known.emplace(problem.nodeId, problem.code).second)
                continue;
            problem.text = "with what the functions before it give: " + problem.text;
            problems.push_back(std::move(problem));
            continue;
        }
        const std::vector<NodeId>& origins = whole.graph.node(problem.nodeId).origins;
        if (origins.empty() || !model.graph.contains(origins.front()) || !told.insert(origins.front()).second)
            continue;
        const Node& call = model.graph.node(origins.front());
        problem.text = fmt::format("in function {}, at {}: {}", call.opType, problem.node, problem.text);
        problem.code = "call-mismatch";
        problem.nodeId = call.id;
        problem.node = call.displayName();
        problem.remedy = "Change what the call is given, or the function.";
        problems.push_back(std::move(problem));
    }
    return problems;
}

} // namespace orrery::passes
