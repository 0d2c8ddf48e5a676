// SPDX-License-Identifier: Apache-2.0
//
// The selected nodes, or the whole graph, as ONNX text. It follows the canvas; what is written into it is one
// edit when it is applied. Text that is not applied yet stays, whatever is selected, and says so.
#include "engine/base/text.h"

#include "engine/formats/model_text.h"
#include "views/panels/empty_state.h"
#include "views/panels/graph_edits.h"
#include "views/panels/panel.h"
#include "views/panels/shown_text.h"
#include "views/panels/text_editor.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollBar>
#include <QTextBlock>
#include <QTimer>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using document::GraphStage;

constexpr int followAfterMs = 60;

class TextPanel final : public Panel {
public:
    TextPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_content(new QWidget(this))
        , m_extent(new QComboBox(m_content))
        , m_state(plainLabel({}, m_content))
        , m_apply(new QPushButton(tr("Apply"), m_content))
        , m_discard(new QPushButton(tr("Discard"), m_content))
        , m_editor(new TextEditor(m_content))
        , m_find(new QLineEdit(m_content))
        , m_note(plainLabel({}, m_content))
        , m_stack(new ContentOrEmpty(m_content, this))
    {
        m_extent->addItems({tr("Selection"), tr("Whole graph")});
        m_extent->setObjectName("textExtent");
        m_apply->setObjectName("textApply");
        m_apply->setToolTip(tr("Make the graph what is written, as one step (Ctrl+Return)"));
        m_discard->setObjectName("textDiscard");
        m_discard->setToolTip(tr("Show the graph as it is (Escape)"));
        m_editor->setObjectName("textEditor");
        m_editor->setPlaceholderText(
            tr("Select nodes on the canvas to see them as ONNX text, or choose the whole graph above."));
        m_find->setObjectName("textFind");
        m_find->setPlaceholderText(tr("Find in the text"));
        m_find->setClearButtonEnabled(true);
        m_find->hide();
        m_find->installEventFilter(this);
        m_state->setWordWrap(true); // in a narrow dock
        m_state->setMinimumWidth(40);
        m_note->setObjectName("textNote");
        m_note->setWordWrap(true);
        m_note->setContentsMargins(10, 4, 10, 6);
        auto* bar = new QHBoxLayout;
        bar->setContentsMargins(8, 6, 8, 6);
        bar->setSpacing(8);
        bar->addWidget(m_extent);
        bar->addWidget(m_state, 1);
        bar->addWidget(m_discard);
        bar->addWidget(m_apply);
        auto* column = new QVBoxLayout(m_content);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        column->addLayout(bar);
        column->addWidget(m_editor, 1);
        column->addWidget(m_find);
        column->addWidget(m_note);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);
        setFocusProxy(m_editor);

        m_soon.setSingleShot(true);
        m_soon.setInterval(followAfterMs);
        connect(&m_soon, &QTimer::timeout, this, [this] { follow(); });
        connect(m_extent, &QComboBox::activated, this, [this] { m_soon.start(); });
        connect(m_apply, &QPushButton::clicked, this, [this] { apply(); });
        connect(m_discard, &QPushButton::clicked, this, [this] { discard(); });
        connect(m_editor, &TextEditor::applyRequested, this, [this] { apply(); });
        connect(m_editor, &TextEditor::discardRequested, this, [this] {
            if (isWritten())
                m_discard->setFocus(Qt::OtherFocusReason); // one more key, so that no text is lost by one
        });
        connect(m_editor, &TextEditor::findRequested, this, [this] {
            m_find->show();
            m_find->setFocus();
            m_find->selectAll();
        });
        connect(m_find, &QLineEdit::textChanged, this, [this](const QString& text) { find(text, {}); });
        connect(m_editor->document(), &QTextDocument::modificationChanged, this, [this] { showState(); });
        connect(m_editor, &QPlainTextEdit::textChanged, this, [this] {
            if (!m_filling)
                clearError();
        });
        connect(m_editor, &QPlainTextEdit::cursorPositionChanged, this, [this] { selectAtCursor(); });
        auto soon = [this] { m_soon.start(); };
        connect(&this->document(), &document::Document::graphsChanged, this, soon);
        connect(&this->document(), &document::Document::contentChanged, this, soon);
        connect(&focus(), &document::Focus::currentChanged, this, soon);
        connect(&focus(), &document::Focus::alsoSelectedChanged, this, soon);
        connect(&focus(), &document::Focus::projectionChanged, this, soon);
        themeChanged();
        showState();
        showNothing();
    }

    bool isIdle() const override { return !m_task.busy() && !(m_soon.isActive() && isVisible()); }

protected:
    void showEvent(QShowEvent* event) override
    {
        Panel::showEvent(event);
        m_soon.start();
    }

    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (watched == m_find && event->type() == QEvent::KeyPress) {
            auto* key = static_cast<QKeyEvent*>(event);
            if (key->key() == Qt::Key_Escape) {
                m_find->hide();
                m_editor->setFocus();
                return true;
            }
            if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
                find(m_find->text(), key->modifiers() & Qt::ShiftModifier
                                         ? QTextDocument::FindFlags(QTextDocument::FindBackward)
                                         : QTextDocument::FindFlags());
                return true;
            }
        }
        return Panel::eventFilter(watched, event);
    }

