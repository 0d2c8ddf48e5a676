// SPDX-License-Identifier: Apache-2.0
//
// float to 16 bits: what converts, what is kept, where Casts stand; and that the result runs whatever
// operator it has.
#include "engine/edit/convert_float.h"
#include "engine/graph/verify.h"
#include "tests/unit/engine/plan/text_model.h"

#include <QtTest>

#include <cmath>

using namespace orrery;

namespace {

constexpr const char* net = R"(<ir_version: 8, opset_import: ["": 17]>
g (float[N,4] x) => (float[N,3] y, float[N,3] z)
<float[4,3] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 2}, float[3] bias = {0.5, 0.25, 1}> {
   product = MatMul(x, w)
   sum = Add(product, bias)
   y = Softmax<axis = 1>(sum)
   squared = Pow(sum, bias)
   z = Relu(sum)
})";

std::vector<float> firstOutput(const graph::Model& model)
{
    auto compiled = test::valueOf(passes::compile(model, {}, ops::OpRegistry::builtin()));
    const graph::Root root = compiled.compute.graph.mainRoot();
    auto plan = test::valueOf(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                                 ops::OpRegistry::builtin()));
    const auto bytes = test::runOf(plan, {{"N", 3}}).outputs.front();
    std::vector<float> numbers(bytes.size() / sizeof(float));
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    return numbers;
}

edit::CleanUp converted(const graph::Model& model, edit::FloatOptions options)
{
    return test::valueOf(edit::convertFloat(model, ops::OpRegistry::builtin(), options));
}

const graph::Value& valueNamed(const graph::Model& model, const std::string& name)
{
    for (std::size_t i = 0; i < model.graph.valueSlots(); ++i)
        if (model.graph.contains(ValueId(i)) && model.graph.value(ValueId(i)).name == name)
            return model.graph.value(ValueId(i));
    qFatal("no value %s", name.c_str());
}

} // namespace

class TestConvertFloat : public QObject {
    Q_OBJECT
private slots:
    void theConvertedModelRunsAndIsClose_data()
    {
        QTest::addColumn<int>("type");
        QTest::addColumn<double>("allowed");
        QTest::newRow("float16") << int(graph::DataType::Float16) << 2e-3;
        QTest::newRow("bfloat16") << int(graph::DataType::BFloat16) << 3e-2;
    }
    void theConvertedModelRunsAndIsClose()
    {
        QFETCH(int, type);
        QFETCH(double, allowed);
        const graph::Model before = test::modelOf(net);
        edit::FloatOptions options;
        options.type = static_cast<graph::DataType>(type);
        const edit::CleanUp found = converted(before, options);
        QVERIFY(!hasErrors(graph::verify(*found.after)));
        QVERIFY(found.afterwards.constantBytes < found.before.constantBytes);
        const auto expected = firstOutput(before), was = firstOutput(*found.after);
        QCOMPARE(was.size(), expected.size());
        for (std::size_t i = 0; i < was.size(); ++i)
            QVERIFY(std::abs(was[i] - expected[i]) <= allowed);
        graph::Model applied = before;
        const graph::Edit back = test::valueOf(graph::apply(applied, found.edit));
        test::valueOf(graph::apply(applied, back));
        QVERIFY(graph::equal(applied, before));
    }

    void inputsAndOutputsStayFloat()
    {
        const edit::CleanUp found = converted(test::modelOf(net), {});
        QCOMPARE(valueNamed(*found.after, "x").type.element, graph::DataType::Float32);
        QCOMPARE(valueNamed(*found.after, "y").type.element, graph::DataType::Float32);
        QCOMPARE(valueNamed(*found.after, "w").initializer->tensor.type(), graph::DataType::Float16);
    }

    void withOuterTypesConvertedTheyDoNot()
    {
        edit::FloatOptions options;
        options.inputsAndOutputs = edit::OuterTypes::Converted;
        const edit::CleanUp found = converted(test::modelOf(net), options);
        QCOMPARE(valueNamed(*found.after, "x").type.element, graph::DataType::Float16);
        QCOMPARE(valueNamed(*found.after, "y").type.element, graph::DataType::Float16);
        QVERIFY(!found.afterwards.byOperator.contains("Cast"));
    }

    void whatIsKeptReadsFloat()
    {
        edit::FloatOptions options;
        options.keepOperators = {"MatMul"};
        const edit::CleanUp found = converted(test::modelOf(net), options);
        QCOMPARE(valueNamed(*found.after, "w").initializer->tensor.type(), graph::DataType::Float32);
        QVERIFY(!found.notes.empty());
        QVERIFY(found.notes.front().find("MatMul") != std::string::npos);
    }

    void aConstantBeyondTheRangeKeepsItsNode()
    {
        const graph::Model model = test::modelOf(R"(<ir_version: 8, opset_import: ["": 17]>
g (float[N,4] x) => (float[N,4] y) <float far = {-1e9}> {
   masked = Add(x, far)
   y = Relu(masked)
})");
        const edit::CleanUp found = converted(model, {});
        QCOMPARE(valueNamed(*found.after, "far").initializer->tensor.type(), graph::DataType::Float32);
        edit::FloatOptions wide;
        wide.type = graph::DataType::BFloat16;
        QCOMPARE(valueNamed(*converted(model, wide).after, "far").initializer->tensor.type(),
                 graph::DataType::BFloat16);
    }
};

QTEST_GUILESS_MAIN(TestConvertFloat)
#include "test_convert_float.moc"
