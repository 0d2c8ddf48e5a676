// SPDX-License-Identifier: Apache-2.0
//
// Two revisions of the model, node by node: what each takes in both, what came and what went. The same
// numbers are painted on the graph by the overlay "Change".
#include "engine/base/text.h"
#include "views/document/revisions.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"
#include "views/panels/table_view.h"

#include <QVBoxLayout>
#include <fmt/format.h>

namespace orrery::panels {
namespace {

using document::NodeChange;
using models::Align;
using models::Column;
using models::SortKey;

QString tr(const char* text) { return QCoreApplication::translate("ComparePanel", text); }
QString qstring(const std::string& text) { return QString::fromStdString(text); }

QString duration(std::int64_t ns) { return ns < 0 ? QString("–") : qstring(formatDurationNs(ns)); }

QString time(std::int64_t ns, const std::string& within)
{
    return within.empty() ? duration(ns) : tr("in %1").arg(qstring(displayText(within, 60)));
}

QString difference(std::int64_t ns)
{
    return ns < 0 ? "−" + qstring(formatDurationNs(-ns)) : "+" + qstring(formatDurationNs(ns));
}

QString stateText(NodeChange::State state)
{
    switch (state) {
    case NodeChange::State::Same:
        return tr("in both");
    case NodeChange::State::Added:
        return tr("added");
    case NodeChange::State::Removed:
        return tr("removed");
    }
    return {};
}

QString selfTimeTip()
{
    return tr("Self time of one run: the median of the node's recorded calls, times its calls in a run");
}

std::vector<Column<NodeChange>> columns()
{
    const auto number = [](const QString& title, const QString& tip, int width,
                           std::function<QString(const NodeChange&)> text,
                           std::function<double(const NodeChange&)> key) {
        Column<NodeChange> made{title, tip, Align::Right, std::move(text),
                                [key](const NodeChange& row) -> SortKey { return key(row); }};
        made.width = width;
        return made;
    };
    Column<NodeChange> node{tr("Node"),
                            tr("Its name, else the name of its first output"),
                            Align::Left,
                            [](const NodeChange& row) {
                                return qstring(displayText(row.name.empty() ? row.result : row.name, 200));
                            },
                            {}};
    Column<NodeChange> op{tr("Operator"),
                          {},
                          Align::Left,
                          [](const NodeChange& row) { return qstring(displayText(row.opType, 80)); },
                          {}};
    op.width = 16;
    Column<NodeChange> state{tr("In"),
                             tr("Whether both revisions have it"),
                             Align::Left,
                             [](const NodeChange& row) { return stateText(row.state); },
                             {}};
    state.width = 10;
    return {
        node,
        op,
        state,
        number(
            tr("Before"), selfTimeTip(), 12,
            [](const NodeChange& row) { return time(row.beforeNs, row.beforeWithin); },
            [](const NodeChange& row) { return double(row.beforeNs); }),
        number(
            tr("After"), selfTimeTip(), 12,
            [](const NodeChange& row) { return time(row.afterNs, row.afterWithin); },
            [](const NodeChange& row) { return double(row.afterNs); }),
        number(
            tr("Difference"), tr("After less before"), 12,
            [](const NodeChange& row) { return difference(row.differenceNs()); },
            [](const NodeChange& row) { return double(row.differenceNs()); }),
        number(
            tr("Ratio"), tr("After over before"), 8,
            [](const NodeChange& row) {
                return row.beforeNs > 0 && row.afterNs >= 0
                           ? qstring(fmt::format("{:.2f}", double(row.afterNs) / double(row.beforeNs)))
                           : QString();
            },
            [](const NodeChange& row) {
                return row.beforeNs > 0 && row.afterNs >= 0 ? double(row.afterNs) / double(row.beforeNs) : -1;
            }),
    };
}

class ComparePanel final : public Panel {
public:
    ComparePanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_model(columns(),
                  [](const NodeChange& row) { return quint64(std::hash<std::string>{}(row.result)); })
    {
        auto* content = new QWidget(this);
        m_summary = plainLabel({}, content);
        m_summary->setObjectName("compareSummary");
        m_summary->setWordWrap(true);
        m_table = new TableView(content);
        m_table->setObjectName("compare");
        m_table->setRowModel(&m_model);
        auto* column = new QVBoxLayout(content);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        m_summary->setContentsMargins(8, 6, 8, 6);
        column->addWidget(m_summary);
        column->addWidget(m_table, 1);
        m_stack = new ContentOrEmpty(content, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);
        connect(m_table, &TableView::rowChosen, this, [this](int row) { show(m_model.row(row)); });
        connect(&this->document().revisions(), &document::Revisions::comparisonChanged, this,
                [this] { refresh(); });
        connect(&focus(), &document::Focus::projectionChanged, this, [this] { refresh(); });
        themeChanged();
    }

private:
    void themeChanged() override
    {
        m_stack->setTheme(theme());
        m_table->setTheme(theme());
        setColor(m_summary, theme().color(theme::Role::TextMuted));
        refresh();
    }

    bool isCompute() const { return focus().projection() == "compute"; }

    void refresh()
    {
        const auto compared = document().revisions().comparison();
        if (!compared) {
            m_stack->showEmpty(
                tr("Nothing is compared"),
                tr("Turn on “Measure on edit” in the History panel, change the model, and compare "
                   "the model as it is with the original or with any other measured revision."));
            return;
        }
        const auto& rows = isCompute() ? compared->compute : compared->dataflow;
        m_model.setRows(rows);
        const double ratio =
            compared->beforeNs > 0 ? double(compared->afterNs) / double(compared->beforeNs) : 0;
        m_summary->setText(tr("“%1” takes %2, “%3” took %4: × %5. Source: %6.")
                               .arg(compared->afterName, duration(compared->afterNs), compared->beforeName,
                                    duration(compared->beforeNs), qstring(fmt::format("{:.3f}", ratio)),
                                    compared->source));
        m_stack->showContent();
    }

    // In the graph that is shown, when it has the node.
    void show(const NodeChange& change)
    {
        const auto stage = isCompute() ? document::GraphStage::Compute : document::GraphStage::Dataflow;
        const auto graph = document().stageGraph(stage).graph;
        if (!graph || change.state == NodeChange::State::Removed)
            return;
        for (NodeId node : graph->liveNodes())
            for (ValueId output : graph->node(node).outputs)
                if (output.valid() && graph->value(output).name == change.result)
                    return focus().select(stage, node.value);
    }

    models::RowTableModel<NodeChange> m_model;
    QLabel* m_summary;
    TableView* m_table;
    ContentOrEmpty* m_stack;
};

} // namespace

PanelSpec compare()
{
    return {
        .id = "compare",
        .title = "Compare",
        .toolTip = "Two revisions of the model, node by node",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new ComparePanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
