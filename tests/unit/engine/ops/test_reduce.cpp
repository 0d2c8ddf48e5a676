// SPDX-License-Identifier: Apache-2.0
//
// Reductions, ArgMax, CumSum and Range against naive loops over random shapes and axes, and their answers for
// no elements at all.
#include "tests/unit/engine/ops/kernel_harness.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <map>
#include <random>

using namespace orrery;
using namespace orrery::ops;
using graph::Dims;
using graph::Tensor;
using harness::makeNode;
using Ints = std::vector<std::int64_t>;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

Result<Tensor> tryRun(const graph::Node& node, const std::vector<Tensor>& inputs,
                      harness::RunOptions options = {})
{
    auto outputs = TRY(harness::runNode(node, inputs, options));
    return outputs[0];
}

Tensor run(const graph::Node& node, const std::vector<Tensor>& inputs, harness::RunOptions options = {})
{
    auto output = tryRun(node, inputs, options);
    if (!output.ok())
        qWarning("%s: %s", node.opType.c_str(), output.error().text().c_str());
    return output.ok() ? *output : Tensor();
}

Tensor randomTensor(std::mt19937& random, const Dims& dims)
{
    Tensor tensor = Tensor::allocate(graph::DataType::Float32, dims).releaseValue();
    std::uniform_real_distribution<float> values(0.25F, 2);
    for (std::int64_t i = 0; i < tensor.elementCount(); ++i)
        tensor.mutableData<float>()[i] = values(random);
    return tensor;
}

// The elements that make each result, by the position of the result in the output with keepdims.
std::map<std::int64_t, std::vector<double>> groupsOf(const Tensor& tensor, const std::vector<bool>& reduced)
{
    std::map<std::int64_t, std::vector<double>> groups;
    for (std::int64_t i = 0; i < tensor.elementCount(); ++i) {
        std::int64_t rest = i;
        std::int64_t result = 0;
        std::int64_t stride = 1;
        for (std::size_t d = tensor.rank(); d-- > 0;) {
            std::int64_t position = rest % tensor.dims()[d];
            rest /= tensor.dims()[d];
            if (!reduced[d]) {
                result += position * stride;
                stride *= tensor.dims()[d];
            }
        }
        groups[result].push_back(static_cast<double>(tensor.data<float>()[i]));
    }
    return groups;
}

double naive(const std::string& op, const std::vector<double>& elements)
{
    double sum = 0, squares = 0, product = 1, exponentials = 0;
    double greatest = elements[0], smallest = elements[0];
    for (double x : elements) {
        sum += x;
        squares += x * x;
        product *= x;
        exponentials += std::exp(x);
        greatest = std::max(greatest, x);
        smallest = std::min(smallest, x);
    }
    if (op == "ReduceSum" || op == "ReduceL1") // the elements are positive
        return sum;
    if (op == "ReduceMean")
        return sum / static_cast<double>(elements.size());
    if (op == "ReduceProd")
        return product;
    if (op == "ReduceMax")
        return greatest;
    if (op == "ReduceMin")
        return smallest;
    if (op == "ReduceL2")
        return std::sqrt(squares);
    if (op == "ReduceSumSquare")
        return squares;
    return std::log(op == "ReduceLogSum" ? sum : exponentials);
}

const char* const reductions[] = {"ReduceSum",       "ReduceMean",     "ReduceProd", "ReduceMax",
                                  "ReduceMin",       "ReduceL1",       "ReduceL2",   "ReduceLogSum",
                                  "ReduceSumSquare", "ReduceLogSumExp"};

} // namespace

