// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/trace_db/trace_fixture.h"
#include "trace_db/queries/alloc_events.h"
#include "trace_db/queries/counters.h"
#include "trace_db/queries/graph.h"
#include "trace_db/queries/hotspots.h"
#include "trace_db/queries/latency.h"
#include "trace_db/queries/live_at_end.h"
#include "trace_db/queries/machine.h"
#include "trace_db/queries/memory_timeline.h"
#include "trace_db/queries/node_stats.h"
#include "trace_db/queries/op_events.h"
#include "trace_db/queries/passes.h"
#include "trace_db/queries/problems.h"
#include "trace_db/queries/running_node.h"
#include "trace_db/queries/runs.h"
#include "trace_db/queries/scalars.h"
#include "trace_db/queries/steps.h"
#include "trace_db/queries/timeline.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace orrery;
using namespace orrery::trace_db;

namespace {

Result<TraceReader> writeSmallRun(const std::string& path)
{
    TraceWriter writer = TRY(startedWriter(path));
    TRY(writer.append(smallRun()));
    TRY(writer.close());
    return TraceReader::open(path);
}

const hotspots::Row* find(const std::vector<hotspots::Row>& rows, const std::string& key)
{
    auto at = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.key == key; });
    return at == rows.end() ? nullptr : &*at;
}

AllocEvent alloc(std::int64_t ts, std::uint32_t buffer, std::int64_t bytes, std::uint32_t node,
                 AllocKind kind = AllocKind::Activation)
{
    return {.ts = ts, .bytes = bytes, .buffer = buffer, .value = 3, .node = node, .kind = kind};
}

AllocEvent release(std::int64_t ts, std::uint32_t buffer)
{
    return {.ts = ts, .buffer = buffer, .action = AllocAction::Free};
}

} // namespace

class TestTrace : public QObject {
    Q_OBJECT

private slots:
    void selfTimeLeavesOutDirectChildren()
    {
        Folder folder;
        auto reader = writeSmallRun(folder.path("t.orrery"));
        VERIFY_OK(reader);
        auto rows = hotspots::run(*reader, {.run = RunId(1)});
        VERIFY_OK(rows);
        QCOMPARE(rows->size(), 4u);
        const hotspots::Row* conv = find(*rows, "conv");
        const hotspots::Row* loop = find(*rows, "loop");
        const hotspots::Row* body = find(*rows, "body");
        const hotspots::Row* relu = find(*rows, "relu");
        QVERIFY(conv != nullptr && loop != nullptr && body != nullptr && relu != nullptr);
        QCOMPARE(conv->selfNs, 400);
        QCOMPARE(conv->calls, 2);
        QCOMPARE(conv->warmupCalls, 1);
        QCOMPARE(conv->warmupSelfNs, 1000);
        QCOMPARE(conv->selfMinNs, 100);
        QCOMPARE(conv->selfMaxNs, 300);
        QCOMPARE(conv->selfMeanNs, 200.0);
        QVERIFY(std::abs(conv->selfStddevNs - std::sqrt(20000.0)) < 1e-6);
        QCOMPARE(loop->totalNs, 180);
        QCOMPARE(loop->selfNs, (95 - 50) + (85 - 50));
        QCOMPARE(loop->warmupSelfNs, 50);
        QCOMPARE(body->selfNs, 100);
        QCOMPARE(body->calls, 4);
        QCOMPARE(relu->selfNs, 40);
        // 400 + 80 + 100 + 40
        QCOMPARE(conv->sharePercent, 100.0 * 400 / 620);
        QCOMPARE(rows->front().key, std::string("conv"));
        QVERIFY(std::abs((*rows)[1].cumulativePercent - 100.0 * 500 / 620) < 1e-9);
        QVERIFY(std::abs(rows->back().cumulativePercent - 100) < 1e-9);
        QCOMPARE(conv->flops, 100);
        QCOMPARE(conv->bytesMoved, -1);
        QCOMPARE(conv->backend, std::string("onednn"));
        QCOMPARE(conv->origins, (std::vector<std::string>{"d0", "d1"}));
        QCOMPARE(relu->origins, (std::vector<std::string>{"d3"}));
    }

