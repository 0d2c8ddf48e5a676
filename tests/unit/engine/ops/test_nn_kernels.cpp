// SPDX-License-Identifier: Apache-2.0
//
// Convolution, pooling, matrix products and the recurrent layers against references that follow the
// definitions element by element, over random shapes and attributes, on one and on three threads.
#include "tests/unit/engine/ops/kernel_harness.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace orrery;
using namespace orrery::ops;
using namespace orrery::ops::harness;
using graph::Dims;
using graph::Tensor;
using Ints = std::vector<std::int64_t>;

namespace {

class Random {
public:
    explicit Random(unsigned seed)
        : m_engine(seed)
    {}
    std::int64_t between(std::int64_t low, std::int64_t high)
    {
        return std::uniform_int_distribution<std::int64_t>(low, high)(m_engine);
    }
    template<class T>
    Tensor tensor(const Dims& dims)
    {
        Tensor result = Tensor::allocate(graph::dataTypeOf<T>(), dims).releaseValue();
        std::uniform_real_distribution<double> real(-1, 1);
        for (std::int64_t i = 0; i < result.elementCount(); ++i)
            result.mutableData<T>()[i] =
                std::is_integral_v<T> ? static_cast<T>(between(-9, 9)) : static_cast<T>(real(m_engine));
        return result;
    }

private:
    std::mt19937 m_engine;
};

#define COMPARE_TENSOR(found, expected, relative)                                                            \
    do {                                                                                                     \
        const std::string text_ = difference(found, expected, relative, 1e-5);                               \
        QVERIFY2(text_.empty(), text_.c_str());                                                              \
    } while (false)

// The window's values around one output pixel of one plane, padding left out; `visit(kernel index, input
// index)`.
struct Geometry {
    Ints input, kernel, strides, dilations, begins, ends, output;

    template<class F>
    void visit(std::int64_t pixel, F&& use) const
    {
        std::int64_t taps = 1;
        for (std::int64_t k : kernel)
            taps *= k;
        for (std::int64_t tap = 0; tap < taps; ++tap) {
            std::int64_t restPixel = pixel;
            std::int64_t restTap = tap;
            std::int64_t index = 0;
            std::int64_t stride = 1;
            bool inside = true;
            for (std::size_t axis = input.size(); axis-- > 0;) {
                const std::int64_t at = restPixel % output[axis] * strides[axis] - begins[axis] +
                                        restTap % kernel[axis] * dilations[axis];
                restPixel /= output[axis];
                restTap /= kernel[axis];
                inside = inside && at >= 0 && at < input[axis];
                index += at * stride;
                stride *= input[axis];
            }
            if (inside)
                use(tap, index);
        }
    }
    Ints pads() const
    {
        Ints result = begins;
        result.insert(result.end(), ends.begin(), ends.end());
        return result;
    }
};

std::int64_t product(const Ints& values)
{
    std::int64_t result = 1;
    for (std::int64_t value : values)
        result *= value;
    return result;
}

Geometry randomGeometry(Random& random, std::size_t rank, std::int64_t largestPad)
{
    Geometry g;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        g.kernel.push_back(random.between(1, 5));
        g.strides.push_back(random.between(1, 3));
        g.dilations.push_back(random.between(1, 2));
        g.begins.push_back(random.between(0, std::min(largestPad, g.kernel.back() - 1)));
        g.ends.push_back(random.between(0, std::min(largestPad, g.kernel.back() - 1)));
        const std::int64_t extent = (g.kernel.back() - 1) * g.dilations.back() + 1;
        g.input.push_back(extent + random.between(0, rank == 3 ? 4 : 30));
        g.output.push_back((g.input.back() + g.begins.back() + g.ends.back() - extent) / g.strides.back() +
                           1);
    }
    return g;
}

Dims withPlanes(std::int64_t n, std::int64_t c, const Ints& spatial)
{
    Dims dims{n, c};
    dims.insert(dims.end(), spatial.begin(), spatial.end());
    return dims;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

} // namespace

