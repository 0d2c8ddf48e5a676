// SPDX-License-Identifier: Apache-2.0
//
// What is there after a program was killed: edits made after a save, and new models that had no file yet.
#include "engine/edit/actions.h"
#include "engine/edit/journal.h"
#include "engine/edit/templates.h"
#include "engine/formats/format.h"
#include "tests/gui/window_fixture.h"
#include "views/document/unsaved_model.h"

#include <QDir>
#include <QMessageBox>
#include <QPushButton>
#include <QTemporaryDir>
#include <QToolButton>

using namespace orrery;
using namespace orrery::window;
using document::UnsavedModel;

namespace {

QString journalOf(const QString& model)
{
    return QString::fromStdString(edit::journalPath(model.toStdString()));
}

bool insertBehindFirst(MainWindow& window, const char* opType)
{
    document::Editor& editor = window.document().editor();
    const graph::Graph& graph = editor.model().graph;
    return editor.apply(
        edit::insertAfter(editor.model(), graph.node(graph.main().nodes.front()).outputs[0], {opType}));
}

std::vector<std::string> operators(const graph::Graph& graph)
{
    std::vector<std::string> found;
    for (NodeId node : graph.main().nodes)
        found.push_back(graph.node(node).opType);
    return found;
}

} // namespace

class TestCrashRecovery : public QObject {
    Q_OBJECT

    QTemporaryDir m_home;

private slots:
    void init()
    {
        qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM);
        qputenv("XDG_DATA_HOME", m_home.path().toUtf8());
    }

    void whatWasEditedAfterASaveComesBack()
    {
        QTemporaryDir folder, crashed;
        const QString path = folder.filePath("cnn.onnx"), left = crashed.filePath("cnn.onnx");
        auto model = formats::readModel(sample("cifar10_cnn.onnxtxt").toStdString());
        QVERIFY(model.ok() && formats::writeModel(*model, path.toStdString(), {}, nullptr).ok());
        auto first = shownWindow();
        first->openFile(path);
        QVERIFY(settle(*first));
        QVERIFY(insertBehindFirst(*first, "Sigmoid"));
        QVERIFY(insertBehindFirst(*first, "Tanh"));
        first->action("undo")->trigger(); // so that ids of the file and of the window differ
        QVERIFY(insertBehindFirst(*first, "Neg"));
        first->action("save")->trigger();
        QVERIFY(settle(*first));
        QVERIFY(!first->isWindowModified());
        QVERIFY(insertBehindFirst(*first, "Abs"));
        QVERIFY(insertBehindFirst(*first, "Exp"));
        for (int i = 0; i < 3; ++i) // one of them behind the save
            first->action("undo")->trigger();
        QVERIFY(insertBehindFirst(*first, "Floor"));
        QVERIFY(settle(*first));
        QVERIFY(QFile::exists(journalOf(path)));
        QVERIFY(QFile::copy(path, left) && QFile::copy(journalOf(path), journalOf(left)));

        auto second = shownWindow();
        second->openFile(left);
        QVERIFY(settle(*second));
        auto* offer = second->findChild<QMessageBox*>("recovery");
        QVERIFY(offer != nullptr && offer->isVisible());
        offer->defaultButton()->click();
        QVERIFY(settle(*second));
        QCOMPARE(operators(second->document().editor().model().graph),
                 operators(first->document().editor().model().graph));
        QVERIFY(second->isWindowModified());
    }

    void aNewModelWithoutAFileIsFoundAgainWithItsEdits()
    {
        auto made = edit::makeTemplate(edit::defaultsOf(edit::Template::Mlp));
        QVERIFY(made.ok());
        QVERIFY(UnsavedModel::leftBehind().isEmpty());
        auto first = shownWindow();
        first->document().openNew(*made, "net");
        QVERIFY(settle(*first));
        QVERIFY(insertBehindFirst(*first, "Sigmoid"));
        QVERIFY(settle(*first));
        const QString path = first->document().path();
        QVERIFY(UnsavedModel::leftBehind().isEmpty()); // it is somebody's
        // As a killed program leaves it: without anybody who holds the lock.
        const QString left = QFileInfo(path).path() + "-left";
        QVERIFY(QDir().mkpath(left));
        QVERIFY(QFile::copy(path, left + "/net.onnx"));
        QVERIFY(QFile::copy(journalOf(path), journalOf(left + "/net.onnx")));
        QCOMPARE(UnsavedModel::leftBehind(), QStringList(left + "/net.onnx"));

        auto second = shownWindow();
        QToolButton* link = nullptr;
        for (auto* button : second->findChildren<QToolButton*>())
            if (button->text() == "net.onnx")
                link = button;
        QVERIFY(link != nullptr && link->isVisible());
        link->click();
        QVERIFY(settle(*second));
        QCOMPARE(operators(second->document().editor().model().graph),
                 operators(first->document().editor().model().graph));
        QVERIFY(second->document().isUntitled() && second->isWindowModified());
        QVERIFY(UnsavedModel::leftBehind().isEmpty());
        second->document().close(); // wanted, so nothing stays
        QVERIFY(!QDir(left).exists());
        first->document().close();
        QVERIFY(!QDir(QFileInfo(path).path()).exists());
    }
};

QTEST_MAIN(TestCrashRecovery)
#include "test_crash_recovery.moc"
