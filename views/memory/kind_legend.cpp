// SPDX-License-Identifier: Apache-2.0
#include "views/memory/kind_legend.h"

#include "views/memory/byte_scale.h"

#include <QHBoxLayout>
#include <QPainter>

namespace orrery::memory {
namespace {

QIcon swatch(const QColor& color, const QColor& off, qreal ratio)
{
    QIcon icon;
    for (const bool isOn : {true, false}) {
        QPixmap pixmap(QSize(12, 12) * ratio);
        pixmap.setDevicePixelRatio(ratio);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(isOn ? QPen(Qt::NoPen) : QPen(off, 1.2));
        painter.setBrush(isOn ? QBrush(color) : QBrush(Qt::NoBrush));
        painter.drawRoundedRect(QRectF(1, 1, 10, 10), 2.5, 2.5);
        icon.addPixmap(pixmap, QIcon::Normal, isOn ? QIcon::On : QIcon::Off);
    }
    return icon;
}

} // namespace

KindLegend::KindLegend(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    for (auto kind = stackOrder().rbegin(); kind != stackOrder().rend(); ++kind) {
        auto* button = new QToolButton(this);
        button->setCheckable(true);
        button->setChecked(true);
        button->setAutoRaise(true);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setIconSize({12, 12});
        button->setFocusPolicy(Qt::TabFocus);
        button->setObjectName("kind-" + QString::fromUtf8(trace_db::name(*kind).data()));
        m_buttons[std::size_t(*kind)] = button;
        row->addWidget(button);
        connect(button, &QToolButton::toggled, this, [this, kind = std::size_t(*kind)](bool isOn) {
            m_kinds[kind] = isOn;
            emit kindsChanged();
        });
    }
    row->addStretch();
    setTheme(theme);
    fill();
}

void KindLegend::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    for (std::size_t kind = 0; kind < allocKindCount; ++kind) {
        m_buttons[kind]->setIcon(swatch(kindColor(theme, AllocKind(kind)),
                                        theme.color(theme::Role::TextMuted), devicePixelRatioF()));
        m_buttons[kind]->setFont(theme.font(theme::FontRole::Small));
    }
}

void KindLegend::setBytes(const trace_db::LiveBytes& bytes, const QString& when)
{
    m_bytes = bytes;
    m_when = when;
    fill();
}

void KindLegend::setPresent(const KindSet& kinds)
{
    m_present = kinds;
    fill();
}

void KindLegend::setKinds(const KindSet& kinds)
{
    m_kinds = kinds;
    for (std::size_t kind = 0; kind < allocKindCount; ++kind) {
        const QSignalBlocker quiet(m_buttons[kind]);
        m_buttons[kind]->setChecked(kinds[kind]);
    }
}

void KindLegend::fill()
{
    for (std::size_t kind = 0; kind < allocKindCount; ++kind) {
        QToolButton* button = m_buttons[kind];
        button->setVisible(m_present[kind]);
        button->setText(kindText(AllocKind(kind)) + "  " + bytesText(m_bytes.byKind[kind]));
        button->setToolTip(
            tr("%1. %2. Click to hide or show.")
                .arg(kindTip(AllocKind(kind)), bytesText(m_bytes.byKind[kind]) + " " + m_when));
        button->setAccessibleName(kindText(AllocKind(kind)));
    }
}

} // namespace orrery::memory
