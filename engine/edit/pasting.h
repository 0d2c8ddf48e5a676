#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Inside of what puts a piece into a model (paste.cpp, replace_nodes.cpp): its inputs bound, its constants,
// nodes, functions and imports as edits of one Builder. Borrows all.

#include "engine/edit/actions.h"
#include "engine/edit/subgraph_copy.h"

#include <array>
#include <unordered_map>
#include <unordered_set>

namespace orrery::edit {

class Pasting {
public:
    Pasting(const graph::Model& model, const graph::Model& snippet, const PasteOptions& options);

    Builder& builder() { return m_builder; }
    SubgraphCopy& copy() { return m_copy; }
    // Everything but outputs. What was mapped in copy() before is taken as bound.
    Result<void> put(std::uint32_t position = graph::atEnd);

private:
    void findVisible();
    bool isBehind(const graph::Value& value) const;
    bool fits(ValueId has, const graph::ValueType& wanted) const;
    Result<void> bind(ValueId id);
    void putConstant(ValueId id);
    void planFunctions();
    void addFunctions();
    void addImports();

    const graph::Model& m_model;
    const graph::Graph& m_graph;
    const graph::Model& m_snippet;
    const graph::Graph& m_source;
    const PasteOptions& m_options;
    PasteNotes m_unasked;
    PasteNotes& m_notes;
    Builder m_builder;
    SubgraphCopy m_copy;
    std::unordered_map<std::string, ValueId> m_visible;
    std::vector<graph::Function> m_functions; // to be added
    // Of the snippet's functions: domain, name and overload, to the name that they get.
    std::map<std::array<std::string, 3>, std::string> m_renamed;
};

} // namespace orrery::edit
