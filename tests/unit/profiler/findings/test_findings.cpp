// SPDX-License-Identifier: Apache-2.0
//
// Findings in small traces that are made by hand: who is blamed, with which calls, and what is said where the
// recording does not carry a verdict. And suppressions.
#include "profiler/findings/finding.h"
#include "profiler/findings/suppressions.h"
#include "tests/unit/trace_db/trace_fixture.h"

#include <functional>

using namespace orrery;
using namespace orrery::trace_db;
using findings::Finding;
using findings::MemoryOwner;
using findings::Report;

namespace {

struct SiteScript {
    NativeSite site;
    std::function<std::int64_t(std::uint32_t step)> live;
    std::int64_t closedBytes = -1; // -1: the run did not get there
};

constexpr std::uint32_t relu = 5; // of computeGraph(), from d3 of the dataflow graph
constexpr std::uint32_t conv = 0; // from d0 and d1

NativeSite heapOf(std::uint32_t site, std::uint32_t node, std::int64_t stack = -1)
{
    return {.site = site,
            .share = node == noId ? NativeShare::Other : NativeShare::Native,
            .node = node,
            .stack = stack};
}

Result<TraceWriter> stepped(const std::string& path, std::uint32_t steps,
                            const std::vector<SiteScript>& sites)
{
    TraceWriter writer = TRY(startedWriter(path));
    for (const SiteScript& script : sites)
        TRY(writer.append(script.site));
    for (std::uint32_t step = 0; step < steps; ++step) {
        for (const SiteScript& script : sites)
            TRY(writer.append(NativeSample{script.site.site, step, script.live(step), 1}));
        TRY(writer.addStep({.index = step, .ts = std::int64_t{step} * 1000, .dur = 900}));
    }
    for (const SiteScript& script : sites)
        if (script.closedBytes >= 0)
            TRY(writer.append(NativeSample{script.site.site, noId, script.closedBytes, 1}));
    return writer;
}

Result<Report> reportOf(TraceWriter writer, const std::string& path)
{
    TRY(writer.setOutcome({.state = RunState::Finished}));
    RunId run = writer.run();
    TRY(writer.close());
    auto reader = TRY(TraceReader::open(path));
    return findings::examine(reader, run);
}

std::int64_t growing(std::uint32_t step) { return 4096 * (std::int64_t{step} + 1); }
std::int64_t nothing(std::uint32_t) { return 0; }

} // namespace

class TestFindings : public QObject {
    Q_OBJECT

    Folder m_folder;

private slots:
    void aLeakNamesNodeOriginsAndCalls()
    {
        const std::string path = m_folder.path("leak.orrery");
        auto writer = stepped(path, 60,
                              {{heapOf(0, conv), nothing, 0},
                               {heapOf(1, relu), growing, 60 * 4096},
                               {heapOf(2, relu, 7), [](auto) { return 4096; }, 4096}});
        VERIFY_OK(writer);
        VERIFY_OK(writer->addStack(7, {{.module = "/usr/lib/libstdc++.so.6", .symbol = "operator new"},
                                       {.module = "/opt/keep.so",
                                        .moduleOffset = 16,
                                        .symbol = "keep",
                                        .file = "/src/keep.cpp",
                                        .line = 12}}));
        auto report = reportOf(writer.releaseValue(), path);
        VERIFY_OK(report);
        QCOMPARE(report->findings.size(), std::size_t{1});
        const Finding& leak = report->findings[0];
        QCOMPARE(leak.problem.code, std::string("leak"));
        QCOMPARE(leak.problem.severity, Severity::Error);
        QCOMPARE(leak.problem.node, std::string("relu"));
        QCOMPARE(leak.problem.nodeId, NodeId(std::size_t{3}));
        QCOMPARE(leak.memory.origins, std::vector<std::string>{"d3"});
        QCOMPARE(leak.memory.opType, std::string("Relu"));
        QCOMPARE(leak.memory.judgement.rate.bytes, 4096.0);
        QCOMPARE(leak.memory.stack.size(), std::size_t{2});
        QVERIFY2(leak.problem.remedy.find("keep (keep.cpp:12)") != std::string::npos,
                 leak.problem.remedy.c_str());
        QVERIFY2(leak.problem.text.find("4096 B per iteration") != std::string::npos,
                 leak.problem.text.c_str());
        QVERIFY(report->firm);
        QVERIFY(report->limits.empty());
    }

