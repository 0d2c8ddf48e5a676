// SPDX-License-Identifier: Apache-2.0
//
// The questions about memory against brute force over all events, on runs made up at random, and against
// numbers worked out by hand.
#include "tests/unit/trace_db/trace_fixture.h"
#include "trace_db/queries/alive_at.h"
#include "trace_db/queries/alloc_events.h"
#include "trace_db/queries/allocation_totals.h"
#include "trace_db/queries/arena_boxes.h"
#include "trace_db/queries/memory_curve.h"

#include <map>
#include <random>

using namespace orrery;
using namespace orrery::trace_db;

namespace {

AllocEvent alloc(std::int64_t ts, std::uint32_t buffer, std::int64_t bytes, std::uint32_t node,
                 std::uint32_t value, AllocKind kind = AllocKind::Activation, std::int64_t offset = -1)
{
    return {.ts = ts,
            .bytes = bytes,
            .offset = offset,
            .buffer = buffer,
            .value = value,
            .node = node,
            .kind = kind};
}

AllocEvent release(std::int64_t ts, std::uint32_t buffer, std::uint32_t node = noId)
{
    return {.ts = ts, .buffer = buffer, .node = node, .action = AllocAction::Free};
}

std::vector<AllocEvent> randomRun(unsigned seed, std::size_t count)
{
    std::mt19937 random(seed);
    std::vector<AllocEvent> events;
    std::vector<std::uint32_t> live;
    std::uint32_t next = 0;
    std::int64_t ts = 1'000'000;
    for (std::size_t i = 0; i < count; ++i) {
        ts += std::int64_t(random() % 50);
        if (live.size() > 60 || (!live.empty() && random() % 5 < 2)) {
            const std::size_t at = random() % live.size();
            events.push_back(release(ts, live[at], random() % 4));
            live.erase(live.begin() + std::ptrdiff_t(at));
        } else {
            const std::int64_t offset = random() % 2 ? std::int64_t(random() % 5000) : -1;
            events.push_back(alloc(ts, next, std::int64_t(random() % 100'000), random() % 4, random() % 9,
                                   AllocKind(random() % allocKindCount), offset));
            live.push_back(next++);
        }
    }
    return events;
}

struct Recorded {
    TraceReader reader;
    std::shared_ptr<const AllocIndex> index;
    std::shared_ptr<const GraphFacts> graph;
    std::vector<AllocEvent> events; // as recorded, frees filled in
};

Result<Recorded> record(const std::string& path, const std::vector<AllocEvent>& allocs,
                        const std::vector<OpEvent>& ops = {}, const GraphRows* compute = nullptr,
                        const std::vector<Step>& steps = {})
{
    TraceWriter writer = TRY(TraceWriter::create(path));
    TRY(writer.beginRun(runInfo(), {}));
    TRY(writer.addGraph(dataflowGraph()));
    TRY(writer.addGraph(compute != nullptr ? *compute : computeGraph()));
    TRY(writer.append(ops));
    TRY(writer.append(allocs));
    for (const Step& step : steps)
        TRY(writer.addStep(step));
    TRY(writer.close());
    Recorded recorded{TRY(TraceReader::open(path)), {}, {}, {}};
    const RunId run(1);
    recorded.index = TRY(alloc_index::run(recorded.reader, {run}));
    recorded.graph = TRY(graph_facts::run(recorded.reader, {run}));
    recorded.events = TRY(alloc_events::run(recorded.reader, {.run = run}));
    return recorded;
}

std::map<std::uint32_t, LiveBuffer> liveByBruteForce(const std::vector<AllocEvent>& events, std::int64_t ts)
{
    std::map<std::uint32_t, LiveBuffer> live;
    for (const AllocEvent& event : events)
        if (event.ts <= ts) {
            if (event.action == AllocAction::Alloc)
                live[event.buffer] = liveBuffer(event);
            else
                live.erase(event.buffer);
        }
    return live;
}

const alive_at::Row* find(const alive_at::Answer& answer, std::uint32_t buffer)
{
    for (const alive_at::Row& row : answer.rows)
        if (row.buffer.buffer == buffer)
            return &row;
    return nullptr;
}

// x → a → (b, c); b writes in place of what a made; c reads both and makes the output.
GraphRows chain()
{
    GraphRows graph;
    graph.stage = "compute";
    for (std::uint32_t i = 0; i < 3; ++i)
        graph.nodes.push_back(
            {.id = i, .name = std::string(1, char('a' + i)), .opType = "Relu", .scope = "s"});
    graph.values = {{.id = 0, .name = "x", .kind = "input"},
                    {.id = 1, .name = "of_a", .producer = 0, .kind = "activation"},
                    {.id = 2, .name = "of_b", .producer = 1, .kind = "activation"},
                    {.id = 3, .name = "y", .producer = 2, .kind = "output"},
                    {.id = 4, .name = "w", .kind = "weight"}};
    graph.edges = {{0, 0, 0, EdgeDirection::In}, {0, 4, 1, EdgeDirection::In},  {0, 1, 0, EdgeDirection::Out},
                   {1, 1, 0, EdgeDirection::In}, {1, 2, 0, EdgeDirection::Out}, {2, 2, 0, EdgeDirection::In},
                   {2, 0, 1, EdgeDirection::In}, {2, 3, 0, EdgeDirection::Out}};
    return graph;
}

} // namespace

class TestMemoryQueries : public QObject {
    Q_OBJECT

private slots:
    void whatIsAliveIsWhatBruteForceFinds_data()
    {
        QTest::addColumn<int>("count");
        QTest::newRow("one chunk") << 300;
        QTest::newRow("three chunks") << 10'000;
        QTest::newRow("with checkpoints") << 90'000;
    }

