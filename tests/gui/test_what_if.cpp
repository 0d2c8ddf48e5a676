// SPDX-License-Identifier: Apache-2.0
//
// The what-if panel: it predicts without a run, leads to the op at the peak, applies suggestions as hints
// beside the model, and can be left at any moment. With ORRERY_PICTURES=FOLDER and ORRERY_PICTURE_MODEL=FILE
// it also writes pictures of itself.
#include "engine/base/text.h"
#include "profiler/session/plan_hint_file.h"
#include "tests/gui/window_fixture.h"
#include "views/memory/peak_plot.h"

#include <QAbstractItemModel>
#include <QComboBox>
#include <QDockWidget>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>

using namespace orrery;
using namespace orrery::window;

namespace {

// `wide` is kept from the start to the end, beside what the middle needs.
constexpr const char* keptLong = R"(<ir_version: 8, opset_import: ["" : 13]>
kept_long (float[N,64] x) => (float[N,64] y)
{
   [spread] wide = Concat <axis = 1> (x, x, x, x)
   [cube] big = Concat <axis = 1> (wide, wide, wide, wide)
   [bend] bent = Tanh (big)
   [turn] turned = Sigmoid (bent)
   [sum] small = ReduceSum <keepdims = 1> (turned)
   [add] added = Add (wide, small)
   [pick] y0, y1, y2, y3 = Split <axis = 1> (added)
   [end] y = Add (y0, y3)
}
)";

constexpr const char* fixedDims = R"(<ir_version: 8, opset_import: ["" : 13]>
fixed_dims (float[2,8] x) => (float[2,8] y)
{
   [bend] bent = Tanh (x)
   [end] y = Add (bent, x)
}
)";

struct Shown {
    std::unique_ptr<MainWindow> window = shownWindow();
    QTemporaryDir folder;

    QString path() const { return folder.filePath("model.onnxtxt"); }
    template<class T = QWidget>
    T* find(const char* name) const
    {
        return window->findChild<T*>(name);
    }
    memory::PeakPlot* plot() const { return find<memory::PeakPlot>("peakPlot"); }
    QWidget* panel() const { return find<QDockWidget>("what_if")->widget(); }
    bool open(const QString& file)
    {
        window->openFile(file);
        window->showPanel("what_if");
        return settle(*window);
    }
    bool openText(const char* text)
    {
        QFile file(path());
        return file.open(QIODevice::WriteOnly) && file.write(text) > 0 && file.flush() && open(path());
    }
    bool predict(const char* numbers)
    {
        find<QLineEdit>("whatIfRange")->setText(numbers);
        QTest::keyClick(find("whatIfRange"), Qt::Key_Return);
        return settle(*window);
    }
    void click(const char* button) { QTest::mouseClick(find(button), Qt::LeftButton); }
    QString status() const { return find<QLabel>("whatIfStatus")->text(); }
    bool suggest()
    {
        find<QTabBar>("whatIfViews")->setCurrentIndex(1);
        click("whatIfSuggest");
        return settle(*window);
    }
    QString cell(const char* table, int row, int column) const
    {
        return find<QTableView>(table)->model()->index(row, column).data().toString();
    }
    int rows(const char* table) const { return find<QTableView>(table)->model()->rowCount(); }
};

} // namespace

class TestWhatIf : public QObject {
    Q_OBJECT

private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void withoutAModelItSaysWhatToDo()
    {
        Shown shown;
        shown.window->showPanel("what_if");
        QVERIFY(settle(*shown.window));
        QVERIFY2(labelTexts(shown.panel()).contains("Open a model"), qPrintable(labelTexts(shown.panel())));
    }

    void aPredictionNeedsNoRun()
    {
        Shown shown;
        QVERIFY(shown.open(sample("cifar10_cnn.onnxtxt")));
        QVERIFY(labelTexts(shown.panel()).contains("Not predicted yet"));
        QVERIFY(shown.predict("1..32"));
        const auto& points = shown.plot()->points();
        QCOMPARE(points.size(), 6u);
        QVERIFY(shown.plot()->isLogarithmic());
        for (std::size_t i = 0; i < points.size(); ++i) {
            QVERIFY2(points[i].error.isEmpty(), qPrintable(points[i].error));
            QCOMPARE(points[i].number, std::int64_t(1) << i);
            QCOMPARE(points[i].inputBytes, points[i].number * 3 * 32 * 32 * 4);
            QVERIFY(i == 0 || points[i].peakBytes() > points[i - 1].peakBytes());
        }
        QVERIFY(!shown.window->document().trace());
        QCOMPARE(shown.plot()->selected(), 5); // needs the most
        QVERIFY(shown.rows("whatIfLive") >= 2);
    }

    void measuredPeaksAreMarkedBesideThePredictions()
    {
        Shown shown;
        QVERIFY(shown.open(sample("cifar10_cnn.onnxtxt")));
        QVERIFY(shown.predict("1,3"));
        shown.click("whatIfMeasure");
        QVERIFY(settle(*shown.window));
        for (const memory::PeakPoint& point : shown.plot()->points())
            QVERIFY(point.measuredBytes >= point.inputBytes + point.activationBytes);
        QVERIFY2(shown.status().contains("off the runs by"), qPrintable(shown.status()));
    }

