// SPDX-License-Identifier: Apache-2.0
//
// The graph as text beside the canvas: it follows the selection, what is written becomes one step, what is
// wrong is shown at its line, and nothing that was written is lost unsaid. With ORRERY_PICTURES=FOLDER it
// also writes pictures.
#include "tests/gui/window_fixture.h"
#include "views/panels/graph_edits.h"
#include "views/panels/text_editor.h"

#include <QComboBox>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTextBlock>

using namespace orrery;
using namespace orrery::window;

namespace {

struct Shown {
    std::unique_ptr<MainWindow> window = shownWindow();
    QTemporaryDir folder;

    explicit Shown(const char* name = "cifar10_cnn.onnxtxt")
    {
        for (const QString& file : {QString(name), QString(name) + ".bin"})
            QFile::copy(sample(file.toUtf8()), folder.filePath(file));
        window->openFile(folder.filePath(name));
        window->showPanel("text");
        settleHere();
    }
    void settleHere() const
    {
        if (!settle(*window))
            qFatal("the window does not come to rest");
    }
    document::Document& document() const { return window->document(); }
    const graph::Graph& graph() const { return document().editor().model().graph; }
    panels::TextEditor& editor() const { return *window->findChild<panels::TextEditor*>("textEditor"); }
    QString text() const { return editor().toPlainText(); }
    QString note() const { return window->findChild<QLabel*>("textNote")->text().remove(QChar(0x200b)); }
    NodeId named(std::string_view name) const
    {
        for (NodeId id : graph().liveNodes())
            if (graph().node(id).name == name)
                return id;
        return {};
    }
    void select(const char* name) const
    {
        document().focus().select(document::GraphStage::Dataflow, named(name).value);
        settleHere();
    }
    void showWhole() const
    {
        auto* extent = window->findChild<QComboBox*>("textExtent");
        extent->setCurrentIndex(1);
        emit extent->activated(1);
        settleHere();
    }
    void write(const QString& from, const QString& to) const
    {
        if (!text().contains(from))
            qFatal("not in the text: %s\n%s", qPrintable(from), qPrintable(text()));
        QTextCursor cursor = editor().document()->find(from, 0, QTextDocument::FindCaseSensitively);
        cursor.insertText(to);
    }
    void apply() const
    {
        editor().setFocus();
        QTest::keyClick(&editor(), Qt::Key_Return, Qt::ControlModifier);
        settleHere();
    }
    void picture(const char* name) const
    {
        if (const QByteArray pictures = qgetenv("ORRERY_PICTURES"); !pictures.isEmpty())
            window->grab().save(QString::fromLocal8Bit(pictures) + "/" + name);
    }
};

} // namespace

class TestTextPane : public QObject {
    Q_OBJECT
private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void theSelectionIsShownAndFollowed()
    {
        Shown s;
        s.select("conv1");
        QVERIFY2(s.text().contains("[conv1]"), qPrintable(s.text()));
        QVERIFY(!s.text().contains("[conv2]"));
        s.select("pool1");
        QVERIFY(s.text().contains("[pool1]") && !s.text().contains("[conv1]"));
        s.showWhole();
        QVERIFY(s.text().contains("[conv1]") && s.text().contains("[conv2]"));
        QVERIFY2(s.note().contains("without their numbers"), qPrintable(s.note()));
        s.picture("text_pane.png");
    }

    void aLineAndItsNodeGoTogether()
    {
        Shown s;
        s.showWhole();
        s.window->activateWindow();
        s.editor().setFocus();
        QTextCursor cursor = s.editor().document()->find("[conv2]");
        s.editor().setTextCursor(cursor);
        s.settleHere();
        QCOMPARE(s.document().focus().current().node(), s.named("conv2"));
        s.window->graphPanel().view().setFocus();
        s.select("relu1");
        const auto marks = s.editor().extraSelections();
        QCOMPARE(marks.size(), qsizetype(1));
        QVERIFY(marks[0].cursor.block().text().contains("[relu1]"));
    }

