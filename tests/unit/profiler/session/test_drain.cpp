// SPDX-License-Identifier: Apache-2.0
#include "profiler/record/recorder.h"
#include "profiler/session/graph_rows.h"
#include "profiler/session/ring_drain.h"
#include "profiler/session/shape_text.h"
#include "tests/unit/profiler/protocol/sample_messages.h"
#include "trace_db/queries/alloc_events.h"
#include "trace_db/queries/graph.h"
#include "trace_db/queries/op_events.h"
#include "trace_db/queries/runs.h"
#include "trace_db/queries/steps.h"
#include "trace_db/trace_reader.h"

#include <QTemporaryDir>
#include <QTest>

using namespace orrery;
using namespace orrery::session;

namespace {

// The members of a graph that rows keep, as text.
std::string skeleton(const graph::Graph& graph)
{
    std::string text;
    for (NodeId id : graph.liveNodes()) {
        const graph::Node& node = graph.node(id);
        text += std::to_string(id.value) + " " + node.opType + " in";
        for (ValueId value : node.inputs)
            text += value.valid() ? " " + graph.value(value).name : " -";
        text += " out";
        for (ValueId value : node.outputs)
            text += " " + graph.value(value).name + ":" + graph.value(value).type.text();
        text += " region " + std::to_string(node.region.value) + "\n";
    }
    return text;
}

} // namespace

class TestDrain : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    struct Fixture {
        std::string path;
        std::unique_ptr<record::SharedRing> ring;
        std::optional<trace_db::TraceWriter> writer;
        trace_db::RunId run;
        RunBounds bounds;
    };

    Fixture fixture(const char* name)
    {
        Fixture result;
        result.path = m_folder.filePath(name).toStdString();
        result.ring = record::SharedRing::anonymous(256).releaseValue();
        result.writer = trace_db::TraceWriter::create(result.path).releaseValue();
        trace_db::RunInfo info;
        info.warmup = 1;
        result.run = result.writer->beginRun(info, {}).releaseValue();
        graph::Graph graph = tests::sampleGraph();
        if (!result.writer->addGraph(rowsOf(graph, "dataflow")).ok() ||
            !result.writer->addGraph(rowsOf(graph, "compute")).ok())
            result.ring.reset();
        result.bounds = {graph.nodeSlots(), graph.valueSlots(), 1};
        return result;
    }