    void hotspotsGroup()
    {
        Folder folder;
        auto reader = writeSmallRun(folder.path("t.orrery"));
        VERIFY_OK(reader);
        auto types = hotspots::run(*reader, {.run = RunId(1), .by = hotspots::By::OpType});
        VERIFY_OK(types);
        QCOMPARE(types->front().key, std::string("Conv"));
        QCOMPARE(types->front().selfNs, 500);
        QCOMPARE(types->front().calls, 6);
        QCOMPARE(types->front().nodes, 2);
        auto scopes = hotspots::run(*reader, {.run = RunId(1), .by = hotspots::By::Scope});
        VERIFY_OK(scopes);
        QCOMPARE(find(*scopes, "a")->selfNs, 440);
        QCOMPARE(find(*scopes, "b")->selfNs, 180);
        auto threads = hotspots::run(*reader, {.run = RunId(1), .by = hotspots::By::Thread});
        VERIFY_OK(threads);
        QCOMPARE(threads->size(), 1u);
        QCOMPARE(threads->front().key, std::string("0"));
        QCOMPARE(threads->front().selfNs, 620);
        QCOMPARE(threads->front().totalNs, 620);
        auto first = hotspots::run(*reader, {.run = RunId(1), .limit = 1});
        VERIFY_OK(first);
        QCOMPARE(first->size(), 1u);
        QCOMPARE(first->front().sharePercent, 100.0 * 400 / 620);
    }

    void threadsDoNotMixTheirNesting()
    {
        Folder folder;
        auto writer = startedWriter(folder.path("t.orrery"));
        VERIFY_OK(writer);
        // Two loops at once: each has its own child, the ends interleave.
        VERIFY_OK(writer->append(std::vector<OpEvent>{op(110, 40, 2, 1, 1, 0), op(120, 70, 2, 1, 1, 1),
                                                      op(100, 100, 1, 1, 0, 0), op(105, 200, 1, 1, 0, 1)}));
        VERIFY_OK(writer->flush());
        auto reader = TraceReader::open(folder.path("t.orrery"));
        VERIFY_OK(reader);
        auto rows = hotspots::run(*reader, {.run = RunId(1)});
        VERIFY_OK(rows);
        QCOMPARE(find(*rows, "loop")->selfNs, 60 + 130);
        auto threads = hotspots::run(*reader, {.run = RunId(1), .by = hotspots::By::Thread});
        VERIFY_OK(threads);
        QCOMPARE(find(*threads, "1")->selfNs, 200);
    }

    void quantilesAreWithinSevenPercent()
    {
        Folder folder;
        auto writer = startedWriter(folder.path("t.orrery"));
        VERIFY_OK(writer);
        std::vector<OpEvent> events;
        for (std::int64_t i = 1; i <= 1000; ++i)
            events.push_back(op(i * 100000, i * 37, 0, 1));
        VERIFY_OK(writer->append(events));
        VERIFY_OK(writer->flush());
        auto reader = TraceReader::open(folder.path("t.orrery"));
        VERIFY_OK(reader);
        auto rows = node_stats::run(*reader, {.run = RunId(1)});
        VERIFY_OK(rows);
        QCOMPARE(rows->size(), 1u);
        QVERIFY(std::abs(static_cast<double>(rows->front().selfP50Ns) / (500 * 37) - 1) < 0.07);
        QVERIFY(std::abs(static_cast<double>(rows->front().selfP95Ns) / (950 * 37) - 1) < 0.07);
    }

