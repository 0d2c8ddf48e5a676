// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/profiler/session/debug_session_fixture.h"

#include <QTemporaryDir>

#include <thread>

using namespace orrery;
using namespace orrery::tests;
using debug::Direction;
using debug::Goal;
using debug::StopReason;
using session::DebugSession;
using session::Recompute;

class TestDebugSession : public QObject {
    Q_OBJECT

private slots:
    void stepsThereAndBackShowTheSame_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* name : {"loop", "if_branch", "random", "cifar10_cnn", "function_call", "scan"})
            QTest::newRow(name) << name;
    }
    void stepsThereAndBackShowTheSame()
    {
        QFETCH(QString, model);
        auto session = DebugSession::open(sample(model.toStdString()), debugOptions());
        VERIFY_OK(session);
        // What was seen at each position on the way there.
        std::vector<std::pair<NodeId, std::map<ValueId, graph::Tensor>>> seen;
        auto look = [&]() {
            std::map<ValueId, graph::Tensor> values;
            for (ValueId id : (*session)->state().live) {
                auto captured = (*session)->tensor(id, Recompute::No);
                if (captured.ok())
                    values.emplace(id, captured->tensor);
            }
            return std::pair((*session)->state().next, std::move(values));
        };
        seen.push_back(look());
        while (!(*session)->state().finished) {
            auto state = (*session)->go(movement(Goal::Into));
            VERIFY_OK(state);
            QVERIFY(!state->error);
            QCOMPARE(state->position, std::uint64_t(seen.size()));
            seen.push_back(look());
        }
        QVERIFY(seen.size() > 3);
        for (std::size_t i = seen.size() - 1; i-- > 0;) {
            auto state = (*session)->go(movement(Goal::Into, Direction::Backward));
            VERIFY_OK(state);
            QCOMPARE(state->position, std::uint64_t(i));
            auto now = look();
            QCOMPARE(now.first, seen[i].first);
            QCOMPARE(now.second.size(), seen[i].second.size());
            for (const auto& [id, tensor] : now.second)
                QVERIFY(tensor.identicalTo(seen[i].second.at(id)));
        }
    }

    void stopsAtBreakpointsOnTheWayThereAndBack()
    {
        auto session = DebugSession::open(sample("mlp"), debugOptions());
        VERIFY_OK(session);
        const graph::Graph& graph = (*session)->graph();
        debug::Breakpoint atRelu, negative;
        atRelu.target = debug::BreakpointTarget::OpType;
        atRelu.text = "Relu";
        negative.target = debug::BreakpointTarget::Value;
        negative.value = valueNamed(graph, "h");
        negative.condition = debug::Condition{debug::Quantity::Min, debug::Comparison::Less, 0};
        auto set = (*session)->setBreakpoints({atRelu, negative});
        VERIFY_OK(set);
        QCOMPARE(set->size(), std::size_t{2});
        QVERIFY((*set)[0].id.valid() && (*set)[1].id.valid());

        auto state = (*session)->go(movement(Goal::Continue));
        VERIFY_OK(state);
        QCOMPARE(state->reason, StopReason::Breakpoint);
        QCOMPARE(state->next, nodeNamed(graph, "relu"));
        QVERIFY(!state->hits.empty());
        QVERIFY((*session)->breakpoints()[0].hits + (*session)->breakpoints()[1].hits > 0);
        while (!state->finished) {
            state = (*session)->go(movement(Goal::Continue));
            VERIFY_OK(state);
        }
        state = (*session)->go(movement(Goal::Continue, Direction::Backward));
        VERIFY_OK(state);
        QCOMPARE(state->reason, StopReason::Breakpoint);
        QCOMPARE(state->next, nodeNamed(graph, "relu"));
    }

    void freedValuesAreNotCapturedUntilTheyAreComputedAgain()
    {
        auto session = DebugSession::open(sample("mlp"), debugOptions());
        VERIFY_OK(session);
        ValueId h = valueNamed((*session)->graph(), "h");
        auto early = (*session)->tensor(h, Recompute::Yes);
        QVERIFY(!early.ok());
        QCOMPARE(early.error().code, ErrorCode::Usage);
        VERIFY_OK((*session)->go(movement(Goal::Step)));
        auto alive = (*session)->tensor(h, Recompute::No);
        VERIFY_OK(alive);
        QCOMPARE(alive->availability, debug::Availability::Alive);
        QCOMPARE(alive->writtenAt, std::optional<std::uint64_t>(0));
        VERIFY_OK((*session)->go(movement(Goal::Continue)));
        auto freed = (*session)->tensor(h, Recompute::No);
        QVERIFY(!freed.ok());
        QVERIFY(freed.error().text().find("not captured") != std::string::npos);
        auto again = (*session)->tensor(h, Recompute::Yes);
        VERIFY_OK(again);
        QVERIFY(again->tensor.identicalTo(alive->tensor));
        QVERIFY((*session)->state().finished);
        // The memory is the session's own: it outlives the runner.
        session->reset();
        QVERIFY(again->tensor.identicalTo(alive->tensor));
    }

    void assignedValueMakesABranchBesideTheOriginal()
    {
        auto session = DebugSession::open(sample("mlp"), debugOptions());
        VERIFY_OK(session);
        const graph::Graph& graph = (*session)->graph();
        ValueId h = valueNamed(graph, "h");
        ValueId y = valueNamed(graph, "y");
        VERIFY_OK((*session)->go(movement(Goal::Continue)));
        auto before = (*session)->tensor(y, Recompute::No);
        VERIFY_OK(before);
        VERIFY_OK((*session)->go(toNode(nodeNamed(graph, "relu"), Direction::Backward)));
        auto wrong = (*session)->assign(h, "h + nothing");
        QVERIFY(!wrong.ok());
        QCOMPARE((*session)->state().branches.size(), std::size_t{1});
        auto state = (*session)->assign(h, "h * 2 + 1");
        VERIFY_OK(state);
        QCOMPARE(state->branches.size(), std::size_t{2});
        QCOMPARE(state->branch, state->branches[1].id);

        auto report = (*session)->rerun();
        VERIFY_OK(report);
        QCOMPARE(report->outputs.size(), std::size_t{1});
        QVERIFY(report->outputs[0].difference.has_value());
        QVERIFY(report->outputs[0].difference->different > 0);
        QVERIFY(report->outputs[0].before.identicalTo(before->tensor));
        VERIFY_OK((*session)->go(movement(Goal::Continue)));
        auto after = (*session)->tensor(y, Recompute::No);
        VERIFY_OK(after);
        QVERIFY(after->tensor.identicalTo(report->outputs[0].after));

        VERIFY_OK((*session)->choose(BranchId(0)));
        if (!(*session)->state().finished)
            VERIFY_OK((*session)->go(movement(Goal::Continue)));
        auto original = (*session)->tensor(y, Recompute::No);
        VERIFY_OK(original);
        QVERIFY(original->tensor.identicalTo(before->tensor));
    }

    void tensorsOfAnySizeAreSet()
    {
        auto options = debugOptions();
        options.session.inputShapes = {{"x", {5000, 16}}};
        auto session = DebugSession::open(sample("mlp"), options);
        VERIFY_OK(session);
        ValueId h = valueNamed((*session)->graph(), "h");
        VERIFY_OK((*session)->go(movement(Goal::Step)));
        std::vector<float> numbers(5000 * 32);
        for (std::size_t i = 0; i < numbers.size(); ++i)
            numbers[i] = static_cast<float>(i);
        graph::Tensor tensor = graph::Tensor::of<float>({5000, 32}, numbers);
        auto state = (*session)->apply(debug::SetValue{h, tensor});
        VERIFY_OK(state);
        auto back = (*session)->tensor(h, Recompute::No);
        VERIFY_OK(back);
        QVERIFY(back->tensor.identicalTo(tensor));
        auto sum = (*session)->evaluate("h[4999, 31] + 1");
        VERIFY_OK(sum);
        QCOMPARE(sum->data<float>()[0], numbers.back() + 1);
    }

    void graphIsThatOfTheChosenBranch()
    {
        auto session = DebugSession::open(sample("mlp"), debugOptions());
        VERIFY_OK(session);
        NodeId relu = nodeNamed((*session)->graph(), "relu");
        VERIFY_OK((*session)->go(toNode(relu)));
        VERIFY_OK((*session)->apply(debug::Bypass{relu}));
        QCOMPARE((*session)->graph().node(relu).opType, std::string("Identity"));
        VERIFY_OK((*session)->choose(BranchId(0)));
        QCOMPARE((*session)->graph().node(relu).opType, std::string("Relu"));
        VERIFY_OK((*session)->choose(BranchId(1)));
        QCOMPARE((*session)->graph().node(relu).opType, std::string("Identity"));
    }

    void firstBadValueIsFoundAndTheUsersBreakpointsStay()
    {
        auto session = DebugSession::open(sample("nan"), debugOptions());
        VERIFY_OK(session);
        const graph::Graph& graph = (*session)->graph();
        debug::Breakpoint mine;
        mine.target = debug::BreakpointTarget::Node;
        mine.node = nodeNamed(graph, "square");
        auto set = (*session)->setBreakpoints({mine});
        VERIFY_OK(set);
        auto state = (*session)->findBadValue({});
        VERIFY_OK(state);
        QCOMPARE(state->reason, StopReason::Breakpoint);
        QVERIFY(!state->hits.empty());
        QCOMPARE(state->hits[0].node, nodeNamed(graph, "normalise"));
        QCOMPARE(state->hits[0].value, valueNamed(graph, "q"));
        QVERIFY(!state->hits[0].sentence.empty());
        QCOMPARE((*session)->breakpoints().size(), std::size_t{1});
        QCOMPARE((*session)->breakpoints()[0].id, (*set)[0].id);
        QCOMPARE((*session)->breakpoints()[0].node, mine.node);
        VERIFY_OK((*session)->tensor(valueNamed(graph, "v"), Recompute::Yes));
    }

    void passesThatChangeNothingDoNotDiverge()
    {
        session::DivergenceRequest request;
        request.debug = debugOptions();
        request.debug.session.optimize = passes::OptimizeLevel::All;
        auto outcome = session::findDivergence(sample("cifar10_cnn"), request, {});
        VERIFY_OK(outcome);
        QVERIFY(outcome->report.compared > 0);
        QVERIFY(!outcome->report.first);
    }

    void runningLoopIsPausedFromAnotherThread()
    {
        auto session = DebugSession::open(sample("hang"), debugOptions());
        VERIFY_OK(session);
        std::atomic<bool> done = false;
        std::thread other([&] {
            while (!done) {
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
                (*session)->pause();
            }
        });
        auto state = (*session)->go(movement(Goal::Continue));
        done = true;
        other.join();
        VERIFY_OK(state);
        QCOMPARE(state->reason, StopReason::Paused);
        QVERIFY(state->position > 10);
        QCOMPARE(state->stack.size(), std::size_t{2});
        QVERIFY(!(*session)->dead());
        VERIFY_OK((*session)->go(movement(Goal::Step, Direction::Backward)));
    }

    void budgetIsSetAndSeen()
    {
        auto options = debugOptions();
        options.historyBudgetBytes = 1 << 20;
        auto session = DebugSession::open(sample("cifar10_cnn"), options);
        VERIFY_OK(session);
        QCOMPARE((*session)->state().history.budgetBytes, std::int64_t(1) << 20);
        auto state = (*session)->setHistoryBudget(1 << 16);
        VERIFY_OK(state);
        QCOMPARE(state->history.budgetBytes, std::int64_t(1) << 16);
        VERIFY_OK((*session)->go(movement(Goal::Continue)));
        state = (*session)->go(movement(Goal::Step, Direction::Backward));
        VERIFY_OK(state);
        QVERIFY(!state->finished);
    }

    void refusedRequestsLeaveTheSessionAsItWas()
    {
        auto session = DebugSession::open(sample("mlp"), debugOptions());
        VERIFY_OK(session);
        QVERIFY(!(*session)->tensor(ValueId(100000), Recompute::Yes).ok());
        QVERIFY(!(*session)->evaluate("(1 +").ok());
        QVERIFY(!(*session)->assign(valueNamed((*session)->graph(), "y"), "1").ok());
        debug::Breakpoint unknown;
        unknown.node = NodeId(100000);
        QVERIFY(!(*session)->setBreakpoints({unknown}).ok());
        QVERIFY(!(*session)->revive().ok());
        QVERIFY(!(*session)->dead());
        VERIFY_OK((*session)->go(movement(Goal::Continue)));
    }
};

QTEST_GUILESS_MAIN(TestDebugSession)
#include "test_debug_session.moc"
