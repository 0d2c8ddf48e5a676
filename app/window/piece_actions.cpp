// SPDX-License-Identifier: Apache-2.0
#include "app/window/main_window.h"
#include "views/panels/graph_edits.h"
#include "views/panels/graph_pieces.h"
#include "views/panels/piece_menu.h"

#include <QCoreApplication>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("pieceActions", text); }

bool hasSelection(const MainWindow& w) { return !panels::selectedNodes(w.document()).empty(); }
bool canEdit(const MainWindow& w) { return panels::canEditGraph(w.document()); }

} // namespace

// Cut, copy and paste are keys of the canvas alone: fields, tables and the debugger have their own.
ActionMenu piece_actions()
{
    using W = MainWindow;
    return {tr("&Pieces"),
            {
                {.id = "cut",
                 .text = tr("Cu&t"),
                 .toolTip = tr("The selected nodes to the clipboard; those who read them are reconnected"),
                 .shortcuts = {QKeySequence("Ctrl+X")},
                 .keys = Keys::OnCanvas,
                 .run = [](W& w) { w.graphPanel().pieces().cut(); },
                 .enabled = hasSelection},
                {.id = "copy",
                 .text = tr("&Copy"),
                 .toolTip = tr("The selected nodes to the clipboard, as ONNX text"),
                 .shortcuts = {QKeySequence("Ctrl+C")},
                 .keys = Keys::OnCanvas,
                 .run = [](W& w) { w.graphPanel().pieces().copy(); },
                 .enabled = hasSelection},
                {.id = "paste",
                 .text = tr("&Paste"),
                 .toolTip = tr("Nodes or ONNX text from the clipboard; inputs are connected by name"),
                 .shortcuts = {QKeySequence("Ctrl+V")},
                 .keys = Keys::OnCanvas,
                 .run = [](W& w) { w.graphPanel().pieces().paste(); },
                 .enabled = canEdit},
                {.id = "extract",
                 .text = tr("&Extract as a model …"),
                 .toolTip = tr("The selected nodes as a model of their own"),
                 .shortcuts = {QKeySequence("Ctrl+Shift+E")},
                 .separator = Separator::Before,
                 .run = [](W& w) { panels::askExtract(w.graphPanel().pieces(), &w); },
                 .enabled = hasSelection},
                {.id = "replace_piece",
                 .text = tr("&Replace by a model …"),
                 .toolTip = tr("A saved model takes the place of the selected nodes"),
                 .run = [](W& w) { panels::askReplace(w.graphPanel().pieces(), &w); },
                 .enabled = hasSelection},
                {.id = "merge",
                 .text = tr("&Merge a model …"),
                 .toolTip = tr("All of another file beside what is here, names made unique"),
                 .run = [](W& w) { panels::askMerge(w.graphPanel().pieces(), &w); },
                 .enabled = canEdit},
                {.id = "group_function",
                 .text = tr("&Group as a function …"),
                 .toolTip = tr("A function of the model does the work of the selected nodes"),
                 .shortcuts = {QKeySequence("Ctrl+Alt+G")},
                 .separator = Separator::Before,
                 .run = [](W& w) { panels::askGroup(w.graphPanel().pieces(), &w); },
                 .enabled = hasSelection},
                {.id = "inline_function",
                 .text = tr("&Inline the function"),
                 .toolTip = tr("The nodes of its body take the place of the selected call"),
                 .shortcuts = {QKeySequence("Ctrl+Alt+I")},
                 .run = [](W& w) { w.graphPanel().pieces().inlineSelected(); },
                 .enabled = [](const W& w) { return w.graphPanel().pieces().canInline(); }},
                {.id = "save_snippet",
                 .text = tr("&Save as a snippet …"),
                 .toolTip = tr("Keep the selected nodes; the palette offers them for every model"),
                 .run = [](W& w) { panels::askSnippet(w.graphPanel().pieces(), &w); },
                 .enabled = hasSelection},
            }};
}

} // namespace orrery::window
