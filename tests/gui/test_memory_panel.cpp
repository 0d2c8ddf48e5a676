// SPDX-License-Identifier: Apache-2.0
//
// The memory panel on a recorded run: what it shows adds up, a click selects on the graph, a range filters.
// With ORRERY_PICTURES=FOLDER and ORRERY_PICTURE_TRACE=FILE it also writes pictures of every view.
#include "tests/gui/window_fixture.h"
#include "trace_db/queries/alive_at.h"
#include "views/memory/arena_map.h"
#include "views/memory/flame_chart.h"
#include "views/memory/memory_chart.h"
#include "views/memory/step_bars.h"

#include <QAbstractItemModel>
#include <QComboBox>
#include <QDockWidget>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>

using namespace orrery;
using namespace orrery::window;

namespace {

constexpr const char* pageNames[] = {"over-time", "arena", "allocations", "flame", "steps"};

std::unique_ptr<MainWindow> profiledWindow()
{
    auto window = shownWindow();
    window->openFile(sample("cifar10_cnn.onnxtxt"));
    if (!settle(*window))
        return nullptr;
    document::RunSettings settings;
    settings.warmup = 1;
    settings.runs = 4;
    settings.inputShapes["x"] = {1, 3, 32, 32};
    window->document().run(settings);
    if (!settle(*window))
        return nullptr;
    window->showPanel("memory");
    return settle(*window) ? std::move(window) : nullptr;
}

bool showPage(MainWindow& window, int page)
{
    window.findChild<QTabBar*>("memoryViews")->setCurrentIndex(page);
    return settle(window);
}

} // namespace

class TestMemoryPanel : public QObject {
    Q_OBJECT

private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void withoutARunItSaysWhatToDo()
    {
        auto window = shownWindow();
        window->showPanel("memory");
        window->openFile(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(settle(*window));
        const QWidget* panel = window->findChild<QDockWidget*>("memory")->widget();
        QVERIFY2(labelTexts(panel).contains("Profile the model"), qPrintable(labelTexts(panel)));
    }

    void theHighestColumnIsThePeakOfTheRun()
    {
        auto window = profiledWindow();
        QVERIFY(window);
        auto* chart = window->findChild<memory::MemoryChart*>("memoryChart");
        QVERIFY(!chart->columns().empty());
        std::int64_t highest = 0;
        for (const auto& column : chart->columns()) {
            std::int64_t total = column.highest.live.total -
                                 column.highest.live.byKind[std::size_t(trace_db::AllocKind::Native)];
            highest = std::max(highest, total);
        }
        QCOMPARE(highest, window->document().trace()->shown()->run.peakBytes);
    }

    void aMomentListsWhatIsAliveAndARowSelectsItsNode()
    {
        auto window = profiledWindow();
        QVERIFY(window);
        auto* chart = window->findChild<memory::MemoryChart*>("memoryChart");
        auto* table = window->findChild<QTableView*>("aliveBuffers");
        const int atPeak = table->model()->rowCount();
        QVERIFY(atPeak > 3);
        chart->setFocus();
        QTest::mouseClick(chart, Qt::LeftButton, {}, {chart->width() - 20, chart->height() / 2});
        QVERIFY(settle(*window));
        QVERIFY(chart->moment().has_value());
        QVERIFY(table->model()->rowCount() > 0 && table->model()->rowCount() != atPeak);
        QTest::keyClick(chart, Qt::Key_P);
        QVERIFY(settle(*window));
        QCOMPARE(table->model()->rowCount(), atPeak);
        for (int row = 0; row < atPeak; ++row)
            QVERIFY(!table->model()->index(row, 2).data().toString().isEmpty());

        window->document().focus().setProjection("compute");
        QVERIFY(settle(*window));
        int made = -1; // by a node
        for (int row = 0; row < atPeak && made < 0; ++row)
            if (table->model()->index(row, 3).data().toString() == "activations")
                made = row;
        QVERIFY(made >= 0);
        table->scrollTo(table->model()->index(made, 0));
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {},
                          table->visualRect(table->model()->index(made, 0)).center());
        QVERIFY(settle(*window));
        const auto graph = window->document().stageGraph(document::GraphStage::Compute).graph;
        const auto& current = window->document().focus().current();
        QVERIFY(current.valid() && current.isNode());
        QCOMPARE(QString::fromStdString(graph->node(current.node()).displayName()),
                 table->model()->index(made, 4).data().toString());
    }

