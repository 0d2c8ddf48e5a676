// SPDX-License-Identifier: Apache-2.0
#include "views/panels/memory_time_page.h"

#include "views/memory/byte_scale.h"
#include "views/panels/empty_state.h"

#include <QHBoxLayout>
#include <QSplitter>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

namespace db = trace_db;
using memory::bytesText;
using models::AliveRow;

constexpr double weightsHideShare = 0.6; // of the peak

} // namespace

MemoryTimePage::MemoryTimePage(const theme::Theme& theme, QWidget* parent)
    : MemoryPage(parent)
    , m_chart(new memory::MemoryChart(theme, this))
    , m_legend(new memory::KindLegend(theme, this))
    , m_model(models::aliveColumns(), [](const AliveRow& row) { return quint64(row.row.buffer.buffer); })
    , m_table(new TableView(this))
    , m_title(plainLabel({}, this))
    , m_filter(new QLineEdit(this))
{
    m_table->setObjectName("aliveBuffers");
    m_table->setRowModel(&m_model);
    m_table->sortByColumn(1, Qt::DescendingOrder);
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setAccessibleName(tr("Filter what is alive"));
    m_filter->setMaximumWidth(160);
    m_curveTimer.setSingleShot(true);
    m_curveTimer.setInterval(12);

    auto* left = new QWidget;
    auto* leftColumn = new QVBoxLayout(left);
    leftColumn->setContentsMargins(0, 0, 0, 0);
    leftColumn->setSpacing(0);
    auto* legendRow = new QHBoxLayout;
    legendRow->setContentsMargins(8, 2, 8, 2);
    legendRow->addWidget(m_legend);
    leftColumn->addLayout(legendRow);
    leftColumn->addWidget(m_chart, 1);
    auto* right = new QWidget;
    auto* rightColumn = new QVBoxLayout(right);
    rightColumn->setContentsMargins(0, 0, 0, 0);
    rightColumn->setSpacing(0);
    auto* titleRow = new QHBoxLayout;
    titleRow->setContentsMargins(8, 3, 8, 3);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    titleRow->addWidget(m_title, 1);
    titleRow->addWidget(m_filter);
    rightColumn->addLayout(titleRow);
    rightColumn->addWidget(m_table, 1);
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->addWidget(left);
    splitter->addWidget(right);
    splitter->setChildrenCollapsible(false);
    splitter->setStretchFactor(0, 5);
    splitter->setStretchFactor(1, 4);
    splitter->setSizes({550, 450});
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(splitter);

    connect(&m_curveTimer, &QTimer::timeout, this, &MemoryTimePage::askForCurve);
    connect(m_chart, &memory::TimePlot::viewChanged, this, [this] {
        if (!m_curveTimer.isActive())
            m_curveTimer.start();
    });
    connect(m_chart, &memory::TimePlot::momentChosen, this, &MemoryPage::momentChosen);
    connect(m_chart, &memory::TimePlot::rangeChosen, this, &MemoryPage::rangeChosen);
    connect(m_legend, &memory::KindLegend::kindsChanged, this,
            [this] { m_chart->setKinds(m_legend->kinds()); });
    connect(m_filter, &QLineEdit::textChanged, this, [this] { applyFilter(); });
    connect(m_table, &TableView::rowChosen, this, [this](int row) {
        const db::LiveBuffer& buffer = m_model.row(row).row.buffer;
        emit nodeChosen(buffer.node, buffer.value);
    });
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& index) {
        emit valueActivated(m_model.row(index.row()).row.buffer.value);
    });
    setFocusProxy(m_chart);
    setTheme(theme);
}

void MemoryTimePage::setTheme(const theme::Theme& theme)
{
    m_chart->setTheme(theme);
    m_legend->setTheme(theme);
    m_table->setTheme(theme);
    m_title->setFont(theme.font(theme::FontRole::Small));
    setColor(m_title, theme.color(theme::Role::TextMuted));
}

void MemoryTimePage::factsChanged()
{
    m_chart->setFacts(facts());
    m_chart->setMoment({});
    m_chart->setRange({});
    m_curve.cancel();
    m_alive.cancel();
    m_model.setRows({});
    if (!facts())
        return;
    const db::LiveBytes& peak = facts()->index->peak.live;
    memory::KindSet& present = m_present;
    present = {};
    for (std::size_t kind = 0; kind < memory::allocKindCount; ++kind)
        for (const db::AllocChunkInfo& chunk : facts()->index->chunks)
            present[kind] = present[kind] || chunk.highest.live.byKind[kind] > 0;
    const auto native = std::size_t(db::AllocKind::Native), weights = std::size_t(db::AllocKind::Weight);
    present[native] = present[native] || !facts()->native.empty();
    for (const db::alive_at::Row& row : facts()->atPeak.rows)
        present[std::size_t(row.buffer.kind)] = true;
    memory::KindSet kinds = memory::allKinds();
    kinds[weights] = double(peak.byKind[weights]) < weightsHideShare * double(peak.total);
    m_legend->setPresent(present);
    m_legend->setKinds(kinds);
    m_chart->setKinds(kinds);
    showAlive(facts()->atPeak, facts()->index->peak.ts);
    askForCurve();
}

