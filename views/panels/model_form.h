#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The model that can be edited, as a form, for when nothing is selected: its inputs and outputs, operator
// sets, constants that nothing reads, producer, metadata and doc strings; beneath it the run that is shown
// and the operators. False when no model can be edited.

#include "views/document/document.h"
#include "views/panels/form_sheet.h"

namespace orrery::panels {

bool addModelForm(FormSheet& sheet, document::Document& document);

} // namespace orrery::panels
