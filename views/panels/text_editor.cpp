// SPDX-License-Identifier: Apache-2.0
#include "views/panels/text_editor.h"

#include <QKeyEvent>
#include <QPainter>
#include <QRegularExpression>
#include <QScrollBar>
#include <QSyntaxHighlighter>
#include <QTextBlock>
#include <QTextEdit>

#include <algorithm>

namespace orrery::panels {
namespace {

struct NodeOfLine final : QTextBlockUserData {
    explicit NodeOfLine(NodeId id)
        : node(id)
    {}
    NodeId node;
};

NodeId nodeOf(const QTextBlock& block)
{
    auto* data = static_cast<NodeOfLine*>(block.userData());
    return data != nullptr ? data->node : NodeId();
}

class Numbers final : public QWidget {
public:
    explicit Numbers(TextEditor* editor)
        : QWidget(editor)
        , m_editor(editor)
    {}
    QSize sizeHint() const override { return {m_editor->numberWidth(), 0}; }

protected:
    void paintEvent(QPaintEvent* event) override { m_editor->paintNumbers(event); }

private:
    TextEditor* m_editor;
};

class Colours final : public QSyntaxHighlighter {
public:
    using QSyntaxHighlighter::QSyntaxHighlighter;
    void setTheme(const theme::Theme& theme)
    {
        m_rules.clear();
        auto rule = [&](const char* pattern, const QColor& color) {
            m_rules.emplace_back(QRegularExpression(pattern), color);
        };
        rule("(?<==\\s)[A-Za-z_][\\w.]*(?=\\s*[<(])", theme.color(theme::Role::Accent)); // operators
        rule("\\b(bool|string|u?int\\d+|float\\d*|double|bfloat16|complex\\d+|seq|map|optional)\\b",
             theme.series()[1 % theme.series().size()]);
        rule("(?<![\\w.])-?\\d[\\d.]*(e[+-]?\\d+)?\\b", theme.series()[2 % theme.series().size()]);
        rule("\"(\\\\.|[^\"\\\\])*\"", theme.color(theme::Role::Success));
        rule("#.*$", theme.color(theme::Role::TextMuted));
        rehighlight();
    }

protected:
    void highlightBlock(const QString& text) override
    {
        if (text.size() > 4000) // a line of numbers
            return;
        for (const auto& [pattern, color] : m_rules)
            for (auto found = pattern.globalMatch(text); found.hasNext();) {
                const auto match = found.next();
                setFormat(int(match.capturedStart()), int(match.capturedLength()), color);
            }
    }

private:
    std::vector<std::pair<QRegularExpression, QColor>> m_rules;
};

QColor faint(QColor color, int alpha)
{
    color.setAlpha(alpha);
    return color;
}

} // namespace

TextEditor::TextEditor(QWidget* parent)
    : QPlainTextEdit(parent)
    , m_numbers(new Numbers(this))
    , m_colours(new Colours(document()))
{
    setLineWrapMode(NoWrap);
    setFrameShape(NoFrame);
    setTabChangesFocus(true);
    connect(this, &QPlainTextEdit::blockCountChanged, this, &TextEditor::placeNumbers);
    connect(this, &QPlainTextEdit::updateRequest, this, [this](const QRect& area, int dy) {
        if (dy != 0)
            m_numbers->scroll(0, dy);
        else
            m_numbers->update(0, area.y(), m_numbers->width(), area.height());
    });
}

void TextEditor::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    setFont(theme.font(theme::FontRole::Mono));
    static_cast<Colours*>(m_colours)->setTheme(theme);
    placeNumbers();
    mark();
}

void TextEditor::setText(const QString& text, const std::vector<std::pair<int, NodeId>>& lines)
{
    m_errorLine = -1;
    setPlainText(text);
    for (const auto& [line, node] : lines)
        if (QTextBlock block = document()->findBlockByNumber(line); block.isValid())
            block.setUserData(new NodeOfLine(node));
    document()->setModified(false);
    mark();
}

NodeId TextEditor::nodeAtCursor() const
{
    for (QTextBlock block = textCursor().block(); block.isValid(); block = block.previous())
        if (const NodeId node = nodeOf(block); node.valid())
            return node;
    return {};
}

void TextEditor::setCurrentNodes(const std::unordered_set<NodeId>& nodes)
{
    m_current = nodes;
    mark();
}