    void everythingComesBack()
    {
        Folder folder;
        std::string path = folder.path("t.orrery");
        auto writer = startedWriter(path);
        VERIFY_OK(writer);
        VERIFY_OK(writer->addPasses(std::vector<PassRow>{{"infer_shapes", 10, 4, 4}, {"fuse", 20, 4, 3}}));
        VERIFY_OK(
            writer->addProblem({Severity::Error, "shape-mismatch", "d1", NodeId(1), "a text", "a remedy"}));
        auto counter = writer->counter("resident_bytes", "bytes");
        VERIFY_OK(counter);
        QCOMPARE(*writer->counter("resident_bytes", "bytes"), *counter);
        VERIFY_OK(writer->append(std::vector<CounterSample>{{5, 1.5, *counter}, {9, 2.5, *counter}}));
        VERIFY_OK(writer->addScalar("loss", 0, 0.5));
        VERIFY_OK(writer->addScalar("loss", 1, std::numeric_limits<double>::quiet_NaN()));
        VERIFY_OK(writer->setMetric("overhead", 3));
        VERIFY_OK(writer->addLostEvents(17));
        VERIFY_OK(writer->append(smallRun()));
        for (std::uint32_t i = 0; i < 4; ++i)
            VERIFY_OK(writer->addStep(
                {i, i * 10000, i == 0 ? 5000 : 100 * i, i == 0 ? StepKind::WarmUp : StepKind::Measured}));
        VERIFY_OK(writer->setOutcome({RunState::Crashed, "signal 11", 5, 11, 0}));
        VERIFY_OK(writer->close());

        auto reader = TraceReader::open(path);
        VERIFY_OK(reader);
        auto runs = runs::run(*reader, {});
        VERIFY_OK(runs);
        QCOMPARE(runs->size(), 1u);
        const runs::Row& run = runs->front();
        QCOMPARE(run.info.modelPath, std::string("small.onnx"));
        QCOMPARE(run.info.seed, 7);
        QCOMPARE(run.outcome.state, RunState::Crashed);
        QCOMPARE(run.outcome.signal, 11);
        QCOMPARE(run.outcome.node, 5u);
        QCOMPARE(run.outcomeNode, std::string("relu"));
        QCOMPARE(run.lostEvents, 17);
        QCOMPARE(run.opEvents, 13);
        QCOMPARE(run.firstTs, 0);
        QCOMPARE(run.lastTs, 20430);
        auto node = running_node::run(*reader, {.run = run.run});
        VERIFY_OK(node);
        QCOMPARE(node->front().opType, std::string("Relu"));
        QCOMPARE(node->front().origins, (std::vector<std::string>{"d3"}));
        QCOMPARE(machine::run(*reader, {.run = run.run})->cores, 2);

        auto graph = graph::run(*reader, {.run = run.run, .stage = "compute"});
        VERIFY_OK(graph);
        QCOMPARE(graph->size(), 1u);
        GraphRows expected = computeGraph();
        const GraphRows& rows = graph->front().rows;
        QCOMPARE(rows.nodes.size(), expected.nodes.size());
        QCOMPARE(rows.nodes[2].parent, 1u);
        QCOMPARE(rows.nodes[0].parent, noId);
        QCOMPARE(rows.nodes[3].id, 5u);
        QCOMPARE(rows.nodes[3].bytesMoved, 64);
        QCOMPARE(rows.values[1].producer, 0u);
        QCOMPARE(rows.edges.size(), 3u);
        QCOMPARE(rows.edges[2].node, 5u);
        QCOMPARE(rows.edges[2].value, 3u);
        QCOMPARE(rows.origins.size(), 3u);
        QCOMPARE(rows.origins[1].dataflowNode, 1u);
        QCOMPARE(passes::run(*reader, {.run = run.run})->at(1).nodesAfter, 3);
        auto problems = problems::run(*reader, {.run = run.run});
        VERIFY_OK(problems);
        QCOMPARE(problems->front().nodeId, NodeId(1));
        QCOMPARE(problems->front().severity, Severity::Error);
        QCOMPARE(problems->front().remedy, std::string("a remedy"));
        QCOMPARE(counters::run(*reader, {.run = run.run, .name = "resident_bytes"})->at(1).value, 2.5);
        auto loss = scalars::run(*reader, {.run = run.run, .name = "loss"});
        VERIFY_OK(loss);
        QCOMPARE(loss->at(0).value, 0.5);
        QVERIFY(std::isnan(loss->at(1).value));
        QCOMPARE(scalars::run(*reader, {.run = run.run, .name = "overhead"})->at(0).step, -1);
        auto latency = latency::run(*reader, {.run = run.run});
        VERIFY_OK(latency);
        QCOMPARE(latency->steps, 3);
        QCOMPARE(latency->medianNs, 200.0);
        QCOMPARE(latency->p90Ns, 280.0);
        QCOMPARE(latency->maxNs, 300.0);
        QVERIFY(op_events::run(*reader, {.run = run.run}).value() == smallRun());
        QCOMPARE(op_events::run(*reader, {.run = run.run, .t0 = 10130, .t1 = 10145})->size(), 2u);
        auto timeline = timeline::run(*reader, {.run = run.run, .level = 3});
        VERIFY_OK(timeline);
        QCOMPARE(timeline->size(), 1u);
        QCOMPARE(timeline->front().events, 13);
        QCOMPARE(timeline->front().selfNs, 620 + 1100);
        QCOMPARE(timeline->front().maxSelfNs, 1000);
        QCOMPARE(reader->quickCheck().value(), std::string());
        QCOMPARE(runs::resolve(*reader, {}).value(), RunId(1));
        QVERIFY(!runs::resolve(*reader, RunId(9)).ok());
    }