class TestNnKernels : public QObject {
    Q_OBJECT

private slots:
    void convMatchesDefinition_data();
    void convMatchesDefinition();
    void fusedConvAppliesTheActivation();
    void convTransposeIsTheTransposeOfConv();
    void maxPoolMatchesDefinition();
    void averagePoolMatchesDefinition();
    void gemmMatchesDefinition();
    void matMulBroadcastsBatches();
    void integerProductsWrap();
    void lstmMatchesDefinition();
    void emptyTensorsGiveEmptyOutputs();
    void hostileAttributesAreRefused_data();
    void hostileAttributesAreRefused();
};

void TestNnKernels::convMatchesDefinition_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 0; seed < 60; ++seed)
        QTest::addRow("seed %d", seed) << seed;
}

void TestNnKernels::convMatchesDefinition()
{
    QFETCH(int, seed);
    Random random(static_cast<unsigned>(seed));
    const Geometry g = randomGeometry(random, static_cast<std::size_t>(seed % 3) + 1, 4);
    const std::int64_t groups = random.between(1, 4);
    const std::int64_t groupChannels = seed % 4 == 0 ? 1 : random.between(1, 5);
    const std::int64_t groupFilters = random.between(1, 6);
    const std::int64_t batch = random.between(1, 3);
    const Tensor x = random.tensor<double>(withPlanes(batch, groups * groupChannels, g.input));
    const Tensor w = random.tensor<double>(withPlanes(groups * groupFilters, groupChannels, g.kernel));
    const Tensor b = random.tensor<double>({groups * groupFilters});
    Tensor expected =
        Tensor::allocate(graph::DataType::Float64, withPlanes(batch, groups * groupFilters, g.output))
            .releaseValue();
    const std::int64_t pixels = product(g.output);
    const std::int64_t taps = product(g.kernel);
    for (std::int64_t plane = 0; plane < batch * groups * groupFilters; ++plane)
        for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
            const std::int64_t filter = plane % (groups * groupFilters);
            const std::int64_t image = plane / (groups * groupFilters);
            double sum = b.data<double>()[filter];
            for (std::int64_t c = 0; c < groupChannels; ++c)
                g.visit(pixel, [&](std::int64_t tap, std::int64_t at) {
                    const std::int64_t channel = filter / groupFilters * groupChannels + c;
                    sum +=
                        w.data<double>()[(filter * groupChannels + c) * taps + tap] *
                        x.data<double>()[(image * groups * groupChannels + channel) * product(g.input) + at];
                });
            expected.mutableData<double>()[plane * pixels + pixel] = sum;
        }
    const graph::Node node = makeNode("Conv", 3,
                                      {{"group", groups},
                                       {"strides", g.strides},
                                       {"dilations", g.dilations},
                                       {"pads", g.pads()},
                                       {"kernel_shape", g.kernel}});
    for (int threads : {1, 3}) {
        auto found = runNode(node, {x, w, b}, {.threads = threads});
        QVERIFY2(found.ok(), found.ok() ? "" : found.error().text().c_str());
        COMPARE_TENSOR((*found)[0], expected, 1e-9);
    }
}

void TestNnKernels::fusedConvAppliesTheActivation()
{
    Random random(1);
    const Tensor x = random.tensor<float>({2, 5, 9, 7});
    const Tensor w = random.tensor<float>({6, 5, 3, 3});
    auto plain = runNode(makeNode("Conv", 2), {x, w});
    auto fused = runNode(makeNode("FusedConv", 2,
                                  {{"activation", std::string("Clip")},
                                   {"activation_params", std::vector<float>{-0.5F, 0.75F}}},
                                  1, "orrery"),
                         {x, w}, {.opsetVersion = 1});
    QVERIFY(plain.ok() && fused.ok());
    Tensor& expected = (*plain)[0];
    bool clipped = false;
    for (std::int64_t i = 0; i < expected.elementCount(); ++i) {
        float& value = expected.mutableData<float>()[i];
        clipped = clipped || value < -0.5F || value > 0.75F;
        value = std::min(std::max(value, -0.5F), 0.75F);
    }
    QVERIFY(clipped);
    COMPARE_TENSOR((*fused)[0], expected, 1e-6);
}

