// SPDX-License-Identifier: Apache-2.0
//
// The breakpoints as a table that can be changed in place, and a line to add those that belong to no single
// node. A condition is checked while it is typed.
#include "engine/base/text.h"
#include "views/panels/debug_words.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace orrery::panels {
namespace {

using debug::Breakpoint;
using debug::BreakpointTarget;
using document::DebugController;

enum Column { Where, When, Hits, Ignore, LogOnly, ColumnCount };

struct TargetChoice {
    BreakpointTarget target;
    const char* text;
    const char* hint;
};
constexpr TargetChoice targetChoices[] = {
    {BreakpointTarget::OpType, "Operator", "Conv"},
    {BreakpointTarget::Scope, "Scope", "/layer3/"},
    {BreakpointTarget::Value, "Value", "logits"},
    {BreakpointTarget::Any, "Every node", ""},
};

class BreakpointsPanel final : public Panel {
public:
    BreakpointsPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_table(new QTableWidget(0, ColumnCount, this))
    {
        m_table->setObjectName("breakpoints");
        m_table->setHorizontalHeaderLabels(
            {tr("Where"), tr("Condition"), tr("Hits"), tr("Ignore"), tr("Log only")});
        m_table->horizontalHeaderItem(When)->setToolTip(
            tr("Asked after the node has run, about each of its outputs; empty: stop before it runs"));
        m_table->horizontalHeaderItem(Ignore)->setToolTip(tr("Hits that are still passed over"));
        m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
        m_table->horizontalHeader()->setStretchLastSection(true);
        m_table->setColumnWidth(Where, 260);
        m_table->setColumnWidth(When, 220);
        m_table->verticalHeader()->hide();
        m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
        m_table->setShowGrid(false);
        m_table->installEventFilter(this);
        m_stack = new ContentOrEmpty(m_table, this);
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        column->addWidget(m_stack, 1);
        makeAddLine(column);

        connect(m_table, &QTableWidget::itemChanged, this, &BreakpointsPanel::onChanged);
        connect(m_table, &QTableWidget::itemDoubleClicked, this, [this](QTableWidgetItem* item) {
            if (item->column() == Where)
                goToNode(item->row());
        });
        m_table->setContextMenuPolicy(Qt::CustomContextMenu);
        connect(m_table, &QTableWidget::customContextMenuRequested, this, &BreakpointsPanel::openMenu);
        connect(&debugger(), &DebugController::breakpointsChanged, this, &BreakpointsPanel::refresh);
        connect(&document, &document::Document::contentChanged, this, &BreakpointsPanel::refresh);
        themeChanged();
        refresh();
    }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (watched != m_table || event->type() != QEvent::KeyPress)
            return Panel::eventFilter(watched, event);
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Delete) {
            removeSelected();
            return true;
        }
        if ((key == Qt::Key_Return || key == Qt::Key_Enter) && m_table->currentColumn() == Where) {
            goToNode(m_table->currentRow());
            return true;
        }
        return Panel::eventFilter(watched, event);
    }

