#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ActionSet: the window's menus and toolbar, made from the registry of actions, and kept up to date: what is
// possible now, what is chosen now, the recent files, the icons of the theme.

#include "app/window/actions.h"
#include "views/theme/theme.h"

#include <QAction>
#include <QMenu>

#include <utility>

class QDockWidget;
class QToolBar;

namespace orrery::window {

class ActionSet {
public:
    // The window owns the menus; `docks` get a menu of their own, to show and hide them.
    ActionSet(MainWindow& window, const std::vector<QDockWidget*>& docks);

    void setTheme(const theme::Theme& theme);
    void update();
    void setRecentFiles(const QStringList& paths);
    QAction* find(const QString& id) const; // null when there is none such

private:
    void addMenu(const ActionMenu& entry);

    MainWindow& m_window;
    QToolBar* m_toolBar;
    QMenu* m_recent = nullptr;
    QMenu* m_view = nullptr; // the first menu with submenus: where the docks are listed
    std::vector<std::pair<ActionSpec, QAction*>> m_actions;
};

} // namespace orrery::window
