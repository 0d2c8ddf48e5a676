// SPDX-License-Identifier: Apache-2.0
#include "views/projections/node_text.h"
#include "views/projections/projection.h"
#include "views/projections/search.h"

#include <QTest>

#include <algorithm>

using namespace orrery;
using graph::DataType;
using graph::Graph;
using graph::Node;
using graph::Shape;
using graph::Tensor;
using graph::ValueType;

namespace {

Node node(std::string type, std::string name, std::vector<ValueId> inputs, std::vector<ValueId> outputs)
{
    Node made;
    made.opType = std::move(type);
    made.name = std::move(name);
    made.inputs = std::move(inputs);
    made.outputs = std::move(outputs);
    return made;
}

// x → Conv(W) → Reshape(shape from a Constant node) → y
struct Example {
    Graph graph;
    NodeId conv, constant, reshape;

    Example()
    {
        const RegionId main = graph.mainRegion();
        const ValueId x =
            graph.addValue(main, "x", ValueType::tensor(DataType::Float32, Shape::of({1, 3, 8, 8})));
        const ValueId w =
            graph.addConstant(main, "w", Tensor::of<float>({4, 3, 3, 3}, std::vector<float>(108)));
        const ValueId a =
            graph.addValue(main, "a", ValueType::tensor(DataType::Float32, Shape::of({1, 4, 6, 6})));
        const ValueId shape = graph.addValue(main, "shape");
        const ValueId y =
            graph.addValue(main, "y", ValueType::tensor(DataType::Float32, Shape::of({1, 144})));
        Node c = node("Conv", "/head/conv/Conv", {x, w}, {a});
        c.setAttribute("kernel_shape", std::vector<std::int64_t>{3, 3});
        c.setAttribute("strides", std::vector<std::int64_t>{1, 1});
        c.setAttribute("group", std::int64_t(1));
        conv = graph.addNode(main, c);
        Node k = node("Constant", "", {}, {shape});
        k.setAttribute("value", Tensor::of<std::int64_t>({2}, std::vector<std::int64_t>{1, -1}));
        constant = graph.addNode(main, k);
        reshape = graph.addNode(main, node("Reshape", "/head/flat/Reshape", {a, shape}, {y}));
        graph.main().inputs = {x};
        graph.main().outputs = {y};
    }
};

const projections::ProjectionSpec& spec(std::string_view id)
{
    static const auto specs = projections::projectionSpecs();
    return *std::find_if(specs.begin(), specs.end(), [&](const auto& s) { return s.id == id; });
}

const canvas::DisplayNode* find(const canvas::DisplayGraph& graph, std::uint64_t key)
{
    for (const auto& each : graph.nodes)
        if (each.key == key)
            return &each;
    return nullptr;
}

} // namespace

class TestProjections : public QObject {
    Q_OBJECT

private slots:
    void everySpecIsComplete()
    {
        for (const auto& each : projections::projectionSpecs()) {
            QVERIFY(!each.id.empty() && !each.title.empty() && !each.toolTip.empty());
            QVERIFY(!each.emptyTitle.empty() && !each.emptyText.empty());
            QVERIFY(each.make != nullptr);
        }
    }

    void constantsAreLinesOnTheirReaders()
    {
        const Example example;
        const auto drawn = spec("dataflow").make({example.graph, "example"});
        QCOMPARE(drawn.nodes.size(), std::size_t(4)); // input, Conv, Reshape, output
        QVERIFY(find(drawn, example.constant.value) == nullptr);
        const auto* conv = find(drawn, example.conv.value);
        QVERIFY(conv != nullptr);
        QCOMPARE(conv->lines, (std::vector<std::string>{"kernel 3×3", "W ⟨4×3×3×3⟩"}));
        QCOMPARE(find(drawn, example.reshape.value)->lines, (std::vector<std::string>{"shape = [1, -1]"}));
        QCOMPARE(conv->subtitle, std::string("Conv"));
        QCOMPARE(conv->scope, std::string("/head/conv"));
    }

