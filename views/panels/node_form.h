#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The selected dataflow node of a model that can be edited, as a form: name, attributes, what its inputs read
// and what its outputs are called, with types that the file declares or inference found; beneath it what was
// measured. Each change is one step of the document's editor. False when the model does not hold the node.

#include "views/document/document.h"
#include "views/panels/form_sheet.h"

namespace orrery::panels {

bool addNodeForm(FormSheet& sheet, document::Document& document, const document::CurrentNode& current);

// "float 1×3×32×32 · inferred", and what the file says where that is something else.
QString typeNote(const document::Document& document, ValueId value);
// Names of values that the region may read, for suggestions; not too many.
QStringList readableValues(const graph::Graph& graph, RegionId region);

} // namespace orrery::panels
