// SPDX-License-Identifier: Apache-2.0
//
// The questions about memory outside of the run's tensors, and about what outlives a step, on a small trace.
#include "tests/unit/trace_db/trace_fixture.h"
#include "trace_db/queries/live_at_steps.h"
#include "trace_db/queries/native_frames.h"
#include "trace_db/queries/native_sites.h"
#include "trace_db/queries/native_stats.h"
#include "trace_db/queries/node_identity.h"
#include "trace_db/queries/step_inputs.h"

using namespace orrery::trace_db;

class TestNativeQueries : public QObject {
    Q_OBJECT

    Folder m_folder;
    RunId m_run;
    std::string path() const { return m_folder.path("native.orrery"); }

private slots:
    void initTestCase()
    {
        auto writer = startedWriter(path());
        VERIFY_OK(writer);
        m_run = writer->run();
        VERIFY_OK(writer->append(NativeSite{.site = 0, .share = NativeShare::Other}));
        VERIFY_OK(writer->append(
            NativeSite{.site = 1, .kind = NativeKind::Mapping, .node = 5, .stack = 9, .firstStep = 1}));
        VERIFY_OK(writer->addStack(9, {{.symbol = "inner"}, {.module = "/lib/x.so", .moduleOffset = 4}}));
        VERIFY_OK(writer->addStepInputs(0, "x=1x2"));
        VERIFY_OK(writer->addStepInputs(1, "x=4x2"));
        // Buffer 1 outlives steps 0 and 1, buffer 2 none, buffer 3 the last.
        const std::vector<std::vector<AllocEvent>> steps = {
            {{.ts = 10, .bytes = 100, .buffer = 1, .value = 3, .node = 0},
             {.ts = 20, .bytes = 50, .buffer = 2, .value = 0, .node = 5},
             {.ts = 30, .buffer = 2, .node = 5, .action = AllocAction::Free}},
            {{.ts = 110, .bytes = 7, .buffer = 2, .value = 0, .node = 5},
             {.ts = 120, .buffer = 2, .node = 5, .action = AllocAction::Free}},
            {{.ts = 210, .buffer = 1, .node = 5, .action = AllocAction::Free},
             {.ts = 220, .bytes = 30, .buffer = 3, .value = 3, .node = 0}}};
        for (std::uint32_t step = 0; step < steps.size(); ++step) {
            VERIFY_OK(writer->append(std::span<const AllocEvent>(steps[step])));
            VERIFY_OK(writer->append(NativeUse{.node = 5,
                                               .allocations = 2,
                                               .allocatedBytes = 80,
                                               .frees = 1,
                                               .freedBytes = 40,
                                               .peakBytes = 60 + step}));
            VERIFY_OK(writer->addStep({.index = step, .ts = step * 100, .dur = 90}));
        }
        VERIFY_OK(writer->append(NativeSample{0, 0, 64, 1}));
        VERIFY_OK(writer->append(NativeSample{1, 1, 4096, 1}));
        VERIFY_OK(writer->append(NativeSample{1, 2, 8192, 2}));
        VERIFY_OK(writer->append(NativeSample{1, noId, 8192, 2}));
        VERIFY_OK(writer->close());
    }

    void sitesHaveTheirSamples()
    {
        auto reader = TraceReader::open(path());
        VERIFY_OK(reader);
        auto rows = native_sites::run(*reader, {m_run});
        VERIFY_OK(rows);
        QCOMPARE(rows->size(), std::size_t{2});
        const auto& program = (*rows)[0];
        QCOMPARE(program.nodeId, -1);
        QVERIFY(program.site.share == NativeShare::Other && !program.closed);
        QCOMPARE(program.samples.size(), std::size_t{1});
        const auto& mapping = (*rows)[1];
        QVERIFY(mapping.site.kind == NativeKind::Mapping && mapping.site.share == NativeShare::Native);
        QCOMPARE(mapping.site.stack, 9);
        QCOMPARE(mapping.site.firstStep, 1U);
        QCOMPARE(mapping.samples.size(), std::size_t{2});
        QCOMPARE(mapping.samples[1].step, 2U);
        QCOMPARE(mapping.samples[1].liveBytes, 8192);
        QCOMPARE(mapping.closed->liveBlocks, 2);
        auto nodes = node_identity::run(*reader, {m_run, mapping.nodeId});
        VERIFY_OK(nodes);
        QCOMPARE(nodes->front().name, std::string("relu"));
        QCOMPARE(nodes->front().origins.size(), std::size_t{1});
        QCOMPARE(nodes->front().origins[0].name, std::string("d3"));
    }

