// SPDX-License-Identifier: Apache-2.0
//
// What ran when: steps, threads with their ops, memory and counters on one time axis. Selection goes to and
// comes from Focus; a chosen stretch of time filters every view.
#include "engine/base/text.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"
#include "views/projections/node_text.h"
#include "views/timeline/timeline_view.h"

#include <QHBoxLayout>
#include <QToolButton>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using timeline::FoundOp;
using timeline::NodeLook;

QString duration(std::int64_t ns) { return QString::fromStdString(formatDurationNs(ns)); }

// The last parts of a scoped name: "Conv", "stage1/Conv" of "/backbone/stage1/Conv".
QString lastParts(const std::string& name, int parts)
{
    if (name.empty())
        return {};
    std::size_t from = name.size();
    for (; parts > 0 && from != std::string::npos && from > 0; --parts)
        from = name.find_last_of('/', from - 1);
    if (from == 0 || from == std::string::npos)
        return QString::fromStdString(displayText(from == 0 ? name.substr(1) : name, 80));
    return QString::fromStdString(displayText(std::string_view(name).substr(from + 1), 80));
}

class TimelinePanel final : public Panel {
public:
    TimelinePanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_source(new timeline::TimelineSource(this))
    {
        auto* content = new QWidget(this);
        m_view = new timeline::TimelineView(*m_source, content);
        m_view->setObjectName("timeline_view");
        makeStrip(content);
        auto* column = new QVBoxLayout(content);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        column->addWidget(m_view, 1);
        column->addWidget(m_strip);
        m_stack = new ContentOrEmpty(content, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);
        setFocusProxy(m_view);

        connect(m_source, &timeline::TimelineSource::dataChanged, this, [this] {
            updateStrip();
            if (m_source->data()->complete && this->document().activity() != document::Activity::Running)
                followFocus();
        });
        connect(m_source, &timeline::TimelineSource::failed, this, [this](const Error& error) {
            m_failure = QString::fromStdString(displayText(error.text(), 500));
            refresh();
        });
        connect(m_view, &timeline::TimelineView::selectionChanged, this, [this] { updateStrip(); });
        connect(m_view, &timeline::TimelineView::opChosen, this, [this](const FoundOp& op) { choose(op); });
        connect(m_view, &timeline::TimelineView::opActivated, this,
                [this](const FoundOp& op) { activate(op); });
        connect(m_view, &timeline::TimelineView::rangeChosen, &focus(), &document::Focus::setRange);
        connect(&focus(), &document::Focus::rangeChanged, this, [this] {
            m_view->setRange(focus().range());
            updateStrip();
        });
        connect(&focus(), &document::Focus::currentChanged, this, [this] { followFocus(); });
        for (auto signal : {&document::Document::traceChanged, &document::Document::contentChanged,
                            &document::Document::activityChanged})
            connect(&this->document(), signal, this, [this] { refresh(); });
        themeChanged();
        refresh();
    }

    bool isIdle() const override
    {
        // A dock behind another tab counts as visible, but nothing of it is painted.
        return !isVisible() ||
               (m_source->isIdle() && (m_view->visibleRegion().isEmpty() || m_view->isIdle()));
    }

private:
    void makeStrip(QWidget* parent)
    {
        m_strip = new QWidget(parent);
        m_what = plainLabel({}, m_strip);
        m_what->setTextInteractionFlags(Qt::TextSelectableByMouse);
        m_facts = plainLabel({}, m_strip);
        m_jump = new QToolButton(m_strip);
        m_jump->setText(tr("Show in graph"));
        m_jump->setToolTip(tr("Go to the node on the graph (Enter)"));
        m_rangeText = plainLabel({}, m_strip);
        m_clear = new QToolButton(m_strip);
        m_clear->setText(tr("Whole run"));
        m_clear->setToolTip(tr("Let go of the selected range (Esc)"));
        auto* row = new QHBoxLayout(m_strip);
        row->setContentsMargins(12, 3, 8, 3);
        row->setSpacing(12);
        row->addWidget(m_what);
        row->addWidget(m_facts);
        row->addWidget(m_jump);
        row->addStretch(1);
        row->addWidget(m_rangeText);
        row->addWidget(m_clear);
        connect(m_jump, &QToolButton::clicked, this, [this] {
            if (m_view->selected())
                activate(*m_view->selected());
        });
        connect(m_clear, &QToolButton::clicked, this, [this] { focus().setRange({}); });
    }

