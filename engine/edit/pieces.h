#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Pieces: parts of models that go from one model to another. Making a piece ready for a model with other
// operator sets, and putting one in the place of chosen nodes, with a matching that can be looked at first.

#include "engine/edit/border.h"
#include "engine/graph/edit.h"
#include "engine/ops/op_spec.h"

#include <optional>

namespace orrery::edit {

// The piece in the model's version of the standard's operators; nothing when it is that already, or says
// none. Unsupported, naming the nodes, when it cannot be said in that version.
Result<std::optional<graph::Model>> inOpsetsOf(const graph::Model& piece, const graph::Model& model,
                                               const ops::OpRegistry& ops);

// Whether a value of one type can be where the other is wanted; what is not known fits.
bool mayBe(const graph::ValueType& has, const graph::ValueType& wanted);

// What goes where when a piece takes the place of nodes: by name, then by order among what is left and has a
// type that fits.
struct Replacement {
    struct Link {
        ValueId inPiece;
        ValueId inModel; // invalid: nothing fits
        bool byName = false;
    };
    Border border;            // of the nodes that go
    std::vector<Link> inputs; // of the piece that are no constants
    std::vector<Link>
        outputs; // of what others read of the nodes; those of the piece that are left are not used
    // Sentences: inputs that stay open, results that others read and nothing makes then, what the nodes read
    // and the piece does not.
    std::vector<std::string> misfits;
};
// typed: the model's graph with inferred types.
Result<Replacement> matchPiece(const graph::Model& model, const graph::Graph& typed,
                               const std::set<NodeId>& nodes, const graph::Model& piece);
// Inputs that nothing fits become graph inputs (in a body: open values); results that nothing makes stay as
// open values.
Result<graph::Edit> replaceNodes(const graph::Model& model, const graph::Model& piece,
                                 const Replacement& replacement);

} // namespace orrery::edit
