#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Steps side by side: a bar for each, and what two of them allocated, node by node. The first measured step
// is compared with the last at first.

#include "views/memory/step_bars.h"
#include "views/models/memory_tables.h"
#include "views/panels/empty_state.h"
#include "views/panels/memory_page.h"
#include "views/panels/table_view.h"

#include <QCheckBox>
#include <QComboBox>

namespace orrery::panels {

class MemoryStepsPage final : public MemoryPage {
    Q_OBJECT

public:
    MemoryStepsPage(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme) override;
    void showNode(std::uint32_t node) override;
    bool isIdle() const override { return !m_question.busy(); }

private:
    void factsChanged() override;
    void rangeChanged() override {}
    void showEvent(QShowEvent* event) override;
    void ask();
    void applyFilter();

    memory::StepBars* m_bars;
    QComboBox* m_measure;
    models::RowTableModel<models::StepDifferenceRow> m_model;
    TableView* m_table;
    QLabel* m_text;
    QCheckBox* m_changed;
    ContentOrEmpty* m_stack;
    bool m_isStale = true;
    async::TraceQuestion m_question; // last: its job ends first
};

} // namespace orrery::panels
