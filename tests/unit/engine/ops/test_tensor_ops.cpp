// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/op_spec.h"
#include "tests/unit/engine/ops/kernel_harness.h"

#include <QtTest>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

using namespace orrery;
using graph::Dims;
using graph::Tensor;
using ops::harness::difference;
using ops::harness::makeNode;
using ops::harness::runNode;
using ops::harness::RunOptions;
using Ints = std::vector<std::int64_t>;

namespace {

std::mt19937& generator()
{
    static std::mt19937 engine(20220614);
    return engine;
}

std::int64_t between(std::int64_t low, std::int64_t high)
{
    return std::uniform_int_distribution<std::int64_t>(low, high)(generator());
}

Dims randomDims(std::size_t rank, std::int64_t largest, std::int64_t smallest = 1)
{
    Dims dims(rank);
    for (std::int64_t& dim : dims)
        dim = between(smallest, largest);
    return dims;
}

std::int64_t countOf(const Dims& dims)
{
    return std::accumulate(dims.begin(), dims.end(), std::int64_t(1), std::multiplies<>());
}

// 0, 1, 2, … so that every element says where it came from.
template<class T>
Tensor numbered(const Dims& dims)
{
    std::vector<T> values(static_cast<std::size_t>(countOf(dims)));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<T>(i);
    return Tensor::of(dims, values);
}

template<>
Tensor numbered<std::string>(const Dims& dims)
{
    std::vector<std::string> values;
    for (std::int64_t i = 0; i < countOf(dims); ++i)
        values.push_back("element " + std::to_string(i));
    return Tensor::ofStrings(dims, values);
}

Tensor ints(const Ints& values) { return Tensor::of({static_cast<std::int64_t>(values.size())}, values); }

Dims indexOf(std::int64_t flat, const Dims& dims)
{
    Dims index(dims.size());
    for (std::size_t i = dims.size(); i-- > 0;) {
        index[i] = flat % dims[i];
        flat /= dims[i];
    }
    return index;
}

std::int64_t flatOf(const Dims& index, const Dims& dims)
{
    std::int64_t flat = 0;
    for (std::size_t i = 0; i < dims.size(); ++i)
        flat = flat * dims[i] + index[i];
    return flat;
}

// The output whose element at each index is the input's at source(index), or -1 where that gives nothing.
using Source = std::function<std::optional<Dims>(const Dims&)>;
Tensor naive(const Tensor& input, const Dims& outputDims, const Source& source)
{
    std::vector<std::int32_t> values;
    for (std::int64_t n = 0; n < countOf(outputDims); ++n) {
        auto from = source(indexOf(n, outputDims));
        values.push_back(from ? input.data<std::int32_t>()[flatOf(*from, input.dims())] : -1);
    }
    return Tensor::of(outputDims, values);
}

std::string differenceOf(const Result<std::vector<Tensor>>& found, const Tensor& expected)
{
    if (!found.ok())
        return found.error().text();
    return (*found)[0].identicalTo(expected) ? ""
                                             : difference((*found)[0], expected) + " (not the same bytes)";
}

template<class T>
std::string transposeDifference(const Dims& dims, const Ints& perm, int threads)
{
    Tensor input = numbered<T>(dims);
    Dims outputDims;
    for (std::int64_t axis : perm)
        outputDims.push_back(dims[static_cast<std::size_t>(axis)]);
    RunOptions options;
    options.threads = threads;
    auto found = runNode(makeNode("Transpose", 1, {{"perm", perm}}), std::vector<Tensor>{input}, options);
    if (!found.ok())
        return found.error().text();
    if ((*found)[0].dims() != outputDims)
        return "wrong dims " + graph::dimsText((*found)[0].dims());
    for (std::int64_t n = 0; n < countOf(dims); ++n) {
        Dims to = indexOf(n, outputDims);
        Dims from(dims.size());
        for (std::size_t i = 0; i < perm.size(); ++i)
            from[static_cast<std::size_t>(perm[i])] = to[i];
        std::int64_t at = flatOf(from, dims);
        bool same = false;
        if constexpr (std::is_same_v<T, std::string>)
            same = (*found)[0].strings()[static_cast<std::size_t>(n)] ==
                   input.strings()[static_cast<std::size_t>(at)];
        else
            same = (*found)[0].data<T>()[n] == input.data<T>()[at];
        if (!same)
            return "element " + std::to_string(n) + " of " + graph::dimsText(dims) + " differs";
    }
    return "";
}

// Shape inference over a chain of nodes: value n is the output of the n-th entry.
class Chain {
public:
    struct Entry {
        graph::ValueType type;
        std::optional<Tensor> constant;
        std::optional<std::vector<graph::Dim>> elements;
    };

