// SPDX-License-Identifier: Apache-2.0
//
// Checks of a model as a whole: operator sets and local functions. Functions form a call graph; it must have
// no cycle, since functions are inlined, and its expansion must be of bearable size: 64 functions that each
// call the next one twice would become 2^64 nodes.
#include "engine/base/text.h"
#include "engine/graph/verify_checks.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

namespace orrery::graph {
namespace {

constexpr double maxInlinedNodes = 5e6;

std::string canonicalDomain(const std::string& domain)
{
    return domain == "ai.onnx" ? std::string() : domain;
}

std::string domainText(const std::string& domain)
{
    return domain.empty() ? "ai.onnx" : displayText(domain, 200);
}

using FunctionKey = std::tuple<std::string, std::string, std::string>;

// Which functions the graph's nodes call, and how often; index -1 is the main graph.
class CallGraph {
public:
    explicit CallGraph(const Model& model)
        : m_calls(model.functions.size() + 1)
        , m_own(model.functions.size() + 1)
    {
        for (std::size_t i = 0; i < model.functions.size(); ++i) {
            const Function& f = model.functions[i];
            m_index.emplace(FunctionKey(canonicalDomain(f.domain), f.name, f.overload), i);
        }
        for (std::size_t i = 0; i < model.functions.size(); ++i)
            collect(model.functions[i].body, i);
        collect(model.graph, model.functions.size());
    }

    bool isFunction(const Node& node) const { return find(node) != m_index.end(); }
    const std::map<std::size_t, double>& calls(std::size_t caller) const { return m_calls[caller]; }
    double ownNodes(std::size_t caller) const { return m_own[caller]; }
    std::size_t size() const { return m_calls.size(); }

private:
    std::map<FunctionKey, std::size_t>::const_iterator find(const Node& node) const
    {
        if (m_index.empty())
            return m_index.end();
        return m_index.find(FunctionKey(canonicalDomain(node.domain), node.opType, node.overload));
    }
    void collect(const Graph& graph, std::size_t caller)
    {
        for (std::size_t i = 0; i < graph.nodeSlots(); ++i) {
            const Node& node = graph.node(NodeId(i));
            if (!node.alive)
                continue;
            auto callee = find(node);
            if (callee == m_index.end())
                m_own[caller] += 1;
            else
                m_calls[caller][callee->second] += 1;
        }
    }

