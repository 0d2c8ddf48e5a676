// SPDX-License-Identifier: Apache-2.0
//
// The values that the user watches and those that are alive at the current event: type, statistics, who wrote
// them. What changed since the last stop is shown in the colour of the current node.
#include "engine/base/text.h"
#include "engine/debug/tensor_statistics.h"
#include "views/panels/debug_words.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"

#include <QClipboard>
#include <QCompleter>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QStringListModel>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <map>

namespace orrery::panels {
namespace {

using document::DebugController;

enum Column { Name, Type, Content, Writer, ColumnCount };

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 200)); }

QString summary(const graph::Tensor& tensor)
{
    if (tensor.type() == graph::DataType::String)
        return QWidget::tr("%1 strings").arg(tensor.elementCount());
    if (tensor.elementCount() == 1)
        return QString::number(debug::element(tensor, 0), 'g', 7);
    const debug::TensorStatistics all = debug::statistics(tensor);
    QString text = all.finite == 0 ? QString()
                                   : QWidget::tr("min %1  max %2  mean %3  std %4")
                                         .arg(all.min, 0, 'g', 4)
                                         .arg(all.max, 0, 'g', 4)
                                         .arg(all.mean, 0, 'g', 4)
                                         .arg(all.std, 0, 'g', 4);
    if (all.nans > 0)
        text += QWidget::tr("  %1 NaN").arg(all.nans);
    if (all.infinities > 0)
        text += QWidget::tr("  %1 Inf").arg(all.infinities);
    return text.trimmed();
}

class WatchPanel final : public Panel {
public:
    WatchPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_table(new QTableWidget(0, ColumnCount, this))
        , m_name(new QLineEdit(this))
        , m_names(new QStringListModel(this))
    {
        m_table->setObjectName("watches");
        m_table->setHorizontalHeaderLabels({tr("Value"), tr("Type"), tr("Holds"), tr("Written by")});
        m_table->setColumnWidth(Name, 220);
        m_table->setColumnWidth(Type, 170);
        m_table->setColumnWidth(Content, 380);
        m_table->horizontalHeader()->setStretchLastSection(true);
        m_table->verticalHeader()->hide();
        m_table->setShowGrid(false);
        m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
        m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
        m_table->installEventFilter(this);
        m_table->setContextMenuPolicy(Qt::CustomContextMenu);
        m_stack = new ContentOrEmpty(m_table, this);
        m_name->setObjectName("watchName");
        m_name->setPlaceholderText(tr("Watch a value: type its name"));
        auto* completer = new QCompleter(m_names, this);
        completer->setFilterMode(Qt::MatchContains);
        completer->setCaseSensitivity(Qt::CaseInsensitive);
        m_name->setCompleter(completer);
        auto* change = new QPushButton(tr("Set value …"), this);
        change->setObjectName("watchSet");
        change->setToolTip(
            tr("Give the selected value another content: a number, or an expression such as x * 2"));
        auto* line = new QHBoxLayout();
        line->setContentsMargins(8, 6, 8, 6);
        line->addWidget(m_name, 1);
        line->addWidget(change);
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        column->addWidget(m_stack, 1);
        column->addLayout(line);

        connect(m_name, &QLineEdit::returnPressed, this, &WatchPanel::addTyped);
        connect(change, &QPushButton::clicked, this, &WatchPanel::setSelected);
        connect(m_table, &QTableWidget::itemActivated, this,
                [this](QTableWidgetItem* item) { focus().inspect(m_rows[std::size_t(item->row())]); });
        connect(m_table, &QTableWidget::customContextMenuRequested, this, &WatchPanel::openMenu);
        connect(&debugger(), &DebugController::stateChanged, this, &WatchPanel::refresh);
        connect(&debugger(), &DebugController::watchesChanged, this, &WatchPanel::refresh);
        connect(&debugger(), &DebugController::sessionChanged, this, &WatchPanel::listNames);
        connect(&document, &document::Document::graphsChanged, this, &WatchPanel::listNames);
        connect(
            &debugger(), &DebugController::tensorReady, this,
            [this](ValueId value, const std::shared_ptr<const session::CapturedTensor>& captured) {
                if (!m_asked.contains(value))
                    return;
                const graph::Tensor tensor = captured->tensor;
                m_summaries[value].submit(
                    [tensor](std::stop_token) { return summary(tensor); },
                    [this, value,
                     type = QString::fromStdString(
                         graph::ValueType::tensor(tensor.type(), graph::Shape::of(tensor.dims())).text())](
                        const QString& text) { show(value, type, text, Known::Yes); });
            });
        connect(&debugger(), &DebugController::tensorMissing, this,
                [this](ValueId value, const QString& why) {
                    if (m_asked.contains(value))
                        show(value, {}, why, Known::No);
                });
        themeChanged();
        listNames();
        refresh();
    }

