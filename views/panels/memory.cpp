// SPDX-License-Identifier: Apache-2.0
//
// Where every byte goes: live bytes over time and what is alive, the arena, the allocations, flame charts,
// steps side by side. The pages share the facts of the run that is shown, a moment and a range.
#include "views/memory/byte_scale.h"
#include "views/panels/empty_state.h"
#include "views/panels/memory_allocations_page.h"
#include "views/panels/memory_arena_page.h"
#include "views/panels/memory_flame_page.h"
#include "views/panels/memory_steps_page.h"
#include "views/panels/memory_time_page.h"
#include "views/panels/panel.h"

#include <QElapsedTimer>
#include <QHBoxLayout>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

namespace db = trace_db;

constexpr int refreshMs = 1000; // while a run grows

class MemoryPanel final : public Panel {
public:
    MemoryPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_tabs(new QTabBar)
        , m_pages(new QStackedWidget)
    {
        m_tabs->setObjectName("memoryViews");
        m_tabs->setDocumentMode(true);
        m_tabs->setDrawBase(false);
        m_tabs->setExpanding(false);
        addPage(new MemoryTimePage(theme, m_pages), tr("Over time"),
                tr("Live bytes by kind, and what is alive at a moment"));
        addPage(new MemoryArenaPage(theme, m_pages), tr("Arena"),
                tr("Addresses over time: how well the arena is used"));
        addPage(new MemoryAllocationsPage(theme, m_pages), tr("Allocations"),
                tr("Count, bytes and life of allocations, by node and value; temporary ones"));
        addPage(new MemoryFlamePage(theme, m_pages), tr("Flame chart"),
                tr("Bytes by scope of the graph, and by the calls that asked for them"));
        addPage(new MemoryStepsPage(theme, m_pages), tr("Steps"), tr("One step against another"));
        auto* content = new QWidget(this);
        auto* column = new QVBoxLayout(content);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        m_summary = plainLabel({}, content);
        m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        auto* bar = new QHBoxLayout;
        bar->setContentsMargins(8, 2, 8, 0);
        bar->setSpacing(16);
        bar->addWidget(m_tabs);
        bar->addWidget(m_summary, 1);
        column->addLayout(bar);
        column->addWidget(m_pages, 1);
        m_stack = new ContentOrEmpty(content, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);

        connect(m_tabs, &QTabBar::currentChanged, m_pages, &QStackedWidget::setCurrentIndex);
        connect(&focus(), &document::Focus::currentChanged, this, [this] { followFocus(); });
        connect(&focus(), &document::Focus::rangeChanged, this, [this] {
            for (MemoryPage* page : m_all)
                page->setRange(focus().range());
        });
        for (auto signal : {&document::Document::traceChanged, &document::Document::contentChanged,
                            &document::Document::activityChanged})
            connect(&this->document(), signal, this, [this] { refresh(); });
        m_later.setSingleShot(true);
        connect(&m_later, &QTimer::timeout, this, [this] { refresh(); });
        themeChanged();
        refresh();
    }

    bool isIdle() const override
    {
        if (m_read.busy() || m_later.isActive())
            return false;
        for (const MemoryPage* page : m_all)
            if (!page->isIdle())
                return false;
        return true;
    }

private:
    // Tells whether a run has other allocations than before.
    struct Known {
        std::string path;
        db::RunId run;
        std::int64_t allocations = 0;
        bool isRunning = false;
        friend bool operator==(const Known&, const Known&) = default;
    };

    void addPage(MemoryPage* page, const QString& title, const QString& toolTip)
    {
        m_tabs->setTabToolTip(m_tabs->addTab(title), toolTip);
        m_pages->addWidget(page);
        m_all.push_back(page);
        connect(page, &MemoryPage::momentChosen, this, [this](qint64 ts) {
            for (MemoryPage* other : m_all)
                other->setMoment(ts);
        });
        connect(page, &MemoryPage::rangeChosen, &focus(), &document::Focus::setRange);
        connect(page, &MemoryPage::nodeChosen, this,
                [this](quint32 node, quint32 value) { choose(node, value); });
        connect(page, &MemoryPage::valueActivated, this, [this](quint32 value) {
            if (value != db::noId)
                focus().inspect(ValueId(std::size_t(value)));
        });
        connect(page, &MemoryPage::failed, &this->document(), &document::Document::message);
    }

    void themeChanged() override
    {
        m_stack->setTheme(theme());
        m_summary->setFont(theme().font(theme::FontRole::Small));
        setColor(m_summary, theme().color(theme::Role::TextMuted));
        for (MemoryPage* page : m_all)
            page->setTheme(theme());
    }

