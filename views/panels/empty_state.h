#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// EmptyState: what a panel shows when it has nothing: what is missing, and how to get it. emptyOr() is the
// stack of such a page and the panel's content.

#include "views/theme/theme.h"

#include <QLabel>
#include <QStackedWidget>

namespace orrery::panels {

class EmptyState : public QWidget {
public:
    explicit EmptyState(QWidget* parent = nullptr);
    void setTexts(const QString& title, const QString& text); // plain text
    void setTheme(const theme::Theme& theme);

private:
    QLabel* m_title;
    QLabel* m_text;
};

class ContentOrEmpty : public QStackedWidget {
public:
    ContentOrEmpty(QWidget* content, QWidget* parent);
    void showContent() { setCurrentIndex(0); }
    void showEmpty(const QString& title, const QString& text);
    void setTheme(const theme::Theme& theme) { m_empty->setTheme(theme); }

private:
    EmptyState* m_empty;
};

// A label that never takes its text for markup.
QLabel* plainLabel(const QString& text, QWidget* parent);
// The label's colour, without touching that of its surroundings.
void setColor(QWidget* widget, const QColor& color);

} // namespace orrery::panels
