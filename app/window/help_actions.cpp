// SPDX-License-Identifier: Apache-2.0
#include "app/window/main_window.h"
#include "views/panels/empty_state.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QMessageBox>
#include <QVBoxLayout>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("helpActions", text); }

void showShortcuts(MainWindow& window)
{
    QDialog dialog(&window);
    dialog.setWindowTitle(tr("Keyboard shortcuts"));
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(24);
    grid->setVerticalSpacing(5);
    int row = 0, column = 0;
    auto add = [&](const QString& keys, const QString& what) {
        QLabel* key = panels::plainLabel(keys, &dialog);
        key->setFont(window.theme().font(theme::FontRole::Mono));
        panels::setColor(key, window.theme().color(theme::Role::Accent));
        grid->addWidget(key, row, column);
        grid->addWidget(panels::plainLabel(what, &dialog), row++, column + 1);
    };
    for (const ActionMenu& menu : actionMenus())
        for (const ActionSpec& spec : menu.actions)
            if (!spec.shortcuts.isEmpty())
                add(spec.shortcuts.front().toString(QKeySequence::NativeText),
                    QString(spec.text).remove('&').remove(" …"));
    row = 0;
    column = 2;
    add("Space", tr("Fit the whole graph"));
    add("F", tr("Fit the selection"));
    add("+  −", tr("Zoom in, zoom out"));
    add("0", tr("Zoom to 100 %"));
    add("Wheel", tr("Zoom at the pointer"));
    add("Drag", tr("Move the graph"));
    add("Arrows", tr("Walk along the edges"));
    add("Double click", tr("Expand or collapse a group"));
    add("Return", tr("Next search result"));
    add("Shift+Return", tr("Previous search result"));
    add("Esc", tr("Close the search"));
    add("Ctrl+C", tr("Copy the selected row of a table"));
    row = 0;
    column = 4;
    add(tr("In the timeline"), {});
    add("W  S", tr("Zoom in, zoom out"));
    add("A  D", tr("Earlier, later"));
    add("Home", tr("The whole run"));
    add("F", tr("Fit the selection or the range"));
    add(".  ,", tr("Next, previous op of the track"));
    add("Shift+.  Shift+,", tr("Next, previous call of the node"));
    add("Up  Down", tr("Walk through the tracks"));
    add("Return", tr("Show the node on the graph"));
    add("R", tr("Take the selection, the last two marks or what is seen as the range"));
    add("Drag the ruler", tr("Take a range; with Shift anywhere"));
    add("M", tr("Set or remove a mark"));
    add("Esc", tr("Let go of range, selection, marks"));
    add("Ctrl+Wheel", tr("Zoom at the pointer; with Shift pan"));
    auto* close = new QDialogButtonBox(QDialogButtonBox::Close, &dialog);
    QObject::connect(close, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    auto* all = new QVBoxLayout(&dialog);
    all->setContentsMargins(20, 18, 20, 14);
    all->setSpacing(16);
    all->addLayout(grid);
    all->addWidget(close);
    dialog.exec();
}

void showAbout(MainWindow& window)
{
    QMessageBox box(&window);
    box.setWindowTitle(tr("About Orrery"));
    box.setTextFormat(Qt::PlainText);
    box.setText(tr("Orrery %1").arg(QCoreApplication::applicationVersion()));
    box.setInformativeText(
        tr("Opens neural-network models, runs them, and shows on the graph itself where the "
           "time and the memory go.\n\nLicensed under Apache-2.0."));
    box.exec();
}

} // namespace

ActionMenu help_actions()
{
    return {tr("&Help"),
            {
                {.id = "shortcuts",
                 .text = tr("&Keyboard shortcuts"),
                 .toolTip = {},
                 .icon = {},
                 .shortcuts = {QKeySequence("F1")},
                 .run = showShortcuts},
                {.id = "about",
                 .text = tr("&About Orrery"),
                 .toolTip = {},
                 .icon = {},
                 .shortcuts = {},
                 .run = showAbout},
            }};
}

} // namespace orrery::window