private:
    bool isWhole() const { return m_extent->currentIndex() == 1; }
    bool isWritten() const { return m_editor->document()->isModified(); }
    bool isOfOpenModel() const { return m_path == document().path(); }

    void themeChanged() override
    {
        m_editor->setTheme(theme());
        m_stack->setTheme(theme());
        m_state->setFont(theme().font(theme::FontRole::Small));
        m_note->setFont(theme().font(theme::FontRole::Small));
        showState();
    }

    void find(const QString& text, QTextDocument::FindFlags flags)
    {
        if (flags == QTextDocument::FindFlags() && sender() == m_find) { // typing: from where it was found
            QTextCursor cursor = m_editor->textCursor();
            cursor.setPosition(cursor.selectionStart());
            m_editor->setTextCursor(cursor);
        }
        if (!m_editor->findNext(text, flags))
            emit document().message(tr("Not found in the text: %1").arg(text));
    }

    void showNothing()
    {
        m_stack->showEmpty(
            tr("No graph to write"),
            tr("Open a model and choose its dataflow graph, to see and edit it as ONNX text."));
    }

    // What is selected, or was written, decides what is shown.
    void follow()
    {
        if (!isVisible())
            return;
        markCurrent();
        if (isWritten())
            return showState();
        if (!canEditGraph(document())) {
            m_task.cancel();
            return showNothing();
        }
        const std::set<NodeId> nodes = isWhole() ? std::set<NodeId>() : selectedNodes(document());
        if (nodes.empty() && !isWhole()) {
            m_task.cancel();
            m_shown = {};
            m_path.clear();
            m_filling = true;
            m_editor->setText({}, {});
            m_filling = false;
            m_editor->setReadOnly(true);
            m_stack->showContent();
            showState();
            return;
        }
        // A line that was clicked is no other selection.
        if (m_fromHere && isOfOpenModel() && m_position == document().editor().position())
            return;
        m_fromHere = false;
        m_task.submit(
            [loaded = document().model(), nodes](std::stop_token) { return shownText(*loaded, nodes); },
            [this, path = document().path(),
             position = document().editor().position()](const Result<ShownText>& shown) {
                if (isWritten())
                    return;
                m_stack->showContent();
                m_path = path;
                m_position = position;
                const int scrolled = m_editor->verticalScrollBar()->value();
                const bool sameLength = shown.ok() && m_shown.part.isWhole && shown->part.isWhole;
                m_filling = true;
                m_shown = shown.ok() ? *shown : ShownText();
                m_editor->setText(QString::fromStdString(m_shown.text), m_shown.lines);
                m_filling = false;
                m_editor->setReadOnly(!shown.ok() || m_shown.nodesLeftOut > 0);
                m_error =
                    shown.ok() ? QString() : QString::fromStdString(displayText(shown.error().text(), 400));
                if (sameLength)
                    m_editor->verticalScrollBar()->setValue(scrolled);
                markCurrent();
                showState();
            });
    }

    void markCurrent()
    {
        const std::set<NodeId> selected = selectedNodes(document());
        const bool isAll = !isWhole() && selected.size() == m_shown.part.nodes.size();
        m_editor->setCurrentNodes(isAll ? std::unordered_set<NodeId>()
                                        : std::unordered_set<NodeId>(selected.begin(), selected.end()));
        if (!selected.empty() && !m_editor->hasFocus() && !isAll)
            m_editor->showNode(document().focus().current().node());
    }

    void selectAtCursor()
    {
        if (m_filling || !m_editor->hasFocus() || !isOfOpenModel() || !canEditGraph(document()))
            return;
        const NodeId node = m_editor->nodeAtCursor();
        if (!node.valid() || !document().editor().model().graph.contains(node) ||
            document().focus().current() == document::CurrentNode{GraphStage::Dataflow, node.value})
            return;
        m_fromHere = true;
        document().focus().select(GraphStage::Dataflow, node.value);
    }

    void apply()
    {
        if (!isWritten() || !isOfOpenModel() || !canEditGraph(document()) || m_task.busy())
            return;
        clearError();
        const std::string written = m_editor->toPlainText().toStdString();
        m_state->setText(tr("Applying …"));
        m_task.submit(
            [loaded = document().model(), shown = m_shown, written](std::stop_token) {
                return editOf(*loaded, shown, written);
            },
            [this, path = document().path(),
             position = document().editor().position()](const Result<graph::Edit>& edit) {
                if (!edit.ok())
                    return showError(edit.error());
                if (document().path() != path || document().editor().position() != position)
                    return showError({ErrorCode::Usage, "the graph was changed meanwhile; apply again", {}});
                finish(*edit);
            });
    }

    void finish(const graph::Edit& edit)
    {
        const bool changes = !std::get<graph::Group>(edit.kind).edits.empty();
        const std::size_t first = document().editor().model().graph.nodeSlots();
        if (changes && !document().editor().apply(edit))
            return showError({ErrorCode::Usage, "it does not fit into the graph", {}});
        const edit::ShownPart part = m_shown.part;
        m_editor->document()->setModified(false);
        m_fromHere = false;
        emit document().message(changes ? tr("The text was applied as one step")
                                        : tr("The text says what the graph is: nothing was changed"));
        if (!part.isWhole && changes) {
            const graph::Graph& graph = document().editor().model().graph;
            std::vector<std::uint64_t> keys;
            for (NodeId id : part.nodes)
                if (graph.contains(id))
                    keys.push_back(id.value);
            for (std::size_t i = first; i < graph.nodeSlots(); ++i)
                if (graph.contains(NodeId(i)) && graph.node(NodeId(i)).region == part.region)
                    keys.push_back(i);
            if (!keys.empty())
                focus().select(GraphStage::Dataflow, keys.front());
            focus().setAlsoSelected(std::move(keys));
        }
        m_soon.start();
    }

    void discard()
    {
        m_editor->document()->setModified(false);
        m_fromHere = false;
        clearError();
        m_editor->setFocus();
        follow();
    }

    void clearError()
    {
        if (m_error.isEmpty())
            return;
        m_error.clear();
        m_editor->setErrorLine(-1);
        showState();
    }

    // At its line: that which the reader names, else the first that has the name.
    void showError(const Error& error)
    {
        m_error = QString::fromStdString(displayText(error.text(), 400));
        int line = -1;
        if (const auto place = formats::placeInText(error)) {
            line = place->line - 1;
        } else if (const auto match =
                       QRegularExpression("\"(.+)\"").match(QString::fromStdString(error.where));
                   match.hasMatch()) {
            const QRegularExpression word("(?<!\\w)" + QRegularExpression::escape(match.captured(1)) +
                                          "(?!\\w)");
            for (QTextBlock block = m_editor->document()->begin(); block.isValid() && line < 0;
                 block = block.next())
                if (word.match(block.text()).hasMatch())
                    line = block.blockNumber();
        }
        m_filling = true; // the cursor goes there, not the selection
        m_editor->setErrorLine(line);
        m_filling = false;
        showState();
    }

    void showState()
    {
        const bool isHere = isOfOpenModel();
        m_apply->setEnabled(isWritten() && isHere);
        m_discard->setEnabled(isWritten());
        QString state;
        if (isWritten())
            state = isHere ? tr("Not applied yet") : tr("Written for another model");
        else if (!m_shown.text.empty())
            state = m_shown.part.isWhole             ? tr("%1 nodes").arg(m_shown.part.nodes.size())
                    : m_shown.part.nodes.size() == 1 ? tr("1 node")
                                                     : tr("%1 nodes").arg(m_shown.part.nodes.size());
        else if (!isWhole())
            state = tr("Nothing is selected");
        m_state->setText(state);
        setColor(m_state, theme().color(isWritten() ? theme::Role::Warning : theme::Role::TextMuted));
        QString note = m_error;
        if (note.isEmpty() && isWritten() && !isHere)
            note = tr("Its model is closed. The text can be copied; Discard shows the model that is open.");
        else if (note.isEmpty() && m_shown.nodesLeftOut > 0)
            note =
                tr("The first %1 nodes, to be looked at; %2 more are not shown. Select nodes to edit them.")
                    .arg(m_shown.part.nodes.size())
                    .arg(m_shown.nodesLeftOut);
        else if (note.isEmpty() && m_shown.leftOut.tensors > 0)
            note = (m_shown.leftOut.tensors == 1
                        ? tr("%1 constant (%2) is shown without its numbers and stays as it is.")
                        : tr("%1 constants (%2) are shown without their numbers and stay as they are."))
                       .arg(m_shown.leftOut.tensors)
                       .arg(QString::fromStdString(formatBytes(m_shown.leftOut.bytes)));
        m_note->setText(note);
        m_note->setVisible(!note.isEmpty());
        setColor(m_note, theme().color(m_error.isEmpty() ? theme::Role::TextMuted : theme::Role::Error));
    }

    QWidget* m_content;
    QComboBox* m_extent;
    QLabel* m_state;
    QPushButton* m_apply;
    QPushButton* m_discard;
    TextEditor* m_editor;
    QLineEdit* m_find;
    QLabel* m_note;
    ContentOrEmpty* m_stack;
    ShownText m_shown;
    QString m_path; // of the model that m_shown is of
    std::size_t m_position = 0;
    QString m_error;
    bool m_filling = false;  // the text is set, not written
    bool m_fromHere = false; // the selection is a line that was clicked
    QTimer m_soon;
    async::Task m_task; // last: its job ends before what is above goes
};

} // namespace

PanelSpec text()
{
    return {
        .id = "text",
        .title = "ONNX text",
        .toolTip = "The selection, or the whole graph, as text that can be edited",
        .area = Area::Right,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new TextPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
