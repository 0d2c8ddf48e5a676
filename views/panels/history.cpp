// SPDX-License-Identifier: Apache-2.0
//
// Every edit since the model was opened, the oldest first, with what the model costs and gives since then
// where that was measured. A click goes to the model as it was after that edit; what comes later stays in the
// list, pale, until another edit takes its place. The context menu acts on a row without going there.
#include "engine/base/text.h"
#include "views/document/revisions.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"
#include "views/panels/table_view.h"

#include <QContextMenuEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QScopedValueRollback>
#include <QToolButton>
#include <QVBoxLayout>
#include <fmt/format.h>

namespace orrery::panels {
namespace {

using document::Revision;
using models::Align;
using models::Column;

struct HistoryRow {
    std::size_t position = 0;
    QString name;
    bool isAhead = false, isCurrent = false;
    std::optional<Revision> revision;
};

QString tr(const char* text) { return QCoreApplication::translate("HistoryPanel", text); }
QString qstring(const std::string& text) { return QString::fromStdString(text); }

const document::ModelTrialResult* figures(const HistoryRow& row)
{
    return row.revision && row.revision->figures ? row.revision->figures.get() : nullptr;
}

// A number, or why there is none in the first of these columns.
template<class Text>
std::function<QString(const HistoryRow&)> measured(Text text)
{
    return [text](const HistoryRow& row) {
        const auto* found = figures(row);
        return found ? text(*found) : QString();
    };
}

QString latency(const HistoryRow& row)
{
    if (const auto* found = figures(row)) {
        const auto& side = found->after;
        const std::int64_t spread = (side.quantileNs(0.75) - side.quantileNs(0.25)) / 2;
        return qstring(formatDurationNs(side.medianNs()) + " ± " + formatDurationNs(spread));
    }
    if (!row.revision)
        return tr("not measured");
    switch (row.revision->status) {
    case Revision::Status::Waiting:
        return tr("waiting …");
    case Revision::Status::Running:
        return tr("measuring …");
    case Revision::Status::Failed:
        return tr("failed: %1").arg(row.revision->why);
    case Revision::Status::Measured:
        break;
    }
    return {};
}

QString againstOriginal(const document::ModelTrialResult& found)
{
    if (found.isWithinNoise())
        return tr("within noise");
    return qstring(fmt::format("× {:.3f}", found.ratio));
}

QString error(const document::ModelTrialResult& found)
{
    if (!found.areResultsCompared)
        return tr("not compared");
    if (found.isSameBits && found.notes.empty())
        return tr("same bits");
    QString text = qstring(fmt::format("{:.3g}", found.maxAbsoluteError));
    if (found.mismatches > 0)
        text += tr(" (%1 not comparable)").arg(found.mismatches);
    return text;
}

QString aboutMeasurement(const HistoryRow& row)
{
    if (!row.revision)
        return tr("Not measured. “Measure on edit” measures what follows, “Measure now” the model as it is.");
    if (row.revision->status == Revision::Status::Failed)
        return row.revision->why;
    const auto* found = figures(row);
    if (!found)
        return {};
    QString text =
        tr("Median of %1 runs and half the distance of its quartiles; run in turns with the model as "
           "opened on the same inputs, on %2 at %3.\nTime over that of the model as opened: %4, "
           "quartiles %5 to %6.")
            .arg(found->after.durationsNs.size())
            .arg(row.revision->threads == 1 ? tr("1 thread") : tr("%1 threads").arg(row.revision->threads))
            .arg(row.revision->measuredAt.toString("HH:mm:ss"))
            .arg(found->ratio, 0, 'f', 3)
            .arg(found->lowRatio, 0, 'f', 3)
            .arg(found->highRatio, 0, 'f', 3);
    for (const QString& note : found->notes)
        text += "\n" + note + ".";
    return text;
}

std::vector<Column<HistoryRow>> columns()
{
    const auto column = [](const QString& title, const QString& tip, int width,
                           std::function<QString(const HistoryRow&)> text) {
        Column<HistoryRow> made{title, tip, Align::Right, std::move(text), {}};
        made.tip = aboutMeasurement;
        made.width = width;
        return made;
    };
    Column<HistoryRow> edit{tr("Edit"),
                            tr("What was done to the model"),
                            Align::Left,
                            [](const HistoryRow& row) { return row.name; },
                            {}};
    edit.tip = [](const HistoryRow& row) {
        return row.isAhead     ? tr("Undone; a click does it again")
               : row.isCurrent ? tr("The model as it is")
                               : tr("A click goes back to the model as it was then");
    };
    return {
        edit,
        column(tr("Latency"), tr("Of one run: median and noise"), 22, latency),
        column(tr("Of original"), tr("Time over that of the model as opened, run in turns"), 13,
               measured(againstOriginal)),
        column(tr("Peak memory"), tr("Of tensors at the fullest moment of a run"), 12,
               measured([](const auto& found) { return qstring(formatBytes(found.after.peakBytes)); })),
        column(tr("FLOPs"), tr("Of one run, estimated; a multiply and an add are two"), 10,
               measured([](const auto& found) {
                   return (found.after.isEveryFlopKnown ? QString() : QString("≥ ")) +
                          qstring(formatCount(found.after.flops));
               })),
        column(tr("Size"), tr("Of a model file with all constants in it"), 10,
               measured([](const auto& found) { return qstring(formatBytes(found.after.fileBytes)); })),
        column(tr("Max error"),
               tr("The largest difference of any output element against the model as opened"), 14,
               measured(error)),
        column(tr("Cosine"), tr("Of the outputs against those of the model as opened; the smallest"), 10,
               measured([](const auto& found) {
                   return found.areResultsCompared ? qstring(fmt::format("{:.6f}", found.cosine)) : QString();
               })),
    };
}

class HistoryPanel final : public Panel {
public:
    HistoryPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_model(columns(), [](const HistoryRow& row) { return quint64(row.position); })
    {
        auto* content = new QWidget(this);
        m_onEdit = new QToolButton(content);
        m_onEdit->setObjectName("measureOnEdit");
        m_onEdit->setText(tr("Measure on edit"));
        m_onEdit->setCheckable(true);
        m_onEdit->setToolTip(tr("Run the model in the background after each edit, in turns with the model as "
                                "it was opened"));
        m_now = new QToolButton(content);
        m_now->setObjectName("measureNow");
        m_now->setText(tr("Measure now"));
        m_now->setToolTip(tr("Run the model as it is now"));
        m_compare = new QToolButton(content);
        m_compare->setObjectName("compareWithOriginal");
        m_compare->setText(tr("Compare with original"));
        m_compare->setToolTip(
            tr("Show on the graph what each node takes more or less than in the model as it "
               "was opened; any other row by its context menu"));
        m_progress = plainLabel({}, content);
        m_table = new TableView(content);
        m_table->setObjectName("history");
        m_table->setRowModel(&m_model);
        m_table->setSortingEnabled(false);
        m_table->viewport()->installEventFilter(this);
        m_table->installEventFilter(this);
        auto* bar = new QHBoxLayout;
        bar->setContentsMargins(8, 6, 8, 6);
        bar->setSpacing(8);
        for (QToolButton* button : {m_onEdit, m_now, m_compare})
            bar->addWidget(button);
        bar->addWidget(m_progress, 1);
        auto* column = new QVBoxLayout(content);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        column->addLayout(bar);
        column->addWidget(m_table);
        m_stack = new ContentOrEmpty(content, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);

        connect(m_table, &TableView::rowChosen, this, [this](int row) {
            if (!m_showing && row >= 0)
                editor().goTo(m_model.row(row).position);
        });
        connect(m_onEdit, &QToolButton::toggled, &revisions(), &document::Revisions::setMeasuring);
        connect(m_now, &QToolButton::clicked, &revisions(), &document::Revisions::measureNow);
        connect(m_compare, &QToolButton::clicked, this, [this] { compare(0, editor().state()); });
        connect(&revisions(), &document::Revisions::measuringChanged, this,
                [this] { m_onEdit->setChecked(revisions().isMeasuring()); });
        connect(&revisions(), &document::Revisions::changed, this, &HistoryPanel::refresh);
        connect(&revisions(), &document::Revisions::progress, m_progress, &QLabel::setText);
        connect(&editor(), &document::Editor::historyChanged, this, &HistoryPanel::refresh);
        connect(&this->document(), &document::Document::contentChanged, this, &HistoryPanel::refresh);
        themeChanged();
    }

private:
    document::Editor& editor() const { return document().editor(); }
    document::Revisions& revisions() const { return document().revisions(); }