    void edgesCarryShapesAndConnectInputsToOutputs()
    {
        const Example example;
        const auto drawn = spec("dataflow").make({example.graph, "example"});
        std::vector<std::string> labels;
        for (const auto& edge : drawn.edges)
            labels.push_back(edge.label);
        std::sort(labels.begin(), labels.end());
        QCOMPARE(labels, (std::vector<std::string>{"1×144", "1×3×8×8", "1×4×6×6"}));
        QCOMPARE(drawn.nodes.front().kind, canvas::NodeKind::GraphInput);
        QCOMPARE(drawn.nodes.back().kind, canvas::NodeKind::GraphOutput);
    }

    void theRuntimeViewHasOnlyWhatRan()
    {
        const Example example;
        const std::unordered_set<std::uint32_t> ran = {example.conv.value};
        const auto drawn = spec("runtime").make({example.graph, "example", {}, {}, &ran});
        QVERIFY(find(drawn, example.conv.value) != nullptr);
        QVERIFY(find(drawn, example.reshape.value) == nullptr);
    }

    void theComputeViewNamesTheKernel()
    {
        const Example example;
        const std::vector<protocol::Placement> placements = {{example.conv, "eigen", "eigen.Conv"}};
        const auto drawn = spec("compute").make({example.graph, "example", placements});
        const auto& lines = find(drawn, example.conv.value)->lines;
        QVERIFY(std::find(lines.begin(), lines.end(), "→ eigen.Conv") != lines.end());
    }

    void problemsAreBadges()
    {
        const Example example;
        const std::vector<Problem> problems = {{Severity::Info, "a", "", example.conv, "text", ""},
                                               {Severity::Error, "b", "", example.conv, "text", ""}};
        const auto drawn = spec("dataflow").make({example.graph, "example", {}, problems});
        QCOMPARE(find(drawn, example.conv.value)->badge, canvas::Badge::Error);
        QCOMPARE(find(drawn, example.reshape.value)->badge, canvas::Badge::None);
    }

    void hostileNamesAreEscaped()
    {
        Example example;
        example.graph.node(example.conv).name = "evil\n\xe2\x80\xae name";
        const auto drawn = spec("dataflow").make({example.graph, "example"});
        const std::string& shown = find(drawn, example.conv.value)->subtitle;
        QVERIFY2(shown.find('\n') == std::string::npos && shown.find("\\u202e") != std::string::npos,
                 shown.c_str());
    }

    void longSymbolicDimsAreShort()
    {
        graph::Shape shape(
            {graph::Dim::symbolic("batch"), 3, graph::Dim::symbolic("((height - 1) / 2 + 1) / 2")});
        QCOMPARE(projections::shortShape(shape), std::string("batch×3×…"));
    }

    void fusedOperatorsSayWhatTheyAre()
    {
        Node fused = node("FusedConv", "", {}, {});
        fused.domain = "orrery";
        fused.setAttribute("activation", std::string("Relu"));
        QCOMPARE(projections::nodeTitle(fused), std::string("Conv + Relu"));
    }

    void searchUnderstandsItsPrefixes()
    {
        const Example example;
        const auto drawn = spec("dataflow").make({example.graph, "example"});
        using Keys = std::vector<std::uint64_t>;
        QCOMPARE(projections::search(drawn, "type:conv"), Keys{example.conv.value});
        QCOMPARE(projections::search(drawn, "name:flat"), Keys{example.reshape.value});
        QCOMPARE(projections::search(drawn, "attr:kernel"), Keys{example.conv.value});
        QCOMPARE(projections::search(drawn, "type:reshape shape:1x144"), Keys{example.reshape.value});
        QCOMPARE(projections::search(drawn, "HEAD").size(), std::size_t(2));
        QVERIFY(projections::search(drawn, "  ").empty());
        QVERIFY(projections::search(drawn, "type:conv name:flat").empty());
    }
};

QTEST_GUILESS_MAIN(TestProjections)
#include "test_projections.moc"
