// SPDX-License-Identifier: Apache-2.0
//
// The elementwise families against naive loops: random shapes under broadcasting, outputs that lie over an
// input, values at the edges of types, and the accuracy of the vectorised functions.
#include "engine/ops/math/vector_math.h"
#include "tests/unit/engine/ops/kernel_harness.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace orrery;
using namespace orrery::ops;
using graph::DataType;
using graph::Dims;
using graph::Tensor;
using harness::makeNode;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

// A context whose output 0 is the very bytes of one input.
class AliasedContext final : public KernelContext {
public:
    AliasedContext(std::vector<Tensor>& inputs, std::size_t aliased)
        : m_inputs(inputs)
        , m_aliased(aliased)
    {}
    const Tensor* input(std::size_t i) const override { return &m_inputs[i]; }
    std::size_t inputCount() const override { return m_inputs.size(); }
    bool wantsOutput(std::size_t) const override { return true; }
    Result<Tensor*> output(std::size_t, DataType type, std::span<const std::int64_t> dims) override
    {
        Tensor& input = m_inputs[m_aliased];
        m_output = Tensor::borrow(type, Dims(dims.begin(), dims.end()), input.mutableBytes());
        if (m_output.byteSize() != input.byteSize())
            return Error{ErrorCode::Internal, "the sizes differ: the planner would not share", {}};
        return &m_output;
    }
    Result<std::byte*> scratch(std::size_t bytes) override
    {
        m_scratch.emplace_back(bytes);
        return m_scratch.back().data();
    }
    void parallelFor(std::int64_t count, std::int64_t,
                     FunctionRef<void(std::int64_t, std::int64_t)> body) override
    {
        body(0, count);
    }
    int threadCount() const override { return 1; }
    bool stopRequested() const override { return false; }
    std::uint64_t nextRandom() override { return 0; }

    const Tensor& result() const { return m_output; }

private:
    std::vector<Tensor>& m_inputs;
    std::size_t m_aliased;
    Tensor m_output;
    std::vector<std::vector<std::byte>> m_scratch;
};

Tensor copyOf(const Tensor& tensor)
{
    Tensor copy = Tensor::allocate(tensor.type(), tensor.dims()).releaseValue();
    std::copy_n(tensor.bytes(), tensor.byteSize(), copy.mutableBytes());
    return copy;
}

template<class T>
Tensor randomTensor(std::mt19937& random, const Dims& dims)
{
    Tensor tensor = Tensor::allocate(graph::dataTypeOf<T>(), dims).releaseValue();
    std::uniform_int_distribution<int> values(std::is_unsigned_v<T> ? 0 : -9, 9);
    for (std::int64_t i = 0; i < tensor.elementCount(); ++i)
        tensor.mutableData<T>()[i] = static_cast<T>(values(random));
    return tensor;
}

// The element of `tensor` that output position `at` of shape `dims` sees.
template<class T>
T seen(const Tensor& tensor, const Dims& dims, std::int64_t at)
{
    std::int64_t offset = 0;
    std::int64_t stride = 1;
    for (std::size_t fromEnd = 0; fromEnd < dims.size(); ++fromEnd) {
        std::int64_t dim = dims[dims.size() - 1 - fromEnd];
        std::int64_t position = at % dim;
        at /= dim;
        if (fromEnd < tensor.rank()) {
            std::int64_t own = tensor.dims()[tensor.rank() - 1 - fromEnd];
            offset += (own == 1 ? 0 : position) * stride;
            stride *= own;
        }
    }
    return tensor.data<T>()[offset];
}

// A shape, and the same with some dims made 1 and some leading ones left out.
Dims randomDims(std::mt19937& random, std::size_t rank)
{
    Dims dims;
    for (std::size_t i = 0; i < rank; ++i)
        dims.push_back(static_cast<std::int64_t>(random() % 5 + (random() % 4 == 0 ? 0 : 1)));
    return dims;
}
Dims broadcastable(std::mt19937& random, const Dims& dims)
{
    Dims result(dims.begin() + static_cast<std::ptrdiff_t>(random() % (dims.size() + 1)), dims.end());
    for (std::int64_t& dim : result)
        if (random() % 3 == 0)
            dim = 1;
    return result;
}

