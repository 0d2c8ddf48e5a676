#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What asks before a piece of the graph goes or comes: for a file, for a name. Used by the menu bar and by
// the context menu of a node, to which addPieceActions() adds what can be done with the selection as a whole.

#include <QMenu>

namespace orrery::panels {

class GraphPieces;

void askExtract(GraphPieces& pieces, QWidget* parent);
void askReplace(GraphPieces& pieces, QWidget* parent);
void askMerge(GraphPieces& pieces, QWidget* parent);
void askGroup(GraphPieces& pieces, QWidget* parent);
void askSnippet(GraphPieces& pieces, QWidget* parent);

void addPieceActions(QMenu& menu, GraphPieces& pieces, QWidget* parent);

} // namespace orrery::panels
