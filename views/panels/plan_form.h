#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The section "Plan" of Properties, for the selected nodes of the compute graph: what the passes did to them,
// what can be chosen, what runs say of it. In the context menu the same choices.

#include "views/panels/form_sheet.h"
#include "views/panels/plan_choices.h"
#include "views/panels/plan_trial.h"

#include <QMenu>

namespace orrery::panels {

void addPlanForm(FormSheet& sheet, document::Document& document, const std::vector<NodeId>& nodes,
                 PlanTrial& trial);

// `node` is under the pointer; it becomes the selection when it is not among the selected ones.
void addPlanActions(QMenu& menu, document::Document& document, NodeId node, QWidget* parent);

} // namespace orrery::panels
