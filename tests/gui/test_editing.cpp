// SPDX-License-Identifier: Apache-2.0
//
// Editing in the window: operators go in from the palette, edits can be taken back one by one, the file is
// written only when saved, and what a killed program left is offered again. With ORRERY_PICTURES=FOLDER it
// also writes a picture.
#include "engine/edit/journal.h"
#include "engine/formats/format.h"
#include "tests/gui/window_fixture.h"

#include <QAbstractButton>
#include <QDialogButtonBox>
#include <QDockWidget>
#include <QFile>
#include <QLineEdit>
#include <QMessageBox>
#include <QMouseEvent>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTreeWidget>

using namespace orrery;
using namespace orrery::window;

namespace {

struct Shown {
    std::unique_ptr<MainWindow> window = shownWindow();
    QTemporaryDir folder;
    QString path;

    explicit Shown(const char* name = "transformer_block.onnxtxt")
        : path(folder.filePath(name))
    {
        copy(name);
        const QString data = QString(name) + ".bin";
        if (QFile::exists(sample(data.toUtf8())))
            copy(data.toUtf8());
        window->openFile(path);
    }
    void copy(const char* name) const { QFile::copy(sample(name), folder.filePath(name)); }

    document::Document& document() const { return window->document(); }
    const graph::Graph& graph() const { return document().editor().model().graph; }
    void select(const char* name) const
    {
        document().focus().select(document::GraphStage::Dataflow, keyOf(*window, name));
    }
    template<class T>
    T* find(const char* name) const
    {
        return window->findChild<T*>(name);
    }
    std::size_t count(std::string_view opType) const
    {
        std::size_t found = 0;
        for (NodeId node : graph().liveNodes())
            found += graph().node(node).opType == opType ? 1 : 0;
        return found;
    }
    QByteArray bytes() const
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void insertByPalette(const char* text) const
    {
        window->action("insert_operator")->trigger();
        QTest::qWait(1);
        auto* search = find<QLineEdit>("paletteSearch");
        QTest::keyClick(search, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(search, text);
        QTest::keyClick(search, Qt::Key_Return);
    }
};

// Any operator node of the model that has a name and an output that is read.
std::string firstNamed(const graph::Graph& graph)
{
    for (NodeId node : graph.main().nodes)
        if (!graph.node(node).name.empty())
            return graph.node(node).name;
    return {};
}

} // namespace

class TestEditing : public QObject {
    Q_OBJECT
private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void anOperatorGoesInBehindTheSelectedNodeAndComesOutAgain()
    {
        Shown shown;
        QVERIFY(settle(*shown.window));
        const graph::Model before = *shown.document().model()->model;
        const QByteArray file = shown.bytes();
        const std::size_t sigmoids = shown.count("Sigmoid");
        shown.select(firstNamed(before.graph).c_str());
        QVERIFY(shown.document().focus().current().valid());
        shown.insertByPalette("Sigmoid");
        QVERIFY(settle(*shown.window));
        QCOMPARE(shown.count("Sigmoid"), sigmoids + 1);
        QVERIFY(shown.window->isWindowModified());
        // It is drawn, selected and in the history.
        const document::CurrentNode current = shown.document().focus().current();
        QVERIFY(current.isNode());
        QCOMPARE(shown.graph().node(current.node()).opType, std::string("Sigmoid"));
        auto* history = shown.find<QTableView>("history");
        QCOMPARE(history->model()->rowCount(), 2);
        QVERIFY(history->model()->index(1, 0).data().toString().contains("Sigmoid"));
        const auto* drawn = shown.window->graphPanel().graph();
        QVERIFY(std::any_of(drawn->nodes.begin(), drawn->nodes.end(),
                            [&](const auto& node) { return node.key == current.key; }));
        if (const QByteArray pictures = qgetenv("ORRERY_PICTURES"); !pictures.isEmpty())
            shown.window->grab().save(QString::fromLocal8Bit(pictures) + "/editing.png");

        shown.window->action("undo")->trigger();
        QVERIFY(settle(*shown.window));
        QVERIFY(graph::equal(*shown.document().model()->model, before));
        QVERIFY(!shown.window->isWindowModified());
        QVERIFY(!shown.window->action("undo")->isEnabled());
        shown.window->action("redo")->trigger();
        QCOMPARE(shown.count("Sigmoid"), sigmoids + 1);
        history->setCurrentIndex(history->model()->index(0, 0)); // a click on where it began
        QVERIFY(settle(*shown.window));
        QVERIFY(graph::equal(*shown.document().model()->model, before));
        QCOMPARE(shown.bytes(), file);
    }

    void deletedNodesLeaveTheirReadersConnected()
    {
        Shown shown("cifar10_cnn.onnxtxt");
        QVERIFY(settle(*shown.window));
        const std::size_t relus = shown.count("Relu");
        QVERIFY(relus > 0);
        for (NodeId node : shown.graph().main().nodes)
            if (shown.graph().node(node).opType == "Relu") {
                shown.document().focus().select(document::GraphStage::Dataflow, node.value);
                break;
            }
        shown.window->action("delete")->trigger();
        QVERIFY(settle(*shown.window));
        QCOMPARE(shown.count("Relu"), relus - 1);
        for (const Problem& problem : shown.document().problems())
            QVERIFY2(problem.severity != Severity::Error, problem.text.c_str());
    }

