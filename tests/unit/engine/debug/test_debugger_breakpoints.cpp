// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/debug/debugged.h"

#include <QtTest>

using namespace orrery;
using namespace orrery::debug;
using namespace orrery::test;

namespace {

const Movement forward = move(Goal::Continue, Direction::Forward);
const Movement backward = move(Goal::Continue, Direction::Backward);

Breakpoint onNode(NodeId node)
{
    Breakpoint breakpoint;
    breakpoint.node = node;
    return breakpoint;
}

Breakpoint onEvery(const char* condition)
{
    Breakpoint breakpoint;
    breakpoint.target = BreakpointTarget::Any;
    breakpoint.condition = parseCondition(condition).releaseValue();
    return breakpoint;
}

Breakpoint onText(BreakpointTarget target, const char* text)
{
    Breakpoint breakpoint;
    breakpoint.target = target;
    breakpoint.text = text;
    return breakpoint;
}

// Positions of all stops to the end, and of all stops from there back.
struct Stops {
    std::vector<std::uint64_t> there, back;
};

Stops allStops(Debugger& debugger)
{
    Stops stops;
    debugger.restart();
    while (true) {
        DebugState state = debugger.go(forward);
        if (state.reason != StopReason::Breakpoint)
            break;
        stops.there.push_back(state.position);
    }
    while (true) {
        DebugState state = debugger.go(backward);
        if (state.reason != StopReason::Breakpoint)
            break;
        stops.back.push_back(state.position);
    }
    return stops;
}

} // namespace