    void themeChanged() override
    {
        m_stack->setTheme(theme());
        m_view->setTheme(theme());
        for (QLabel* label : {m_facts, m_rangeText}) {
            label->setFont(theme().font(theme::FontRole::Small));
            setColor(label, theme().color(theme::Role::TextMuted));
        }
        for (QToolButton* button : {m_jump, m_clear})
            button->setStyleSheet(
                QStringLiteral("QToolButton { color: %1; }").arg(theme().color(theme::Role::Accent).name()));
        setColor(m_rangeText, theme().color(theme::Role::Accent));
        QFont name = theme().font(theme::FontRole::Body);
        name.setWeight(QFont::DemiBold);
        m_what->setFont(name);
        setNodes();
    }

    void showEvent(QShowEvent* event) override
    {
        Panel::showEvent(event);
        refresh();
        followFocus();
    }

    void refresh()
    {
        const auto run = document().shownRun();
        const auto* summary = document().trace() ? document().trace()->shown() : nullptr;
        if (run && summary && summary->run.info.recording == trace_db::Recording::Off) {
            m_stack->showEmpty(tr("This run recorded no events"),
                               tr("It was profiled without recording: only its latency is known. Profile the "
                                  "model again (Ctrl+F5) to see what ran when."));
            return;
        }
        if (run && !m_failure.isEmpty() && run == m_run) {
            m_stack->showEmpty(tr("The timeline could not be read"), m_failure);
            return;
        }
        if (!run) {
            m_run.reset();
            m_source->clear();
            if (document().activity() == document::Activity::Running)
                m_stack->showEmpty(tr("Measuring …"), tr("The first steps appear in a moment."));
            else if (document().content() == document::Content::Nothing)
                m_stack->showEmpty(tr("No timeline"), tr("Open a model or a recorded trace."));
            else
                m_stack->showEmpty(tr("Nothing recorded yet"),
                                   tr("Profile the model (Ctrl+F5) to see what ran when, op by op."));
            return;
        }
        m_stack->showContent();
        // Read only when somebody looks, and not again for other numbers of the same events.
        if (!isVisible() || run == m_run)
            return;
        const bool sameEvents = m_run && m_run->id == run->id && m_run->range != run->range &&
                                m_opEvents == summary->run.opEvents;
        const bool sameGraph = m_run && m_run->graphs == run->graphs;
        m_run = run;
        m_failure.clear();
        if (!sameGraph)
            setNodes();
        if (sameEvents)
            return;
        m_opEvents = summary ? summary->run.opEvents : 0;
        m_source->load(document().tracePath().toStdString(), run->id);
        m_view->setRange(focus().range());
        followFocus();
    }

    void setNodes()
    {
        std::vector<NodeLook> nodes;
        if (const graph::Graph* compute = m_run && m_run->graphs ? m_run->graphs->compute.get() : nullptr) {
            nodes.resize(compute->nodeSlots());
            for (std::size_t i = 0; i < nodes.size(); ++i) {
                if (!compute->contains(NodeId(i)))
                    continue;
                const graph::Node& node = compute->node(NodeId(i));
                const std::string type = projections::nodeTitle(node);
                NodeLook& look = nodes[i];
                look.name = lastParts(node.name, 1);
                look.scoped = lastParts(node.name, 2);
                look.full = QString::fromStdString(displayText(node.name, 300));
                look.type = QString::fromStdString(type);
                look.color = theme().category(theme::categoryOfOpType(type)).rgb();
                if (nodes[i].name.isEmpty())
                    nodes[i].name = nodes[i].type;
            }
        }
        m_view->setNodes(std::move(nodes));
    }

    void choose(const FoundOp& op)
    {
        if (op.event.node != trace_db::noId && op.lane.kind == timeline::OpKind::Op)
            focus().select(document::GraphStage::Compute, op.event.node);
    }

