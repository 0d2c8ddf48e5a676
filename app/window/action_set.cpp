// SPDX-License-Identifier: Apache-2.0
#include "app/window/action_set.h"

#include "app/window/main_window.h"
#include "app/window/status.h"

#include <QDockWidget>
#include <QMenuBar>
#include <QToolBar>

#include <map>

namespace orrery::window {

ActionSet::ActionSet(MainWindow& window, const std::vector<QDockWidget*>& docks)
    : m_window(window)
    , m_toolBar(window.addToolBar(QObject::tr("Main")))
{
    m_toolBar->setObjectName("toolbar");
    m_toolBar->setMovable(false);
    m_toolBar->setIconSize({18, 18});
    m_toolBar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_toolBar->setContextMenuPolicy(Qt::PreventContextMenu);
    m_toolBar->toggleViewAction()->setVisible(false);
    for (const ActionMenu& entry : actionMenus())
        addMenu(entry);
    if (!m_view)
        return;
    m_view->addSeparator();
    QMenu* panels = m_view->addMenu(QObject::tr("&Panels"));
    for (QDockWidget* dock : docks)
        panels->addAction(dock->toggleViewAction());
}

void ActionSet::addMenu(const ActionMenu& entry)
{
    QMenu* menu = m_window.menuBar()->addMenu(entry.title);
    menu->setToolTipsVisible(true);
    std::map<QString, QMenu*> subMenus;
    for (const ActionSpec& spec : entry.actions) {
        if (spec.separator == Separator::Before)
            menu->addSeparator();
        QMenu* target = menu;
        if (!spec.subMenu.isEmpty()) {
            QMenu*& sub = subMenus[spec.subMenu];
            target = sub = sub ? sub : menu->addMenu(spec.subMenu);
            m_view = menu;
        }
        QAction* made = target->addAction(spec.text);
        made->setObjectName(spec.id);
        made->setShortcuts(spec.shortcuts);
        if (spec.keys == Keys::OnCanvas) {
            made->setShortcutContext(Qt::WidgetWithChildrenShortcut);
            m_window.graphPanel().addAction(made);
        }
        made->setToolTip(actionToolTip(spec));
        made->setCheckable(bool(spec.checked));
        QObject::connect(made, &QAction::triggered, &m_window, [this, run = spec.run] {
            run(m_window);
            update();
        });
        if (spec.place == Place::MenuAndToolBar) {
            if (spec.separator == Separator::Before)
                m_toolBar->addSeparator();
            m_toolBar->addAction(made);
        }
        m_actions.emplace_back(spec, made);
        if (spec.id == "open")
            m_recent = menu->addMenu(QObject::tr("Open &recent"));
    }
}

void ActionSet::setTheme(const theme::Theme& theme)
{
    for (auto& [spec, made] : m_actions)
        if (!spec.icon.isEmpty())
            made->setIcon(theme.icon(spec.icon));
}

void ActionSet::update()
{
    for (auto& [spec, made] : m_actions) {
        made->setEnabled(!spec.enabled || spec.enabled(m_window));
        if (spec.checked)
            made->setChecked(spec.checked(m_window));
    }
}

void ActionSet::setRecentFiles(const QStringList& paths)
{
    if (!m_recent)
        return;
    m_recent->clear();
    m_recent->setEnabled(!paths.isEmpty());
    for (const QString& path : paths)
        QObject::connect(m_recent->addAction(menuText(path)), &QAction::triggered, &m_window,
                         [this, path] { m_window.openFile(path); });
    m_recent->addSeparator();
    QObject::connect(m_recent->addAction(QObject::tr("Clear list")), &QAction::triggered, &m_window,
                     [this] { m_window.forgetRecentFiles(); });
}

QAction* ActionSet::find(const QString& id) const
{
    for (const auto& [spec, made] : m_actions)
        if (spec.id == id)
            return made;
    return nullptr;
}

} // namespace orrery::window
