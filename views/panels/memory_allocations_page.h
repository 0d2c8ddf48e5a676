#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// All allocations of the range, summed up by node, value and kind; sorted and filtered at will. A switch
// leaves only the temporary ones: what the very call that asked gave back.

#include "views/models/memory_tables.h"
#include "views/panels/empty_state.h"
#include "views/panels/memory_page.h"
#include "views/panels/table_view.h"

#include <QCheckBox>
#include <QLineEdit>

namespace orrery::panels {

class MemoryAllocationsPage final : public MemoryPage {
    Q_OBJECT

public:
    MemoryAllocationsPage(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme) override;
    void showNode(std::uint32_t node) override;
    bool isIdle() const override { return !m_totals.busy(); }

private:
    void factsChanged() override;
    void rangeChanged() override;
    void showEvent(QShowEvent* event) override;
    void ask();
    void show(const std::vector<trace_db::allocation_totals::Row>& rows);
    void applyFilter();

    models::RowTableModel<models::AllocationRow> m_model;
    TableView* m_table;
    QLineEdit* m_filter;
    QCheckBox* m_temporary;
    QLabel* m_text;
    std::uint32_t m_node = trace_db::noId;
    bool m_isStale = true;
    async::TraceQuestion m_totals; // last: its job ends first
};

} // namespace orrery::panels
