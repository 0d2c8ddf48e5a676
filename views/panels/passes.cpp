// SPDX-License-Identifier: Apache-2.0
//
// What the passes made of the dataflow graph, one row each.
#include "views/models/tables.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"
#include "views/panels/table_view.h"

#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using models::PassRow;

class PassesPanel final : public Panel {
public:
    PassesPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_model(models::passColumns(), [](const PassRow&) { return quint64(0); })
    {
        m_table = new TableView(this);
        m_table->setObjectName("passes");
        m_table->setRowModel(&m_model);
        m_table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
        m_stack = new ContentOrEmpty(m_table, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);
        connect(&this->document(), &document::Document::graphsChanged, this, [this] { refresh(); });
        connect(&this->document(), &document::Document::traceChanged, this, [this] { refresh(); });
        themeChanged();
        refresh();
    }

private:
    void themeChanged() override
    {
        m_table->setTheme(theme());
        m_stack->setTheme(theme());
    }

    void refresh()
    {
        std::vector<PassRow> rows = document().passes();
        const bool none = rows.empty();
        m_model.setRows(std::move(rows));
        if (!none)
            m_stack->showContent();
        else
            m_stack->showEmpty(tr("Not compiled yet"),
                               tr("Open the Compute view (Alt+2) to see what the passes make of the model."));
    }

    models::RowTableModel<PassRow> m_model;
    TableView* m_table;
    ContentOrEmpty* m_stack;
};

} // namespace

PanelSpec passes()
{
    return {
        .id = "passes",
        .title = "Passes",
        .toolTip = "How the compute graph was made",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new PassesPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
