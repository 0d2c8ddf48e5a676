// SPDX-License-Identifier: Apache-2.0
#include "views/panels/node_menu.h"

#include "engine/base/text.h"
#include "views/panels/attribute_text.h"

#include <QInputDialog>
#include <QMenu>

#include <algorithm>

namespace orrery::panels {
namespace {

using document::DebugController;

QString tr(const char* text) { return QCoreApplication::translate("nodeMenu", text); }
QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 200)); }

void goTo(DebugController& debugger, NodeId node, debug::Direction direction)
{
    debug::Movement movement;
    movement.goal = debug::Goal::Node;
    movement.direction = direction;
    movement.node = node;
    debugger.go(movement);
}

std::optional<QString> ask(QWidget* parent, const QString& title, const QString& label, const QString& text)
{
    bool accepted = false;
    const QString answer = QInputDialog::getText(parent, title, label, QLineEdit::Normal, text, &accepted);
    return accepted ? std::optional(answer) : std::nullopt;
}

void changeAttribute(document::Document& document, const graph::Node& node, const graph::Attribute& attribute,
                     QWidget* parent)
{
    const auto text = ask(parent, tr("Change an attribute"), shown(attribute.name),
                          QString::fromStdString(attribute.text(4000)));
    if (!text)
        return;
    const auto value = parseAttribute(text->toStdString(), attribute.value);
    if (value.ok())
        document.debugger().apply(debug::SetAttribute{node.id, attribute.name, *value});
    else
        emit document.message(shown(value.error().text()));
}

void replaceOperator(document::Document& document, const graph::Node& node, QWidget* parent)
{
    const auto type = ask(parent, tr("Replace the operator"),
                          tr("Operator with the same inputs and outputs, as in Relu or com.example.Scale"),
                          QString::fromStdString(node.opType));
    if (!type || type->trimmed().isEmpty())
        return;
    const std::string full = type->trimmed().toStdString();
    const auto dot = full.rfind('.');
    debug::ReplaceOperator edit;
    edit.node = node.id;
    edit.domain = dot == std::string::npos ? std::string() : full.substr(0, dot);
    edit.opType = dot == std::string::npos ? full : full.substr(dot + 1);
    document.debugger().apply(edit);
}

} // namespace

void editBreakpointCondition(document::Document& document, NodeId node, QWidget* parent)
{
    DebugController& debugger = document.debugger();
    const debug::Breakpoint* known = debugger.breakpointAt(node);
    QString text =
        known && known->condition ? QString::fromStdString(debug::text(*known->condition)) : QString();
    QString why =
        tr("Stop after the node has run when this holds for one of its outputs; nothing: always, before "
           "it runs.\nnan   inf   abs > 100   mean < -1   zeros > 0.9   dim = 0   shape changes   "
           "time > 2 ms   bytes > 1M");
    for (;;) {
        const auto answer = ask(parent, tr("Breakpoint condition"), why, text);
        if (!answer)
            return;
        text = *answer;
        std::optional<debug::Condition> condition;
        if (!text.trimmed().isEmpty()) {
            auto parsed = debug::parseCondition(text.trimmed().toStdString());
            if (!parsed.ok()) {
                why = shown(parsed.error().text());
                continue;
            }
            condition = *parsed;
        }
        auto list = debugger.breakpoints();
        auto at = std::find_if(list.begin(), list.end(), [node](const debug::Breakpoint& breakpoint) {
            return breakpoint.target == debug::BreakpointTarget::Node && breakpoint.node == node;
        });
        if (at == list.end()) {
            at = list.emplace(list.end());
            at->node = node;
        }
        at->condition = condition;
        debugger.setBreakpoints(std::move(list));
        return;
    }
}

void addDebugActions(QMenu& menu, document::Document& document, NodeId node, QWidget* parent)
{
    DebugController& debugger = document.debugger();
    const auto graph = document.stageGraph(debugger.stage()).graph;
    if (!graph || !graph->contains(node))
        return;
    const graph::Node& shownNode = graph->node(node);
    const bool paused = debugger.phase() == DebugController::Phase::Paused;

    menu.addAction(debugger.breakpointAt(node) ? tr("Remove breakpoint") : tr("Set breakpoint"), parent,
                   [&debugger, node] { debugger.toggleBreakpoint(node); });
    menu.addAction(tr("Breakpoint condition …"), parent,
                   [&document, node, parent] { editBreakpointCondition(document, node, parent); });
    menu.addSeparator();
    menu.addAction(tr("Run to here"), parent,
                   [&debugger, node] { goTo(debugger, node, debug::Direction::Forward); })
        ->setEnabled(paused);
    menu.addAction(tr("Run back to here"), parent,
                   [&debugger, node] { goTo(debugger, node, debug::Direction::Backward); })
        ->setEnabled(paused);
    if (debugger.phase() == DebugController::Phase::Off)
        return; // changes of a run that is stepped
    menu.addSeparator();
    QMenu* attributes = menu.addMenu(tr("Change attribute"));
    for (const graph::Attribute& attribute : shownNode.attributes)
        if (isEditable(attribute.value))
            attributes->addAction(shown(attribute.name) + " = " + shown(attribute.text(60)), parent,
                                  [&document, graph, node, attribute, parent] {
                                      changeAttribute(document, graph->node(node), attribute, parent);
                                  });
    attributes->setEnabled(paused && !attributes->isEmpty());
    menu.addAction(tr("Replace operator …"), parent,
                   [&document, graph, node, parent] { replaceOperator(document, graph->node(node), parent); })
        ->setEnabled(paused);
    menu.addAction(tr("Bypass"), parent, [&debugger, node] { debugger.apply(debug::Bypass{node}); })
        ->setEnabled(paused);
    menu.addAction(tr("Skip once"), parent, [&debugger] { debugger.apply(debug::Skip{}); })
        ->setEnabled(paused && debugger.state()->next == node);
}

} // namespace orrery::panels
