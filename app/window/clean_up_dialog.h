#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// CleanUpDialog: the tools that go over a whole model, each with what it would do, shown before it is done:
// nodes by operator, bytes, every node touched. Measured, if wanted, by running the model as it is and as it
// would be in turns. Applied, it is one step of the history. Looking and measuring happen on threads of their
// own and can be left at any moment.

#include "app/window/clean_up_pages.h"
#include "views/async/task.h"
#include "views/document/model_trial.h"

#include <QDialog>
#include <QTimer>

#include <atomic>

class QLabel;
class QListWidget;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QTabWidget;
class QTreeWidget;

namespace orrery::window {

class MainWindow;

class CleanUpDialog final : public QDialog {
    Q_OBJECT

public:
    CleanUpDialog(MainWindow& window, const QString& tool);
    ~CleanUpDialog() override;

private:
    void makeTools(const QString& tool);
    QWidget* makePreview();
    void look(); // the chosen tool's work, anew
    void show(Result<edit::CleanUp> result);
    void showOperators();
    void showNodes();
    void measure();
    void showMeasured(const document::ModelTrialResult& result);
    void apply();
    void updateButtons();
    CleanUpPage* page() const;

    MainWindow& m_window;
    std::shared_ptr<const graph::Model> m_model;
    QListWidget* m_tools;
    QLabel *m_title, *m_about;
    QStackedWidget* m_pages;
    QLabel *m_summary, *m_measured;
    QTabWidget* m_tabs;
    QTreeWidget *m_operators, *m_nodes;
    QLabel* m_notes;
    QProgressBar* m_progress;
    QPushButton *m_measure, *m_apply;
    edit::CleanUp m_found;
    QTimer m_soon, m_watch;
    std::shared_ptr<std::atomic<int>> m_percent = std::make_shared<std::atomic<int>>(0);
    document::ModelTrial m_trial;
    async::Task m_task; // last: its jobs use what is above
};

// Opens it with that tool shown; nothing without a model.
void openCleanUp(MainWindow& window, const QString& tool);

} // namespace orrery::window