    void aNodeOfABodyNamesItsParent()
    {
        auto reader = TraceReader::open(path());
        VERIFY_OK(reader);
        auto relu = native_sites::run(*reader, {m_run});
        VERIFY_OK(relu);
        std::int64_t first = (*relu)[1].nodeId - 5;
        auto body = node_identity::run(*reader, {m_run, first + 2});
        VERIFY_OK(body);
        QCOMPARE(body->front().name, std::string("body"));
        QCOMPARE(body->front().parent, std::string("loop"));
        QCOMPARE(body->front().parentNodeId, first + 1);
        auto none = node_identity::run(*reader, {m_run, first + 100});
        VERIFY_OK(none);
        QVERIFY(none->empty());
    }

    void callsComeInnermostFirst()
    {
        auto reader = TraceReader::open(path());
        VERIFY_OK(reader);
        auto frames = native_frames::run(*reader, {m_run, 9});
        VERIFY_OK(frames);
        QCOMPARE(frames->size(), std::size_t{2});
        QCOMPARE((*frames)[0].symbol, std::string("inner"));
        QCOMPARE((*frames)[0].moduleOffset, -1);
        QCOMPARE((*frames)[1].moduleOffset, 4);
        QCOMPARE((*frames)[1].line, -1);
    }

    void useIsSummedByNode()
    {
        auto reader = TraceReader::open(path());
        VERIFY_OK(reader);
        auto rows = native_stats::run(*reader, {m_run});
        VERIFY_OK(rows);
        QCOMPARE(rows->size(), std::size_t{1});
        QCOMPARE(rows->front().calls, 3);
        QCOMPARE(rows->front().sum.allocations, 6);
        QCOMPARE(rows->front().sum.allocatedBytes, 240);
        QCOMPARE(rows->front().sum.freedBytes, 120);
        QCOMPARE(rows->front().sum.peakBytes, 62);
    }

    void shapesAreToldWhereTheyChange()
    {
        auto reader = TraceReader::open(path());
        VERIFY_OK(reader);
        auto rows = step_inputs::run(*reader, {m_run});
        VERIFY_OK(rows);
        QCOMPARE(rows->size(), std::size_t{2});
        QCOMPARE((*rows)[1].step, 1U);
        QCOMPARE((*rows)[1].shapes, std::string("x=4x2"));
    }

    void whatOutlivesAStepIsSummedByNodeAndValue()
    {
        auto reader = TraceReader::open(path());
        VERIFY_OK(reader);
        auto rows = live_at_steps::run(*reader, {m_run});
        VERIFY_OK(rows);
        QCOMPARE(rows->size(), std::size_t{1}); // what lived within a step is not there
        const auto& row = rows->front();
        QCOMPARE(row.value, std::string("y"));
        QCOMPARE(row.samples.size(), std::size_t{2});
        QCOMPARE(row.samples[0].step, 0U);
        QCOMPARE(row.samples[0].liveBytes, 100);
        QCOMPARE(row.samples[1].step, 2U);
        QCOMPARE(row.samples[1].liveBytes, 30);
        QCOMPARE(row.closedBytes, 30);
    }
};

QTEST_GUILESS_MAIN(TestNativeQueries)
#include "test_native_queries.moc"