    std::size_t input(std::vector<graph::Dim> dims)
    {
        m_entries.push_back(
            {graph::ValueType::tensor(graph::DataType::Float32, graph::Shape(std::move(dims))), {}, {}});
        return m_entries.size() - 1;
    }
    std::size_t constant(Tensor tensor)
    {
        Entry entry{graph::ValueType::tensor(tensor.type(), graph::Shape::of(tensor.dims())), tensor, {}};
        m_entries.push_back(std::move(entry));
        return m_entries.size() - 1;
    }
    std::size_t node(std::string op, const std::vector<std::size_t>& inputs,
                     ops::harness::Attributes attributes = {}, std::int64_t opset = 17)
    {
        graph::Node made = makeNode(op, inputs.size(), attributes);
        m_entries.emplace_back();
        Context context(*this, made, inputs, opset);
        auto spec = ops::OpRegistry::builtin().find("", op);
        auto result = spec->infer(context);
        if (!result.ok())
            m_error = result.error().text();
        return m_entries.size() - 1;
    }
    std::string shape(std::size_t i) const
    {
        const auto& type = m_entries[i].type;
        return !m_error.empty() ? m_error : type.shape ? type.shape->text() : "no rank";
    }

private:
    class Context final : public ops::InferContext {
    public:
        Context(Chain& chain, const graph::Node& node, const std::vector<std::size_t>& inputs,
                std::int64_t opset)
            : m_chain(chain)
            , m_node(node)
            , m_inputs(inputs)
            , m_opset(opset)
        {}
        const graph::Node& node() const override { return m_node; }
        std::int64_t opsetVersion() const override { return m_opset; }
        const graph::ValueType* inputType(std::size_t i) const override
        {
            return i < m_inputs.size() ? &entry(i).type : nullptr;
        }
        const Tensor* inputConstant(std::size_t i) const override
        {
            return i < m_inputs.size() && entry(i).constant ? &*entry(i).constant : nullptr;
        }
        std::optional<std::vector<graph::Dim>> inputShapeValue(std::size_t i) const override
        {
            if (i >= m_inputs.size())
                return std::nullopt;
            if (entry(i).elements || !entry(i).constant || !graph::isInteger(entry(i).constant->type()))
                return entry(i).elements;
            auto values = entry(i).constant->toInt64s().releaseValue();
            if (std::any_of(values.begin(), values.end(), [](std::int64_t v) { return v < 0; }))
                return std::nullopt;
            return std::vector<graph::Dim>(values.begin(), values.end());
        }
        void setOutput(std::size_t, graph::ValueType type) override
        {
            m_chain.m_entries.back().type = std::move(type);
        }
        void setOutputShapeValue(std::size_t, std::vector<graph::Dim> elements) override
        {
            m_chain.m_entries.back().elements = std::move(elements);
        }
        Result<std::vector<graph::ValueType>> inferRegion(RegionId,
                                                          std::span<const graph::ValueType>) override
        {
            return Error{ErrorCode::Unsupported, "no bodies here", {}};
        }

    private:
        const Entry& entry(std::size_t i) const { return m_chain.m_entries[m_inputs[i]]; }

        Chain& m_chain;
        const graph::Node& m_node;
        const std::vector<std::size_t>& m_inputs;
        std::int64_t m_opset;
    };

    std::vector<Entry> m_entries;
    std::string m_error;
};

graph::Dim named(const char* name) { return graph::Dim::symbolic(name); }

#define SAME(difference_) QCOMPARE(QString::fromStdString(difference_), QString())
#define TEXT(found_, expected_) QCOMPARE(QString::fromStdString(found_), QString::fromUtf8(expected_))

} // namespace

