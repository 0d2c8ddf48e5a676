#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// StepBars: one bar per step, of what is asked: peak, bytes allocated, allocations, bytes live at its end.
// Warm-up is paler. A click picks step A, Shift or Ctrl and a click step B; left and right move A, with Shift
// B. Where steps are narrower than a pixel, the largest of those under it is seen.

#include "trace_db/queries/alloc_index.h"
#include "views/theme/theme.h"

#include <QWidget>

#include <memory>

namespace orrery::memory {

enum class StepMeasure : std::uint8_t { Peak, Allocated, Count, LiveAtEnd };

std::int64_t measureOf(const trace_db::StepMemory& step, StepMeasure measure);

class StepBars : public QWidget {
    Q_OBJECT

public:
    StepBars(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void
    setIndex(std::shared_ptr<const trace_db::AllocIndex> index); // picks the first and last measured step
    void setMeasure(StepMeasure measure);
    void pick(int a, int b); // places in the index; emits picked()
    int a() const { return m_a; }
    int b() const { return m_b; }
    QRectF rectOf(int step) const;
    QSize sizeHint() const override { return {360, 160}; }

signals:
    void picked(int a, int b);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QRectF plot() const;
    int count() const { return m_index ? int(m_index->steps.size()) : 0; }
    int stepAt(double x) const;

    theme::Theme m_theme;
    std::shared_ptr<const trace_db::AllocIndex> m_index;
    StepMeasure m_measure = StepMeasure::Peak;
    double m_top = 1;
    int m_a = -1, m_b = -1;
};

} // namespace orrery::memory
