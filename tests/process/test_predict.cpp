// SPDX-License-Identifier: Apache-2.0
//
// Predictions through a session: what is answered, and what becomes of one that is stopped, takes too long or
// loses its runner.
#include "profiler/session/session.h"

#include <QDir>
#include <QFile>
#include <QtTest>

#include <csignal>
#include <thread>

using namespace orrery;

namespace {

const char* model = ORRERY_SAMPLE_MODEL;

std::unique_ptr<session::Session> opened()
{
    session::SessionOptions options;
    options.runnerPath = ORRERY_RUNNER_PROGRAM;
    auto session = session::Session::open(model, options);
    if (!session.ok())
        qFatal("%s", session.error().text().c_str());
    return session.releaseValue();
}

protocol::Predict question(std::vector<plan::DimValues> points)
{
    protocol::Predict question;
    question.points = std::move(points);
    return question;
}

std::string inputDim(const session::Session& session, int dim)
{
    const protocol::Opened& opened = session.opened();
    return opened.compute.value(opened.root.inputs.front()).name + ":" + std::to_string(dim);
}

// Each point has the model read and compiled anew: far more work than any of these tests waits for.
protocol::Predict longQuestion(const session::Session& session)
{
    protocol::Predict asked;
    for (std::size_t i = 0; i < protocol::mostPredictedPoints; ++i)
        asked.points.push_back({{inputDim(session, 2), 40 + std::int64_t(i)}});
    return asked;
}

// Processes that this one started.
std::vector<pid_t> runnerPids()
{
    std::vector<pid_t> pids;
    for (const QString& task : QDir("/proc/self/task").entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile file("/proc/self/task/" + task + "/children");
        if (file.open(QIODevice::ReadOnly))
            for (const QByteArray& pid : file.readAll().simplified().split(' '))
                if (pid.toInt() > 0)
                    pids.push_back(pid.toInt());
    }
    return pids;
}

void answersAgain(session::Session& session)
{
    auto again = session.predict(question({{}}));
    QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
    QVERIFY(again->points.front().peak.liveBytes > 0);
}

} // namespace

class TestPredict : public QObject {
    Q_OBJECT
private slots:
    void aPointThatCannotBeToldLeavesTheOthers()
    {
        auto session = opened();
        protocol::Predict asked = question({{}, {{"no such dim", 2}}, {}});
        asked.threads = 2;
        auto predicted = session->predict(asked);
        QVERIFY2(predicted.ok(), predicted.ok() ? "" : predicted.error().text().c_str());
        QCOMPARE(predicted->points.size(), std::size_t(3));
        QVERIFY(predicted->points[1].error.has_value());
        QCOMPARE(predicted->points[1].error->code, ErrorCode::Usage);
        for (std::size_t i : {std::size_t(0), std::size_t(2)}) {
            QVERIFY(!predicted->points[i].error);
            QVERIFY(session->opened().compute.contains(predicted->points[i].peak.node));
        }
        session::RunRequest request;
        request.threads = 2;
        request.shapeSets = {predicted->points[0].inputShapes};
        const auto outcome = session->run(request);
        QVERIFY2(!outcome.error, outcome.error ? outcome.error->text().c_str() : "");
        QCOMPARE(predicted->points[0].peak.liveBytes, outcome.memory.peakLiveBytes);
    }

    void moreThanCanBeAskedAtOnceIsRefused()
    {
        auto session = opened();
        protocol::Predict asked;
        asked.points.resize(protocol::mostPredictedPoints + 1);
        auto predicted = session->predict(asked);
        QVERIFY(!predicted.ok());
        QCOMPARE(predicted.error().code, ErrorCode::Usage);
        answersAgain(*session);
    }

    void aStopEndsIt()
    {
        auto session = opened();
        std::thread stopper([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            session->stop();
        });
        auto predicted = session->predict(longQuestion(*session));
        stopper.join();
        QVERIFY(!predicted.ok());
        QCOMPARE(predicted.error().code, ErrorCode::Cancelled);
        answersAgain(*session);
    }

    void theTimeLimitEndsIt()
    {
        auto session = opened();
        auto predicted = session->predict(longQuestion(*session), 0.1);
        QVERIFY(!predicted.ok());
        QCOMPARE(predicted.error().code, ErrorCode::LimitReached);
        answersAgain(*session);
    }

    void aRunnerThatDiesIsToldAndReplaced()
    {
        auto session = opened();
        std::thread killer([] {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            for (pid_t pid : runnerPids())
                kill(pid, SIGKILL);
        });
        auto predicted = session->predict(longQuestion(*session));
        killer.join();
        QVERIFY(!predicted.ok());
        QCOMPARE(predicted.error().code, ErrorCode::RunnerDied);
        QCOMPARE(session->state(), session::State::Crashed);
        answersAgain(*session);
    }

    // A runner that does not even answer a stop is ended.
    void aRunnerThatHangsIsEnded()
    {
        auto session = opened();
        const std::vector<pid_t> runners = runnerPids();
        QVERIFY(!runners.empty());
        for (pid_t pid : runners)
            kill(pid, SIGSTOP);
        auto predicted = session->predict(question({{}}), 0.1);
        QVERIFY(!predicted.ok());
        QCOMPARE(predicted.error().code, ErrorCode::LimitReached);
        answersAgain(*session);
    }
};

QTEST_GUILESS_MAIN(TestPredict)
#include "test_predict.moc"
