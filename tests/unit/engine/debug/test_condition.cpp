// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/condition.h"

#include <QtTest>

#include <cmath>
#include <limits>

using namespace orrery;
using graph::Tensor;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

debug::Condition condition(std::string_view text) { return debug::parseCondition(text).releaseValue(); }

std::optional<debug::Finding> ask(std::string_view text, const Tensor& tensor)
{
    const Tensor* outputs[] = {nullptr, &tensor};
    debug::Evidence evidence;
    evidence.outputs = outputs;
    return debug::evaluate(condition(text), evidence);
}

bool answers(std::string_view text, const Tensor& tensor) { return ask(text, tensor).has_value(); }

QString sentence(std::string_view text, const Tensor& tensor)
{
    auto finding = ask(text, tensor);
    return finding ? QString::fromStdString(finding->sentence) : QString("no");
}

Tensor floats(graph::Dims dims, std::vector<float> values)
{
    return Tensor::of<float>(std::move(dims), values);
}

} // namespace

class TestCondition : public QObject {
    Q_OBJECT
private slots:
    void textsParseToTheSame()
    {
        for (const char* text :
             {"nan", "inf", "dim = 0", "shape changes", "time > p95", "abs > 100", "min < -1e-07",
              "max >= 3.4028235e+38", "mean <= 0.1", "std = 0", "zeros > 0.9", "time > 2 ms", "time < 1.5 us",
              "time >= 3 s", "time > 0.5 ns", "bytes > 1000000", "difference > 0.001"}) {
            QCOMPARE(QString::fromStdString(debug::text(condition(text))), QString(text));
            QCOMPARE(condition(debug::text(condition(text))), condition(text));
        }
    }

    void unitsAndSpellings()
    {
        QCOMPARE(condition("time>2ms").threshold, 2e6);
        QCOMPARE(condition("time > 2 µs").threshold, 2e3);
        QCOMPARE(condition("bytes > 1.5M").threshold, 1.5e6);
        QCOMPARE(condition(" bytes  >=  2 G ").threshold, 2e9);
        QCOMPARE(condition("abs == 0").comparison, debug::Comparison::Equal);
        QCOMPARE(condition("min < +3").threshold, 3.0);
        QCOMPARE(condition("dim == 0").quantity, debug::Quantity::EmptyDim);
    }

    void whatIsNoConditionIsRefusedWithWhatIsAllowed()
    {
        for (const char* text : {"",
                                 "  ",
                                 "n",
                                 "nano",
                                 "nan 3",
                                 "nan > 3",
                                 "abs",
                                 "abs >",
                                 "abs > x",
                                 "abs 3",
                                 "abs > 1 2",
                                 "abs => 3",
                                 "mean > nan",
                                 "mean > inf",
                                 "mean > 1e999",
                                 "time > 2",
                                 "time > 2 m",
                                 "time > 2 h",
                                 "time < p95",
                                 "time > p95x",
                                 "bytes > 1 kB",
                                 "bytes > 1 T",
                                 "dim = 1",
                                 "dim",
                                 "dim > 0",
                                 "shape",
                                 "shape changed",
                                 "difference",
                                 "zeros > 0.9 %",
                                 "min<max",
                                 "abs > 1e308M",
                                 "bytes > 1e308 G"}) {
            auto result = debug::parseCondition(text);
            QVERIFY2(!result.ok(), text);
            QCOMPARE(result.error().code, ErrorCode::Usage);
            QVERIFY(result.error().message.find("shape changes") != std::string::npos);
        }
    }