    void leaksOfTwoNodesAndOfMappingsAreToldApart()
    {
        const std::string path = m_folder.path("two.orrery");
        NativeSite mapping = heapOf(1, relu);
        mapping.kind = NativeKind::Mapping;
        auto report =
            reportOf(stepped(path, 60, {{heapOf(0, conv), growing, 1 << 20}, {mapping, growing, 1 << 20}})
                         .releaseValue(),
                     path);
        VERIFY_OK(report);
        QCOMPARE(report->findings.size(), std::size_t{2});
        QCOMPARE(report->findings[0].problem.node, std::string("conv"));
        QCOMPARE(report->findings[1].problem.node, std::string("relu"));
        QCOMPARE(report->findings[1].memory.owner, MemoryOwner::Mapping);
    }

    void stacksOfOneNodeAreToldApartWhenAllWereRecorded()
    {
        const std::string path = m_folder.path("stacks.orrery");
        auto half = [](std::uint32_t step) { return std::int64_t{step / 2} * 100; };
        auto report = reportOf(stepped(path, 60,
                                       {{heapOf(0, relu, 1), growing, 60 * 4096},
                                        {heapOf(1, relu, 2), half, 3000},
                                        {heapOf(2, relu, 3), [](auto) { return 640; }, 0}})
                                   .releaseValue(),
                               path);
        VERIFY_OK(report);
        QCOMPARE(report->findings.size(), std::size_t{2});
        QCOMPARE(report->findings[0].memory.judgement.rate.bytes, 4096.0);
        QCOMPARE(report->findings[1].memory.judgement.rate.bytes, 50.0);
        QCOMPARE(report->findings[1].memory.judgement.period, 2U);
    }

    void whatTheProgramHoldsIsBlamedOnNoNode()
    {
        const std::string path = m_folder.path("program.orrery");
        auto report =
            reportOf(stepped(path, 60, {{heapOf(0, noId), growing, 60 * 4096}}).releaseValue(), path);
        VERIFY_OK(report);
        QCOMPARE(report->findings.size(), std::size_t{1});
        QCOMPARE(report->findings[0].problem.code, std::string("growth"));
        QCOMPARE(report->findings[0].memory.owner, MemoryOwner::Program);
        QVERIFY(report->findings[0].problem.node.empty());
    }

    void aValueThatOutlivesEachStepIsALeakOfTheEngine()
    {
        const std::string path = m_folder.path("value.orrery");
        auto writer = startedWriter(path);
        VERIFY_OK(writer);
        VERIFY_OK(writer->append(heapOf(0, relu)));
        std::uint32_t buffer = 0;
        for (std::uint32_t step = 0; step < 60; ++step) {
            std::int64_t ts = std::int64_t{step} * 1000;
            std::vector<AllocEvent> events = {
                {.ts = ts + 1, .bytes = 256, .buffer = buffer, .value = 3, .node = conv},
                {.ts = ts + 2, .bytes = 64, .buffer = buffer + 1, .value = 0, .node = relu},
                {.ts = ts + 3, .buffer = buffer + 1, .action = AllocAction::Free}};
            buffer += 2;
            VERIFY_OK(writer->append(std::span<const AllocEvent>(events)));
            VERIFY_OK(writer->addStep({.index = step, .ts = ts, .dur = 900}));
        }
        auto report = reportOf(writer.releaseValue(), path);
        VERIFY_OK(report);
        QCOMPARE(report->findings.size(), std::size_t{1});
        const Finding& leak = report->findings[0];
        QCOMPARE(leak.problem.code, std::string("leak"));
        QCOMPARE(leak.memory.owner, MemoryOwner::Tensor);
        QCOMPARE(leak.memory.value, std::string("y"));
        QCOMPARE(leak.problem.node, std::string("conv"));
        QCOMPARE(leak.memory.judgement.rate.bytes, 256.0);
        QVERIFY(!report->limits.empty()); // nothing was told of the close
    }

    void lostEventsTakeTheVerdictOnValues()
    {
        const std::string path = m_folder.path("lost.orrery");
        auto writer = startedWriter(path);
        VERIFY_OK(writer);
        VERIFY_OK(writer->append(heapOf(0, relu)));
        for (std::uint32_t step = 0; step < 60; ++step) {
            std::vector<AllocEvent> events = {
                {.ts = step * 1000 + 1, .bytes = 256, .buffer = step, .value = 3, .node = conv}};
            VERIFY_OK(writer->append(std::span<const AllocEvent>(events)));
            VERIFY_OK(writer->addStep({.index = step, .ts = step * 1000, .dur = 900}));
        }
        VERIFY_OK(writer->addLostEvents(3));
        auto report = reportOf(writer.releaseValue(), path);
        VERIFY_OK(report);
        QCOMPARE(report->findings.size(), std::size_t{1});
        QCOMPARE(report->findings[0].problem.code, std::string("not-enough-data"));
        QVERIFY(report->limits.front().find("3 events were lost") != std::string::npos);
    }