class TestDebuggerBreakpoints : public QObject {
    Q_OBJECT

private slots:
    void bothDirectionsStopAtTheSamePlaces_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<qint64>("budget");
        for (int kind = 0; kind < 7; ++kind)
            for (qint64 budget : {-1, 0, 40'000})
                QTest::addRow("%d, %lld", kind, static_cast<long long>(budget)) << kind << budget;
    }
    void bothDirectionsStopAtTheSamePlaces()
    {
        QFETCH(int, kind);
        QFETCH(qint64, budget);
        DebugOptions options;
        options.historyBudgetBytes = budget;
        auto debugger = debugged(kind == 6 ? "loop" : "transformer_block", options);
        std::vector<Breakpoint> kinds[] = {
            {onNode(nodeNamed(*debugger, "split_k")), onNode(nodeNamed(*debugger, "heads_q"))},
            {onText(BreakpointTarget::OpType, "MatMul")},
            {onText(BreakpointTarget::OpType, "Reshape"), onEvery("min < -2")},
            {onEvery("max > 1")},
            {onEvery("bytes > 1000"), onNode(nodeNamed(*debugger, "attention_k"))},
            {Breakpoint{}},
            {Breakpoint{}, onEvery("mean > 1")},
        };
        for (auto& breakpoints : {&kinds[5], &kinds[6]}) {
            breakpoints->front().target = BreakpointTarget::Value;
            breakpoints->front().value = valueNamed(*debugger, kind == 6 ? "carried" : "q4");
        }
        QVERIFY(debugger->setBreakpoints(kinds[kind]).ok());
        Stops stops = allStops(*debugger);
        QVERIFY(!stops.there.empty());
        // The last place may be the end itself, from which one goes back.
        std::uint64_t end = debugger->state().lastPosition;
        std::reverse(stops.back.begin(), stops.back.end());
        std::erase(stops.there, end);
        std::erase(stops.back, std::uint64_t(0));
        QCOMPARE(stops.back, stops.there);
    }

    void anUnconditionalOneStopsBeforeTheNodeAndAConditionalOneAfterIt()
    {
        auto debugger = debugged("nan");
        NodeId normalise = nodeNamed(*debugger, "normalise");
        Breakpoint nan = onEvery("nan");
        debugger->setBreakpoints({onNode(normalise), nan}).releaseValue();
        DebugState before = debugger->go(forward);
        QCOMPARE(before.next, normalise);
        QCOMPARE(before.hits.size(), std::size_t(1));
        DebugState after = debugger->go(forward);
        QCOMPARE(after.reason, StopReason::Breakpoint);
        QCOMPARE(after.previous, normalise);
        QCOMPARE(after.hits.front().value, valueNamed(*debugger, "q"));
        QVERIFY(!after.hits.front().sentence.empty());
    }

    void scopesEndAtSeparators()
    {
        auto model = formats::readModel(std::string(SAMPLE_GRAPHS) + "/mlp.onnxtxt").releaseValue();
        std::vector<NodeId> nodes = model.graph.liveNodes();
        QVERIFY(nodes.size() >= 3);
        model.graph.node(nodes[0]).name = "/layer3/Gemm";
        model.graph.node(nodes[1]).name = "/layer33/Gemm";
        model.graph.node(nodes[2]).name = "/layer3/Relu";
        auto debugger = debuggerFor(planOf(model).releaseValue());
        for (const char* scope : {"/layer3/", "/layer3"}) {
            debugger->setBreakpoints({onText(BreakpointTarget::Scope, scope)}).releaseValue();
            QCOMPARE(allStops(*debugger).there, std::vector<std::uint64_t>{2});
        }
    }

    void theOneStoodOnDoesNotHitAgain()
    {
        auto debugger = debugged("mlp");
        debugger->setBreakpoints({onNode(debugger->state().next)}).releaseValue();
        QCOMPARE(debugger->go(forward).reason, StopReason::End);
        DebugState back = debugger->go(backward);
        QCOMPARE(back.reason, StopReason::Breakpoint);
        QCOMPARE(back.position, std::uint64_t(0));
    }

    void hitsAreCountedIgnoredAndLogged()
    {
        auto debugger = debugged("loop");
        Breakpoint counted = onNode(nodeNamed(*debugger, "weight"));
        counted.ignore = 2;
        Breakpoint logged = onNode(nodeNamed(*debugger, "weighted"));
        logged.action = BreakpointAction::Log;
        auto set = debugger->setBreakpoints({counted, logged}).releaseValue();
        DebugState stop = debugger->go(forward);
        QCOMPARE(stop.stack.back().iteration, std::int64_t(2));
        QCOMPARE(stop.logged.size(), std::size_t(2));
        QCOMPARE(debugger->breakpoints()[0].hits, std::uint64_t(3));
        QCOMPARE(debugger->breakpoints()[0].ignore, std::uint64_t(0));
        QCOMPARE(debugger->breakpoints()[1].hits, std::uint64_t(2));
        // Known ones keep their hits.
        auto again = debugger->setBreakpoints(set).releaseValue();
        QCOMPARE(again[0].id, set[0].id);
        QCOMPARE(again[0].hits, std::uint64_t(3));
    }

    void onceGoesAwayWithItsFirstHitAndDisabledOnesNeverHit()
    {
        auto debugger = debugged("loop");
        Breakpoint once = onNode(nodeNamed(*debugger, "weight"));
        once.once = true;
        Breakpoint off = onNode(nodeNamed(*debugger, "weighted"));
        off.enabled = false;
        debugger->setBreakpoints({once, off}).releaseValue();
        QCOMPARE(debugger->go(forward).reason, StopReason::Breakpoint);
        QCOMPARE(debugger->breakpoints().size(), std::size_t(1));
        QCOMPARE(debugger->go(forward).reason, StopReason::End);
        QCOMPARE(debugger->go(backward).reason, StopReason::Beginning);
    }

    void steppingOverDoesNotCount()
    {
        auto debugger = debugged("loop");
        debugger->setBreakpoints({onNode(nodeNamed(*debugger, "weight"))}).releaseValue();
        debugger->go(move(Goal::Step, Direction::Forward, 2));
        QVERIFY(debugger->state().finished);
        QCOMPARE(debugger->breakpoints()[0].hits, std::uint64_t(0));
    }

    void timesAreTheSameOnTheWayBack()
    {
        auto debugger = debugged("transformer_block");
        // Between the shortest and the longest time of the run.
        std::vector<std::int64_t> times;
        while (!debugger->state().finished)
            times.push_back(debugger->go(move(Goal::Into, Direction::Forward)).previousNs);
        std::sort(times.begin(), times.end());
        Breakpoint slow = onEvery("nan");
        slow.condition =
            Condition{Quantity::Time, Comparison::Greater, static_cast<double>(times[times.size() - 4])};
        debugger->setBreakpoints({slow}).releaseValue();
        Stops stops = allStops(*debugger);
        std::uint64_t end = debugger->state().lastPosition;
        std::reverse(stops.back.begin(), stops.back.end());
        std::erase(stops.there, end);
        QCOMPARE(stops.back, stops.there);
        QVERIFY(stops.there.size() <= 3);
    }

    void aChangedShapeIsNoticed()
    {
        auto debugger = debugged("symbolic_reshape");
        debugger->setBreakpoints({onEvery("shape changes")}).releaseValue();
        QCOMPARE(debugger->go(forward).reason, StopReason::End);
        debugger->restart();
        QCOMPARE(debugger->go(forward).reason, StopReason::End);
        debugger->restart();
        ValueId input = debugger->plan().root().inputs.front();
        graph::Dims dims = debugger->tensor(input)->dims();
        dims[0] += 1;
        graph::Tensor larger = graph::Tensor::allocate(graph::DataType::Float32, dims).releaseValue();
        std::memset(larger.mutableBytes(), 0, larger.byteSize());
        QVERIFY(debugger->apply(SetValue{input, larger}).ok());
        DebugState state = debugger->go(forward);
        // What computes the shape keeps its own; the result has another.
        QCOMPARE(state.reason, StopReason::Breakpoint);
        QCOMPARE(state.previous, nodeNamed(*debugger, "reshape"));
        QVERIFY(!state.hits.front().sentence.empty());
    }

    void whatCannotBeIsRefused()
    {
        auto debugger = debugged("mlp");
        QVERIFY(!debugger->setBreakpoints({onEvery("time > p95")}).ok());
        QVERIFY(!debugger->setBreakpoints({onEvery("difference > 1")}).ok());
        QVERIFY(!debugger->setBreakpoints({onNode(NodeId(std::size_t(999)))}).ok());
        Breakpoint every;
        every.target = BreakpointTarget::Any;
        QVERIFY(!debugger->setBreakpoints({every}).ok());
        QVERIFY(!debugger->setBreakpoints({onText(BreakpointTarget::OpType, "")}).ok());
        QVERIFY(debugger->breakpoints().empty());
    }

    void referencesAndEarlierTimesAreComparedWith()
    {
        auto first = debugged("mlp");
        DebugOptions options;
        NodeId node = first->state().next;
        DebugState end = first->go(forward);
        ValueId output = first->plan().root().outputs.front();
        graph::Tensor reference = first->tensor(output).releaseValue();
        graph::Tensor other = graph::Tensor::allocate(reference.type(), reference.dims()).releaseValue();
        std::memcpy(other.mutableBytes(), reference.bytes(), reference.byteSize());
        other.mutableData<float>()[1] += 1;
        options.p95Ns[node] = 0;
        for (bool differs : {false, true}) {
            options.references = {{output, differs ? other : reference}};
            auto debugger = debugged("mlp", options);
            debugger->setBreakpoints({onEvery("difference > 0.5")}).releaseValue();
            DebugState state = debugger->go(forward);
            QCOMPARE(state.reason, differs ? StopReason::Breakpoint : StopReason::End);
            QCOMPARE(state.position, end.position);
            debugger->restart();
            debugger->setBreakpoints({onEvery("time > p95")}).releaseValue();
            QCOMPARE(debugger->go(forward).previous, node);
        }
    }
};

QTEST_GUILESS_MAIN(TestDebuggerBreakpoints)
#include "test_debugger_breakpoints.moc"
