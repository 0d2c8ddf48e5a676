// SPDX-License-Identifier: Apache-2.0
#include "views/timeline/time_axis.h"

#include <QtTest>

#include <cmath>
#include <limits>
#include <random>

using orrery::timeline::TimeAxis;
using orrery::timeline::TimeRange;

namespace {

constexpr std::int64_t clockBase = 8'123'456'789'012'345; // a monotonic clock after months

TimeAxis axisOf(std::int64_t lengthNs, double width = 1000)
{
    TimeAxis axis;
    axis.setWidth(width);
    axis.setBounds({clockBase, clockBase + lengthNs});
    axis.showAll();
    return axis;
}

} // namespace

class TestTimeAxis : public QObject {
    Q_OBJECT

private slots:
    void showsTheWholeRunFromEdgeToEdge();
    void allIsAllWhateverTheLengthAndWidth();
    void mapsThereAndBackToTheNanosecond();
    void zoomKeepsTheTimeUnderTheCursor();
    void neverLeavesTheRunNorZoomsBeyondTheClock();
    void revealsWhatIsOutOfSightAndLeavesAloneWhatIsSeen();
    void ticksAreRoundNumbersThatDoNotCollide();
    void textTellsNeighbouringPixelsApart();
    void survivesAnyClock();
};

void TestTimeAxis::showsTheWholeRunFromEdgeToEdge()
{
    const TimeAxis axis = axisOf(5'000'000);
    QCOMPARE(axis.xOf(clockBase), 0.0);
    QCOMPARE(axis.xOf(clockBase + 5'000'000), 1000.0);
    QVERIFY(axis.showsAll());
}