void MemoryTimePage::rangeChanged() { m_chart->setRange(range()); }

void MemoryTimePage::momentChanged()
{
    m_chart->setMoment(moment());
    askForAlive();
}

void MemoryTimePage::showEvent(QShowEvent* event)
{
    MemoryPage::showEvent(event);
    askForCurve();
}

void MemoryTimePage::askForCurve()
{
    if (!facts() || facts()->isEmpty() || !isVisible())
        return;
    // A column beyond each edge, so that a slow answer to a drag leaves no gap.
    const TimeRange shown = m_chart->axis().visible();
    m_curve.ask(
        facts()->path,
        [facts = facts(), shown, columns = std::size_t(m_chart->wantedColumns())](
            const db::TraceReader& reader) -> Result<memory::MemoryChart::Columns> {
            auto rows = TRY(db::memory_curve::run(reader, {facts->index, shown, columns}));
            for (db::memory_curve::Row& row : rows)
                row.highest.live.add(db::AllocKind::Native, facts->nativeAt(row.highest.ts));
            return rows;
        },
        [this, shown](Result<memory::MemoryChart::Columns> rows) {
            if (rows.ok()) {
                addPresent(*rows);
                m_chart->setColumns(rows.releaseValue(), shown);
            } else if (rows.error().code != ErrorCode::Cancelled)
                emit failed(QString::fromStdString(rows.error().text()));
        });
}

// What is drawn has a colour in the legend, also what was there at no peak.
void MemoryTimePage::addPresent(const memory::MemoryChart::Columns& columns)
{
    for (const db::memory_curve::Row& column : columns)
        for (std::size_t kind = 0; kind < memory::allocKindCount; ++kind)
            m_present[kind] = m_present[kind] || column.highest.live.byKind[kind] > 0;
    m_legend->setPresent(m_present);
}

void MemoryTimePage::askForAlive()
{
    if (!facts() || facts()->isEmpty())
        return;
    if (!moment())
        return showAlive(facts()->atPeak, facts()->index->peak.ts);
    m_alive.ask(
        facts()->path,
        [facts = facts(), ts = *moment()](const db::TraceReader& reader) {
            return db::alive_at::run(reader, {facts->index, facts->graph, ts});
        },
        [this, ts = *moment()](Result<db::alive_at::Answer> answer) {
            if (answer.ok())
                showAlive(*answer, ts);
            else if (answer.error().code != ErrorCode::Cancelled)
                emit failed(QString::fromStdString(answer.error().text()));
        });
}

void MemoryTimePage::showAlive(const db::alive_at::Answer& answer, std::int64_t ts)
{
    std::vector<AliveRow> rows;
    rows.reserve(answer.rows.size());
    const double largest = answer.rows.empty() ? 1 : std::max(1.0, double(answer.rows.front().buffer.bytes));
    for (const db::alive_at::Row& row : answer.rows) {
        AliveRow shown;
        shown.row = row;
        shown.value = row.buffer.value == db::noId ? tr("(scratch)") : facts()->valueText(row.buffer.value);
        shown.node = facts()->nodeText(row.buffer.node);
        shown.kind = memory::kindText(row.buffer.kind);
        shown.why = memory::reasonText(*facts(), row, ts);
        shown.share = double(row.buffer.bytes) / largest;
        shown.ageNs = ts - row.buffer.ts;
        shown.leftNs = row.isFreed ? row.freedTs - ts : -1;
        rows.push_back(std::move(shown));
    }
    const QString when =
        moment() ? tr("at %1").arg(QString::fromStdString(m_chart->axis().textAt(ts))) : tr("at the peak");
    const QString bytes = bytesText(answer.live.total);
    m_title->setText(rows.size() == 1 ? tr("Alive %1: %2 in one buffer").arg(when, bytes)
                                      : tr("Alive %1: %2 in %3 buffers").arg(when, bytes).arg(rows.size()));
    db::LiveBytes live = answer.live;
    live.add(db::AllocKind::Native, facts()->nativeAt(ts));
    m_legend->setBytes(live, when);
    m_model.setRows(std::move(rows));
    showNode(m_node);
}

void MemoryTimePage::applyFilter()
{
    const QString text = m_filter->text();
    if (text.isEmpty())
        m_model.setFilter({});
    else
        m_model.setFilter([text](const AliveRow& row) {
            for (const QString* field : {&row.value, &row.node, &row.kind, &row.why})
                if (field->contains(text, Qt::CaseInsensitive))
                    return true;
            return false;
        });
    showNode(m_node);
}

void MemoryTimePage::showNode(std::uint32_t node)
{
    m_node = node;
    const int now = m_table->currentIndex().row();
    if (node != db::noId && now >= 0 && now < m_model.rowCount() && m_model.row(now).row.buffer.node == node)
        return;
    for (int row = 0; node != db::noId && row < m_model.rowCount(); ++row)
        if (m_model.row(row).row.buffer.node == node)
            return m_table->showRow(row);
    m_table->showRow(-1);
}

bool MemoryTimePage::isIdle() const { return !m_curveTimer.isActive() && !m_curve.busy() && !m_alive.busy(); }

} // namespace orrery::panels
