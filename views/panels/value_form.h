#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A graph input, a graph output or a constant of a model that can be edited, as a form: name, element type,
// dims as they are typed (N,3,32,32), where a constant's bytes are; and the small dialog for a new input.
// False when the model does not hold the value.

#include "views/document/document.h"
#include "views/panels/form_sheet.h"

namespace orrery::panels {

bool addValueForm(FormSheet& sheet, document::Document& document, std::uint64_t key);

// Asks for name, element type and dims; the new input is selected.
void newGraphInput(document::Document& document, QWidget* parent);
// What the node makes becomes outputs of the graph; what is one already stays.
void makeGraphOutput(document::Document& document, NodeId node);
// With the type that inference found, where the file declares none.
Result<graph::Edit> makeOutput(const document::Document& document, ValueId value);

} // namespace orrery::panels
