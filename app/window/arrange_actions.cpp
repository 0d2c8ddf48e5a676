// SPDX-License-Identifier: Apache-2.0
#include "app/window/main_window.h"
#include "views/panels/graph.h"
#include "views/panels/graph_canvas.h"
#include "views/panels/graph_edits.h"

#include <QCoreApplication>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("arrangeActions", text); }

bool canEdit(const MainWindow& w) { return panels::canEditGraph(w.document()); }
bool hasSeveral(const MainWindow& w) { return panels::selectedNodes(w.document()).size() > 1; }

ActionSpec alignAction(const QString& id, const QString& text, canvas::Align how,
                       Separator separator = Separator::None)
{
    return {.id = id,
            .text = text,
            .separator = separator,
            .run = [how](MainWindow& w) { w.graphPanel().view().align(how); },
            .enabled = hasSeveral};
}

} // namespace

ActionMenu arrange_actions()
{
    using W = MainWindow;
    using canvas::Align;
    return {tr("&Arrange"),
            {
                {.id = "connect",
                 .text = tr("&Connect …"),
                 .toolTip = tr("Choose an input that the selected node's result goes to"),
                 .shortcuts = {QKeySequence("Ctrl+L")},
                 .run = [](W& w) { w.graphPanel().edits().openConnect(); },
                 .enabled = canEdit},
                alignAction("align_left", tr("Align &left edges"), Align::Left, Separator::Before),
                alignAction("align_top", tr("Align &top edges"), Align::Top),
                alignAction("align_centers", tr("Align c&entres in a column"), Align::CentersAcross),
                alignAction("align_middles", tr("Align &middles in a row"), Align::CentersDown),
                alignAction("distribute_across", tr("Distribute &across"), Align::DistributeAcross,
                            Separator::Before),
                alignAction("distribute_down", tr("Distribute &down"), Align::DistributeDown),
                {.id = "lay_out_selection",
                 .text = tr("Lay out the &selection again"),
                 .toolTip = tr("Forget where the selected nodes were put"),
                 .separator = Separator::Before,
                 .run =
                     [](W& w) {
                         canvas::GraphView& view = w.graphPanel().view();
                         view.layOutAgain(view.selectedKeys());
                     },
                 .enabled = [](const W& w) { return !panels::selectedNodes(w.document()).empty(); }},
                {.id = "lay_out_again",
                 .text = tr("Lay &out again"),
                 .toolTip = tr("Lay the whole graph out from the ground up and forget where nodes were put"),
                 .shortcuts = {QKeySequence("Ctrl+Alt+L")},
                 .run = [](W& w) { w.graphPanel().view().layOutAgain(); }},
            }};
}

} // namespace orrery::window
