#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TextEditor: ONNX text with line numbers, in a fixed-width font, coloured by what words are. It knows which
// node a line belongs to, also while lines come and go, and marks the lines of current nodes and of an error.

#include "engine/base/ids.h"
#include "views/theme/theme.h"

#include <QPlainTextEdit>

#include <unordered_set>

class QSyntaxHighlighter;

namespace orrery::panels {

class TextEditor final : public QPlainTextEdit {
    Q_OBJECT

public:
    explicit TextEditor(QWidget* parent);

    void setTheme(const theme::Theme& theme);
    // lines: from 0, with the node that begins there.
    void setText(const QString& text, const std::vector<std::pair<int, NodeId>>& lines);
    // Of the node whose lines the cursor is in; invalid above the first.
    NodeId nodeAtCursor() const;
    void setCurrentNodes(const std::unordered_set<NodeId>& nodes);
    void showNode(NodeId node);  // scrolls there; the cursor stays
    void setErrorLine(int line); // from 0; -1: none
    bool findNext(const QString& text, QTextDocument::FindFlags flags = {}); // from the cursor on, around
    int numberWidth() const;
    void paintNumbers(QPaintEvent* event);

signals:
    void applyRequested();   // Ctrl+Return
    void findRequested();    // Ctrl+F
    void discardRequested(); // Escape

protected:
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void mark();
    void placeNumbers();

    theme::Theme m_theme;
    QWidget* m_numbers;
    QSyntaxHighlighter* m_colours;
    std::unordered_set<NodeId> m_current;
    int m_errorLine = -1;
};

} // namespace orrery::panels