class TestTensorOps : public QObject {
    Q_OBJECT

private slots:
    void transposeAgreesWithIndexArithmetic()
    {
        for (int round = 0; round < 300; ++round) {
            auto rank = static_cast<std::size_t>(between(0, 5));
            Dims dims = randomDims(rank, round % 3 == 0 ? 40 : 7, round % 10 == 0 ? 0 : 1);
            if (countOf(dims) > 200000)
                continue;
            Ints perm(rank);
            std::iota(perm.begin(), perm.end(), 0);
            std::shuffle(perm.begin(), perm.end(), generator());
            int threads = static_cast<int>(between(1, 3));
            SAME(transposeDifference<std::uint8_t>(dims, perm, threads));
            SAME(transposeDifference<std::int16_t>(dims, perm, threads));
            SAME(transposeDifference<float>(dims, perm, threads));
            SAME(transposeDifference<std::int64_t>(dims, perm, threads));
            SAME(transposeDifference<std::string>(dims, perm, 1));
        }
        SAME(transposeDifference<float>({1, 3, 65, 130}, {0, 2, 3, 1}, 2));
        SAME(transposeDifference<float>({2, 65, 130, 3}, {0, 3, 1, 2}, 2));
        SAME(transposeDifference<float>({2, 33, 4, 64}, {0, 2, 1, 3}, 2));
        SAME(transposeDifference<float>({1200, 1100}, {1, 0}, 2));
        SAME(transposeDifference<double>({50, 70, 2}, {1, 0, 2}, 2));
    }

    void sliceAgreesWithIndexArithmetic()
    {
        for (int round = 0; round < 500; ++round) {
            auto rank = static_cast<std::size_t>(between(1, 4));
            Dims dims = randomDims(rank, 8);
            Tensor input = numbered<std::int32_t>(dims);
            Ints starts, ends, axes, steps;
            Dims outputDims = dims;
            std::vector<std::pair<std::int64_t, std::int64_t>> walk(rank, {0, 1});
            for (std::size_t axis = 0; axis < rank; ++axis) {
                if (between(0, 3) == 0)
                    continue;
                std::int64_t step = between(1, 3) * (between(0, 1) == 0 ? 1 : -1);
                std::int64_t start = between(-10, 10);
                std::int64_t end = between(-10, 10);
                axes.push_back(static_cast<std::int64_t>(axis) -
                               (between(0, 1) == 0 ? 0 : static_cast<int>(rank)));
                starts.push_back(start);
                ends.push_back(end);
                steps.push_back(step);
                std::int64_t length = dims[axis];
                if (start == 0 && step > 0)
                    end = std::max(end, -length); // symbolic inference takes "all but n" to be possible
                ends.back() = end;
                // Python's rule, by counting
                std::int64_t s = start < 0 ? start + length : start;
                std::int64_t e = end < 0 ? end + length : end;
                s = step > 0 ? std::clamp<std::int64_t>(s, 0, length)
                             : std::clamp<std::int64_t>(s, -1, length - 1);
                e = step > 0 ? std::clamp<std::int64_t>(e, 0, length)
                             : std::clamp<std::int64_t>(e, -1, length - 1);
                std::int64_t count = 0;
                for (std::int64_t i = s; step > 0 ? i < e : i > e; i += step)
                    ++count;
                outputDims[axis] = count;
                walk[axis] = {s, step};
            }
            if (axes.empty())
                continue;
            Tensor expected = naive(input, outputDims, [&](const Dims& index) {
                Dims from = index;
                for (std::size_t i = 0; i < rank; ++i)
                    from[i] = walk[i].first + index[i] * walk[i].second;
                return std::optional(from);
            });
            SAME(differenceOf(
                runNode(makeNode("Slice", 5), {input, ints(starts), ints(ends), ints(axes), ints(steps)}),
                expected));
        }
    }

