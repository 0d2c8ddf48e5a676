// SPDX-License-Identifier: Apache-2.0
//
// What a pixel of the timeline shows, against the events one by one.
#include "views/timeline/columns.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace orrery;
using namespace orrery::timeline;

namespace {

constexpr std::int64_t clockBase = 5'000'000'000'000;

struct Recorded {
    std::vector<OpEvent> events; // as recorded
    std::vector<std::shared_ptr<const SpanSegment>> segments;
    Detail detail; // all chunks
};

void index(Recorded& run, std::size_t chunksPerSegment)
{
    SpanSegmentBuilder builder;
    std::uint32_t chunk = 0;
    for (std::size_t first = 0; first < run.events.size(); first += 4096, ++chunk) {
        const auto part = std::span<const OpEvent>(run.events)
                              .subspan(first, std::min<std::size_t>(4096, run.events.size() - first));
        builder.add(chunk, part);
        run.detail.ops[chunk] = std::make_shared<const SpanChunk>(part);
        if (builder.chunks() == chunksPerSegment)
            run.segments.push_back(builder.finish());
    }
    if (builder.chunks() > 0)
        run.segments.push_back(builder.finish());
}

// Steps of parents with children inside, idle gaps of all sizes between, on two threads.
Recorded recorded(int steps, unsigned seed)
{
    std::mt19937 random(seed);
    Recorded run;
    std::int64_t now[2] = {clockBase, clockBase + 37};
    for (int step = 0; step < steps; ++step) {
        const std::uint32_t thread = random() % 2;
        const std::int64_t begin = now[thread];
        std::int64_t at = begin + random() % 50;
        const int children = int(random() % 12);
        for (int i = 0; i < children; ++i) {
            const std::int64_t dur = std::int64_t(1) << (random() % 14);
            run.events.push_back(
                {at, dur, 10 + std::uint32_t(random() % 20), thread, std::uint32_t(step), 1});
            at += dur + random() % 30;
        }
        at += 5;
        run.events.push_back(
            {begin, at - begin, std::uint32_t(random() % 10), thread, std::uint32_t(step), 0});
        now[thread] = at + (random() % 40 == 0 ? 200'000 : random() % 100);
    }
    index(run, 3);
    return run;
}

TimeRange boundsOf(const std::vector<OpEvent>& events)
{
    TimeRange all{events.front().ts, events.front().ts + 1};
    for (const OpEvent& event : events)
        all = {std::min(all.begin, event.ts), std::max(all.end, event.ts + event.dur)};
    return all;
}

std::vector<SpanColumn> columnsOf(const Recorded& run, const LaneKey& lane, const TimeAxis& axis,
                                  const Detail& detail, Wanted& wanted)
{
    SpanColumns columns;
    DetailUse use(detail);
    columns.reset(scaleOf(axis, 1));
    for (const auto& segment : run.segments)
        if (const auto found = segment->lanes.find(lane); found != segment->lanes.end())
            columns.add(found->second, lane, use);
    wanted = use.wanted();
    return columns.columns();
}

} // namespace

class TestTimelineColumns : public QObject {
    Q_OBJECT

private slots:
    void coveredTimeAddsUpAtAnyZoom();
    void aPixelShowsTheLongestOpInIt();
    void singleOpsAreExactOnceDecoded();
    void fewChunksAreWantedAtAnyZoom();
    void aPictureLooksAtNoMoreThanItShows();
    void noPeakIsLost();
    void aLevelHoldsUntilTheNextChange();
    void damagedTimesAreSurvived();
};

void TestTimelineColumns::coveredTimeAddsUpAtAnyZoom()
{
    const Recorded run = recorded(20'000, 1);
    TimeAxis axis;
    axis.setBounds(boundsOf(run.events));
    for (const double width : {40.0, 700.0, 5000.0}) {
        axis.setWidth(width);
        axis.showAll();
        for (const LaneKey lane : {LaneKey{0, OpKind::Op, 0}, LaneKey{1, OpKind::Op, 1}}) {
            double expected = 0, covered = 0;
            for (const OpEvent& event : run.events)
                if (laneOf(event) == lane)
                    expected += double(event.dur);
            Wanted wanted;
            for (const SpanColumn& column : columnsOf(run, lane, axis, run.detail, wanted))
                covered += double(column.covered) * axis.nsPerPixel();
            QVERIFY2(std::abs(covered - expected) < 1e-3 * expected,
                     qPrintable(QString("%1 covered, %2 expected").arg(covered).arg(expected)));
        }
    }
}

void TestTimelineColumns::aPixelShowsTheLongestOpInIt()
{
    const Recorded run = recorded(20'000, 2);
    const LaneKey lane{0, OpKind::Op, 1};
    TimeAxis axis;
    axis.setBounds(boundsOf(run.events));
    axis.setWidth(500);
    for (const double share : {1.0, 0.1, 0.01}) {
        axis.show({axis.bounds().begin, axis.bounds().begin + std::int64_t(axis.bounds().lengthNs() * share)},
                  0);
        Wanted wanted;
        const auto columns = columnsOf(run, lane, axis, run.detail, wanted);
        std::vector<std::int64_t> longest(columns.size(), -1);
        for (const OpEvent& event : run.events) {
            const double x0 = axis.xOf(event.ts), x1 = axis.xOf(event.ts + event.dur);
            if (laneOf(event) == lane && x0 >= 0 && x1 < 500 && int(x0) == int(x1))
                longest[std::size_t(x0)] = std::max(longest[std::size_t(x0)], event.dur);
        }
        int seen = 0;
        for (std::size_t x = 0; x < columns.size(); ++x) {
            QVERIFY(columns[x].topNs >= longest[x]);
            if (columns[x].topNs < 0)
                continue;
            ++seen;
            // What it shows is there, no farther off than one and a half pixels.
            QVERIFY(axis.xOf(columns[x].topBegin) < double(x) + 2.5);
            QVERIFY(axis.xOf(columns[x].topBegin + columns[x].topNs) > double(x) - 1.5);
        }
        QVERIFY(seen > 100);
    }
}

void TestTimelineColumns::singleOpsAreExactOnceDecoded()
{
    const Recorded run = recorded(20'000, 3);
    const LaneKey lane{1, OpKind::Op, 1};
    TimeAxis axis;
    axis.setBounds(boundsOf(run.events));
    axis.setWidth(1000);
    const std::int64_t middle = axis.bounds().begin + std::int64_t(axis.bounds().lengthNs() / 2);
    axis.show({middle, middle + 900}, 0);
    Wanted wanted;
    const auto columns = columnsOf(run, lane, axis, run.detail, wanted);
    QVERIFY(wanted.empty());
    std::size_t covered = 0;
    for (std::size_t x = 0; x < columns.size(); ++x) {
        const OpEvent* longest = nullptr;
        for (const OpEvent& event : run.events)
            if (laneOf(event) == lane && axis.xOf(event.ts) < double(x) + 1 &&
                axis.xOf(event.ts + event.dur) > double(x) && (!longest || event.dur > longest->dur))
                longest = &event;
        QCOMPARE(columns[x].topNs >= 0, longest != nullptr);
        if (longest == nullptr)
            continue;
        ++covered;
        QCOMPARE(columns[x].top, longest->node);
        QCOMPARE(columns[x].topBegin, longest->ts);
    }
    QVERIFY(covered > 100);
}

void TestTimelineColumns::fewChunksAreWantedAtAnyZoom()
{
    const Recorded run = recorded(60'000, 4);
    QVERIFY(run.detail.ops.size() > 80);
    TimeAxis axis;
    axis.setBounds(boundsOf(run.events));
    axis.setWidth(1920);
    axis.showAll();
    std::size_t most = 0;
    while (axis.nsPerPixel() > 1) {
        Wanted wanted;
        std::vector<std::uint32_t> chunks;
        for (std::uint32_t thread = 0; thread < 2; ++thread)
            for (std::uint16_t depth = 0; depth < 2; ++depth) {
                wanted = {};
                columnsOf(run, {thread, OpKind::Op, depth}, axis, {}, wanted);
                chunks.insert(chunks.end(), wanted.ops.begin(), wanted.ops.end());
            }
        std::sort(chunks.begin(), chunks.end());
        chunks.erase(std::unique(chunks.begin(), chunks.end()), chunks.end());
        most = std::max(most, chunks.size());
        axis.zoomAbout(900, 1.3);
    }
    QVERIFY2(most > 0 && most <= 64, qPrintable(QString::number(most)));
}

void TestTimelineColumns::aPictureLooksAtNoMoreThanItShows()
{
    std::vector<SpanNode> leaves;
    for (std::int64_t i = 0; i < 2'000'000; ++i)
        leaves.push_back({i * 10, i * 10 + 8, 8, i * 10, 8, std::uint32_t(i), 1});
    const SpanTree tree(std::move(leaves));
    for (double nsPerPixel = 10'000; nsPerPixel > 1; nsPerPixel /= 3) {
        std::size_t given = 0;
        const auto end = std::int64_t(nsPerPixel * 2000);
        tree.visit(0, std::min<std::int64_t>(end, 20'000'000), nsPerPixel,
                   [&](const SpanNode&, bool) { ++given; });
        QVERIFY2(given > 0 && given <= 2000 * 8, qPrintable(QString::number(given)));
    }
}

void TestTimelineColumns::noPeakIsLost()
{
    std::mt19937 random(6);
    LiveBytesBuilder builder(100);
    Detail detail;
    double live = 100, most = 100;
    std::int64_t ts = clockBase;
    for (std::uint32_t chunk = 0; chunk < 40; ++chunk) {
        std::vector<AllocEvent> events;
        const double before = builder.live();
        for (int i = 0; i < 4096; ++i) {
            AllocEvent event;
            event.ts = ts += 1 + random() % 100;
            event.bytes = random() % 1000;
            if (random() % 2 && live >= double(event.bytes))
                event.action = trace_db::AllocAction::Free;
            live += event.action == trace_db::AllocAction::Free ? -double(event.bytes) : double(event.bytes);
            most = std::max(most, live);
            events.push_back(event);
        }
        builder.add(chunk, events);
        detail.live[chunk] = std::make_shared<const std::vector<LevelPoint>>(liveBytesOf(events, before));
    }
    QCOMPARE(builder.live(), live);
    const LevelTree tree = builder.finish();
    QCOMPARE(tree.root().most, most);
    TimeAxis axis;
    axis.setBounds({clockBase, ts});
    for (const double width : {50.0, 1000.0, 4000.0})
        for (const bool decoded : {false, true}) {
            axis.setWidth(width);
            axis.showAll();
            LevelColumns columns;
            columns.reset(scaleOf(axis, 1));
            const Detail none;
            DetailUse use(decoded ? detail : none);
            columns.add(tree, use);
            columns.finish(ts);
            float shown = 0;
            for (const LevelColumn& column : columns.columns())
                shown = std::max(shown, column.most);
            QCOMPARE(double(shown), most);
        }
}

void TestTimelineColumns::aLevelHoldsUntilTheNextChange()
{
    const std::vector<std::int64_t> ts = {1000, 5000, 5001, 9000};
    const std::vector<double> values = {3, 7, 1, 4};
    const LevelTree tree = levelsOf(ts, values);
    TimeAxis axis;
    axis.setBounds({0, 10'000});
    axis.setWidth(100);
    axis.showAll();
    auto columns = [&] {
        LevelColumns result;
        result.reset(scaleOf(axis, 1));
        const Detail none;
        DetailUse use(none);
        result.add(tree, use);
        result.finish(10'000);
        return result.columns();
    };
    auto all = columns();
    QVERIFY(all[5].least > all[5].most); // not known before the first sample
    QCOMPARE(all[30].least, 3.f);
    QCOMPARE(all[30].most, 3.f);
    QCOMPARE(all[50].least, 1.f);
    QCOMPARE(all[50].most, 7.f);
    QCOMPARE(all[70].most, 1.f);
    QCOMPARE(all[95].most, 4.f);
    axis.show({6000, 6500}, 0); // no change in view
    for (const LevelColumn& column : columns())
        QVERIFY(column.least == 1.f && column.most == 1.f);
}

void TestTimelineColumns::damagedTimesAreSurvived()
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    std::mt19937_64 random(7);
    Recorded run;
    for (int i = 0; i < 40'000; ++i) {
        OpEvent event;
        event.ts = std::int64_t(random());
        event.dur = event.ts > 0 ? most - event.ts : most; // all overlap, in no order
        event.node = std::uint32_t(random());
        event.thread = std::uint32_t(random() % 600);
        event.depth = std::uint16_t(random());
        run.events.push_back(event);
    }
    index(run, 3);
    TimeAxis axis;
    axis.setBounds({least, most});
    axis.setWidth(1500);
    axis.showAll();
    std::size_t lanes = 0;
    for (const auto& segment : run.segments) {
        lanes = std::max(lanes, segment->lanes.size());
        for (const auto& [lane, tree] : segment->lanes) {
            Wanted wanted;
            const auto columns = columnsOf(run, lane, axis, run.detail, wanted);
            QCOMPARE(columns.size(), std::size_t(1500));
            for (const SpanColumn& column : columns)
                QVERIFY(std::isfinite(column.covered));
        }
        break;
    }
    QVERIFY(lanes <= (std::size_t(threadMaximum) + 1) * (depthMaximum + 1));
}

QTEST_APPLESS_MAIN(TestTimelineColumns)
#include "test_timeline_columns.moc"
