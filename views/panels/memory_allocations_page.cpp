// SPDX-License-Identifier: Apache-2.0
#include "views/panels/memory_allocations_page.h"

#include "views/memory/byte_scale.h"
#include "views/memory/kind_style.h"
#include "views/projections/search.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

namespace db = trace_db;
using memory::bytesText;
using models::AllocationRow;

quint64 keyOf(const AllocationRow& row)
{
    return (quint64(row.row.node) << 32 | row.row.value) ^ quint64(row.row.kind) << 60;
}

} // namespace

MemoryAllocationsPage::MemoryAllocationsPage(const theme::Theme& theme, QWidget* parent)
    : MemoryPage(parent)
    , m_model(models::allocationColumns(), keyOf)
    , m_table(new TableView(this))
    , m_filter(new QLineEdit(this))
    , m_temporary(new QCheckBox(tr("Temporary only"), this))
    , m_text(plainLabel({}, this))
{
    m_table->setObjectName("allocations");
    m_table->setRowModel(&m_model);
    m_table->sortByColumn(5, Qt::DescendingOrder);
    m_filter->setPlaceholderText(tr("Filter by node, value, kind, or type:Conv"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setAccessibleName(tr("Filter allocations"));
    m_temporary->setToolTip(
        tr("Work space, and outputs that nobody reads: given back by the call that asked"));
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(8, 3, 8, 3);
    bar->setSpacing(12);
    bar->addWidget(m_filter, 2);
    bar->addWidget(m_temporary);
    bar->addWidget(m_text, 3);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(bar);
    column->addWidget(m_table, 1);
    connect(m_filter, &QLineEdit::textChanged, this, [this] { applyFilter(); });
    connect(m_temporary, &QCheckBox::toggled, this, [this] { applyFilter(); });
    connect(m_table, &TableView::rowChosen, this,
            [this](int row) { emit nodeChosen(m_model.row(row).row.node, m_model.row(row).row.value); });
    connect(m_table, &QTableView::activated, this,
            [this](const QModelIndex& index) { emit valueActivated(m_model.row(index.row()).row.value); });
    setFocusProxy(m_filter);
    setTheme(theme);
}

void MemoryAllocationsPage::setTheme(const theme::Theme& theme)
{
    m_table->setTheme(theme);
    m_text->setFont(theme.font(theme::FontRole::Small));
    setColor(m_text, theme.color(theme::Role::TextMuted));
}

void MemoryAllocationsPage::factsChanged()
{
    m_totals.cancel();
    m_model.setRows({});
    m_isStale = true;
    ask();
}

void MemoryAllocationsPage::rangeChanged()
{
    m_isStale = true;
    ask();
}

void MemoryAllocationsPage::showEvent(QShowEvent* event)
{
    MemoryPage::showEvent(event);
    ask();
}

void MemoryAllocationsPage::ask()
{
    if (!facts() || !isVisible() || !m_isStale)
        return;
    m_isStale = false;
    m_totals.ask(
        facts()->path,
        [facts = facts(), range = range()](const db::TraceReader& reader) {
            return db::allocation_totals::run(reader, {facts->index, facts->graph, range});
        },
        [this](Result<std::vector<db::allocation_totals::Row>> rows) {
            if (rows.ok())
                show(*rows);
            else if (rows.error().code != ErrorCode::Cancelled)
                emit failed(QString::fromStdString(rows.error().text()));
        });
}

void MemoryAllocationsPage::show(const std::vector<db::allocation_totals::Row>& rows)
{
    std::vector<AllocationRow> shown;
    shown.reserve(rows.size());
    std::int64_t count = 0, bytes = 0, temporary = 0;
    const double largest = rows.empty() ? 1 : std::max(1.0, double(rows.front().bytes));
    for (const db::allocation_totals::Row& row : rows) {
        AllocationRow entry;
        entry.row = row;
        entry.node = facts()->nodeText(row.node);
        entry.value = row.value == db::noId ? tr("(scratch)") : facts()->valueText(row.value);
        entry.kind = memory::kindText(row.kind);
        entry.share = double(row.bytes) / largest;
        count += row.count;
        bytes = db::addSaturated(bytes, row.bytes);
        temporary = db::addSaturated(temporary, row.temporaryBytes);
        shown.push_back(std::move(entry));
    }
    m_text->setText((range().empty() ? tr("Whole run: ") : tr("In the range: ")) +
                    tr("%1 allocations of %2 · temporary %3")
                        .arg(QLocale().toString(qlonglong(count)), bytesText(bytes), bytesText(temporary)));
    m_model.setRows(std::move(shown));
    showNode(m_node);
}

void MemoryAllocationsPage::applyFilter()
{
    const QString text = m_filter->text();
    const bool temporaryOnly = m_temporary->isChecked();
    if (text.isEmpty() && !temporaryOnly) {
        m_model.setFilter({});
    } else {
        m_model.setFilter([text, query = text.toStdString(), temporaryOnly](const AllocationRow& row) {
            if (temporaryOnly && row.row.temporaryCount == 0)
                return false;
            return text.isEmpty() || projections::matches(query, row.row.nodeName, row.row.opType) ||
                   row.value.contains(text, Qt::CaseInsensitive) ||
                   row.kind.contains(text, Qt::CaseInsensitive);
        });
    }
    showNode(m_node);
}

void MemoryAllocationsPage::showNode(std::uint32_t node)
{
    m_node = node;
    const int now = m_table->currentIndex().row();
    if (node != db::noId && now >= 0 && now < m_model.rowCount() && m_model.row(now).row.node == node)
        return;
    for (int row = 0; node != db::noId && row < m_model.rowCount(); ++row)
        if (m_model.row(row).row.node == node)
            return m_table->showRow(row);
    m_table->showRow(-1);
}

} // namespace orrery::panels
