// SPDX-License-Identifier: Apache-2.0
//
// Profiling from the window, what it shows, and a runner that dies.
#include "tests/gui/window_fixture.h"

#include <QAbstractItemModel>
#include <QLineEdit>
#include <QTableView>

using namespace orrery;
using namespace orrery::window;

namespace {

document::RunSettings fiveRuns()
{
    document::RunSettings settings;
    settings.warmup = 1;
    settings.runs = 5;
    settings.inputShapes["x"] = {1, 3, 32, 32};
    return settings;
}

std::unique_ptr<MainWindow> profiledWindow()
{
    auto window = shownWindow();
    window->openFile(sample("cifar10_cnn.onnxtxt"));
    if (!settle(*window))
        return nullptr;
    window->document().run(fiveRuns());
    return settle(*window) ? std::move(window) : nullptr;
}

} // namespace

class TestMeasurements : public QObject {
    Q_OBJECT

private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void hotspotsAddUpAndSelectOnTheCanvas()
    {
        auto window = profiledWindow();
        QVERIFY(window);
        auto* table = window->findChild<QTableView*>("hotspots");
        const QAbstractItemModel* model = table->model();
        QVERIFY(model->rowCount() >= 6);
        double sum = 0, before = 101;
        for (int row = 0; row < model->rowCount(); ++row) {
            const double share = model->index(row, 3).data().toString().remove(" %").toDouble();
            QVERIFY2(share <= before, "the table is not sorted by share");
            before = share;
            sum += share;
        }
        QVERIFY2(sum > 98 && sum < 102, qPrintable(QString::number(sum)));

        window->document().focus().setProjection("runtime");
        QVERIFY(settle(*window));
        window->showPanel("hotspots");
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {},
                          table->visualRect(model->index(1, 0)).center());
        QVERIFY(settle(*window));
        const auto& current = window->document().focus().current();
        QCOMPARE(current.stage, document::GraphStage::Compute);
        QCOMPARE(window->graphPanel().view().selectedKey(), current.key);
        const auto graph = window->document().stageGraph(document::GraphStage::Compute).graph;
        QCOMPARE(QString::fromStdString(graph->node(current.node()).displayName()),
                 model->index(1, 0).data().toString());
    }

    void theRuntimeGraphHoldsWhatRanWithItsTimes()
    {
        auto window = profiledWindow();
        QVERIFY(window);
        window->document().focus().setOverlay("time");
        window->document().focus().setProjection("runtime");
        QVERIFY(settle(*window));
        const canvas::DisplayGraph* graph = window->graphPanel().graph();
        QVERIFY(graph != nullptr);
        QCOMPARE(graph->legend.title, std::string("Self time per run, mean of 5"));
        std::size_t measured = 0;
        float hottest = 0;
        for (const canvas::DisplayNode& node : graph->nodes)
            if (node.kind == canvas::NodeKind::Op) {
                QVERIFY2(node.overlay.measured, node.title.c_str());
                ++measured;
                hottest = std::max(hottest, node.overlay.heat);
            }
        QCOMPARE(measured, window->document().shownRun()->nodeStats.size());
        QCOMPARE(hottest, 1.0f);
    }

    void aFusedNodeLightsUpWhatItCameFrom()
    {
        auto window = profiledWindow();
        QVERIFY(window);
        const auto compute = window->document().stageGraph(document::GraphStage::Compute).graph;
        NodeId fused;
        for (NodeId id : compute->liveNodes())
            if (compute->node(id).opType == "FusedConv" && !fused.valid())
                fused = id;
        QVERIFY2(fused.valid(), "no Conv was fused");
        window->document().focus().setProjection("dataflow");
        QVERIFY(settle(*window));
        window->document().focus().select(document::GraphStage::Compute, fused.value);
        const std::uint64_t conv = keyOf(*window, "conv1"), relu = keyOf(*window, "relu1");
        const auto keys = window->document().correspondence().keysIn(document::GraphStage::Dataflow,
                                                                     window->document().focus().current());
        QStringList found;
        for (std::uint64_t key : keys)
            found << QString::number(key);
        QVERIFY2((std::set<std::uint64_t>(keys.begin(), keys.end()) == std::set<std::uint64_t>{conv, relu}),
                 qPrintable(found.join(' ')));
        QCOMPARE(window->graphPanel().view().selectedKey(), keys.front());

        // And back: one click on the Relu finds the fused node.
        window->document().focus().select(document::GraphStage::Dataflow, relu);
        window->document().focus().setProjection("compute");
        QVERIFY(settle(*window));
        QCOMPARE(window->graphPanel().view().selectedKey(), std::uint64_t(fused.value));
    }

    void aRunShowsTheShapesItHad()
    {
        auto window = profiledWindow();
        QVERIFY(window);
        const auto graph = window->document().stageGraph(document::GraphStage::Dataflow).graph;
        QCOMPARE(graph->value(graph->main().outputs.front()).type.text(), std::string("float 1×10"));
    }

    void aSecondRunCanBeComparedWithTheFirst()
    {
        auto window = profiledWindow();
        QVERIFY(window);
        window->document().run(fiveRuns());
        QVERIFY(settle(*window));
        QCOMPARE(window->findChild<QTableView*>("runs")->model()->rowCount(), 2);
        QCOMPARE(window->document().shownRun()->id.value, 2u);
        window->document().showRun(trace_db::RunId(std::size_t(1)));
        QVERIFY(settle(*window));
        QCOMPARE(window->document().shownRun()->id.value, 1u);
    }

    void filterNarrowsTheTable()
    {
        auto window = profiledWindow();
        QVERIFY(window);
        auto* table = window->findChild<QTableView*>("hotspots");
        const int all = table->model()->rowCount();
        window->document().focus().setFilter("type:MaxPool");
        QCOMPARE(table->model()->rowCount(), 2);
        window->document().focus().setFilter({});
        QCOMPARE(table->model()->rowCount(), all);
    }

    void aDeadRunnerIsAProblemAndWhatItRecordedIsShown()
    {
        qputenv("ORRERY_RUNNER", ORRERY_FAULTY_RUNNER);
        qputenv("ORRERY_TEST_FAULT", "segv@pool2@4");
        auto window = profiledWindow();
        qunsetenv("ORRERY_TEST_FAULT");
        QVERIFY(window);
        QVERIFY(hasErrors(window->document().problems()));
        const Problem& worst = window->document().problems().front();
        QVERIFY2(worst.code == "runner-died", worst.code.c_str());
        QVERIFY2(worst.text.find("pool2") != std::string::npos, worst.text.c_str());
        QVERIFY(window->document().shownRun() != nullptr);
        QVERIFY(window->findChild<QTableView*>("hotspots")->model()->rowCount() > 3);
        QVERIFY(window->action("profile")->isEnabled());
    }

    void aModelThatCannotBeCompiledSaysWhy()
    {
        auto window = shownWindow();
        window->openFile(sample("unknown_op.onnxtxt"));
        QVERIFY(settle(*window));
        window->document().focus().setProjection("compute");
        QVERIFY(settle(*window));
        bool said = false;
        for (const Problem& problem : window->document().problems())
            said =
                said || (problem.code == "compile-failed" && problem.text.find("Fancy") != std::string::npos);
        QVERIFY(said);
        QVERIFY(window->graphPanel().graph() == nullptr);
    }

    void withoutARunTheLegendSaysSo()
    {
        auto window = shownWindow();
        window->openFile(sample("cifar10_cnn.onnxtxt"));
        window->document().focus().setOverlay("time");
        QVERIFY(settle(*window));
        QVERIFY(window->graphPanel().graph()->legend.title.find("not measured") != std::string::npos);
        for (const canvas::DisplayNode& node : window->graphPanel().graph()->nodes)
            QVERIFY(!node.overlay.measured);
    }
};

QTEST_MAIN(TestMeasurements)
#include "test_measurements.moc"
