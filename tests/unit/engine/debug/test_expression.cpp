// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/expression.h"

#include <QtTest>

#include <cmath>
#include <map>
#include <numeric>

using namespace orrery;
using graph::DataType;
using graph::Dims;
using graph::Tensor;

namespace {

template<class T>
Tensor counted(Dims dims)
{
    Tensor tensor = Tensor::allocate(graph::dataTypeOf<T>(), std::move(dims)).releaseValue();
    std::iota(tensor.mutableData<T>(), tensor.mutableData<T>() + tensor.elementCount(), T(0));
    return tensor;
}

Result<Tensor> evaluated(std::string_view text)
{
    static const std::map<std::string, Tensor, std::less<>> values = {
        {"x", counted<float>({2, 3, 4})},
        {"v", Tensor::of<float>({3}, {-1, 0, 2})},
        {"i", Tensor::of<std::int64_t>({3}, {5, 6, 7})},
        {"half", Tensor::borrow(DataType::Float16, {1},
                                const_cast<std::byte*>(reinterpret_cast<const std::byte*>("\0\x40")))},
        {"/layer/conv \"1\"", Tensor::of<float>({1}, {9})},
        {"words", Tensor::ofStrings({3}, {"a", "b", "c"})},
        {"big", Tensor::of<float>({1, 20000}, std::vector<float>(20000))},
    };
    return debug::evaluate(
        text,
        [](std::string_view name) -> Result<Tensor> {
            auto found = values.find(name);
            if (found == values.end())
                return Error{ErrorCode::Usage, "there is no value " + std::string(name), {}};
            return found->second;
        },
        ops::OpRegistry::builtin());
}

std::vector<double> numbers(std::string_view text)
{
    auto result = evaluated(text);
    if (!result.ok()) {
        qWarning("%s", result.error().text().c_str());
        return {-12345};
    }
    return result->toDoubles().releaseValue();
}

QString error(std::string_view text)
{
    auto result = evaluated(text);
    return result.ok() ? QString("no error") : QString::fromStdString(result.error().text());
}

using List = std::vector<double>;

} // namespace

class TestExpression : public QObject {
    Q_OBJECT
private slots:
    void numbersFollowTheUsualPrecedence()
    {
        QCOMPARE(numbers("1 + 2 * 3"), List{7});
        QCOMPARE(numbers("(1 + 2) * 3"), List{9});
        QCOMPARE(numbers("-2 ^ 2"), List{-4});
        QCOMPARE(numbers("2 ^ -1"), List{0.5});
        QCOMPARE(numbers("2 ^ 3 ^ 2"), List{512});
        QCOMPARE(numbers("8 / 4 / 2 - 1 - 1"), List{-1});
        QCOMPARE(numbers("--1e-3"), List{static_cast<float>(1e-3)});
        QCOMPARE(evaluated("1").value().type(), DataType::Float32);
        QCOMPARE(evaluated("1").value().rank(), std::size_t(0));
        QVERIFY(std::isnan(numbers("nan")[0]));
        QVERIFY(std::isinf(numbers("-inf")[0]));
    }

    void tensorsBroadcastAndNumbersTakeTheirType()
    {
        QCOMPARE(numbers("v * 2 + 1"), (List{-1, 1, 5}));
        QCOMPARE(numbers("1 - v"), (List{2, 1, -1}));
        QCOMPARE(numbers("-v"), (List{1, 0, -2}));
        QCOMPARE(numbers("v ^ 2"), (List{1, 0, 4}));
        QCOMPARE(evaluated("i / 2").value().type(), DataType::Int64);
        QCOMPARE(numbers("i / 2"), (List{2, 3, 3}));
        QCOMPARE(evaluated("half + 1").value().type(), DataType::Float16);
        QCOMPARE(numbers("half + 1"), List{3});
        QCOMPARE(evaluated("x + v[0]").value().dims(), (Dims{2, 3, 4}));
        QCOMPARE(numbers("\"/layer/conv \\\"1\\\"\" + 1"), List{10});
    }

