// SPDX-License-Identifier: Apache-2.0
//
// The verdict on series of live bytes: every kind, with noise, periods, turns of shapes and too few steps.
#include "profiler/findings/memory_verdict.h"

#include <QTest>

#include <cmath>
#include <functional>
#include <random>

using namespace orrery::findings;

namespace {

// Live bytes at the end of each step, from what each step adds.
MemorySeries seriesOf(std::size_t steps, const std::function<double(std::size_t)>& added,
                      std::optional<std::int64_t> closedBytes = {})
{
    MemorySeries series;
    double live = 0;
    for (std::size_t i = 0; i < steps; ++i)
        series.liveBytes.push_back(std::llround(live += added(i)));
    series.closedBytes = closedBytes ? closedBytes : series.liveBytes.back();
    return series;
}

MemoryJudgement judged(const MemorySeries& series, std::uint32_t shapes = 1)
{
    std::vector<std::uint32_t> sets;
    for (std::size_t i = 0; i < series.liveBytes.size(); ++i)
        sets.push_back(static_cast<std::uint32_t>(i) % shapes);
    return judge(series, sets);
}

#define COMPARE_VERDICT(judgement, expected)                                                                 \
    QCOMPARE(std::string(name((judgement).verdict)), std::string(name(MemoryVerdict::expected)))

} // namespace

class TestMemoryVerdict : public QObject {
    Q_OBJECT

private slots:
    void whatStaysEqualIsSteady()
    {
        COMPARE_VERDICT(judged(seriesOf(100, [](auto) { return 0.0; })), Steady);
        auto given = judged(seriesOf(
            100, [](auto i) { return i == 0 ? 1e6 : 0; }, 0));
        COMPARE_VERDICT(given, Steady);
        QVERIFY(given.firm);
    }

    void everyStepKeepsABlock()
    {
        auto j = judged(seriesOf(64, [](auto) { return 4096; }));
        COMPARE_VERDICT(j, Leak);
        QCOMPARE(j.rate.bytes, 4096.0);
        QCOMPARE(j.rate.least, 4096.0);
        QCOMPARE(j.rate.most, 4096.0);
        QCOMPARE(j.period, 1U);
        QCOMPARE(j.periods, 64U);
        QCOMPARE(j.firstStep, 0U);
        QVERIFY(j.firm);
    }

    void aFewBytesAreALeakToo()
    {
        auto j = judged(seriesOf(64, [](auto) { return 16; }));
        COMPARE_VERDICT(j, Leak);
        QCOMPARE(j.rate.bytes, 16.0);
        // … but not when they only came once in a while and stay far apart.
        COMPARE_VERDICT(judged(seriesOf(
                            64, [](auto i) { return i == 0    ? 1e6
                                                    : i == 40 ? 1
                                                              : 0; }, 0)),
                        Steady);
    }

    void everySecondStepKeepsABlock()
    {
        auto j = judged(seriesOf(101, [](auto i) { return i % 2 == 1 ? 4096 : 0; }));
        COMPARE_VERDICT(j, Leak);
        QCOMPARE(j.period, 2U);
        QCOMPARE(j.rate.bytes, 2048.0);
        QCOMPARE(j.firstStep, 1U);
        QCOMPARE(j.periods, 50U);
    }

    void aLongPeriodIsFound()
    {
        auto j = judged(seriesOf(203, [](auto i) { return i % 7 == 3 ? 1000 : i % 7 == 5 ? 400 : 0; }));
        COMPARE_VERDICT(j, Leak);
        QCOMPARE(j.period, 7U);
        QCOMPARE(j.rate.bytes, 200.0);
    }