    void nanAndInfinityAreCountedAndLocated()
    {
        Tensor t = floats({2, 3}, {1, inf, notANumber, 4, notANumber, -inf});
        QCOMPARE(sentence("nan", t), QString("2 of 6 elements are NaN, the first at [0, 2]"));
        QCOMPARE(sentence("inf", t), QString("2 of 6 elements are infinite, the first at [0, 1]: inf"));
        QCOMPARE(ask("nan", t)->output, std::size_t(1));
        QCOMPARE(ask("nan", t)->element, std::int64_t(2));
        QVERIFY(!answers("nan", floats({2}, {inf, 1})));
        QVERIFY(!answers("inf", floats({2}, {notANumber, 1})));
        std::vector<float> many(100'000, 1);
        many[99'999] = notANumber;
        QCOMPARE(sentence("nan", floats({100'000}, many)),
                 QString("1 of 100000 elements is NaN, the first at [99999]"));
    }

    void magnitudesIncludeInfinitiesAndNoNan()
    {
        Tensor t = floats({4}, {1, -200, notANumber, inf});
        QCOMPARE(sentence("abs > 100", t),
                 QString("2 of 4 elements are > 100 by magnitude, the first at [1]: -200"));
        QVERIFY(!answers("abs > 200", floats({2}, {1, -200})));
        QVERIFY(answers("abs >= 200", floats({2}, {1, -200})));
        QVERIFY(answers("abs < 1.5", t));
        QVERIFY(!answers("abs = 3", t));
        QVERIFY(!answers("abs > 1", floats({1}, {notANumber})));
    }

    void figuresLeaveOutWhatIsNotFinite()
    {
        Tensor t = floats({2, 3}, {1, -5, 3, inf, notANumber, -inf});
        QCOMPARE(sentence("min < -4", t), QString("min is -5 < -4, at [0, 1]"));
        QCOMPARE(sentence("max > 2", t), QString("max is 3 > 2, at [0, 2]"));
        QVERIFY(!answers("max > 3", t));
        QVERIFY(answers("mean < 0", t));
        QVERIFY(!answers("mean < -0.34", t));
        QVERIFY(answers("std > 3.39", t) && !answers("std > 3.4", t));
        Tensor none = floats({1}, {notANumber});
        for (const char* text :
             {"min < 1", "max < 1", "mean < 1", "std < 1", "min = 0", "mean = 0", "std = 0"})
            QVERIFY2(!answers(text, none), text);
        QVERIFY(answers("mean > 1e308", Tensor::of<double>({2}, {1.5e308, 1.5e308})));
    }

    void zerosAreAShareOfAllElements()
    {
        Tensor t = floats({4}, {0, -0.0f, 1, notANumber});
        QCOMPARE(sentence("zeros >= 0.5", t), QString("the share of zeros of 4 elements is 0.5 ≥ 0.5"));
        QVERIFY(!answers("zeros > 0.5", t));
        QVERIFY(!answers("zeros < 1", floats({0}, {})));
    }

    void shapesAndSizes()
    {
        QCOMPARE(sentence("dim = 0", floats({2, 0, 3}, {})), QString("dim 1 of 2×0×3 is 0"));
        QVERIFY(!answers("dim = 0", floats({}, {1})));
        QCOMPARE(sentence("bytes > 1k", floats({300}, std::vector<float>(300))),
                 QString("1.17 KiB (1200 bytes) is > 1000 bytes"));
        QVERIFY(!answers("bytes > 1200", floats({300}, std::vector<float>(300))));
        Tensor t = floats({2}, {1, 2});
        const Tensor* outputs[] = {&t};
        const graph::Dims before[] = {{3}};
        debug::Evidence evidence;
        evidence.outputs = outputs;
        QVERIFY(!debug::evaluate(condition("shape changes"), evidence));
        evidence.earlierDims = before;
        QCOMPARE(debug::evaluate(condition("shape changes"), evidence)->sentence,
                 std::string("the shape was 3, it is 2"));
        const graph::Dims same[] = {{2}};
        evidence.earlierDims = same;
        QVERIFY(!debug::evaluate(condition("shape changes"), evidence));
    }

    void timesAreSilentWhereNothingWasMeasured()
    {
        debug::Evidence evidence;
        QVERIFY(!debug::evaluate(condition("time < 1 s"), evidence));
        evidence.durationNs = 3'000'000;
        QVERIFY(debug::evaluate(condition("time > 2 ms"), evidence));
        QVERIFY(!debug::evaluate(condition("time > 3 ms"), evidence));
        QCOMPARE(debug::evaluate(condition("time < 1e50 s"), evidence)->sentence,
                 std::string("took 3.00 ms < 1e+50 s"));
        QVERIFY(!debug::evaluate(condition("time > p95"), evidence));
        evidence.p95Ns = 2'500'000;
        auto finding = debug::evaluate(condition("time > p95"), evidence);
        QVERIFY(finding);
        QVERIFY(finding->sentence.find("95th percentile") != std::string::npos);
    }

    void differenceToAReference()
    {
        Tensor t = floats({2}, {1, 2.5f});
        Tensor reference = floats({2}, {1, 2});
        Tensor otherShape = floats({1, 2}, {1, 2});
        Tensor broken = floats({2}, {notANumber, 2});
        const Tensor* outputs[] = {&t};
        debug::Evidence evidence;
        evidence.outputs = outputs;
        auto against = [&](const Tensor& with, const char* text) {
            const Tensor* references[] = {&with};
            evidence.references = references;
            auto finding = debug::evaluate(condition(text), evidence);
            return finding ? QString::fromStdString(finding->sentence) : QString("no");
        };
        QVERIFY(!debug::evaluate(condition("difference > 0"), evidence));
        QCOMPARE(against(reference, "difference > 1e-3"),
                 QString("the largest difference 0.5 is > 0.001, at [1]: 2.5 against 2"));
        QCOMPARE(against(reference, "difference > 0.5"), QString("no"));
        QCOMPARE(against(otherShape, "difference > 10"),
                 QString("shapes differ: 2 against 1×2 in the reference"));
        QCOMPARE(against(otherShape, "difference < 10"), QString("no"));
        QCOMPARE(against(broken, "difference > 10"),
                 QString("1 of 2 elements is not finite on one side only, the first at [0]: 1 against nan"));
        QVERIFY(against(t, "difference = 0") != "no");
    }

    void everyNumberTypeCountsAndStringsNever()
    {
        QVERIFY(answers("max > 254", Tensor::of<std::uint8_t>({2}, {0, 255})));
        QVERIFY(answers("mean = 0.5", Tensor::of<bool>({2}, std::span<const bool>(bools))));
        QVERIFY(answers("abs > 1e15", Tensor::of<std::int64_t>({1}, {-(1LL << 60)})));
        for (const char* text : {"nan", "abs >= 0", "zeros >= 0", "min <= 0", "bytes >= 0", "dim = 0"})
            QVERIFY2(!answers(text, Tensor::ofStrings({0}, {})), text);
    }

private:
    static constexpr bool bools[2] = {true, false};
};

QTEST_GUILESS_MAIN(TestCondition)
#include "test_condition.moc"