    void padAgreesWithIndexArithmetic()
    {
        const char* modes[] = {"constant", "reflect", "edge", "wrap"};
        for (int round = 0; round < 400; ++round) {
            std::string mode = modes[round % 4];
            auto rank = static_cast<std::size_t>(between(1, 4));
            Dims dims = randomDims(rank, 6, 2);
            Tensor input = numbered<std::int32_t>(dims);
            Ints pads(2 * rank);
            Dims outputDims = dims;
            for (std::size_t i = 0; i < rank; ++i) {
                std::int64_t lowest = mode == "constant" ? -1 : 0;
                pads[i] = between(0, 2) == 0 ? 0 : between(lowest, dims[i] - 1);
                pads[rank + i] = between(0, 2) == 0 ? 0 : between(lowest, dims[i] - 1);
                outputDims[i] += pads[i] + pads[rank + i];
            }
            Tensor expected = naive(input, outputDims, [&](const Dims& index) -> std::optional<Dims> {
                Dims from = index;
                for (std::size_t i = 0; i < rank; ++i) {
                    std::int64_t at = index[i] - pads[i];
                    if (mode == "constant" && (at < 0 || at >= dims[i]))
                        return std::nullopt;
                    if (mode == "edge")
                        at = std::clamp<std::int64_t>(at, 0, dims[i] - 1);
                    if (mode == "wrap")
                        at = at < 0 ? at + dims[i] : at >= dims[i] ? at - dims[i] : at;
                    if (mode == "reflect")
                        at = at < 0 ? -at : at >= dims[i] ? 2 * (dims[i] - 1) - at : at;
                    from[i] = at;
                }
                return from;
            });
            RunOptions options;
            options.opsetVersion = 19;
            options.threads = 2;
            SAME(differenceOf(runNode(makeNode("Pad", 3, {{"mode", mode}}),
                                      {input, ints(pads), Tensor::scalar<std::int32_t>(-1)}, options),
                              expected));
        }
    }

    void gatherAgreesWithIndexArithmetic()
    {
        for (int round = 0; round < 200; ++round) {
            auto rank = static_cast<std::size_t>(between(1, 4));
            Dims dims = randomDims(rank, 6);
            Tensor input = numbered<std::int32_t>(dims);
            auto axis = static_cast<std::size_t>(between(0, static_cast<std::int64_t>(rank) - 1));
            Dims indexDims = randomDims(static_cast<std::size_t>(between(0, 2)), 5);
            Ints indices;
            for (std::int64_t i = 0; i < countOf(indexDims); ++i)
                indices.push_back(between(-dims[axis], dims[axis] - 1));
            Dims outputDims(dims.begin(), dims.begin() + static_cast<int>(axis));
            outputDims.insert(outputDims.end(), indexDims.begin(), indexDims.end());
            outputDims.insert(outputDims.end(), dims.begin() + static_cast<int>(axis) + 1, dims.end());
            Tensor expected = naive(input, outputDims, [&](const Dims& index) {
                Dims from(index.begin(), index.begin() + static_cast<int>(axis));
                Dims at(index.begin() + static_cast<int>(axis),
                        index.begin() + static_cast<int>(axis + indexDims.size()));
                std::int64_t picked = indices[static_cast<std::size_t>(flatOf(at, indexDims))];
                from.push_back(picked < 0 ? picked + dims[axis] : picked);
                from.insert(from.end(), index.begin() + static_cast<int>(axis + indexDims.size()),
                            index.end());
                return std::optional(from);
            });
            SAME(differenceOf(runNode(makeNode("Gather", 2, {{"axis", static_cast<std::int64_t>(axis)}}),
                                      {input, Tensor::of(indexDims, indices)}),
                              expected));
        }
    }

    void tileAndExpandAgreeWithIndexArithmetic()
    {
        for (int round = 0; round < 200; ++round) {
            auto rank = static_cast<std::size_t>(between(1, 4));
            Dims dims = randomDims(rank, 4);
            Tensor input = numbered<std::int32_t>(dims);
            Ints repeats = randomDims(rank, 3, 0);
            Dims tiled = dims;
            Dims expanded = dims;
            for (std::size_t i = 0; i < rank; ++i) {
                tiled[i] *= repeats[i];
                expanded[i] = dims[i] == 1 ? repeats[i] : dims[i];
            }
            auto modulo = [&](const Dims& index) {
                Dims from = index;
                for (std::size_t i = 0; i < rank; ++i)
                    from[i] %= dims[i];
                return std::optional(from);
            };
            SAME(differenceOf(runNode(makeNode("Tile", 2), {input, ints(repeats)}),
                              naive(input, tiled, modulo)));
            SAME(differenceOf(runNode(makeNode("Expand", 2), {input, ints(expanded)}),
                              naive(input, expanded, modulo)));
        }
    }