Dims together(const Dims& a, const Dims& b)
{
    Dims result(std::max(a.size(), b.size()), 1);
    for (const Dims* dims : {&a, &b})
        for (std::size_t i = 0; i < dims->size(); ++i)
            if (std::int64_t dim = (*dims)[dims->size() - 1 - i]; dim != 1)
                result[result.size() - 1 - i] = dim;
    return result;
}

Tensor run(const std::string& op, const std::vector<Tensor>& inputs, harness::Attributes attributes = {},
           harness::RunOptions options = {})
{
    auto outputs = harness::runNode(makeNode(op, inputs.size(), attributes), inputs, options);
    if (!outputs.ok())
        qWarning("%s: %s", op.c_str(), outputs.error().text().c_str());
    return outputs.ok() ? (*outputs)[0] : Tensor();
}

Error failure(const std::string& op, const std::vector<Tensor>& inputs, harness::Attributes attributes = {})
{
    auto outputs = harness::runNode(makeNode(op, inputs.size(), attributes), inputs);
    return outputs.ok() ? Error{ErrorCode::Internal, "it ran", {}} : outputs.error();
}

KernelPtr kernelOf(const graph::Node& node, const std::vector<Tensor>& inputs)
{
    std::vector<graph::ValueType> types;
    for (const Tensor& input : inputs)
        types.push_back(graph::ValueType::tensor(input.type(), graph::Shape::of(input.dims())));
    std::vector<const Tensor*> constants(inputs.size(), nullptr);
    const OpSpec* spec = OpRegistry::builtin().find(node.domain, node.opType);
    return spec->kernel(KernelInfo{node, 17, types, {}, constants}).releaseValue();
}

template<class T, class F>
void checkBroadcast(const std::string& op, std::mt19937& random, F function)
{
    for (int round = 0; round < 300; ++round) {
        Dims dims = randomDims(random, random() % 6);
        std::vector<Tensor> inputs = {randomTensor<T>(random, broadcastable(random, dims)),
                                      randomTensor<T>(random, broadcastable(random, dims))};
        Dims expectedDims = together(inputs[0].dims(), inputs[1].dims());
        Tensor result = run(op, inputs, {}, {.threads = 3});
        QCOMPARE(graph::dimsText(result.dims()), graph::dimsText(expectedDims));
        std::vector<T> expected;
        for (std::int64_t i = 0; i < result.elementCount(); ++i)
            expected.push_back(static_cast<T>(
                function(seen<T>(inputs[0], expectedDims, i), seen<T>(inputs[1], expectedDims, i))));
        std::vector<T> found(result.data<T>(), result.data<T>() + result.elementCount());
        QCOMPARE(found, expected);
        // The output over each input of its size.
        for (std::size_t aliased = 0; aliased < 2; ++aliased) {
            if (inputs[aliased].dims() != expectedDims)
                continue;
            std::vector<Tensor> copies = {copyOf(inputs[0]), copyOf(inputs[1])};
            AliasedContext context(copies, aliased);
            auto outcome = kernelOf(makeNode(op, 2), copies)->run(context);
            QVERIFY2(outcome.ok(), outcome.ok() ? "" : outcome.error().text().c_str());
            const Tensor& inPlace = context.result();
            found.assign(inPlace.data<T>(), inPlace.data<T>() + inPlace.elementCount());
            QCOMPARE(found, expected);
        }
    }
}

// The greatest error of `function` on a dense grid, in absolute value and in units of the last place.
struct Accuracy {
    double absolute = 0;
    double ulps = 0;
};
template<class F, class R>
Accuracy accuracyOf(F function, R reference, double low, double high)
{
    constexpr int points = 1'000'000;
    Accuracy worst;
    for (int i = 0; i <= points; ++i) {
        auto x = static_cast<float>(low + (high - low) * i / points);
        double expected = reference(static_cast<double>(x));
        double error = std::fabs(static_cast<double>(function(x)) - expected);
        auto rounded = static_cast<float>(std::fabs(expected));
        double ulp = static_cast<double>(std::nextafter(rounded, infinity)) - static_cast<double>(rounded);
        worst.absolute = std::max(worst.absolute, error);
        worst.ulps = std::max(worst.ulps, error / ulp);
    }
    return worst;
}

} // namespace

