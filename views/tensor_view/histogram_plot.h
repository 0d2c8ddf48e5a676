#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// HistogramPlot: how often which numbers occur, counts linear or logarithmic; the bins that share a pixel are
// added up, and a bin with any element is at least one pixel high.

#include "views/tensor_view/subject.h"
#include "views/theme/theme.h"

#include <QWidget>

namespace orrery::tensor_view {

class HistogramPlot : public QWidget {
    Q_OBJECT

public:
    enum class Counts : std::uint8_t { Linear, Logarithmic };

    explicit HistogramPlot(QWidget* parent);
    void setTheme(const theme::Theme& theme);
    void setSubject(SubjectPointer subject);
    void setCounts(Counts counts);
    Counts counts() const { return m_counts; }
    QSize sizeHint() const override { return {240, 62}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override; // tool tip: the bin under the cursor

private:
    std::vector<std::int64_t> bars() const;
    QRect plot() const;

    theme::Theme m_theme;
    SubjectPointer m_subject;
    Counts m_counts = Counts::Linear;
};

} // namespace orrery::tensor_view
