// SPDX-License-Identifier: Apache-2.0
#include "app/window/find_actions.h"

#include "app/window/launch.h"
#include "app/window/main_window.h"
#include "app/window/shrink_dialog.h"
#include "views/document/range_check.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QInputDialog>

namespace orrery::window {
namespace {

using document::DebugController;
using Phase = DebugController::Phase;

// The largest finite values, as the ranges of the types end.
constexpr double largestFloat16 = 65504;
constexpr double largestBfloat16 = 3.38953139e38;

QString tr(const char* text) { return QCoreApplication::translate("findActions", text); }

bool canFind(const MainWindow& w)
{
    const Phase phase = w.document().debugger().phase();
    return phase == Phase::Paused || (phase == Phase::Off && w.document().canRun());
}

bool hasModel(const MainWindow& w) { return w.document().model() != nullptr; }

void findBad(MainWindow& w, double overflowAbove)
{
    debugFrom(w, [=](DebugController& debugger) { debugger.findBadValue({overflowAbove}); });
    w.showPanel("debugger");
}

void checkRanges(MainWindow& w)
{
    document::RangeCheck& ranges = w.document().ranges();
    if (ranges.isRunning())
        return ranges.cancel();
    ranges.start();
    w.document().focus().setOverlay("range");
}

void findBeyond(MainWindow& w)
{
    bool accepted = false;
    const double limit = QInputDialog::getDouble(&w, tr("First value beyond"), tr("Magnitude"),
                                                 largestFloat16, 0, 1e38, 4, &accepted);
    if (accepted)
        findBad(w, limit);
}

void shrink(MainWindow& w)
{
    auto* dialog = new ShrinkDialog(w.document().debugger(), w.document().path(), &w);
    QObject::connect(dialog, &ShrinkDialog::openRequested, &w, [&w, dialog](const QString& path) {
        dialog->close();
        w.openFile(path);
    });
    dialog->show();
}

void chooseReference(MainWindow& w)
{
    const QString path =
        QFileDialog::getOpenFileName(&w, tr("Values to compare with, by name, or an output of the model"), {},
                                     tr("Recorded values (*.npz)"));
    if (path.isEmpty())
        return;
    w.named().referencePath = path.toStdString();
    rememberDebugSettings(w);
    const bool on = w.document().debugger().phase() != Phase::Off;
    emit w.document().message(on ? tr("The reference is used from the next session on.")
                                 : tr("Conditions such as “difference > 0.001” compare with it."));
}

} // namespace

std::vector<ActionSpec> findActions()
{
    using W = MainWindow;
    return {
        {.id = "find_nan",
         .text = tr("First NaN or infinity"),
         .toolTip = tr("Run from the start and stop at the first node that makes one"),
         .separator = Separator::Before,
         .run = [](W& w) { findBad(w, 0); },
         .enabled = canFind},
        {.id = "find_half",
         .text = tr("First overflow of float16"),
         .toolTip = tr("Run from the start and stop at the first value beyond 65504"),
         .run = [](W& w) { findBad(w, largestFloat16); },
         .enabled = canFind},
        {.id = "find_bfloat",
         .text = tr("First overflow of bfloat16"),
         .toolTip = tr("Run from the start and stop at the first value beyond 3.39e38"),
         .run = [](W& w) { findBad(w, largestBfloat16); },
         .enabled = canFind},
        {.id = "check_ranges",
         .text = tr("Check &numeric ranges"),
         .toolTip = tr("Run the model once and show the largest number of each node, against the range of "
                       "float16; again to stop"),
         .run = checkRanges,
         .enabled = hasModel,
         .checked = [](const W& w) { return w.document().ranges().isRunning(); }},
        {.id = "find_limit",
         .text = tr("First value beyond …"),
         .toolTip = tr("Run from the start and stop at the first value of a larger magnitude"),
         .run = findBeyond,
         .enabled = canFind},
        {.id = "find_divergence",
         .text = tr("First divergence"),
         .toolTip = tr("Compare two ways to run the model, node by node"),
         .run = [](W& w) { w.showPanel("divergence"); },
         .enabled = hasModel},
        {.id = "shrink",
         .text = tr("Shrink a failing model …"),
         .toolTip = tr("Find the smallest part that still fails, and save it"),
         .run = shrink,
         .enabled = [](const W& w) { return hasModel(w) && !w.document().debugger().finding(); }},
        {.id = "debug_reference",
         .text = tr("Reference values …"),
         .toolTip = tr("What conditions on the difference, and wrong outputs, are compared with"),
         .run = chooseReference,
         .enabled = hasModel},
    };
}

} // namespace orrery::window