private:
    DebugController& debugger() const { return document().debugger(); }

    void makeAddLine(QVBoxLayout* column)
    {
        auto* row = new QHBoxLayout();
        row->setContentsMargins(8, 6, 8, 6);
        m_kind = new QComboBox(this);
        for (const TargetChoice& choice : targetChoices)
            m_kind->addItem(tr(choice.text));
        m_kind->setObjectName("breakpointKind");
        m_text = new QLineEdit(this);
        m_text->setObjectName("breakpointText");
        m_condition = new QLineEdit(this);
        m_condition->setObjectName("breakpointCondition");
        m_condition->setPlaceholderText(tr("condition: nan   abs > 100   mean < -1   dim = 0   time > 2 ms"));
        m_add = new QPushButton(tr("Add"), this);
        m_add->setObjectName("breakpointAdd");
        m_remove = new QPushButton(tr("Remove"), this);
        m_remove->setToolTip(tr("Remove the selected breakpoints (Del)"));
        row->addWidget(m_kind);
        row->addWidget(m_text, 1);
        row->addWidget(m_condition, 2);
        row->addWidget(m_add);
        row->addWidget(m_remove);
        column->addLayout(row);
        connect(m_kind, &QComboBox::currentIndexChanged, this, &BreakpointsPanel::checkLine);
        connect(m_text, &QLineEdit::textChanged, this, &BreakpointsPanel::checkLine);
        connect(m_condition, &QLineEdit::textChanged, this, &BreakpointsPanel::checkLine);
        for (QLineEdit* edit : {m_text, m_condition})
            connect(edit, &QLineEdit::returnPressed, m_add, &QPushButton::click);
        connect(m_add, &QPushButton::clicked, this, &BreakpointsPanel::addLine);
        connect(m_remove, &QPushButton::clicked, this, &BreakpointsPanel::removeSelected);
        checkLine();
    }

    // What the line says, or why it cannot be taken.
    Result<Breakpoint> lineBreakpoint() const
    {
        Breakpoint breakpoint;
        breakpoint.target = targetChoices[m_kind->currentIndex()].target;
        const QString text = m_text->text().trimmed();
        if (!m_condition->text().trimmed().isEmpty())
            breakpoint.condition = TRY(debug::parseCondition(m_condition->text().trimmed().toStdString()));
        switch (breakpoint.target) {
        case BreakpointTarget::Any:
            if (!breakpoint.condition)
                return Error{ErrorCode::Usage, "a breakpoint on every node needs a condition", {}};
            return breakpoint;
        case BreakpointTarget::Value:
            breakpoint.value = valueNamed(text.toStdString());
            if (!breakpoint.value.valid())
                return Error{ErrorCode::Usage, "no value has this name", {}};
            return breakpoint;
        default:
            if (text.isEmpty())
                return Error{ErrorCode::Usage, "say which", {}};
            breakpoint.text = text.toStdString();
            return breakpoint;
        }
    }

    ValueId valueNamed(const std::string& name) const
    {
        const auto graph = document().stageGraph(debugger().stage()).graph;
        for (std::size_t i = 0; graph && !name.empty() && i < graph->valueSlots(); ++i)
            if (graph->value(ValueId(i)).alive && graph->value(ValueId(i)).name == name)
                return ValueId(i);
        return {};
    }

    void checkLine()
    {
        const TargetChoice& choice = targetChoices[m_kind->currentIndex()];
        m_text->setEnabled(choice.target != BreakpointTarget::Any);
        m_text->setPlaceholderText(tr(choice.hint));
        const auto line = lineBreakpoint();
        m_add->setEnabled(line.ok() && document().model() != nullptr);
        m_add->setToolTip(line.ok() ? tr("Add the breakpoint (Return)")
                                    : QString::fromStdString(displayText(line.error().text(), 300)));
        const bool bad = !m_condition->text().trimmed().isEmpty() &&
                         !debug::parseCondition(m_condition->text().trimmed().toStdString()).ok();
        setColor(m_condition, theme().color(bad ? theme::Role::Error : theme::Role::Text));
    }

    void addLine()
    {
        auto line = lineBreakpoint();
        if (!line.ok() || !document().model())
            return;
        auto list = debugger().breakpoints();
        list.push_back(line.releaseValue());
        debugger().setBreakpoints(std::move(list));
        m_text->clear();
        m_condition->clear();
    }

    void goToNode(int row)
    {
        const auto& list = debugger().breakpoints();
        if (row >= 0 && row < int(list.size()) && list[std::size_t(row)].node.valid())
            focus().select(debugger().stage(), list[std::size_t(row)].node.value);
    }

    // The Menu key asks for it at the middle of the table: then it opens at the current row.
    void openMenu(QPoint at)
    {
        const int row = m_table->currentRow();
        const auto& list = debugger().breakpoints();
        if (row < 0 || row >= int(list.size()))
            return;
        const Breakpoint& breakpoint = list[std::size_t(row)];
        QMenu menu(this);
        menu.setObjectName("breakpointMenu");
        menu.addAction(tr("&Go to the node"), this, [this, row] { goToNode(row); })
            ->setEnabled(breakpoint.node.valid());
        menu.addAction(tr("&Edit the condition"), this,
                       [this, row] { m_table->edit(m_table->model()->index(row, When)); });
        menu.addAction(breakpoint.enabled ? tr("&Disable") : tr("&Enable"), this, [this, row] {
            if (QTableWidgetItem* where = m_table->item(row, Where))
                where->setCheckState(where->checkState() == Qt::Checked ? Qt::Unchecked : Qt::Checked);
        });
        menu.addSeparator();
        const QString when = m_table->item(row, When)->text();
        const QString text = m_table->item(row, Where)->text() + (when.isEmpty() ? QString() : "\t" + when);
        menu.addAction(tr("&Copy"), this, [text] { QGuiApplication::clipboard()->setText(text); });
        menu.addAction(tr("&Remove"), this, &BreakpointsPanel::removeSelected);
        const QRect line = m_table->visualItemRect(m_table->item(row, Where));
        const QPoint place = line.contains(QPoint(line.x(), at.y())) ? at : line.center();
        menu.exec(m_table->viewport()->mapToGlobal(place));
    }

    void removeSelected()
    {
        std::vector<int> rows;
        for (const QModelIndex& index : m_table->selectionModel()->selectedRows())
            rows.push_back(index.row());
        std::sort(rows.rbegin(), rows.rend());
        auto list = debugger().breakpoints();
        for (int row : rows)
            list.erase(list.begin() + row);
        if (!rows.empty())
            debugger().setBreakpoints(std::move(list));
    }

    void onChanged(QTableWidgetItem* item)
    {
        auto list = debugger().breakpoints();
        if (m_filling || item->row() >= int(list.size()))
            return;
        Breakpoint& breakpoint = list[std::size_t(item->row())];
        const QString text = item->text().trimmed();
        if (item->column() == Where) {
            breakpoint.enabled = item->checkState() == Qt::Checked;
        } else if (item->column() == LogOnly) {
            breakpoint.action = item->checkState() == Qt::Checked ? debug::BreakpointAction::Log
                                                                  : debug::BreakpointAction::Stop;
        } else if (item->column() == Ignore) {
            breakpoint.ignore = text.toULongLong();
        } else if (item->column() == When) {
            if (text.isEmpty()) {
                breakpoint.condition.reset();
            } else if (auto parsed = debug::parseCondition(text.toStdString()); parsed.ok()) {
                breakpoint.condition = *parsed;
            } else {
                emit document().message(QString::fromStdString(displayText(parsed.error().text(), 300)));
                refresh();
                return;
            }
        }
        debugger().setBreakpoints(std::move(list));
    }

    QTableWidgetItem* cell(int row, int column, const QString& text, Qt::ItemFlags more)
    {
        auto* item = new QTableWidgetItem(text);
        item->setFlags(Qt::ItemIsSelectable | Qt::ItemIsEnabled | more);
        m_table->setItem(row, column, item);
        return item;
    }

    void refresh()
    {
        const auto& list = debugger().breakpoints();
        const auto graph = document().stageGraph(debugger().stage()).graph;
        if (list.empty() || !graph) {
            m_table->setRowCount(0);
            m_stack->showEmpty(tr("No breakpoints"),
                               tr("F9 sets one on the selected node, as does a click beside its left edge. "
                                  "Below are those for operators, scopes, values and conditions."));
            checkLine();
            return;
        }
        m_filling = true;
        const int current = m_table->currentRow();
        m_table->setRowCount(int(list.size()));
        for (int row = 0; row < int(list.size()); ++row) {
            const Breakpoint& breakpoint = list[std::size_t(row)];
            cell(row, Where, breakpointText(breakpoint, *graph), Qt::ItemIsUserCheckable)
                ->setCheckState(breakpoint.enabled ? Qt::Checked : Qt::Unchecked);
            cell(row, When,
                 breakpoint.condition ? QString::fromStdString(debug::text(*breakpoint.condition))
                                      : QString(),
                 Qt::ItemIsEditable);
            cell(row, Hits, QString::number(breakpoint.hits), {});
            cell(row, Ignore, QString::number(breakpoint.ignore), Qt::ItemIsEditable);
            cell(row, LogOnly, {}, Qt::ItemIsUserCheckable)
                ->setCheckState(breakpoint.action == debug::BreakpointAction::Log ? Qt::Checked
                                                                                  : Qt::Unchecked);
        }
        if (current >= 0)
            m_table->selectRow(std::min(current, int(list.size()) - 1));
        m_filling = false;
        m_stack->showContent();
        checkLine();
    }

    void themeChanged() override
    {
        m_stack->setTheme(theme());
        checkLine();
    }

    QTableWidget* m_table;
    ContentOrEmpty* m_stack;
    QComboBox* m_kind;
    QLineEdit *m_text, *m_condition;
    QPushButton *m_add, *m_remove;
    bool m_filling = false;
};

} // namespace

PanelSpec breakpoints()
{
    return {
        .id = "breakpoints",
        .title = "Breakpoints",
        .toolTip = "Where and when the execution stops",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new BreakpointsPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
