#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ChangedBar: says, above the graph, that another program changed or removed the file of the open model, and
// what can be done about it. Hidden otherwise. Nothing is read anew or lost unless a button says so.

#include "views/document/file_watch.h"
#include "views/theme/theme.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace orrery::window {

class MainWindow;

class ChangedBar final : public QWidget {
    Q_OBJECT

public:
    ChangedBar(MainWindow& window, document::FileWatch& watch);
    void setTheme(const theme::Theme& theme);

private:
    void update();
    void saveMineAndReload();

    MainWindow& m_window;
    document::FileWatch& m_watch;
    QLabel* m_text;
    QPushButton *m_reload, *m_saveMine, *m_keep;
};

} // namespace orrery::window
