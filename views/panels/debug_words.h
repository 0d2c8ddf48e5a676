#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a debugging session says of itself. Plain text; names out of the file are escaped.

#include "views/document/debug_controller.h"

#include <QString>

namespace orrery::panels {

QString nodeText(const graph::Graph& graph, NodeId node);     // Conv "layer1.conv"
QString whereText(const document::DebugController& debugger); // Next: Conv "x"
QString positionText(const debug::DebugState& state);
QString whyText(const document::DebugController& debugger);   // what it stopped for; empty: as asked
QString stuckText(const document::DebugController& debugger); // a node that does not come back
QString frameText(const debug::StackFrame& frame, const graph::Graph& graph);
QString branchText(const debug::Branch& branch);
QString historyText(const debug::HistoryUse& history);
QString isolationText(const std::string& isolation);
QString rerunText(const debug::RerunReport& report, const graph::Graph& graph);
QString breakpointText(const debug::Breakpoint& breakpoint, const graph::Graph& graph); // what it waits for

} // namespace orrery::panels
