#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the user can choose of the plan for the selected nodes of the compute graph: which passes may touch
// them, threads, kernel, place, precision, computing again; what holds now, and why there is no choice where
// there is none. A choice is one step of the document's history of plan hints, for all of the nodes. The form
// in Properties and the context menu show the same choices.

#include "views/document/document.h"
#include "views/document/node_hints.h"

#include <QStringList>

#include <functional>

namespace orrery::panels {

struct PlanChoice {
    enum class Kind : std::uint8_t { Option, Switch };
    QString id;
    QString key; // "Threads"
    QString toolTip;
    Kind kind = Kind::Option;
    QStringList options = {};                // of a switch: its label
    int current = -1;                        // of the options; a switch: 0 off, 1 on; -1: various
    bool isOwn = true;                       // nothing was chosen
    QString whyNot = {};                     // there is no choice: in words
    std::function<QString(int)> choose = {}; // empty when it was done, else why not
};

// Empty when no node of the compute graph is selected, or there is no model to keep hints beside.
std::vector<NodeId> plannedNodes(const document::Document& document, const document::CurrentNode& current);
std::vector<PlanChoice> planChoices(document::Document& document, const std::vector<NodeId>& nodes);
// Empty when hints can be changed now.
QString whyPlanIsFixed(const document::Document& document);

// Whether any hint is about the nodes; taking them back is one step.
bool hasPlanHints(const document::Document& document, const std::vector<NodeId>& nodes);
QString clearPlan(document::Document& document, const std::vector<NodeId>& nodes);

// The hints about these nodes that were not followed, in words.
QStringList planWarnings(const document::Document& document, const std::vector<NodeId>& nodes);

} // namespace orrery::panels
