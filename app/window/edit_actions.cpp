// SPDX-License-Identifier: Apache-2.0
#include "app/window/main_window.h"
#include "views/document/hint_history.h"
#include "views/panels/graph.h"
#include "views/panels/graph_edits.h"
#include "views/panels/graph_places.h"

#include <QCoreApplication>
#include <QLineEdit>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("editActions", text); }

bool hasSelection(const MainWindow& w) { return !panels::selectedNodes(w.document()).empty(); }
bool hasOne(const MainWindow& w) { return panels::selectedNodes(w.document()).size() == 1; }

// Edits of the compute graph are plan hints, with a history of their own.
bool looksAtPlan(const MainWindow& w) { return w.document().focus().projection() == "compute"; }

} // namespace

ActionMenu edit_actions()
{
    using W = MainWindow;
    return {tr("&Edit"),
            {
                {.id = "undo",
                 .text = tr("&Undo"),
                 .toolTip = tr("Take the last edit back"),
                 .icon = {},
                 .shortcuts = {QKeySequence::Undo},
                 .run =
                     [](W& w) {
                         if (looksAtPlan(w))
                             return w.document().hintHistory().undo();
                         // A move of nodes is no edit of the model, and is taken back in its turn.
                         panels::GraphPlaces& places = w.graphPanel().places();
                         places.canUndo() ? places.undo() : w.document().editor().undo();
                     },
                 .enabled =
                     [](const W& w) {
                         if (looksAtPlan(w))
                             return w.document().hintHistory().canUndo();
                         return w.document().editor().position() > 0 || w.graphPanel().places().canUndo();
                     }},
                {.id = "redo",
                 .text = tr("&Redo"),
                 .toolTip = tr("Do the edit again that was taken back"),
                 .icon = {},
                 .shortcuts = {QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")},
                 .run =
                     [](W& w) {
                         if (looksAtPlan(w))
                             return w.document().hintHistory().redo();
                         panels::GraphPlaces& places = w.graphPanel().places();
                         places.canRedo() ? places.redo() : w.document().editor().redo();
                     },
                 .enabled =
                     [](const W& w) {
                         if (looksAtPlan(w))
                             return w.document().hintHistory().canRedo();
                         return w.graphPanel().places().canRedo() ||
                                w.document().editor().position() < w.document().editor().stepCount();
                     }},
                {.id = "insert_operator",
                 .text = tr("&Insert an operator …"),
                 .toolTip = tr("Choose one; it comes behind the selected node"),
                 .icon = {},
                 .shortcuts = {QKeySequence("Insert"), QKeySequence("Ctrl+I")},
                 .separator = Separator::Before,
                 .run =
                     [](W& w) {
                         w.showPanel("palette");
                         if (auto* search = w.findChild<QLineEdit*>("paletteSearch")) {
                             search->setFocus(Qt::ShortcutFocusReason);
                             search->selectAll();
                         }
                     },
                 .enabled = [](const W& w) { return panels::canEditGraph(w.document()); }},
                {.id = "replace_operator",
                 .text = tr("Re&place the operator …"),
                 .toolTip = tr("By one with as many inputs and outputs"),
                 .icon = {},
                 .shortcuts = {},
                 .run = [](W& w) { panels::replaceSelected(w.document(), &w); },
                 .enabled = hasOne},
                {.id = "rename",
                 .text = tr("Re&name …"),
                 .toolTip = tr("Give the node another name"),
                 .icon = {},
                 .shortcuts = {QKeySequence("F2")},
                 .run = [](W& w) { panels::renameSelected(w.document(), &w); },
                 .enabled = hasOne},
                {.id = "duplicate",
                 .text = tr("&Duplicate"),
                 .toolTip = tr("The selected nodes once more, reading the same values"),
                 .icon = {},
                 .shortcuts = {QKeySequence("Ctrl+D")},
                 .run = [](W& w) { panels::duplicateSelected(w.document()); },
                 .enabled = hasSelection},
                {.id = "bypass",
                 .text = tr("&Bypass"),
                 .toolTip = tr("The selected nodes pass their input on and do nothing else"),
                 .icon = {},
                 .shortcuts = {QKeySequence("Ctrl+B")},
                 .separator = Separator::Before,
                 .run = [](W& w) { panels::bypassSelected(w.document()); },
                 .enabled = hasSelection},
                {.id = "delete",
                 .text = tr("De&lete"),
                 .toolTip = tr("Delete the selected nodes; what read them reads their input"),
                 .icon = {},
                 .shortcuts = {QKeySequence::Delete},
                 .run = [](W& w) { panels::deleteSelected(w.document(), edit::Reconnect::Yes); },
                 .enabled = hasSelection},
                {.id = "delete_open",
                 .text = tr("Delete and leave &open"),
                 .toolTip = tr("Delete the selected nodes; what read them reads nothing any more"),
                 .icon = {},
                 .shortcuts = {QKeySequence("Shift+Delete")},
                 .run = [](W& w) { panels::deleteSelected(w.document(), edit::Reconnect::No); },
                 .enabled = hasSelection},
            }};
}

} // namespace orrery::window
