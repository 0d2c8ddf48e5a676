// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/offsets.h"

#include <QtTest>

#include <random>

using namespace orrery::plan;

namespace {

bool overlap(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

std::vector<Lifetime> randomLifetimes(std::mt19937& random, std::size_t count)
{
    std::vector<Lifetime> result;
    for (std::size_t i = 0; i < count; ++i) {
        auto first = static_cast<std::uint32_t>(i);
        auto last = first + static_cast<std::uint32_t>(random() % 8 == 0 ? random() % 40 : 1 + random() % 3);
        result.push_back({first, last, static_cast<std::int64_t>(1 + random() % 100'000)});
    }
    return result;
}

} // namespace

class TestOffsets : public QObject {
    Q_OBJECT
private slots:
    void nothingNeedsNothing()
    {
        QCOMPARE(place({}).totalBytes, 0);
        QCOMPARE(lowerBound({}), 0);
    }

    void buffersAliveTogetherNeverOverlap()
    {
        std::mt19937 random(1);
        for (int round = 0; round < 50; ++round) {
            auto lifetimes = randomLifetimes(random, 60);
            Placement placement = place(lifetimes);
            for (std::size_t a = 0; a < lifetimes.size(); ++a) {
                QCOMPARE(placement.offsets[a] % 64, 0);
                QVERIFY(placement.offsets[a] + lifetimes[a].bytes <= placement.totalBytes);
                for (std::size_t b = a + 1; b < lifetimes.size(); ++b)
                    if (overlap(lifetimes[a], lifetimes[b]))
                        QVERIFY(placement.offsets[a] + lifetimes[a].bytes <= placement.offsets[b] ||
                                placement.offsets[b] + lifetimes[b].bytes <= placement.offsets[a]);
            }
            QVERIFY(placement.totalBytes >= lowerBound(lifetimes));
        }
    }

    void aChainNeedsTheTwoLargestNeighbours()
    {
        std::vector<Lifetime> chain = {{0, 1, 6400}, {1, 2, 3200}, {2, 3, 6400}, {3, 4, 64}};
        QCOMPARE(lowerBound(chain), 9600);
        QCOMPARE(place(chain).totalBytes, 9600);
    }
};

QTEST_GUILESS_MAIN(TestOffsets)
#include "test_offsets.moc"