    std::map<FunctionKey, std::size_t> m_index;
    std::vector<std::map<std::size_t, double>> m_calls;
    std::vector<double> m_own;
};

// Depth-first over the call graph with a list for a stack: callees before callers in `order`; the first cycle
// found, as a path, in `cycle`.
struct Walk {
    std::vector<std::size_t> order;
    std::vector<std::size_t> cycle;
};

Walk walkCalls(const CallGraph& calls)
{
    enum class State : std::uint8_t { New, Open, Done };
    using Next = std::map<std::size_t, double>::const_iterator;
    Walk walk;
    std::vector<State> state(calls.size(), State::New);
    for (std::size_t start = 0; start < calls.size(); ++start) {
        if (state[start] != State::New)
            continue;
        std::vector<std::pair<std::size_t, Next>> path{{start, calls.calls(start).begin()}};
        state[start] = State::Open;
        while (!path.empty()) {
            auto& [at, next] = path.back();
            if (next == calls.calls(at).end()) {
                state[at] = State::Done;
                walk.order.push_back(at);
                path.pop_back();
                continue;
            }
            std::size_t callee = (next++)->first;
            if (state[callee] == State::Open && walk.cycle.empty()) {
                bool inside = false;
                for (const auto& step : path) {
                    inside = inside || step.first == callee;
                    if (inside)
                        walk.cycle.push_back(step.first);
                }
            } else if (state[callee] == State::New) {
                state[callee] = State::Open;
                path.emplace_back(callee, calls.calls(callee).begin());
            }
        }
    }
    return walk;
}

void recursion(const Model& model, ProblemList& problems)
{
    if (model.functions.empty())
        return;
    Walk walk = walkCalls(CallGraph(model));
    if (walk.cycle.empty())
        return;
    std::string path;
    for (std::size_t i = 0; i < walk.cycle.size() && i < 8; ++i)
        path += displayText(model.functions[walk.cycle[i]].name, 100) + " → ";
    path += walk.cycle.size() > 8 ? "…" : displayText(model.functions[walk.cycle.front()].name, 100);
    problems.add(Severity::Error, nullptr, "functions call themselves: " + path,
                 "ONNX functions must not be recursive; use Loop or Scan");
}

void inlineBudget(const Model& model, ProblemList& problems)
{
    if (model.functions.empty())
        return;
    CallGraph calls(model);
    Walk walk = walkCalls(calls);
    if (!walk.cycle.empty())
        return;
    std::vector<double> total(calls.size(), 0);
    for (std::size_t caller : walk.order) {
        total[caller] = calls.ownNodes(caller);
        for (auto [callee, count] : calls.calls(caller))
            total[caller] += count * total[callee];
    }
    if (total.back() > maxInlinedNodes)
        problems.add(Severity::Error, nullptr,
                     fmt::format("with its functions inlined the graph has {} nodes; the limit is {}",
                                 formatCount(total.back()), formatCount(maxInlinedNodes)),
                     "the file may be meant to exhaust memory; do not run it");
}

void importsOf(const Graph& graph, const std::vector<OpsetImport>& imports, const CallGraph& calls,
               const std::string& place, ProblemList& problems)
{
    std::set<std::string> imported;
    for (const OpsetImport& import : imports)
        imported.insert(canonicalDomain(import.domain));
    std::set<std::string> reported;
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i) {
        const Node& node = graph.node(NodeId(i));
        std::string domain = canonicalDomain(node.domain);
        if (!node.alive || node.opsetVersion != 0 || imported.contains(domain) || calls.isFunction(node) ||
            !reported.insert(domain).second)
            continue;
        problems.add(Severity::Error, place.empty() ? &node : nullptr,
                     fmt::format("{}operator {} is of domain {}, of which no version is imported", place,
                                 displayText(node.opType, 200), domainText(domain)),
                     "add an opset import for the domain");
    }
}

void imports(const Model& model, ProblemList& problems)
{
    CallGraph calls(model);
    importsOf(model.graph, model.opsets, calls, {}, problems);
    for (const Function& function : model.functions)
        importsOf(function.body, function.opsets.empty() ? model.opsets : function.opsets, calls,
                  "function " + quotedName(function.name) + ": ", problems);
}

void importVersions(const Model& model, ProblemList& problems)
{
    std::map<std::string, std::int64_t> versions;
    for (const OpsetImport& import : model.opsets) {
        if (import.version <= 0)
            problems.add(Severity::Error, nullptr,
                         fmt::format("domain {} is imported in version {}, expected at least 1",
                                     domainText(import.domain), import.version),
                         "correct the opset import");
        auto [known, isNew] = versions.emplace(canonicalDomain(import.domain), import.version);
        if (!isNew)
            problems.add(known->second == import.version ? Severity::Info : Severity::Error, nullptr,
                         fmt::format("domain {} is imported twice, in versions {} and {}",
                                     domainText(import.domain), known->second, import.version),
                         "keep one of the imports");
    }
}

void functionNames(const Model& model, ProblemList& problems)
{
    std::set<FunctionKey> keys;
    for (const Function& function : model.functions)
        if (!keys.emplace(canonicalDomain(function.domain), function.name, function.overload).second)
            problems.add(
                Severity::Error, nullptr,
                fmt::format("function {} is defined twice; calls get the first", quotedName(function.name)),
                "rename or remove one of them");
}

void references(const Model& model, ProblemList& problems)
{
    auto check = [&](const Graph& graph, const Function* function) {
        std::set<std::string_view> known;
        if (function != nullptr) {
            known.insert(function->attributes.begin(), function->attributes.end());
            for (const Attribute& attribute : function->attributeDefaults)
                known.insert(attribute.name);
        }
        for (std::size_t i = 0; i < graph.nodeSlots(); ++i) {
            const Node& node = graph.node(NodeId(i));
            if (!node.alive)
                continue;
            for (const Attribute& attribute : node.attributes) {
                if (attribute.reference.empty() || known.contains(attribute.reference))
                    continue;
                problems.add(
                    Severity::Error, function == nullptr ? &node : nullptr,
                    function == nullptr
                        ? fmt::format("attribute {} stands for a function's attribute {}, outside of a "
                                      "function",
                                      quotedName(attribute.name), quotedName(attribute.reference))
                        : fmt::format("function {}: {} refers to attribute {}, which the function "
                                      "does not have",
                                      quotedName(function->name), node.displayName(),
                                      quotedName(attribute.reference)),
                    "give the attribute a value");
            }
        }
    };
    check(model.graph, nullptr);
    for (const Function& function : model.functions)
        check(function.body, &function);
}

constexpr ModelCheck table[] = {
    {"missing-opset-import", "Every domain that is used is imported.", imports},
    {"bad-opset-import", "Every domain is imported once, in a version of 1 or more.", importVersions},
    {"duplicate-function", "Functions differ in domain, name or overload.", functionNames},
    {"recursive-function", "No function calls itself, directly or through others.", recursion},
    {"inline-budget", "The graph with all functions inlined is of bearable size.", inlineBudget},
    {"attribute-reference", "References to a function's attributes stand in functions that have them.",
     references},
};

} // namespace

std::span<const ModelCheck> modelChecks() { return table; }

} // namespace orrery::graph