// <Conv(x), y> = <x, ConvTranspose(y)> with the same weight, for inputs that the windows cover to the end.
void TestNnKernels::convTransposeIsTheTransposeOfConv()
{
    for (unsigned seed = 0; seed < 40; ++seed) {
        Random random(seed);
        Geometry g = randomGeometry(random, seed % 3 + 1, 4);
        for (std::size_t axis = 0; axis < g.input.size(); ++axis)
            g.input[axis] = (g.output[axis] - 1) * g.strides[axis] +
                            (g.kernel[axis] - 1) * g.dilations[axis] + 1 - g.begins[axis] - g.ends[axis];
        if (*std::min_element(g.input.begin(), g.input.end()) < 1)
            continue;
        const std::int64_t groups = random.between(1, 3);
        const std::int64_t channels = groups * random.between(1, 4);
        const std::int64_t filters = groups * random.between(1, 4);
        const Tensor x = random.tensor<double>(withPlanes(2, channels, g.input));
        const Tensor w = random.tensor<double>(withPlanes(filters, channels / groups, g.kernel));
        const Tensor y = random.tensor<double>(withPlanes(2, filters, g.output));
        Attributes attributes = {
            {"group", groups}, {"strides", g.strides}, {"dilations", g.dilations}, {"pads", g.pads()}};
        auto forward = runNode(makeNode("Conv", 2, attributes), {x, w});
        auto backward = runNode(makeNode("ConvTranspose", 2, attributes), {y, w}, {.threads = 2});
        QVERIFY2(forward.ok(), forward.ok() ? "" : forward.error().text().c_str());
        QVERIFY2(backward.ok(), backward.ok() ? "" : backward.error().text().c_str());
        QCOMPARE((*backward)[0].dims(), x.dims());
        auto dot = [](const Tensor& a, const Tensor& b) {
            double sum = 0;
            for (std::int64_t i = 0; i < a.elementCount(); ++i)
                sum += a.data<double>()[i] * b.data<double>()[i];
            return sum;
        };
        QVERIFY(std::abs(dot((*forward)[0], y) - dot(x, (*backward)[0])) < 1e-8);
    }
}

void TestNnKernels::maxPoolMatchesDefinition()
{
    for (unsigned seed = 0; seed < 40; ++seed) {
        Random random(seed);
        const Geometry g = randomGeometry(random, seed % 3 + 1, 4);
        const Tensor x = random.tensor<float>(withPlanes(2, 3, g.input));
        const std::int64_t pixels = product(g.output);
        const std::int64_t plane = product(g.input);
        Tensor expected =
            Tensor::allocate(graph::DataType::Float32, withPlanes(2, 3, g.output)).releaseValue();
        for (std::int64_t i = 0; i < expected.elementCount(); ++i) {
            float best = -std::numeric_limits<float>::infinity();
            g.visit(i % pixels, [&](std::int64_t, std::int64_t at) {
                best = std::max(best, x.data<float>()[i / pixels * plane + at]);
            });
            expected.mutableData<float>()[i] = best;
        }
        Attributes attributes = {{"kernel_shape", g.kernel},
                                 {"strides", g.strides},
                                 {"dilations", g.dilations},
                                 {"pads", g.pads()}};
        auto alone = runNode(makeNode("MaxPool", 1, attributes), {x}, {.threads = 2});
        auto both = runNode(makeNode("MaxPool", 1, attributes, 2), {x});
        QVERIFY2(alone.ok(), alone.ok() ? "" : alone.error().text().c_str());
        QVERIFY2(both.ok(), both.ok() ? "" : both.error().text().c_str());
        COMPARE_TENSOR((*alone)[0], expected, 0);
        COMPARE_TENSOR((*both)[0], expected, 0);
        for (std::int64_t i = 0; i < expected.elementCount(); ++i)
            if (const std::int64_t at = (*both)[1].data<std::int64_t>()[i]; at >= 0)
                QCOMPARE(x.data<float>()[at], expected.data<float>()[i]);
    }
}

