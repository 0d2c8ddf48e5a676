#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Welcome: the centre of the window while nothing is open: what the program does, a button to open a file,
// new models that a crash left unsaved, the files that were open before.

#include "views/theme/theme.h"

#include <QStringList>
#include <QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace orrery::window {

class Welcome : public QWidget {
    Q_OBJECT

public:
    explicit Welcome(QWidget* parent);
    void setTheme(const theme::Theme& theme);
    void setRecentFiles(const QStringList& paths);
    void setLeftBehind(const QStringList& paths); // see UnsavedModel

signals:
    void openRequested();
    void newRequested();
    void fileChosen(QString path);

private:
    // Links to files under a title; nothing when there are none.
    struct FileList {
        QLabel* title;
        QVBoxLayout* links;
        QStringList paths;
    };
    void show(FileList& list, const QStringList& paths);

    QLabel *m_title, *m_text, *m_hint;
    QPushButton *m_open, *m_new;
    FileList m_left, m_recent;
    QColor m_link;
};

} // namespace orrery::window
