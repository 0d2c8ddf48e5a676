// SPDX-License-Identifier: Apache-2.0
//
// Pieces of graphs in the window: the clipboard within a window and between two, text that somebody typed,
// files, functions, snippets. With ORRERY_PICTURES=FOLDER it also writes a picture.
#include "engine/formats/format.h"
#include "engine/graph/verify.h"
#include "tests/gui/window_fixture.h"
#include "views/panels/graph_edits.h"
#include "views/panels/graph_pieces.h"
#include "views/panels/snippets.h"

#include <QAbstractButton>
#include <QClipboard>
#include <QDropEvent>
#include <QFile>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTreeWidget>

#include <random>

using namespace orrery;
using namespace orrery::window;

namespace {

struct Shown {
    std::unique_ptr<MainWindow> window = shownWindow();
    QTemporaryDir folder;
    QSignalSpy messages{&window->document(), &document::Document::message};

    explicit Shown(const char* name = "cifar10_cnn.onnxtxt")
    {
        for (const QString& file : {QString(name), QString(name) + ".bin"})
            QFile::copy(sample(file.toUtf8()), folder.filePath(file));
        window->openFile(folder.filePath(name));
        if (!settle(*window))
            qFatal("the window does not come to rest");
    }
    document::Document& document() const { return window->document(); }
    const graph::Model& model() const { return document().editor().model(); }
    const graph::Graph& graph() const { return model().graph; }
    panels::GraphPieces& pieces() const { return window->graphPanel().pieces(); }
    NodeId named(std::string_view name) const
    {
        for (NodeId id : graph().liveNodes())
            if (graph().node(id).name == name)
                return id;
        return {};
    }
    void select(const std::vector<const char*>& names) const
    {
        std::vector<std::uint64_t> keys;
        for (const char* name : names)
            keys.push_back(named(name).value);
        document().focus().select(document::GraphStage::Dataflow, keys.front());
        document().focus().setAlsoSelected(keys);
    }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::ControlModifier) const
    {
        window->activateWindow(); // of two, the one that has the keys
        if (!QTest::qWaitForWindowActive(window.get()))
            qFatal("the window does not become the active one");
        window->graphPanel().view().setFocus();
        QTest::keyClick(&window->graphPanel().view(), key, modifiers);
        settle(*window);
    }
    QString lastMessage() const
    {
        return messages.isEmpty() ? QString() : messages.last().front().toString();
    }
    QString file(const char* name, const char* text) const
    {
        QFile out(folder.filePath(name));
        if (!out.open(QIODevice::WriteOnly) || out.write(text) < 0)
            qFatal("a file cannot be written");
        return out.fileName();
    }
};

QString clipboardText() { return QGuiApplication::clipboard()->text(); }

} // namespace

