// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/delta_debugging.h"

#include <QTest>

#include <algorithm>
#include <random>
#include <set>

using namespace orrery;
using session::Answer;
using session::Nodes;

class TestDeltaDebugging : public QObject {
    Q_OBJECT

    static Nodes nodes(std::size_t first, std::size_t end)
    {
        Nodes result;
        for (std::size_t i = first; i < end; ++i)
            result.emplace_back(i);
        return result;
    }

    // Fails when all of these are there.
    static session::Question needing(const std::set<NodeId>& needed, std::size_t& asked)
    {
        return [needed, &asked](const Nodes& part) {
            ++asked;
            return std::all_of(needed.begin(), needed.end(),
                               [&](NodeId id) { return std::count(part.begin(), part.end(), id) == 1; })
                       ? Answer::Fails
                       : Answer::Passes;
        };
    }

private slots:
    void growingTakesInTheLastOnesFirst()
    {
        std::size_t asked = 0;
        auto alone = session::growUntilItFails({NodeId(100)}, nodes(0, 100), needing({NodeId(100)}, asked));
        QVERIFY(alone.has_value());
        QCOMPARE(alone->size(), std::size_t{1});
        QCOMPARE(asked, std::size_t{1});
        auto grown = session::growUntilItFails({NodeId(100)}, nodes(0, 100),
                                               needing({NodeId(97), NodeId(100)}, asked));
        QVERIFY(grown.has_value());
        QCOMPARE(*grown, nodes(97, 101));
        auto all =
            session::growUntilItFails({NodeId(100)}, nodes(0, 100), needing({NodeId(0), NodeId(100)}, asked));
        QCOMPARE(*all, nodes(0, 101));
        QVERIFY(!session::growUntilItFails({NodeId(100)}, nodes(0, 100), needing({NodeId(200)}, asked)));
    }

    void reducingKeepsExactlyWhatIsNeeded()
    {
        std::mt19937 random(3);
        for (int round = 0; round < 200; ++round) {
            std::size_t size = 1 + random() % 150;
            std::set<NodeId> needed;
            for (std::size_t i = 0; i < 1 + random() % 6; ++i)
                needed.insert(NodeId(random() % size));
            std::size_t asked = 0;
            Nodes left = session::reduceWhileItFails(nodes(0, size), needing(needed, asked));
            QCOMPARE(left, Nodes(needed.begin(), needed.end()));
            QVERIFY(asked <= size * size + 3 * size);
        }
    }

    void oneOfManyIsFoundWithFewQuestions()
    {
        std::size_t asked = 0;
        Nodes left = session::reduceWhileItFails(nodes(0, 4096), needing({NodeId(1234)}, asked));
        QCOMPARE(left, Nodes{NodeId(1234)});
        QVERIFY2(asked <= 24, std::to_string(asked).c_str());
    }

    void stoppedItGivesWhatIsKnown()
    {
        std::size_t asked = 0;
        auto fails = needing({NodeId(1)}, asked);
        auto stops = [&](const Nodes& part) { return asked >= 2 ? Answer::Stop : fails(part); };
        Nodes left = session::reduceWhileItFails(nodes(0, 64), stops);
        QVERIFY(left.size() < 64 && left.size() > 1);
        QVERIFY(std::count(left.begin(), left.end(), NodeId(1)) == 1);
        asked = 2;
        QVERIFY(!session::growUntilItFails({NodeId(1)}, {}, stops));
    }
};

QTEST_GUILESS_MAIN(TestDeltaDebugging)
#include "test_delta_debugging.moc"
