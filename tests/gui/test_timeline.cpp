// SPDX-License-Identifier: Apache-2.0
//
// The timeline in the window: what it shows of a run, its keys, and how selection and range go to other
// views.
#include "tests/gui/window_fixture.h"
#include "views/timeline/timeline_view.h"

#include <QAbstractItemModel>
#include <QDockWidget>
#include <QMouseEvent>
#include <QTableView>
#include <QTemporaryDir>
#include <QToolButton>

using namespace orrery;
using namespace orrery::window;
using timeline::TimelineView;
using timeline::TrackKind;

namespace {

// A window with a run of three steps after a warm-up step of a graph with a loop, the timeline in front.
std::unique_ptr<MainWindow> recordedWindow(const char* graph = "loop.onnxtxt")
{
    auto window = shownWindow();
    window->openFile(sample(graph));
    if (!settle(*window))
        return nullptr;
    document::RunSettings settings;
    settings.warmup = 1;
    settings.runs = 3;
    window->document().run(settings);
    if (!settle(*window))
        return nullptr;
    window->showPanel("timeline");
    return settle(*window) ? std::move(window) : nullptr;
}

TimelineView& viewOf(MainWindow& window) { return *window.findChild<TimelineView*>("timeline_view"); }

const timeline::Track* trackOf(const TimelineView& view, TrackKind kind, std::uint16_t depth = 0)
{
    for (const timeline::Track& track : view.state().tracks)
        if (track.kind == kind && track.lane.depth == depth)
            return &track;
    return nullptr;
}

QPoint pointOf(const TimelineView& view, const timeline::Track& track, std::int64_t ns)
{
    return {timeline::headerWidth + int(view.axis().xOf(ns)),
            timeline::rulerHeight + track.y - view.state().scroll + track.height / 2};
}

void press(TimelineView& view, Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
{
    QTest::keyClick(&view, key, modifiers);
}

std::int64_t callsIn(MainWindow& window)
{
    std::int64_t calls = 0;
    for (const auto& row : window.document().shownRun()->hotspots)
        calls += row.calls + row.warmupCalls;
    return calls;
}

} // namespace

class TestTimeline : public QObject {
    Q_OBJECT

private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void showsStepsNestedOpsMemoryAndCounters()
    {
        auto window = recordedWindow();
        QVERIFY(window);
        const TimelineView& view = viewOf(*window);
        const timeline::TimelineData& data = *view.state().data;
        QVERIFY(data.complete);
        QCOMPARE(data.steps->leaves().size(), std::size_t(4));
        QCOMPARE(data.steps->leaves().front().flags, timeline::warmUpFlag);
        QCOMPARE(data.warmUps.size(), std::size_t(1));
        QVERIFY(trackOf(view, TrackKind::Steps));
        QVERIFY(trackOf(view, TrackKind::Lane, 0));
        QVERIFY2(trackOf(view, TrackKind::Lane, 1), "the ops of the loop's body have no row of their own");
        QVERIFY(trackOf(view, TrackKind::Live));
        QVERIFY(trackOf(view, TrackKind::Counter));
        QVERIFY(trackOf(view, TrackKind::Live)->most > 0);
        QCOMPARE(data.eventsRead, window->document().trace()->shown()->run.opEvents);
    }

    void saysWhatIsMissingWhenNothingIsRecorded()
    {
        auto window = shownWindow();
        window->showPanel("timeline");
        auto* dock = window->findChild<QDockWidget*>("timeline");
        QVERIFY(labelTexts(dock).contains("Open a model"));
        window->openFile(sample("mlp.onnxtxt"));
        QVERIFY(settle(*window));
        QVERIFY(labelTexts(dock).contains("Profile the model"));
    }

    void keysZoomPanAndShowAll()
    {
        auto window = recordedWindow();
        QVERIFY(window);
        TimelineView& view = viewOf(*window);
        const timeline::TimeAxis all = view.axis();
        QVERIFY(all.showsAll());
        for (int i = 0; i < 5; ++i)
            press(view, Qt::Key_W);
        QVERIFY(view.axis().nsPerPixel() < all.nsPerPixel() / 4);
        const auto before = view.axis().visible();
        press(view, Qt::Key_D);
        QVERIFY(view.axis().visible().begin > before.begin);
        press(view, Qt::Key_A);
        QVERIFY(std::abs(view.axis().visible().begin - before.begin) <= 1);
        press(view, Qt::Key_S);
        QVERIFY(view.axis().visible().lengthNs() > before.lengthNs());
        press(view, Qt::Key_Home);
        QCOMPARE(view.axis(), all);
    }

