// SPDX-License-Identifier: Apache-2.0
//
// Everything that the user should know about the model, its compilation and its runs.
#include "views/models/tables.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"
#include "views/panels/table_view.h"

#include <QPainter>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using models::ProblemRow;

// A disc with a sign, so that colour is not the only difference.
QIcon severityIcon(Severity severity, const theme::Theme& theme)
{
    using theme::Role;
    const QColor color = theme.color(severity == Severity::Error     ? Role::Error
                                     : severity == Severity::Warning ? Role::Warning
                                                                     : Role::Info);
    const QString sign = severity == Severity::Error ? "×" : severity == Severity::Warning ? "!" : "i";
    QPixmap pixmap(48, 48);
    pixmap.setDevicePixelRatio(3);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawEllipse(QRectF(1, 1, 14, 14));
    QFont font = theme.font(theme::FontRole::Small);
    font.setBold(true);
    painter.setFont(font);
    painter.setPen(theme::Theme::textOn(color));
    painter.drawText(QRectF(1, 1, 14, 14), Qt::AlignCenter, sign);
    return QIcon(pixmap);
}

class ProblemsPanel final : public Panel {
public:
    ProblemsPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_model(models::problemColumns(), [](const ProblemRow& row) { return quint64(row.index); })
    {
        m_model.setIcon([this](const ProblemRow& row) { return m_icons[std::size_t(row.problem.severity)]; });
        m_table = new TableView(this);
        m_table->setObjectName("problems");
        m_table->setRowModel(&m_model);
        m_table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
        m_stack = new ContentOrEmpty(m_table, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);
        connect(m_table, &TableView::rowChosen, this, [this](int row) {
            const Problem problem = m_model.row(row).problem;
            if (problem.nodeId.valid())
                focus().select(document::GraphStage::Dataflow, problem.nodeId.value);
            if (const auto* finding = this->document().findingOf(problem); finding && !finding->range.empty())
                focus().setRange(finding->range);
        });
        connect(&this->document(), &document::Document::problemsChanged, this, [this] { refresh(); });
        connect(&this->document(), &document::Document::contentChanged, this, [this] { refresh(); });
        themeChanged();
        refresh();
    }

private:
    void themeChanged() override
    {
        for (auto severity : {Severity::Info, Severity::Warning, Severity::Error})
            m_icons[std::size_t(severity)] = severityIcon(severity, theme());
        m_table->setTheme(theme());
        m_stack->setTheme(theme());
    }

    void refresh()
    {
        std::vector<ProblemRow> rows;
        for (const Problem& problem : document().problems()) {
            const document::RunFinding* finding = document().findingOf(problem);
            rows.push_back({rows.size(), problem, finding ? models::shown(finding->rate) : QString()});
        }
        const bool none = rows.empty();
        m_model.setRows(std::move(rows));
        if (!none)
            m_stack->showContent();
        else if (document().content() == document::Content::Nothing)
            m_stack->showEmpty(tr("No problems"), tr("A model that you open is checked without running it."));
        else
            m_stack->showEmpty(tr("No problems found"),
                               tr("Types, shapes and structure hold. Problems of compiling and running "
                                  "appear here too."));
    }

    models::RowTableModel<ProblemRow> m_model;
    std::array<QIcon, 3> m_icons;
    TableView* m_table;
    ContentOrEmpty* m_stack;
};

} // namespace

PanelSpec problems()
{
    return {
        .id = "problems",
        .title = "Problems",
        .toolTip = "What is wrong or remarkable, and what to do about it",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new ProblemsPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