void TestTimeAxis::allIsAllWhateverTheLengthAndWidth()
{
    std::mt19937_64 numbers(1);
    for (int i = 0; i < 20'000; ++i) {
        const auto length = std::int64_t(1'000 + numbers() % 100'000'000'000),
                   width = std::int64_t(1 + numbers() % 4'000);
        TimeAxis axis = axisOf(length, double(width));
        QVERIFY2(axis.showsAll(), qPrintable(QString("%1 ns in %2 px").arg(length).arg(width)));
        axis.setBounds({clockBase, clockBase + 2 * length}); // a run that goes on is followed
        QVERIFY(axis.showsAll());
    }
}

void TestTimeAxis::mapsThereAndBackToTheNanosecond()
{
    TimeAxis axis = axisOf(285'000'000'000);
    axis.show({clockBase + 200'000'000'000, clockBase + 200'000'000'500});
    for (std::int64_t ns = 200'000'000'000; ns < 200'000'000'500; ++ns)
        QCOMPARE(axis.timeAt(axis.xOf(clockBase + ns)), clockBase + ns);
}

void TestTimeAxis::zoomKeepsTheTimeUnderTheCursor()
{
    TimeAxis axis = axisOf(1'000'000'000);
    const std::int64_t under = axis.timeAt(300);
    for (int i = 0; i < 30; ++i) {
        axis.zoomAbout(300, 1.5);
        QVERIFY(std::abs(axis.xOf(under) - 300) <= 0.5 / axis.nsPerPixel() + 1e-3);
    }
}

void TestTimeAxis::neverLeavesTheRunNorZoomsBeyondTheClock()
{
    std::mt19937 random(5);
    TimeAxis axis = axisOf(1'000'000);
    for (int i = 0; i < 5000; ++i) {
        switch (random() % 4) {
        case 0:
            axis.zoomAbout(double(random() % 1000), 0.2 + double(random() % 100) / 20);
            break;
        case 1:
            axis.panBy(double(random() % 100000) - 50000);
            break;
        case 2:
            axis.setWidth(50 + double(random() % 3000));
            break;
        default:
            axis.show({clockBase + std::int64_t(random() % 2'000'000) - 500'000,
                       clockBase + std::int64_t(random() % 2'000'000)});
        }
        const double seen = axis.nsPerPixel() * axis.width();
        QVERIFY(seen >= TimeAxis::leastSpanNs * (1 - 1e-9));
        QVERIFY(seen <= 1'100'000 * (1 + 1e-9));
        QVERIFY(axis.xOf(clockBase) <= axis.width() * 0.1001 + 1e-6);
        QVERIFY(axis.xOf(clockBase + 1'000'000) >= axis.width() * 0.8999 - 1e-6);
    }
}

void TestTimeAxis::revealsWhatIsOutOfSightAndLeavesAloneWhatIsSeen()
{
    TimeAxis axis = axisOf(1'000'000);
    axis.show({clockBase + 100'000, clockBase + 200'000});
    const TimeAxis before = axis;
    axis.reveal({clockBase + 120'000, clockBase + 130'000});
    QCOMPARE(axis, before);
    axis.reveal({clockBase + 700'000, clockBase + 710'000});
    QCOMPARE(axis.nsPerPixel(), before.nsPerPixel());
    QVERIFY(std::abs(axis.xOf(clockBase + 705'000) - 500) < 1);
    axis.reveal({clockBase + 300'000, clockBase + 900'000}); // longer than what is seen
    QVERIFY(axis.xOf(clockBase + 300'000) >= 0);
    QVERIFY(axis.xOf(clockBase + 900'000) <= axis.width());
}

void TestTimeAxis::ticksAreRoundNumbersThatDoNotCollide()
{
    for (const std::int64_t length : {30LL, 999LL, 1'234'567LL, 285'000'000'000LL}) {
        const TimeAxis axis = axisOf(length);
        double last = -1000;
        int majors = 0;
        for (const auto& tick : axis.ticks(90)) {
            QVERIFY(tick.x >= -1 && tick.x <= axis.width() + 1);
            if (!tick.major) {
                QVERIFY(tick.text.empty());
                continue;
            }
            QVERIFY(tick.x - last >= 90 - 1e-6);
            last = tick.x;
            ++majors;
        }
        QVERIFY(majors >= 2 && majors <= 12);
    }
    const auto ticks = axisOf(1'000'000).ticks(90);
    QCOMPARE(ticks[0].text, std::string("0 µs"));
}

void TestTimeAxis::textTellsNeighbouringPixelsApart()
{
    using orrery::timeline::timeText;
    QCOMPARE(timeText(0, 1e6), std::string("0 ms"));
    QCOMPARE(timeText(1.5e6, 1e5), std::string("1.5 ms"));
    QCOMPARE(timeText(2e9, 1e6), std::string("2.000 s"));
    QCOMPARE(timeText(750, 10), std::string("750 ns"));
    TimeAxis axis = axisOf(60'000'000'000);
    axis.show({clockBase + 30'000'000'000, clockBase + 30'000'001'000});
    for (int x = 0; x + 1 < 1000; ++x)
        QVERIFY(axis.textAt(axis.timeAt(x)) != axis.textAt(axis.timeAt(x + 1)) ||
                axis.timeAt(x) == axis.timeAt(x + 1));
}

void TestTimeAxis::survivesAnyClock()
{
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    for (const TimeRange bounds : {TimeRange{least, most}, TimeRange{least, least + 5},
                                   TimeRange{most - 3, most}, TimeRange{most, most}, TimeRange{7, 3}}) {
        TimeAxis axis;
        axis.setBounds(bounds);
        axis.setWidth(0);
        axis.setWidth(1200);
        axis.zoomAbout(600, 1e30);
        axis.zoomAbout(600, 1e-30);
        axis.panBy(1e18);
        axis.reveal({least, most});
        axis.show({most - 1, most});
        QVERIFY(std::isfinite(axis.xOf(least)) && std::isfinite(axis.xOf(most)));
        QVERIFY(axis.ticks().size() <= 4096);
        QVERIFY(axis.visible().begin <= axis.visible().end);
    }
}

QTEST_APPLESS_MAIN(TestTimeAxis)
#include "test_time_axis.moc"
