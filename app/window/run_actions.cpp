// SPDX-License-Identifier: Apache-2.0
#include "app/window/launch.h"
#include "app/window/main_window.h"

#include <QCoreApplication>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("runActions", text); }

} // namespace

ActionMenu run_actions()
{
    using W = MainWindow;
    auto canRun = [](const W& w) { return w.document().canRun(); };
    return {
        tr("&Run"),
        {
            {.id = "run",
             .text = tr("&Run"),
             .toolTip = tr("Run the model once"),
             .icon = "run",
             .shortcuts = {QKeySequence("Alt+F5")},
             .place = Place::MenuAndToolBar,
             .separator = Separator::Before,
             .run = [](W& w) { runOnce(w); },
             .enabled = canRun},
            {.id = "profile",
             .text = tr("&Profile"),
             .toolTip = tr("Run the model several times and measure each node"),
             .icon = "profile",
             .shortcuts = {QKeySequence("Ctrl+F5")},
             .place = Place::MenuAndToolBar,
             .run = [](W& w) { profile(w, Ask::WhenNeeded); },
             .enabled = canRun},
            {.id = "stop",
             .text = tr("&Stop"),
             .toolTip = tr("Stop after the node that is running; what was recorded is kept"),
             .icon = "stop",
             .shortcuts = {QKeySequence("Ctrl+F2")},
             .place = Place::MenuAndToolBar,
             .run = [](W& w) { w.document().cancel(); },
             .enabled = [](const W& w) { return w.document().activity() == document::Activity::Running; }},
            {.id = "run_options",
             .text = tr("Profile with &options …"),
             .toolTip = tr("Runs, threads, optimisation, shapes of the inputs"),
             .icon = {},
             .shortcuts = {QKeySequence("Ctrl+Alt+F5")},
             .separator = Separator::Before,
             .run = [](W& w) { profile(w, Ask::Always); },
             .enabled = canRun},
        }};
}

} // namespace orrery::window