    void splitUndoesConcat()
    {
        for (int round = 0; round < 100; ++round) {
            auto rank = static_cast<std::size_t>(between(1, 4));
            Dims dims = randomDims(rank, 5);
            auto axis = between(0, static_cast<std::int64_t>(rank) - 1);
            std::vector<Tensor> parts;
            Ints lengths;
            for (int i = 0; i < 3; ++i) {
                dims[static_cast<std::size_t>(axis)] = between(0, 4);
                lengths.push_back(dims[static_cast<std::size_t>(axis)]);
                parts.push_back(numbered<std::int32_t>(dims));
            }
            auto joined = runNode(makeNode("Concat", 3, {{"axis", axis}}), parts);
            QVERIFY2(joined.ok(), joined.ok() ? "" : joined.error().text().c_str());
            auto again = runNode(makeNode("Split", 2, {{"axis", axis}}, 3), {(*joined)[0], ints(lengths)});
            QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
            for (std::size_t i = 0; i < 3; ++i)
                QVERIFY((*again)[i].identicalTo(parts[i]));
        }
    }

    void splitOfOpset18LeavesAShorterLastPart()
    {
        RunOptions options;
        options.opsetVersion = 18;
        auto parts = runNode(makeNode("Split", 1, {{"num_outputs", std::int64_t(3)}}, 3),
                             {numbered<std::int32_t>({7})}, options);
        QVERIFY2(parts.ok(), parts.ok() ? "" : parts.error().text().c_str());
        QCOMPARE((*parts)[0].elementCount(), 3);
        QCOMPARE((*parts)[2].elementCount(), 1);
        QCOMPARE((*parts)[2].data<std::int32_t>()[0], 6);
    }

    void scatterReducesWithDuplicates()
    {
        RunOptions options;
        options.opsetVersion = 18;
        Tensor data = Tensor::of<float>({4}, std::vector<float>{1, 2, 3, 4});
        Tensor indices = ints({1, 1, -1});
        Tensor updates = Tensor::of<float>({3}, std::vector<float>{10, 5, 1});
        auto run = [&](const char* reduction, std::vector<float> expected) {
            auto found = runNode(makeNode("ScatterElements", 3, {{"reduction", std::string(reduction)}}),
                                 {data, indices, updates}, options);
            return differenceOf(found, Tensor::of({4}, expected));
        };
        SAME(run("none", {1, 5, 3, 1}));
        SAME(run("add", {1, 17, 3, 5}));
        SAME(run("mul", {1, 100, 3, 4}));
        SAME(run("max", {1, 10, 3, 4}));
        SAME(run("min", {1, 2, 3, 1}));
    }

    void wrongArgumentsAreErrorsThatSayWhatIsWrong()
    {
        Tensor matrix = numbered<float>({3, 5});
        auto message = [](const graph::Node& node, const std::vector<Tensor>& inputs) {
            auto result = runNode(node, inputs);
            return result.ok() ? std::string("no error") : result.error().message;
        };
        TEXT(message(makeNode("Gather", 2, {{"axis", std::int64_t(1)}}), {matrix, ints({7})}),
             "index 7 is outside of [-5, 4] on axis 1");
        TEXT(message(makeNode("GatherElements", 2), {matrix, Tensor::of({1, 1}, Ints{-4})}),
             "index -4 is outside of [-3, 2] on axis 0");
        TEXT(message(makeNode("GatherND", 2), {matrix, Tensor::of({1, 2}, Ints{0, 5})}),
             "index 5 is outside of [-5, 4] on axis 1");
        TEXT(
            message(makeNode("ScatterND", 3), {matrix, Tensor::of({1, 2}, Ints{3, 0}), numbered<float>({1})}),
            "index 3 is outside of [-3, 2] on axis 0");
        TEXT(message(makeNode("Transpose", 1, {{"perm", Ints{0, 0}}}), {matrix}), "axis 0 is given twice");
        TEXT(message(makeNode("Transpose", 1, {{"perm", Ints{0, 2}}}), {matrix}),
             "axis 2 is outside of a tensor of rank 2");
        TEXT(message(makeNode("Reshape", 2), {matrix, ints({4, -1})}),
             "15 elements cannot be cut into pieces of 4");
        TEXT(message(makeNode("Tile", 2), {matrix, ints({-1, 1})}),
             "axis 0 of length 3 cannot be repeated -1 times");
        TEXT(message(makeNode("Slice", 5), {matrix, ints({0}), ints({1}), ints({0}), ints({0})}),
             "a step is 0");
        auto huge = runNode(makeNode("Expand", 2), {Tensor::scalar(1.0f), ints({1LL << 40, 1LL << 40})});
        QVERIFY(!huge.ok());
        QCOMPARE(huge.error().code, ErrorCode::LimitReached);
    }

