#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// MainWindow: the document's window. It loops over panels and actions and knows none of them by name, except
// the graph in its centre. It owns the Document, the theme and the status bar, takes dropped files, and keeps
// what the user named for the model.

#include "app/window/action_set.h"
#include "app/window/settings.h"
#include "views/document/file_watch.h"
#include "views/panels/graph.h"

#include <QMainWindow>

#include <map>

class QDockWidget;
class QStackedWidget;

namespace orrery::window {

class ChangedBar;
class StatusLine;
class Welcome;

class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(std::unique_ptr<Settings> settings, QWidget* parent = nullptr);
    ~MainWindow() override;

    document::Document& document() { return m_document; }
    const document::Document& document() const { return m_document; }
    Settings& settings() { return *m_settings; }
    const Settings& settings() const { return *m_settings; }
    panels::GraphPanel& graphPanel() { return *m_graph; }
    const panels::GraphPanel& graphPanel() const { return *m_graph; }

    document::FileWatch& fileWatch() { return m_fileWatch; }

    void openFile(const QString& path);
    // Whether the model may be left: nothing is unsaved, or the user says what becomes of it.
    bool mayLeave();
    // Empty when the user does not want to.
    QString askWhereToSave();
    void forgetRecentFiles();
    // What the user named for the model that is open; forgotten when the program ends.
    struct Named {
        std::vector<std::string> customOps;
        std::string referencePath;
    };
    Named& named() { return m_named[m_document.path()]; }

    void setThemeChoice(ThemeChoice choice);
    ThemeChoice themeChoice() const { return m_themeChoice; }
    const theme::Theme& theme() const { return m_theme; }
    bool showPanel(const QString& id); // brings its dock to the front; false when there is none such
    // Nothing is under way: what is shown is what there is to show.
    bool isIdle() const;
    QAction* action(const QString& id) const { return m_actions->find(id); }

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void closeEvent(QCloseEvent* event) override;

private:
    void makePanels();
    void applyTheme();
    void updateRecentFiles();
    void updateTitle();
    void offerRecovery();
    void showFailure(const QString& title, const QString& text);

    std::unique_ptr<Settings> m_settings;
    document::Document m_document;
    document::FileWatch m_fileWatch{m_document};
    theme::Theme m_theme;
    ThemeChoice m_themeChoice = ThemeChoice::System;
    std::map<QString, Named> m_named;
    QStackedWidget* m_center = nullptr;
    ChangedBar* m_changedBar = nullptr;
    Welcome* m_welcome = nullptr;
    panels::GraphPanel* m_graph = nullptr;
    std::vector<panels::Panel*> m_panels;
    std::vector<QDockWidget*> m_docks;
    StatusLine* m_status = nullptr;
    std::unique_ptr<ActionSet> m_actions;
};

// The theme for a choice; Light when the desktop does not say.
theme::Mode modeOf(ThemeChoice choice);

} // namespace orrery::window
