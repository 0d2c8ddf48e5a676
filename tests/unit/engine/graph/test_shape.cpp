// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/shape.h"

#include <QtTest>

using namespace orrery::graph;

class TestShape : public QObject {
    Q_OBJECT

    static std::optional<std::int64_t> at(const Dim& dim, std::int64_t h, std::int64_t w)
    {
        return evaluate(dim, [&](std::string_view name) -> std::optional<std::int64_t> {
            if (name == "H")
                return h;
            if (name == "W")
                return w;
            return std::nullopt;
        });
    }

private slots:
    void numbersFold()
    {
        QCOMPARE((Dim(3) + Dim(4)).value(), 7);
        QCOMPARE((Dim(3) * Dim(4)).value(), 12);
        QCOMPARE(floorDiv(Dim(7), Dim(2)).value(), 3);
        QCOMPARE(ceilDiv(Dim(7), Dim(2)).value(), 4);
        QVERIFY((Dim(3) - Dim(4)).isUnknown());
        QVERIFY((Dim(INT64_MAX) * Dim(2)).isUnknown());
    }

    void equalTextsMeanEqualValues()
    {
        Dim h = Dim::symbolic("H");
        QVERIFY((h + Dim(1)) + Dim(2) == h + Dim(3));
        QVERIFY((h + Dim(1)) - Dim(1) == h);
        QVERIFY((h * Dim(2)) * Dim(3) == h * Dim(6));
        QVERIFY(floorDiv(h * Dim(6), Dim(3)) == h * Dim(2));
        QVERIFY(h * Dim::symbolic("W") == Dim::symbolic("W") * h);
        QVERIFY(h - h == Dim(0));
    }

    void expressionsEvaluateToWhatTheyWereBuiltFrom()
    {
        Dim h = Dim::symbolic("H");
        Dim w = Dim::symbolic("W");
        for (std::int64_t x : {1, 2, 7, 224})
            for (std::int64_t y : {1, 3, 640}) {
                QCOMPARE(at(floorDiv(h + Dim(2) - Dim(1), Dim(2)) + Dim(1), x, y).value(), (x + 1) / 2 + 1);
                QCOMPARE(at((h + w) * Dim(3) * w, x, y).value(), (x + y) * 3 * y);
                QCOMPARE(at(floorDiv(floorDiv(h * w, Dim(2)), Dim(2)), x, y).value(), x * y / 4);
                QCOMPARE(at(ceilDiv(h, Dim(2)), x, y).value(), (x + 1) / 2);
            }
        QVERIFY(!at(h + Dim::symbolic("N"), 1, 1));
        QVERIFY(!at(Dim::symbolic("H / 0"), 1, 1));
        QVERIFY(!at(Dim::symbolic("((((("), 1, 1));
    }

    void namesFromFilesAreLookedUpWhole()
    {
        auto lookup = [](std::string_view name) -> std::optional<std::int64_t> {
            return name == "batch + 1" ? std::optional<std::int64_t>(5) : std::nullopt;
        };
        QCOMPARE(evaluate(Dim::symbolic("batch + 1"), lookup).value(), 5);
    }
};

QTEST_GUILESS_MAIN(TestShape)
#include "test_shape.moc"
