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
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

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
        connect(&focus(), &document::Focus::currentChanged, this, [this] { rebuild(Scroll::ToTop); });
        for (auto signal : {&document::Document::contentChanged, &document::Document::graphsChanged,
                            &document::Document::traceChanged, &document::Document::activityChanged})
            connect(&this->document(), signal, this, [this] { rebuild(Scroll::Keep); });
        themeChanged();
    }

private:
    enum class Scroll : std::uint8_t { Keep, ToTop };

    void themeChanged() override
    {
        m_stack->setTheme(theme());
        rebuild(Scroll::Keep);
    }

    void rebuild(Scroll scroll)
    {
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
