// SPDX-License-Identifier: Apache-2.0
#include "views/panels/memory_steps_page.h"

#include "views/memory/byte_scale.h"

#include <QHBoxLayout>
#include <QSplitter>
#include <QVBoxLayout>

#include <map>

namespace orrery::panels {
namespace {

namespace db = trace_db;
using memory::bytesText;
using memory::signedBytesText;
using models::StepDifferenceRow;

using Rows = std::vector<StepDifferenceRow>;

Result<Rows> differenceOf(const db::TraceReader& reader, const MemoryFacts& facts, const db::StepMemory& a,
                          const db::StepMemory& b)
{
    std::map<std::uint32_t, StepDifferenceRow> byNode;
    auto params = [&](const db::StepMemory& step) {
        db::allocation_totals::Params result;
        result.index = facts.index;
        result.graph = facts.graph;
        result.range = {step.begin, std::max(step.end, step.begin + 1)};
        return result;
    };
    for (const auto& row : TRY(db::allocation_totals::run(reader, params(a)))) {
        StepDifferenceRow& entry = byNode[row.node];
        entry.countA += row.count;
        entry.bytesA = db::addSaturated(entry.bytesA, row.bytes);
        entry.heldA = db::addSaturated(entry.heldA, row.heldBytes);
    }
    for (const auto& row : TRY(db::allocation_totals::run(reader, params(b)))) {
        StepDifferenceRow& entry = byNode[row.node];
        entry.countB += row.count;
        entry.bytesB = db::addSaturated(entry.bytesB, row.bytes);
        entry.heldB = db::addSaturated(entry.heldB, row.heldBytes);
    }
    Rows rows;
    for (auto& [node, row] : byNode) {
        row.node = node;
        row.name = facts.nodeText(node);
        row.opType = QString::fromStdString(facts.graph->node(node).opType);
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace

MemoryStepsPage::MemoryStepsPage(const theme::Theme& theme, QWidget* parent)
    : MemoryPage(parent)
    , m_measure(new QComboBox)
    , m_model(models::stepDifferenceColumns(), [](const StepDifferenceRow& row) { return quint64(row.node); })
    , m_text(plainLabel({}, nullptr))
    , m_changed(new QCheckBox(tr("Differences only")))
{
    auto* splitter = new QSplitter(Qt::Horizontal);
    auto* left = new QWidget;
    m_bars = new memory::StepBars(theme, left);
    m_measure->addItems({tr("Peak"), tr("Bytes allocated"), tr("Allocations"), tr("Live at the end")});
    m_measure->setAccessibleName(tr("What the bars show"));
    auto* hint = plainLabel(tr("Click: A · Shift-click: B"), left);
    hint->setObjectName("stepsHint");
    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(8, 3, 8, 3);
    bar->addWidget(m_measure);
    bar->addWidget(hint);
    bar->addStretch();
    auto* column = new QVBoxLayout(left);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(bar);
    column->addWidget(m_bars, 1);

    auto* right = new QWidget;
    m_table = new TableView(right);
    m_table->setObjectName("stepDifference");
    m_table->setRowModel(&m_model);
    m_table->sortByColumn(6, Qt::DescendingOrder);
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* rightBar = new QHBoxLayout;
    rightBar->setContentsMargins(8, 3, 8, 3);
    rightBar->addWidget(m_text, 1);
    rightBar->addWidget(m_changed);
    auto* rightColumn = new QVBoxLayout(right);
    rightColumn->setContentsMargins(0, 0, 0, 0);
    rightColumn->setSpacing(0);
    rightColumn->addLayout(rightBar);
    rightColumn->addWidget(m_table, 1);
    splitter->addWidget(left);
    splitter->addWidget(right);
    splitter->setChildrenCollapsible(false);
    splitter->setSizes({400, 600});
    m_stack = new ContentOrEmpty(splitter, this);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_stack);

    connect(m_measure, &QComboBox::currentIndexChanged, this,
            [this](int index) { m_bars->setMeasure(memory::StepMeasure(index)); });
    connect(m_bars, &memory::StepBars::picked, this, [this] {
        m_isStale = true;
        ask();
    });
    connect(m_changed, &QCheckBox::toggled, this, [this] { applyFilter(); });
    connect(m_table, &TableView::rowChosen, this,
            [this](int row) { emit nodeChosen(m_model.row(row).node, db::noId); });
    setFocusProxy(m_bars);
    setTheme(theme);
}

void MemoryStepsPage::setTheme(const theme::Theme& theme)
{
    m_bars->setTheme(theme);
    m_table->setTheme(theme);
    m_stack->setTheme(theme);
    for (QLabel* label : {m_text, findChild<QLabel*>("stepsHint")}) {
        label->setFont(theme.font(theme::FontRole::Small));
        setColor(label, theme.color(theme::Role::TextMuted));
    }
}

void MemoryStepsPage::factsChanged()
{
    m_question.cancel();
    m_model.setRows({});
    m_text->clear();
    m_bars->setIndex(facts() ? facts()->index : nullptr);
    if (facts() && facts()->index->steps.empty())
        m_stack->showEmpty(tr("No step has ended"),
                           tr("A step is one run of the model; its numbers are known when it ends."));
    else
        m_stack->showContent();
}

void MemoryStepsPage::showEvent(QShowEvent* event)
{
    MemoryPage::showEvent(event);
    ask();
}

void MemoryStepsPage::ask()
{
    if (!facts() || !isVisible() || !m_isStale || m_bars->a() < 0)
        return;
    m_isStale = false;
    const db::StepMemory a = facts()->index->steps[std::size_t(m_bars->a())];
    const db::StepMemory b = facts()->index->steps[std::size_t(m_bars->b())];
    m_text->setText(tr("B − A: peak %1 · allocated %2 · live at the end %3")
                        .arg(signedBytesText(b.peakBytes - a.peakBytes),
                             signedBytesText(b.allocatedBytes - a.allocatedBytes),
                             signedBytesText(b.liveBytes - a.liveBytes)));
    m_question.ask(
        facts()->path,
        [facts = facts(), a, b](const db::TraceReader& reader) { return differenceOf(reader, *facts, a, b); },
        [this](Result<Rows> rows) {
            if (rows.ok())
                m_model.setRows(rows.releaseValue());
            else if (rows.error().code != ErrorCode::Cancelled)
                emit failed(QString::fromStdString(rows.error().text()));
        });
}

void MemoryStepsPage::applyFilter()
{
    if (!m_changed->isChecked())
        return m_model.setFilter({});
    m_model.setFilter([](const StepDifferenceRow& row) {
        return row.countA != row.countB || row.bytesA != row.bytesB || row.heldA != row.heldB;
    });
}

void MemoryStepsPage::showNode(std::uint32_t node)
{
    m_table->showRow(node == db::noId ? -1 : m_model.rowOfKey(node));
}

} // namespace orrery::panels
