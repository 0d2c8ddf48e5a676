// SPDX-License-Identifier: Apache-2.0
#include "app/window/status.h"

#include "engine/base/text.h"
#include "views/models/row_table_model.h"

#include <QCoreApplication>
#include <QDir>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("status", text); }

} // namespace

QString activityText(const document::Document& document)
{
    switch (document.activity()) {
    case document::Activity::None:
        return {};
    case document::Activity::Loading:
        return tr("Reading %1 …").arg(document.fileName());
    case document::Activity::Compiling:
        return tr("Compiling %1 …").arg(document.fileName());
    case document::Activity::Running:
        break;
    }
    const session::Progress& now = document.progress();
    QString text =
        tr("Running %1: %2 of %3 runs").arg(document.fileName()).arg(now.stepsDone).arg(now.stepsTotal);
    if (now.lastStepNs >= 0)
        text += tr(", last %1").arg(QString::fromStdString(formatDurationNs(now.lastStepNs)));
    const auto compute = document.stageGraph(document::GraphStage::Compute).graph;
    if (compute && compute->contains(now.node))
        text +=
            tr(", at %1").arg(QString::fromStdString(displayText(compute->node(now.node).displayName(), 80)));
    return text;
}

QString actionToolTip(const ActionSpec& spec)
{
    QString text = spec.toolTip.isEmpty() ? QString(spec.text).remove('&') : spec.toolTip;
    if (!spec.shortcuts.isEmpty())
        text += " (" + spec.shortcuts.front().toString(QKeySequence::NativeText) + ")";
    return models::escapedToolTip(text);
}

QString menuText(const QString& path)
{
    QString shown = QDir::toNativeSeparators(path);
    const QString home = QDir::homePath();
    if (home.size() > 1 && shown.startsWith(home + "/"))
        shown = "~" + shown.mid(home.size());
    return QString::fromStdString(displayText(shown.toStdString(), 120)).replace('&', "&&");
}

} // namespace orrery::window
