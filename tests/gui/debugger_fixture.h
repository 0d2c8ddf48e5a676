#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the tests of debugging in the window share: a copy of a sample that is open, actions and keys that are
// followed until nothing is under way, and what a popup menu is told to do.

#include "tests/gui/window_fixture.h"

#include <QDir>
#include <QFileInfo>
#include <QMenu>
#include <QTemporaryDir>
#include <QTimer>

#include <functional>

namespace orrery::window {

inline std::unique_ptr<MainWindow> opened(const QString& path)
{
    auto window = shownWindow();
    window->openFile(path);
    window->activateWindow();
    return settle(*window) ? std::move(window) : nullptr;
}

inline bool press(MainWindow& window, const char* action)
{
    QAction* found = window.action(action);
    if (found == nullptr || !found->isEnabled())
        return false;
    found->trigger();
    return settle(window);
}

// As F10 does, without asking for the shapes that the file leaves open.
inline bool start(MainWindow& window, const document::DebugSettings& settings = {})
{
    window.document().debugger().start(settings);
    return settle(window) && window.document().debugger().phase() == document::DebugController::Phase::Paused;
}

inline QString next(MainWindow& window)
{
    const document::DebugController& debugger = window.document().debugger();
    if (!debugger.state() || !debugger.state()->next.valid())
        return {};
    return QString::fromStdString(debugger.graph()->node(debugger.state()->next).name);
}

inline NodeId nodeNamed(MainWindow& window, const char* name)
{
    return NodeId(std::size_t(keyOf(window, name)));
}

inline bool waitFor(const std::function<bool()>& holds)
{
    QElapsedTimer clock;
    clock.start();
    while (!holds() && clock.elapsed() < 20'000)
        QTest::qWait(10);
    return holds();
}

// Breakpoints are kept beside the model: each test has a copy of its own.
inline QString copyInto(const QTemporaryDir& parent, const QString& path)
{
    static int number = 0;
    const QString folder = parent.path() + "/" + QString::number(number++);
    QDir().mkpath(folder);
    const QFileInfo info(path);
    QFile::copy(path, folder + "/" + info.fileName());
    if (QFile::exists(path + ".bin"))
        QFile::copy(path + ".bin", folder + "/" + info.fileName() + ".bin");
    return folder + "/" + info.fileName();
}

// Chooses from the popup menu that is about to be opened; tells whether it could.
inline std::shared_ptr<bool> chooseWhenOpen(const QString& text)
{
    auto chosen = std::make_shared<bool>(false);
    QTimer::singleShot(100, [text, chosen] {
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        if (menu == nullptr)
            return;
        for (QAction* action : menu->actions())
            if (action->text().remove('&') == text && action->isEnabled()) {
                menu->setActiveAction(action);
                QTest::keyClick(menu, Qt::Key_Return);
                *chosen = true;
                return;
            }
        menu->close();
    });
    return chosen;
}

} // namespace orrery::window
