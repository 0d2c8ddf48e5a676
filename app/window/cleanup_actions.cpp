// SPDX-License-Identifier: Apache-2.0
#include "app/window/clean_up_dialog.h"
#include "app/window/main_window.h"
#include "views/panels/graph_edits.h"

#include <QCoreApplication>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("cleanUpActions", text); }

} // namespace

ActionMenu cleanup_actions()
{
    using W = MainWindow;
    ActionMenu menu{tr("&Clean up"), {}};
    for (const CleanUpTool& tool : cleanUpTools())
        menu.actions.push_back({.id = tool.id,
                                .text = tool.title + " …",
                                .toolTip = tool.about + " " + tr("Shown before it is done."),
                                .icon = {},
                                .shortcuts = tool.id == "simplify"
                                                 ? QList<QKeySequence>{QKeySequence("Ctrl+Shift+L")}
                                                 : QList<QKeySequence>{},
                                .run = [id = tool.id](W& w) { openCleanUp(w, id); },
                                .enabled = [](const W& w) { return panels::canEditGraph(w.document()); }});
    return menu;
}

} // namespace orrery::window
