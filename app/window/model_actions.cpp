// SPDX-License-Identifier: Apache-2.0
#include "app/window/main_window.h"
#include "views/panels/form_sheet.h"
#include "views/panels/graph_edits.h"
#include "views/panels/tensor_form.h"
#include "views/panels/value_form.h"

#include <QCoreApplication>
#include <QTimer>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("modelActions", text); }

bool canEdit(const MainWindow& w) { return panels::canEditGraph(w.document()); }
bool hasOne(const MainWindow& w) { return panels::selectedNodes(w.document()).size() == 1; }

// The form is made anew a moment after the selection changes.
void editProperties(MainWindow& window)
{
    window.showPanel("properties");
    QTimer::singleShot(50, &window, [&window] { panels::focusForm(window); });
}

} // namespace

ActionMenu model_actions()
{
    using W = MainWindow;
    return {tr("&Model"),
            {
                {.id = "edit_properties",
                 .text = tr("Edit &properties"),
                 .toolTip = tr("To the fields of what is selected, or of the model"),
                 .shortcuts = {QKeySequence("F4")},
                 .run = editProperties,
                 .enabled = [](const W& w) { return w.document().editor().canEdit(); }},
                {.id = "model_properties",
                 .text = tr("Properties of the &model"),
                 .toolTip = tr("Inputs, outputs, operator sets, metadata"),
                 .shortcuts = {QKeySequence("Shift+F4")},
                 .run =
                     [](W& w) {
                         w.document().focus().clear();
                         editProperties(w);
                     },
                 .enabled = [](const W& w) { return w.document().editor().canEdit(); }},
                {.id = "new_input",
                 .text = tr("Add a &graph input …"),
                 .toolTip = tr("With name, element type and dims"),
                 .shortcuts = {QKeySequence("Ctrl+Shift+G")},
                 .separator = Separator::Before,
                 .run = [](W& w) { panels::newGraphInput(w.document(), &w); },
                 .enabled = canEdit},
                {.id = "make_output",
                 .text = tr("Make it an &output of the graph"),
                 .toolTip = tr("What the selected node makes"),
                 .shortcuts = {QKeySequence("Ctrl+Shift+O")},
                 .run =
                     [](W& w) {
                         panels::makeGraphOutput(w.document(), *panels::selectedNodes(w.document()).begin());
                     },
                 .enabled = hasOne},
                {.id = "new_constant",
                 .text = tr("Add a &constant …"),
                 .toolTip = tr("With name, element type, shape and numbers"),
                 .shortcuts = {QKeySequence("Ctrl+Shift+I")},
                 .separator = Separator::Before,
                 .run = [](W& w) { panels::newConstant(w.document(), w.theme(), &w); },
                 .enabled = canEdit},
                {.id = "constant_input",
                 .text = tr("Constant for an open &input …"),
                 .toolTip = tr("Of the selected node, with the shape that fits where it can be told"),
                 .shortcuts = {QKeySequence("Ctrl+Shift+K")},
                 .run =
                     [](W& w) {
                         panels::newConstantInput(w.document(), w.theme(),
                                                  *panels::selectedNodes(w.document()).begin(), -1, &w);
                     },
                 .enabled = hasOne},
            }};
}

} // namespace orrery::window
