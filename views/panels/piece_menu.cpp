// SPDX-License-Identifier: Apache-2.0
#include "views/panels/piece_menu.h"

#include "views/panels/graph_pieces.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QInputDialog>

#include <optional>

namespace orrery::panels {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("pieceMenu", text); }

QString modelFilter() { return tr("ONNX models (*.onnx *.onnxtxt);;All files (*)"); }

std::optional<QString> askName(QWidget* parent, const QString& title, const QString& label)
{
    bool accepted = false;
    const QString name =
        QInputDialog::getText(parent, title, label, QLineEdit::Normal, {}, &accepted).trimmed();
    return accepted && !name.isEmpty() ? std::optional(name) : std::nullopt;
}

} // namespace

void askExtract(GraphPieces& pieces, QWidget* parent)
{
    const QString path = QFileDialog::getSaveFileName(parent, tr("Extract the selection as a model"),
                                                      QStringLiteral("part.onnx"),
                                                      tr("ONNX models (*.onnx);;ONNX text (*.onnxtxt)"));
    if (!path.isEmpty())
        pieces.extractTo(path);
}

void askReplace(GraphPieces& pieces, QWidget* parent)
{
    const QString path =
        QFileDialog::getOpenFileName(parent, tr("Replace the selection by a model"), {}, modelFilter());
    if (!path.isEmpty())
        pieces.replaceByFile(path);
}

void askMerge(GraphPieces& pieces, QWidget* parent)
{
    const QString path =
        QFileDialog::getOpenFileName(parent, tr("Merge a model into this one"), {}, modelFilter());
    if (!path.isEmpty())
        pieces.mergeFile(path);
}

void askGroup(GraphPieces& pieces, QWidget* parent)
{
    if (const auto name = askName(parent, tr("Group as a function"), tr("Name of the function")))
        pieces.groupAsFunction(*name);
}

void askSnippet(GraphPieces& pieces, QWidget* parent)
{
    if (const auto name = askName(parent, tr("Save the selection as a snippet"), tr("Name of the snippet")))
        pieces.saveSnippet(*name);
}

void addPieceActions(QMenu& menu, GraphPieces& pieces, QWidget* parent)
{
    menu.addSeparator();
    menu.addAction(tr("Cut"), parent, [&pieces] { pieces.cut(); });
    menu.addAction(tr("Copy"), parent, [&pieces] { pieces.copy(); });
    menu.addAction(tr("Paste"), parent, [&pieces] { pieces.paste(); })->setEnabled(GraphPieces::canPaste());
    menu.addAction(tr("Extract as a model …"), parent, [&pieces, parent] { askExtract(pieces, parent); });
    menu.addAction(tr("Replace by a model …"), parent, [&pieces, parent] { askReplace(pieces, parent); });
    menu.addAction(tr("Group as a function …"), parent, [&pieces, parent] { askGroup(pieces, parent); });
    if (pieces.canInline())
        menu.addAction(tr("Inline the function"), parent, [&pieces] { pieces.inlineSelected(); });
    menu.addAction(tr("Save as a snippet …"), parent, [&pieces, parent] { askSnippet(pieces, parent); });
}

} // namespace orrery::panels
