// SPDX-License-Identifier: Apache-2.0
#include "engine/exec/thread_pool.h"

#include <QtTest>

#include <atomic>
#include <mutex>
#include <set>

using orrery::exec::ThreadPool;

class TestThreadPool : public QObject {
    Q_OBJECT
private slots:
    void everyIndexIsVisitedOnce_data()
    {
        QTest::addColumn<int>("threads");
        for (int threads : {1, 2, 5})
            QTest::addRow("%d threads", threads) << threads;
    }

    void everyIndexIsVisitedOnce()
    {
        QFETCH(int, threads);
        ThreadPool pool(threads);
        for (std::int64_t count : {0, 1, 7, 1000, 4097}) {
            std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
            for (int repeat = 0; repeat < 200; ++repeat)
                pool.parallelFor(count, 3, [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t i = begin; i < end; ++i)
                        ++visits[static_cast<std::size_t>(i)];
                });
            for (auto& visit : visits)
                QCOMPARE(visit.load(), 200);
        }
    }

    void theCutDependsOnCountGrainAndThreadsAlone()
    {
        ThreadPool pool(2);
        auto cut = [&] {
            std::mutex mutex;
            std::set<std::pair<std::int64_t, std::int64_t>> pieces;
            pool.parallelFor(1001, 10, [&](std::int64_t begin, std::int64_t end) {
                std::lock_guard lock(mutex);
                pieces.emplace(begin, end);
            });
            return pieces;
        };
        auto first = cut();
        QCOMPARE(first.size(), std::size_t(2));
        for (int i = 0; i < 100; ++i)
            QVERIFY(cut() == first);
    }

    void aNestedCallRunsOnItsOwnThread()
    {
        ThreadPool pool(2);
        std::atomic<int> total{0};
        pool.parallelFor(4, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                pool.parallelFor(10, 1,
                                 [&](std::int64_t b, std::int64_t e) { total += static_cast<int>(e - b); });
        });
        QCOMPARE(total.load(), 40);
    }
};

QTEST_GUILESS_MAIN(TestThreadPool)
#include "test_thread_pool.moc"