    void shapeArithmeticStaysSymbolic()
    {
        { // x.view(x.shape[0], -1)
            Chain chain;
            auto x = chain.input({named("N"), 64, named("H"), named("W")});
            auto shape = chain.node("Shape", {x});
            auto first = chain.node("Gather", {shape, chain.constant(Tensor::scalar<std::int64_t>(0))});
            auto vector = chain.node("Unsqueeze", {first, chain.constant(ints({0}))});
            auto target =
                chain.node("Concat", {vector, chain.constant(ints({-1}))}, {{"axis", std::int64_t(0)}});
            auto y = chain.node("Reshape", {x, target});
            TEXT(chain.shape(y), "N×(H * W) * 64");
        }
        { // attention heads: [N, L, 768] as [N, L, 12, 64]
            Chain chain;
            auto x = chain.input({named("N"), named("L"), 768});
            auto y = chain.node("Reshape", {x, chain.constant(ints({0, -1, 12, 64}))});
            TEXT(chain.shape(y), "N×L×12×64");
            auto t = chain.node("Transpose", {y}, {{"perm", Ints{0, 2, 1, 3}}});
            TEXT(chain.shape(t), "N×12×L×64");
            auto back = chain.node("Reshape", {t, chain.constant(ints({0, 768, -1}))});
            TEXT(chain.shape(back), "N×768×L");
        }
        { // Shape → Slice → Concat → Resize by sizes
            Chain chain;
            auto x = chain.input({named("N"), 32, named("H"), named("W")});
            auto skip = chain.input({named("N"), 16, named("H2"), named("W2")});
            auto head = chain.node(
                "Slice", {chain.node("Shape", {x}), chain.constant(ints({0})), chain.constant(ints({2}))});
            auto tail = chain.node("Slice", {chain.node("Shape", {skip}), chain.constant(ints({-2})),
                                             chain.constant(ints({INT64_MAX}))});
            auto sizes = chain.node("Concat", {head, tail}, {{"axis", std::int64_t(0)}});
            auto none = chain.constant(Tensor::of<float>({0}, std::vector<float>{}));
            auto y = chain.node("Resize", {x, none, none, sizes});
            TEXT(chain.shape(y), "N×32×H2×W2");
            auto same = chain.node("Expand", {x, chain.node("Shape", {x})});
            TEXT(chain.shape(same), "N×32×H×W");
            auto zeros = chain.node("ConstantOfShape", {sizes});
            TEXT(chain.shape(zeros), "N×32×H2×W2");
        }
        { // doubling, pixel shuffle, padding, cutting
            Chain chain;
            auto x = chain.input({1, 8, named("H"), named("W")});
            auto scales = chain.constant(Tensor::of<float>({4}, std::vector<float>{1, 1, 2, 0.5f}));
            auto none = chain.constant(Tensor::of<float>({0}, std::vector<float>{}));
            TEXT(chain.shape(chain.node("Resize", {x, none, scales})), "1×8×H * 2×W / 2");
            TEXT(chain.shape(chain.node("DepthToSpace", {x}, {{"blocksize", std::int64_t(2)}})),
                 "1×2×H * 2×W * 2");
            TEXT(chain.shape(chain.node("Pad", {x, chain.constant(ints({0, 0, 1, 1, 0, 0, 1, 2}))})),
                 "1×8×H + 2×W + 3");
            TEXT(chain.shape(chain.node("Slice", {x, chain.constant(ints({1, 0})),
                                                  chain.constant(ints({INT64_MAX, -1})),
                                                  chain.constant(ints({2, 3}))})),
                 "1×8×H - 1×W - 1");
        }
    }

