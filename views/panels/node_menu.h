#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// In the context menu of a node of the graph that is stepped: breakpoints, running to it and back, and
// changes to it while paused.

#include "views/document/document.h"

#include <QMenu>

namespace orrery::panels {

void addDebugActions(QMenu& menu, document::Document& document, NodeId node, QWidget* parent);

// Asks for a condition and puts it on the node's breakpoint.
void editBreakpointCondition(document::Document& document, NodeId node, QWidget* parent);

} // namespace orrery::panels
