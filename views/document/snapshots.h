#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Snapshots: immutable copies of a model under edits, and of its graph with the types inferred. A copy that
// nobody holds any more is brought up to date by what the edits since have touched, so that an edit of a
// large model costs what was edited. Copies may be let go of on any thread, and outlive this; all else on one
// thread.

#include "engine/graph/edit.h"
#include "engine/passes/incremental_infer.h"
#include "views/document/shelf.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace orrery::document {

// The graph with every type that is known.
graph::Graph withTypes(const graph::Graph& graph, const std::vector<graph::ValueType>& types);

class Snapshots {
public:
    // After an edit that touched this and made that known.
    void add(const graph::Touched& touched, const passes::InferenceChange& inferred);

    // Of the model as it is after the edit added last.
    std::shared_ptr<const graph::Model> model(const graph::Model& now);
    std::shared_ptr<const graph::Graph> typed(const graph::Graph& now,
                                              const std::vector<graph::ValueType>& types);

private:
    struct Change {
        std::vector<NodeId> nodes;
        std::vector<ValueId> values;
        std::vector<ValueId> inferred;
        bool wholeModel = false;
        bool allTypes = false;
    };
    // What happened after an edit; nullopt when that is not known, or a copy made anew costs less.
    using Changes = std::vector<const Change*>;
    std::optional<Changes> since(std::uint64_t edit, const graph::Graph& now) const;
    static void follow(graph::Graph& copy, const graph::Graph& now, const Changes& changes);

    std::deque<Change> m_changes; // the last is that of the edit m_edit
    std::uint64_t m_edit = 0;
    Shelf<graph::Model> m_models;
    Shelf<graph::Graph> m_graphs;
};

} // namespace orrery::document