class TestElementwise : public QObject {
    Q_OBJECT

private slots:
    void broadcastingAgreesWithNaiveLoops()
    {
        std::mt19937 random(1);
        checkBroadcast<float>("Add", random, [](float a, float b) { return a + b; });
        checkBroadcast<float>("Sub", random, [](float a, float b) { return a - b; });
        checkBroadcast<std::int64_t>("Mul", random, [](auto a, auto b) { return a * b; });
        checkBroadcast<std::uint8_t>("Max", random, [](auto a, auto b) { return std::max(a, b); });
        checkBroadcast<double>("Min", random, [](auto a, auto b) { return std::min(a, b); });
    }

    void broadcastingManyElementsOnThreads()
    {
        std::mt19937 random(2);
        Tensor a = randomTensor<float>(random, {7, 1, 300, 33});
        Tensor b = randomTensor<float>(random, {5, 1, 33});
        Tensor found = run("Sub", {a, b}, {}, {.threads = 4});
        QCOMPARE(graph::dimsText(found.dims()), graph::dimsText({7, 5, 300, 33}));
        for (std::int64_t i = 0; i < found.elementCount(); ++i)
            if (float expected = seen<float>(a, found.dims(), i) - seen<float>(b, found.dims(), i);
                found.data<float>()[i] != expected)
                QFAIL(qPrintable(QString("element %1").arg(i)));
    }

    void whereAgreesWithNaiveLoops()
    {
        std::mt19937 random(3);
        for (int round = 0; round < 300; ++round) {
            Dims dims = randomDims(random, random() % 5);
            Tensor condition = randomTensor<bool>(random, broadcastable(random, dims));
            Tensor x = randomTensor<std::int32_t>(random, broadcastable(random, dims));
            Tensor y = randomTensor<std::int32_t>(random, broadcastable(random, dims));
            Tensor found = run("Where", {condition, x, y});
            Dims all = together(together(condition.dims(), x.dims()), y.dims());
            QCOMPARE(graph::dimsText(found.dims()), graph::dimsText(all));
            for (std::int64_t i = 0; i < found.elementCount(); ++i)
                QCOMPARE(found.data<std::int32_t>()[i], seen<bool>(condition, all, i)
                                                            ? seen<std::int32_t>(x, all, i)
                                                            : seen<std::int32_t>(y, all, i));
        }
    }

    void variadicReadsARepeatedInputThatTheOutputOverwrites()
    {
        Tensor x = Tensor::of<float>({3}, {1, 2, 3});
        std::vector<Tensor> inputs = {x, Tensor::of<float>({1}, {10}), x}; // x twice: the same bytes
        AliasedContext context(inputs, 0);
        QVERIFY(kernelOf(makeNode("Sum", 3), inputs)->run(context).ok());
        QCOMPARE(std::vector<float>(context.result().data<float>(), context.result().data<float>() + 3),
                 (std::vector<float>{12, 14, 16}));
    }

    void shapesThatDoNotFitAreNamed()
    {
        Error error = failure("Add", {Tensor::of<float>({2}, {1, 2}), Tensor::of<float>({3}, {1, 2, 3})});
        QCOMPARE(error.code, ErrorCode::BadModel);
        QVERIFY2(error.message.find("2") != std::string::npos && error.message.find("3") != std::string::npos,
                 error.message.c_str());
    }

    void integerDivisionIsDefinedAtTheEdges()
    {
        constexpr auto least = std::numeric_limits<std::int32_t>::min();
        Tensor a = Tensor::of<std::int32_t>({4}, {least, 7, -7, 7});
        Tensor b = Tensor::of<std::int32_t>({4}, {-1, -2, 2, 2});
        QCOMPARE(harness::difference(run("Div", {a, b}), Tensor::of<std::int32_t>({4}, {least, -3, -3, 3})),
                 "");
        QCOMPARE(harness::difference(run("Mod", {a, b}), Tensor::of<std::int32_t>({4}, {0, -1, 1, 1})), "");
        QCOMPARE(harness::difference(run("Mod", {a, b}, {{"fmod", std::int64_t(1)}}),
                                     Tensor::of<std::int32_t>({4}, {0, 1, -1, 1})),
                 "");
        Error error = failure("Div", {a, Tensor::of<std::int32_t>({4}, {1, 2, 0, 3})});
        QCOMPARE(error.code, ErrorCode::RunFailed);
        QVERIFY(error.message.find("zero") != std::string::npos);
        QCOMPARE(failure("Mod", {a, Tensor::of<std::int32_t>({1}, {0})}).code, ErrorCode::RunFailed);
    }

