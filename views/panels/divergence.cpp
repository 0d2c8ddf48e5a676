// SPDX-License-Identifier: Apache-2.0
//
// Where two runs of the model part: the nodes ranked by the error that they make themselves, beside the error
// that reaches them. Started here, cancelled here; runs in a runner of its own.
#include "engine/base/text.h"
#include "views/panels/debug_words.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"
#include "views/panels/table_view.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using document::DebugController;

struct DivergenceRow {
    NodeId node;
    QString name;
    debug::NodeError error;
    std::size_t order = 0; // of execution
    bool first = false;
};

QString figure(double value) { return QString::number(value, 'g', 3); }

std::vector<models::Column<DivergenceRow>> columns()
{
    using Row = DivergenceRow;
    using models::Align;
    auto tr = [](const char* text) { return QCoreApplication::translate("divergence", text); };
    return {
        {tr("Node"),
         {},
         Align::Left,
         [](const Row& row) {
             return row.first ? QCoreApplication::translate("divergence", "▸ %1").arg(row.name) : row.name;
         },
         {},
         {},
         {},
         0},
        {tr("Step"),
         tr("Its place in the order of execution"),
         Align::Right,
         [](const Row& row) { return QString::number(row.order + 1); },
         [](const Row& row) { return double(row.order); },
         {},
         {},
         6},
        {tr("Error made"),
         tr("Relative L2 error when the node alone is given the reference's inputs"),
         Align::Right,
         [](const Row& row) { return row.error.made ? figure(row.error.made->relativeL2) : QString("–"); },
         [](const Row& row) { return row.error.made ? row.error.made->relativeL2 : -1.0; },
         {},
         {},
         11},
        {tr("Error there"),
         tr("Relative L2 error of its output, what it was passed included"),
         Align::Right,
         [](const Row& row) { return figure(row.error.total.relativeL2); },
         [](const Row& row) { return row.error.total.relativeL2; },
         {},
         {},
         11},
        {tr("Largest"),
         tr("Largest absolute error of one element"),
         Align::Right,
         [](const Row& row) { return figure(row.error.total.maxAbsolute); },
         [](const Row& row) { return row.error.total.maxAbsolute; },
         {},
         {},
         11},
        {tr("Mismatches"),
         tr("Elements that are NaN or infinite on one side only"),
         Align::Right,
         [](const Row& row) { return QString::number(row.error.total.mismatches); },
         [](const Row& row) { return double(row.error.total.mismatches); },
         {},
         {},
         10},
    };
}

class DivergencePanel final : public Panel {
public:
    DivergencePanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_model(columns(), [](const DivergenceRow& row) { return quint64(row.node.value); })
        , m_table(new TableView(this))
    {
        m_table->setObjectName("divergence");
        m_table->setRowModel(&m_model);
        m_table->sortByColumn(2, Qt::DescendingOrder);
        m_stack = new ContentOrEmpty(m_table, this);
        m_status = plainLabel({}, this);
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        makeLine(column);
        column->addWidget(m_stack, 1);

        connect(m_table, &TableView::rowChosen, this,
                [this](int row) { focus().select(m_stage, m_model.row(row).node.value); });
        connect(&debugger(), &DebugController::findProgress, m_status, &QLabel::setText);
        connect(&debugger(), &DebugController::failed, this, [this](const QString& text) {
            if (!m_comparing || debugger().finding())
                return;
            m_comparing = false;
            m_status->setText(text);
            update();
        });
        connect(&debugger(), &DebugController::divergenceFound, this,
                [this](const std::shared_ptr<const session::DivergenceOutcome>& outcome) { show(*outcome); });
        connect(&document, &document::Document::contentChanged, this, [this] {
            m_model.setRows({});
            m_status->clear();
            m_comparing = false;
            update();
        });
        themeChanged();
        update();
    }

private:
    enum Against { NotOptimized, Basic, Half, Bfloat, File };

    DebugController& debugger() const { return document().debugger(); }

