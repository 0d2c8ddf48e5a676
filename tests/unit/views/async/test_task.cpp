// SPDX-License-Identifier: Apache-2.0
//
// That the newest job wins, older ones are told to stop and never report, and nothing outlives its Task.
#include "views/async/task.h"

#include <QCoreApplication>
#include <QTest>

#include <atomic>
#include <memory>
#include <optional>

using orrery::async::Task;

class TestTask : public QObject {
    Q_OBJECT

private slots:
    void resultArrivesOnTheSubmittingThread()
    {
        Task task;
        int result = 0;
        std::thread::id worker, receiver;
        QVERIFY(!task.busy());
        task.submit(
            [&](std::stop_token) {
                worker = std::this_thread::get_id();
                return 42;
            },
            [&](int value) {
                receiver = std::this_thread::get_id();
                result = value;
            });
        QVERIFY(task.busy());
        QTRY_COMPARE(result, 42);
        QVERIFY(!task.busy());
        QVERIFY(worker != std::this_thread::get_id());
        QVERIFY(receiver == std::this_thread::get_id());
    }

    void newestWins()
    {
        Task task;
        std::vector<int> done;
        std::atomic<int> stopped = 0;
        for (int i = 0; i < 20; ++i)
            task.submit(
                [&stopped, i](std::stop_token stop) {
                    while (i < 19 && !stop.stop_requested())
                        std::this_thread::yield();
                    stopped += stop.stop_requested();
                    return i;
                },
                [&done](int value) { done.push_back(value); });
        QTRY_COMPARE(done, std::vector<int>{19});
        QTest::qWait(20);
        QCOMPARE(done, std::vector<int>{19});
        QVERIFY(stopped <= 19);
    }

    void aResultThatIsOvertakenInTheQueueIsDropped()
    {
        Task task;
        std::vector<int> done;
        std::atomic<bool> finished = false;
        task.submit(
            [&](std::stop_token) {
                finished = true;
                return 1;
            },
            [&](int value) { done.push_back(value); });
        while (!finished)
            std::this_thread::yield();
        task.submit([](std::stop_token) { return 2; }, [&](int value) { done.push_back(value); });
        QTRY_COMPARE(done, std::vector<int>{2});
    }

    void cancelledJobsDoNotReport()
    {
        Task task;
        bool called = false;
        task.submit([](std::stop_token) { return 1; }, [&](int) { called = true; });
        task.cancel();
        QVERIFY(!task.busy());
        QTest::qWait(30);
        QVERIFY(!called);
        int result = 0;
        task.submit([](std::stop_token) { return 5; }, [&](int value) { result = value; });
        QTRY_COMPARE(result, 5);
    }

    void destructionStopsTheJobAndSilencesIt()
    {
        bool called = false;
        std::atomic<bool> started = false, sawStop = false;
        {
            Task task;
            task.submit(
                [&](std::stop_token stop) {
                    started = true;
                    while (!stop.stop_requested())
                        std::this_thread::yield();
                    sawStop = true;
                    return 1;
                },
                [&](int) { called = true; });
            while (!started)
                std::this_thread::yield();
        }
        QVERIFY(sawStop);
        QTest::qWait(20);
        QVERIFY(!called);
    }

    void resultsMayBeMoveOnly()
    {
        Task task;
        int result = 0;
        task.submit([](std::stop_token) { return std::make_unique<int>(7); },
                    [&](std::unique_ptr<int> value) { result = *value; });
        QTRY_COMPARE(result, 7);
    }
};

QTEST_GUILESS_MAIN(TestTask)
#include "test_task.moc"
