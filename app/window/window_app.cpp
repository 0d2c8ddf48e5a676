// SPDX-License-Identifier: Apache-2.0
#include "app/window/window_app.h"

#include "app/window/main_window.h"
#include "views/layout/graphviz_layout.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QPixmap>
#include <QSaveFile>
#include <QTimer>

#include <cstdio>

namespace orrery::window {
namespace {

constexpr int screenshotTimeoutMs = 180'000;

// The offscreen platform says at every window that it has no window manager.
void dropPlatformNoise(QtMsgType, const QMessageLogContext&, const QString& text)
{
    if (text != "This plugin does not support propagateSizeHints()" && !text.contains("XDG_RUNTIME_DIR"))
        std::fprintf(stderr, "%s\n", qPrintable(text));
}

template<class Spec>
Result<void> checkId(const std::vector<Spec>& specs, const std::string& id, const char* option)
{
    if (id.empty())
        return {};
    std::string known;
    for (const Spec& spec : specs) {
        if (spec.id == id)
            return {};
        known += (known.empty() ? "" : ", ") + std::string(spec.id);
    }
    return Error{ErrorCode::Usage,
                 "--" + std::string(option) + " is one of " + known + ", not \"" + id + "\"", ""};
}

Result<void> check(const WindowOptions& options)
{
    TRY(checkId(projections::projectionSpecs(), options.view, "view"));
    TRY(checkId(panels::panelSpecs(), options.panel, "panel"));
    if (options.overlay != "none")
        TRY(checkId(overlays::overlaySpecs(), options.overlay, "overlay"));
    if (!options.theme.empty() && options.theme != "light" && options.theme != "dark")
        return Error{ErrorCode::Usage, "--theme is light or dark, not \"" + options.theme + "\"", ""};
    if (options.width < 320 || options.height < 240 || options.width > 16384 || options.height > 16384)
        return Error{ErrorCode::Usage, "--size is WIDTHxHEIGHT, from 320x240 to 16384x16384", ""};
    return {};
}

// Lets the event loop run until the window has been idle for a while.
Result<void> waitUntilIdle(MainWindow& window)
{
    QElapsedTimer total, idle;
    total.start();
    idle.start();
    while (idle.elapsed() < 300) {
        QApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 20);
        QApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        if (!window.isIdle())
            idle.restart();
        if (total.elapsed() > screenshotTimeoutMs)
            return Error{ErrorCode::LimitReached, "the window did not come to rest within three minutes", ""};
    }
    return {};
}

Result<int> takeScreenshot(MainWindow& window, const WindowOptions& options)
{
    QTimer keepAwake; // so that waiting for events ends
    keepAwake.start(15);
    TRY(waitUntilIdle(window));
    if (!options.file.empty() && !window.document().model() && !window.document().trace()) {
        std::string why = "it could not be opened";
        for (const Problem& problem : window.document().problems())
            if (problem.severity == Severity::Error)
                why = problem.text;
        return Error{ErrorCode::BadFile, why, options.file};
    }
    QSaveFile file(QString::fromStdString(options.screenshot));
    const QPixmap picture = window.grab();
    if (!file.open(QIODevice::WriteOnly) || !picture.save(&file, "PNG") || !file.commit())
        return Error{ErrorCode::Io,
                     "the screenshot could not be written: " + file.errorString().toStdString(),
                     options.screenshot};
    return 0;
}

} // namespace

Result<int> runWindow(int& argc, char** argv, const WindowOptions& options)
{
    TRY(check(options));
    const bool hasDisplay = qEnvironmentVariableIsSet("DISPLAY") ||
                            qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
                            qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
    const bool pictureOnly = !options.screenshot.empty();
    if (!hasDisplay && !pictureOnly)
        return Error{
            ErrorCode::Usage,
            "there is no display; `orrery FILE --screenshot OUT.png` and `orrery render` work without one",
            ""};
    if (!hasDisplay)
        qputenv("QT_QPA_PLATFORM", "offscreen");
    if (pictureOnly)
        qInstallMessageHandler(dropPlatformNoise);
    QApplication::setStyle("Fusion");
    QApplication application(argc, argv);
    QApplication::setApplicationName("orrery");
    QApplication::setApplicationDisplayName("Orrery");
    QApplication::setDesktopFileName("orrery");

    // A screenshot shows the same on every machine: nothing remembered is used.
    MainWindow window(pictureOnly ? std::make_unique<Settings>(QString()) : std::make_unique<Settings>());
    if (!options.theme.empty())
        window.setThemeChoice(options.theme == "dark" ? ThemeChoice::Dark : ThemeChoice::Light);
    document::Focus& focus = window.document().focus();
    if (!options.view.empty())
        focus.setProjection(QString::fromStdString(options.view));
    if (!options.overlay.empty() && options.overlay != "none")
        focus.setOverlay(QString::fromStdString(options.overlay));
    if (pictureOnly)
        window.resize(options.width, options.height);
    window.show();
    if (!options.file.empty())
        window.openFile(QString::fromStdString(options.file));
    if (options.overlay == "none")
        focus.setOverlay({});
    if (!options.panel.empty())
        window.showPanel(QString::fromStdString(options.panel));
    if (pictureOnly)
        return takeScreenshot(window, options);
    return QApplication::exec();
}

} // namespace orrery::window