    void resizeAgreesWithPublishedValues()
    {
        auto run = [](Dims dims, std::vector<float> values, std::vector<float> scales,
                      ops::harness::Attributes attributes, std::vector<float> expected, Dims expectedDims) {
            graph::Node node = makeNode("Resize", 3, attributes);
            RunOptions options;
            options.opsetVersion = 19;
            Tensor x = Tensor::of(dims, values);
            Tensor s = Tensor::of({4}, scales);
            auto found = runNode(node, std::vector<const Tensor*>{&x, nullptr, &s}, options);
            return found.ok() ? difference((*found)[0], Tensor::of(expectedDims, expected), 1e-5)
                              : found.error().text();
        };
        std::vector<float> square(16);
        std::iota(square.begin(), square.end(), 1.0f);
        SAME(run({1, 1, 4, 4}, square, {1, 1, 0.6f, 0.6f},
                 {{"mode", std::string("linear")}, {"antialias", std::int64_t(1)}},
                 {2.875f, 4.5f, 9.375f, 11.0f}, {1, 1, 2, 2}));
        SAME(run({1, 1, 4, 4}, square, {1, 1, 0.6f, 0.6f},
                 {{"mode", std::string("cubic")}, {"antialias", std::int64_t(1)}},
                 {2.5180721f, 4.2858863f, 9.589329f, 11.357142f}, {1, 1, 2, 2}));
        SAME(run({1, 1, 1, 4}, {1, 2, 3, 4}, {1, 1, 1, 0.6f},
                 {{"mode", std::string("linear")},
                  {"coordinate_transformation_mode", std::string("half_pixel_symmetric")}},
                 {1.6666667f, 3.3333333f}, {1, 1, 1, 2}));
    }

    void resizeKeepsTheAspectRatio()
    {
        RunOptions options;
        options.opsetVersion = 18;
        graph::Node node = makeNode(
            "Resize", 4, {{"axes", Ints{2, 3}}, {"keep_aspect_ratio_policy", std::string("not_larger")}});
        Tensor x = numbered<float>({1, 1, 2, 2});
        Tensor sizes = ints({7, 8});
        auto found = runNode(node, std::vector<const Tensor*>{&x, nullptr, nullptr, &sizes}, options);
        QVERIFY2(found.ok(), found.ok() ? "" : found.error().text().c_str());
        QCOMPARE((*found)[0].dims(), (Dims{1, 1, 7, 7}));
    }

    void resizedBytesOfAnEvenPictureStayEven()
    {
        std::vector<std::uint8_t> grey(3 * 7 * 5, 255);
        Tensor x = Tensor::of({1, 3, 7, 5}, grey);
        Tensor sizes = ints({1, 3, 23, 17});
        for (const char* mode : {"nearest", "linear", "cubic"}) {
            graph::Node node = makeNode("Resize", 4, {{"mode", std::string(mode)}});
            auto found = runNode(node, std::vector<const Tensor*>{&x, nullptr, nullptr, &sizes});
            QVERIFY2(found.ok(), found.ok() ? "" : found.error().text().c_str());
            auto bytes = (*found)[0].span<std::uint8_t>();
            QCOMPARE(std::count(bytes.begin(), bytes.end(), 255), static_cast<std::ptrdiff_t>(bytes.size()));
        }
    }

    void linearResizeIsTheSameInBothLayouts()
    {
        Tensor channelsFirst = numbered<float>({2, 3, 5, 7});
        auto runOn = [](const Tensor& x, const char* op, ops::harness::Attributes attributes,
                        const Tensor* sizes) {
            graph::Node node = makeNode(op, sizes == nullptr ? 1 : 4, attributes);
            std::vector<const Tensor*> inputs = {&x};
            if (sizes != nullptr)
                inputs = {&x, nullptr, nullptr, sizes};
            return runNode(node, inputs);
        };
        Tensor sizes = ints({2, 3, 11, 4});
        Tensor turnedSizes = ints({2, 11, 4, 3});
        auto expected = runOn(channelsFirst, "Resize", {{"mode", std::string("linear")}}, &sizes);
        QVERIFY(expected.ok());
        auto turned = runOn(channelsFirst, "Transpose", {{"perm", Ints{0, 2, 3, 1}}}, nullptr);
        auto resized = runOn((*turned)[0], "Resize", {{"mode", std::string("linear")}}, &turnedSizes);
        QVERIFY(resized.ok());
        auto back = runOn((*resized)[0], "Transpose", {{"perm", Ints{0, 3, 1, 2}}}, nullptr);
        SAME(difference((*back)[0], (*expected)[0], 1e-6));
    }
};

QTEST_GUILESS_MAIN(TestTensorOps)
#include "test_tensor_ops.moc"
