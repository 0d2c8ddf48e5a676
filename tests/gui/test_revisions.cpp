// SPDX-License-Identifier: Apache-2.0
//
// Measuring on edit: each state of the model gets its figures against the model as opened, keeps them over
// undo and redo, says why there are none, and two states are compared on the graph and in a table.
#include "engine/edit/actions.h"
#include "tests/gui/window_fixture.h"
#include "views/document/revisions.h"

#include <QFile>
#include <QTableView>
#include <QTemporaryDir>
#include <QToolButton>

using namespace orrery;
using namespace orrery::window;
using document::Revision;

namespace {

struct Shown {
    std::unique_ptr<MainWindow> window = shownWindow();
    QTemporaryDir folder;

    explicit Shown(const char* name = "cifar10_cnn.onnxtxt")
    {
        const QString path = folder.filePath(QFileInfo(name).fileName());
        QFile::copy(sample(name), path);
        QFile::copy(sample(name) + ".bin", path + ".bin");
        window->openFile(path);
    }

    document::Document& document() const { return window->document(); }
    document::Editor& editor() const { return document().editor(); }
    document::Revisions& revisions() const { return document().revisions(); }
    const Revision* current() const { return revisions().of(editor().state()); }
    NodeId node(const char* opType) const
    {
        for (NodeId id : editor().model().graph.main().nodes)
            if (editor().model().graph.node(id).opType == opType)
                return id;
        return {};
    }
    bool insertBehind(const char* opType, const char* inserted) const
    {
        const NodeId at = node(opType);
        return at.valid() && editor().apply(edit::insertAfter(
                                 editor().model(), editor().model().graph.node(at).outputs[0], {inserted}));
    }
    // Measuring takes seconds.
    bool settled() const
    {
        for (int i = 0; i < 8; ++i)
            if (settle(*window))
                return true;
        return false;
    }
    QTableView* table(const char* name) const { return window->findChild<QTableView*>(name); }
    QString cell(const char* name, int row, const char* column) const
    {
        const QAbstractItemModel* model = table(name)->model();
        for (int i = 0; i < model->columnCount(); ++i)
            if (model->headerData(i, Qt::Horizontal).toString() == column)
                return model->index(row, i).data().toString();
        return "no such column";
    }
};

} // namespace

class TestRevisions : public QObject {
    Q_OBJECT

private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void eachEditIsMeasuredAndKeepsItsFiguresOverUndo()
    {
        Shown shown;
        QVERIFY(shown.settled());
        QCOMPARE(shown.cell("history", 0, "Latency"), QString("not measured"));
        shown.window->action("measure_on_edit")->trigger();
        QVERIFY(shown.window->findChild<QToolButton*>("measureOnEdit")->isChecked());
        QVERIFY(shown.settled());
        QCOMPARE(shown.cell("history", 0, "Max error"), QString("same bits"));
        QVERIFY(shown.insertBehind("Relu", "Sigmoid"));
        QVERIFY(shown.settled());
        const Revision* revision = shown.current();
        QVERIFY(revision && revision->status == Revision::Status::Measured);
        const auto figures = revision->figures;
        QVERIFY(figures->after.medianNs() > 0 && figures->before.medianNs() > 0);
        QVERIFY(figures->rounds >= 5 && figures->after.durationsNs.size() == std::size_t(figures->rounds));
        QVERIFY(figures->after.flops > figures->before.flops);
        QVERIFY(!figures->isSameBits && figures->maxAbsoluteError > 0 && figures->cosine < 1);
        QVERIFY(shown.cell("history", 1, "Latency").contains("±"));
        QVERIFY(shown.cell("history", 1, "Peak memory").contains("iB"));
        QVERIFY(!shown.cell("history", 1, "FLOPs").isEmpty());
        QCOMPARE(shown.cell("history", 1, "Cosine"), QString::number(figures->cosine, 'f', 6));

        shown.editor().undo();
        QVERIFY(shown.settled());
        QVERIFY(shown.revisions().of(shown.editor().stateAt(1))->figures == figures);
        shown.editor().redo();
        QVERIFY(shown.settled());
        QVERIFY(shown.current()->figures == figures); // not run again
        shown.editor().undo();
        const std::uint64_t gone = shown.editor().stateAt(1);
        QVERIFY(shown.insertBehind("Relu", "Identity"));
        QVERIFY(shown.settled());
        QVERIFY(shown.revisions().of(gone) == nullptr);
        QVERIFY(shown.current()->figures && shown.current()->figures->isSameBits);
    }

