// SPDX-License-Identifier: Apache-2.0
#include "app/window/custom_ops_dialog.h"
#include "app/window/find_actions.h"
#include "app/window/launch.h"
#include "app/window/main_window.h"
#include "views/panels/node_menu.h"

#include <QCoreApplication>

namespace orrery::window {
namespace {

using document::DebugController;
using Phase = DebugController::Phase;

QString tr(const char* text) { return QCoreApplication::translate("debugActions", text); }

debug::Movement movement(debug::Goal goal, debug::Direction direction = debug::Direction::Forward)
{
    debug::Movement result;
    result.goal = goal;
    result.direction = direction;
    return result;
}

bool isPaused(const MainWindow& w) { return w.document().debugger().phase() == Phase::Paused; }
bool isOn(const MainWindow& w) { return w.document().debugger().phase() != Phase::Off; }
bool canMove(const MainWindow& w) { return isPaused(w) || (!isOn(w) && w.document().canRun()); }

// The node of the stepped graph that is selected; invalid when none is.
NodeId selectedNode(const MainWindow& w)
{
    const auto& debugger = w.document().debugger();
    for (std::uint64_t key :
         w.document().correspondence().keysIn(debugger.stage(), w.document().focus().current()))
        if (key < canvas::inputKey(0))
            return NodeId(std::size_t(key));
    return {};
}

void goToSelected(MainWindow& w, debug::Direction direction)
{
    debug::Movement there = movement(debug::Goal::Node, direction);
    there.node = selectedNode(w);
    debugTo(w, there);
}

ActionSpec motion(const char* id, const QString& text, const QString& toolTip, const char* icon,
                  const char* key, debug::Goal goal, debug::Direction direction)
{
    const bool forward = direction == debug::Direction::Forward;
    ActionSpec spec;
    spec.id = id;
    spec.text = text;
    spec.toolTip = toolTip;
    spec.icon = icon;
    spec.shortcuts = {QKeySequence(key)};
    spec.place = *icon ? Place::MenuAndToolBar : Place::Menu;
    spec.run = [=](MainWindow& w) { debugTo(w, movement(goal, direction)); };
    spec.enabled = forward ? canMove : isPaused;
    return spec;
}

std::vector<ActionSpec> movements()
{
    using debug::Direction;
    using debug::Goal;
    auto onToolBar = [](ActionSpec spec, Separator separator) {
        spec.separator = separator;
        return spec;
    };
    return {
        onToolBar(motion("debug_continue", tr("&Continue"),
                         tr("Start debugging, or run to the next breakpoint"), "debug-run", "F5",
                         Goal::Continue, Direction::Forward),
                  Separator::Before),
        motion("debug_reverse", tr("&Reverse continue"), tr("Run back to the last breakpoint"),
               "debug-reverse", "Shift+F5", Goal::Continue, Direction::Backward),
        motion("debug_step_back", tr("Step &back"), tr("Undo the last step"), "step-back", "Shift+F10",
               Goal::Step, Direction::Backward),
        motion("debug_step", tr("&Step"), tr("Run the marked node; a body or function counts as one"),
               "step-forward", "F10", Goal::Step, Direction::Forward),
        onToolBar(motion("debug_into", tr("Step &into"), tr("Enter the body or function of the marked node"),
                         "", "F11", Goal::Into, Direction::Forward),
                  Separator::Before),
        motion("debug_out", tr("Step &out"), tr("Finish the body that is being carried out"), "", "Shift+F11",
               Goal::Out, Direction::Forward),
        motion("debug_back_out", tr("Step back o&ut"), tr("Back to before the body was entered"), "",
               "Ctrl+Shift+F11", Goal::Out, Direction::Backward),
    };
}

} // namespace

ActionMenu debug_actions()
{
    using W = MainWindow;
    ActionMenu menu{tr("&Debug"), movements()};
    const std::vector<ActionSpec> more = {
        {.id = "debug_to_cursor",
         .text = tr("Run to the selected &node"),
         .toolTip = tr("Run until the selected node is next"),
         .shortcuts = {QKeySequence("Ctrl+F10")},
         .separator = Separator::Before,
         .run = [](W& w) { goToSelected(w, debug::Direction::Forward); },
         .enabled = [](const W& w) { return canMove(w) && selectedNode(w).valid(); }},
        {.id = "debug_back_to_cursor",
         .text = tr("Run &back to the selected node"),
         .toolTip = tr("Back to before the selected node ran last"),
         .shortcuts = {QKeySequence("Ctrl+Shift+F10")},
         .run = [](W& w) { goToSelected(w, debug::Direction::Backward); },
         .enabled = [](const W& w) { return isPaused(w) && selectedNode(w).valid(); }},
        {.id = "debug_pause",
         .text = tr("&Pause"),
         .toolTip = tr("Stop after the node that is running"),
         .icon = "pause",
         .shortcuts = {QKeySequence("Pause")},
         .place = Place::MenuAndToolBar,
         .separator = Separator::Before,
         .run = [](W& w) { w.document().debugger().pause(); },
         .enabled = [](const W& w) { return w.document().debugger().phase() == Phase::Moving; }},
        {.id = "debug_restart",
         .text = tr("Res&tart"),
         .toolTip = tr("Back to the first node"),
         .shortcuts = {QKeySequence("Ctrl+Shift+F5")},
         .run = [](W& w) { w.document().debugger().restart(); },
         .enabled = isPaused},
        {.id = "debug_options",
         .text = tr("Debug with o&ptions …"),
         .toolTip = tr("Start anew: files and shapes of the inputs, threads"),
         .shortcuts = {QKeySequence("Ctrl+Alt+F10")},
         .run = [](W& w) { startDebugging(w, Ask::Always, {}); },
         .enabled = [](const W& w) { return w.document().canRun(); }},
        {.id = "debug_revive",
         .text = tr("Restart just before the &failure"),
         .toolTip =
             tr("Another runner, with the same inputs and changes, at the node that ended the last one"),
         .run = [](W& w) { w.document().debugger().revive(); },
         .enabled = [](const W& w) { return w.document().debugger().phase() == Phase::Dead; }},
        {.id = "debug_kill",
         .text = tr("&End the runner"),
         .toolTip = tr("For a node that does not come back"),
         .run = [](W& w) { w.document().debugger().kill(); },
         .enabled = [](const W& w) { return w.document().debugger().phase() == Phase::Moving; }},
        {.id = "debug_stop",
         .text = tr("Stop &debugging"),
         .toolTip = tr("End the session and its runner"),
         .icon = "stop",
         .shortcuts = {QKeySequence("Shift+F2")},
         .place = Place::MenuAndToolBar,
         .run = [](W& w) { w.document().debugger().stop(); },
         .enabled = isOn},
        {.id = "debug_breakpoint",
         .text = tr("Toggle &breakpoint"),
         .toolTip = tr("On the selected node"),
         .icon = "breakpoint",
         .shortcuts = {QKeySequence("F9")},
         .separator = Separator::Before,
         .run = [](W& w) { w.document().debugger().toggleBreakpoint(selectedNode(w)); },
         .enabled = [](const W& w) { return selectedNode(w).valid(); }},
        {.id = "debug_condition",
         .text = tr("Breakpoint c&ondition …"),
         .toolTip = tr("When the selected node's breakpoint stops"),
         .shortcuts = {QKeySequence("Ctrl+F9")},
         .run = [](W& w) { panels::editBreakpointCondition(w.document(), selectedNode(w), &w); },
         .enabled = [](const W& w) { return selectedNode(w).valid(); }},
        {.id = "debug_change",
         .text = tr("C&hange the selected node …"),
         .toolTip = tr("Its attributes, its operator; bypass it, skip it"),
         .shortcuts = {QKeySequence("Ctrl+Return")},
         .run = [](W& w) { w.graphPanel().view().openContextMenu(); },
         .enabled = [](const W& w) { return selectedNode(w).valid(); }},
        {.id = "custom_ops",
         .text = tr("Custom &operators …"),
         .toolTip = tr("Libraries with operators that models need"),
         .separator = Separator::Before,
         .run =
             [](W& w) {
                 askCustomOps(w.named().customOps, w.document().debugger().isolation(), &w);
                 rememberDebugSettings(w);
             },
         .enabled = [](const W& w) { return w.document().model() != nullptr; }},
    };
    menu.actions.insert(menu.actions.end(), more.begin(), more.end());
    const std::vector<ActionSpec> finding = findActions();
    menu.actions.insert(menu.actions.end() - 1, finding.begin(), finding.end());
    return menu;
}

} // namespace orrery::window