    void warmUpAheadOfALeakIsKeptApart()
    {
        auto j = judged(seriesOf(80, [](auto i) { return i < 10 ? 100'000 : 512; }));
        COMPARE_VERDICT(j, Leak);
        QCOMPARE(j.rate.bytes, 512.0);
        QCOMPARE(j.firstStep, 10U);
    }

    void aLeakMayBeginLate()
    {
        auto j = judged(seriesOf(200, [](auto i) { return i < 140 ? 0 : 4096; }));
        COMPARE_VERDICT(j, Leak);
        QCOMPARE(j.firstStep, 140U);
        QCOMPARE(j.rate.bytes, 4096.0);
    }

    void whatStopsGrowingIsWarmUp()
    {
        auto j = judged(seriesOf(60, [](auto i) { return i < 12 ? 8192 : 0; }));
        COMPARE_VERDICT(j, WarmUp);
        QCOMPARE(j.lastStep, 11U);
        QCOMPARE(j.heldBytes, 12 * 8192);
        QVERIFY(j.firm);
        COMPARE_VERDICT(judged(seriesOf(20, [](auto i) { return i < 12 ? 8192 : 0; })), WarmUp);
        auto early = judged(seriesOf(14, [](auto i) { return i < 12 ? 8192 : 0; }));
        COMPARE_VERDICT(early, NotEnoughData);
        QVERIFY(!early.firm);
    }

    void whatIsTakenOnceAndOutlivesTheCloseIsRetained()
    {
        auto taken = [](std::size_t i) { return i == 0 ? 262144.0 : 0.0; };
        COMPARE_VERDICT(judged(seriesOf(40, taken)), Retained);
        COMPARE_VERDICT(judged(seriesOf(40, taken, 0)), Steady);
        auto unknown = seriesOf(40, taken);
        unknown.closedBytes.reset(); // the run crashed
        COMPARE_VERDICT(judged(unknown), Steady);
        auto few = seriesOf(40, [](std::size_t i) { return i == 0 ? 64.0 : 0.0; });
        COMPARE_VERDICT(judged(few), Steady);
    }

    void whatComesAndGoesIsSteady()
    {
        auto series = seriesOf(40, [](auto i) { return i < 16 ? 1048 : 0; });
        COMPARE_VERDICT(judged(series), WarmUp);
        series.recycled = true;
        COMPARE_VERDICT(judged(series), Steady);
    }

    void growthThatTheCloseGivesBackIsRetained()
    {
        auto j = judged(seriesOf(
            64, [](auto) { return 4096; }, 0));
        COMPARE_VERDICT(j, Retained);
        QCOMPARE(j.rate.bytes, 4096.0);
    }

    void growthAtNewShapesAloneIsACache()
    {
        auto j = judged(seriesOf(60, [](auto i) { return i < 4 ? 262144 : 0; }), 4);
        COMPARE_VERDICT(j, ShapeCache);
        QCOMPARE(j.lastStep, 3U);
        // The same growth with equal shapes is a warm-up or there from the beginning on.
        COMPARE_VERDICT(judged(seriesOf(60, [](auto i) { return i < 4 ? 262144 : 0; }), 1), WarmUp);
    }

    void newShapesThatComeLateAreACacheStill()
    {
        std::vector<std::uint32_t> sets;
        for (std::uint32_t i = 0; i < 60; ++i)
            sets.push_back(i / 5);
        auto series = seriesOf(60, [](auto i) { return i % 5 == 0 ? 1000 : 0; });
        COMPARE_VERDICT(judge(series, sets), ShapeCache);
        // Without a shape that comes again, a leak and a cache look the same.
        for (std::uint32_t i = 0; i < 60; ++i)
            sets[i] = i;
        auto each = judge(seriesOf(60, [](auto) { return 1000; }), sets);
        COMPARE_VERDICT(each, NotEnoughData);
        QVERIFY(each.everyShapeNew);
    }

    void aLeakInABranchThatOneShapeTakesIsALeak()
    {
        auto j = judged(seriesOf(90, [](auto i) { return i % 3 == 2 ? 4096 : 0; }), 3);
        COMPARE_VERDICT(j, Leak);
        QCOMPARE(j.period, 3U);
        QCOMPARE(j.firstStep, 2U);
        QVERIFY(std::abs(j.rate.bytes - 4096 / 3.0) < 0.01);
    }

    void twoLeaksAtOnceAddUp()
    {
        auto j =
            judged(seriesOf(120, [](auto i) { return (i % 2 == 0 ? 100 : 0) + (i % 3 == 0 ? 600 : 0); }));
        COMPARE_VERDICT(j, Leak);
        QCOMPARE(j.period, 6U);
        QCOMPARE(j.rate.bytes, 250.0);
    }

    void aLeakUnderNoiseIsFoundWithItsInterval()
    {
        std::mt19937 random(7);
        std::normal_distribution<double> noise(0, 3000);
        MemorySeries series;
        for (int i = 0; i < 200; ++i)
            series.liveBytes.push_back(1'000'000 + 1000LL * i + std::llround(noise(random)));
        series.closedBytes = series.liveBytes.back();
        auto j = judged(series);
        COMPARE_VERDICT(j, Leak);
        QVERIFY2(std::abs(j.rate.bytes - 1000) < 50, std::to_string(j.rate.bytes).c_str());
        QVERIFY(j.rate.least < 1000 && j.rate.most > 1000 && j.rate.least > 0);
    }

    void noiseWithoutATrendIsSteady()
    {
        int leaks = 0;
        for (unsigned seed = 0; seed < 200; ++seed) {
            std::mt19937 random(seed);
            std::uniform_int_distribution<std::int64_t> noise(0, 100'000);
            MemorySeries series;
            for (int i = 0; i < 120; ++i)
                series.liveBytes.push_back(1'000'000 + noise(random));
            series.closedBytes = 0;
            MemoryVerdict verdict = judged(series).verdict;
            leaks += verdict == MemoryVerdict::Leak || verdict == MemoryVerdict::Retained ? 1 : 0;
        }
        QCOMPARE(leaks, 0);
    }

    void fewStepsCarryNoVerdict()
    {
        for (std::size_t steps : {2U, 5U, 7U, 12U, 15U}) {
            auto j = judged(seriesOf(steps, [](auto) { return 4096; }));
            COMPARE_VERDICT(j, NotEnoughData);
            QVERIFY(!j.firm);
        }
        COMPARE_VERDICT(judged(seriesOf(1, [](auto) { return 4096; })), Steady);
        COMPARE_VERDICT(judge({}, {}), Steady);
    }

    void twoPeriodsAreNotThree()
    {
        // 45 steps hold two periods of 20 and a bit.
        COMPARE_VERDICT(judged(seriesOf(
                            45, [](auto i) { return i % 20 == 19 ? 4096 : 0; }, 0)),
                        NotEnoughData);
        COMPARE_VERDICT(judged(seriesOf(85, [](auto i) { return i % 20 == 19 ? 4096 : 0; })), Leak);
    }

    void theAllocatorHoldsMoreAndMore()
    {
        std::vector<std::int64_t> held, live, flat;
        for (std::int64_t i = 0; i < 100; ++i) {
            held.push_back(2'000'000 + i * 100'000);
            live.push_back(1'000'000);
            flat.push_back(2'000'000 + std::min<std::int64_t>(i, 20) * 100'000);
        }
        auto growing = judgeSlack(held, live);
        COMPARE_VERDICT(growing, ArenaSlack);
        QCOMPARE(growing.rate.bytes, 100'000.0);
        auto stopped = judgeSlack(flat, live);
        COMPARE_VERDICT(stopped, ArenaSlack);
        QCOMPARE(stopped.rate.bytes, 0.0);
        QCOMPARE(stopped.lastStep, 20U);
        QCOMPARE(stopped.slackBytes, 2'000'000);
        COMPARE_VERDICT(judgeSlack(live, live), Steady);
        COMPARE_VERDICT(judgeSlack(held, held), Steady); // a leak is no slack
    }

    void aValueGrowsInALoop()
    {
        std::vector<std::int64_t> bytes;
        for (std::int64_t i = 2; i < 42; ++i)
            bytes.push_back(i * 4096);
        auto j = judgeRounds(bytes);
        COMPARE_VERDICT(j, Growth);
        QCOMPARE(j.rate.bytes, 4096.0);
        COMPARE_VERDICT(judgeRounds(std::vector<std::int64_t>(40, 4096)), Steady);
        COMPARE_VERDICT(judgeRounds(std::vector<std::int64_t>{1, 2, 3}), Steady);
    }

    void theSlopeWithstandsOutliers()
    {
        std::vector<double> x, y;
        for (int i = 0; i < 30; ++i) {
            x.push_back(i);
            y.push_back(i % 10 == 0 ? 1e9 : 5.0 * i);
        }
        Rate rate = slopeOf(x, y);
        QVERIFY(rate.bytes > 4.9 && rate.bytes < 5.1);
    }
};

QTEST_GUILESS_MAIN(TestMemoryVerdict)
#include "test_memory_verdict.moc"
