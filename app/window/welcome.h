#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Welcome: the centre of the window while nothing is open: what the program does, a button to open a file,
// the files that were open before.

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

signals:
    void openRequested();
    void newRequested();
    void fileChosen(QString path);

private:
    QLabel *m_title, *m_text, *m_hint, *m_recentTitle;
    QPushButton *m_open, *m_new;
    QVBoxLayout* m_recent;
    QStringList m_paths;
    QColor m_link;
};

} // namespace orrery::window