    void whatIsAliveIsWhatBruteForceFinds()
    {
        QFETCH(int, count);
        Folder folder;
        auto recorded = record(folder.path("t.orrery"), randomRun(7, std::size_t(count)));
        VERIFY_OK(recorded);
        const auto& events = recorded->events;
        std::mt19937 random(3);
        for (int i = 0; i < 40; ++i) {
            const std::int64_t first = events.front().ts - 5, last = events.back().ts + 5;
            const std::int64_t ts = i == 0   ? first
                                    : i == 1 ? last
                                             : first + std::int64_t(random()) % (last - first);
            auto answer = alive_at::run(recorded->reader, {recorded->index, recorded->graph, ts});
            VERIFY_OK(answer);
            const auto expected = liveByBruteForce(events, ts);
            QCOMPARE(answer->rows.size(), expected.size());
            std::int64_t total = 0, before = INT64_MAX;
            for (const alive_at::Row& row : answer->rows) {
                QVERIFY(expected.contains(row.buffer.buffer));
                QVERIFY(expected.at(row.buffer.buffer) == row.buffer);
                QVERIFY(row.buffer.bytes <= before);
                before = row.buffer.bytes;
                total += row.buffer.bytes;
                const auto free = std::find_if(events.begin(), events.end(), [&](const AllocEvent& event) {
                    return event.action == AllocAction::Free && event.buffer == row.buffer.buffer;
                });
                if (row.isFreed)
                    QVERIFY(free != events.end() && free->ts == row.freedTs && free->node == row.freedBy);
                else
                    QVERIFY(free == events.end() || free->ts >= answer->horizon);
            }
            QCOMPARE(answer->live.total, total);
        }
    }