void TestNnKernels::averagePoolMatchesDefinition()
{
    for (unsigned seed = 0; seed < 40; ++seed) {
        Random random(seed);
        const Geometry g = randomGeometry(random, seed % 3 + 1, 4);
        const bool countPads = seed % 2 == 0;
        const Tensor x = random.tensor<double>(withPlanes(1, 2, g.input));
        const std::int64_t pixels = product(g.output);
        Tensor expected =
            Tensor::allocate(graph::DataType::Float64, withPlanes(1, 2, g.output)).releaseValue();
        for (std::int64_t i = 0; i < expected.elementCount(); ++i) {
            double sum = 0;
            std::int64_t count = 0;
            g.visit(i % pixels, [&](std::int64_t, std::int64_t at) {
                sum += x.data<double>()[i / pixels * product(g.input) + at];
                ++count;
            });
            expected.mutableData<double>()[i] =
                sum / static_cast<double>(countPads ? product(g.kernel) : std::max<std::int64_t>(count, 1));
        }
        auto found = runNode(makeNode("AveragePool", 1,
                                      {{"kernel_shape", g.kernel},
                                       {"strides", g.strides},
                                       {"dilations", g.dilations},
                                       {"pads", g.pads()},
                                       {"count_include_pad", std::int64_t(countPads)}}),
                             {x}, {.opsetVersion = 19});
        QVERIFY2(found.ok(), found.ok() ? "" : found.error().text().c_str());
        COMPARE_TENSOR((*found)[0], expected, 1e-9);
    }
}

void TestNnKernels::gemmMatchesDefinition()
{
    for (unsigned seed = 0; seed < 64; ++seed) {
        Random random(seed);
        const std::int64_t m = random.between(1, 70);
        const std::int64_t n = random.between(1, 70);
        const std::int64_t k = random.between(0, 40);
        const bool transA = (seed & 1) != 0;
        const bool transB = (seed & 2) != 0;
        const Dims biases[] = {{}, {n}, {m, 1}, {m, n}};
        const Tensor a = random.tensor<double>(transA ? Dims{k, m} : Dims{m, k});
        const Tensor b = random.tensor<double>(transB ? Dims{n, k} : Dims{k, n});
        const Tensor c = random.tensor<double>(biases[seed / 4 % 4]);
        Tensor expected = Tensor::allocate(graph::DataType::Float64, {m, n}).releaseValue();
        for (std::int64_t i = 0; i < m; ++i)
            for (std::int64_t j = 0; j < n; ++j) {
                double sum = 0;
                for (std::int64_t l = 0; l < k; ++l)
                    sum += a.data<double>()[transA ? l * m + i : i * k + l] *
                           b.data<double>()[transB ? j * k + l : l * n + j];
                const std::int64_t at[] = {0, j, i, i * n + j};
                expected.mutableData<double>()[i * n + j] =
                    0.5 * sum + 2.0 * c.data<double>()[at[seed / 4 % 4]];
            }
        auto found = runNode(makeNode("Gemm", 3,
                                      {{"transA", std::int64_t(transA)},
                                       {"transB", std::int64_t(transB)},
                                       {"alpha", 0.5F},
                                       {"beta", 2.0F}}),
                             {a, b, c}, {.threads = 2});
        QVERIFY2(found.ok(), found.ok() ? "" : found.error().text().c_str());
        COMPARE_TENSOR((*found)[0], expected, 1e-9);
    }
}

void TestNnKernels::matMulBroadcastsBatches()
{
    Random random(5);
    const Tensor a = random.tensor<float>({3, 1, 4, 5});
    const Tensor b = random.tensor<float>({2, 5, 6});
    auto found = runNode(makeNode("MatMul", 2), {a, b}, {.threads = 2});
    QVERIFY2(found.ok(), found.ok() ? "" : found.error().text().c_str());
    QCOMPARE((*found)[0].dims(), (Dims{3, 2, 4, 6}));
    for (std::int64_t i = 0; i < (*found)[0].elementCount(); ++i) {
        const std::int64_t column = i % 6, row = i / 6 % 4, second = i / 24 % 2, first = i / 48;
        float sum = 0;
        for (std::int64_t l = 0; l < 5; ++l)
            sum +=
                a.data<float>()[(first * 4 + row) * 5 + l] * b.data<float>()[(second * 5 + l) * 6 + column];
        QVERIFY(std::abs((*found)[0].data<float>()[i] - sum) < 1e-5F);
    }
    auto vectors = runNode(makeNode("MatMul", 2), {random.tensor<float>({5}), random.tensor<float>({5})});
    QVERIFY(vectors.ok());
    QCOMPARE((*vectors)[0].rank(), std::size_t(0));
}

