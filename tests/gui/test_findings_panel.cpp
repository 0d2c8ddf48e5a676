// SPDX-License-Identifier: Apache-2.0
//
// A recorded run that leaks: the Problems panel names the node with the rate, and a click leads there.
#include "tests/gui/window_fixture.h"

#include <QAbstractItemModel>
#include <QProcess>
#include <QTableView>
#include <QTemporaryDir>

using namespace orrery;
using namespace orrery::window;

namespace {

// Empty when it could not be recorded.
QString recorded(const QTemporaryDir& folder, const char* name)
{
    const QString trace = folder.filePath(QString(name) + ".orrery");
    QProcess program;
    program.start(ORRERY_PROGRAM,
                  {"profile", sample("custom_ops/leaks/") + name + ".onnxtxt", "--leaks", "--runs", "60",
                   "--shape", "x=4x16", "--custom-ops", SCRATCH_PAD_LIBRARY, "--trace", trace});
    return program.waitForFinished(60'000) && QFile::exists(trace) ? trace : QString();
}

} // namespace

class TestFindingsPanel : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private slots:
    void aLeakIsListedAndLeadsToItsNodeAndTime()
    {
        const QString trace = recorded(m_folder, "never_frees");
        QVERIFY(!trace.isEmpty());
        auto window = shownWindow();
        window->openFile(trace);
        QVERIFY(settle(*window));
        window->showPanel("problems");
        auto* table = window->findChild<QTableView*>("problems");
        const QAbstractItemModel* model = table->model();
        int leak = -1;
        for (int row = 0; row < model->rowCount(); ++row)
            for (int column = 0; column < model->columnCount(); ++column)
                if (model->index(row, column).data().toString() == "leak")
                    leak = row;
        QVERIFY2(leak >= 0, "the leak is not listed");
        QStringList cells;
        for (int column = 0; column < model->columnCount(); ++column)
            cells << model->index(leak, column).data().toString();
        QVERIFY2(cells.contains("keeper"), qPrintable(cells.join(" | ")));
        QVERIFY2(cells.contains("4096 B"), qPrintable(cells.join(" | ")));
        QVERIFY2(cells.join(" ").contains("scratch_pad.c"), qPrintable(cells.join(" | ")));

        document::Focus& focus = window->document().focus();
        QVERIFY(focus.range().empty());
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {},
                          table->visualRect(model->index(leak, 0)).center());
        QVERIFY(settle(*window));
        QCOMPARE(focus.current().stage, document::GraphStage::Dataflow);
        const auto graph = window->document().stageGraph(document::GraphStage::Dataflow).graph;
        QCOMPARE(QString::fromStdString(graph->node(focus.current().node()).displayName()),
                 QString("keeper"));
        QVERIFY(!focus.range().empty());
    }

    void itsCleanTwinListsNoLeak()
    {
        const QString trace = recorded(m_folder, "frees");
        QVERIFY(!trace.isEmpty());
        auto window = shownWindow();
        window->openFile(trace);
        QVERIFY(settle(*window));
        for (const Problem& problem : window->document().problems())
            QVERIFY2(problem.severity == Severity::Info, problem.text.c_str());
    }
};

QTEST_MAIN(TestFindingsPanel)
#include "test_findings_panel.moc"