    void theCurveHasEveryPeakAtEveryZoom()
    {
        Folder folder;
        auto recorded = record(folder.path("t.orrery"), randomRun(11, 60'000));
        VERIFY_OK(recorded);
        const auto& events = recorded->events;
        const std::int64_t first = events.front().ts, last = events.back().ts;
        std::mt19937 random(5);
        for (int i = 0; i < 25; ++i) {
            TimeRange range{first - 100, last + 100};
            std::size_t columns = 3 + random() % 40;
            if (i > 4) {
                range = rangeBetween(first + std::int64_t(random()) % (last - first),
                                     first + std::int64_t(random()) % (last - first));
                columns = 200 + random() % 800;
            }
            auto rows = memory_curve::run(recorded->reader, {recorded->index, range, columns});
            VERIFY_OK(rows);
            QCOMPARE(rows->size(), columns);
            LiveBytes live;
            std::size_t next = 0;
            for (; next < events.size() && events[next].ts <= range.begin; ++next)
                live.apply(events[next]);
            std::int64_t highest = live.total, lowest = live.total;
            const std::int64_t before = live.total;
            for (; next < events.size() && events[next].ts < range.end; ++next) {
                live.apply(events[next]);
                highest = std::max(highest, live.total);
                lowest = std::min(lowest, live.total);
            }
            std::int64_t found = INT64_MIN, foundLowest = INT64_MAX;
            for (const memory_curve::Row& row : *rows) {
                found = std::max(found, row.highest.live.total);
                foundLowest = std::min(foundLowest, row.lowestTotal);
                QVERIFY(row.lowestTotal <= row.highest.live.total);
                std::int64_t sum = 0;
                for (std::int64_t bytes : row.highest.live.byKind)
                    sum += bytes;
                QCOMPARE(sum, row.highest.live.total);
            }
            QCOMPARE(found, highest);
            QCOMPARE(foundLowest, lowest);
            QVERIFY(rows->back().atEnd == live);
            QVERIFY(rows->front().highest.live.total >= before);
        }
    }

    void aColumnShowsTheStretchThatItCovers()
    {
        Folder folder;
        auto recorded = record(folder.path("t.orrery"),
                               {alloc(100, 0, 10, 0, 1), alloc(150, 1, 20, 0, 2, AllocKind::Workspace),
                                release(160, 1), alloc(250, 2, 5, 1, 3), release(350, 0)});
        VERIFY_OK(recorded);
        auto rows = memory_curve::run(recorded->reader, {recorded->index, {100, 500}, 4});
        VERIFY_OK(rows);
        QCOMPARE(rows->size(), 4u);
        const std::int64_t highest[] = {30, 15, 15, 5}, lowest[] = {10, 10, 5, 5}, end[] = {10, 15, 5, 5};
        for (std::size_t i = 0; i < 4; ++i) {
            QCOMPARE((*rows)[i].highest.live.total, highest[i]);
            QCOMPARE((*rows)[i].lowestTotal, lowest[i]);
            QCOMPARE((*rows)[i].atEnd.total, end[i]);
        }
        QCOMPARE((*rows)[0].highest.ts, 150);
        QCOMPARE((*rows)[0].highest.live.byKind[std::size_t(AllocKind::Workspace)], 20);
        QCOMPARE(recorded->index->peak.ts, 150);
        QCOMPARE(recorded->index->peak.live.total, 30);
    }

    void aliveTellsWhoReadsNext()
    {
        Folder folder;
        const GraphRows graph = chain();
        // Step 0: 0..999, step 1: 1000..1999. In each: a at +100, b at +200, c at +300.
        std::vector<OpEvent> ops;
        std::vector<AllocEvent> allocs{alloc(1, 0, 1000, noId, 4, AllocKind::Weight)};
        std::uint32_t buffer = 1;
        for (std::uint32_t step = 0; step < 2; ++step) {
            const std::int64_t t = 1000 * step;
            for (std::uint32_t node = 0; node < 3; ++node)
                ops.push_back(op(t + 100 * (node + 1), 50, node, step));
            allocs.push_back(alloc(t + 10, buffer, 64, noId, 0, AllocKind::Input));
            allocs.push_back(alloc(t + 101, buffer + 1, 128, 0, 1, AllocKind::Activation, 0));
            allocs.push_back(alloc(t + 301, buffer + 2, 32, 2, 3, AllocKind::Output, 128));
            allocs.push_back(alloc(t + 302, buffer + 3, 16, 2, noId, AllocKind::Workspace));
            allocs.push_back(release(t + 349, buffer + 3, 2));
            allocs.push_back(release(t + 351, buffer + 1, 2));
            allocs.push_back(release(t + 990, buffer));
            allocs.push_back(release(t + 991, buffer + 2));
            buffer += 4;
        }
        auto recorded = record(folder.path("t.orrery"), allocs, ops, &graph,
                               {{.index = 0, .ts = 0, .dur = 1000}, {.index = 1, .ts = 1000, .dur = 1000}});
        VERIFY_OK(recorded);
        auto at = [&](std::int64_t ts) {
            return alive_at::run(recorded->reader, {recorded->index, recorded->graph, ts});
        };
        using alive_at::Reason;

        auto making = at(120);
        VERIFY_OK(making);
        QVERIFY(find(*making, 0)->reason == Reason::BeingRead);
        QCOMPARE(find(*making, 0)->readerName, std::string("a"));
        QVERIFY(find(*making, 1)->reason == Reason::BeingRead);
        QVERIFY(find(*making, 2)->reason == Reason::ReadLater);
        QCOMPARE(find(*making, 2)->readerName, std::string("b"));
        QCOMPARE(find(*making, 2)->readTs, 200);
        QCOMPARE(find(*making, 2)->freedTs, 351);
        QCOMPARE(find(*making, 2)->freedBy, 2u);

        auto between = at(270); // b wrote in place: buffer 2 holds of_b, which c reads
        VERIFY_OK(between);
        QVERIFY(find(*between, 2)->reason == Reason::InPlace);
        QCOMPARE(find(*between, 2)->heldFor, std::string("of_b"));
        QCOMPARE(find(*between, 2)->readerName, std::string("c"));
        QVERIFY(find(*between, 1)->reason == Reason::ReadLater); // x, by c
        QVERIFY(find(*between, 0)->reason == Reason::ReadLater); // w, by a of the next step
        QCOMPARE(find(*between, 0)->readTs, 1100);

        auto last = at(1320);
        VERIFY_OK(last);
        QVERIFY(find(*last, 8)->reason == Reason::Scratch);
        QVERIFY(find(*last, 7)->reason == Reason::Output);
        QVERIFY(find(*last, 0)->reason == Reason::Weight);
        QVERIFY(!find(*last, 0)->isFreed);

        // Steps, arena and totals of the same run.
        const AllocIndex& index = *recorded->index;
        QCOMPARE(index.steps.size(), 2u);
        QCOMPARE(index.steps[0].allocations, 5); // with the weight
        QCOMPARE(index.steps[1].allocations, 4);
        QCOMPARE(index.steps[1].allocatedBytes, 64 + 128 + 32 + 16);
        QCOMPARE(index.steps[1].frees, 4);
        QCOMPARE(index.steps[1].freedBytes, 64 + 128 + 32 + 16);
        QCOMPARE(index.arenaTopBytes, 160);
        QCOMPARE(index.arenaPeak.live.total, 160);

        auto boxes = arena_boxes::run(recorded->reader, {recorded->index, {1000, 2000}});
        VERIFY_OK(boxes);
        QCOMPARE(boxes->boxes.size(), 2u);
        QCOMPARE(boxes->boxes[0].buffer.ts, 1101);
        QCOMPARE(boxes->boxes[0].end, 1351);
        QCOMPARE(boxes->boxes[1].buffer.offset, 128);
        QCOMPARE(boxes->topBytes, 160);
        QCOMPARE(boxes->fullest.ts, 1301);

        auto totals = allocation_totals::run(recorded->reader, {recorded->index, recorded->graph, {}});
        VERIFY_OK(totals);
        const auto scratch = std::find_if(totals->begin(), totals->end(),
                                          [](const auto& row) { return row.kind == AllocKind::Workspace; });
        QVERIFY(scratch != totals->end());
        QCOMPARE(scratch->count, 2);
        QCOMPARE(scratch->temporaryCount, 2);
        QCOMPARE(scratch->temporaryBytes, 32);
        QCOMPARE(scratch->nodeName, std::string("c"));
        for (const auto& row : *totals)
            if (row.kind == AllocKind::Activation) {
                QCOMPARE(row.count, 2);
                QCOMPARE(row.temporaryCount, 0);
                QCOMPARE(row.lifetimeNs, 500.0);
                QCOMPARE(row.heldCount, 0);
            }
    }

    void totalsAreThoseOfBruteForce()
    {
        Folder folder;
        auto recorded = record(folder.path("t.orrery"), randomRun(23, 30'000));
        VERIFY_OK(recorded);
        const auto& events = recorded->events;
        const TimeRange range{events[5000].ts, events[21'000].ts};
        for (const TimeRange& stretch : {TimeRange(), range}) {
            auto rows = allocation_totals::run(recorded->reader, {recorded->index, recorded->graph, stretch});
            VERIFY_OK(rows);
            std::int64_t count = 0, bytes = 0, held = 0, count2 = 0, bytes2 = 0, held2 = 0;
            std::map<std::uint32_t, std::int64_t> live;
            for (const AllocEvent& event : events)
                if (stretch.empty() || stretch.contains(event.ts)) {
                    if (event.action == AllocAction::Alloc) {
                        ++count;
                        bytes += event.bytes;
                        live[event.buffer] = event.bytes;
                    } else {
                        live.erase(event.buffer);
                    }
                }
            for (const auto& [buffer, size] : live)
                held += size;
            for (const auto& row : *rows) {
                count2 += row.count;
                bytes2 += row.bytes;
                held2 += row.heldBytes;
            }
            QCOMPARE(count2, count);
            QCOMPARE(bytes2, bytes);
            QCOMPARE(held2, held);
        }
    }

    void hostileSizesStayInRange()
    {
        Folder folder;
        auto recorded = record(folder.path("t.orrery"),
                               {alloc(INT64_MIN, 0, INT64_MAX, 0, 1), alloc(0, 1, INT64_MAX, 0, 1),
                                release(INT64_MAX, 0), release(5, 77), release(5, 1),
                                alloc(7, 0, INT64_MAX, 2, 2, AllocKind::Activation, INT64_MAX)});
        VERIFY_OK(recorded);
        VERIFY_OK(memory_curve::run(recorded->reader, {recorded->index, {INT64_MIN, INT64_MAX}, 100}));
        VERIFY_OK(alive_at::run(recorded->reader, {recorded->index, recorded->graph, 6}));
        VERIFY_OK(arena_boxes::run(recorded->reader, {recorded->index, {INT64_MIN, INT64_MAX}}));
        VERIFY_OK(allocation_totals::run(recorded->reader, {recorded->index, recorded->graph, {}}));
    }
};

QTEST_GUILESS_MAIN(TestMemoryQueries)
#include "test_memory_queries.moc"
