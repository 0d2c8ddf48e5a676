// SPDX-License-Identifier: Apache-2.0
#include "views/panels/property_sheet.h"

#include "views/models/row_table_model.h"
#include "views/panels/empty_state.h"

#include <QAbstractButton>
#include <QGridLayout>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

namespace orrery::panels {

using theme::FontRole;
using theme::Role;

namespace {

constexpr int keyWidth = 112;
constexpr qsizetype shortParagraph = 260;

// Lets a label without spaces shrink: a long name must not make the panel wide.
void mayShrink(QLabel* label)
{
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    label->setMinimumWidth(40);
}

// Text that looks like a link and is a button for mouse, keyboard and screen readers; elided where it must
// be.
class LinkButton : public QAbstractButton {
public:
    LinkButton(const QString& text, QWidget* parent)
        : QAbstractButton(parent)
        , m_text(text)
    {
        setAccessibleName(text);
        setCursor(Qt::PointingHandCursor);
        setFocusPolicy(Qt::TabFocus);
        setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    }
    QColor color;

    QSize sizeHint() const override
    {
        return {fontMetrics().horizontalAdvance(m_text), fontMetrics().height() + 2};
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        QFont shown = font();
        shown.setUnderline(underMouse() || hasFocus());
        painter.setFont(shown);
        painter.setPen(color);
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                         fontMetrics().elidedText(m_text, Qt::ElideMiddle, width()));
    }
    void enterEvent(QEnterEvent*) override { update(); }
    void leaveEvent(QEvent*) override { update(); }

private:
    QString m_text;
};

// Long names get places where a line may break.
QString breakable(const QString& text)
{
    QString result;
    int since = 0;
    QChar before;
    for (const QChar c : text) {
        if (c.isUpper() && before.isLower() && since > 4) { // GlobalAveragePool
            result += QChar(0x200b);
            since = 0;
        }
        before = c;
        result += c;
        since = c.isSpace() ? 0 : since + 1;
        const bool good = c == '/' || c == '.' || c == '_' || c == ',';
        if ((good && since > 6) || since > 28) {
            result += QChar(0x200b); // zero-width space
            since = 0;
        }
    }
    return result;
}

} // namespace

PropertySheet::PropertySheet(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(14, 12, 14, 16);
    m_column->setSpacing(4);
}

void PropertySheet::heading(const QString& title, const QString& subtitle, const QColor& color)
{
    auto* line = new QHBoxLayout;
    line->setSpacing(10);
    auto* strip = new QFrame(this);
    strip->setFixedWidth(4);
    strip->setStyleSheet(QString("background: %1; border-radius: 2px;").arg(color.name()));
    line->addWidget(strip);
    auto* words = new QVBoxLayout;
    words->setSpacing(1);
    QLabel* top = plainLabel(breakable(title), this);
    top->setFont(m_theme.font(FontRole::Title));
    top->setWordWrap(true);
    mayShrink(top);
    words->addWidget(top);
    if (!subtitle.isEmpty()) {
        QLabel* below = plainLabel(breakable(subtitle), this);
        below->setWordWrap(true);
        below->setTextInteractionFlags(Qt::TextSelectableByMouse);
        mayShrink(below);
        setColor(below, m_theme.color(Role::TextMuted));
        words->addWidget(below);
    }
    line->addLayout(words, 1);
    m_column->addLayout(line);
}

void PropertySheet::section(const QString& title)
{
    QLabel* label = plainLabel(title, this);
    QFont font = m_theme.font(FontRole::Small);
    font.setWeight(QFont::DemiBold);
    label->setFont(font);
    setColor(label, m_theme.color(Role::TextMuted));
    label->setContentsMargins(0, 12, 0, 0);
    m_column->addWidget(label);
    auto* line = new QFrame(this);
    line->setFixedHeight(1);
    line->setStyleSheet(QString("background: %1;").arg(m_theme.color(Role::Border).name()));
    m_column->addWidget(line);
    m_grid = new QGridLayout;
    m_grid->setContentsMargins(0, 2, 0, 0);
    m_grid->setHorizontalSpacing(10);
    m_grid->setVerticalSpacing(3);
    m_grid->setColumnMinimumWidth(0, keyWidth);
    m_grid->setColumnStretch(1, 1);
    m_row = 0;
    m_column->addLayout(m_grid);
}