    void severalNodesAreSelectedAndGoInOneStep()
    {
        Shown shown("cifar10_cnn.onnxtxt");
        QVERIFY(settle(*shown.window));
        std::vector<std::uint64_t> relus;
        for (NodeId node : shown.graph().main().nodes)
            if (shown.graph().node(node).opType == "Relu")
                relus.push_back(node.value);
        QVERIFY(relus.size() >= 2);
        canvas::GraphView& view = shown.window->graphPanel().view();
        view.fitAll();
        QVERIFY(settle(*shown.window));
        auto click = [&](std::uint64_t key, Qt::KeyboardModifiers modifiers) {
            const QPointF at = view.fromScene(view.scene()->rectOfKey(key).center());
            QTest::mouseClick(&view, Qt::LeftButton, modifiers, at.toPoint());
        };
        click(relus[0], Qt::NoModifier);
        click(relus[1], Qt::ControlModifier);
        QCOMPARE(shown.document().focus().alsoSelected().size(), std::size_t(1));
        const std::size_t before = shown.graph().nodeCount();
        shown.window->action("delete")->trigger();
        QVERIFY(settle(*shown.window));
        QCOMPARE(shown.graph().nodeCount(), before - 2);
        QCOMPARE(shown.document().editor().stepCount(), std::size_t(1));
        // Everything inside of a rectangle.
        QTest::mousePress(&view, Qt::LeftButton, Qt::ShiftModifier, QPoint(2, 2));
        for (int step = 1; step <= 4; ++step) {
            QMouseEvent move(
                QEvent::MouseMove, QPointF(view.width() * step / 4.0 - 2, view.height() * step / 4.0 - 2),
                view.mapToGlobal(QPointF(0, 0)), Qt::NoButton, Qt::LeftButton, Qt::ShiftModifier);
            QApplication::sendEvent(&view, &move);
        }
        QTest::mouseRelease(&view, Qt::LeftButton, Qt::ShiftModifier,
                            QPoint(view.width() - 2, view.height() - 2));
        QVERIFY(shown.document().focus().alsoSelected().size() >= 2);
        click(shown.document().focus().current().key, Qt::NoModifier);
        QVERIFY(shown.document().focus().alsoSelected().empty());
    }

    void simplifyIsShownFirstAndIsOneStep()
    {
        Shown shown("transformer_block.onnxtxt");
        QVERIFY(settle(*shown.window));
        shown.select(firstNamed(shown.graph()).c_str());
        shown.insertByPalette("Identity");
        QVERIFY(settle(*shown.window));
        const std::size_t before = shown.graph().nodeCount();
        shown.window->action("simplify")->trigger();
        auto* dialog = shown.find<QDialog>("simplify");
        QVERIFY(dialog != nullptr);
        auto* apply = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Apply);
        QTRY_VERIFY(apply->isEnabled());
        QVERIFY(labelTexts(dialog).contains("Identity"));
        QCOMPARE(shown.graph().nodeCount(), before);
        apply->click();
        QVERIFY(settle(*shown.window));
        QVERIFY(shown.graph().nodeCount() < before);
        QCOMPARE(shown.document().editor().stepCount(), std::size_t(2));
        shown.window->action("undo")->trigger();
        QVERIFY(settle(*shown.window));
        QCOMPARE(shown.graph().nodeCount(), before);
    }

    void whatIsWrongIsSaidAndCanStillBeSaved()
    {
        Shown shown("cifar10_cnn.onnxtxt");
        QVERIFY(settle(*shown.window));
        QVERIFY(!hasErrors(shown.document().problems()));
        for (NodeId node : shown.graph().main().nodes)
            if (shown.graph().node(node).opType == "Relu") {
                shown.document().focus().select(document::GraphStage::Dataflow, node.value);
                break;
            }
        shown.window->action("delete_open")->trigger();
        QVERIFY(settle(*shown.window));
        QVERIFY(hasErrors(shown.document().problems()));
        shown.window->action("save")->trigger();
        QVERIFY(settle(*shown.window));
        QVERIFY(!shown.window->isWindowModified());
        shown.window->action("undo")->trigger();
        QVERIFY(settle(*shown.window));
        QVERIFY(!hasErrors(shown.document().problems()));
        QVERIFY(shown.window->isWindowModified());
    }