    void aKindCanBeHidden()
    {
        auto window = profiledWindow();
        QVERIFY(window);
        auto* chart = window->findChild<memory::MemoryChart*>("memoryChart");
        auto* weights = window->findChild<QToolButton*>("kind-weight");
        QVERIFY(weights->isVisible());
        weights->setChecked(true);
        const double with = chart->top();
        weights->setChecked(false);
        QVERIFY2(chart->top() < with, "hiding the weights does not make room");
    }

    void boxesOfTheArenaDoNotOverlapAndSelectTheirNode()
    {
        auto window = profiledWindow();
        QVERIFY(window && showPage(*window, 1));
        auto* map = window->findChild<memory::ArenaMap*>("arenaMap");
        const auto& boxes = map->answer().boxes;
        QVERIFY(boxes.size() >= 3);
        for (std::size_t i = 0; i < boxes.size(); ++i)
            for (std::size_t j = i + 1; j < boxes.size(); ++j) {
                const auto &a = boxes[i], &b = boxes[j];
                const bool sameTime = a.buffer.ts < b.end && b.buffer.ts < a.end;
                const bool samePlace = a.buffer.offset < b.buffer.offset + b.buffer.bytes &&
                                       b.buffer.offset < a.buffer.offset + a.buffer.bytes;
                QVERIFY2(!(sameTime && samePlace), "two values in one place at one time");
            }
        int widest = 0;
        for (std::size_t i = 0; i < boxes.size(); ++i)
            if (map->rectOf(boxes[i]).width() * map->rectOf(boxes[i]).height() >
                map->rectOf(boxes[std::size_t(widest)]).width() *
                    map->rectOf(boxes[std::size_t(widest)]).height())
                widest = int(i);
        QTest::mouseClick(map, Qt::LeftButton, {},
                          map->rectOf(boxes[std::size_t(widest)]).center().toPoint());
        QVERIFY(settle(*window));
        QCOMPARE(map->selected(), widest);
        QCOMPARE(window->document().focus().current().key,
                 std::uint64_t(map->answer().boxes[std::size_t(widest)].buffer.node));
    }

    void aRangeFiltersTheAllocations()
    {
        auto window = profiledWindow();
        QVERIFY(window && showPage(*window, 2));
        auto* table = window->findChild<QTableView*>("allocations");
        const auto count = [&] {
            int sum = 0;
            for (int row = 0; row < table->model()->rowCount(); ++row)
                sum += table->model()->index(row, 4).data().toInt();
            return sum;
        };
        const int all = count();
        auto* chart = window->findChild<memory::MemoryChart*>("memoryChart");
        QVERIFY(showPage(*window, 0));
        QTest::keyClick(chart, Qt::Key_P);
        QTest::keyClick(chart, Qt::Key_Right);
        QTest::keyClick(chart, Qt::Key_R); // the step there
        QVERIFY(!window->document().focus().range().empty());
        QVERIFY(showPage(*window, 2));
        QVERIFY2(count() > 0 && count() < all, qPrintable(QString("%1 of %2").arg(count()).arg(all)));
        window->document().focus().setRange({});
        QVERIFY(settle(*window));
        QCOMPARE(count(), all);
    }

