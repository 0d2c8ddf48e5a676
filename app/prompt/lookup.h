#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Names typed at the prompt to nodes and values of a graph: by name, by #id (node) and %id (value), a node
// also by the value that it writes, a value also by the node that writes nothing else. Of several things with
// one name, those of the innermost body that is being run win; otherwise the error lists their ids. Indexed
// once for a graph.

#include "app/prompt/line.h"
#include "engine/graph/graph.h"

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace orrery::prompt {

class Lookup {
public:
    explicit Lookup(const graph::Graph& graph);

    // `scopes`: regions, innermost first. Usage when there is none or there are several.
    Result<NodeId> node(const Word& word, std::span<const RegionId> scopes) const;
    Result<ValueId> value(const Word& word, std::span<const RegionId> scopes) const;
    bool hasValue(const std::string& name) const { return m_values.contains(name); }

    // Names that begin so, sorted, at most `most`; for completion.
    std::vector<std::string> nodeNames(std::string_view prefix, std::size_t most) const;
    std::vector<std::string> valueNames(std::string_view prefix, std::size_t most) const;

private:
    Result<NodeId> oneNode(const Word& word, std::span<const RegionId> scopes) const;

    const graph::Graph& m_graph;
    std::unordered_map<std::string, std::vector<NodeId>> m_nodes;
    std::unordered_map<std::string, std::vector<ValueId>> m_values;
};

// As the prompt writes them, escaped: the name, or "#12" and "%12" without one.
std::string nodeName(const graph::Graph& graph, NodeId id);
std::string valueName(const graph::Graph& graph, ValueId id);

} // namespace orrery::prompt