    void theOpAtThePeakIsShownOnTheGraph()
    {
        Shown shown;
        QVERIFY(shown.open(sample("cifar10_cnn.onnxtxt")));
        QVERIFY(shown.predict("4"));
        auto* op = shown.find<QPushButton>("whatIfOp");
        QVERIFY(op->isEnabled());
        QTest::mouseClick(op, Qt::LeftButton);
        QVERIFY(settle(*shown.window));
        const auto& current = shown.window->document().focus().current();
        QVERIFY(current.valid() && current.isNode());
        const auto graph = shown.window->document().stageGraph(current.stage).graph;
        QVERIFY2(op->text().contains(QString::fromStdString(graph->node(current.node()).opType)) ||
                     current.stage == document::GraphStage::Dataflow,
                 qPrintable(op->text()));
    }

    void aRowOfWhatIsAliveSelectsItsProducer()
    {
        Shown shown;
        QVERIFY(shown.openText(keptLong));
        shown.window->document().focus().setProjection("compute");
        QVERIFY(settle(*shown.window));
        QVERIFY(shown.predict("4"));
        auto* table = shown.find<QTableView>("whatIfLive");
        int made = -1;
        for (int row = 0; row < shown.rows("whatIfLive"); ++row)
            if (shown.cell("whatIfLive", row, 0) == "wide")
                made = row;
        QVERIFY(made >= 0);
        table->setCurrentIndex(table->model()->index(made == 0 ? 1 : 0, 0));
        table->setCurrentIndex(table->model()->index(made, 0));
        const auto& current = shown.window->document().focus().current();
        QVERIFY(current.valid() && current.isNode());
        QCOMPARE(current.stage, document::GraphStage::Compute);
        const auto graph = shown.window->document().stageGraph(current.stage).graph;
        QCOMPARE(graph->node(current.node()).displayName(), std::string("spread"));
    }

    void theArrowKeysWalkAlongTheCurve()
    {
        Shown shown;
        QVERIFY(shown.open(sample("mlp.onnxtxt")));
        QVERIFY(shown.predict("1..8"));
        shown.plot()->setFocus();
        QTest::keyClick(shown.plot(), Qt::Key_Home);
        QVERIFY(labelTexts(shown.panel()).contains("N = 1:"));
        QTest::keyClick(shown.plot(), Qt::Key_Right);
        QVERIFY(labelTexts(shown.panel()).contains("N = 2:"));
        QTest::mouseClick(shown.plot(), Qt::LeftButton, {}, shown.plot()->positionOf(2).toPoint());
        QVERIFY(labelTexts(shown.panel()).contains("N = 4:"));
    }

    void otherOpenDimsHaveTheirNumbers()
    {
        Shown shown;
        QVERIFY(shown.open(sample("transformer_block.onnxtxt")));
        QVERIFY(shown.predict("2"));
        const auto before = shown.plot()->points().front().peakBytes();
        shown.find<QSpinBox>("whatIf_T")->setValue(64);
        QVERIFY(shown.predict("2"));
        QVERIFY(shown.plot()->points().front().peakBytes() > before);
    }

    void whatIsNoNumberIsToldBesideTheField()
    {
        Shown shown;
        QVERIFY(shown.open(sample("mlp.onnxtxt")));
        QVERIFY(shown.predict("1..x"));
        QVERIFY2(shown.status().contains("\"x\" is no number"), qPrintable(shown.status()));
        QVERIFY(shown.plot()->points().empty());
    }

    void fixedDimsAreToldAndCanBeVaried()
    {
        Shown shown;
        QVERIFY(shown.openText(fixedDims));
        QVERIFY2(labelTexts(shown.panel()).contains("x is 2×8"), qPrintable(labelTexts(shown.panel())));
        QVERIFY(shown.predict("2,4"));
        const auto& points = shown.plot()->points();
        QCOMPARE(points.size(), 2u);
        QVERIFY2(points[1].error.isEmpty(), qPrintable(points[1].error));
        QCOMPARE(points[1].peakBytes(), 2 * points[0].peakBytes());
    }

    void aSuggestionThatIsAppliedIsKeptBesideTheModelAndCanBeTakenBack()
    {
        Shown shown;
        QVERIFY(shown.openText(keptLong));
        QVERIFY(shown.predict("1,8"));
        const auto before = shown.plot()->points().back().peakBytes();
        QVERIFY(shown.suggest());
        QVERIFY2(shown.rows("whatIfSuggestions") > 0, qPrintable(labelTexts(shown.panel())));
        const QString after = shown.cell("whatIfSuggestions", 0, 1);
        shown.click("whatIfApply");
        QVERIFY(settle(*shown.window));
        auto kept = session::loadPlanHints(shown.path().toStdString(), {}, passes::OptimizeLevel::All);
        QVERIFY(kept.ok() && !kept->hints.empty());
        QVERIFY(kept->hints == shown.window->document().planHints());
        const auto now = shown.plot()->points().back().peakBytes();
        QVERIFY2(now < before, "the curve does not follow");
        QCOMPARE(QString::fromStdString(formatBytes(now)), after);

        QVERIFY(shown.rows("whatIfHints") > 0);
        shown.find<QTabBar>("whatIfViews")->setCurrentIndex(2);
        shown.click("whatIfClear");
        QVERIFY(settle(*shown.window));
        kept = session::loadPlanHints(shown.path().toStdString(), {}, passes::OptimizeLevel::All);
        QVERIFY(kept.ok() && kept->hints.empty());
        QCOMPARE(shown.plot()->points().back().peakBytes(), before);
    }

