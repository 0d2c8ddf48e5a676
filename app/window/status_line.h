#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// StatusLine: the content of the window's status bar: what is under way with its progress and a button to
// stop it, else the last message; and the zoom of the graph. Plain text.

#include "views/document/document.h"
#include "views/theme/theme.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace orrery::window {

class StatusLine : public QWidget {
    Q_OBJECT

public:
    StatusLine(document::Document& document, QWidget* parent);
    void setTheme(const theme::Theme& theme);
    void setZoom(double zoom);
    void setMessage(const QString& text); // until the next, or until work begins

private:
    void update();

    document::Document& m_document;
    QString m_message;
    QLabel *m_text, *m_zoom;
    QProgressBar* m_progress;
    QToolButton* m_cancel;
};

} // namespace orrery::window