class TestReduce : public QObject {
    Q_OBJECT

private slots:
    void reductionsAgreeWithNaiveLoops()
    {
        std::mt19937 random(1);
        for (int round = 0; round < 400; ++round) {
            Dims dims;
            for (std::size_t rank = random() % 6; rank > 0; --rank)
                dims.push_back(random() % 5 == 0 ? 1 : static_cast<std::int64_t>(random() % 6 + 1));
            if (!dims.empty() && random() % 4 == 0)
                dims.back() = 300 + static_cast<std::int64_t>(random() % 300); // beyond a block
            Ints axes;
            std::vector<bool> reduced(dims.size(), false);
            for (std::size_t d = 0; d < dims.size(); ++d)
                if (random() % 2 == 0) {
                    reduced[d] = true;
                    axes.push_back(static_cast<std::int64_t>(d) -
                                   (random() % 2 == 0 ? static_cast<std::int64_t>(dims.size()) : 0));
                }
            if (axes.empty())
                reduced.assign(dims.size(), true);
            std::string op = reductions[static_cast<std::size_t>(round) % std::size(reductions)];
            bool byInput = round % 2 == 0;
            bool keep = random() % 2 == 0;
            auto node = makeNode(op, byInput ? 2 : 1, {{"keepdims", std::int64_t(keep)}});
            if (!byInput && !axes.empty())
                node.setAttribute("axes", axes);
            Tensor x = randomTensor(random, dims);
            std::vector<Tensor> inputs = {x};
            if (byInput)
                inputs.push_back(Tensor::of<std::int64_t>({static_cast<std::int64_t>(axes.size())}, axes));
            Tensor found = run(node, inputs, {.opsetVersion = byInput ? 18 : 12, .threads = 3});
            QVERIFY(found.defined());
            QCOMPARE(found.rank(),
                     keep ? dims.size()
                          : static_cast<std::size_t>(std::count(reduced.begin(), reduced.end(), false)));
            auto groups = groupsOf(x, reduced);
            QCOMPARE(static_cast<std::size_t>(found.elementCount()), groups.size());
            for (const auto& [at, elements] : groups) {
                double expected = naive(op, elements);
                double error = std::fabs(static_cast<double>(found.data<float>()[at]) - expected);
                QVERIFY2(error <= 1e-6 + 1e-6 * std::fabs(expected), op.c_str());
            }
        }
    }

    void ofNoElements()
    {
        Tensor nothing = Tensor::of<float>({2, 0}, std::vector<float>());
        auto reduce = [&](const char* op) {
            return run(makeNode(op, 1, {{"axes", Ints{1}}, {"keepdims", std::int64_t(0)}}), {nothing},
                       {.opsetVersion = 12});
        };
        std::map<std::string, float> expected = {{"ReduceSum", 0},
                                                 {"ReduceProd", 1},
                                                 {"ReduceMax", -infinity},
                                                 {"ReduceMin", infinity},
                                                 {"ReduceL1", 0},
                                                 {"ReduceL2", 0},
                                                 {"ReduceLogSum", -infinity},
                                                 {"ReduceSumSquare", 0},
                                                 {"ReduceLogSumExp", -infinity}};
        for (const auto& [op, value] : expected)
            QCOMPARE(harness::difference(reduce(op.c_str()), Tensor::of<float>({2}, {value, value})), "");
        QVERIFY(std::isnan(reduce("ReduceMean").data<float>()[0]));
    }

    void noAxesMayMeanNone()
    {
        Tensor x = Tensor::of<float>({2, 2}, {1, 2, 3, 4});
        auto noop = makeNode("ReduceSum", 1, {{"noop_with_empty_axes", std::int64_t(1)}});
        QCOMPARE(harness::difference(run(noop, {x}), x), "");
        QCOMPARE(run(makeNode("ReduceSum", 1), {x}).data<float>()[0], 10.0F);
    }

    void logSumExpDoesNotOverflow()
    {
        Tensor x = Tensor::of<float>({4}, {1000, 1000, -infinity, 999});
        float found = run(makeNode("ReduceLogSumExp", 1), {x}).data<float>()[0];
        QVERIFY(std::fabs(found - (1000 + std::log(2 + std::exp(-1.0F)))) < 1e-3F);
    }

    void aLongSumStaysAccurate()
    {
        Tensor x = Tensor::of<float>({1'000'000}, std::vector<float>(1'000'000, 0.1F));
        float found = run(makeNode("ReduceSum", 1), {x}).data<float>()[0];
        QVERIFY(std::fabs(found - 100000.0F) < 0.01F);
    }

