// SPDX-License-Identifier: Apache-2.0
//
// Everything that the user should know about the model, its compilation and its runs, with the edits that
// would take it away: the best beside the problem (a click, or Alt+Return, carries it out), all in its menu.
// They are looked for on a worker, for as many problems as somebody would read.
#include "engine/edit/fixes.h"
#include "views/models/tables.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"
#include "views/panels/table_view.h"

#include <QMenu>
#include <QPainter>
#include <QShortcut>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using models::ProblemColumn;
using models::ProblemRow;

constexpr std::size_t mostWithFixes = 100;

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
        connect(m_table, &QTableView::clicked, this, [this](const QModelIndex& at) {
            if (at.column() == int(ProblemColumn::Fix))
                apply(at.row(), 0);
        });
        m_table->setContextMenuPolicy(Qt::CustomContextMenu);
        connect(m_table, &QTableView::customContextMenuRequested, this, &ProblemsPanel::openMenu);
        auto* fixNow =
            new QShortcut(QKeySequence("Alt+Return"), m_table, nullptr, nullptr, Qt::WidgetShortcut);
        connect(fixNow, &QShortcut::activated, this, [this] { apply(m_table->currentIndex().row(), 0); });
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

    bool isIdle() const override { return !m_task.busy(); }

    using Fixes = std::vector<std::vector<edit::Fix>>; // by place in the document's list

    void refresh()
    {
        m_fixes.clear();
        m_fixesOf = document().model();
        m_task.cancel();
        showRows();
        if (!document().editor().canEdit() || !m_fixesOf || document().problems().empty())
            return;
        std::vector<Problem> problems = document().problems();
        problems.resize(std::min(problems.size(), mostWithFixes));
        m_task.submit(
            [loaded = m_fixesOf, problems = std::move(problems)](std::stop_token stop) {
                Fixes fixes;
                for (const Problem& problem : problems) {
                    if (stop.stop_requested())
                        break;
                    fixes.push_back(edit::fixesFor(*loaded->model, *loaded->dataflow,
                                                   ops::OpRegistry::builtin(), problem));
                }
                return fixes;
            },
            [this](Fixes fixes) {
                m_fixes = std::move(fixes);
                showRows();
            });
    }

    const std::vector<edit::Fix>& fixesAt(int row) const
    {
        static const std::vector<edit::Fix> none;
        // What was made for another state of the model does not count.
        if (row < 0 || row >= m_model.rowCount() || m_fixesOf != document().model())
            return none;
        const std::size_t index = m_model.row(row).index;
        return index < m_fixes.size() ? m_fixes[index] : none;
    }

    void apply(int row, std::size_t which)
    {
        if (which < fixesAt(row).size()) {
            const graph::Edit chosen = fixesAt(row)[which].edit; // the list goes with the edit
            document().editor().apply(chosen);
        }
    }

    void openMenu(const QPoint& at)
    {
        const int row = m_table->indexAt(at).row();
        const auto& fixes = fixesAt(row);
        if (fixes.empty())
            return;
        QMenu menu(this);
        for (std::size_t i = 0; i < fixes.size(); ++i)
            menu.addAction(models::shown(fixes[i].title), this, [this, row, i] { apply(row, i); });
        menu.exec(m_table->viewport()->mapToGlobal(at));
    }

    void showRows()
    {
        bool hasRates = false, hasFixes = false;
        std::vector<ProblemRow> rows;
        for (const Problem& problem : document().problems()) {
            const document::RunFinding* finding = document().findingOf(problem);
            const bool isFixable = rows.size() < m_fixes.size() && !m_fixes[rows.size()].empty();
            rows.push_back({rows.size(), problem, finding ? models::shown(finding->rate) : QString(),
                            isFixable ? models::shown(m_fixes[rows.size()].front().title) : QString()});
            hasRates = hasRates || !rows.back().rate.isEmpty();
            hasFixes = hasFixes || isFixable;
        }
        m_table->setColumnHidden(int(ProblemColumn::Rate), !hasRates);
        m_table->setColumnHidden(int(ProblemColumn::Fix), !hasFixes);
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
    std::shared_ptr<const document::LoadedModel> m_fixesOf;
    Fixes m_fixes;
    async::Task m_task;
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
