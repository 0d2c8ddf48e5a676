#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Live bytes over time by kind, and the list of what is alive at the moment that is chosen; at first, at the
// peak. Weights that are most of it are hidden at first, as the legend says, so that what changes is seen.

#include "views/memory/kind_legend.h"
#include "views/memory/memory_chart.h"
#include "views/models/memory_tables.h"
#include "views/panels/memory_page.h"
#include "views/panels/table_view.h"

#include <QLabel>
#include <QLineEdit>
#include <QTimer>

namespace orrery::panels {

class MemoryTimePage final : public MemoryPage {
    Q_OBJECT

public:
    MemoryTimePage(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme) override;
    void showNode(std::uint32_t node) override;
    bool isIdle() const override;

private:
    void factsChanged() override;
    void rangeChanged() override;
    void momentChanged() override;
    void askForCurve();
    void addPresent(const memory::MemoryChart::Columns& columns);
    void askForAlive();
    void showAlive(const trace_db::alive_at::Answer& answer, std::int64_t ts);
    void applyFilter();
    void showEvent(QShowEvent* event) override;

    memory::MemoryChart* m_chart;
    memory::KindLegend* m_legend;
    models::RowTableModel<models::AliveRow> m_model;
    TableView* m_table;
    QLabel* m_title;
    QLineEdit* m_filter;
    std::uint32_t m_node = trace_db::noId;
    QTimer m_curveTimer;                   // one question for many steps of a drag
    async::TraceQuestion m_curve, m_alive; // last: their jobs end first
    memory::KindSet m_present = {};        // kinds that there are
};

} // namespace orrery::panels
