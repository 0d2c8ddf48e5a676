#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the user does to the selected nodes of the dataflow graph, from whatever menu or key. Each is one step
// of the document's editor; what does not fit is told in the status line and changes nothing.

#include "engine/edit/actions.h"
#include "views/document/document.h"

#include <set>

class QWidget;

namespace orrery::panels {

// Of what the palette drags: domain, line feed, operator.
inline constexpr char operatorMimeType[] = "application/x-orrery-operator";

// The selected operators of the dataflow graph; empty when another graph is shown.
std::set<NodeId> selectedNodes(const document::Document& document);
// Whether edits are possible at all: a model is open and its dataflow graph is looked at.
bool canEditGraph(const document::Document& document);

// Where a new operator goes: on an edge, else behind a value, for all that read it or beside them, else on
// its own.
struct InsertPlace {
    std::optional<graph::Use> edge;
    ValueId value;
    bool forAll = false;           // what read the value reads the operator
    RegionId region = RegionId(0); // of one on its own
};
// It is selected then. Invalid when it does not fit, which is told.
NodeId insertOperatorAt(document::Document& document, const std::string& domain, const std::string& opType,
                        const InsertPlace& place);
// On the edge that is selected; else behind the selected node, between it and all that read it; without one,
// on its own. It is selected then.
void insertOperator(document::Document& document, const std::string& domain, const std::string& opType);
void deleteSelected(document::Document& document, edit::Reconnect reconnect);
void bypassSelected(document::Document& document);
void duplicateSelected(document::Document& document);
// These ask.
void renameSelected(document::Document& document, QWidget* parent);
void replaceSelected(document::Document& document, QWidget* parent);

} // namespace orrery::panels