    void integersWrap()
    {
        Tensor most = Tensor::of<std::int64_t>({1}, {std::numeric_limits<std::int64_t>::max()});
        Tensor one = Tensor::of<std::int64_t>({1}, {1});
        QCOMPARE(run("Add", {most, one}).data<std::int64_t>()[0], std::numeric_limits<std::int64_t>::min());
        QCOMPARE(
            run("Mul", {Tensor::of<std::uint16_t>({1}, {65535}), Tensor::of<std::uint16_t>({1}, {65535})})
                .data<std::uint16_t>()[0],
            std::uint16_t(1));
    }

    void powMixesTypesAndHasFastExponents()
    {
        Tensor x = Tensor::of<float>({4}, {-2, 0, 0.5F, 3});
        for (float exponent : {2.0F, 3.0F, 0.0F, -1.0F})
            for (std::int64_t i = 0; i < 4; ++i)
                QCOMPARE(run("Pow", {x, Tensor::scalar(exponent)}).data<float>()[i],
                         std::pow(x.data<float>()[i], exponent));
        Tensor edges = Tensor::of<float>({3}, {-0.0F, -infinity, 4});
        Tensor roots = run("Pow", {edges, Tensor::scalar(0.5F)});
        QVERIFY(!std::signbit(roots.data<float>()[0]));
        QCOMPARE(roots.data<float>()[1], infinity);
        Tensor mixed =
            run("Pow", {Tensor::of<std::int32_t>({3}, {2, -3, 1}), Tensor::of<float>({3}, {0.5F, 3, -1})});
        QCOMPARE(harness::difference(mixed, Tensor::of<std::int32_t>({3}, {1, -27, 1})), "");
        Tensor whole = run(
            "Pow", {Tensor::of<std::int64_t>({3}, {3, -1, 2}), Tensor::of<std::int64_t>({3}, {39, -3, -1})});
        QCOMPARE(
            harness::difference(whole, Tensor::of<std::int64_t>({3}, {4052555153018976267, -1, 0}), 0, 0),
            "");
    }

    void nanPassesThrough()
    {
        Tensor x = Tensor::of<float>({1}, {notANumber});
        Tensor one = Tensor::of<float>({1}, {1});
        for (const char* op :
             {"Relu", "LeakyRelu", "Elu", "Selu", "Celu", "HardSigmoid", "HardSwish", "Sigmoid", "Tanh",
              "Softplus", "Softsign", "Clip", "Exp", "Log", "Erf", "Sign", "Shrink"})
            QVERIFY2(std::isnan(run(op, {x}).data<float>()[0]), op);
        for (const char* op : {"Min", "Max", "PRelu"})
            QVERIFY2(std::isnan(run(op, {x, one}).data<float>()[0]), op);
        QVERIFY(std::isnan(run("Max", {one, x}).data<float>()[0]));
        QVERIFY(std::isnan(run("Min", {one, x}).data<float>()[0]));
    }

