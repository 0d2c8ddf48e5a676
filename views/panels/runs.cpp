// SPDX-License-Identifier: Apache-2.0
//
// The runs that the trace holds; choosing one shows its measurements in every view.
#include "views/models/tables.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"
#include "views/panels/table_view.h"

#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using models::RunRow;

class RunsPanel final : public Panel {
public:
    RunsPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_model(models::runColumns(), [](const RunRow& row) { return quint64(row.run.run.value); })
    {
        m_table = new TableView(this);
        m_table->setObjectName("runs");
        m_table->setRowModel(&m_model);
        m_table->sortByColumn(0, Qt::DescendingOrder);
        m_stack = new ContentOrEmpty(m_table, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);
        connect(m_table, &TableView::rowChosen, this,
                [this](int row) { this->document().showRun(m_model.row(row).run.run); });
        connect(&this->document(), &document::Document::traceChanged, this, [this] { refresh(); });
        connect(&this->document(), &document::Document::contentChanged, this, [this] { refresh(); });
        themeChanged();
        refresh();
    }

private:
    void themeChanged() override
    {
        m_table->setTheme(theme());
        m_stack->setTheme(theme());
    }

    void refresh()
    {
        const auto trace = document().trace();
        std::vector<RunRow> rows;
        if (trace)
            for (const async::RunSummary& summary : trace->runs)
                rows.push_back(
                    {summary.run, summary.latency, trace->details && trace->details->id == summary.run.run});
        const bool none = rows.empty();
        m_model.setRows(std::move(rows));
        if (trace && trace->details)
            m_table->showRow(m_model.rowOfKey(trace->details->id.value));
        if (!none)
            m_stack->showContent();
        else if (document().content() == document::Content::Nothing)
            m_stack->showEmpty(tr("No runs"), tr("Open a model and run it, or open a recorded trace."));
        else
            m_stack->showEmpty(tr("No runs yet"), tr("Run the model once (Alt+F5) or profile it (Ctrl+F5). "
                                                     "Each run is kept here, to compare."));
    }

    models::RowTableModel<RunRow> m_model;
    TableView* m_table;
    ContentOrEmpty* m_stack;
};

} // namespace

PanelSpec runs()
{
    return {
        .id = "runs",
        .title = "Runs",
        .toolTip = "The recorded runs and their latency",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new RunsPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