    void memoryIsRolledUp()
    {
        Folder folder;
        std::string path = folder.path("t.orrery");
        auto writer = startedWriter(path);
        VERIFY_OK(writer);
        VERIFY_OK(writer->append(std::vector<AllocEvent>{alloc(0, 1, 1000, noId, AllocKind::Weight),
                                                         alloc(10, 2, 100, 0), alloc(20, 3, 50, 0),
                                                         release(30, 2), alloc(40, 4, 20, 5)}));
        VERIFY_OK(writer->addStep({0, 0, 50, StepKind::WarmUp}));
        VERIFY_OK(writer->flush());
        VERIFY_OK(
            writer->append(std::vector<AllocEvent>{release(60, 3), alloc(70, 5, 30, 0), release(80, 99)}));
        VERIFY_OK(writer->addStep({1, 55, 40}));
        VERIFY_OK(writer->close());
        auto reader = TraceReader::open(path);
        VERIFY_OK(reader);
        auto live = live_at_end::run(*reader, {.run = RunId(1)});
        VERIFY_OK(live);
        QCOMPARE(live->size(), 3u);
        QCOMPARE(live->at(0).bytes, 1000);
        QCOMPARE(live->at(0).kind, AllocKind::Weight);
        QCOMPARE(live->at(0).nodeId, -1);
        QCOMPARE(live->at(1).node, std::string("conv"));
        QCOMPARE(live->at(1).value, std::string("y"));
        QCOMPARE(live->at(1).step, 1u);
        QCOMPARE(live->at(2).buffer, 4u);
        auto run = runs::run(*reader, {});
        QCOMPARE(run->front().peakBytes, 1150);
        QCOMPARE(run->front().peakTs, 20);
        auto steps = steps::run(*reader, {.run = RunId(1)});
        VERIFY_OK(steps);
        QCOMPARE(steps->at(0).step.peakBytes, 1150);
        QCOMPARE(steps->at(0).liveBytes, 1070);
        QCOMPARE(steps->at(1).step.peakBytes, 1070);
        QCOMPARE(steps->at(1).liveBytes, 1050);
        auto timeline = memory_timeline::run(*reader, {.run = RunId(1)});
        VERIFY_OK(timeline);
        QCOMPARE(timeline->size(), 1u);
        QCOMPARE(timeline->front().totalBytes, 1150);
        QCOMPARE(timeline->front().ts, 20);
        QCOMPARE(timeline->front().endBytes, 1050);
        QCOMPARE(timeline->front().bytesByKind[static_cast<std::size_t>(AllocKind::Weight)], 1000);
        auto stats = node_stats::run(*reader, {.run = RunId(1)});
        QCOMPARE(stats->front().peakBytes, 150);
        auto events = alloc_events::run(*reader, {.run = RunId(1)});
        VERIFY_OK(events);
        QCOMPARE(events->size(), 8u);
        QCOMPARE(events->at(3).bytes, 100); // a free is completed
    }

    void timelineStaysBounded()
    {
        Folder folder;
        std::string path = folder.path("t.orrery");
        auto writer = startedWriter(path);
        VERIFY_OK(writer);
        std::int64_t peakTs = 0;
        for (std::uint32_t i = 0; i < 20000; ++i) {
            std::int64_t ts = std::int64_t{i} * 1000000;
            std::int64_t bytes = i == 12345 ? 5000 : 100;
            if (i == 12345)
                peakTs = ts;
            VERIFY_OK(writer->append(std::vector<AllocEvent>{alloc(ts, i, bytes, 0), release(ts + 500, i)}));
            if (i % 3000 == 0)
                VERIFY_OK(writer->flush());
        }
        VERIFY_OK(writer->close());
        auto reader = TraceReader::open(path);
        VERIFY_OK(reader);
        auto timeline = memory_timeline::run(*reader, {.run = RunId(1)});
        VERIFY_OK(timeline);
        QVERIFY(timeline->size() > 400 && timeline->size() <= 1024);
        auto peak = std::max_element(timeline->begin(), timeline->end(), [](const auto& a, const auto& b) {
            return a.totalBytes < b.totalBytes;
        });
        QCOMPARE(peak->totalBytes, 5000);
        QCOMPARE(peak->ts, peakTs);
        QCOMPARE(timeline->back().endBytes, 0);
    }

