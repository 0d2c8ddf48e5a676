// SPDX-License-Identifier: Apache-2.0
//
// What is known of the selected node: operator, attributes, inputs and outputs with their types and makers,
// measurements of the run that is shown, and what it came from. Without a selection: of the model. Where the
// dataflow graph can be edited these are forms; a form that is replaced after a change hands on what was
// being typed.
#include "views/panels/describe_model.h"
#include "views/panels/describe_node.h"
#include "views/panels/empty_state.h"
#include "views/panels/graph_edits.h"
#include "views/panels/model_form.h"
#include "views/panels/node_form.h"
#include "views/panels/panel.h"
#include "views/panels/plan_form.h"
#include "views/panels/value_form.h"

#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>

#include <memory>
#include <optional>

namespace orrery::panels {
namespace {

constexpr int afterFrameMs = 20;

class PropertiesPanel final : public Panel {
public:
    PropertiesPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_scroll(new QScrollArea(this))
        , m_trial(document, this)
    {
        m_scroll->setFrameShape(QFrame::NoFrame);
        m_scroll->setWidgetResizable(true);
        m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        m_stack = new ContentOrEmpty(m_scroll, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);
        connect(&focus(), &document::Focus::currentChanged, this, [this] { later(Scroll::ToTop); });
        for (auto signal : {&document::Document::contentChanged, &document::Document::graphsChanged,
                            &document::Document::traceChanged, &document::Document::activityChanged})
            connect(&this->document(), signal, this, [this] { later(Scroll::Keep); });
        connect(&focus(), &document::Focus::projectionChanged, this, [this] { later(Scroll::Keep); });
        connect(&focus(), &document::Focus::alsoSelectedChanged, this, [this] { later(Scroll::Keep); });
        connect(&this->document(), &document::Document::planHintsChanged, this,
                [this] { later(Scroll::Keep); });
        connect(&m_trial, &PlanTrial::changed, this, [this] { later(Scroll::Keep); });
        connect(&this->document().debugger(), &document::DebugController::phaseChanged, this,
                [this] { later(Scroll::Keep); });
        connect(&this->document(), &QObject::destroyed, this, &PropertiesPanel::silence);
        m_later.setSingleShot(true);
        m_later.setInterval(afterFrameMs);
        connect(&m_later, &QTimer::timeout, this, [this] { rebuild(m_scrolling); });
        themeChanged();
    }

    bool isIdle() const override { return !m_later.isActive() && !m_trial.isBusy(); }

protected:
    void showEvent(QShowEvent* event) override
    {
        Panel::showEvent(event);
        if (m_isStale)
            rebuild(m_scrolling);
    }

private:
    enum class Scroll : std::uint8_t { Keep, ToTop };

    // The picture of the graph comes first, and a sheet that nobody sees costs nothing.
    void later(Scroll scroll)
    {
        if (scroll == Scroll::ToTop || !m_isStale)
            m_scrolling = scroll;
        m_isStale = true;
        if (isVisible())
            m_later.start();
    }

    void themeChanged() override
    {
        m_stack->setTheme(theme());
        rebuild(Scroll::Keep);
    }

    // A field that loses the cursor because it goes has nothing to say any more.
    void silence()
    {
        if (QWidget* before = m_scroll->widget())
            for (QWidget* child : before->findChildren<QWidget*>())
                child->blockSignals(true);
    }

    // The form of what is selected, or of the model; null where it cannot be edited.
    FormSheet* form(const document::CurrentNode& current)
    {
        if (const auto nodes = plannedNodes(document(), current); !nodes.empty())
            return planForm(current, nodes);
        auto& debugger = document().debugger();
        if (!document().editor().canEdit() || debugger.phase() != document::DebugController::Phase::Off)
            return nullptr;
        const bool isDataflow = current.valid() && current.stage == document::GraphStage::Dataflow;
        if (current.valid() && !(isDataflow && canEditGraph(document())))
            return nullptr;
        auto sheet = std::make_unique<FormSheet>(theme(), m_scroll);
        const bool isMade = !current.valid()   ? addModelForm(*sheet, document())
                            : current.isNode() ? addNodeForm(*sheet, document(), current)
                                               : addValueForm(*sheet, document(), current.key);
        if (!isMade && !(current.valid() && addModelForm(*sheet, document())))
            return nullptr;
        return sheet.release();
    }

    // What is known of the node, with what can be chosen of its plan.
    FormSheet* planForm(const document::CurrentNode& current, const std::vector<NodeId>& nodes)
    {
        auto sheet = std::make_unique<FormSheet>(theme(), m_scroll);
        const bool isDescribed = describeNode(*sheet, document(), theme(), current,
                                              [&] { addPlanForm(*sheet, document(), nodes, m_trial); });
        return isDescribed ? sheet.release() : nullptr;
    }

    PropertySheet* description(const document::CurrentNode& current)
    {
        auto sheet = std::make_unique<PropertySheet>(theme(), m_scroll);
        const graph::Graph* graph = document().stageGraph(current.stage).graph.get();
        bool described = false;
        if (current.valid() && graph != nullptr)
            described = current.isNode() ? describeNode(*sheet, document(), theme(), current)
                                         : describeValue(*sheet, document(), theme(), current);
        if (!described)
            described = describeDocument(*sheet, document(), theme());
        return described ? sheet.release() : nullptr;
    }

    void rebuild(Scroll scroll)
    {
        m_isStale = false;
        m_later.stop();
        const document::CurrentNode& current = focus().current();
        std::optional<FormState> state;
        if (const auto* before = dynamic_cast<FormSheet*>(m_scroll->widget()); before && current == m_shown)
            state = before->state();
        m_shown = current;
        FormSheet* made = form(current);
        PropertySheet* sheet = made ? made : description(current);
        silence();
        if (!sheet) {
            showEmpty();
            return;
        }
        sheet->finish();
        const int at = scroll == Scroll::Keep ? m_scroll->verticalScrollBar()->value() : 0;
        m_scroll->setWidget(sheet);
        m_stack->showContent();
        if (made && state)
            made->restore(*state);
        m_scroll->verticalScrollBar()->setValue(at);
    }

    void showEmpty()
    {
        if (document().activity() == document::Activity::Loading)
            m_stack->showEmpty(tr("Reading …"), {});
        else if (document().content() == document::Content::Nothing)
            m_stack->showEmpty(tr("Nothing selected"), tr("Open a model, then click a node."));
        else
            m_stack->showEmpty(tr("Nothing to show"), tr("The file could not be read; see Problems."));
    }

    QScrollArea* m_scroll;
    ContentOrEmpty* m_stack;
    PlanTrial m_trial;
    QTimer m_later;
    document::CurrentNode m_shown;
    Scroll m_scrolling = Scroll::ToTop; // of the rebuilding to come
    bool m_isStale = false;
};

} // namespace

PanelSpec properties()
{
    return {
        .id = "properties",
        .title = "Properties",
        .toolTip = "All about the selected node",
        .area = Area::Right,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new PropertiesPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
