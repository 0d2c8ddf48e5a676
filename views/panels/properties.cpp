// SPDX-License-Identifier: Apache-2.0
//
// What is known of the selected node: operator, attributes, inputs and outputs with their types and makers,
// measurements of the run that is shown, and what it came from. Without a selection: of the model.
#include "views/panels/describe_model.h"
#include "views/panels/describe_node.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"

#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

constexpr int afterFrameMs = 20;

class PropertiesPanel final : public Panel {
public:
    PropertiesPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_scroll(new QScrollArea(this))
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
        m_later.setSingleShot(true);
        m_later.setInterval(afterFrameMs);
        connect(&m_later, &QTimer::timeout, this, [this] { rebuild(m_scrolling); });
        themeChanged();
    }

    bool isIdle() const override { return !m_later.isActive(); }

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

    void rebuild(Scroll scroll)
    {
        m_isStale = false;
        m_later.stop();
        auto* sheet = new PropertySheet(theme(), m_scroll);
        const document::CurrentNode& current = focus().current();
        const graph::Graph* graph = document().stageGraph(current.stage).graph.get();
        bool described = false;
        if (current.valid() && graph != nullptr)
            described = current.isNode() ? describeNode(*sheet, document(), theme(), current)
                                         : describeValue(*sheet, document(), theme(), current);
        if (!described)
            described = describeDocument(*sheet, document(), theme());
        if (!described) {
            delete sheet;
            showEmpty();
            return;
        }
        sheet->finish();
        const int at = scroll == Scroll::Keep ? m_scroll->verticalScrollBar()->value() : 0;
        m_scroll->setWidget(sheet);
        m_scroll->verticalScrollBar()->setValue(at);
        m_stack->showContent();
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
    QTimer m_later;
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