    void aTrialTellsPeaksTimesAndWhetherResultsAreTheSame()
    {
        Shown shown;
        QVERIFY(shown.openText(keptLong));
        QVERIFY(shown.predict("8"));
        QVERIFY(shown.suggest());
        QVERIFY(shown.rows("whatIfSuggestions") > 0);
        shown.click("whatIfTry");
        QVERIFY(settle(*shown.window));
        const QString told = shown.find<QLabel>("whatIfTrial")->text();
        QVERIFY2(told.contains("Measured: peak") && told.contains("time") && told.contains("results"),
                 qPrintable(told + shown.status()));
    }

    void escapeCancelsAndTheNextQuestionIsAnswered()
    {
        Shown shown;
        QVERIFY(shown.open(sample("transformer_block.onnxtxt")));
        QStringList many;
        for (int i = 1; i <= 900; ++i)
            many << QString::number(i);
        auto* range = shown.find<QLineEdit>("whatIfRange");
        range->setText(many.join(','));
        QTest::keyClick(range, Qt::Key_Return);
        QVERIFY(!shown.window->isIdle());
        QTest::keyClick(range, Qt::Key_Escape);
        QCOMPARE(shown.status(), QString("Cancelled"));
        QVERIFY(settle(*shown.window));
        QVERIFY(shown.plot()->points().size() < 900u);
        QVERIFY(shown.predict("1,2"));
        QCOMPARE(shown.plot()->points().size(), 2u);
    }

    void theWindowClosesWhileItPredicts()
    {
        Shown shown;
        QVERIFY(shown.open(sample("transformer_block.onnxtxt")));
        QStringList many;
        for (int i = 1; i <= 900; ++i)
            many << QString::number(i);
        shown.find<QLineEdit>("whatIfRange")->setText(many.join(','));
        shown.click("whatIfPredict");
        QVERIFY(!shown.window->isIdle());
        shown.window.reset();
        QVERIFY(!shown.window);
    }

    void aRunnerThatDiesIsTold()
    {
        qputenv("ORRERY_RUNNER", "/nonexistent/orrery-runner");
        Shown shown;
        QVERIFY(shown.open(sample("mlp.onnxtxt")));
        QVERIFY(shown.predict("1,2"));
        QVERIFY2(labelTexts(shown.panel()).contains("No prediction"), qPrintable(labelTexts(shown.panel())));
        qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM);
        QVERIFY(shown.predict("1,2"));
        QCOMPARE(shown.plot()->points().size(), 2u);
    }

    void pictures()
    {
        const QString folder = qEnvironmentVariable("ORRERY_PICTURES");
        if (folder.isEmpty())
            return;
        for (const auto choice : {ThemeChoice::Light, ThemeChoice::Dark}) {
            Shown shown;
            MainWindow& window = *shown.window;
            window.resize(1500, 950);
            window.setThemeChoice(choice);
            QVERIFY(shown.open(qEnvironmentVariable("ORRERY_PICTURE_MODEL")));
            auto* dock = shown.find<QDockWidget>("what_if");
            window.resizeDocks({dock}, {430}, Qt::Vertical);
            const QString end = choice == ThemeChoice::Light ? "-light.png" : "-dark.png";
            dock->widget()->grab().save(folder + "/what-if-empty" + end);
            const QByteArray range = qEnvironmentVariable("ORRERY_PICTURE_RANGE", "1..32").toUtf8();
            QVERIFY(shown.predict(range.constData()));
            window.grab().save(folder + "/what-if-window" + end);
            shown.click("whatIfMeasure");
            QVERIFY(settle(window));
            dock->widget()->grab().save(folder + "/what-if-measured" + end);
            QVERIFY(shown.suggest());
            shown.click("whatIfTry");
            QVERIFY(settle(window));
            dock->widget()->grab().save(folder + "/what-if-suggestions" + end);
            shown.click("whatIfApply");
            QVERIFY(settle(window));
            shown.find<QTabBar>("whatIfViews")->setCurrentIndex(2);
            window.grab().save(folder + "/what-if-applied" + end);
            window.resizeDocks({dock}, {230}, Qt::Vertical);
            shown.find<QTabBar>("whatIfViews")->setCurrentIndex(1);
            QVERIFY(shown.suggest());
            dock->widget()->grab().save(folder + "/what-if-low" + end);
            shown.find<QTabBar>("whatIfViews")->setCurrentIndex(2);
            shown.click("whatIfClear");
            QVERIFY(settle(window));
        }
    }
};

QTEST_MAIN(TestWhatIf)
#include "test_what_if.moc"