    void aGraphThatCannotRunSaysWhyAndTheNextOneIsMeasured()
    {
        Shown shown;
        QVERIFY(shown.settled());
        shown.revisions().setMeasuring(true);
        QVERIFY(shown.settled());
        const NodeId relu = shown.node("Relu");
        const std::string name = shown.editor().model().graph.node(relu).displayName();
        QVERIFY(shown.editor().apply(graph::Edit(graph::SetInputs{relu, {}})));
        QVERIFY(shown.settled());
        QVERIFY(shown.current() && shown.current()->status == Revision::Status::Failed);
        QVERIFY2(shown.current()->why.contains(QString::fromStdString(name)),
                 qPrintable(shown.current()->why));
        QVERIFY(shown.cell("history", 1, "Latency").startsWith("failed: "));
        QVERIFY(shown.revisions().compare(0, shown.editor().state()).has_value());
        shown.editor().undo();
        QVERIFY(shown.insertBehind("Relu", "Tanh"));
        QVERIFY(shown.settled());
        QVERIFY(shown.current()->figures);
    }

    void otherInputsAreNotCompared()
    {
        Shown shown("if_branch.onnxtxt");
        QVERIFY(shown.settled());
        graph::Edit renamed =
            graph::SetValueName{shown.editor().model().graph.main().inputs[0], "other_name"};
        QVERIFY(shown.editor().apply(renamed));
        shown.window->action("measure_now")->trigger();
        QVERIFY(shown.settled());
        QVERIFY(shown.current() && shown.current()->figures);
        QVERIFY(!shown.current()->figures->areResultsCompared);
        QCOMPARE(shown.cell("history", 1, "Max error"), QString("not compared"));
        QVERIFY(shown.cell("history", 0, "Latency") == "not measured");
    }

    void aRunnerThatDiesIsTold()
    {
        Shown shown("custom_ops/crash.onnxtxt");
        document::DebugSettings settings;
        settings.customOps = {CRASH_LIBRARY};
        shown.document().debugger().setSettings(settings);
        QVERIFY(shown.settled());
        shown.window->action("measure_now")->trigger();
        QVERIFY(shown.settled());
        QVERIFY(shown.current() && shown.current()->status == Revision::Status::Failed);
        QVERIFY2(shown.current()->why.contains("Crash"), qPrintable(shown.current()->why));
    }

    void twoRevisionsAreComparedOnTheGraphAndInATable()
    {
        Shown shown;
        QVERIFY(shown.settled());
        shown.revisions().setMeasuring(true);
        QVERIFY(shown.settled());
        QVERIFY(shown.insertBehind("Relu", "Sigmoid"));
        QVERIFY(shown.settled());
        const std::uint64_t first = shown.editor().state();
        QVERIFY(shown.insertBehind("Sigmoid", "Tanh"));
        QVERIFY(shown.settled());
        shown.window->action("compare_with_original")->trigger();
        QVERIFY(shown.settled());
        QCOMPARE(shown.document().focus().overlay(), QString("change"));
        std::size_t added = 0, measured = 0;
        const auto* drawn = shown.window->graphPanel().graph();
        QVERIFY(drawn->legend.isChange && QString::fromStdString(drawn->legend.title).contains("Tanh"));
        for (const canvas::DisplayNode& node : drawn->nodes) {
            measured += node.overlay.measured && node.overlay.isChange ? 1 : 0;
            if (node.title == "Sigmoid" || node.title == "Tanh")
                added += QString::fromStdString(node.overlay.label).startsWith("added") ? 1 : 0;
        }
        QCOMPARE(added, std::size_t(2));
        QVERIFY(measured > 4);
        int rowsAdded = 0;
        for (int row = 0; row < shown.table("compare")->model()->rowCount(); ++row)
            rowsAdded += shown.cell("compare", row, "In") == "added" ? 1 : 0;
        QCOMPARE(rowsAdded, 2);

        // With another revision: only one came, and a click on it shows it.
        QVERIFY(!shown.revisions().compare(first, shown.editor().state()).has_value());
        QVERIFY(shown.settled());
        int tanh = -1;
        for (int row = 0; row < shown.table("compare")->model()->rowCount(); ++row)
            if (shown.cell("compare", row, "In") == "added") {
                QCOMPARE(tanh, -1);
                tanh = row;
            }
        QVERIFY(tanh >= 0);
        QCOMPARE(shown.cell("compare", tanh, "Operator"), QString("Tanh"));
        shown.table("compare")->setCurrentIndex(shown.table("compare")->model()->index(tanh, 0));
        QCOMPARE(shown.document().focus().current().node(), shown.node("Tanh"));
        // A revision that cannot be reached any more ends the comparison.
        shown.editor().undo();
        shown.editor().undo();
        QVERIFY(shown.insertBehind("Relu", "Neg"));
        QVERIFY(shown.revisions().comparison() == nullptr);
    }
};

QTEST_MAIN(TestRevisions)
#include "test_revisions.moc"