    void integersReduceExactly()
    {
        Tensor x = Tensor::of<std::int64_t>({3}, {std::int64_t(1) << 60, -7, 8});
        QCOMPARE(run(makeNode("ReduceSum", 1), {x}).data<std::int64_t>()[0], (std::int64_t(1) << 60) + 1);
        Tensor small = Tensor::of<std::int32_t>({4}, {-7, -8, 0, 1});
        QCOMPARE(run(makeNode("ReduceMean", 1), {small}).data<std::int32_t>()[0], -3);
        QCOMPARE(run(makeNode("ReduceL1", 1), {small}).data<std::int32_t>()[0], 16);
        QCOMPARE(run(makeNode("ReduceMin", 1), {small}).data<std::int32_t>()[0], -8);
    }

    void badAxesAreRefused()
    {
        Tensor x = Tensor::of<float>({2, 2}, {1, 2, 3, 4});
        for (const Ints& axes :
             {Ints{2}, Ints{-3}, Ints{0, 0}, Ints{1, -1}, Ints{std::numeric_limits<std::int64_t>::min()}}) {
            auto outcome = tryRun(makeNode("ReduceMax", 1, {{"axes", axes}}), {x}, {.opsetVersion = 13});
            QVERIFY(!outcome.ok());
            QCOMPARE(outcome.error().code, ErrorCode::BadModel);
        }
        auto outcome = tryRun(makeNode("ArgMax", 1, {{"axis", std::int64_t(5)}}), {x});
        QVERIFY(!outcome.ok() && outcome.error().code == ErrorCode::BadModel);
        Tensor nothing = Tensor::of<float>({2, 0}, std::vector<float>());
        QVERIFY(!tryRun(makeNode("ArgMax", 1, {{"axis", std::int64_t(1)}}), {nothing}).ok());
    }

    void argMaxChoosesAmongTies()
    {
        Tensor x = Tensor::of<float>({2, 4}, {1, 3, 3, 2, 5, NAN, 7, NAN});
        auto node = [&](std::int64_t last) {
            return makeNode(
                "ArgMax", 1,
                {{"axis", std::int64_t(1)}, {"keepdims", std::int64_t(0)}, {"select_last_index", last}});
        };
        QCOMPARE(harness::difference(run(node(0), {x}), Tensor::of<std::int64_t>({2}, {1, 1})), "");
        QCOMPARE(harness::difference(run(node(1), {x}), Tensor::of<std::int64_t>({2}, {2, 3})), "");
        auto first = makeNode("ArgMin", 1, {{"axis", std::int64_t(0)}});
        QCOMPARE(harness::difference(run(first, {Tensor::of<std::int32_t>({2, 2}, {1, 2, 0, 2})}),
                                     Tensor::of<std::int64_t>({1, 2}, {1, 0})),
                 "");
    }

    void argMaxAgreesWithNaiveLoopsOnEveryAxis()
    {
        std::mt19937 random(2);
        Tensor x = Tensor::allocate(graph::DataType::Int32, {5, 7, 600}).releaseValue();
        for (std::int64_t i = 0; i < x.elementCount(); ++i)
            x.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(random() % 4);
        const std::int64_t strides[] = {4200, 600, 1};
        for (std::size_t axis = 0; axis < 3; ++axis) {
            Tensor found =
                run(makeNode("ArgMin", 1, {{"axis", static_cast<std::int64_t>(axis)}}), {x}, {.threads = 3});
            std::int64_t length = x.dims()[axis];
            for (std::int64_t i = 0; i < found.elementCount(); ++i) {
                const std::int32_t* line =
                    x.data<std::int32_t>() + i / strides[axis] * strides[axis] * length + i % strides[axis];
                std::int64_t expected = 0;
                for (std::int64_t k = 1; k < length; ++k)
                    if (line[k * strides[axis]] < line[expected * strides[axis]])
                        expected = k;
                QCOMPARE(found.data<std::int64_t>()[i], expected);
            }
        }
    }