void TextEditor::showNode(NodeId node)
{
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next())
        if (nodeOf(block) == node) {
            if (const QRectF box = blockBoundingGeometry(block).translated(contentOffset());
                box.top() >= 0 && box.bottom() <= viewport()->height())
                return;
            verticalScrollBar()->setValue(std::max(0, block.firstLineNumber() - 3));
            return;
        }
}

void TextEditor::setErrorLine(int line)
{
    m_errorLine = line;
    if (const QTextBlock block = document()->findBlockByNumber(line); line >= 0 && block.isValid()) {
        QTextCursor cursor(block);
        setTextCursor(cursor);
        ensureCursorVisible();
    }
    mark();
}

bool TextEditor::findNext(const QString& text, QTextDocument::FindFlags flags)
{
    if (text.isEmpty() || find(text, flags))
        return true;
    const QTextCursor before = textCursor();
    QTextCursor around(document());
    if (flags & QTextDocument::FindBackward)
        around.movePosition(QTextCursor::End);
    setTextCursor(around);
    if (find(text, flags))
        return true;
    setTextCursor(before);
    return false;
}

void TextEditor::mark()
{
    QList<QTextEdit::ExtraSelection> marks;
    auto add = [&](const QTextBlock& block, const QColor& color) {
        QTextEdit::ExtraSelection one;
        one.cursor = QTextCursor(block);
        one.format.setBackground(color);
        one.format.setProperty(QTextFormat::FullWidthSelection, true);
        marks.append(one);
    };
    if (!m_current.empty())
        for (QTextBlock block = document()->begin(); block.isValid(); block = block.next())
            if (const NodeId node = nodeOf(block); node.valid() && m_current.contains(node))
                add(block, faint(m_theme.color(theme::Role::Selection), 45));
    if (const QTextBlock block = document()->findBlockByNumber(m_errorLine);
        m_errorLine >= 0 && block.isValid())
        add(block, faint(m_theme.color(theme::Role::Error), 60));
    setExtraSelections(marks);
}

int TextEditor::numberWidth() const
{
    const int digits = int(QString::number(std::max(1, blockCount())).size());
    return 14 + fontMetrics().horizontalAdvance('9') * std::max(2, digits);
}

void TextEditor::placeNumbers()
{
    setViewportMargins(numberWidth(), 0, 0, 0);
    m_numbers->setFont(font());
    const QRect lines = viewport()->geometry();
    m_numbers->setGeometry(lines.left() - numberWidth(), lines.top(), numberWidth(), lines.height());
}

void TextEditor::paintNumbers(QPaintEvent* event)
{
    QPainter painter(m_numbers);
    painter.fillRect(event->rect(), m_theme.color(theme::Role::Window));
    painter.setFont(font());
    QTextBlock block = firstVisibleBlock();
    QRectF box = blockBoundingGeometry(block).translated(contentOffset());
    while (block.isValid() && box.top() <= event->rect().bottom()) {
        const bool isError = block.blockNumber() == m_errorLine;
        painter.setPen(m_theme.color(isError ? theme::Role::Error : theme::Role::TextMuted));
        painter.drawText(QRectF(0, box.top(), m_numbers->width() - 7, fontMetrics().height()),
                         Qt::AlignRight | Qt::AlignVCenter, QString::number(block.blockNumber() + 1));
        block = block.next();
        box = blockBoundingGeometry(block).translated(contentOffset());
    }
}

void TextEditor::resizeEvent(QResizeEvent* event)
{
    QPlainTextEdit::resizeEvent(event);
    placeNumbers();
}

namespace {

bool isApply(const QKeyEvent& event)
{
    return (event.modifiers() & ~Qt::KeypadModifier) == Qt::ControlModifier &&
           (event.key() == Qt::Key_Return || event.key() == Qt::Key_Enter);
}

} // namespace

// Keys that mean something else in the window.
bool TextEditor::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        auto* key = static_cast<QKeyEvent*>(event);
        if (isApply(*key) || key->matches(QKeySequence::Find) || key->matches(QKeySequence::Undo) ||
            key->matches(QKeySequence::Redo) || key->matches(QKeySequence::Delete)) {
            event->accept();
            return true;
        }
    }
    return QPlainTextEdit::event(event);
}

void TextEditor::keyPressEvent(QKeyEvent* event)
{
    if (isApply(*event))
        return emit applyRequested();
    if (event->matches(QKeySequence::Find))
        return emit findRequested();
    if (event->key() == Qt::Key_Escape)
        return emit discardRequested();
    QPlainTextEdit::keyPressEvent(event);
}

} // namespace orrery::panels
