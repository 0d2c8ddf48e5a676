#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A part of the model, or all of it, that was shown as text and written anew: the edit that makes the model
// what was written. Only what differs between what was shown and what was written is touched, so whatever
// text does not show (numbers of large constants, doc strings, places of other nodes) stays as it is, and
// nodes that were not rewritten keep their ids. Names say what is meant; a name that the text does not define
// is the model's. Linear in the model.

#include "engine/graph/edit.h"

namespace orrery::edit {

struct ShownPart {
    RegionId region;           // that the text's graph stands for
    std::vector<NodeId> nodes; // of it, as in the text
    bool isWhole = false;      // all of the main graph: inputs, outputs, functions and the header count, too
};

// shown, written: as they were read from text. Usage errors name the value or node.
Result<graph::Edit> revise(const graph::Model& model, const ShownPart& part, const graph::Model& shown,
                           const graph::Model& written);

// A node before those of its bodies, as they stand in text.
std::vector<NodeId> inTextOrder(const graph::Graph& graph, const std::vector<NodeId>& nodes);

} // namespace orrery::edit