void TestNnKernels::integerProductsWrap()
{
    const Tensor a = Tensor::of<std::int32_t>({1, 2}, {std::numeric_limits<std::int32_t>::max(), 2});
    const Tensor b = Tensor::of<std::int32_t>({2, 1}, {2, -3});
    auto found = runNode(makeNode("MatMul", 2), {a, b});
    QVERIFY(found.ok());
    QCOMPARE((*found)[0].data<std::int32_t>()[0], -8); // 2^32 - 2 - 6, modulo 2^32
}

// Both ways, with peepholes, initial states and entries of different lengths.
void TestNnKernels::lstmMatchesDefinition()
{
    Random random(9);
    const std::int64_t steps = 5, batch = 3, size = 4, hidden = 6;
    const Tensor x = random.tensor<double>({steps, batch, size});
    const Tensor w = random.tensor<double>({2, 4 * hidden, size});
    const Tensor r = random.tensor<double>({2, 4 * hidden, hidden});
    const Tensor b = random.tensor<double>({2, 8 * hidden});
    const Tensor lengths = Tensor::of<std::int32_t>({batch}, {5, 2, 0});
    const Tensor h0 = random.tensor<double>({2, batch, hidden});
    const Tensor c0 = random.tensor<double>({2, batch, hidden});
    const Tensor p = random.tensor<double>({2, 3 * hidden});
    auto found = runNode(
        makeNode("LSTM", 8, {{"direction", std::string("bidirectional")}, {"hidden_size", hidden}}, 3),
        {x, w, r, b, lengths, h0, c0, p}, {.threads = 2});
    QVERIFY2(found.ok(), found.ok() ? "" : found.error().text().c_str());
    Tensor y = Tensor::of<double>({steps, 2, batch, hidden},
                                  std::vector<double>(static_cast<std::size_t>(steps * 2 * batch * hidden)));
    Tensor yh = Tensor::of<double>({2, batch, hidden},
                                   std::vector<double>(static_cast<std::size_t>(2 * batch * hidden)));
    Tensor yc = Tensor::of<double>({2, batch, hidden},
                                   std::vector<double>(static_cast<std::size_t>(2 * batch * hidden)));
    for (std::int64_t d = 0; d < 2; ++d)
        for (std::int64_t e = 0; e < batch; ++e) {
            const std::int64_t state = (d * batch + e) * hidden;
            std::vector<double> h(h0.data<double>() + state, h0.data<double>() + state + hidden);
            std::vector<double> c(c0.data<double>() + state, c0.data<double>() + state + hidden);
            const std::int64_t length = lengths.data<std::int32_t>()[e];
            for (std::int64_t s = 0; s < length; ++s) {
                const std::int64_t t = d == 0 ? s : length - 1 - s;
                auto gate = [&](std::int64_t row) { // Xt·Wᵀ + H·Rᵀ + Wb + Rb
                    double sum = b.data<double>()[d * 8 * hidden + row] +
                                 b.data<double>()[d * 8 * hidden + 4 * hidden + row];
                    for (std::int64_t i = 0; i < size; ++i)
                        sum += x.data<double>()[(t * batch + e) * size + i] *
                               w.data<double>()[(d * 4 * hidden + row) * size + i];
                    for (std::int64_t i = 0; i < hidden; ++i)
                        sum += h[static_cast<std::size_t>(i)] *
                               r.data<double>()[(d * 4 * hidden + row) * hidden + i];
                    return sum;
                };
                const double* peep = p.data<double>() + d * 3 * hidden;
                std::vector<double> next(h);
                for (std::int64_t j = 0; j < hidden; ++j) {
                    double& cell = c[static_cast<std::size_t>(j)];
                    const double in = sigmoid(gate(j) + peep[j] * cell);
                    const double forget = sigmoid(gate(2 * hidden + j) + peep[2 * hidden + j] * cell);
                    cell = forget * cell + in * std::tanh(gate(3 * hidden + j));
                    next[static_cast<std::size_t>(j)] =
                        sigmoid(gate(hidden + j) + peep[hidden + j] * cell) * std::tanh(cell);
                }
                h = next;
                std::copy(h.begin(), h.end(), y.mutableData<double>() + ((t * 2 + d) * batch + e) * hidden);
            }
            std::copy(h.begin(), h.end(), yh.mutableData<double>() + state);
            std::copy(c.begin(), c.end(), yc.mutableData<double>() + state);
        }
    COMPARE_TENSOR((*found)[0], y, 1e-9);
    COMPARE_TENSOR((*found)[1], yh, 1e-9);
    COMPARE_TENSOR((*found)[2], yc, 1e-9);
}

