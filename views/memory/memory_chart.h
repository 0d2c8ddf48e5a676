#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// MemoryChart: live bytes over time, stacked by kind. Where a pixel column covers many events it shows its
// highest moment, and paler what was above its lowest. The peak is marked with its node; P goes to it,
// `.` and `,` go to the next and previous moment of the shown columns at which the total changes.

#include "trace_db/queries/memory_curve.h"
#include "views/memory/kind_style.h"
#include "views/memory/memory_facts.h"
#include "views/memory/time_plot.h"

namespace orrery::memory {

class MemoryChart : public TimePlot {
    Q_OBJECT

public:
    using Columns = std::vector<trace_db::memory_curve::Row>;

    MemoryChart(const theme::Theme& theme, QWidget* parent);

    void setFacts(std::shared_ptr<const MemoryFacts> facts);
    // What the columns of `range` hold; painted where they belong, also while the view has moved on.
    void setColumns(Columns columns, TimeRange range);
    const Columns& columns() const { return m_columns; }
    void setKinds(const KindSet& kinds);
    const KindSet& kinds() const { return m_kinds; }
    int wantedColumns() const; // one per device pixel
    double top() const { return m_top; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void hovered(std::optional<QPointF> at) override;

private:
    std::int64_t shownTotal(const trace_db::LiveBytes& live) const;
    void rescale();
    void paintColumns(QPainter& painter) const;
    void paintPeak(QPainter& painter) const;
    void goToChange(int direction);
    const trace_db::memory_curve::Row* columnAt(double x) const;

    std::shared_ptr<const MemoryFacts> m_facts;
    Columns m_columns;
    TimeRange m_columnsRange;
    KindSet m_kinds = allKinds();
    double m_top = 1; // of the axis, bytes
};

} // namespace orrery::memory