    void theFlameChartAddsUpAndZooms()
    {
        auto window = profiledWindow();
        QVERIFY(window && showPage(*window, 3));
        auto* flame = window->findChild<memory::FlameChart*>("flameChart");
        const memory::FlameTree& tree = flame->tree();
        QVERIFY(!tree.isEmpty());
        for (const memory::FlameNode& node : tree.nodes) {
            std::int64_t below = 0;
            for (const std::uint32_t child : node.children)
                below += tree.nodes[child].bytes;
            QVERIFY(node.children.empty() || below <= node.bytes);
        }
        const std::uint32_t child = tree.nodes[0].children.front();
        QTest::mouseClick(flame->viewport(), Qt::LeftButton, {}, flame->rectOf(child).center().toPoint());
        QCOMPARE(flame->zoomed(), child);
        QTest::keyClick(flame, Qt::Key_Backspace);
        QCOMPARE(flame->zoomed(), 0u);
    }

    void twoStepsAreCompared()
    {
        auto window = profiledWindow();
        QVERIFY(window && showPage(*window, 4));
        auto* bars = window->findChild<memory::StepBars*>("stepBars");
        QCOMPARE(bars->a(), 1);
        QCOMPARE(bars->b(), 4);
        auto* table = window->findChild<QTableView*>("stepDifference");
        QVERIFY(table->model()->rowCount() > 3);
        QTest::keyClick(bars, Qt::Key_Left);
        QVERIFY(settle(*window));
        QCOMPARE(bars->a(), 0); // the warm-up, which allocated the weights
        bool differs = false;
        for (int row = 0; row < table->model()->rowCount(); ++row)
            differs = differs || table->model()->index(row, 4).data() != table->model()->index(row, 5).data();
        QVERIFY(differs);
    }

    void theOverlaysOfMemoryAddUp()
    {
        auto window = profiledWindow();
        QVERIFY(window);
        const auto run = window->document().shownRun();
        std::int64_t sum = 0;
        for (const auto& row : run->memory)
            sum += row.peakBytes + row.weightBytes;
        QVERIFY(sum > 0 && sum <= window->document().trace()->shown()->run.peakBytes);
        for (const char* overlay : {"peak", "weights"}) {
            window->document().focus().setOverlay(overlay);
            window->document().focus().setProjection("compute");
            QVERIFY(settle(*window));
            const canvas::DisplayGraph* graph = window->graphPanel().graph();
            QVERIFY(graph->legend.title.starts_with("Bytes"));
            float hottest = 0;
            for (const canvas::DisplayNode& node : graph->nodes)
                hottest = std::max(hottest, node.overlay.heat);
            QCOMPARE(hottest, 1.0f);
        }
    }

    void pictures()
    {
        const QString folder = qEnvironmentVariable("ORRERY_PICTURES");
        if (folder.isEmpty())
            return;
        for (const auto choice : {ThemeChoice::Light, ThemeChoice::Dark}) {
            auto window = shownWindow();
            window->resize(1500, 950);
            window->setThemeChoice(choice);
            window->openFile(qEnvironmentVariable("ORRERY_PICTURE_TRACE"));
            QVERIFY(settle(*window));
            window->showPanel("memory");
            auto* dock = window->findChild<QDockWidget*>("memory");
            window->resizeDocks({dock}, {430}, Qt::Vertical);
            const QString theme = choice == ThemeChoice::Light ? "light" : "dark";
            for (int page = 0; page < 5; ++page) {
                QVERIFY(showPage(*window, page));
                if (page == 0)
                    window->grab().save(folder + "/memory-window-" + theme + ".png");
                dock->widget()->grab().save(folder + "/memory-" + pageNames[page] + "-" + theme + ".png");
            }
            auto* source = window->findChild<QComboBox*>("flameSource");
            QVERIFY(showPage(*window, 3));
            source->setCurrentIndex(3);
            QVERIFY(settle(*window));
            dock->widget()->grab().save(folder + "/memory-calls-" + theme + ".png");
            window->document().focus().setOverlay("peak");
            window->document().focus().setProjection("runtime");
            QVERIFY(settle(*window));
            window->grab().save(folder + "/memory-overlay-" + theme + ".png");
        }
    }
};

QTEST_MAIN(TestMemoryPanel)
#include "test_memory_panel.moc"