    void callsAreOperatorsOfOnnx()
    {
        QCOMPARE(numbers("Relu(v)"), (List{0, 0, 2}));
        QCOMPARE(numbers("Clip(v, -0.5, 1)"), (List{-0.5, 0, 1}));
        QCOMPARE(numbers("LeakyRelu(v, alpha=2)"), (List{-2, 0, 2}));
        QCOMPARE(evaluated("Transpose(x, perm=[2, 0, 1])").value().dims(), (Dims{4, 2, 3}));
        QCOMPARE(evaluated("Reshape(x, [4, -1])").value().dims(), (Dims{4, 6}));
        QCOMPARE(numbers("Cast(v, to=7)"), (List{-1, 0, 2}));
        QCOMPARE(evaluated("Cast(v, to=7)").value().type(), DataType::Int64);
        QCOMPARE(numbers("ReduceSum(x, keepdims=0)"), List{276});
        QCOMPARE(numbers("Concat(v, v + 1, axis=0)"), (List{-1, 0, 2, 0, 1, 3}));
        QCOMPARE(numbers("Max(v, 1)"), (List{1, 1, 2}));
        QCOMPARE(numbers("TopK(v, [1])"), List{2});
    }

    void makers()
    {
        QCOMPARE(numbers("zeros(2)"), (List{0, 0}));
        QCOMPARE(evaluated("ones(2, 1 + 2)").value().dims(), (Dims{2, 3}));
        QCOMPARE(numbers("full(-1.5, 2)"), (List{-1.5, -1.5}));
        QCOMPARE(numbers("full(nan, 0)"), List{});
        QCOMPARE(numbers("like(i, 3)"), (List{3, 3, 3}));
        QCOMPARE(evaluated("like(i, 3)").value().type(), DataType::Int64);
        auto random = numbers("random(1, 1000)");
        QVERIFY(*std::min_element(random.begin(), random.end()) >= 0);
        QVERIFY(*std::max_element(random.begin(), random.end()) < 1);
        double mean = std::accumulate(random.begin(), random.end(), 0.0) / 1000;
        QVERIFY(mean > 0.45 && mean < 0.55);
        QCOMPARE(numbers("random(1, 5)"), List(random.begin(), random.begin() + 5));
        QVERIFY(numbers("random(2, 5)") != numbers("random(1, 5)"));
    }

    void slicesAreThoseOfNumPy()
    {
        QCOMPARE(numbers("x[1, 2, 3]"), List{23});
        QCOMPARE(evaluated("x[1]").value().dims(), (Dims{3, 4}));
        QCOMPARE(numbers("x[1, :, 0]"), (List{12, 16, 20}));
        QCOMPARE(numbers("x[-1, -1, ::2]"), (List{20, 22}));
        QCOMPARE(numbers("x[0, 0, ::-1]"), (List{3, 2, 1, 0}));
        QCOMPARE(numbers("x[0, 0, -3:-1]"), (List{1, 2}));
        QCOMPARE(numbers("x[0, 0, 3:0:-2]"), (List{3, 1}));
        QCOMPARE(numbers("x[..., 3]"), (List{3, 7, 11, 15, 19, 23}));
        QCOMPARE(numbers("x[0, ..., 3]"), (List{3, 7, 11}));
        QCOMPARE(numbers("x[0:2, 1:3, 1:3]"), (List{5, 6, 9, 10, 17, 18, 21, 22}));
        QCOMPARE(evaluated("x[0, 5:9]").value().dims(), (Dims{0, 4}));
        QCOMPARE(evaluated("x[]").value().dims(), (Dims{2, 3, 4}));
        QCOMPARE(numbers("x[1][2][3]"), List{23});
        QCOMPARE(numbers("x[0, 0, ::9223372036854775807]"), List{0});
        QCOMPARE(numbers("x[0, 0, ::-9223372036854775808]"), List{3});
        QCOMPARE(evaluated("words[::-1]").value().strings(), (std::vector<std::string>{"c", "b", "a"}));
        Tensor nibbles = Tensor::allocate(DataType::UInt4, {5}).releaseValue();
        for (std::size_t i = 0; i < 3; ++i)
            nibbles.mutableBytes()[i] = std::byte(static_cast<unsigned char>(0x21 + 0x22 * i));
        Tensor odd = debug::slice(nibbles, "[::2]").releaseValue(); // 1 2 3 4 5
        QCOMPARE(static_cast<int>(odd.bytes()[0]), 0x31);
        QCOMPARE(static_cast<int>(odd.bytes()[1]), 0x05);
    }

