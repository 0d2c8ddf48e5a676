// SPDX-License-Identifier: Apache-2.0
//
// The timeline's questions to a trace, answered off the thread that asks.
#include "tests/unit/trace_db/trace_fixture.h"
#include "trace_db/queries/range_stats.h"
#include "views/timeline/timeline_source.h"

#include <QFile>

using namespace orrery;
using namespace orrery::timeline;
using namespace orrery::trace_db;

namespace {

constexpr LaneKey topLane{0, OpKind::Op, 0}, innerLane{0, OpKind::Op, 1};

// Each step: conv, then loop with five calls of body, then relu; a step lasts 1,000 ns.
std::vector<OpEvent> stepsOf(std::uint32_t first, std::uint32_t count)
{
    std::vector<OpEvent> events;
    for (std::uint32_t step = first; step < first + count; ++step) {
        const std::int64_t at = 1000 * std::int64_t(step);
        events.push_back(op(at, 100, 0, step));
        for (int i = 0; i < 5; ++i)
            events.push_back(op(at + 150 + 50 * i, 30, 2, step, 1));
        events.push_back(op(at + 110, 400, 1, step));
        events.push_back(op(at + 520, 60 + step % 7, 5, step));
    }
    return events;
}

bool waitFor(const std::function<bool()>& condition) { return QTest::qWaitFor(condition, 20'000); }

} // namespace

class TestTimelineSource : public QObject {
    Q_OBJECT

private slots:
    void readsAllLanesOfARun();
    void stepsThroughALane();
    void locatesAllCallsOfANode();
    void readsOnWhenTheTraceGrows();
    void aRangeCountsWhatLiesInIt();
    void aTraceThatIsNotThereIsAnError();

private:
    Folder m_folder;
    // A run of 20,000 steps: 160,000 events in some forty chunks.
    std::string longRun()
    {
        const std::string path = m_folder.path("long.orrery");
        if (!QFile::exists(QString::fromStdString(path))) {
            auto writer = startedWriter(path);
            if (writer.ok() && writer->append(stepsOf(0, 20'000)).ok())
                (void)writer->close();
        }
        return path;
    }
    std::optional<FoundOp> find(TimelineSource& source, const LaneKey& lane, std::int64_t ts,
                                Direction direction)
    {
        bool answered = false;
        std::optional<FoundOp> answer;
        source.find(lane, ts, direction, [&](std::optional<FoundOp> found) {
            answered = true;
            answer = found;
        });
        return waitFor([&] { return answered; }) ? answer : std::nullopt;
    }
};

void TestTimelineSource::readsAllLanesOfARun()
{
    TimelineSource source;
    source.load(longRun(), RunId(1));
    QVERIFY(waitFor([&] { return source.data() && source.data()->complete; }));
    const TimelineData& data = *source.data();
    QCOMPARE(data.eventsRead, 160'000);
    QCOMPARE(data.lanes, (std::vector<LaneKey>{topLane, innerLane}));
    QCOMPARE(data.bounds.begin, 0);
    QCOMPARE(data.bounds.end, 19'999'520 + 60 + 19'999 % 7);
    std::uint32_t inTop = 0, inner = 0;
    for (const auto& segment : data.ops) {
        inTop += segment->lanes.at(topLane).root().count;
        inner += segment->lanes.at(innerLane).root().count;
    }
    QCOMPARE(inTop, 60'000u);
    QCOMPARE(inner, 100'000u);
}

void TestTimelineSource::stepsThroughALane()
{
    TimelineSource source;
    source.load(longRun(), RunId(1));
    QVERIFY(waitFor([&] { return source.data() && source.data()->complete; }));
    const auto loop = find(source, topLane, 7'000'110, Direction::At);
    QVERIFY(loop);
    QCOMPARE(loop->event, (SpanEvent{7'000'110, 400, 1, 7000}));
    QCOMPARE(loop->selfNs, 400 - 5 * 30);
    const auto conv = find(source, topLane, 7'000'110, Direction::Previous);
    QVERIFY(conv);
    QCOMPARE(conv->event.ts, 7'000'000);
    // From one end to the other, over every border of groups and chunks.
    std::int64_t ts = 4'000'000 - 1;
    for (int i = 0; i < 400; ++i) {
        const auto next = find(source, topLane, ts, Direction::Next);
        QVERIFY(next);
        const std::int64_t expected = 1000 * (4000 + i / 3) + (i % 3 == 0 ? 0 : i % 3 == 1 ? 110 : 520);
        QCOMPARE(next->event.ts, expected);
        ts = next->event.ts;
    }
    QVERIFY(!find(source, topLane, 0, Direction::Previous));
    QVERIFY(!find(source, topLane, 19'999'520, Direction::Next));
    QVERIFY(!find(source, topLane, 7'000'111, Direction::At));
}

void TestTimelineSource::locatesAllCallsOfANode()
{
    TimelineSource source;
    source.load(longRun(), RunId(1));
    QVERIFY(waitFor([&] { return source.data() && source.data()->complete; }));
    std::shared_ptr<const Occurrences> calls;
    connect(&source, &TimelineSource::occurrencesReady, this, [&](const auto& found) { calls = found; });
    source.locate({1});
    source.locate({5, 2}); // the newest wins
    QVERIFY(waitFor([&] { return calls != nullptr; }));
    QCOMPARE(calls->nodes, (std::vector<std::uint32_t>{2, 5}));
    QCOMPARE(calls->count(), 120'000);
    QCOMPARE(calls->leftOut, 0);
    QCOMPARE(calls->after(7'000'000)->second.begin, 7'000'150);
    QCOMPARE(calls->after(7'000'350)->second.begin, 7'000'520);
    QCOMPARE(calls->before(7'000'150)->second.begin, 6'999'520);
    QVERIFY(!calls->before(150));
}

void TestTimelineSource::readsOnWhenTheTraceGrows()
{
    const std::string path = m_folder.path("growing.orrery");
    auto writer = startedWriter(path);
    VERIFY_OK(writer);
    TimelineSource source;
    std::uint32_t steps = 0;
    for (const std::uint32_t more : {100u, 1u, 3000u, 777u}) {
        VERIFY_OK(writer->append(stepsOf(steps, more)));
        VERIFY_OK(writer->flush());
        steps += more;
        source.load(path, RunId(1));
        QVERIFY(
            waitFor([&] { return source.isIdle() && source.data()->eventsRead == 8 * std::int64_t(steps); }));
        const auto last = find(source, topLane, 1000 * std::int64_t(steps - 1) + 520, Direction::At);
        QVERIFY(last);
        QCOMPARE(last->event.step, steps - 1);
    }
    VERIFY_OK(writer->close());
}

void TestTimelineSource::aRangeCountsWhatLiesInIt()
{
    auto reader = TraceReader::open(longRun());
    VERIFY_OK(reader);
    range_stats::Params params{
        .run = RunId(1), .warmup = 1, .nodeCount = 6, .firstNodeId = 0, .cancelled = nullptr};
    // From the middle of a conv to the middle of the third body call of a later step.
    params.range = {5'000'050, 7'000'265};
    auto answer = range_stats::run(*reader, params);
    VERIFY_OK(answer);
    std::map<std::uint32_t, range_stats::Row> rows;
    for (const auto& row : answer->rows)
        rows[row.node] = row;
    QCOMPARE(rows.size(), 4u);
    QCOMPARE(rows[0].calls, 2001);
    QCOMPARE(rows[0].totalNs, 50 + 2000 * 100);
    QCOMPARE(rows[0].selfMinNs, 50);
    QCOMPARE(rows[2].calls, 2000 * 5 + 3);
    QCOMPARE(rows[2].selfNs, 2000 * 150 + 30 + 30 + 15);
    QCOMPARE(rows[1].calls, 2001);
    QCOMPARE(rows[1].totalNs, 2000 * 400 + 155);
    QCOMPARE(rows[1].selfNs, 2000 * 250 + 155 - 75);
    QCOMPARE(rows[5].calls, 2000);
    QVERIFY(!answer->onlyWarmup);

    params.range = {0, 1000}; // the warm-up step alone
    answer = range_stats::run(*reader, params);
    VERIFY_OK(answer);
    QVERIFY(answer->onlyWarmup);
    for (const auto& row : answer->rows)
        if (row.node == 0)
            QCOMPARE(row.calls, 1);

    params.range = {600, 1050}; // a little of both: warm-up stays apart
    answer = range_stats::run(*reader, params);
    VERIFY_OK(answer);
    QVERIFY(!answer->onlyWarmup);
    for (const auto& row : answer->rows)
        if (row.node == 0)
            QCOMPARE(row.selfNs, 50);

    params.range = {700, 900}; // nothing ran
    answer = range_stats::run(*reader, params);
    VERIFY_OK(answer);
    QVERIFY(answer->rows.empty());

    params.range = {0, 1'000'000};
    params.cancelled = [] { return true; };
    QCOMPARE(range_stats::run(*reader, params).error().code, ErrorCode::Cancelled);
}

void TestTimelineSource::aTraceThatIsNotThereIsAnError()
{
    TimelineSource source;
    int failures = 0;
    connect(&source, &TimelineSource::failed, this, [&](const Error&) { ++failures; });
    source.load(m_folder.path("none.orrery"), RunId(1));
    QVERIFY(waitFor([&] { return failures == 1; }));
    source.load(longRun(), RunId(9));
    QVERIFY(waitFor([&] { return failures == 2; }));
    QVERIFY(!source.data());
}

QTEST_GUILESS_MAIN(TestTimelineSource)
#include "test_timeline_source.moc"