private slots:
    void recordedEventsReachTheTrace()
    {
        Fixture f = fixture("events.orrery");
        QVERIFY(f.ring);
        record::Clock clock;
        record::Recorder recorder(*f.ring, clock);
        RingDrain drain(*f.ring, *f.writer, f.bounds);
        for (std::uint32_t step = 0; step < 3; ++step) {
            recorder.stepBegin(step);
            recorder.allocated(
                {BufferId(step), ValueId(3), NodeId(0), 4096, 0, exec::AllocationKind::Activation});
            recorder.opBegin(NodeId(2));
            recorder.opBegin(NodeId(3));
            recorder.opEnd(NodeId(3));
            recorder.opEnd(NodeId(2));
            recorder.freed(BufferId(step), NodeId(2));
            recorder.stepEnd(step);
            drain.drainAll();
        }
        QVERIFY(!drain.error());
        QCOMPARE(drain.lost(), std::int64_t{0});
        QCOMPARE(drain.events(), std::uint64_t{3 * 5});
        QVERIFY(f.writer->close().ok());

        auto reader = trace_db::TraceReader::open(f.path).releaseValue();
        auto ops = trace_db::op_events::run(reader, {.run = f.run}).releaseValue();
        QCOMPARE(ops.size(), std::size_t{6});
        for (std::size_t i = 0; i < 6; i += 2) {
            QCOMPARE(ops[i].node, 3u);
            QCOMPARE(ops[i].depth, std::uint16_t{1});
            QCOMPARE(ops[i + 1].node, 2u);
            QCOMPARE(ops[i].step, std::uint32_t(i / 2));
            QVERIFY(ops[i].ts >= ops[i + 1].ts && ops[i].ts + ops[i].dur <= ops[i + 1].ts + ops[i + 1].dur);
        }
        auto allocs = trace_db::alloc_events::run(reader, {.run = f.run}).releaseValue();
        QCOMPARE(allocs.size(), std::size_t{6});
        QCOMPARE(allocs[0].bytes, std::int64_t{4096});
        QCOMPARE(allocs[0].value, 3u);
        auto steps = trace_db::steps::run(reader, {f.run}).releaseValue();
        QCOMPARE(steps.size(), std::size_t{3});
        QCOMPARE(steps[0].step.kind, trace_db::StepKind::WarmUp);
        QCOMPARE(steps[1].step.kind, trace_db::StepKind::Measured);
        QCOMPARE(steps[1].step.peakBytes, std::int64_t{4096});
    }

    void nonsenseFromTheRunnerIsCountedNotStored()
    {
        Fixture f = fixture("nonsense.orrery");
        QVERIFY(f.ring);
        using record::Event;
        using record::EventKind;
        std::vector<Event> bad = {
            {10, EventKind::Op, 0, 0, 99, 5, 0},             // no such node
            {10, EventKind::Op, 0, 0, 0, 50, 0},             // ends before it begins
            {10, static_cast<EventKind>(77), 0, 0, 0, 5, 0}, // no such kind
            {10, EventKind::AllocDetail, 0, 0, 0, 0, 0},     // without its first half
            {10, EventKind::Alloc, 200, 0, 1, 1, 0},         // no such allocation kind …
            {10, EventKind::AllocDetail, 0, 0, 0, 0, 0},
            {10, EventKind::Alloc, 0, 0, 1, UINT64_MAX, 0}, // … a negative size
            {10, EventKind::AllocDetail, 0, 0, 0, 0, 0},
            {10, EventKind::Op, 0, 0, 0, 5, 0}, // a good one
        };
        std::copy(bad.begin(), bad.end(), f.ring->slotData());
        f.ring->header().head = bad.size();
        RingDrain drain(*f.ring, *f.writer, f.bounds);
        drain.drainAll();
        QVERIFY(!drain.error());
        QCOMPARE(drain.lost(), std::int64_t{6});
        QVERIFY(f.writer->close().ok());
        auto reader = trace_db::TraceReader::open(f.path).releaseValue();
        QCOMPARE(trace_db::op_events::run(reader, {.run = f.run})->size(), std::size_t{1});
        QCOMPARE(trace_db::runs::run(reader, {})->back().lostEvents, std::int64_t{6});
    }

    void halfAnAllocationWaitsForItsOtherHalf()
    {
        Fixture f = fixture("half.orrery");
        QVERIFY(f.ring);
        f.ring->slotData()[0] = {10, record::EventKind::Alloc, 0, 0, 1, 64, 0};
        f.ring->slotData()[1] = {10, record::EventKind::AllocDetail, 0, 0, 0, 0, 0};
        f.ring->header().head = 1;
        RingDrain drain(*f.ring, *f.writer, f.bounds);
        drain.drainAll();
        QCOMPARE(drain.events(), std::uint64_t{0});
        QCOMPARE(f.ring->tail(), std::uint64_t{0});
        f.ring->header().head = 2;
        drain.drainAll();
        QCOMPARE(drain.events(), std::uint64_t{1});
        QCOMPARE(drain.lost(), std::int64_t{0});
    }

    void damagedRingEndsTheDrain()
    {
        Fixture f = fixture("damaged.orrery");
        QVERIFY(f.ring);
        f.ring->header().head = 1'000'000;
        RingDrain drain(*f.ring, *f.writer, f.bounds);
        drain.drainAll();
        QVERIFY(drain.error().has_value());
    }

    void graphSurvivesTheTrace()
    {
        Fixture f = fixture("graph.orrery");
        QVERIFY(f.ring);
        QVERIFY(f.writer->close().ok());
        auto reader = trace_db::TraceReader::open(f.path).releaseValue();
        auto rows = trace_db::graph::run(reader, {f.run, "compute"}).releaseValue();
        QCOMPARE(rows.size(), std::size_t{1});
        auto back = graphOf(rows[0].rows);
        QVERIFY2(back.ok(), back.ok() ? "" : back.error().text().c_str());
        graph::Graph original = tests::sampleGraph();
        QCOMPARE(skeleton(*back), skeleton(original));
        const graph::Node& conv = back->node(NodeId(0));
        QCOMPARE(conv.intsAttribute("pads"), (std::vector<std::int64_t>{1, -1}));
        QCOMPARE(conv.stringAttribute("auto_pad", ""), std::string("SAME_UPPER"));
        QCOMPARE(back->node(NodeId(2)).regionAttribute("then_branch"), RegionId(1));
        QCOMPARE(back->region(RegionId(1)).parent, NodeId(2));
        QVERIFY(back->value(ValueId(2)).isConstant());
        QCOMPARE(back->main().inputs, std::vector<ValueId>{ValueId(0)});
        QCOMPARE(back->node(NodeId(3)).origins, std::vector<NodeId>{NodeId(3)});
    }

    void hostileGraphRowsAreRefused()
    {
        auto good = rowsOf(tests::sampleGraph(), "compute");
        QVERIFY(graphOf(good).ok());
        auto refused = [&](auto change) {
            auto rows = good;
            change(rows);
            return !graphOf(rows).ok();
        };
        QVERIFY(refused([](auto& rows) { rows.nodes[0].id = 0xfffffff0; }));
        QVERIFY(refused([](auto& rows) { rows.nodes[1].id = rows.nodes[0].id; }));
        QVERIFY(refused([](auto& rows) { rows.nodes[0].region = 0xfffffff0; }));
        QVERIFY(refused([](auto& rows) { rows.nodes[0].parent = 77; }));
        QVERIFY(refused([](auto& rows) { rows.values[0].id = 0xfffffff0; }));
        QVERIFY(refused([](auto& rows) { rows.values[0].producer = 77; }));
        QVERIFY(refused([](auto& rows) { rows.edges[0].value = 77; }));
        QVERIFY(refused([](auto& rows) { rows.edges[0].slot = 0xfffffff0; }));
        QVERIFY(refused([](auto& rows) { rows.origins[0].node = 77; }));
    }

    void shapesComeBack()
    {
        using graph::Dim;
        for (const graph::Shape& shape :
             {graph::Shape({1, 3, 224}), graph::Shape(), graph::Shape({Dim::symbolic("N"), Dim(), 0}),
              graph::Shape({Dim::symbolic("max_len"), 80}),
              graph::Shape({3, Dim::symbolic("(H - 1) / 2 + 1"), Dim::symbolic("xx")})}) {
            auto back = shapeOf(shapeText(shape));
            QVERIFY2(back.has_value(), shapeText(shape).c_str());
            QVERIFY(*back == shape);
        }
        QCOMPARE(shapeText(graph::Shape({1, 3, 224})), std::string("1x3x224"));
        for (const char* bad : {"", "x", "1x", "x1", "1xx2", "[a", "-3"})
            QVERIFY2(!shapeOf(bad), bad);
    }
};

QTEST_GUILESS_MAIN(TestDrain)
#include "test_drain.moc"