    void whatCannotBeReadNamesItsColumn()
    {
        QCOMPARE(error(""), QString("column 1: expected a number, a name, or (, found the end"));
        QCOMPARE(error("1 +"), QString("column 4: expected a number, a name, or (, found the end"));
        QCOMPARE(error("(1 + 2"), QString("column 7: expected an operator or ), found the end"));
        QCOMPARE(error("1 2"), QString("column 3: expected an operator or the end, found \"2\""));
        QCOMPARE(error("x[1"), QString("column 2: this [ is not closed"));
        QCOMPARE(error("\"x"), QString("column 1: this quote is not closed"));
        QCOMPARE(error("3x"), QString("column 2: a name cannot begin with a digit; put it into quotes"));
        QCOMPARE(error("Relu(x"), QString("column 7: expected , or ), found the end"));
        QCOMPARE(error("v + rest"), QString("there is no value rest"));
        QCOMPARE(error("v + Rel(v)"), QString("column 5: there is no operator or function Rel"));
        QCOMPARE(error("i + 0.5"), QString("column 5: 0.5 is no int64"));
        QCOMPARE(error("x[5]"),
                 QString("column 2: slice \"[5]\": index 5 is outside of dim 0 with 2 elements"));
        for (const char* text : {"x[1:2:0]",
                                 "x[a]",
                                 "x[0,0,0,0]",
                                 "x[,]",
                                 "x[1:2:3:4]",
                                 "1[0]",
                                 "x[1.5]",
                                 "zeros(-1)",
                                 "zeros(0.5)",
                                 "zeros(v)",
                                 "random()",
                                 "random(-1, 2)",
                                 "full()",
                                 "like(1, 2)",
                                 "like(x)",
                                 "like(words, 1)",
                                 "zeros(2, dim=3)",
                                 "If(x)",
                                 "RandomUniform(shape=[2])",
                                 "Cast(v, to=\"x",
                                 "f(axis=)",
                                 ")",
                                 "1 ~ 2",
                                 "1e999",
                                 "..",
                                 "[1, v]",
                                 "Loop()",
                                 "\x01",
                                 "\xff\xfe"})
            QVERIFY2(!evaluated(text).ok(), text);
    }

    void whatCannotBeComputedIsTheOperatorsOwnError()
    {
        QVERIFY(error("x + v").startsWith("column 3, Add: "));
        QVERIFY(error("MatMul(v, x[0, 0])").startsWith("column 1, MatMul: "));
        QVERIFY(error("Relu()").startsWith("column 1, Relu: "));
        QVERIFY(error("Relu(v, v)").startsWith("column 1, Relu: "));
        QVERIFY(error("v + words").startsWith("column 3, Add: "));
        QVERIFY(error("Softmax(v, axis=7)").startsWith("column 1, Softmax: "));
    }

    void nestingAndSizesAreBounded()
    {
        std::string deep(10'000, '(');
        QVERIFY(error(deep + "1" + std::string(10'000, ')')).contains("nested deeper than"));
        QVERIFY(error(std::string(10'000, '-') + "1").contains("nested deeper than"));
        std::string powers = "1";
        for (int i = 0; i < 1'000; ++i)
            powers += "^1";
        QVERIFY(error(powers).contains("nested deeper than"));
        QVERIFY(error(std::string(100'000, ' ')).contains("longer than"));
        std::string sum = "1";
        for (int i = 0; i < 10'000; ++i)
            sum += "+1";
        QCOMPARE(numbers(sum), List{10'001});
        QVERIFY(error("zeros(100000, 100000)").contains("too large"));
        QVERIFY(error("zeros(9223372036854775807, 3)").contains("too large") ||
                error("zeros(9223372036854775807, 3)").contains("no dim"));
        QVERIFY(error("MatMul(Transpose(big), big)").contains("too large"));
        QVERIFY(error("Expand(v, [100000, 100000, 3])").contains("too large"));
    }
};

QTEST_GUILESS_MAIN(TestExpression)
#include "test_expression.moc"
