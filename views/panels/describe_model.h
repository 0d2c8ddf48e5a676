#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What is open, as a property sheet, for when no node is selected: the file, its inputs and outputs, its
// operators, the machine of a recorded run. False when nothing is open.

#include "views/document/document.h"
#include "views/panels/property_sheet.h"

namespace orrery::panels {

bool describeDocument(PropertySheet& sheet, document::Document& document, const theme::Theme& theme);
void describeRun(PropertySheet& sheet, const document::Document& document);
void describeOperators(PropertySheet& sheet, const graph::Graph& graph);

} // namespace orrery::panels
