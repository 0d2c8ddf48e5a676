// SPDX-License-Identifier: Apache-2.0
#include "app/window/launch.h"

#include "app/window/run_dialog.h"

#include <QCoreApplication>

namespace orrery::window {
namespace {

using Phase = document::DebugController::Phase;

// None when nothing can run or the user does not want to.
std::optional<document::RunSettings> settingsForRun(MainWindow& window, RunPurpose purpose, Ask ask)
{
    const document::Document& document = window.document();
    if (!document.canRun())
        return {};
    document::RunSettings settings = window.settings().runSettings(document.path());
    const bool mustAsk = hasOpenDims(*document.model()) && !window.settings().hasRunSettings(document.path());
    if (ask == Ask::Always || mustAsk) {
        RunDialog dialog(*document.model(), settings, purpose, &window);
        if (dialog.exec() != QDialog::Accepted)
            return {};
        settings = dialog.settings();
        window.settings().setRunSettings(document.path(), settings);
        rememberDebugSettings(window);
    }
    settings.customOps = window.named().customOps;
    return settings;
}

document::DebugSettings debugSettings(MainWindow& window, const document::RunSettings& run)
{
    document::DebugSettings settings = window.document().debugger().settings();
    settings.threads = run.threads;
    settings.inputShapes = run.inputShapes;
    settings.inputs = run.inputs;
    settings.tracePath = window.document().tracePath().toStdString();
    settings.customOps = window.named().customOps;
    settings.referencePath = window.named().referencePath;
    return settings;
}

} // namespace

void profile(MainWindow& window, Ask ask)
{
    const auto settings = settingsForRun(window, RunPurpose::Profile, ask);
    if (!settings)
        return;
    document::Focus& focus = window.document().focus();
    if (focus.overlay().isEmpty())
        focus.setOverlay("time");
    window.showPanel("hotspots");
    window.document().run(*settings);
}

void runOnce(MainWindow& window)
{
    auto settings = settingsForRun(window, RunPurpose::Once, Ask::WhenNeeded);
    if (!settings)
        return;
    settings->warmup = 0;
    settings->runs = 1;
    window.document().run(*settings);
}

void debugTo(MainWindow& window, const debug::Movement& movement)
{
    const bool runs = movement.goal == debug::Goal::Continue || movement.goal == debug::Goal::Node ||
                      window.document().debugger().phase() == Phase::Paused;
    debugFrom(window, [=](document::DebugController& debugger) {
        if (runs)
            debugger.go(movement);
    });
}

void debugFrom(MainWindow& window, std::function<void(document::DebugController&)> whenPaused)
{
    document::DebugController& debugger = window.document().debugger();
    if (debugger.phase() == Phase::Paused) {
        whenPaused(debugger);
        return;
    }
    if (debugger.phase() != Phase::Off)
        return;
    startDebugging(window, Ask::WhenNeeded, std::move(whenPaused));
}

void startDebugging(MainWindow& window, Ask ask, std::function<void(document::DebugController&)> whenPaused)
{
    document::DebugController& debugger = window.document().debugger();
    if (window.document().editor().stepCount() > 0) {
        emit window.document().message(QCoreApplication::translate(
            "launch", "The debugger steps through the file as it is on disk: save it (Ctrl+S) and reload it "
                      "(Ctrl+R) first. Undo ends there."));
        return;
    }
    const auto run = settingsForRun(window, RunPurpose::Debug, ask);
    if (!run)
        return;
    document::DebugSettings settings = debugSettings(window, *run);
    settings.optimize = window.document().focus().projection() == "compute" ? passes::OptimizeLevel::All
                                                                            : passes::OptimizeLevel::None;
    debugger.start(settings, [&debugger, whenPaused = std::move(whenPaused)] {
        if (whenPaused)
            whenPaused(debugger);
    });
    window.showPanel("debugger");
}

void rememberDebugSettings(MainWindow& window)
{
    const document::RunSettings run = window.settings().runSettings(window.document().path());
    window.document().debugger().setSettings(debugSettings(window, run));
}

} // namespace orrery::window