    void themeChanged() override
    {
        m_stack->setTheme(theme());
        m_table->setTheme(theme());
        m_progress->setFont(theme().font(theme::FontRole::Small));
        setColor(m_progress, theme().color(theme::Role::TextMuted));
        m_model.setColor([muted = theme().color(theme::Role::TextMuted)](const HistoryRow& row) {
            return row.isAhead ? std::optional(muted) : std::nullopt;
        });
        refresh();
    }

    void refresh()
    {
        if (!editor().canEdit()) {
            m_stack->showEmpty(tr("No edits"), tr("Open a model to edit it."));
            return;
        }
        std::vector<HistoryRow> rows;
        for (std::size_t i = 0; i <= editor().stepCount(); ++i) {
            HistoryRow row;
            row.position = i;
            row.name = i == 0 ? tr("Opened") : editor().stepName(i - 1);
            if (editor().isSavedAt(i) && i > 0)
                row.name += tr("  ·  saved");
            row.isAhead = i > editor().position();
            row.isCurrent = i == editor().position();
            if (const Revision* revision = revisions().of(editor().stateAt(i)))
                row.revision = *revision;
            rows.push_back(std::move(row));
        }
        const QScopedValueRollback showing(m_showing, true);
        m_model.setRows(std::move(rows));
        m_table->showRow(int(editor().position()));
        m_compare->setEnabled(editor().position() > 0);
        m_stack->showContent();
    }

