#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Inside of verify: the table's row types and the list that checks write to. A row may report under its own
// code only.

#include "engine/base/problem.h"
#include "engine/graph/model.h"

#include <span>
#include <string>
#include <vector>

namespace orrery::graph {

class ProblemList {
public:
    explicit ProblemList(std::string place = {})
        : m_place(std::move(place))
    {}

    void begin(const char* code);
    void add(Severity severity, const Node* node, std::string text, std::string remedy);
    void end(); // says how many were left out
    std::vector<Problem> take() { return std::move(m_problems); }

private:
    static constexpr int maxPerCheck = 100;
    std::string m_place; // put before each text: "function \"f\": "
    std::string m_code;
    int m_count = 0;
    std::vector<Problem> m_problems;
};

struct GraphCheck {
    const char* code;
    const char* law;
    void (*run)(const Graph&, ProblemList&);
};

struct ModelCheck {
    const char* code;
    const char* law;
    void (*run)(const Model&, ProblemList&);
};

// Links first: when one of these fails, ids may lead nowhere and the other checks are not run.
std::span<const GraphCheck> linkChecks();
std::span<const GraphCheck> flowChecks();  // sources, scopes, cycles, names, constants
std::span<const GraphCheck> wasteChecks(); // what could be left out
std::span<const ModelCheck> modelChecks();

std::string quotedName(const std::string& name); // "\"x\"", or "(without a name)"
// Whether anything gives the value its content: a node, an initializer, an input of its region.
std::vector<bool> valuesWithSource(const Graph& graph);

// One entry each of the flow checks, for whoever follows edits instead of walking the graph.
void checkInputs(const Graph& graph, const Node& node, const std::vector<bool>& sources,
                 ProblemList& problems); // missing-input
void checkOutputs(const Graph& graph, const Region& region, const std::vector<bool>& sources,
                  ProblemList& problems);                                           // missing-output
void checkSources(const Graph& graph, const Region& region, ProblemList& problems); // double-source
void checkNode(const Node& node, ProblemList& problems);                            // bad-node
void checkInitializer(const Graph& graph, ValueId id, ProblemList& problems);       // bad-initializer
void addNameTwice(const Graph& graph, const Value& value, ProblemList& problems);   // duplicate-value-name
void addNameHidden(const Graph& graph, const Value& value, ProblemList& problems);  // shadowed-name
void addNodeNameTwice(const Node& node, ProblemList& problems);                     // duplicate-node-name

} // namespace orrery::graph
