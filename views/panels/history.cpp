// SPDX-License-Identifier: Apache-2.0
//
// Every edit since the model was opened, the oldest first. A click goes to the model as it was after that
// edit; what comes later stays in the list, pale, until another edit takes its place.
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"

#include <QListWidget>
#include <QScopedValueRollback>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

class HistoryPanel final : public Panel {
public:
    HistoryPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_list(new QListWidget(this))
    {
        m_list->setObjectName("history");
        m_list->setFrameShape(QFrame::NoFrame);
        m_list->setUniformItemSizes(true);
        m_stack = new ContentOrEmpty(m_list, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);
        connect(m_list, &QListWidget::currentRowChanged, this, [this](int row) {
            if (!m_showing && row >= 0)
                editor().goTo(std::size_t(row));
        });
        connect(&editor(), &document::Editor::historyChanged, this, &HistoryPanel::refresh);
        connect(&this->document(), &document::Document::contentChanged, this, &HistoryPanel::refresh);
        themeChanged();
    }

private:
    document::Editor& editor() const { return document().editor(); }

    void themeChanged() override
    {
        m_stack->setTheme(theme());
        refresh();
    }

    void refresh()
    {
        if (editor().stepCount() == 0) {
            m_stack->showEmpty(tr("No edits"),
                               editor().canEdit()
                                   ? tr("What you change in the dataflow graph is listed here. Each step "
                                        "can be undone (Ctrl+Z) and done again (Ctrl+Shift+Z).")
                                   : tr("Open a model to edit it."));
            return;
        }
        const QScopedValueRollback showing(m_showing, true);
        const std::size_t count = editor().stepCount() + 1;
        while (std::size_t(m_list->count()) > count)
            delete m_list->takeItem(m_list->count() - 1);
        while (std::size_t(m_list->count()) < count)
            m_list->addItem(QString());
        for (std::size_t row = 0; row < count; ++row) {
            QListWidgetItem* item = m_list->item(int(row));
            QString text = row == 0 ? tr("Opened") : editor().stepName(row - 1);
            if (editor().isSavedAt(row) && row > 0)
                text += tr("  ·  saved");
            item->setText(text);
            const bool isAhead = row > editor().position();
            item->setForeground(theme().color(isAhead ? theme::Role::TextMuted : theme::Role::Text));
            item->setToolTip(isAhead ? tr("Undone; a click does it again")
                                     : tr("A click goes back to the model as it was then"));
        }
        m_list->setCurrentRow(int(editor().position()));
        m_list->scrollToItem(m_list->currentItem());
        m_stack->showContent();
    }

    QListWidget* m_list;
    ContentOrEmpty* m_stack;
    bool m_showing = false; // the list follows the editor
};

} // namespace

PanelSpec history()
{
    return {
        .id = "history",
        .title = "History",
        .toolTip = "The edits of this session",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new HistoryPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
