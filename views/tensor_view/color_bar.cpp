// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/color_bar.h"

#include "views/tensor_view/number_format.h"

#include <QCoreApplication>
#include <QPainter>

namespace orrery::tensor_view {

ColorBar::ColorBar(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize ColorBar::sizeHint() const { return {200, QFontMetrics(font()).height() + 4}; }

void ColorBar::setTheme(const theme::Theme& theme)
{
    setFont(theme.font(theme::FontRole::Small));
    m_text = theme.color(theme::Role::TextMuted);
    m_border = theme.color(theme::Role::Border);
    update();
}

void ColorBar::setScale(const ColorScale& scale, const ValueRange& range)
{
    m_scale = scale;
    m_range = range;
    const auto text = [](double value) {
        return QString::fromStdString(numberText(value, {Notation::General, 9}));
    };
    setToolTip(
        QCoreApplication::translate("ColorBar", "from %1 to %2").arg(text(range.low), text(range.high)));
    update();
}

void ColorBar::setBad(bool hasNan, bool hasInfinity)
{
    m_hasNan = hasNan;
    m_hasInfinity = hasInfinity;
    update();
}

void ColorBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setFont(font());
    const QFontMetrics metrics(font());
    int left = 0, right = width();
    const auto label = [&](const QString& text, int x) {
        painter.setPen(m_text);
        painter.drawText(QRect(x, 0, metrics.horizontalAdvance(text) + 2, height()), Qt::AlignVCenter, text);
    };
    const auto patch = [&](const QString& text, QRgb color) {
        right -= metrics.horizontalAdvance(text) + 2;
        label(text, right);
        right -= 14;
        painter.setPen(m_border);
        painter.setBrush(QColor(color));
        painter.drawRect(QRect(right, height() / 2 - 5, 9, 9));
        right -= 8;
    };
    if (m_hasInfinity)
        patch("Inf", m_scale.infinity());
    if (m_hasNan)
        patch("NaN", m_scale.nan());
    const QString low = QString::fromStdString(numberText(m_range.low, {Notation::General, 4}));
    const QString high = QString::fromStdString(numberText(m_range.high, {Notation::General, 4}));
    label(low, left);
    left += metrics.horizontalAdvance(low) + 7;
    right -= metrics.horizontalAdvance(high) + 3;
    label(high, right);
    right -= 7;
    const QRect bar(left, height() / 2 - 5, std::max(0, right - left), 10);
    for (int x = bar.left(); x <= bar.right(); ++x)
        painter.fillRect(x, bar.top(), 1, bar.height(),
                         QColor(m_scale.at(double(x - bar.left()) / std::max(1, bar.width() - 1))));
    painter.setPen(m_border);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(bar.adjusted(0, 0, -1, -1));
}

} // namespace orrery::tensor_view