    void activate(const FoundOp& op)
    {
        choose(op);
        focus().reveal();
    }

    void followFocus()
    {
        if (!m_run || !m_run->graphs || !isVisible())
            return;
        std::vector<std::uint32_t> nodes;
        for (const std::uint64_t key :
             document().correspondence().keysIn(document::GraphStage::Compute, focus().current()))
            if (key < canvas::inputKey(0))
                nodes.push_back(std::uint32_t(key));
        m_source->locate(std::move(nodes));
    }

    void updateStrip()
    {
        const auto& op = m_view->selected();
        const auto now = m_source->data();
        m_what->setVisible(op || m_view->selectedStep() != nullptr);
        m_jump->setVisible(op.has_value() && op->lane.kind == timeline::OpKind::Op);
        auto since = [&](std::int64_t ts, std::int64_t dur) {
            return QString::fromStdString(
                timeline::timeText(m_view->axis().offsetOf(ts), std::max<double>(double(dur) / 100, 1000)));
        };
        if (op && now) {
            const graph::Graph* compute = m_run && m_run->graphs ? m_run->graphs->compute.get() : nullptr;
            QString name = tr("Waiting for the recorder"), type;
            if (op->lane.kind == timeline::OpKind::Op) {
                name = tr("Unknown node");
                if (compute != nullptr && compute->contains(NodeId(op->event.node))) {
                    const graph::Node& node = compute->node(NodeId(op->event.node));
                    name = QString::fromStdString(displayText(node.name, 120));
                    type = QString::fromStdString(projections::nodeTitle(node));
                }
            }
            m_what->setText(type.isEmpty() ? name : name.isEmpty() ? type : type + "  " + name);
            QString facts = duration(op->event.dur);
            if (op->selfNs >= 0 && op->selfNs != op->event.dur)
                facts += tr(" (self %1)").arg(duration(op->selfNs));
            facts += tr("  ·  starts at %1  ·  step %2  ·  thread %3")
                         .arg(since(op->event.ts, op->event.dur))
                         .arg(op->event.step)
                         .arg(op->lane.thread);
            m_facts->setText(facts);
        } else if (const timeline::SpanNode* step = m_view->selectedStep(); step != nullptr && now) {
            m_what->setText((step->flags & timeline::warmUpFlag) ? tr("Warm-up step %1").arg(step->top)
                                                                 : tr("Step %1").arg(step->top));
            m_facts->setText(
                tr("%1  ·  starts at %2").arg(duration(step->topNs), since(step->topBegin, step->topNs)));
        } else {
            m_what->clear();
            m_facts->setText(hint());
        }
        const auto& range = focus().range();
        m_rangeText->setVisible(!range.empty());
        m_clear->setVisible(!range.empty());
        if (!range.empty())
            m_rangeText->setText(
                tr("Selected range: %1").arg(duration(std::int64_t(std::min(range.lengthNs(), 9e18)))));
    }

    QString hint() const
    {
        const auto now = m_source->data();
        if (now && !now->complete && now->opEvents > 0)
            return tr("Reading events: %1 of %2")
                .arg(QLocale().toString(qlonglong(now->eventsRead)),
                     QLocale().toString(qlonglong(now->opEvents)));
        QString text =
            tr("W S zoom · A D pan · drag the ruler for a range · F fit · . , next and previous op · M mark");
        if (now && now->lostChunks > 0)
            text = tr("%1 chunks of events are damaged and missing here  ·  ").arg(now->lostChunks) + text;
        return text;
    }

    timeline::TimelineSource* m_source;
    timeline::TimelineView* m_view;
    std::shared_ptr<const async::RunDetails> m_run;
    std::int64_t m_opEvents = 0;
    QString m_failure;
    QWidget* m_strip;
    QLabel *m_what, *m_facts, *m_rangeText;
    QToolButton *m_jump, *m_clear;
    ContentOrEmpty* m_stack;
};

} // namespace

PanelSpec timeline()
{
    return {
        .id = "timeline",
        .title = "Timeline",
        .toolTip = "What ran when: steps, ops by thread, memory and counters on one time axis",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new TimelinePanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
