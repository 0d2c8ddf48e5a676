// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/verify.h"

#include "engine/base/text.h"
#include "engine/graph/verify_checks.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::graph {
namespace {

void runAll(std::span<const GraphCheck> table, const Graph& graph, ProblemList& problems)
{
    for (const GraphCheck& check : table) {
        problems.begin(check.code);
        check.run(graph, problems);
        problems.end();
    }
}

std::vector<Problem> verifyGraph(const Graph& graph, std::string place)
{
    ProblemList links(place);
    runAll(linkChecks(), graph, links);
    std::vector<Problem> found = links.take();
    if (!found.empty())
        return found;
    ProblemList problems(std::move(place));
    runAll(flowChecks(), graph, problems);
    runAll(wasteChecks(), graph, problems);
    return problems.take();
}

} // namespace

void ProblemList::begin(const char* code)
{
    m_code = code;
    m_count = 0;
}

void ProblemList::add(Severity severity, const Node* node, std::string text, std::string remedy)
{
    if (++m_count > maxPerCheck)
        return;
    Problem problem;
    problem.severity = severity;
    problem.code = m_code;
    if (node != nullptr) {
        problem.node = node->displayName();
        if (m_place.empty())
            problem.nodeId = node->id; // ids of a function's body are not those of the main graph
    }
    problem.text = m_place + std::move(text);
    problem.remedy = std::move(remedy);
    m_problems.push_back(std::move(problem));
}

void ProblemList::end()
{
    if (m_count <= maxPerCheck)
        return;
    Problem more = m_problems.back();
    more.node.clear();
    more.nodeId = NodeId();
    more.text = m_place + fmt::format("{} more problems of this kind are not listed", m_count - maxPerCheck);
    m_problems.push_back(std::move(more));
}

std::string quotedName(const std::string& name)
{
    return name.empty() ? "(without a name)" : "\"" + displayText(name, 200) + "\"";
}

std::vector<Problem> verify(const Graph& graph) { return verifyGraph(graph, {}); }

std::vector<Problem> verify(const Model& model)
{
    std::vector<Problem> problems = verifyGraph(model.graph, {});
    for (const Function& function : model.functions) {
        auto inside = verifyGraph(function.body, "function " + quotedName(function.name) + ": ");
        problems.insert(problems.end(), inside.begin(), inside.end());
    }
    ProblemList list;
    for (const ModelCheck& check : modelChecks()) {
        list.begin(check.code);
        check.run(model, list);
        list.end();
    }
    auto whole = list.take();
    problems.insert(problems.end(), whole.begin(), whole.end());
    return problems;
}

std::vector<CheckInfo> checks()
{
    std::vector<CheckInfo> result;
    for (auto table : {linkChecks(), flowChecks(), wasteChecks()})
        for (const GraphCheck& check : table)
            result.push_back({check.code, check.law});
    for (const ModelCheck& check : modelChecks())
        result.push_back({check.code, check.law});
    return result;
}

} // namespace orrery::graph
