// SPDX-License-Identifier: Apache-2.0
//
// Where the time went: a sortable, filterable table of the nodes of the run that is shown.
#include "engine/base/text.h"
#include "views/models/tables.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"
#include "views/panels/table_view.h"
#include "views/projections/node_text.h"
#include "views/projections/search.h"

#include <QLineEdit>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using models::HotspotRow;

class HotspotsPanel final : public Panel {
public:
    HotspotsPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_model(models::hotspotColumns(), [](const HotspotRow& row) { return quint64(row.nodeId); })
    {
        auto* content = new QWidget(this);
        m_filter = new QLineEdit(content);
        m_filter->setPlaceholderText(tr("Filter by name, or type:Conv"));
        m_filter->setClearButtonEnabled(true);
        m_filter->setAccessibleName(tr("Filter hotspots"));
        m_summary = plainLabel({}, content);
        m_table = new TableView(content);
        m_table->setObjectName("hotspots");
        m_table->setRowModel(&m_model);
        m_table->sortByColumn(3, Qt::DescendingOrder);

        auto* bar = new QHBoxLayout;
        bar->setContentsMargins(8, 6, 8, 6);
        bar->setSpacing(12);
        bar->addWidget(m_filter, 1);
        bar->addWidget(m_summary, 2);
        auto* column = new QVBoxLayout(content);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        column->addLayout(bar);
        column->addWidget(m_table);
        m_stack = new ContentOrEmpty(content, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);

        connect(m_filter, &QLineEdit::textChanged, &focus(), &document::Focus::setFilter);
        connect(&focus(), &document::Focus::filterChanged, this, [this] { applyFilter(); });
        connect(m_table, &TableView::rowChosen, this, [this](int row) {
            const auto run = this->document().shownRun();
            if (run && run->graphs)
                focus().select(document::GraphStage::Compute,
                               std::uint64_t(m_model.row(row).nodeId - run->graphs->firstComputeId));
        });
        connect(&focus(), &document::Focus::currentChanged, this, [this] { followFocus(); });
        connect(&this->document(), &document::Document::traceChanged, this, [this] { refresh(); });
        connect(&this->document(), &document::Document::contentChanged, this, [this] { refresh(); });
        connect(&this->document(), &document::Document::activityChanged, this, [this] { refresh(); });
        themeChanged();
        refresh();
    }

private:
    void themeChanged() override
    {
        m_table->setTheme(theme());
        m_stack->setTheme(theme());
        m_summary->setFont(theme().font(theme::FontRole::Small));
        setColor(m_summary, theme().color(theme::Role::TextMuted));
    }

    void refresh()
    {
        const auto run = document().shownRun();
        if (run != m_run) {
            m_run = run;
            m_model.setRows(rowsOf(run));
            followFocus();
            summarise();
        }
        if (run && !run->hotspots.empty())
            m_stack->showContent();
        else if (run && !run->range.empty())
            m_stack->showEmpty(
                tr("Nothing ran in the selected range"),
                tr("It lasts %1. Choose another one in the timeline, or let go of it (Esc there).")
                    .arg(QString::fromStdString(formatDurationNs(std::int64_t(run->range.lengthNs())))));
        else if (document().activity() == document::Activity::Running)
            m_stack->showEmpty(tr("Measuring …"), tr("The first numbers appear after the warm-up."));
        else if (document().content() == document::Content::Nothing)
            m_stack->showEmpty(tr("No measurements"), tr("Open a model or a recorded trace."));
        else if (document().content() == document::Content::Trace)
            m_stack->showEmpty(tr("No measurements"),
                               tr("This run recorded no operators: its trace was written without events."));
        else
            m_stack->showEmpty(tr("Nothing measured yet"),
                               tr("Profile the model (Ctrl+F5) to see where its time goes."));
    }

    // With the operator as the graph shows it: "Conv + Relu" for a fused one.
    static std::vector<HotspotRow> rowsOf(const std::shared_ptr<const async::RunDetails>& run)
    {
        if (!run)
            return {};
        std::vector<HotspotRow> rows = run->hotspots;
        const graph::Graph* compute = run->graphs ? run->graphs->compute.get() : nullptr;
        for (HotspotRow& row : rows) {
            const NodeId id{std::size_t(compute ? row.nodeId - run->graphs->firstComputeId : 0)};
            if (compute && compute->contains(id))
                row.opType = projections::nodeTitle(compute->node(id));
        }
        return rows;
    }

    void summarise()
    {
        const auto* shown = document().trace() ? document().trace()->shown() : nullptr;
        if (shown == nullptr || shown->latency.steps == 0) {
            m_summary->clear();
            return;
        }
        double total = 0;
        for (const HotspotRow& row : m_run->hotspots)
            total += double(row.selfNs);
        auto ms = [](double ns) { return QString::number(ns / 1e6, 'f', ns < 1e7 ? 3 : 2) + " ms"; };
        if (!m_run->range.empty()) {
            m_summary->setText(
                tr("%1 nodes · %2 in the selected range of %3%4")
                    .arg(m_run->hotspots.size())
                    .arg(ms(total))
                    .arg(QString::fromStdString(formatDurationNs(std::int64_t(m_run->range.lengthNs()))))
                    .arg(m_run->onlyWarmUp ? tr(", which holds warm-up only") : QString()));
            return;
        }
        m_summary->setText(tr("%1 nodes · %2 per run, mean of %3 · median latency %4")
                               .arg(m_run->hotspots.size())
                               .arg(ms(total / double(shown->latency.steps)))
                               .arg(shown->latency.steps)
                               .arg(ms(shown->latency.medianNs)));
    }

    void applyFilter()
    {
        const std::string query = focus().filter().toStdString();
        if (m_filter->text() != focus().filter())
            m_filter->setText(focus().filter());
        if (query.empty())
            m_model.setFilter({});
        else
            m_model.setFilter(
                [query](const HotspotRow& row) { return projections::matches(query, row.key, row.opType); });
        followFocus();
    }

    void followFocus()
    {
        if (!m_run || !m_run->graphs)
            return;
        const auto keys =
            document().correspondence().keysIn(document::GraphStage::Compute, focus().current());
        m_table->showRow(keys.empty()
                             ? -1
                             : m_model.rowOfKey(keys.front() + std::uint64_t(m_run->graphs->firstComputeId)));
    }

    models::RowTableModel<HotspotRow> m_model;
    std::shared_ptr<const async::RunDetails> m_run;
    QLineEdit* m_filter;
    QLabel* m_summary;
    TableView* m_table;
    ContentOrEmpty* m_stack;
};

} // namespace

PanelSpec hotspots()
{
    return {
        .id = "hotspots",
        .title = "Hotspots",
        .toolTip = "Where the time goes, node by node",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new HotspotsPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