class TestPieces : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM);
        QGuiApplication::clipboard()->clear();
    }

    void copiedNodesArePastedWithNamesOfTheirOwn()
    {
        Shown s;
        const std::size_t before = s.graph().nodeCount();
        s.select({"conv1", "relu1"});
        s.key(Qt::Key_C);
        QVERIFY2(s.lastMessage().contains("2 nodes copied"), s.lastMessage().toUtf8());
        // The text is a model that stands alone; its large weights are inputs.
        QVERIFY(clipboardText().contains("Conv"));
        QVERIFY(clipboardText().contains("conv1_w"));
        s.key(Qt::Key_V);
        QCOMPARE(s.graph().nodeCount(), before + 2);
        QVERIFY2(s.lastMessage().contains("connected by name: x"), s.lastMessage().toUtf8());
        QVERIFY(s.lastMessage().contains("constants shared: conv1_w, conv1_b"));
        const std::set<NodeId> made = panels::selectedNodes(s.document());
        QCOMPARE(made.size(), std::size_t(2)); // what was pasted is selected
        const graph::Node& conv = s.graph().node(*made.begin());
        QCOMPARE(conv.opType, std::string("Conv"));
        QVERIFY(conv.name != "conv1");
        QCOMPARE(conv.inputs, s.graph().node(s.named("conv1")).inputs);
        s.window->action("undo")->trigger();
        QCOMPARE(s.graph().nodeCount(), before);
    }

    void anotherWindowGetsTheWeights()
    {
        Shown from, to("mlp.onnxtxt");
        const ValueId weights = from.graph().node(from.named("conv2")).inputs[1];
        from.select({"conv2"});
        from.key(Qt::Key_C);
        to.key(Qt::Key_V);
        const std::set<NodeId> made = panels::selectedNodes(to.document());
        QCOMPARE(made.size(), std::size_t(1));
        const graph::Value& copy = to.graph().value(to.graph().node(*made.begin()).inputs[1]);
        QVERIFY(copy.isConstant());
        QVERIFY(copy.initializer->tensor.identicalTo(from.graph().value(weights).initializer->tensor));
        QVERIFY2(to.lastMessage().contains("new graph inputs"), to.lastMessage().toUtf8());
    }

    // As another process gets it: bytes and text without anything of this one.
    void whatLeavesTheProcessHoldsTheWeightsToo()
    {
        Shown s;
        s.select({"conv2"});
        s.key(Qt::Key_C);
        const QMimeData* own = QGuiApplication::clipboard()->mimeData();
        auto* foreign = new QMimeData;
        for (const QString& format : own->formats())
            foreign->setData(format, own->data(format));
        QGuiApplication::clipboard()->setMimeData(foreign);
        s.key(Qt::Key_V);
        QVERIFY2(s.lastMessage().contains("constants shared: conv2_w, conv2_b"), s.lastMessage().toUtf8());
        // The text alone refers to them by name.
        s.select({"conv2"});
        s.key(Qt::Key_C);
        QGuiApplication::clipboard()->setText(clipboardText());
        s.key(Qt::Key_V);
        QVERIFY2(s.lastMessage().contains("connected by name"), s.lastMessage().toUtf8());
        const std::set<NodeId> made = panels::selectedNodes(s.document());
        QCOMPARE(s.graph().node(*made.begin()).inputs, s.graph().node(s.named("conv2")).inputs);
    }

    void cutLeavesTheReadersConnected()
    {
        Shown s;
        const std::size_t before = s.graph().nodeCount();
        const ValueId conv = s.graph().node(s.named("conv1")).outputs[0];
        s.select({"relu1"});
        s.key(Qt::Key_X);
        QCOMPARE(s.graph().nodeCount(), before - 1);
        QCOMPARE(s.graph().node(s.named("pool1")).inputs[0], conv);
        QVERIFY(clipboardText().contains("Relu"));
    }

    void textThatSomebodyTypedIsPasted()
    {
        Shown s;
        QGuiApplication::clipboard()->setText("h = Relu (x)\n[mine] k = Sigmoid (h)");
        s.key(Qt::Key_V);
        QVERIFY(s.named("mine").valid());
        QVERIFY2(s.lastMessage().contains("2 nodes pasted; connected by name: x"), s.lastMessage().toUtf8());
    }

    void textThatIsNoGraphIsToldWithItsPlaceAndChangesNothing()
    {
        Shown s;
        QGuiApplication::clipboard()->setText("h = Relu (x)\nk = = Sigmoid (h)");
        s.key(Qt::Key_V);
        QVERIFY2(s.lastMessage().contains("line 2, column 5"), s.lastMessage().toUtf8());
        QCOMPARE(s.document().editor().stepCount(), std::size_t(0));
    }

    void anOlderPieceIsConverted()
    {
        Shown s;
        QGuiApplication::clipboard()->setText(
            "<ir_version: 7, opset_import: [\"\" : 12]>\n"
            "old (float[2,3] q) => (float[2,1] r) { [sum] r = ReduceSum <axes = [1]> (q) }");
        s.key(Qt::Key_V);
        QVERIFY2(s.named("sum").valid(), s.lastMessage().toUtf8());
        QCOMPARE(s.graph().node(s.named("sum")).inputs.size(), std::size_t(2)); // the axes are an input now
    }

    void fieldsKeepTheirOwnKeys()
    {
        Shown s;
        s.select({"conv1"});
        s.window->action("insert_operator")->trigger();
        auto* search = s.window->findChild<QLineEdit*>("paletteSearch");
        search->setFocus();
        QTest::keyClicks(search, "Relu");
        QTest::keyClick(search, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClick(search, Qt::Key_C, Qt::ControlModifier);
        settle(*s.window);
        QCOMPARE(clipboardText(), QString("Relu"));
        QTest::keyClick(search, Qt::Key_V, Qt::ControlModifier);
        settle(*s.window);
        QCOMPARE(s.document().editor().stepCount(), std::size_t(0));
    }

    void aBodyIsPastedInto()
    {
        Shown s("if_branch.onnxtxt");
        s.select({"negate"});
        const RegionId body = s.graph().node(s.named("negate")).region;
        QVERIFY(body != s.graph().mainRegion());
        const std::size_t before = s.graph().region(body).nodes.size();
        s.key(Qt::Key_C);
        s.key(Qt::Key_V);
        QCOMPARE(s.graph().region(body).nodes.size(), before + 1);
        QVERIFY(s.graph().main().inputs.size() == 2 || s.graph().main().inputs.size() == 1);
        s.window->action("undo")->trigger();
        QCOMPARE(s.graph().region(body).nodes.size(), before);
    }

    void theSelectionIsExtractedAndTheModelHolds()
    {
        Shown s;
        s.select({"conv1", "relu1", "pool1"});
        for (const char* name : {"part.onnx", "part.onnxtxt"}) {
            const QString path = s.folder.filePath(name);
            s.pieces().extractTo(path);
            QVERIFY(settle(*s.window));
            QVERIFY2(s.lastMessage().contains("3 nodes written"), s.lastMessage().toUtf8());
            auto part = formats::readModel(path.toStdString());
            QVERIFY(part.ok());
            QCOMPARE(part->graph.nodeCount(), std::size_t(3));
            for (const Problem& problem : graph::verify(*part))
                QVERIFY2(problem.severity != Severity::Error, problem.text.c_str());
        }
        s.pieces().extractTo("/no/such/folder/part.onnx");
        QVERIFY(settle(*s.window));
        QVERIFY2(s.lastMessage().contains("/no/such/folder"), s.lastMessage().toUtf8());
    }

    void aModelTakesThePlaceOfTheSelection()
    {
        Shown s;
        const QString path =
            s.file("swish.onnxtxt", "<ir_version: 8, opset_import: [\"\" : 17]>\n"
                                    "swish (float[] in) => (float[] out) {\n"
                                    "  [gate] g = Sigmoid (in)\n  [scale] out = Mul (in, g)\n}");
        const ValueId conv = s.graph().node(s.named("conv1")).outputs[0];
        s.select({"relu1"});
        s.pieces().replaceByFile(path);
        QVERIFY(settle(*s.window));
        auto* box = s.window->findChild<QMessageBox*>("replacePiece");
        QVERIFY(box != nullptr); // not all was matched by name, so it asks
        QVERIFY2(box->informativeText().contains("by order and type"), box->informativeText().toUtf8());
        QCOMPARE(s.document().editor().stepCount(), std::size_t(0));
        for (QAbstractButton* button : box->buttons())
            if (box->buttonRole(button) == QMessageBox::AcceptRole)
                button->click();
        QVERIFY(settle(*s.window));
        QVERIFY(!s.named("relu1").valid());
        QCOMPARE(s.graph().node(s.named("gate")).inputs[0], conv);
        QCOMPARE(s.graph().node(s.named("pool1")).inputs[0], s.graph().node(s.named("scale")).outputs[0]);
    }

    void aDroppedModelIsMergedOrOpened()
    {
        Shown s;
        QFile::copy(sample("if_branch.onnxtxt"), s.folder.filePath("other.onnxtxt"));
        const std::size_t inputs = s.graph().main().inputs.size(), nodes = s.graph().nodeCount();
        auto& view = s.window->graphPanel().view();
        QTest::keyClick(&view, Qt::Key_Shift); // no key of an earlier case is held
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(s.folder.filePath("other.onnxtxt"))});
        QDragEnterEvent enter({300, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&view, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&view, &drop);
        auto* menu = view.findChild<QMenu*>("dropMenu");
        QVERIFY(menu != nullptr);
        menu->actions()[1]->trigger();
        menu->close();
        QVERIFY(settle(*s.window));
        QVERIFY(s.graph().nodeCount() > nodes);
        QVERIFY(s.graph().main().inputs.size() > inputs);
        QVERIFY2(s.lastMessage().contains("merged"), s.lastMessage().toUtf8());
        QCOMPARE(s.document().editor().stepCount(), std::size_t(1));
        if (const QByteArray pictures = qgetenv("ORRERY_PICTURES"); !pictures.isEmpty())
            s.window->grab().save(QString::fromLocal8Bit(pictures) + "/merged.png");
    }

    void nodesBecomeAFunctionAndNodesAgain()
    {
        Shown s;
        const std::size_t before = s.graph().nodeCount();
        s.select({"conv1", "relu1"});
        QVERIFY(!s.window->action("inline_function")->isEnabled());
        s.pieces().groupAsFunction("block");
        QVERIFY(settle(*s.window));
        QCOMPARE(s.graph().nodeCount(), before - 1);
        QVERIFY(s.model().findFunction("local", "block") != nullptr);
        QVERIFY(s.window->action("inline_function")->isEnabled()); // the call is selected
        s.window->action("inline_function")->trigger();
        QVERIFY(settle(*s.window));
        QCOMPARE(s.graph().nodeCount(), before);
        QCOMPARE(panels::selectedNodes(s.document()).size(), std::size_t(2));
    }

    void aSnippetIsKeptAndInsertedFromThePalette()
    {
        QTemporaryDir kept;
        qputenv("ORRERY_SNIPPETS", kept.path().toUtf8());
        {
            Shown s;
            s.select({"conv1", "relu1"});
            s.pieces().saveSnippet("my block");
            QVERIFY(settle(*s.window));
            QVERIFY(QFile::exists(kept.filePath("my block.onnxtxt")));
            s.pieces().saveSnippet("my block"); // is there
            QVERIFY(settle(*s.window));
            QVERIFY2(s.lastMessage().contains("already"), s.lastMessage().toUtf8());
            s.pieces().saveSnippet("../outside");
            QVERIFY(settle(*s.window));
            QVERIFY2(s.lastMessage().contains("no name"), s.lastMessage().toUtf8());
        }
        Shown other("mlp.onnxtxt");
        const std::size_t before = other.graph().nodeCount();
        other.window->action("insert_operator")->trigger();
        QVERIFY(settle(*other.window));
        auto* search = other.window->findChild<QLineEdit*>("paletteSearch");
        QTest::keyClicks(search, "my block");
        auto* tree = other.window->findChild<QTreeWidget*>("palette");
        QCOMPARE(tree->topLevelItemCount(), 1);
        QTest::keyClick(search, Qt::Key_Return);
        QVERIFY(settle(*other.window));
        QCOMPARE(other.graph().nodeCount(), before + 2);
        QVERIFY(panels::renameSnippet("my block", "yours").ok());
        QCOMPARE(panels::snippetNames(), QStringList{"yours"});
        QVERIFY(
            formats::readModel(panels::snippetPath("yours").toStdString()).ok()); // its constants came along
        QVERIFY(panels::removeSnippet("yours").ok());
        QCOMPARE(QDir(kept.path()).entryList(QDir::Files).size(), qsizetype(0));
        qunsetenv("ORRERY_SNIPPETS");
    }

    void whateverIsPastedUndoGivesBackTheModel()
    {
        Shown s;
        s.select({"conv1", "relu1", "pool1"});
        s.key(Qt::Key_C);
        const std::string text = clipboardText().toStdString();
        const graph::Model before = s.model();
        std::mt19937 random(11);
        std::size_t pasted = 0;
        for (int round = 0; round < 3000; ++round) {
            std::string other = text;
            for (int i = int(random() % 4); i >= 0; --i) {
                const std::size_t at = random() % other.size();
                switch (random() % 3) {
                case 0:
                    other.erase(at, 1 + random() % 6);
                    break;
                case 1:
                    other[at] = "x1_,(){}<>=[]\" \n"[random() % 16];
                    break;
                default:
                    other.insert(at, other.substr(random() % other.size(), random() % 20));
                }
            }
            panels::PieceSource source;
            source.text = QString::fromStdString(other);
            const auto piece = panels::readPiece(source);
            if (!piece.ok())
                continue;
            const auto edit = edit::paste(before, **piece);
            if (!edit.ok())
                continue;
            graph::Model model = before;
            auto inverse = graph::apply(model, *edit);
            QVERIFY2(inverse.ok(), inverse.ok() ? "" : (inverse.error().text() + "\n" + other).c_str());
            graph::verify(model);
            QVERIFY(graph::apply(model, *inverse).ok());
            QVERIFY(graph::equal(model, before));
            ++pasted;
        }
        QVERIFY(pasted > 100);
    }
};

QTEST_MAIN(TestPieces)
#include "test_pieces.moc"
