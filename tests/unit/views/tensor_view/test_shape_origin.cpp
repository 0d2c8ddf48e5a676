// SPDX-License-Identifier: Apache-2.0
//
// Where dims come from, on a small network whose answers one can tell by hand.
#include "views/tensor_view/shape_origin.h"

#include <QTest>

using namespace orrery;
using namespace orrery::tensor_view;
using graph::Dim;
using graph::Graph;
using graph::Shape;
using graph::ValueType;
using Kind = DimOrigin::Kind;

namespace {

ValueType floats(std::vector<Dim> dims)
{
    return ValueType::tensor(graph::DataType::Float32, Shape(std::move(dims)));
}
Dim symbol(const char* text) { return Dim::symbolic(text); }

struct Network {
    Graph graph;

    ValueId input(const char* name, std::vector<Dim> dims)
    {
        const ValueId id = graph.addValue(graph.mainRegion(), name, floats(std::move(dims)));
        graph.main().inputs.push_back(id);
        return id;
    }
    ValueId constant(const char* name, const graph::Dims& dims)
    {
        const ValueId id = graph.addConstant(graph.mainRegion(), name,
                                             graph::Tensor::borrow(graph::DataType::Float32, dims, nullptr));
        graph.value(id).type = floats(std::vector<Dim>(dims.begin(), dims.end()));
        return id;
    }
    ValueId node(const char* op, std::vector<ValueId> inputs, std::vector<Dim> dims,
                 std::vector<std::pair<const char*, graph::AttributeValue>> attributes = {})
    {
        const ValueId out =
            graph.addValue(graph.mainRegion(), std::string(op) + "_out", floats(std::move(dims)));
        graph::Node node;
        node.opType = op;
        node.name = op;
        node.inputs = std::move(inputs);
        node.outputs = {out};
        for (auto& [name, value] : attributes)
            node.setAttribute(name, std::move(value));
        graph.addNode(graph.mainRegion(), std::move(node));
        return out;
    }
    std::string maker(const DimOrigin& origin) const { return graph.node(origin.node).opType; }
};

} // namespace

class TestShapeOrigin : public QObject {
    Q_OBJECT

private slots:
    void aConvolutionTakesBatchFromItsInputAndChannelsFromItsWeights()
    {
        Network n;
        const ValueId x = n.input("x", {symbol("batch"), 3, 224, 224});
        const ValueId w = n.constant("w", {64, 3, 7, 7});
        const ValueId conv = n.node("Conv", {x, w}, {symbol("batch"), 64, 112, 112});
        const ValueId relu = n.node("Relu", {conv}, {symbol("batch"), 64, 112, 112});
        const auto origins = shapeOrigin(n.graph, relu);
        QCOMPARE(origins.size(), std::size_t(4));
        QVERIFY(origins[0].kind == Kind::GraphInput && origins[0].value == x && origins[0].axis == 0);
        QCOMPARE(origins[0].dim, std::string("batch"));
        QCOMPARE(origins[0].handedOn, std::size_t(2));
        QVERIFY(origins[1].kind == Kind::Constant && origins[1].value == w && origins[1].axis == 0);
        QVERIFY(origins[2].kind == Kind::Node);
        QCOMPARE(n.maker(origins[2]), std::string("Conv"));
        QCOMPARE(origins[2].dim, std::string("112"));
    }

    void equalNumbersOfOtherAxesAreNotTakenForTheSame()
    {
        Network n;
        // Height 64 is made by the pool; that there are 64 channels is chance.
        const ValueId x = n.input("x", {1, 64, 128, 64});
        const ValueId pool = n.node("MaxPool", {x}, {1, 64, 64, 64});
        const auto origins = shapeOrigin(n.graph, pool);
        QVERIFY(origins[1].kind == Kind::Node || origins[1].axis == 1);
        QVERIFY(origins[2].kind == Kind::Node);
        QVERIFY(origins[3].kind == Kind::GraphInput && origins[3].axis == 3);
    }

    void aTransposeIsFollowedThroughItsPermutation()
    {
        Network n;
        const ValueId x = n.input("x", {5, 5, 7});
        const ValueId turned =
            n.node("Transpose", {x}, {7, 5, 5}, {{"perm", std::vector<std::int64_t>{2, 1, 0}}});
        const auto origins = shapeOrigin(n.graph, turned);
        QCOMPARE(origins[0].axis, std::size_t(2));
        QCOMPARE(origins[1].axis, std::size_t(1));
        QCOMPARE(origins[2].axis, std::size_t(0));
    }

    void broadcastingTakesTheDimThatIsNotOne()
    {
        Network n;
        const ValueId a = n.input("a", {symbol("n"), 1});
        const ValueId b = n.input("b", {8});
        const auto origins = shapeOrigin(n.graph, n.node("Add", {a, b}, {symbol("n"), 8}));
        QVERIFY(origins[0].value == a && origins[0].axis == 0);
        QVERIFY(origins[1].value == b && origins[1].axis == 0);
    }

    void productsTakeRowsFromTheLeftAndColumnsFromTheRight()
    {
        Network n;
        const ValueId a = n.input("a", {4, 16});
        const ValueId w = n.constant("w", {10, 16});
        const auto origins =
            shapeOrigin(n.graph, n.node("Gemm", {a, w}, {4, 10}, {{"transB", std::int64_t(1)}}));
        QVERIFY(origins[0].value == a && origins[0].axis == 0);
        QVERIFY(origins[1].value == w && origins[1].axis == 0);
    }

    void whatJoinsOrReshapesIsTheMaker()
    {
        Network n;
        const ValueId a = n.input("a", {2, 3});
        const ValueId joined = n.node("Concat", {a, a}, {2, 6}, {{"axis", std::int64_t(1)}});
        const ValueId flat = n.node("Reshape", {joined}, {12});
        const ValueId kept = n.node("Unsqueeze", {joined}, {1, 2, 6});
        QCOMPARE(n.maker(shapeOrigin(n.graph, joined)[1]), std::string("Concat"));
        QVERIFY(shapeOrigin(n.graph, joined)[0].value == a);
        QCOMPARE(n.maker(shapeOrigin(n.graph, flat)[0]), std::string("Reshape"));
        QVERIFY(shapeOrigin(n.graph, kept)[1].value == a);
        QCOMPARE(n.maker(shapeOrigin(n.graph, kept)[0]), std::string("Unsqueeze"));
    }

    void betterTypesReplaceThoseOfTheGraph()
    {
        Network n;
        const ValueId x = n.input("x", {symbol("n")});
        const ValueId y = n.node("Relu", {x}, {Dim()});
        QVERIFY(shapeOrigin(n.graph, y)[0].kind == Kind::Node);
        const std::vector<ValueType> types{floats({9}), floats({9})};
        QVERIFY(shapeOrigin(n.graph, y, types)[0].value == x);
    }

    void aCycleEndsAndAnUnknownShapeHasNoOrigin()
    {
        Network n;
        const ValueId x = n.input("x", {4});
        const ValueId a = n.node("Relu", {x}, {4});
        const ValueId b = n.node("Abs", {a}, {4});
        n.graph.node(n.graph.value(a).producer).inputs = {b};
        QVERIFY(shapeOrigin(n.graph, b)[0].kind == Kind::Node);
        QVERIFY(shapeOrigin(n.graph, n.graph.addValue(n.graph.mainRegion(), "free")).empty());
    }
};

QTEST_APPLESS_MAIN(TestShapeOrigin)
#include "test_shape_origin.moc"
