// SPDX-License-Identifier: Apache-2.0
//
// Shape values through arithmetic: what Add, Sub, Mul, Div, Cast, ReduceProd and Range say of their outputs
// when their inputs are dims, some of them symbolic.
#include "engine/ops/op_spec.h"
#include "tests/unit/engine/ops/kernel_harness.h"

#include <QTest>

#include <map>

using namespace orrery;
using namespace orrery::ops;
using graph::DataType;
using graph::Dim;
using graph::Shape;
using graph::Tensor;
using graph::ValueType;

namespace {

using Elements = std::vector<Dim>;

// Inputs are constants, or int64 vectors of dims.
class ShapeContext final : public InferContext {
public:
    struct Input {
        Tensor constant;
        Elements dims;
    };

    ShapeContext(graph::Node node, std::vector<Input> inputs)
        : m_node(std::move(node))
        , m_inputs(std::move(inputs))
    {
        for (const Input& input : m_inputs)
            m_types.push_back(
                input.constant.defined()
                    ? ValueType::tensor(input.constant.type(), Shape::of(input.constant.dims()))
                    : ValueType::tensor(DataType::Int64,
                                        Shape({Dim(static_cast<std::int64_t>(input.dims.size()))})));
    }

    const graph::Node& node() const override { return m_node; }
    std::int64_t opsetVersion() const override { return 17; }
    const ValueType* inputType(std::size_t i) const override
    {
        return i < m_types.size() ? &m_types[i] : nullptr;
    }
    const Tensor* inputConstant(std::size_t i) const override
    {
        return i < m_inputs.size() && m_inputs[i].constant.defined() ? &m_inputs[i].constant : nullptr;
    }
    std::optional<Elements> inputShapeValue(std::size_t i) const override
    {
        if (i >= m_inputs.size() || m_inputs[i].constant.defined())
            return std::nullopt;
        return m_inputs[i].dims;
    }
    void setOutput(std::size_t, ValueType type) override { output = std::move(type); }
    void setOutputShapeValue(std::size_t, Elements elements) override { value = std::move(elements); }
    Result<std::vector<ValueType>> inferRegion(RegionId, std::span<const ValueType>) override
    {
        return Error{ErrorCode::Unsupported, "no bodies here", {}};
    }

    ValueType output;
    std::optional<Elements> value;

    // Of the elements that were said; a symbol when none were.
    Dim first() const
    {
        return value && !value->empty() ? value->front() : Dim::symbolic("nothing was said");
    }

private:
    graph::Node m_node;
    std::vector<Input> m_inputs;
    std::vector<ValueType> m_types;
};

ShapeContext::Input dims(Elements elements) { return {{}, std::move(elements)}; }
ShapeContext::Input ints(std::vector<std::int64_t> values)
{
    return {Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, values), {}};
}

ShapeContext infer(std::string op, std::vector<ShapeContext::Input> inputs,
                   harness::Attributes attributes = {})
{
    const OpSpec* spec = OpRegistry::builtin().find("", op);
    graph::Node node = harness::makeNode(op, inputs.size(), attributes);
    ShapeContext context(std::move(node), std::move(inputs));
    auto outcome = spec->infer(context);
    if (!outcome.ok())
        qWarning("%s: %s", op.c_str(), outcome.error().text().c_str());
    return context;
}

const Dim height = Dim::symbolic("H");
const Dim width = Dim::symbolic("W");

} // namespace

class TestShapeArithmetic : public QObject {
    Q_OBJECT

private slots:
    void symbolsAndNumbersCombine()
    {
        QCOMPARE(infer("Add", {dims({height, Dim(3)}), ints({1})}).value,
                 std::optional((Elements{height + Dim(1), Dim(4)})));
        QCOMPARE(infer("Sub", {dims({height, Dim(3)}), ints({1, 2})}).value,
                 std::optional((Elements{height - Dim(1), Dim(1)})));
        QCOMPARE(infer("Mul", {dims({height, Dim(3)}), dims({width, Dim(5)})}).value,
                 std::optional((Elements{height * width, Dim(15)})));
        QCOMPARE(infer("Div", {dims({height, Dim(7)}), ints({2})}).value,
                 std::optional((Elements{floorDiv(height, Dim(2)), Dim(3)})));
    }

    void negativeConstantsAreExact()
    {
        QCOMPARE(infer("Add", {dims({height, Dim(3)}), ints({-1})}).value,
                 std::optional((Elements{height - Dim(1), Dim(2)})));
        QCOMPARE(infer("Sub", {dims({height, Dim(3)}), ints({-1})}).value,
                 std::optional((Elements{height + Dim(1), Dim(4)})));
    }

    void whatIsNotADimIsUnknown()
    {
        QVERIFY(infer("Sub", {dims({Dim(3)}), ints({4})}).first().isUnknown());
        QVERIFY(infer("Div", {dims({height}), ints({0})}).first().isUnknown());
        QVERIFY(infer("Mul", {dims({height}), ints({-2})}).first().isUnknown());
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        QVERIFY(infer("Mul", {dims({Dim(most)}), ints({most})}).first().isUnknown());
    }

    void castAndReduceAndRangeKeepThem()
    {
        QCOMPARE(infer("Cast", {dims({height})}, {{"to", std::int64_t(6)}}).value,
                 std::optional(Elements{height}));
        QVERIFY(!infer("Cast", {dims({height})}, {{"to", std::int64_t(1)}}).value);
        QCOMPARE(infer("ReduceProd", {dims({height, width, Dim(2)})}).value,
                 std::optional(Elements{height * width * Dim(2)}));
        auto range = infer("Range", {ints({0}), dims({height}), ints({1})});
        QVERIFY(range.output.shape.has_value());
        QCOMPARE(range.output.shape->dims, Elements{height});
    }
};

QTEST_GUILESS_MAIN(TestShapeArithmetic)
#include "test_shape_arithmetic.moc"
