// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/recover.h"
#include "profiler/session/session.h"
#include "tests/process/trace_checks.h"
#include "trace_db/queries/problems.h"

#include <QProcess>
#include <QTemporaryDir>

#include <csignal>
#include <filesystem>
#include <thread>
#include <unistd.h>

using namespace orrery;
using tests::integrityOf;
using tests::summaryOf;

namespace {

const char* model = ORRERY_SAMPLE_MODEL;

session::SessionOptions faulty()
{
    session::SessionOptions options;
    options.runnerPath = ORRERY_FAULTY_RUNNER;
    return options;
}

// What the node reads that another one computed.
ValueId firstComputedInput(const graph::Graph& graph, NodeId node)
{
    for (ValueId input : graph.node(node).inputs)
        if (input.valid() && graph.value(input).producer.valid())
            return input;
    return {};
}

} // namespace

class TestRunnerFaults : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string trace(const char* name) const { return m_folder.filePath(name).toStdString(); }

    // The name and position of a node in the middle of the graph.
    static graph::Node middleNode(const protocol::Opened& opened, std::size_t& position)
    {
        position = opened.placements.size() / 2;
        return opened.compute.node(opened.placements[position].node);
    }

private slots:
    void cleanup() { unsetenv("ORRERY_TEST_FAULT"); }

    void wholeRunIsRecorded()
    {
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        auto session = session::Session::open(model, options);
        QVERIFY2(session.ok(), session.ok() ? "" : session.error().text().c_str());
        session::RunRequest request;
        request.warmup = 3;
        request.runs = 40;
        request.tracePath = trace("whole.orrery");
        request.outputs = protocol::Outputs::Return;
        auto outcome = (*session)->run(request);
        QVERIFY2(!outcome.error, outcome.error ? outcome.error->text().c_str() : "");
        QCOMPARE(outcome.durationsNs.size(), std::size_t{40});
        QCOMPARE(outcome.outputs.size(), std::size_t{1});
        QCOMPARE(outcome.lostEvents, std::int64_t{0});
        QVERIFY(outcome.recordingOverheadPercent > 0);
        QVERIFY(outcome.memory.arenaBytes > 0);
        QVERIFY(!std::filesystem::exists(session::ringPathOf(request.tracePath)));

        auto summary = summaryOf(request.tracePath);
        QVERIFY(summary.has_value());
        QCOMPARE(summary->run.outcome.state, trace_db::RunState::Finished);
        QCOMPARE(summary->steps, std::size_t{43});
        QCOMPARE(summary->opsPerStep, (*session)->opened().placements.size());
        QVERIFY(summary->everyCompleteStepIsWhole);
        QCOMPARE(summary->opsAfterLastStep, std::size_t{0});
        QCOMPARE(integrityOf(request.tracePath), std::string("ok"));
    }

    void inProcessGivesTheSameOutputs()
    {
        session::RunRequest request;
        request.seed = 7;
        request.outputs = protocol::Outputs::Return;
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        auto separate = session::Session::open(model, options);
        options.form = session::RunnerForm::InProcess;
        auto local = session::Session::open(model, options);
        QVERIFY(separate.ok() && local.ok());
        auto first = (*separate)->run(request);
        auto second = (*local)->run(request);
        QVERIFY(!first.error && !second.error);
        QCOMPARE(first.outputs.size(), second.outputs.size());
        QVERIFY(first.outputs[0].tensor.identicalTo(second.outputs[0].tensor));
    }

    void deathIsReportedWithNode_data()
    {
        QTest::addColumn<QString>("fault");
        QTest::addColumn<int>("signalNumber");
        QTest::addColumn<bool>("record");
        QTest::newRow("SIGSEGV") << "segv" << SIGSEGV << true;
        QTest::newRow("SIGKILL") << "kill" << SIGKILL << true;
        QTest::newRow("SIGABRT") << "abort" << SIGABRT << true;
        QTest::newRow("exit") << "exit" << 0 << true;
        QTest::newRow("SIGSEGV without a trace") << "segv" << SIGSEGV << false;
    }
    void deathIsReportedWithNode()
    {
        QFETCH(QString, fault);
        QFETCH(int, signalNumber);
        QFETCH(bool, record);
        std::size_t position = 0;
        graph::Node node;
        {
            auto probe = session::Session::open(model, faulty());
            QVERIFY2(probe.ok(), probe.ok() ? "" : probe.error().text().c_str());
            node = middleNode((*probe)->opened(), position);
        }
        // In the 20th step, so that 19 are whole.
        setenv("ORRERY_TEST_FAULT", (fault.toStdString() + "@" + node.displayName() + "@20").c_str(), 1);
        auto session = session::Session::open(model, faulty());
        QVERIFY(session.ok());
        session::RunRequest request;
        request.runs = 1000;
        if (record)
            request.tracePath = trace((fault + ".orrery").toUtf8().constData());
        auto outcome = (*session)->run(request);
        QCOMPARE(outcome.state, trace_db::RunState::Crashed);
        QVERIFY(outcome.error.has_value());
        QCOMPARE(outcome.error->code, ErrorCode::RunnerDied);
        QCOMPARE(outcome.signal, signalNumber);
        QCOMPARE(outcome.node, node.id);
        QVERIFY2(outcome.error->text().find(node.opType) != std::string::npos, outcome.error->text().c_str());
        if (signalNumber != 0)
            QVERIFY(outcome.error->text().find("signal " + std::to_string(signalNumber)) !=
                    std::string::npos);
        QCOMPARE((*session)->state(), session::State::Crashed);
        if (!record)
            return;

        QCOMPARE(integrityOf(request.tracePath), std::string("ok"));
        auto summary = summaryOf(request.tracePath);
        QVERIFY(summary.has_value());
        QCOMPARE(summary->run.outcome.state, trace_db::RunState::Crashed);
        QCOMPARE(summary->run.outcome.signal, std::int64_t{signalNumber});
        QCOMPARE(summary->run.outcome.node, node.id.value);
        // Not an event is missing: 19 whole steps, and the ops before the one that failed.
        QCOMPARE(summary->steps, std::size_t{19});
        QVERIFY(summary->everyCompleteStepIsWhole);
        QCOMPARE(summary->opsAfterLastStep, position);
        auto reader = trace_db::TraceReader::open(request.tracePath);
        auto problems = trace_db::problems::run(*reader, {summary->run.run});
        QVERIFY(problems.ok());
        QVERIFY(std::any_of(problems->begin(), problems->end(),
                            [](const auto& row) { return row.code == "runner-died"; }));

        // Killed, as a system short of memory does it: the trace tells what was held.
        if (signalNumber == SIGKILL) {
            const ValueId read = firstComputedInput((*session)->opened().compute, node.id);
            QVERIFY(read.valid());
            auto held = std::find_if(
                outcome.aliveAtFailure.begin(), outcome.aliveAtFailure.end(),
                [&](const auto& row) { return row.value == (*session)->opened().compute.value(read).name; });
            QVERIFY(held != outcome.aliveAtFailure.end());
            QVERIFY(held->bytes > 0);
            QVERIFY2(held->nextReader.find(node.opType) != std::string::npos, held->nextReader.c_str());
        } else {
            QVERIFY(outcome.aliveAtFailure.empty());
        }

        // The session goes on with a new runner.
        unsetenv("ORRERY_TEST_FAULT");
        request.runs = 2;
        auto again = (*session)->run(request);
        QVERIFY2(!again.error, again.error ? again.error->text().c_str() : "");
        QCOMPARE(again.run.value, outcome.run.value + 1);
    }

    void hangingRunnerEndsAtTheTimeLimit()
    {
        auto probe = session::Session::open(model, faulty());
        QVERIFY(probe.ok());
        std::size_t position = 0;
        graph::Node node = middleNode((*probe)->opened(), position);
        setenv("ORRERY_TEST_FAULT", ("hang@" + node.displayName() + "@5").c_str(), 1);
        auto session = session::Session::open(model, faulty());
        QVERIFY(session.ok());
        session::RunRequest request;
        request.runs = 1000;
        request.timeLimitSeconds = 0.5;
        request.tracePath = trace("hang.orrery");
        auto begin = std::chrono::steady_clock::now();
        auto outcome = (*session)->run(request);
        QVERIFY(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
        QVERIFY(outcome.error.has_value());
        QCOMPARE(outcome.error->code, ErrorCode::LimitReached);
        QVERIFY2(outcome.error->text().find(node.opType) != std::string::npos, outcome.error->text().c_str());
        QCOMPARE(integrityOf(request.tracePath), std::string("ok"));
        auto summary = summaryOf(request.tracePath);
        QVERIFY(summary.has_value());
        QCOMPARE(summary->run.outcome.node, node.id.value);
        QCOMPARE(summary->steps, std::size_t{4});
        QCOMPARE(summary->opsAfterLastStep, position);
    }

    void timeLimitStopsBetweenOps()
    {
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        auto session = session::Session::open(model, options);
        QVERIFY(session.ok());
        session::RunRequest request;
        request.runs = 100'000'000;
        request.timeLimitSeconds = 0.3;
        request.tracePath = trace("limit.orrery");
        auto outcome = (*session)->run(request);
        QVERIFY(outcome.error.has_value());
        QCOMPARE(outcome.error->code, ErrorCode::LimitReached);
        QCOMPARE(outcome.state, trace_db::RunState::Interrupted);
        QVERIFY(outcome.durationsNs.size() > 0);
        QCOMPARE((*session)->state(), session::State::Finished);
    }

    void stopKeepsWhatWasRecorded()
    {
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        auto session = session::Session::open(model, options);
        QVERIFY(session.ok());
        session::RunRequest request;
        request.runs = 100'000'000;
        request.tracePath = trace("stop.orrery");
        std::thread stopper([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(400));
            (*session)->stop();
        });
        auto outcome = (*session)->run(request);
        stopper.join();
        QVERIFY(outcome.error.has_value());
        QCOMPARE(outcome.error->code, ErrorCode::Cancelled);
        auto summary = summaryOf(request.tracePath);
        QVERIFY(summary.has_value());
        QCOMPARE(summary->run.outcome.state, trace_db::RunState::Interrupted);
        QCOMPARE(summary->steps, outcome.durationsNs.size());
        QVERIFY(summary->everyCompleteStepIsWhole);
    }

    void pauseHoldsTheRun()
    {
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        auto session = session::Session::open(model, options);
        QVERIFY(session.ok());
        session::RunRequest request;
        request.runs = 100'000'000;
        request.tracePath = trace("pause.orrery");
        std::uint32_t atPause = 0, later = 0;
        bool wasPaused = false;
        std::uint32_t latest = 0;
        std::mutex mutex;
        std::thread user([&] {
            auto steps = [&] {
                std::lock_guard lock(mutex);
                return latest;
            };
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            (*session)->pause();
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
            wasPaused = (*session)->state() == session::State::Paused;
            atPause = steps();
            std::this_thread::sleep_for(std::chrono::milliseconds(400));
            later = steps();
            (*session)->resume();
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            (*session)->stop();
        });
        auto outcome = (*session)->run(request, [&](const session::Progress& progress) {
            std::lock_guard lock(mutex);
            latest = progress.stepsDone;
        });
        user.join();
        QVERIFY(wasPaused);
        QCOMPARE(later, atPause);
        QVERIFY(outcome.durationsNs.size() > atPause);
    }

    void fullRingMakesTheRunnerWait()
    {
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        auto session = session::Session::open(model, options);
        QVERIFY(session.ok());
        session::RunRequest request;
        request.runs = 200;
        request.ringSlots = 64;
        request.tracePath = trace("tiny.orrery");
        auto outcome = (*session)->run(request);
        QVERIFY2(!outcome.error, outcome.error ? outcome.error->text().c_str() : "");
        QCOMPARE(outcome.lostEvents, std::int64_t{0});
        auto summary = summaryOf(request.tracePath);
        QVERIFY(summary.has_value());
        QVERIFY(summary->waits > 0);
        QCOMPARE(summary->steps, std::size_t{200});
        QVERIFY(summary->everyCompleteStepIsWhole);
        QVERIFY(summary->run.waitNs > 0);
    }

    void deadParentsTraceIsRecovered()
    {
        std::string path = trace("parent.orrery");
        QProcess parent;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM);
        parent.setProcessEnvironment(environment);
        parent.start(ORRERY_RECORD_MODEL, {model, QString::fromStdString(path), "100000000"});
        QVERIFY(parent.waitForStarted());
        std::size_t before = 0;
        for (int i = 0; i < 200 && before < 50; ++i) {
            QTest::qWait(50);
            if (auto summary = summaryOf(path))
                before = summary->steps;
        }
        QVERIFY(before >= 50);
        {
            auto early = session::recoverTrace(path);
            QVERIFY(early.ok());
            QCOMPARE(early->what, session::Recovery::StillRecording);
        }
        ::kill(static_cast<pid_t>(parent.processId()), SIGKILL);
        parent.waitForFinished();
        auto recovered = session::recoverTrace(path);
        QVERIFY2(recovered.ok(), recovered.ok() ? "" : recovered.error().text().c_str());
        QCOMPARE(recovered->what, session::Recovery::Recovered);
        QCOMPARE(integrityOf(path), std::string("ok"));
        auto summary = summaryOf(path);
        QVERIFY(summary.has_value());
        QCOMPARE(summary->run.outcome.state, trace_db::RunState::Crashed);
        QVERIFY(summary->steps >= before);
        QVERIFY(summary->everyCompleteStepIsWhole);
        QVERIFY(summary->opsAfterLastStep <= summary->opsPerStep);
        QVERIFY(!std::filesystem::exists(session::ringPathOf(path)));
        auto again = session::recoverTrace(path);
        QVERIFY(again.ok());
        QCOMPARE(again->what, session::Recovery::NothingToDo);
    }

    void badInputsAreRefusedAndLeaveNoTrace()
    {
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        auto session = session::Session::open(model, options);
        QVERIFY(session.ok());
        session::RunRequest request;
        request.inputs = {{"no such input", 0, "/nowhere.npy"}};
        request.tracePath = trace("refused.orrery");
        auto outcome = (*session)->run(request);
        QVERIFY(outcome.error.has_value());
        QCOMPARE(outcome.error->code, ErrorCode::Usage);
        QVERIFY(!std::filesystem::exists(request.tracePath));
        QVERIFY(!std::filesystem::exists(session::ringPathOf(request.tracePath)));
        request.inputs.clear();
        QVERIFY(!(*session)->run(request).error);
    }

    void missingModelIsABadFile()
    {
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        auto session = session::Session::open("/no/such/model.onnx", options);
        QVERIFY(!session.ok());
        QCOMPARE(session.error().code, ErrorCode::BadFile);
        options.runnerPath = "/no/such/runner";
        auto none = session::Session::open(model, options);
        QVERIFY(!none.ok());
    }
};

QTEST_GUILESS_MAIN(TestRunnerFaults)
#include "test_runner_faults.moc"