    void castsAreDefinedAtTheEdges()
    {
        Tensor x = Tensor::of<float>({6}, {notANumber, infinity, -infinity, 3e10F, -1.5F, 300});
        auto cast = [&](const Tensor& in, DataType to) {
            return run("Cast", {in}, {{"to", static_cast<std::int64_t>(to)}});
        };
        QCOMPARE(
            harness::difference(cast(x, DataType::Int32),
                                Tensor::of<std::int32_t>({6}, {0, std::numeric_limits<int>::max(),
                                                               std::numeric_limits<int>::min(),
                                                               std::numeric_limits<int>::max(), -1, 300}),
                                0, 0),
            "");
        QCOMPARE(harness::difference(cast(x, DataType::UInt8),
                                     Tensor::of<std::uint8_t>({6}, {0, 255, 0, 255, 0, 255}), 0, 0),
                 "");
        QCOMPARE(cast(x, DataType::Int64).data<std::int64_t>()[1], std::numeric_limits<std::int64_t>::max());
        QCOMPARE(cast(x, DataType::UInt64).data<std::uint64_t>()[1],
                 std::numeric_limits<std::uint64_t>::max());
        Tensor ints = Tensor::of<std::int64_t>({3}, {-1, 256, 0});
        QCOMPARE(harness::difference(cast(ints, DataType::UInt8), Tensor::of<std::uint8_t>({3}, {255, 0, 0})),
                 "");
        Tensor truths = cast(ints, DataType::Bool);
        QVERIFY(truths.data<bool>()[0] && truths.data<bool>()[1] && !truths.data<bool>()[2]);
        Tensor big = Tensor::of<std::uint64_t>({1}, {std::numeric_limits<std::uint64_t>::max()});
        QCOMPARE(cast(big, DataType::Float32).data<float>()[0], 18446744073709551616.0F);
        // Halves keep what they can hold, round to even and overflow to infinity.
        Tensor halves = Tensor::of<float>({5}, {1.5F, 65504, 65520, 2049, 1e-8F});
        Tensor back = cast(cast(halves, DataType::Float16), DataType::Float32);
        QCOMPARE(harness::difference(back, Tensor::of<float>({5}, {1.5F, 65504, infinity, 2048, 0}), 0, 0),
                 "");
        Tensor brains =
            cast(cast(Tensor::of<float>({2}, {1.00390625F, 3e38F}), DataType::BFloat16), DataType::Float32);
        QCOMPARE(brains.data<float>()[0], 1.0F);
        // Text.
        Tensor texts = cast(Tensor::of<float>({4}, {0.1F, notANumber, -infinity, 2}), DataType::String);
        QCOMPARE(texts.strings(), (std::vector<std::string>{"0.1", "NaN", "-INF", "2"}));
        Tensor numbers = cast(Tensor::ofStrings({3}, {"-12", "+INF", "1e3"}), DataType::Float64);
        QCOMPARE(harness::difference(numbers, Tensor::of<double>({3}, {-12, HUGE_VAL, 1000})), "");
        QCOMPARE(failure("Cast", {Tensor::ofStrings({1}, {"twelve"})}, {{"to", std::int64_t(1)}}).code,
                 ErrorCode::RunFailed);
        QCOMPARE(failure("Cast", {x}, {{"to", std::int64_t(999)}}).code, ErrorCode::BadModel);
    }

    void halvesRunThroughFloat()
    {
        auto half = [&](const Tensor& in) { return run("Cast", {in}, {{"to", std::int64_t(10)}}); };
        auto whole = [&](const Tensor& in) { return run("Cast", {in}, {{"to", std::int64_t(1)}}); };
        std::mt19937 random(4);
        Tensor a = randomTensor<float>(random, {2, 3, 700});
        Tensor b = randomTensor<float>(random, {3, 1});
        QCOMPARE(harness::difference(whole(run("Mul", {half(a), half(b)})), run("Mul", {a, b})), "");
        QCOMPARE(harness::difference(run("Less", {half(a), half(b)}), run("Less", {a, b})), "");
        QCOMPARE(harness::difference(whole(run("Relu", {half(a)})), run("Relu", {a})), "");
        QCOMPARE(
            harness::difference(whole(run("ReduceMax", {half(a)}, {{"axes", std::vector<std::int64_t>{1}}})),
                                run("ReduceMax", {a}, {{"axes", std::vector<std::int64_t>{1}}})),
            "");
    }

    void clipTakesAttributesOrInputs()
    {
        Tensor x = Tensor::of<float>({4}, {-5, 0, 5, notANumber});
        Tensor expected = Tensor::of<float>({4}, {-1, 0, 2, notANumber});
        QCOMPARE(harness::difference(run("Clip", {x}, {{"min", -1.0F}, {"max", 2.0F}}, {.opsetVersion = 6}),
                                     expected),
                 "");
        QCOMPARE(harness::difference(run("Clip", {x, Tensor::scalar(-1.0F), Tensor::scalar(2.0F)}), expected),
                 "");
        QCOMPARE(failure("Clip", {x, Tensor::of<float>({2}, {0, 1})}).code, ErrorCode::RunFailed);
    }