    void compare(std::uint64_t before, std::uint64_t after)
    {
        if (const auto why = revisions().compare(before, after)) {
            emit document().message(*why);
            return;
        }
        focus().setOverlay("change");
    }

    // A press of the right button opens the menu of a row and does not go there.
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (watched == m_table->viewport() && event->type() == QEvent::MouseButtonPress &&
            static_cast<QMouseEvent*>(event)->button() == Qt::RightButton)
            return true;
        if (event->type() == QEvent::ContextMenu) {
            auto* menuEvent = static_cast<QContextMenuEvent*>(event);
            const bool isMouse = menuEvent->reason() == QContextMenuEvent::Mouse;
            const QModelIndex index =
                isMouse ? m_table->indexAt(m_table->viewport()->mapFromGlobal(menuEvent->globalPos()))
                        : m_table->currentIndex();
            if (index.isValid())
                showMenu(index.row(),
                         isMouse ? menuEvent->globalPos()
                                 : m_table->viewport()->mapToGlobal(m_table->visualRect(index).bottomLeft()));
            return true;
        }
        return Panel::eventFilter(watched, event);
    }

    void showMenu(int row, const QPoint& at)
    {
        const std::size_t position = m_model.row(row).position;
        const std::uint64_t there = editor().stateAt(position), here = editor().state();
        auto* menu = new QMenu(this);
        menu->setObjectName("historyMenu");
        menu->setAttribute(Qt::WA_DeleteOnClose);
        QAction* toHere = menu->addAction(tr("Compare the model as it is with this"),
                                          [this, there, here] { compare(there, here); });
        toHere->setEnabled(there != here);
        QAction* toOriginal =
            menu->addAction(tr("Compare this with the original"), [this, there] { compare(0, there); });
        toOriginal->setEnabled(there != 0);
        QAction* end = menu->addAction(tr("End the comparison"), [this] {
            revisions().endComparison();
            focus().setOverlay({});
        });
        end->setEnabled(revisions().comparison() != nullptr);
        menu->addSeparator();
        menu->addAction(tr("Go to it"), [this, position] { editor().goTo(position); });
        menu->addAction(tr("Go to it and measure"), [this, position] {
            editor().goTo(position);
            revisions().measureNow();
        });
        menu->popup(at);
    }

    models::RowTableModel<HistoryRow> m_model;
    QToolButton *m_onEdit, *m_now, *m_compare;
    QLabel* m_progress;
    TableView* m_table;
    ContentOrEmpty* m_stack;
    bool m_showing = false; // the table follows the editor
};

} // namespace

PanelSpec history()
{
    return {
        .id = "history",
        .title = "History",
        .toolTip = "The edits of this session, and what each of them cost and gave",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new HistoryPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