    void whatIsWrittenIsOneStepAndLargeConstantsStay()
    {
        Shown s;
        s.select("conv1");
        const ValueId weights = s.graph().node(s.named("conv1")).inputs[1];
        const graph::Tensor before = s.graph().value(weights).initializer->tensor;
        s.write("[conv1]", "[first_conv]");
        QVERIFY(s.window->findChild<QPushButton*>("textApply")->isEnabled());
        s.apply();
        QCOMPARE(s.document().editor().stepCount(), std::size_t(1));
        QVERIFY2(s.named("first_conv").valid(), qPrintable(s.note()));
        QCOMPARE(s.graph().node(s.named("first_conv")).inputs[1], weights);
        QVERIFY(s.graph().value(weights).initializer->tensor.identicalTo(before));
        QVERIFY(s.text().contains("[first_conv]"));
        s.window->action("undo")->trigger();
        s.settleHere();
        QVERIFY(s.named("conv1").valid());
    }

    void mistakesAreShownAtTheirLine()
    {
        Shown s;
        s.select("relu1");
        s.write("= Relu (", "= = Relu (");
        s.apply();
        QCOMPARE(s.document().editor().stepCount(), std::size_t(0));
        QVERIFY2(s.note().contains("line "), qPrintable(s.note()));
        QVERIFY(s.editor().textCursor().block().text().contains("= = Relu"));
        s.picture("text_error.png");
        // What is no syntax error is found by its name.
        s.write("= = Relu (", "= Relu (");
        s.write("[relu1]", "conv2_out = Neg (conv1_out)\n   [relu1]");
        s.apply();
        QVERIFY2(s.note().contains("another value of this name"), qPrintable(s.note()));
        QVERIFY(s.editor().textCursor().block().text().contains("conv2_out"));
    }

    void whatIsNotAppliedStaysWhenSomethingElseIsSelected()
    {
        Shown s;
        s.select("relu1");
        s.write("Relu", "Tanh");
        s.select("conv2");
        QVERIFY(s.text().contains("[relu1]") && s.text().contains("Tanh"));
        QVERIFY(labelTexts(s.window.get()).contains("Not applied yet"));
        s.apply(); // where it was written for
        QCOMPARE(s.graph().node(s.named("relu1")).opType, std::string("Tanh"));
        s.select("relu1");
        s.write("Tanh", "Sigmoid");
        s.window->findChild<QPushButton*>("textDiscard")->click();
        s.settleHere();
        QVERIFY(s.text().contains("Tanh"));
        // Another model: it stays to be copied, and cannot be applied.
        s.write("Tanh", "Sigmoid");
        s.document().open(sample("mlp.onnxtxt"));
        s.settleHere();
        QVERIFY(s.text().contains("Sigmoid"));
        QVERIFY(!s.window->findChild<QPushButton*>("textApply")->isEnabled());
        QVERIFY2(s.note().contains("closed"), qPrintable(s.note()));
    }

    void textOfAGraphThatChangedMeanwhileIsNotApplied()
    {
        Shown s;
        s.select("relu1");
        s.write("Relu", "Tanh");
        QVERIFY(s.document().editor().apply(
            edit::renameNode(s.document().editor().model(), s.named("relu1"), "other")));
        s.settleHere();
        s.apply();
        QVERIFY2(s.note().contains("was changed"), qPrintable(s.note()));
        QCOMPARE(s.document().editor().stepCount(), std::size_t(1));
    }

    void theTextIsSearched()
    {
        Shown s;
        s.showWhole();
        s.editor().setFocus();
        QTest::keyClick(&s.editor(), Qt::Key_F, Qt::ControlModifier);
        auto* find = s.window->findChild<QLineEdit*>("textFind");
        QVERIFY(find->isVisible());
        QTest::keyClicks(find, "[pool2]");
        QCOMPARE(s.editor().textCursor().selectedText(), QString("[pool2]"));
        QTest::keyClick(find, Qt::Key_Escape);
        QVERIFY(!find->isVisible());
    }

    void theBodyOfAnIfIsWrittenAnew()
    {
        Shown s("if_branch.onnxtxt");
        s.select("negate");
        s.write("Neg", "Abs");
        s.apply();
        QCOMPARE(s.graph().node(s.named("negate")).opType, std::string("Abs"));
    }
};

QTEST_MAIN(TestTextPane)
#include "test_text_pane.moc"