    void withoutTheHeapThereIsNoVerdict()
    {
        const std::string path = m_folder.path("none.orrery");
        auto report = reportOf(stepped(path, 60, {}).releaseValue(), path);
        VERIFY_OK(report);
        QCOMPARE(report->findings.size(), std::size_t{1});
        QCOMPARE(report->findings[0].memory.owner, MemoryOwner::Run);
        QCOMPARE(report->findings[0].problem.code, std::string("not-enough-data"));
        QVERIFY(report->findings[0].problem.remedy.find("--leaks") != std::string::npos);
    }

    void aRunWithoutStepsHasNoVerdict()
    {
        const std::string path = m_folder.path("empty.orrery");
        auto report = reportOf(stepped(path, 0, {{heapOf(0, relu), growing, 5}}).releaseValue(), path);
        VERIFY_OK(report);
        QCOMPARE(report->findings.size(), std::size_t{1});
        QCOMPARE(report->findings[0].problem.code, std::string("not-enough-data"));
        QVERIFY(!report->firm);
    }

    void samplesOfStepsThatDoNotExistAreLeftOut()
    {
        const std::string path = m_folder.path("odd.orrery");
        auto writer = stepped(path, 60, {{heapOf(0, relu), growing, 60 * 4096}});
        VERIFY_OK(writer);
        VERIFY_OK(writer->append(NativeSample{0, noId - 1, INT64_MAX, 1}));
        VERIFY_OK(writer->append(heapOf(1, conv)));
        VERIFY_OK(writer->append(NativeSample{1, 0, INT64_MAX, 1}));
        auto report = reportOf(writer.releaseValue(), path);
        VERIFY_OK(report);
        QCOMPARE(report->findings.front().memory.judgement.rate.bytes, 4096.0);
    }

    void everyRuleSaysWhatItIsAbout()
    {
        for (const findings::FindingSpec& spec : findings::findingSpecs()) {
            QVERIFY(!spec.name.empty() && spec.text.size() > 20 && !spec.remedy.empty());
            QVERIFY(spec.run != nullptr);
        }
    }

    void suppressionsMatchByEveryKey_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<bool>("matches");
        auto row = [](const char* line, bool matches) { QTest::newRow(line) << line << matches; };
        row("op=CallLog", true);
        row("op=Call*", true);
        row("op=call*", false);
        row("node=block.?.keeper", true);
        row("node=keeper_as_written", true); // an origin
        row("verdict=leak node=block*", true);
        row("verdict=retained node=block*", false);
        row("symbol=std::map*insert*", true);
        row("symbol=free", false);
        row("module=*/libkeep.so", true);
        row("  op=CallLog   # known", true);
        row("node=*", true);
    }
    void suppressionsMatchByEveryKey()
    {
        QFETCH(QString, line);
        QFETCH(bool, matches);
        Finding finding;
        finding.problem.code = "leak";
        finding.problem.node = "block.3.keeper";
        finding.memory.opType = "CallLog";
        finding.memory.origins = {"keeper_as_written"};
        finding.memory.stack = {{.module = "/opt/libkeep.so", .symbol = "malloc"},
                                {.module = "/opt/libkeep.so", .symbol = "std::map<int, int>::insert(int)"}};
        auto parsed = findings::parseSuppressions("# known\n\n" + line.toStdString() + "\n", "known.txt");
        VERIFY_OK(parsed);
        QCOMPARE(parsed->size(), std::size_t{1});
        QCOMPARE(parsed->front().line, std::size_t{3});
        QCOMPARE(findings::suppressionOf(*parsed, finding) != nullptr, matches);
    }

    void malformedSuppressionsNameTheirLine_data()
    {
        QTest::addColumn<QString>("line");
        for (const char* line : {"CallLog", "op=", "=x", "size=4", "op = CallLog", "op=x CallLog"})
            QTest::newRow(line) << line;
    }
    void malformedSuppressionsNameTheirLine()
    {
        QFETCH(QString, line);
        auto parsed = findings::parseSuppressions("op=Fine\n" + line.toStdString(), "known.txt");
        QVERIFY(!parsed.ok());
        QCOMPARE(parsed.error().where, std::string("known.txt:2"));
    }
};

QTEST_GUILESS_MAIN(TestFindings)
#include "test_findings.moc"
