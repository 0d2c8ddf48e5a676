#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Numbering: what a saved file holds has other ids when it is read again than in the graph that was edited,
// and edits speak of ids. A Start says how one leads back to the other, so that a journal can go on after the
// model was saved: the ids, and an edit for what a file does not hold.

#include "engine/graph/edit.h"

namespace orrery::edit {

// By slot of the edited graph: the id as the file is read; invalid for what is not in the file.
struct Numbering {
    std::vector<NodeId> nodes;
    std::vector<ValueId> values;
    std::vector<RegionId> regions;
    // Where values live in the edited graph, when a file puts them elsewhere: what nothing makes or lists is
    // read as part of the graph that reads it.
    std::vector<std::pair<ValueId, RegionId>> homes;
    // More ids as read, and which value of the edited graph they are, too: what nothing makes is read once
    // for each graph that reads it.
    std::vector<std::pair<ValueId, ValueId>> others;
};

// Which is which, where `asRead` is what was written of `edited`. Unsupported when they are not alike.
Result<Numbering> numberingOf(const graph::Graph& edited, const graph::Graph& asRead);

// With the ids of the edited graph. BadFile when the numbering is not one of this graph.
Result<graph::Graph> renumbered(const graph::Graph& asRead, const Numbering& numbering);

struct Start {
    Numbering numbering;
    graph::Edit rest; // what the file does not hold, or holds otherwise
};

// `saved` was written and read back as `asRead`; `now` is `saved` or what edits have made of it since.
// Constants are those of the file where their numbers are the same.
Result<Start> startOf(const graph::Model& saved, const graph::Model& asRead, const graph::Model& now);
// The model as read becomes the one that was edited; after a refusal it is good for nothing.
Result<void> resume(graph::Model& asRead, const Start& start);

} // namespace orrery::edit
