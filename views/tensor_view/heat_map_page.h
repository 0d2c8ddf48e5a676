#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// HeatMapPage: a HeatMap with what goes around it: choice of colours and of their range, the colour bar, and
// the value under the cursor. A slice of one column lies down.

#include "views/tensor_view/color_bar.h"
#include "views/tensor_view/heat_map.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>

#include <functional>

namespace orrery::tensor_view {

class HeatMapPage : public QWidget {
    Q_OBJECT

public:
    explicit HeatMapPage(QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setContent(SubjectPointer subject, const SliceView& slice);
    void setRangeMode(RangeMode mode);
    void setScaleKind(ScaleKind kind); // instead of the one that fits the numbers
    void setCurrent(Cell cell);
    HeatMap& map() { return *m_map; }
    // The whole slice, as it is coloured now, at most largestSide pixels on each side. For any thread.
    std::function<QImage(std::stop_token)> picture() const;
    bool isBusy() const { return m_map->isBusy() || m_rangeTask.busy(); }

signals:
    void chosen(std::int64_t flat);

private:
    struct Colors {
        ColorScale scale;
        ValueRange range;
    };
    Colors colors() const;
    void updateColors();
    void showCell(std::optional<Cell> cell);
    ScaleKind scaleKind() const;

    theme::Theme m_theme;
    SubjectPointer m_subject;
    SliceView m_slice;
    std::optional<ValueRange> m_sliceRange; // of what is shown, or was a moment ago
    bool m_isTurned = false;
    HeatMap* m_map;
    ColorBar* m_bar;
    QComboBox *m_rangeBox, *m_scaleBox;
    QDoubleSpinBox* m_share;
    QLineEdit *m_low, *m_high;
    QLabel* m_reading;
    async::Task m_rangeTask;
};

} // namespace orrery::tensor_view