    void clickingAnOpSelectsItsNodeEverywhere()
    {
        auto window = recordedWindow();
        QVERIFY(window);
        TimelineView& view = viewOf(*window);
        const timeline::Track* track = trackOf(view, TrackKind::Lane);
        QVERIFY(track);
        // The longest op of the top row: a loop.
        const timeline::SpanNode longest = view.state().data->ops.front()->lanes.at(track->lane).root();
        const auto middle = longest.topBegin + longest.topNs / 2;
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, pointOf(view, *track, middle));
        QVERIFY(settle(*window));
        QVERIFY(view.selected());
        QCOMPARE(view.selected()->event.ts, longest.topBegin);
        QVERIFY(view.selected()->selfNs >= 0 && view.selected()->selfNs < view.selected()->event.dur);
        const auto current = window->document().focus().current();
        QCOMPARE(current.stage, document::GraphStage::Compute);
        QCOMPARE(current.key, std::uint64_t(longest.top));
        QVERIFY(labelTexts(window->findChild<QDockWidget*>("timeline")).contains("Loop"));
        QVERIFY2(view.state().occurrences && view.state().occurrences->count() == 4,
                 "not all its calls are marked");

        press(view, Qt::Key_F); // as wide as it fits
        QVERIFY(view.axis().visible().lengthNs() < 2 * double(longest.topNs));
        press(view, Qt::Key_Escape);
        QVERIFY(!view.selected());
    }

    void selectionFromElsewhereMarksItsCalls()
    {
        auto window = recordedWindow();
        QVERIFY(window);
        TimelineView& view = viewOf(*window);
        const std::uint64_t key = keyOf(*window, "accumulate");
        QVERIFY(key != canvas::noKey);
        window->document().focus().select(document::GraphStage::Dataflow, key);
        QVERIFY(settle(*window));
        QVERIFY(view.state().occurrences);
        QCOMPARE(view.state().occurrences->count(), 4 * 5); // five iterations in each of four steps
        QVERIFY(view.state().occurrences->calls.contains({0, timeline::OpKind::Op, 1}));
        window->document().focus().clear();
        QVERIFY(settle(*window));
        QVERIFY(!view.state().occurrences);
    }

    void dotAndCommaWalkAlongTheTrack()
    {
        auto window = recordedWindow();
        QVERIFY(window);
        TimelineView& view = viewOf(*window);
        auto walk = [&](Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
            press(view, key, modifiers);
            return settle(*window) && view.selected() ? view.selected()->event : timeline::SpanEvent{};
        };
        const auto first = walk(Qt::Key_Period);
        const auto second = walk(Qt::Key_Period);
        QVERIFY(second.ts >= first.end());
        QCOMPARE(walk(Qt::Key_Comma), first);
        const auto again = walk(Qt::Key_Period, Qt::ShiftModifier); // the same node, a step later
        QCOMPARE(again.node, first.node);
        QCOMPARE(again.step, first.step + 1);
        QCOMPARE(walk(Qt::Key_Comma, Qt::ShiftModifier), first);
        press(view, Qt::Key_Down); // to the body's row
        const auto inner = walk(Qt::Key_Period);
        QCOMPARE(view.selected()->lane.depth, std::uint16_t(1));
        QVERIFY(inner.ts > first.ts);
        // Enter goes to the node on the graph.
        int revealed = 0;
        connect(&window->document().focus(), &document::Focus::revealRequested, this, [&] { ++revealed; });
        press(view, Qt::Key_Return);
        QCOMPARE(revealed, 1);
    }

    void aRangeFiltersTheTableAndTheOverlay()
    {
        auto window = recordedWindow();
        QVERIFY(window);
        window->document().focus().setOverlay("time");
        QVERIFY(settle(*window));
        TimelineView& view = viewOf(*window);
        const std::int64_t whole = callsIn(*window);
        const timeline::Track* steps = trackOf(view, TrackKind::Steps);
        const timeline::SpanNode last = view.state().data->steps->leaves().back();
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {},
                          pointOf(view, *steps, last.begin + (last.end - last.begin) / 2));
        QVERIFY(view.selectedStep());
        QCOMPARE(view.selectedStep()->top, 3u);
        press(view, Qt::Key_R);
        QCOMPARE(window->document().focus().range(), (trace_db::TimeRange{last.begin, last.end}));
        QVERIFY(settle(*window));
        QCOMPARE(window->document().shownRun()->range, (trace_db::TimeRange{last.begin, last.end}));
        QCOMPARE(callsIn(*window) * 4, whole); // a step of four
        window->showPanel("hotspots");
        auto* dock = window->findChild<QDockWidget*>("hotspots");
        QVERIFY2(labelTexts(dock).contains("in the selected range of"), qPrintable(labelTexts(dock)));
        QCOMPARE(QString::fromStdString(window->graphPanel().graph()->legend.title),
                 QString("Self time in the selected range"));
        auto* table = window->findChild<QTableView*>("hotspots");
        QCOMPARE(table->model()->rowCount(), int(window->document().shownRun()->hotspots.size()));