    void fusedAddAppliesEachActivation()
    {
        std::mt19937 random(5);
        Tensor a = randomTensor<float>(random, {3, 5000});
        Tensor b = randomTensor<float>(random, {3, 1});
        for (const char* op : {"Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish"}) {
            auto node = makeNode("FusedAdd", 2, {{"activation", std::string(op)}}, 1, "orrery");
            auto fused = harness::runNode(node, std::vector<Tensor>{a, b}, {.opsetVersion = 1, .threads = 2});
            QVERIFY2(fused.ok(), fused.ok() ? "" : fused.error().text().c_str());
            QCOMPARE(harness::difference((*fused)[0], run(op, {run("Add", {a, b})})), "");
        }
        auto clip =
            makeNode("FusedAdd", 2,
                     {{"activation", std::string("Clip")}, {"activation_params", std::vector<float>{0, 6}}},
                     1, "orrery");
        auto fused = harness::runNode(clip, std::vector<Tensor>{a, b}, {.opsetVersion = 1});
        QCOMPARE(harness::difference((*fused)[0], run("Clip", {run("Add", {a, b}), Tensor::scalar(0.0F),
                                                               Tensor::scalar(6.0F)})),
                 "");
        auto unknown = makeNode("FusedAdd", 2, {{"activation", std::string("Bogus")}}, 1, "orrery");
        QVERIFY(!harness::runNode(unknown, std::vector<Tensor>{a, b}, {.opsetVersion = 1}).ok());
    }

    void geluAgreesWithItsDefinition()
    {
        std::vector<float> points;
        for (int i = -8000; i <= 8000; ++i)
            points.push_back(static_cast<float>(i) / 1000);
        Tensor x = Tensor::of<float>({static_cast<std::int64_t>(points.size())}, points);
        Tensor exact = run("Gelu", {x}, {}, {.opsetVersion = 20});
        Tensor byTanh = run("Gelu", {x}, {{"approximate", std::string("tanh")}}, {.opsetVersion = 20});
        for (std::size_t i = 0; i < points.size(); ++i) {
            double v = static_cast<double>(points[i]);
            double expected = 0.5 * v * (1 + std::erf(v / std::sqrt(2.0)));
            QVERIFY(std::fabs(static_cast<double>(exact.data<float>()[i]) - expected) < 1e-6);
            expected = 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
            QVERIFY(std::fabs(static_cast<double>(byTanh.data<float>()[i]) - expected) < 1e-6);
        }
    }

    void vectorFunctionsAreAccurate()
    {
        using D = double;
        QVERIFY(accuracyOf([](float x) { return vec::erf(x); }, [](D x) { return std::erf(x); }, -6, 6)
                    .absolute <= 2e-7);
        QVERIFY(accuracyOf([](float x) { return vec::exp(x); }, [](D x) { return std::exp(x); }, -87, 88.7)
                    .ulps <= 2);
        QVERIFY(accuracyOf([](float x) { return vec::exp(x); }, [](D x) { return std::exp(x); }, -104, -87)
                    .ulps <= 2);
        QVERIFY(accuracyOf([](float x) { return vec::expm1(x); }, [](D x) { return std::expm1(x); }, -20, 20)
                    .ulps <= 4);
        QVERIFY(
            accuracyOf([](float x) { return vec::log(x); }, [](D x) { return std::log(x); }, 1e-3, 8).ulps <=
            2);
        QVERIFY(
            accuracyOf([](float x) { return vec::log(x); }, [](D x) { return std::log(x); }, 1, 3e38).ulps <=
            2);
        QVERIFY(accuracyOf([](float x) { return vec::log(x); }, [](D x) { return std::log(x); }, 1e-44, 1e-36)
                    .ulps <= 2);
        QVERIFY(accuracyOf([](float x) { return vec::tanh(x); }, [](D x) { return std::tanh(x); }, -12, 12)
                    .ulps <= 4);
        QVERIFY(accuracyOf([](float x) { return vec::sigmoid(x); },
                           [](D x) { return 1 / (1 + std::exp(-x)); }, -87, 30)
                    .ulps <= 4);
        QVERIFY(accuracyOf([](float x) { return vec::softplus(x); },
                           [](D x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }, -80,
                           80)
                    .ulps <= 4);
        QCOMPARE(vec::exp(infinity), infinity);
        QCOMPARE(vec::exp(-infinity), 0.0F);
        QCOMPARE(vec::log(0.0F), -infinity);
        QVERIFY(std::isnan(vec::log(-1.0F)));
        QCOMPARE(vec::tanh(infinity), 1.0F);
        QCOMPARE(vec::erf(-infinity), -1.0F);
    }
};

QTEST_GUILESS_MAIN(TestElementwise)
#include "test_elementwise.moc"
