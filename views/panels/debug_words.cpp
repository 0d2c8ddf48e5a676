// SPDX-License-Identifier: Apache-2.0
#include "views/panels/debug_words.h"

#include "engine/base/text.h"

#include <QCoreApplication>
#include <QLocale>

namespace orrery::panels {
namespace {

using debug::BreakpointTarget;
using debug::StopReason;
using document::DebugController;
using Phase = DebugController::Phase;

QString tr(const char* text) { return QCoreApplication::translate("debugWords", text); }
QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 300)); }

QString bytes(std::int64_t count) { return QString::fromStdString(formatBytes(count)); }

QString valueName(const graph::Graph& graph, ValueId value)
{
    return graph.contains(value) ? shown(graph.value(value).name) : QString();
}

} // namespace

QString nodeText(const graph::Graph& graph, NodeId node)
{
    if (!graph.contains(node))
        return {};
    const graph::Node& found = graph.node(node);
    return found.name.empty() ? QString("%1 #%2").arg(shown(found.opType)).arg(node.value)
                              : QString("%1 “%2”").arg(shown(found.opType), shown(found.name));
}

QString whereText(const DebugController& debugger)
{
    const auto state = debugger.state();
    if (debugger.phase() == Phase::Dead)
        return tr("The runner has ended");
    if (debugger.phase() == Phase::Moving)
        return tr("Running …");
    if (state->finished)
        return tr("At the end");
    return tr("Next: %1").arg(nodeText(*debugger.graph(), state->next));
}

QString positionText(const debug::DebugState& state)
{
    return tr("Position: %1 steps done, the farthest was %2")
        .arg(QLocale().toString(qulonglong(state.position)),
             QLocale().toString(qulonglong(state.lastPosition)));
}

QString whyText(const DebugController& debugger)
{
    const auto state = debugger.state();
    if (debugger.phase() == Phase::Dead)
        return shown(debugger.lastError());
    if (debugger.phase() == Phase::Moving)
        return {};
    QStringList lines;
    for (const debug::Hit& hit : state->hits)
        lines << (hit.sentence.empty()
                      ? tr("Breakpoint at %1").arg(nodeText(*debugger.graph(), hit.node))
                      : tr("%1 gave “%2”: %3")
                            .arg(nodeText(*debugger.graph(), hit.node),
                                 valueName(*debugger.graph(), hit.value), shown(hit.sentence)));
    if (state->error)
        lines << shown(state->error->text());
    switch (state->reason) {
    case StopReason::Paused:
        lines << tr("Paused on request");
        break;
    case StopReason::Beginning:
        lines << tr("Nothing is before this");
        break;
    case StopReason::Changed:
        lines << tr("Changed: what follows is a branch of its own");
        break;
    default:
        break;
    }
    if (state->previousNs >= 0 && state->previous.valid())
        lines << tr("%1 took %2")
                     .arg(nodeText(*debugger.graph(), state->previous),
                          QString::fromStdString(formatDurationNs(state->previousNs)));
    return lines.join('\n');
}

QString stuckText(const DebugController& debugger)
{
    const QString node = nodeText(*debugger.graph(), debugger.runningNode());
    const QString seconds = QLocale().toString(debugger.movingForMs() / 1000);
    return node.isEmpty()
               ? tr("Under way for %1 s. Pause stops it between two nodes.").arg(seconds)
               : tr("Under way for %1 s, now at %2. Pause stops it between two nodes; a node that does "
                    "not come back can only be ended with its runner.")
                     .arg(seconds, node);
}

QString frameText(const debug::StackFrame& frame, const graph::Graph& graph)
{
    if (!frame.entered.valid())
        return tr("Main graph");
    QString text = nodeText(graph, frame.entered);
    if (frame.iteration >= 0)
        text += frame.iterations >= 0
                    ? tr(" · iteration %1 of %2").arg(frame.iteration + 1).arg(frame.iterations)
                    : tr(" · iteration %1").arg(frame.iteration + 1);
    return text;
}

QString branchText(const debug::Branch& branch)
{
    return branch.id == BranchId(0)
               ? tr("Original run")
               : tr("%1: %2, from step %3").arg(branch.id.value).arg(shown(branch.what)).arg(branch.from);
}

QString historyText(const debug::HistoryUse& history)
{
    return (history.states == 1 ? tr("%1 of %2 in %3 state") : tr("%1 of %2 in %3 states"))
        .arg(bytes(history.usedBytes), bytes(history.budgetBytes))
        .arg(qulonglong(history.states));
}

QString isolationText(const std::string& isolation)
{
    return isolation.empty() ? tr("The runner is not isolated.") : tr("Runner: %1").arg(shown(isolation));
}

QString rerunText(const debug::RerunReport& report, const graph::Graph& graph)
{
    QStringList lines{tr("%1 nodes computed again, %2 not affected").arg(report.computed).arg(report.reused)};
    for (const debug::OutputChange& output : report.outputs) {
        const QString name = valueName(graph, output.value);
        if (!output.difference)
            lines << tr("%1: type or shape changed").arg(name);
        else if (output.difference->different == 0)
            lines << tr("%1: the same").arg(name);
        else
            lines << tr("%1: max %2, relative L2 %3, cosine %4")
                         .arg(name)
                         .arg(output.difference->maxAbsolute, 0, 'g', 3)
                         .arg(output.difference->relativeL2, 0, 'g', 3)
                         .arg(output.difference->cosine, 0, 'f', 6);
    }
    return lines.join('\n');
}

QString breakpointText(const debug::Breakpoint& breakpoint, const graph::Graph& graph)
{
    switch (breakpoint.target) {
    case BreakpointTarget::Node:
        return nodeText(graph, breakpoint.node);
    case BreakpointTarget::OpType:
        return tr("every %1").arg(shown(breakpoint.text));
    case BreakpointTarget::Scope:
        return tr("everything in %1").arg(shown(breakpoint.text));
    case BreakpointTarget::Value:
        return tr("writing %1").arg(valueName(graph, breakpoint.value));
    case BreakpointTarget::Any:
        break;
    }
    return tr("every node");
}

} // namespace orrery::panels
