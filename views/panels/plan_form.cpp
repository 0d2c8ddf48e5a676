// SPDX-License-Identifier: Apache-2.0
#include "views/panels/plan_form.h"

#include "engine/base/text.h"
#include "views/projections/node_text.h"

#include <QActionGroup>
#include <QCoreApplication>

#include <algorithm>

namespace orrery::panels {
namespace {

using document::Document;
using document::GraphStage;

QString tr(const char* text) { return QCoreApplication::translate("planForm", text); }

// The nodes of one scope, the given one first.
std::vector<std::uint64_t> nodesIn(const graph::Graph& graph, const std::string& scope, NodeId first)
{
    std::vector<std::uint64_t> keys{first.value};
    for (NodeId id : graph.liveNodes())
        if (id != first && (projections::scopeOf(graph.node(id).name) + "/").starts_with(scope + "/"))
            keys.push_back(id.value);
    return keys;
}

void addMenuOf(QMenu& menu, const PlanChoice& choice, Document& document, QWidget* parent)
{
    const auto choose = [&document, choice](int index) {
        if (const QString wrong = choice.choose(index); !wrong.isEmpty())
            emit document.message(wrong);
    };
    if (choice.kind == PlanChoice::Kind::Switch) {
        QAction* action = menu.addAction(tr("Touched by %1").arg(choice.options.front()), parent,
                                         [choose, choice] { choose(choice.current == 0 ? 1 : 0); });
        action->setCheckable(true);
        action->setChecked(choice.current == 1);
        action->setObjectName(choice.id);
        return;
    }
    QMenu* options = menu.addMenu(choice.key);
    auto* group = new QActionGroup(options);
    for (int i = 0; i < int(choice.options.size()); ++i) {
        QAction* option = options->addAction(choice.options[i], parent, [choose, i] { choose(i); });
        option->setCheckable(true);
        option->setChecked(i == choice.current);
        group->addAction(option);
    }
}

} // namespace

void addPlanForm(FormSheet& sheet, Document& document, const std::vector<NodeId>& nodes, PlanTrial& trial)
{
    const auto choices = planChoices(document, nodes);
    if (choices.empty())
        return;
    sheet.section(nodes.size() == 1 ? tr("PLAN") : tr("PLAN OF %1 NODES").arg(nodes.size()));
    const QString fixed = whyPlanIsFixed(document);
    for (const PlanChoice& choice : choices) {
        if (!choice.whyNot.isEmpty()) {
            sheet.row(choice.key, choice.whyNot, choice.toolTip);
            continue;
        }
        FormSheet::FieldSpec spec{choice.id, choice.key, choice.toolTip};
        spec.text = choice.current >= 0 && choice.kind == PlanChoice::Kind::Option
                        ? choice.options[choice.current]
                        : QString();
        const bool isSwitch = choice.kind == PlanChoice::Kind::Switch;
        spec.commit = [choice, isSwitch](const QString& text) {
            return choice.choose(isSwitch ? text.toInt() : int(choice.options.indexOf(text)));
        };
        if (isSwitch)
            sheet.check(spec, choice.options.front(), choice.current == 1, choice.isOwn);
        else
            sheet.choice(spec, choice.options, choice.isOwn);
        if (auto* field = sheet.findChild<QWidget*>(choice.id))
            field->setEnabled(fixed.isEmpty());
    }
    sheet.row(tr("Backend, layout"), tr("eigen, as in the model"),
              tr("There is one backend, and its kernels know one layout: nothing to choose."));
    for (const QString& warning : planWarnings(document, nodes))
        sheet.row(tr("Not followed"), warning);
    if (!fixed.isEmpty()) {
        sheet.note(fixed);
        return;
    }
    if (hasPlanHints(document, nodes)) {
        if (trial.isBusy())
            sheet.action("plan.cancel", tr("Cancel"), tr("Stop measuring"), [&trial] { trial.cancel(); });
        else
            sheet.action("plan.measure", tr("Measure"),
                         tr("Run the model without and with these hints, in turns, on the same inputs"),
                         [&trial, nodes] { trial.start(nodes); });
        sheet.action("plan.clear", tr("Take back"), tr("Take back all hints about what is selected"),
                     [&document, nodes] {
                         if (const QString wrong = clearPlan(document, nodes); !wrong.isEmpty())
                             emit document.message(wrong);
                     });
    }
    if (const QString measured = trial.text(nodes); !measured.isEmpty())
        sheet.row({}, measured);
}

void addPlanActions(QMenu& menu, Document& document, NodeId node, QWidget* parent)
{
    auto nodes = plannedNodes(document, document.focus().current());
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) {
        document.focus().select(GraphStage::Compute, node.value);
        nodes = plannedNodes(document, document.focus().current());
    }
    const auto compute = document.stageGraph(GraphStage::Compute).graph;
    if (nodes.empty() || !compute || !compute->contains(node))
        return;
    QMenu* plan = menu.addMenu(nodes.size() == 1 ? tr("Plan") : tr("Plan of %1 nodes").arg(nodes.size()));
    plan->setObjectName("planMenu");
    for (const PlanChoice& choice : planChoices(document, nodes))
        if (choice.whyNot.isEmpty())
            addMenuOf(*plan, choice, document, parent);
    plan->addSeparator();
    plan->addAction(tr("Take back"), parent, [&document, nodes] { clearPlan(document, nodes); })
        ->setEnabled(hasPlanHints(document, nodes));
    plan->setEnabled(whyPlanIsFixed(document).isEmpty());
    const std::string scope = projections::scopeOf(compute->node(node).name);
    if (!scope.empty())
        menu.addAction(tr("Select all in %1").arg(QString::fromStdString(displayText(scope, 60))), parent,
                       [&document, compute, scope, node] {
                           document.focus().select(GraphStage::Compute, node.value);
                           document.focus().setAlsoSelected(nodesIn(*compute, scope, node));
                       });
}

} // namespace orrery::panels