void TestNnKernels::emptyTensorsGiveEmptyOutputs()
{
    Random random(3);
    auto conv = runNode(makeNode("Conv", 2),
                        {random.tensor<float>({0, 3, 8, 8}), random.tensor<float>({4, 3, 3, 3})});
    QVERIFY(conv.ok());
    QCOMPARE((*conv)[0].dims(), (Dims{0, 4, 6, 6}));
    auto product =
        runNode(makeNode("MatMul", 2), {random.tensor<float>({2, 0}), random.tensor<float>({0, 3})});
    QVERIFY(product.ok());
    COMPARE_TENSOR((*product)[0], Tensor::of<float>({2, 3}, {0, 0, 0, 0, 0, 0}), 0);
    for (const char* op : {"Softmax", "LpNormalization", "GlobalAveragePool"}) {
        auto found = runNode(makeNode(op, 1), {random.tensor<float>({0, 3, 4})});
        QVERIFY2(found.ok(), op);
        QCOMPARE((*found)[0].elementCount(), 0);
    }
}

void TestNnKernels::hostileAttributesAreRefused_data()
{
    QTest::addColumn<QString>("op");
    QTest::addColumn<QString>("attribute");
    QTest::addColumn<QList<qlonglong>>("values");
    constexpr qlonglong huge = std::numeric_limits<qlonglong>::max();
    for (const char* op : {"Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool"}) {
        auto row = [&](const char* attribute, const QList<qlonglong>& values) {
            QTest::addRow("%s %s %lld", op, attribute, values.back())
                << QString(op) << QString(attribute) << values;
        };
        row("strides", {0, 1});
        row("strides", {1, -1});
        row("strides", {1, 1, 1});
        row("strides", {1, huge});
        row("dilations", {1, 0});
        row("dilations", {1, huge});
        row("pads", {0, 0, 0, -1});
        row("pads", {0, 0, 0});
        row("pads", {0, 0, 0, huge});
        row("kernel_shape", {3, 0});
        row("kernel_shape", {3, huge});
        row("kernel_shape", {-3, 3});
        row("kernel_shape", {3, 3, 3});
    }
}

void TestNnKernels::hostileAttributesAreRefused()
{
    QFETCH(QString, op);
    QFETCH(QString, attribute);
    QFETCH(QList<qlonglong>, values);
    Random random(4);
    const bool pool = op.endsWith("Pool");
    graph::Node node = makeNode(op.toStdString(), pool ? 1 : 2, {{"kernel_shape", Ints{3, 3}}});
    node.setAttribute(attribute.toStdString(), Ints(values.begin(), values.end()));
    std::vector<Tensor> inputs{random.tensor<float>({1, 4, 9, 9})};
    if (!pool)
        inputs.push_back(random.tensor<float>({4, 4, 3, 3}));
    auto found = runNode(node, inputs);
    QVERIFY(!found.ok());
    QVERIFY2(found.error().code == ErrorCode::BadModel, found.error().text().c_str());
}

QTEST_GUILESS_MAIN(TestNnKernels)
#include "test_nn_kernels.moc"