    void rangeCountsWithoutOverflow()
    {
        auto range = [](auto start, auto limit, auto delta) {
            return tryRun(makeNode("Range", 3),
                          {Tensor::scalar(start), Tensor::scalar(limit), Tensor::scalar(delta)});
        };
        using I = std::int64_t;
        QCOMPARE(harness::difference(*range(I(10), I(4), I(-2)), Tensor::of<I>({3}, {10, 8, 6})), "");
        QCOMPARE(harness::difference(*range(I(0), I(5), I(2)), Tensor::of<I>({3}, {0, 2, 4})), "");
        QCOMPARE(range(I(5), I(5), I(1))->elementCount(), I(0));
        QCOMPARE(range(I(5), I(0), I(1))->elementCount(), I(0));
        QCOMPARE(harness::difference(*range(1.0F, 2.0F, 0.5F), Tensor::of<float>({2}, {1, 1.5F})), "");
        constexpr I most = std::numeric_limits<I>::max();
        constexpr I least = std::numeric_limits<I>::min();
        QCOMPARE(range(least, most, I(1)).error().code, ErrorCode::LimitReached);
        QCOMPARE(range(0.0F, infinity, 1.0F).error().code, ErrorCode::LimitReached);
        QCOMPARE(range(I(0), I(5), I(0)).error().code, ErrorCode::RunFailed);
        QCOMPARE(harness::difference(*range(least, most, most), Tensor::of<I>({3}, {least, -1, most - 1})),
                 "");
    }

    void cumSumRunsBothWays()
    {
        Tensor x = Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
        auto cumsum = [&](std::int64_t axis, std::int64_t exclusive, std::int64_t reverse) {
            return run(makeNode("CumSum", 2, {{"exclusive", exclusive}, {"reverse", reverse}}),
                       {x, Tensor::scalar(axis)});
        };
        QCOMPARE(harness::difference(cumsum(1, 0, 0), Tensor::of<float>({2, 3}, {1, 3, 6, 4, 9, 15})), "");
        QCOMPARE(harness::difference(cumsum(-1, 1, 1), Tensor::of<float>({2, 3}, {5, 3, 0, 11, 6, 0})), "");
        QCOMPARE(harness::difference(cumsum(0, 0, 0), Tensor::of<float>({2, 3}, {1, 2, 3, 5, 7, 9})), "");
    }

    void drawsFollowTheirDistribution()
    {
        auto normal = makeNode("RandomNormal", 0, {{"shape", Ints{100000}}, {"mean", 2.0F}, {"scale", 3.0F}});
        Tensor x = run(normal, {});
        double sum = 0, squares = 0;
        for (float value : x.span<float>()) {
            sum += static_cast<double>(value);
            squares += static_cast<double>(value) * static_cast<double>(value);
        }
        double mean = sum / 100000;
        QVERIFY(std::fabs(mean - 2) < 0.05);
        QVERIFY(std::fabs(std::sqrt(squares / 100000 - mean * mean) - 3) < 0.05);
        QVERIFY(!run(normal, {}, {.seed = 1}).identicalTo(x));
        auto seeded = makeNode("RandomUniform", 0, {{"shape", Ints{1000}}, {"seed", 7.0F}, {"low", -1.0F}});
        Tensor uniform = run(seeded, {});
        QVERIFY(run(seeded, {}, {.seed = 1}).identicalTo(uniform));
        auto [low, high] = std::minmax_element(uniform.data<float>(), uniform.data<float>() + 1000);
        QVERIFY(*low >= -1 && *low < -0.9F && *high < 1 && *high > 0.9F);
        Tensor weights = Tensor::of<float>({1, 3}, {-infinity, std::log(1.0F), std::log(3.0F)});
        Tensor classes = run(makeNode("Multinomial", 1, {{"sample_size", std::int64_t(10000)}}), {weights});
        std::map<int, int> counts;
        for (int c : classes.span<std::int32_t>())
            ++counts[c];
        QCOMPARE(counts[0], 0);
        QVERIFY(std::abs(counts[2] - 7500) < 300);
    }
};

QTEST_GUILESS_MAIN(TestReduce)
#include "test_reduce.moc"
