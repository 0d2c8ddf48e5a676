// SPDX-License-Identifier: Apache-2.0
#include "app/cli/picture_file.h"
#include "app/window/main_window.h"
#include "app/window/new_model_dialog.h"
#include "engine/base/text.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QSaveFile>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("fileActions", text); }

void open(MainWindow& window)
{
    const QString folder = QFileInfo(window.document().path()).path();
    const QString path =
        QFileDialog::getOpenFileName(&window, tr("Open a model or a trace"), folder,
                                     tr("Models and traces (*.onnx *.onnxtxt *.orrery);;All files (*)"));
    if (!path.isEmpty())
        window.openFile(path);
}

void saveTrace(MainWindow& window)
{
    const QFileInfo model(window.document().path());
    const QString path = QFileDialog::getSaveFileName(
        &window, tr("Save the recorded runs"), model.path() + "/" + model.completeBaseName() + ".orrery",
        tr("Traces (*.orrery)"));
    if (path.isEmpty() || QFileInfo(path) == QFileInfo(window.document().tracePath()))
        return;
    QFile::remove(path); // the dialog has asked
    if (QFile::copy(window.document().tracePath(), path))
        emit window.document().message(tr("Saved %1").arg(path));
    else
        emit window.document().failed(tr("The recorded runs could not be saved"), path);
}

void saveModelAs(MainWindow& window)
{
    if (const QString path = window.askWhereToSave(); !path.isEmpty())
        window.document().save(path);
}

// Another program wrote the file meanwhile.
bool mayOverwrite(MainWindow& window)
{
    QMessageBox box(
        QMessageBox::Warning, tr("Orrery"),
        tr("%1 was changed by another program since it was opened.").arg(window.document().fileName()),
        QMessageBox::Cancel, &window);
    box.setObjectName("overwrite");
    box.setTextFormat(Qt::PlainText);
    box.setInformativeText(tr("Saving here writes over that change."));
    const auto* over = box.addButton(tr("&Write over it"), QMessageBox::DestructiveRole);
    box.setDefaultButton(QMessageBox::Cancel);
    box.exec();
    return box.clickedButton() == over;
}

void saveModel(MainWindow& window)
{
    if (window.document().isUntitled())
        saveModelAs(window);
    else if (window.fileWatch().state() != document::FileWatch::State::Changed || mayOverwrite(window))
        window.document().save(window.document().path());
}

void exportPicture(MainWindow& window)
{
    const auto scene = window.graphPanel().view().scene();
    const QFileInfo source(window.document().path());
    const QString path =
        QFileDialog::getSaveFileName(&window, tr("Export the graph as a picture"),
                                     source.path() + "/" + source.completeBaseName() + ".svg",
                                     tr("Vector pictures (*.svg *.pdf);;Pixels (*.png)"));
    if (path.isEmpty() || !scene)
        return;
    const auto written = cli::writePicture(*scene, window.theme(), path.toStdString(), 2);
    if (written.ok())
        emit window.document().message(tr("Saved %1").arg(path));
    else
        emit window.document().failed(tr("The picture could not be saved"),
                                      QString::fromStdString(displayText(written.error().text())));
}

} // namespace

ActionMenu file_actions()
{
    using W = MainWindow;
    auto isOpen = [](const W& w) { return !w.document().path().isEmpty(); };
    return {
        tr("&File"),
        {
            {.id = "new",
             .text = tr("&New …"),
             .toolTip = tr("An empty model, or a small network to begin with"),
             .icon = {},
             .shortcuts = {QKeySequence::New},
             .run = newModel},
            {.id = "open",
             .text = tr("&Open …"),
             .toolTip = tr("Open a model or a trace"),
             .icon = "open",
             .shortcuts = {QKeySequence::Open},
             .place = Place::MenuAndToolBar,
             .run = open},
            {.id = "reload",
             .text = tr("Re&load"),
             .toolTip = tr("Read the file again"),
             .icon = {},
             .shortcuts = {QKeySequence("Ctrl+R")},
             .run =
                 [](W& w) {
                     if (w.mayLeave())
                         w.document().reload();
                 },
             .enabled =
                 [](const W& w) { return !w.document().path().isEmpty() && !w.document().isUntitled(); }},
            {.id = "close",
             .text = tr("&Close"),
             .toolTip = {},
             .icon = {},
             .shortcuts = {QKeySequence::Close},
             .run =
                 [](W& w) {
                     if (w.mayLeave())
                         w.document().close();
                 },
             .enabled = isOpen},
            {.id = "save",
             .text = tr("&Save"),
             .toolTip = tr("Write the model as edited into its file"),
             .icon = {},
             .shortcuts = {QKeySequence::Save},
             .separator = Separator::Before,
             .run = saveModel,
             .enabled =
                 [](const W& w) { return w.document().editor().isModified() || w.document().isUntitled(); }},
            {.id = "save_as",
             .text = tr("Save &as …"),
             .toolTip = tr("Write the model into another file, as ONNX or as ONNX text"),
             .icon = {},
             .shortcuts = {QKeySequence("Ctrl+Shift+S")},
             .run = saveModelAs,
             .enabled = [](const W& w) { return w.document().editor().canEdit(); }},
            {.id = "save_trace",
             .text = tr("Save recorded r&uns …"),
             .toolTip = tr("Keep the trace of this session as a file"),
             .icon = "save",
             .shortcuts = {QKeySequence("Ctrl+Alt+S")},
             .run = saveTrace,
             .enabled =
                 [](const W& w) {
                     return w.document().content() == document::Content::Model && w.document().trace() &&
                            w.document().activity() == document::Activity::None;
                 }},
            {.id = "export_picture",
             .text = tr("&Export picture …"),
             .toolTip = tr("The whole graph as SVG, PDF or PNG"),
             .icon = {},
             .shortcuts = {QKeySequence("Ctrl+E")},
             .run = exportPicture,
             .enabled = [](const W& w) { return w.graphPanel().graph() != nullptr; }},
            {.id = "quit",
             .text = tr("&Quit"),
             .toolTip = {},
             .icon = {},
             .shortcuts = {QKeySequence("Ctrl+Q")},
             .separator = Separator::Before,
             .run = [](W& w) { w.close(); }},
        }};
}

} // namespace orrery::window
