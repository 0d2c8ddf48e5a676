#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The selected node, or graph input or output, as a property sheet. False when the graph does not hold it.

#include "views/document/document.h"
#include "views/panels/property_sheet.h"

namespace orrery::panels {

bool describeNode(PropertySheet& sheet, document::Document& document, const theme::Theme& theme,
                  const document::CurrentNode& current);
bool describeValue(PropertySheet& sheet, document::Document& document, const theme::Theme& theme,
                   const document::CurrentNode& current);

} // namespace orrery::panels