        window->showPanel("timeline");
        press(view, Qt::Key_Escape);
        QVERIFY(window->document().focus().range().empty());
        QVERIFY(settle(*window));
        QCOMPARE(callsIn(*window), whole);
        window->showPanel("hotspots");
        QVERIFY2(labelTexts(dock).contains("mean of 3"), qPrintable(labelTexts(dock)));
    }

    void draggingTheRulerTakesARangeAndDraggingTheTracksPans()
    {
        auto window = recordedWindow();
        QVERIFY(window);
        TimelineView& view = viewOf(*window);
        auto drag = [&](QPoint from, QPoint to) {
            QTest::mousePress(view.viewport(), Qt::LeftButton, {}, from);
            for (int i = 1; i <= 5; ++i) {
                const QPoint at = from + (to - from) * i / 5;
                QMouseEvent move(QEvent::MouseMove, at, view.viewport()->mapToGlobal(at), Qt::NoButton,
                                 Qt::LeftButton, {});
                QApplication::sendEvent(view.viewport(), &move);
            }
            QTest::mouseRelease(view.viewport(), Qt::LeftButton, {}, to);
        };
        const int left = timeline::headerWidth;
        drag({left + 300, 10}, {left + 100, 10});
        const auto range = window->document().focus().range();
        QVERIFY(std::abs(view.axis().xOf(range.begin) - 100) < 1);
        QVERIFY(std::abs(view.axis().xOf(range.end) - 300) < 1);
        for (int i = 0; i < 4; ++i)
            press(view, Qt::Key_W);
        const auto before = view.axis();
        drag({left + 300, 60}, {left + 200, 60});
        QVERIFY(std::abs(view.axis().xOf(before.timeAt(300)) - 200) < 1);
        QCOMPARE(window->document().focus().range(), range);
    }

    void marksComeAndGo()
    {
        auto window = recordedWindow();
        QVERIFY(window);
        TimelineView& view = viewOf(*window);
        press(view, Qt::Key_M);
        QCOMPARE(view.state().marks.size(), std::size_t(1));
        press(view, Qt::Key_D);
        press(view, Qt::Key_W);
        press(view, Qt::Key_D);
        press(view, Qt::Key_M);
        QCOMPARE(view.state().marks.size(), std::size_t(2));
        press(view, Qt::Key_M); // on the same spot
        QCOMPARE(view.state().marks.size(), std::size_t(1));
        press(view, Qt::Key_Escape);
        QVERIFY(view.state().marks.empty());
    }

    void anotherFileForgetsWhatWasChosen()
    {
        auto window = recordedWindow();
        QVERIFY(window);
        TimelineView& view = viewOf(*window);
        press(view, Qt::Key_Period);
        press(view, Qt::Key_M);
        QVERIFY(settle(*window));
        QVERIFY(view.selected());
        window->openFile(sample("mlp.onnxtxt")); // its run has the same number
        QVERIFY(settle(*window));
        QVERIFY(!window->document().shownRun());
        document::RunSettings settings;
        settings.runs = 2;
        window->document().run(settings);
        QVERIFY(settle(*window));
        QCOMPARE(view.state().data->steps->leaves().size(), std::size_t(2));
        QVERIFY(!view.selected());
        QVERIFY(view.state().marks.empty());
        QVERIFY(view.state().detail.ops.empty());
        QVERIFY(view.axis().showsAll());
    }

    void anotherRunForgetsTheRange()
    {
        auto window = recordedWindow();
        QVERIFY(window);
        press(viewOf(*window), Qt::Key_R);
        QVERIFY(!window->document().focus().range().empty());
        document::RunSettings settings;
        settings.runs = 2;
        window->document().run(settings);
        QVERIFY(settle(*window));
        QVERIFY(window->document().focus().range().empty());
        QVERIFY(viewOf(*window).state().range.empty());
        QCOMPARE(viewOf(*window).state().data->steps->leaves().size(), std::size_t(2));
    }
};

QTEST_MAIN(TestTimeline)
#include "test_timeline.moc"
