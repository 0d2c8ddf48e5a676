// SPDX-License-Identifier: Apache-2.0
//
// Debugging sessions whose runner crashes, hangs, is killed, runs out of memory or talks nonsense.
#include "tests/unit/profiler/session/debug_session_fixture.h"

#include <QTemporaryDir>

#include <atomic>
#include <csignal>
#include <fstream>
#include <sys/stat.h>
#include <thread>

using namespace orrery;
using namespace orrery::tests;
using debug::Direction;
using debug::Goal;
using session::DebugSession;
using session::Recompute;

namespace {

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

} // namespace

class TestDebugFaults : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private slots:
    void crashIsNamedAndTheSessionComesBackJustBeforeIt()
    {
        auto session = DebugSession::open(sample("custom_ops/crash"), debugOptions({"crash"}));
        VERIFY_OK(session);
        const graph::Graph& graph = (*session)->graph();
        NodeId faulty = nodeNamed(graph, "faulty");
        ValueId r = valueNamed(graph, "r");
        VERIFY_OK((*session)->go(toNode(faulty)));
        VERIFY_OK((*session)->assign(r, "r * 0 + 7"));
        QCOMPARE((*session)->state().branches.size(), std::size_t{2});
        debug::Breakpoint mine;
        mine.target = debug::BreakpointTarget::OpType;
        mine.text = "Neg";
        VERIFY_OK((*session)->setBreakpoints({mine}));

        auto crashed = (*session)->go(movement(Goal::Continue));
        QVERIFY(!crashed.ok());
        QCOMPARE(crashed.error().code, ErrorCode::RunnerDied);
        QVERIFY2(contains(crashed.error().text(), "signal 6 in Crash \"faulty\""),
                 crashed.error().text().c_str());
        QVERIFY((*session)->dead());
        QCOMPARE((*session)->runningNode(), faulty);
        QCOMPARE((*session)->state().next, faulty); // the last that was known
        auto again = (*session)->go(movement(Goal::Step));
        QVERIFY(!again.ok());
        QCOMPARE(again.error().code, ErrorCode::RunnerDied);

        for (int i = 0; i < 2; ++i) {
            auto revived = (*session)->revive();
            VERIFY_OK(revived);
            QVERIFY(!(*session)->dead());
            QCOMPARE(revived->next, faulty);
            QCOMPARE(revived->branches.size(), std::size_t{2});
            QCOMPARE(revived->branch, BranchId(1));
            QCOMPARE((*session)->breakpoints().size(), std::size_t{1});
            auto set = (*session)->tensor(r, Recompute::No);
            VERIFY_OK(set);
            for (float value : set->tensor.span<float>())
                QCOMPARE(value, 7.0f);
            QVERIFY(!(*session)->go(movement(Goal::Continue)).ok());
            QVERIFY((*session)->dead());
        }
    }

    void crashOnTheWayLeadsBackToTheNodeThatCrashed()
    {
        auto session = DebugSession::open(sample("custom_ops/crash"), debugOptions({"crash"}));
        VERIFY_OK(session);
        NodeId faulty = nodeNamed((*session)->graph(), "faulty");
        QVERIFY(!(*session)->go(movement(Goal::Continue)).ok()); // from the start
        auto revived = (*session)->revive();
        VERIFY_OK(revived);
        QCOMPARE(revived->next, faulty);
        // Bypassed, the run goes on behind it.
        VERIFY_OK((*session)->apply(debug::Bypass{faulty}));
        auto state = (*session)->go(movement(Goal::Continue));
        VERIFY_OK(state);
        QVERIFY(state->finished);
    }

    void errorOfANodeLeavesTheRunnerAlive()
    {
        auto session = DebugSession::open(sample("custom_ops/fails"), debugOptions({"fails"}));
        VERIFY_OK(session);
        auto state = (*session)->go(movement(Goal::Continue));
        VERIFY_OK(state);
        QCOMPARE(state->reason, debug::StopReason::Failed);
        QCOMPARE(state->next, nodeNamed((*session)->graph(), "faulty"));
        QVERIFY(state->error && contains(state->error->text(), "the table of coefficients is empty"));
        QVERIFY(!(*session)->dead());
        VERIFY_OK((*session)->tensor(valueNamed((*session)->graph(), "r"), Recompute::No));
        VERIFY_OK((*session)->go(movement(Goal::Step, Direction::Backward)));
    }

    void hangingNodeIsKilledFromAnotherThread()
    {
        auto session = DebugSession::open(sample("custom_ops/hang"), debugOptions({"hang"}));
        VERIFY_OK(session);
        NodeId faulty = nodeNamed((*session)->graph(), "faulty");
        std::atomic<bool> done = false;
        std::thread other([&] {
            while (!done) {
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
                if ((*session)->runningNode() == faulty) {
                    (*session)->pause(); // does nothing to a kernel that does not come back
                    (*session)->kill();
                }
            }
        });
        auto ended = (*session)->go(movement(Goal::Continue));
        done = true;
        other.join();
        QVERIFY(!ended.ok());
        QCOMPARE(ended.error().code, ErrorCode::RunnerDied);
        QVERIFY2(contains(ended.error().text(), "Hang \"faulty\""), ended.error().text().c_str());
        QVERIFY((*session)->dead());
        auto revived = (*session)->revive();
        VERIFY_OK(revived);
        QCOMPARE(revived->next, faulty);
    }

    void timeLimitEndsACallAndNamesTheNode()
    {
        auto options = debugOptions({"hang"});
        options.timeLimitSeconds = 0.3;
        auto session = DebugSession::open(sample("custom_ops/hang"), options);
        VERIFY_OK(session);
        auto ended = (*session)->go(movement(Goal::Continue));
        QVERIFY(!ended.ok());
        QCOMPARE(ended.error().code, ErrorCode::LimitReached);
        QVERIFY2(contains(ended.error().text(), "0.3 s"), ended.error().text().c_str());
        QVERIFY2(contains(ended.error().text(), "Hang \"faulty\""), ended.error().text().c_str());
        VERIFY_OK((*session)->revive());
    }

    void runnerKilledFromOutsideComesBackWhereItWas()
    {
        auto session = DebugSession::open(sample("cifar10_cnn"), debugOptions());
        VERIFY_OK(session);
        debug::Movement five = movement(Goal::Step);
        five.count = 5;
        auto before = (*session)->go(five);
        VERIFY_OK(before);
        QCOMPARE(::kill(static_cast<pid_t>((*session)->runner().pid), SIGKILL), 0);
        auto dead = (*session)->go(movement(Goal::Step));
        QVERIFY(!dead.ok());
        QCOMPARE(dead.error().code, ErrorCode::RunnerDied);
        QVERIFY2(contains(dead.error().text(), "signal 9"), dead.error().text().c_str());
        auto revived = (*session)->revive();
        VERIFY_OK(revived);
        QCOMPARE(revived->position, before->position);
        QCOMPARE(revived->next, before->next);
    }

    void memoryLimitIsAnErrorOfTheNode()
    {
        auto options = debugOptions();
        options.session.inputShapes = {{"x", {200'000, 16}}};
        options.memoryLimitBytes = 20 << 20;
        auto session = DebugSession::open(sample("mlp"), options);
        VERIFY_OK(session);
        auto state = (*session)->go(movement(Goal::Continue));
        VERIFY_OK(state);
        QCOMPARE(state->reason, debug::StopReason::Failed);
        QVERIFY(state->error.has_value());
        QCOMPARE(state->error->code, ErrorCode::LimitReached);
        QVERIFY2(contains(state->error->text(), "hidden"), state->error->text().c_str());
        QVERIFY(!(*session)->dead());
    }

    void modelsThatCannotBeOpenedAreRefused_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* name : {"cycle", "missing_input", "unknown_op", "no_such_model"})
            QTest::newRow(name) << name;
    }
    void modelsThatCannotBeOpenedAreRefused()
    {
        QFETCH(QString, model);
        auto session = DebugSession::open(sample(model.toStdString()), debugOptions());
        QVERIFY(!session.ok());
        QVERIFY(session.error().code == ErrorCode::BadFile || session.error().code == ErrorCode::BadModel ||
                session.error().code == ErrorCode::Unsupported);
    }

    void nonsenseFromARunnerIsRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("text") << QByteArray("hello, this is no runner at all");
        QTest::newRow("a length of 4 GiB") << QByteArray("\\377\\377\\377\\377");
        QTest::newRow("an unknown message") << QByteArray("\\005\\000\\000\\000\\377\\001\\002\\003\\004");
        QTest::newRow("a state without a session") << QByteArray("\\002\\000\\000\\000\\007\\000");
    }
    void nonsenseFromARunnerIsRefused()
    {
        QFETCH(QByteArray, bytes);
        std::string script = m_folder.filePath("runner.sh").toStdString();
        {
            std::ofstream file(script);
            file << "#!/bin/sh\nprintf '" << bytes.toStdString() << "' >&3\nexit 0\n";
        }
        QCOMPARE(::chmod(script.c_str(), 0700), 0);
        auto options = debugOptions();
        options.session.runnerPath = script;
        options.session.openTimeLimitSeconds = 5;
        auto session = DebugSession::open(sample("mlp"), options);
        QVERIFY(!session.ok());
        QVERIFY(!session.error().message.empty());
    }
};

QTEST_GUILESS_MAIN(TestDebugFaults)
#include "test_debug_faults.moc"
