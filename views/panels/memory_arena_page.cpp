// SPDX-License-Identifier: Apache-2.0
#include "views/panels/memory_arena_page.h"

#include "views/memory/byte_scale.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

namespace db = trace_db;
using memory::bytesText;

constexpr std::size_t boxesMaximum = 30'000;

} // namespace

MemoryArenaPage::MemoryArenaPage(const theme::Theme& theme, QWidget* parent)
    : MemoryPage(parent)
    , m_color(new QComboBox)
    , m_text(plainLabel({}, nullptr))
{
    auto* content = new QWidget;
    m_map = new memory::ArenaMap(theme, content);
    m_color->addItems({tr("Colour by operator"), tr("Colour by kind")});
    m_color->setAccessibleName(tr("Colour of the boxes"));
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(8, 3, 8, 3);
    bar->addWidget(m_text, 1);
    bar->addWidget(m_color);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(bar);
    column->addWidget(m_map, 1);
    m_stack = new ContentOrEmpty(content, this);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_stack);
    m_timer.setSingleShot(true);
    m_timer.setInterval(12);

    connect(&m_timer, &QTimer::timeout, this, &MemoryArenaPage::ask);
    connect(m_map, &memory::TimePlot::viewChanged, this, [this] {
        if (!m_timer.isActive())
            m_timer.start();
    });
    connect(m_map, &memory::TimePlot::momentChosen, this, &MemoryPage::momentChosen);
    connect(m_map, &memory::TimePlot::rangeChosen, this, &MemoryPage::rangeChosen);
    connect(m_map, &memory::ArenaMap::boxChosen, this, &MemoryPage::nodeChosen);
    connect(m_color, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_map->setBoxColor(index == 0 ? memory::BoxColor::Operator : memory::BoxColor::Kind);
    });
    setFocusProxy(m_map);
    setTheme(theme);
}

void MemoryArenaPage::setTheme(const theme::Theme& theme)
{
    m_map->setTheme(theme);
    m_stack->setTheme(theme);
    m_text->setFont(theme.font(theme::FontRole::Small));
    setColor(m_text, theme.color(theme::Role::TextMuted));
}

void MemoryArenaPage::factsChanged()
{
    m_boxes.cancel();
    m_asked = {};
    m_map->setFacts(facts());
    m_map->setMoment({});
    m_map->setRange({});
    if (!facts())
        return;
    if (facts()->index->arenaTopBytes == 0)
        return m_stack->showEmpty(tr("Nothing lay in an arena"),
                                  tr("No value of this run had a shape that was known before it ran, so all "
                                     "were allocated one by one. See “Over time” and “Allocations”."));
    m_stack->showContent();
    const std::int64_t peak = facts()->index->arenaPeak.ts;
    const db::StepMemory* step = facts()->index->stepAt(peak);
    for (const db::StepMemory& other : facts()->index->steps) // the first measured one shows what all are
        if (other.kind == db::StepKind::Measured && other.peakBytes > 0) {
            step = &other;
            break;
        }
    if (step != nullptr)
        m_map->show({step->begin, step->end});
    ask();
}

void MemoryArenaPage::rangeChanged()
{
    m_map->setRange(range());
    if (!range().empty())
        m_map->show(range());
}

void MemoryArenaPage::momentChanged()
{
    m_map->setMoment(moment());
    say();
}

void MemoryArenaPage::showEvent(QShowEvent* event)
{
    MemoryPage::showEvent(event);
    ask();
}

void MemoryArenaPage::ask()
{
    const TimeRange shown = m_map->axis().visible();
    if (!facts() || facts()->isEmpty() || !isVisible() || shown == m_asked)
        return;
    m_asked = shown;
    m_boxes.ask(
        facts()->path,
        [facts = facts(), shown](const db::TraceReader& reader) {
            return db::arena_boxes::run(reader, {facts->index, shown, boxesMaximum});
        },
        [this](Result<db::arena_boxes::Answer> answer) {
            if (answer.ok()) {
                m_map->setBoxes(answer.releaseValue());
                say();
            } else if (answer.error().code != ErrorCode::Cancelled) {
                emit failed(QString::fromStdString(answer.error().text()));
            }
        });
}

void MemoryArenaPage::say()
{
    if (!facts())
        return;
    const auto& answer = m_map->answer();
    if (answer.isCut)
        return m_text->setText(tr("More than %1 boxes: zoom in (W, or the wheel) to see all of them")
                                   .arg(QLocale().toString(qulonglong(answer.boxes.size()))));
    const bool isChosen = moment().has_value() && m_map->axis().visible().contains(*moment());
    const std::int64_t ts = isChosen ? *moment() : answer.fullest.ts;
    const memory::ArenaMap::Use use = m_map->useAt(ts);
    const double waste = use.extent > 0 ? 100 * (1 - double(use.bytes) / double(use.extent)) : 0;
    m_text->setText((isChosen ? tr("At %1") : tr("When fullest, at %1"))
                        .arg(QString::fromStdString(m_map->axis().textAt(ts))) +
                    tr(": %1 in use below address %2, %3 % of that lies in gaps (derived)")
                        .arg(bytesText(use.bytes), bytesText(use.extent))
                        .arg(waste, 0, 'f', 1));
}

} // namespace orrery::panels