void PropertySheet::addKey(const QString& key, const QString& toolTip)
{
    QLabel* label = plainLabel(breakable(key), this);
    label->setWordWrap(true);
    label->setFixedWidth(keyWidth);
    label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    label->setToolTip(models::escapedToolTip(toolTip));
    setColor(label, m_theme.color(Role::TextMuted));
    m_grid->addWidget(label, m_row, 0, Qt::AlignTop);
}

QWidget* PropertySheet::valueLabel(const QString& text, const QString& toolTip)
{
    QLabel* label = plainLabel(breakable(text), this);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setToolTip(models::escapedToolTip(toolTip));
    mayShrink(label);
    return label;
}

void PropertySheet::row(const QString& key, const QString& value, const QString& toolTip)
{
    addKey(key, toolTip);
    m_grid->addWidget(valueLabel(value, toolTip), m_row++, 1);
}

void PropertySheet::note(const QString& text)
{
    QLabel* label = plainLabel(breakable(text), this);
    label->setWordWrap(true);
    label->setFont(m_theme.font(FontRole::Small));
    mayShrink(label);
    setColor(label, m_theme.color(Role::TextMuted));
    m_grid->addWidget(label, m_row++, 1);
}

void PropertySheet::link(const QString& key, const QString& text, const QString& toolTip,
                         std::function<void()> follow)
{
    addKey(key, toolTip);
    auto* button = new LinkButton(text, this);
    button->setToolTip(models::escapedToolTip(toolTip.isEmpty() ? text : toolTip));
    button->color = m_theme.color(Role::Accent);
    connect(button, &QAbstractButton::clicked, this, [follow = std::move(follow)] { follow(); });
    m_grid->addWidget(button, m_row++, 1);
}

void PropertySheet::widgetRow(const QString& key, const QString& toolTip, QWidget* field,
                              const std::vector<QWidget*>& trailing)
{
    addKey(key, toolTip);
    m_grid->itemAtPosition(m_row, 0)->widget()->setContentsMargins(0, 5, 0, 0);
    auto* line = new QHBoxLayout;
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(2);
    const bool isFixed = field->sizePolicy().horizontalPolicy() == QSizePolicy::Fixed;
    line->addWidget(field, isFixed ? 0 : 1);
    for (QWidget* widget : trailing)
        line->addWidget(widget, 0, Qt::AlignTop);
    if (isFixed)
        line->addStretch(1);
    m_grid->addLayout(line, m_row++, 1);
}

void PropertySheet::widgetLine(QWidget* widget) { m_grid->addWidget(widget, m_row++, 0, 1, 2); }

void PropertySheet::paragraph(const QString& text)
{
    const bool isLong = text.size() > shortParagraph + 60;
    QLabel* label = plainLabel(isLong ? text.left(text.lastIndexOf(' ', shortParagraph)) + " …" : text, this);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    mayShrink(label);
    m_column->addWidget(label);
    if (!isLong)
        return;
    auto* more = new QToolButton(this);
    more->setText(tr("More"));
    more->setCursor(Qt::PointingHandCursor);
    more->setStyleSheet(
        QString("QToolButton { color: %1; border: none; background: transparent; padding: 0; }")
            .arg(m_theme.color(Role::Accent).name()));
    connect(more, &QToolButton::clicked, this, [label, more, text] {
        label->setText(text);
        more->hide();
    });
    m_column->addWidget(more, 0, Qt::AlignLeft);
}

void PropertySheet::finish() { m_column->addStretch(1); }

} // namespace orrery::panels
