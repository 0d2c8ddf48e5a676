// SPDX-License-Identifier: Apache-2.0
#include "app/window/launch.h"
#include "app/window/main_window.h"
#include "views/document/revisions.h"

#include <QCoreApplication>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("runActions", text); }

void compareWithOriginal(MainWindow& window)
{
    document::Document& document = window.document();
    if (const auto why = document.revisions().compare(0, document.editor().state())) {
        emit document.message(*why);
        return;
    }
    document.focus().setOverlay("change");
    window.showPanel("compare");
}

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
            {.id = "measure_on_edit",
             .text = tr("&Measure on edit"),
             .toolTip =
                 tr("Run the model in the background after each edit, in turns with the model as it was "
                    "opened; the History panel shows the figures"),
             .icon = {},
             .shortcuts = {QKeySequence("Ctrl+Shift+M")},
             .separator = Separator::Before,
             .run =
                 [](W& w) {
                     w.document().revisions().setMeasuring(!w.document().revisions().isMeasuring());
                     w.showPanel("history");
                 },
             .enabled = {},
             .checked = [](const W& w) { return w.document().revisions().isMeasuring(); }},
            {.id = "measure_now",
             .text = tr("Measure this re&vision"),
             .toolTip = tr("Run the model as edited in turns with the model as it was opened"),
             .icon = {},
             .shortcuts = {QKeySequence("Ctrl+Alt+M")},
             .run =
                 [](W& w) {
                     w.document().revisions().measureNow();
                     w.showPanel("history");
                 },
             .enabled = [](const W& w) { return w.document().editor().canEdit(); }},
            {.id = "compare_with_original",
             .text = tr("&Compare with original"),
             .toolTip = tr("Show on the graph what each node takes more or less than in the model as opened"),
             .icon = {},
             .shortcuts = {QKeySequence("Ctrl+Alt+C")},
             .run = compareWithOriginal,
             .enabled = [](const W& w) { return w.document().editor().position() > 0; }},
        }};
}

} // namespace orrery::window
