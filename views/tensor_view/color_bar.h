#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ColorBar: what the colours of a heat map mean: the scale with the numbers at its ends, and patches for NaN
// and infinities where there are any.

#include "views/tensor_view/color_scale.h"

#include <QWidget>

namespace orrery::tensor_view {

class ColorBar : public QWidget {
public:
    explicit ColorBar(QWidget* parent);
    void setTheme(const theme::Theme& theme);
    void setScale(const ColorScale& scale, const ValueRange& range);
    void setBad(bool hasNan, bool hasInfinity);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    ColorScale m_scale;
    ValueRange m_range;
    bool m_hasNan = false, m_hasInfinity = false;
    QColor m_text, m_border;
};

} // namespace orrery::tensor_view