    void resumedRunHasTheSameRollups()
    {
        Folder folder;
        std::vector<OpEvent> events;
        for (std::int64_t i = 0; i < 10000; ++i)
            events.push_back(
                op(i * 5000, 100 + i % 900, i % 2 == 0 ? 0 : 5, static_cast<std::uint32_t>(i / 100)));
        std::vector<AllocEvent> allocs;
        for (std::uint32_t i = 0; i < 6000; ++i)
            allocs.push_back(i % 3 == 2 ? release(i * 100, i - 1)
                                        : alloc(i * 100, i, 10 + i, i % 2 == 0 ? 0 : 5));
        auto whole = startedWriter(folder.path("whole"));
        VERIFY_OK(whole);
        VERIFY_OK(whole->append(events));
        VERIFY_OK(whole->append(allocs));
        VERIFY_OK(whole->close());
        {
            auto first = startedWriter(folder.path("halves"));
            VERIFY_OK(first);
            VERIFY_OK(first->append(std::span(events).first(5001)));
            VERIFY_OK(first->append(std::span(allocs).first(4500)));
        }
        auto second = TraceWriter::openAppend(folder.path("halves"));
        VERIFY_OK(second);
        QVERIFY(!second->resumeRun(RunId(2)).ok());
        VERIFY_OK(second->resumeRun(RunId(1)));
        VERIFY_OK(second->append(std::span(events).subspan(5001)));
        VERIFY_OK(second->append(std::span(allocs).subspan(4500)));
        VERIFY_OK(second->close());
        auto a = TraceReader::open(folder.path("whole"));
        auto b = TraceReader::open(folder.path("halves"));
        VERIFY_OK(a);
        VERIFY_OK(b);
        auto statsA = node_stats::run(*a, {.run = RunId(1)});
        auto statsB = node_stats::run(*b, {.run = RunId(1)});
        VERIFY_OK(statsA);
        VERIFY_OK(statsB);
        QCOMPARE(statsA->size(), 2u);
        for (std::size_t i = 0; i < 2; ++i) {
            QCOMPARE(statsB->at(i).calls, statsA->at(i).calls);
            QCOMPARE(statsB->at(i).selfNs, statsA->at(i).selfNs);
            QCOMPARE(statsB->at(i).selfP95Ns, statsA->at(i).selfP95Ns);
            QCOMPARE(statsB->at(i).peakBytes, statsA->at(i).peakBytes);
        }
        QVERIFY(op_events::run(*b, {.run = RunId(1)}).value() == events);
        QCOMPARE(live_at_end::run(*b, {.run = RunId(1)})->size(),
                 live_at_end::run(*a, {.run = RunId(1)})->size());
        QCOMPARE(runs::run(*b, {})->front().peakBytes, runs::run(*a, {})->front().peakBytes);
        auto coarseA = timeline::run(*a, {.run = RunId(1), .level = 2});
        auto coarseB = timeline::run(*b, {.run = RunId(1), .level = 2});
        QCOMPARE(coarseB->front().events, coarseA->front().events);
    }

    void misuseIsAnError()
    {
        Folder folder;
        auto writer = TraceWriter::create(folder.path("t.orrery"));
        VERIFY_OK(writer);
        QVERIFY(!TraceWriter::create(folder.path("t.orrery")).ok());
        QVERIFY(!TraceWriter::create(folder.path("no/such/folder")).ok());
        QVERIFY(!writer->append(smallRun()).ok());
        VERIFY_OK(writer->beginRun(runInfo(), {}));
        QVERIFY(!writer->append(smallRun()).ok());
        auto early = writer->addGraph(computeGraph());
        QVERIFY(!early.ok());
        QVERIFY(early.error().message.find("added first") != std::string::npos);
        VERIFY_OK(writer->addGraph(dataflowGraph()));
        VERIFY_OK(writer->append(smallRun()));
        QVERIFY(!writer->addGraph(computeGraph()).ok()); // after events
    }

    void hostileEventsDoNotOverflow()
    {
        Folder folder;
        auto writer = startedWriter(folder.path("t.orrery"));
        VERIFY_OK(writer);
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
        constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
        for (int i = 0; i < 3; ++i) {
            VERIFY_OK(writer->append(std::vector<OpEvent>{
                op(0, most, 0, 1), op(least, most, 0, 1), op(most, most, 0, 2), op(5, -9, 0, 3),
                op(1, 1, 123456789, 1, 65535, 77777), op(1, most, noId, 1, 9)}));
            VERIFY_OK(
                writer->append(std::vector<AllocEvent>{alloc(most, 1, most, 0), alloc(least, 2, most, 0),
                                                       alloc(0, 2, most, 4000000000u), release(most, 7)}));
            VERIFY_OK(writer->flush());
        }
        VERIFY_OK(writer->close());
        auto reader = TraceReader::open(folder.path("t.orrery"));
        VERIFY_OK(reader);
        QCOMPARE(op_events::run(*reader, {.run = RunId(1)})->size(), 18u);
        VERIFY_OK(hotspots::run(*reader, {.run = RunId(1)}));
        VERIFY_OK(timeline::run(*reader, {.run = RunId(1)}));
        VERIFY_OK(memory_timeline::run(*reader, {.run = RunId(1)}));
    }
};

QTEST_GUILESS_MAIN(TestTrace)
#include "test_trace.moc"