    bool isIdle() const override
    {
        return std::all_of(m_summaries.begin(), m_summaries.end(),
                           [](const auto& entry) { return !entry.second.busy(); });
    }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (watched == m_table && event->type() == QEvent::KeyPress &&
            static_cast<QKeyEvent*>(event)->key() == Qt::Key_Delete) {
            removeSelected();
            return true;
        }
        return Panel::eventFilter(watched, event);
    }

private:
    enum class Known { Yes, No };

    DebugController& debugger() const { return document().debugger(); }
    std::shared_ptr<const graph::Graph> graph() const
    {
        return document().stageGraph(debugger().stage()).graph;
    }

    void listNames()
    {
        QStringList names;
        if (const auto graph = this->graph())
            for (std::size_t i = 0; i < graph->valueSlots(); ++i)
                if (const graph::Value& value = graph->value(ValueId(i)); value.alive && !value.name.empty())
                    names << shown(value.name);
        m_names->setStringList(names);
        refresh();
    }

    void addTyped()
    {
        const auto graph = this->graph();
        auto watches = debugger().watches();
        for (std::size_t i = 0; graph && i < graph->valueSlots(); ++i) {
            const graph::Value& value = graph->value(ValueId(i));
            if (!value.alive || value.name.empty() || shown(value.name) != m_name->text())
                continue;
            if (std::find(watches.begin(), watches.end(), value.id) == watches.end())
                watches.push_back(value.id);
            m_name->clear();
            debugger().setWatches(std::move(watches));
            return;
        }
        emit document().message(tr("No value has this name."));
    }

    // The Menu key asks for it at the middle of the table: then it opens at the current row.
    void openMenu(QPoint at)
    {
        const int row = m_table->currentRow();
        const auto graph = this->graph();
        if (row < 0 || !graph)
            return;
        const ValueId value = m_rows[std::size_t(row)];
        const auto& watches = debugger().watches();
        const bool isWatched = std::find(watches.begin(), watches.end(), value) != watches.end();
        const NodeId writer = graph->value(value).producer;
        const bool isPaused = debugger().phase() == DebugController::Phase::Paused;
        QMenu menu(this);
        menu.setObjectName("watchMenu");
        menu.addAction(tr("&Inspect"), this, [this, value] { focus().inspect(value); });
        menu.addAction(tr("&Go to the node that writes it"), this,
                       [this, writer] { focus().select(debugger().stage(), writer.value); })
            ->setEnabled(writer.valid());
        menu.addAction(tr("Run &back to the node that wrote it"), this,
                       [this, value] {
                           debug::Movement back;
                           back.goal = debug::Goal::Writer;
                           back.direction = debug::Direction::Backward;
                           back.value = value;
                           debugger().go(back);
                       })
            ->setEnabled(isPaused && writer.valid());
        menu.addAction(tr("&Set value …"), this, &WatchPanel::setSelected)->setEnabled(isPaused);
        menu.addSeparator();
        QStringList cells;
        for (int column = 0; column < ColumnCount; ++column)
            cells << m_table->item(row, column)->text();
        menu.addAction(tr("&Copy"), this,
                       [line = cells.join('\t')] { QGuiApplication::clipboard()->setText(line); });
        if (isWatched)
            menu.addAction(tr("&Remove"), this, &WatchPanel::removeSelected);
        else
            menu.addAction(tr("&Watch"), this, [this, value] {
                auto list = debugger().watches();
                list.push_back(value);
                debugger().setWatches(std::move(list));
            });
        const QRect line = m_table->visualItemRect(m_table->item(row, Name));
        const QPoint place = line.contains(QPoint(line.x(), at.y())) ? at : line.center();
        menu.exec(m_table->viewport()->mapToGlobal(place));
    }

    void removeSelected()
    {
        auto watches = debugger().watches();
        for (const QModelIndex& index : m_table->selectionModel()->selectedRows())
            std::erase(watches, m_rows[std::size_t(index.row())]);
        debugger().setWatches(std::move(watches));
    }

    void setSelected()
    {
        const int row = m_table->currentRow();
        if (row < 0 || debugger().phase() != DebugController::Phase::Paused) {
            emit document().message(tr("Select a value while the execution is paused."));
            return;
        }
        const ValueId value = m_rows[std::size_t(row)];
        bool accepted = false;
        const QString text =
            QInputDialog::getText(this, tr("Set value"),
                                  tr("What “%1” becomes: a number, or an expression over values")
                                      .arg(m_table->item(row, Name)->text()),
                                  QLineEdit::Normal, m_table->item(row, Name)->text(), &accepted);
        if (accepted && !text.trimmed().isEmpty())
            debugger().assign(value, text.trimmed());
    }

    void refresh()
    {
        const auto graph = this->graph();
        const auto state = debugger().state();
        m_rows = debugger().watches();
        // The outputs of the node that has just run, and what the next one reads.
        if (graph && state)
            for (NodeId node : {state->previous, state->next})
                if (graph->contains(node))
                    for (ValueId value :
                         node == state->previous ? graph->node(node).outputs : graph->node(node).inputs)
                        if (value.valid() && !graph->value(value).isConstant() &&
                            std::find(m_rows.begin(), m_rows.end(), value) == m_rows.end())
                            m_rows.push_back(value);
        std::erase_if(m_rows, [&](ValueId value) { return !graph || !graph->contains(value); });
        if (m_rows.empty()) {
            m_table->setRowCount(0);
            m_stack->showEmpty(
                tr("Nothing is watched"),
                tr("Type the name of a value below. While the execution is paused, the values of "
                   "the nodes before and after it are here, too."));
            return;
        }
        m_stack->showContent();
        m_table->setRowCount(int(m_rows.size()));
        m_asked.clear();
        for (int row = 0; row < int(m_rows.size()); ++row) {
            const graph::Value& value = graph->value(m_rows[std::size_t(row)]);
            const QString known = m_last.contains(value.id) ? m_last[value.id] : QString();
            for (int column = 0; column < ColumnCount; ++column)
                if (m_table->item(row, column) == nullptr)
                    m_table->setItem(row, column, new QTableWidgetItem());
            m_table->item(row, Name)->setText(shown(value.name));
            m_table->item(row, Type)->setText(shown(value.type.text()));
            m_table->item(row, Content)->setText(state ? known : tr("not debugging"));
            m_table->item(row, Writer)->setText(nodeText(*graph, value.producer));
            if (state && debugger().active() && debugger().phase() == DebugController::Phase::Paused) {
                m_asked.insert(value.id);
                debugger().requestTensor(value.id, session::Recompute::No);
            }
        }
    }

    void show(ValueId value, const QString& type, const QString& text, Known known)
    {
        const auto at = std::find(m_rows.begin(), m_rows.end(), value);
        if (at == m_rows.end())
            return;
        const int row = int(at - m_rows.begin());
        const bool changed = known == Known::Yes && m_last.contains(value) && m_last[value] != text;
        if (!type.isEmpty())
            m_table->item(row, Type)->setText(type);
        m_table->item(row, Content)->setText(text);
        m_table->item(row, Content)->setToolTip(text.toHtmlEscaped());
        m_table->item(row, Content)
            ->setForeground(theme().color(known == Known::No ? theme::Role::TextMuted
                                          : changed          ? theme::Role::Current
                                                             : theme::Role::Text));
        if (known == Known::Yes)
            m_last[value] = text;
    }

    void themeChanged() override
    {
        m_stack->setTheme(theme());
        refresh();
    }

    QTableWidget* m_table;
    ContentOrEmpty* m_stack;
    QLineEdit* m_name;
    QStringListModel* m_names;
    std::vector<ValueId> m_rows;
    std::set<ValueId> m_asked;
    std::map<ValueId, QString> m_last;
    std::map<ValueId, async::Task> m_summaries;
};

} // namespace

PanelSpec watch()
{
    return {
        .id = "watch",
        .title = "Watch",
        .toolTip = "Values at the current event",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new WatchPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
