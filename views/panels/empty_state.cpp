// SPDX-License-Identifier: Apache-2.0
#include "views/panels/empty_state.h"

#include <QVBoxLayout>

namespace orrery::panels {

QLabel* plainLabel(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setText(text);
    return label;
}

void setColor(QWidget* widget, const QColor& color)
{
    QPalette palette = widget->palette();
    palette.setColor(QPalette::WindowText, color);
    palette.setColor(QPalette::Text, color);
    widget->setPalette(palette);
}

EmptyState::EmptyState(QWidget* parent)
    : QWidget(parent)
    , m_title(plainLabel({}, this))
    , m_text(plainLabel({}, this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(24, 16, 24, 16);
    column->setSpacing(6);
    column->addStretch(2);
    for (QLabel* label : {m_title, m_text}) {
        label->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
        label->setWordWrap(true);
        column->addWidget(label);
    }
    column->addStretch(3);
}

void EmptyState::setTexts(const QString& title, const QString& text)
{
    m_title->setText(title);
    m_text->setText(text);
}

void EmptyState::setTheme(const theme::Theme& theme)
{
    m_title->setFont(theme.font(theme::FontRole::Title));
    m_text->setFont(theme.font(theme::FontRole::Body));
    setColor(m_text, theme.color(theme::Role::TextMuted));
}

ContentOrEmpty::ContentOrEmpty(QWidget* content, QWidget* parent)
    : QStackedWidget(parent)
    , m_empty(new EmptyState(this))
{
    addWidget(content);
    addWidget(m_empty);
    setCurrentIndex(1);
}

void ContentOrEmpty::showEmpty(const QString& title, const QString& text)
{
    m_empty->setTexts(title, text);
    setCurrentIndex(1);
}

} // namespace orrery::panels