    void savedIsWhatIsShownAndRuns()
    {
        Shown shown("cifar10_cnn.onnxtxt");
        QVERIFY(settle(*shown.window));
        for (NodeId node : shown.graph().main().nodes)
            if (shown.graph().node(node).opType == "Relu") {
                shown.document().focus().select(document::GraphStage::Dataflow, node.value);
                break;
            }
        shown.insertByPalette("Tanh");
        QVERIFY(settle(*shown.window));
        // Runs as edited, before it is saved.
        shown.document().run({});
        QVERIFY(settle(*shown.window));
        const auto compute = shown.document().stageGraph(document::GraphStage::Compute).graph;
        QString why;
        for (const Problem& problem : shown.document().problems())
            why += QString::fromStdString(problem.text) + "; ";
        QVERIFY2(compute != nullptr, qPrintable(why));
        // What was measured is told of the node that is shown, whatever its id is in the file that ran.
        NodeId tanh, ranAs;
        for (NodeId node : shown.graph().liveNodes())
            if (shown.graph().node(node).opType == "Tanh")
                tanh = node;
        for (NodeId node : compute->liveNodes())
            if (compute->node(node).opType.find("Tanh") != std::string::npos)
                ranAs = node;
        QVERIFY(tanh.valid() && ranAs.valid());
        const auto& origins = compute->node(ranAs).origins;
        QVERIFY(std::find(origins.begin(), origins.end(), tanh) != origins.end());
        // The debugger does not pretend to step what is not in the file.
        QSignalSpy told(&shown.document(), &document::Document::message);
        shown.window->action("debug_step")->trigger();
        QVERIFY(settle(*shown.window));
        QVERIFY(shown.document().debugger().phase() == document::DebugController::Phase::Off);
        QVERIFY(!told.isEmpty() && told.last().first().toString().contains("Ctrl+S"));
        shown.window->action("save")->trigger();
        QVERIFY(settle(*shown.window));
        auto read = formats::readModel(shown.path.toStdString());
        QVERIFY2(read.ok(), read.ok() ? "" : read.error().text().c_str());
        QCOMPARE(read->graph.nodeCount(), shown.graph().nodeCount());
        QVERIFY(!QFile::exists(QString::fromStdString(edit::journalPath(shown.path.toStdString()))) ||
                !shown.window->isWindowModified());
    }

    // Ids of the session are those of a file that was made for it; breakpoints go by name.
    void theDebuggerStepsThroughTheModelAsEdited()
    {
        Shown shown("cifar10_cnn.onnxtxt");
        QVERIFY(settle(*shown.window));
        const std::string first = firstNamed(shown.graph());
        const std::size_t nodes = shown.graph().main().nodes.size();
        shown.select(first.c_str());
        shown.insertByPalette("Sigmoid");
        QVERIFY(settle(*shown.window));
        shown.insertByPalette("Tanh");
        QVERIFY(settle(*shown.window));
        shown.window->action("undo")->trigger();
        shown.select(first.c_str()); // what was selected has gone
        shown.insertByPalette("Neg");
        QVERIFY(settle(*shown.window));
        document::DebugController& debugger = shown.document().debugger();
        const NodeId last = shown.graph().main().nodes.back();
        const std::string lastOperator = shown.graph().node(last).opType;
        debugger.toggleBreakpoint(last);
        debug::Movement onward;
        onward.goal = debug::Goal::Continue;
        debugger.start(document::DebugSettings(), onward);
        QVERIFY(settle(*shown.window));
        QVERIFY2(debugger.phase() == document::DebugController::Phase::Paused, debugger.lastError().c_str());
        QCOMPARE(debugger.graph()->main().nodes.size(), nodes + 2);
        QVERIFY(debugger.state()->next.valid());
        QCOMPARE(debugger.graph()->node(debugger.state()->next).opType, lastOperator);
        QVERIFY(debugger.breakpointAt(debugger.state()->next) != nullptr);
        debugger.stop();
        QVERIFY(settle(*shown.window));
        QVERIFY(debugger.breakpointAt(last) != nullptr);
        QCOMPARE(debugger.breakpoints().size(), std::size_t(1));
    }

    void whatAKilledProgramLeftIsOfferedAgain()
    {
        QTemporaryDir kept;
        QString journal;
        std::size_t nodes = 0;
        Shown first("cifar10_cnn.onnxtxt");
        QVERIFY(settle(*first.window));
        const QString model = first.path;
        first.select(firstNamed(first.graph()).c_str());
        first.insertByPalette("Sigmoid");
        QVERIFY(settle(*first.window));
        nodes = first.graph().nodeCount();
        journal = QString::fromStdString(edit::journalPath(model.toStdString()));
        QVERIFY(QFile::exists(journal));
        // As a killed program leaves them: the model untouched, the journal beside it.
        Shown second("cifar10_cnn.onnxtxt");
        QVERIFY(settle(*second.window));
        QVERIFY(QFile::copy(journal, QString::fromStdString(edit::journalPath(second.path.toStdString()))));
        second.window->openFile(second.path);
        QVERIFY(settle(*second.window));
        auto* offer = second.find<QMessageBox>("recovery");
        QVERIFY(offer != nullptr && offer->isVisible());
        QVERIFY(!second.window->isWindowModified());
        offer->defaultButton()->click();
        QVERIFY(settle(*second.window));
        QCOMPARE(second.graph().nodeCount(), nodes);
        QVERIFY(second.window->isWindowModified());
        second.window->action("undo")->trigger();
        QVERIFY(settle(*second.window));
        QCOMPARE(second.graph().nodeCount(), nodes - 1);
    }
};

QTEST_MAIN(TestEditing)
#include "test_editing.moc"