    // The node that made it; of an input the input; of a weight the node that reads it first.
    void choose(std::uint32_t node, std::uint32_t value)
    {
        if (!m_facts)
            return;
        if (node == db::noId && value != db::noId) {
            const auto graph = document().stageGraph(document::GraphStage::Compute).graph;
            if (graph)
                for (std::size_t i = 0; i < graph->main().inputs.size(); ++i)
                    if (graph->main().inputs[i].value == value)
                        return focus().select(document::GraphStage::Compute, canvas::inputKey(i));
            if (const auto readers = m_facts->graph->readers(value); !readers.empty())
                node = readers.front();
        }
        if (node != db::noId)
            focus().select(document::GraphStage::Compute, node);
    }

    void followFocus()
    {
        const auto keys =
            document().correspondence().keysIn(document::GraphStage::Compute, focus().current());
        const bool isNode = !keys.empty() && keys.front() < canvas::inputKey(0);
        for (MemoryPage* page : m_all)
            page->showNode(isNode ? std::uint32_t(keys.front()) : db::noId);
    }

    void refresh()
    {
        const auto run = document().shownRun();
        const auto trace = document().trace();
        if (!run || !trace) {
            m_read.cancel();
            m_known = {};
            return setFacts(nullptr);
        }
        const async::RunSummary* shown = trace->shown();
        const Known now{trace->path, run->id, shown ? shown->run.allocEvents : 0,
                        !shown || shown->run.outcome.state == db::RunState::Running};
        if (now == m_known)
            return showState();
        const bool isGrowing = document().activity() == document::Activity::Running;
        if (isGrowing && m_facts && m_facts->run == run->id && m_sinceRead.isValid() &&
            m_sinceRead.elapsed() < refreshMs) {
            if (!m_later.isActive())
                m_later.start(refreshMs);
            return;
        }
        m_known = now;
        m_sinceRead.start();
        m_read.ask(
            trace->path,
            [id = run->id](const db::TraceReader& reader) { return memory::readMemoryFacts(reader, id); },
            [this](Result<std::shared_ptr<const MemoryFacts>> facts) {
                if (facts.ok())
                    setFacts(*facts);
                else if (facts.error().code != ErrorCode::Cancelled)
                    emit document().message(QString::fromStdString(facts.error().text()));
            });
        showState();
    }

    void setFacts(std::shared_ptr<const MemoryFacts> facts)
    {
        m_facts = facts && !facts->isEmpty() ? std::move(facts) : nullptr;
        for (MemoryPage* page : m_all) {
            page->setFacts(m_facts);
            page->setRange(focus().range());
        }
        showState();
        followFocus();
    }

    void showState()
    {
        if (m_facts) {
            m_stack->showContent();
            m_summary->setText(summary());
        } else if (m_read.busy()) {
            m_stack->showEmpty(tr("Reading …"), tr("What the run allocated is being read."));
        } else if (document().activity() == document::Activity::Running) {
            m_stack->showEmpty(tr("Measuring …"), tr("The first numbers appear after the warm-up."));
        } else if (document().content() == document::Content::Nothing) {
            m_stack->showEmpty(tr("No memory recorded"), tr("Open a model or a recorded trace."));
        } else if (document().shownRun()) {
            m_stack->showEmpty(tr("No memory recorded"),
                               tr("This run recorded no allocations: its trace was written without events. "
                                  "Profile the model again (Ctrl+F5)."));
        } else {
            m_stack->showEmpty(tr("Nothing recorded yet"),
                               tr("Profile the model (Ctrl+F5) to see where its memory goes."));
        }
    }

    QString summary() const
    {
        const db::AllocIndex& index = *m_facts->index;
        using memory::bytesText;
        QString line = tr("peak %1").arg(bytesText(index.peak.live.total));
        if (m_facts->plannedArenaBytes >= 0)
            line += tr(" · arena planned %1, used %2")
                        .arg(bytesText(m_facts->plannedArenaBytes), bytesText(index.arenaTopBytes));
        line += tr(" · live at the end %1").arg(bytesText(index.atEnd.total));
        if (m_facts->native.empty())
            line += tr(" · heap not watched (profile --heap nodes)");
        return line;
    }

    QTabBar* m_tabs;
    QStackedWidget* m_pages;
    QLabel* m_summary;
    ContentOrEmpty* m_stack;
    std::vector<MemoryPage*> m_all;
    Known m_known; // what was read, or is being read
    std::shared_ptr<const MemoryFacts> m_facts;
    QTimer m_later;
    QElapsedTimer m_sinceRead;
    async::TraceQuestion m_read; // last: its job ends first
};

} // namespace

PanelSpec memory()
{
    return {
        .id = "memory",
        .title = "Memory",
        .toolTip = "Where every byte goes, over time and by node",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new MemoryPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