    void makeLine(QVBoxLayout* column)
    {
        auto* row = new QHBoxLayout();
        row->setContentsMargins(8, 6, 8, 6);
        m_against = new QComboBox(this);
        m_against->setObjectName("divergenceAgainst");
        m_against->addItem(tr("Optimised against not optimised"));
        m_against->addItem(tr("Basic passes against not optimised"));
        m_against->addItem(tr("Results rounded to float16 against float32"));
        m_against->addItem(tr("Results rounded to bfloat16 against float32"));
        m_against->addItem(tr("Against recorded values (.npz) …"));
        m_tolerance = new QDoubleSpinBox(this);
        m_tolerance->setDecimals(6);
        m_tolerance->setRange(0, 1);
        m_tolerance->setSingleStep(0.001);
        m_tolerance->setValue(0.001);
        m_tolerance->setPrefix(tr("tolerance "));
        m_tolerance->setToolTip(tr("Relative L2 error beyond which a value has diverged"));
        m_find = new QPushButton(this);
        m_find->setObjectName("divergenceFind");
        row->addWidget(m_against);
        row->addWidget(m_tolerance);
        row->addWidget(m_find);
        row->addWidget(m_status, 1);
        column->addLayout(row);
        connect(m_find, &QPushButton::clicked, this, [this] {
            if (m_comparing) {
                debugger().cancelFind();
                m_comparing = false;
                m_status->setText(tr("Cancelled"));
            } else {
                find();
            }
            update();
        });
    }

    void find()
    {
        session::DivergenceRequest request;
        request.tolerance = m_tolerance->value();
        auto optimize = passes::OptimizeLevel::None;
        switch (m_against->currentIndex()) {
        case NotOptimized:
            optimize = passes::OptimizeLevel::All;
            break;
        case Basic:
            optimize = passes::OptimizeLevel::Basic;
            break;
        case Half:
            request.rounding = debug::Rounding::Float16;
            break;
        case Bfloat:
            request.rounding = debug::Rounding::BFloat16;
            break;
        case File:
            request.referencePath =
                QFileDialog::getOpenFileName(this, tr("Recorded values"), {}, tr("NumPy archives (*.npz)"))
                    .toStdString();
            if (request.referencePath.empty())
                return;
            break;
        }
        m_model.setRows({});
        m_comparing = true;
        m_status->setText(tr("Comparing …"));
        debugger().findDivergence(std::move(request), optimize);
        m_stage = optimize == passes::OptimizeLevel::None ? projections::GraphStage::Dataflow
                                                          : projections::GraphStage::Compute;
    }

    void show(const session::DivergenceOutcome& outcome)
    {
        std::vector<DivergenceRow> rows;
        for (std::size_t i = 0; i < outcome.report.nodes.size(); ++i) {
            const debug::NodeError& error = outcome.report.nodes[i];
            rows.push_back({error.node, nodeText(outcome.opened.compute, error.node), error, i,
                            outcome.report.first == i});
        }
        m_comparing = false;
        const bool diverged = outcome.report.first.has_value();
        m_status->setText((diverged
                               ? tr("First beyond the tolerance: %1").arg(rows[*outcome.report.first].name)
                               : tr("Nothing is beyond the tolerance")) +
                          tr(" · %1 values compared, %2 without a counterpart")
                              .arg(outcome.report.compared)
                              .arg(outcome.report.notCompared));
        m_model.setRows(std::move(rows));
        update();
    }

    void update()
    {
        m_find->setText(m_comparing ? tr("Cancel") : tr("Find"));
        m_find->setEnabled(document().model() != nullptr && (m_comparing || !debugger().finding()));
        if (m_model.totalRows() > 0)
            m_stack->showContent();
        else
            m_stack->showEmpty(
                tr("First divergence"),
                tr("Runs the model twice in lockstep and ranks its nodes by the error that each "
                   "makes, apart from the error that it is passed."));
    }

    void themeChanged() override
    {
        m_table->setTheme(theme());
        m_stack->setTheme(theme());
        setColor(m_status, theme().color(theme::Role::TextMuted));
    }

    models::RowTableModel<DivergenceRow> m_model;
    TableView* m_table;
    ContentOrEmpty* m_stack;
    QLabel* m_status;
    QComboBox* m_against;
    QDoubleSpinBox* m_tolerance;
    QPushButton* m_find;
    bool m_comparing = false;
    projections::GraphStage m_stage = projections::GraphStage::Dataflow;
};

} // namespace

PanelSpec divergence()
{
    return {
        .id = "divergence",
        .title = "Divergence",
        .toolTip = "Which node makes the error between two runs",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new DivergencePanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
