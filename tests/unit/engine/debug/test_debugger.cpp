// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/debug/debugged.h"
#include "tests/unit/engine/debug/random_walk.h"

#include <QtTest>

using namespace orrery;
using namespace orrery::debug;
using namespace orrery::test;
using graph::Tensor;

namespace {

// Says pause after a number of questions.
class CountingGate final : public exec::Gate {
public:
    exec::GateAnswer ask(NodeId) override
    {
        return left-- > 0 ? exec::GateAnswer::Go : exec::GateAnswer::Pause;
    }
    bool stopRequested() const override { return false; }

    std::int64_t left = std::int64_t(1) << 60;
};

const Movement forward = move(Goal::Step, Direction::Forward);
const Movement backward = move(Goal::Step, Direction::Backward);
const Movement into = move(Goal::Into, Direction::Forward);
const Movement intoBackward = move(Goal::Into, Direction::Backward);
const Movement toEnd = move(Goal::Continue, Direction::Forward);
const Movement toStart = move(Goal::Continue, Direction::Backward);

} // namespace

class TestDebugger : public QObject {
    Q_OBJECT

private slots:
    void everyPlaceIsTheSameOnTheWayBack_data()
    {
        QTest::addColumn<QString>("sample");
        QTest::addColumn<qint64>("budget");
        for (const char* sample : {"mlp", "if_branch", "loop", "scan", "function_call", "random", "lstm",
                                   "transformer_block", "symbolic_reshape"})
            for (qint64 budget : {-1, 0, 20'000, 1 << 20})
                QTest::addRow("%s, %lld", sample, static_cast<long long>(budget))
                    << QString(sample) << budget;
    }
    void everyPlaceIsTheSameOnTheWayBack()
    {
        QFETCH(QString, sample);
        QFETCH(qint64, budget);
        DebugOptions options;
        options.historyBudgetBytes = budget;
        options.seed = 7;
        auto debugger = debugged(sample.toStdString(), options);
        std::vector<exec::ExecutionState> states{debugger->capture()};
        while (!debugger->state().finished) {
            QVERIFY(!debugger->go(into).error);
            states.push_back(debugger->capture());
        }
        for (std::size_t at = states.size() - 1; at-- > 0;) {
            QCOMPARE(debugger->go(intoBackward).position, std::uint64_t(at));
            QVERIFY(exec::identical(debugger->capture(), states[at]));
        }
        for (std::size_t at = 1; at < states.size(); ++at) {
            debugger->go(into);
            QVERIFY(exec::identical(debugger->capture(), states[at]));
        }
    }

    void randomWalksEndWhereAStraightRunWouldBe_data() { everyPlaceIsTheSameOnTheWayBack_data(); }
    void randomWalksEndWhereAStraightRunWouldBe()
    {
        QFETCH(QString, sample);
        QFETCH(qint64, budget);
        auto plan = samplePlan(sample.toStdString()).releaseValue();
        DebugOptions options;
        options.historyBudgetBytes = budget;
        options.seed = 7;
        auto debugger = debuggerFor(plan, options);
        FreshRun fresh = freshRun(plan, inputsOf(*plan), 1, options.seed).releaseValue();
        RandomWalk walk(*debugger, fresh, 1234);
        for (int i = 0; i < 100; ++i) {
            std::string wrong = walk.walk(5);
            QVERIFY2(wrong.empty(), wrong.c_str());
        }
        QVERIFY(walk.counts().stopsAtBreakpoints > 0);
    }

    void aStepOverANodeWithABodyTakesTheWholeBody()
    {
        auto debugger = debugged("loop");
        NodeId loop = nodeNamed(*debugger, "sum");
        debugger->go(moveTo(loop, Direction::Forward));
        std::uint64_t before = debugger->state().position;
        DebugState after = debugger->go(forward);
        QVERIFY(after.finished);
        QVERIFY(after.position > before + 5);
        QCOMPARE(after.entered, std::vector{loop});
        DebugState back = debugger->go(backward);
        QCOMPARE(back.position, before);
        QCOMPARE(back.next, loop);
    }

    void theStackTellsTheIteration()
    {
        auto debugger = debugged("loop");
        NodeId loop = nodeNamed(*debugger, "sum");
        NodeId weight = nodeNamed(*debugger, "weight");
        debugger->go(moveTo(loop, Direction::Forward));
        QCOMPARE(debugger->go(into).stack.size(), std::size_t(2));
        for (int round = 0; round < 3; ++round)
            debugger->go(moveTo(weight, Direction::Forward));
        DebugState state = debugger->state();
        QCOMPARE(state.stack.size(), std::size_t(2));
        QCOMPARE(state.stack[1].entered, loop);
        QCOMPARE(state.stack[1].iteration, std::int64_t(2));
        QCOMPARE(debugger->go(moveTo(weight, Direction::Backward)).stack[1].iteration, std::int64_t(1));
    }

    void outLeavesTheBodyInBothDirections()
    {
        auto debugger = debugged("if_branch");
        NodeId choose = nodeNamed(*debugger, "choose"), relu = nodeNamed(*debugger, "relu");
        debugger->go(into);
        QCOMPARE(debugger->state().stack.size(), std::size_t(2));
        QCOMPARE(debugger->go(move(Goal::Out, Direction::Forward)).next, relu);
        debugger->go(intoBackward);
        QCOMPARE(debugger->state().stack.size(), std::size_t(2));
        QCOMPARE(debugger->go(move(Goal::Out, Direction::Backward)).next, choose);
    }

    void oneCallOfAFunctionIsOneStep()
    {
        auto debugger = debugged("function_call");
        QCOMPARE(debugger->state().next, nodeNamed(*debugger, "first"));
        QCOMPARE(debugger->go(forward).next, nodeNamed(*debugger, "between"));
        QCOMPARE(debugger->go(backward).next, nodeNamed(*debugger, "first"));
        DebugState inside = debugger->go(into);
        QCOMPARE(inside.stack.size(), std::size_t(2));
        QCOMPARE(debugger->go(into).stack.size(), std::size_t(3));
    }

    void theBeginningAndTheEndAreSaid()
    {
        auto debugger = debugged("mlp");
        QCOMPARE(debugger->state().reason, StopReason::Started);
        QCOMPARE(debugger->go(backward).reason, StopReason::Beginning);
        DebugState end = debugger->go(toEnd);
        QCOMPARE(end.reason, StopReason::End);
        QVERIFY(end.finished && !end.next.valid());
        QCOMPARE(end.lastPosition, end.position);
        QVERIFY(end.previousNs >= 0);
        QCOMPARE(debugger->go(forward).reason, StopReason::End);
        DebugState start = debugger->go(toStart);
        QCOMPARE(start.reason, StopReason::Beginning);
        QCOMPARE(start.position, std::uint64_t(0));
        QCOMPARE(start.lastPosition, end.position);
        QCOMPARE(debugger->restart().reason, StopReason::Started);
    }

    void aPauseStopsARunAndCallsOffAWayBack()
    {
        CountingGate gate;
        DebugOptions options;
        options.gate = &gate;
        options.historyBudgetBytes = 0; // so that going back computes
        auto debugger = debugged("transformer_block", options);
        gate.left = 5;
        DebugState paused = debugger->go(toEnd);
        QCOMPARE(paused.reason, StopReason::Paused);
        QCOMPARE(paused.position, std::uint64_t(6));
        gate.left = 1000;
        debugger->go(toEnd);
        exec::ExecutionState end = debugger->capture();
        for (int after = 0; after < 5; ++after) {
            gate.left = after;
            DebugState back = debugger->go(backward);
            QCOMPARE(back.reason, StopReason::Paused);
            QVERIFY(exec::identical(debugger->capture(), end));
        }
        gate.left = 1000;
        QCOMPARE(debugger->go(backward).position, end.position - 1);
    }

    void anEndlessLoopCanBePausedAndLeftBackwards()
    {
        CountingGate gate;
        DebugOptions options;
        options.gate = &gate;
        options.historyBudgetBytes = 1 << 16;
        auto debugger = debugged("hang", options);
        gate.left = 20'000;
        DebugState paused = debugger->go(toEnd);
        QCOMPARE(paused.reason, StopReason::Paused);
        QVERIFY(paused.history.usedBytes <= options.historyBudgetBytes + paused.liveBytes);
        gate.left = std::int64_t(1) << 40;
        NodeId spin = nodeNamed(*debugger, "spin");
        DebugState before = debugger->go(moveTo(spin, Direction::Backward));
        QCOMPARE(before.next, spin);
        QCOMPARE(before.position, std::uint64_t(1));
    }

    void aNodeThatFailsLeavesTheStateBeforeIt()
    {
        auto model = formats::readModel(std::string(SAMPLE_GRAPHS) + "/mlp.onnxtxt").releaseValue();
        auto plan = planOf(model).releaseValue();
        DebugOptions options;
        options.memoryLimitBytes = 100; // the first layer's output does not fit
        std::vector<Tensor> inputs = inputsOf(*plan);
        auto debugger = Debugger::create(plan, inputs, options).releaseValue();
        exec::ExecutionState start = debugger->capture();
        for (int again = 0; again < 2; ++again) {
            DebugState failed = debugger->go(toEnd);
            QCOMPARE(failed.reason, StopReason::Failed);
            QVERIFY(failed.error.has_value());
            QCOMPARE(failed.error->code, ErrorCode::LimitReached);
            QCOMPARE(failed.error->where, plan->graph().node(failed.next).displayName());
        }
        QVERIFY(!debugger->go(toStart).error);
        QVERIFY(exec::identical(debugger->capture(), start));
    }

    void whatWasFreedIsComputedAgainWithoutMoving()
    {
        auto debugger = debugged("transformer_block");
        ValueId early = valueNamed(*debugger, "n1");
        QCOMPARE(debugger->availability(early), Availability::NotComputed);
        QVERIFY(!debugger->tensor(early).ok());
        debugger->go(forward);
        QCOMPARE(debugger->availability(early), Availability::Alive);
        Tensor then = debugger->tensor(early).releaseValue();
        debugger->go(toEnd);
        exec::ExecutionState end = debugger->capture();
        QCOMPARE(debugger->availability(early), Availability::Freed);
        QVERIFY(debugger->tensor(early)->identicalTo(then));
        QVERIFY(exec::identical(debugger->capture(), end));
        QCOMPARE(debugger->availability(valueNamed(*debugger, "wq")), Availability::Constant);
    }

    void valuesOfBodiesCanBeLookedAtAfterwards()
    {
        auto debugger = debugged("loop");
        debugger->go(toEnd);
        // total = squared * (0 + 1 + 2 + 3 + 4); the last round adds squared * 4.
        Tensor total = debugger->tensor(valueNamed(*debugger, "total")).releaseValue();
        Tensor term = debugger->tensor(valueNamed(*debugger, "term")).releaseValue();
        Tensor carried = debugger->tensor(valueNamed(*debugger, "carried")).releaseValue();
        Tensor out = debugger->tensor(valueNamed(*debugger, "carried_out")).releaseValue();
        QVERIFY(out.identicalTo(total));
        for (int i = 0; i < 4; ++i)
            QVERIFY(std::abs(carried.data<float>()[i] + term.data<float>()[i] - total.data<float>()[i]) <
                    1e-6f);
    }

    void theWriterOfAValueIsFound()
    {
        auto debugger = debugged("transformer_block");
        ValueId value = valueNamed(*debugger, "q4");
        Movement movement = move(Goal::Writer, Direction::Forward);
        movement.value = value;
        DebugState after = debugger->go(movement);
        QCOMPARE(after.previous, nodeNamed(*debugger, "split_q"));
        QCOMPARE(debugger->availability(value), Availability::Alive);
        debugger->go(toEnd);
        std::optional<std::uint64_t> written = debugger->writtenAt(value);
        movement.direction = Direction::Backward;
        DebugState before = debugger->go(movement);
        QCOMPARE(before.next, nodeNamed(*debugger, "split_q"));
        QCOMPARE(std::optional(before.position), written);
        QVERIFY(!debugger->writtenAt(value).has_value());
    }

    void theHistoryStaysWithinItsBudget()
    {
        DebugOptions options;
        options.historyBudgetBytes = 60'000;
        auto debugger = debugged("transformer_block", options);
        bool thinned = false;
        while (!debugger->state().finished) {
            DebugState state = debugger->go(into);
            QVERIFY(state.history.usedBytes <= state.history.budgetBytes + state.liveBytes);
            thinned |= state.history.states <= state.position;
        }
        QVERIFY(thinned);
        debugger->setHistoryBudget(0);
        QCOMPARE(debugger->state().history.states, std::uint64_t(1));
        QCOMPARE(debugger->state().history.budgetBytes, std::int64_t(0));
    }

    void nonsenseIsRefused()
    {
        auto debugger = debugged("mlp");
        debugger->go(into);
        Movement movement = moveTo(NodeId(std::size_t(12345)), Direction::Backward);
        DebugState state = debugger->go(movement);
        QVERIFY(state.error.has_value());
        QCOMPARE(state.position, std::uint64_t(1));
        movement = move(Goal::Writer, Direction::Forward);
        QVERIFY(debugger->go(movement).error.has_value());
        QVERIFY(!debugger->tensor(ValueId()).ok());
        QCOMPARE(debugger->availability(ValueId()), Availability::NotComputed);
        QVERIFY(!debugger->writtenAt(ValueId()).has_value());
        QCOMPARE(debugger->go(move(Goal::Position, Direction::Forward, ~std::uint64_t(0))).reason,
                 StopReason::End);
        QCOMPARE(debugger->go(move(Goal::Step, Direction::Backward, ~std::uint64_t(0))).position,
                 std::uint64_t(0));
        QCOMPARE(debugger->go(move(Goal::Into, Direction::Forward, ~std::uint64_t(0))).reason,
                 StopReason::End);
    }
};

QTEST_GUILESS_MAIN(TestDebugger)
#include "test_debugger.moc"
