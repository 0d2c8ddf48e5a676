// SPDX-License-Identifier: Apache-2.0
//
// What is typed at the debugger's prompt and what it prints, without a session: words and quotes, sizes,
// attributes, names, tensors as text.
#include "app/prompt/line.h"
#include "app/prompt/lookup.h"
#include "app/prompt/parse.h"
#include "app/prompt/tensor_text.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace orrery;
using namespace orrery::prompt;

namespace {

Word wordOf(const char* text)
{
    Word word;
    word.text = text;
    return word;
}

// main: x → relu → "a b" → (no name) → y, and a body whose node is called relu, too.
graph::Graph nestedGraph()
{
    graph::Graph graph;
    ValueId x = graph.addValue(graph.mainRegion(), "x");
    ValueId middle = graph.addValue(graph.mainRegion(), "a b");
    ValueId y = graph.addValue(graph.mainRegion(), "y");
    graph::Node relu;
    relu.name = "relu";
    relu.opType = "Relu";
    relu.inputs = {x};
    relu.outputs = {middle};
    graph.addNode(graph.mainRegion(), relu);
    graph::Node loop;
    loop.opType = "Loop";
    loop.inputs = {middle};
    loop.outputs = {y};
    NodeId parent = graph.addNode(graph.mainRegion(), loop);
    RegionId body = graph.addRegion(parent, "body");
    graph::Node inner = relu;
    inner.outputs = {graph.addValue(body, "y")};
    graph.addNode(body, inner);
    return graph;
}

} // namespace

class TestPromptText : public QObject {
    Q_OBJECT

private slots:
    void linesAreCutIntoWords()
    {
        auto line = parseLine("  print \"a \\\"b\\\"\"[0, :]  x ");
        QVERIFY(line.ok());
        QCOMPARE(line->words.size(), std::size_t(5));
        QCOMPARE(line->words[1].text, std::string("a \"b\""));
        QVERIFY(line->words[1].quoted);
        QCOMPARE(line->from(1), std::string("[0, :]  x"));
        QCOMPARE(line->from(9), std::string());
        QVERIFY(!parseLine("print \"a").ok());
        QCOMPARE(parseLine(" \t ")->words.size(), std::size_t(0));
    }

    void quotingComesBack_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"conv1", "a b", "", "say \"x\"", "back\\slash", "/layer3/Conv_output_0"})
            QTest::newRow(name) << name;
    }

    void quotingComesBack()
    {
        QFETCH(QString, name);
        auto line = parseLine("print " + asWord(name.toStdString()));
        QVERIFY(line.ok());
        QCOMPARE(line->words.size(), std::size_t(2));
        QCOMPARE(QString::fromStdString(line->words[1].text), name);
    }

    void sizes()
    {
        QCOMPARE(*parseBytes("64"), std::int64_t(64));
        QCOMPARE(*parseBytes("16MB"), std::int64_t(16) << 20);
        QCOMPARE(*parseBytes("1.5 GiB"), std::int64_t(3) << 29);
        QCOMPARE(*parseBytes("unlimited"), std::numeric_limits<std::int64_t>::max());
        for (const char* wrong : {"", "MB", "-1", "1e3", "12 parsecs", "9999999999999 TB", "nan"})
            QVERIFY2(!parseBytes(wrong).ok(), wrong);
    }

    void attributesTakeTheKindThatTheyHave()
    {
        graph::Node node;
        node.opType = "LeakyRelu";
        node.setAttribute("alpha", 0.5F);
        node.setAttribute("pads", std::vector<std::int64_t>{1, 1});
        node.setAttribute("mode", std::string("edge"));
        QCOMPARE(std::get<float>(*parseAttribute("1", node, "alpha", 16)), 1.0F);
        QCOMPARE(std::get<std::vector<std::int64_t>>(*parseAttribute("[2, -3]", node, "pads", 16)),
                 (std::vector<std::int64_t>{2, -3}));
        QCOMPARE(std::get<std::vector<std::int64_t>>(*parseAttribute("[]", node, "pads", 16)).size(),
                 std::size_t(0));
        QCOMPARE(std::get<std::string>(*parseAttribute("\"a \\\"b\"", node, "mode", 16)),
                 std::string("a \"b"));
        QVERIFY(std::holds_alternative<std::monostate>(*parseAttribute("", node, "alpha", 16)));
        QVERIFY(!parseAttribute("[1, two]", node, "pads", 16).ok());
        QVERIFY(!parseAttribute("[1, 2", node, "pads", 16).ok());
        QVERIFY(!parseAttribute("much", node, "alpha", 16).ok());
    }

    void absentAttributesTakeTheKindOfTheStandard()
    {
        graph::Node node;
        node.opType = "LeakyRelu";
        QVERIFY(std::holds_alternative<float>(*parseAttribute("1", node, "alpha", 16)));
        node.opType = "Conv";
        QVERIFY(std::holds_alternative<std::int64_t>(*parseAttribute("2", node, "group", 16)));
        QVERIFY(std::holds_alternative<std::vector<std::int64_t>>(*parseAttribute("2", node, "strides", 16)));
    }

    void namesAndIds()
    {
        graph::Graph graph = nestedGraph();
        Lookup lookup(graph);
        std::vector<RegionId> main = {RegionId(0)};
        std::vector<RegionId> body = {RegionId(1), RegionId(0)};
        QCOMPARE(lookup.node(wordOf("relu"), main)->value, 0U);
        QCOMPARE(lookup.node(wordOf("relu"), body)->value, 2U);
        QCOMPARE(lookup.node(wordOf("#1"), main)->value, 1U);
        QCOMPARE(lookup.node(wordOf("a b"), main)->value, 0U); // its writer
        QCOMPARE(lookup.value(wordOf("#1"), main)->value, 2U); // its only output
        QCOMPARE(lookup.value(wordOf("y"), body)->value, 3U);
        QCOMPARE(lookup.value(wordOf("%2"), body)->value, 2U);
        auto several = lookup.node(wordOf("relu"), {});
        QVERIFY(!several.ok() && several.error().message.find("#0, #2") != std::string::npos);
        auto none = lookup.node(wordOf("REL"), main);
        QVERIFY(!none.ok() && none.error().message.find("perhaps relu") != std::string::npos);
        QVERIFY(!lookup.node(wordOf("#7"), main).ok());
        QVERIFY(!lookup.node(wordOf("x"), main).ok());
        QVERIFY(!lookup.value(wordOf("%99999999999"), main).ok());
        QCOMPARE(lookup.valueNames("a", 10), std::vector<std::string>{"a b"});
    }

    void tensorsAsNumPyPrintsThem()
    {
        using graph::Tensor;
        QCOMPARE(valuesText(Tensor::scalar(2.5F)), std::string("2.5"));
        QCOMPARE(valuesText(Tensor::of<float>({3}, std::vector<float>{1, 2, 3})), std::string("[1. 2. 3.]"));
        QCOMPARE(valuesText(Tensor::of<float>({2, 2}, std::vector<float>{0.5F, -1, 2, 10.25F})),
                 std::string("[[ 0.50 -1.00]\n [ 2.00 10.25]]"));
        QCOMPARE(valuesText(Tensor::of<std::int64_t>({2}, std::vector<std::int64_t>{9007199254740993, -1})),
                 std::string("[9007199254740993               -1]"));
        QCOMPARE(valuesText(Tensor::of<float>({3}, std::vector<float>{std::nanf(""), INFINITY, -INFINITY})),
                 std::string("[ nan  inf -inf]"));
        QCOMPARE(valuesText(Tensor::of<float>({2}, std::vector<float>{1e-30F, 1e30F})),
                 std::string("[1.e-30 1.e+30]"));
        QCOMPARE(valuesText(Tensor::ofStrings({2}, {"a\n", "b"})), std::string("[\"a\\n\" \"b\"  ]"));
        QCOMPARE(valuesText(Tensor::of<float>({0, 3}, std::vector<float>{})), std::string("[]"));
    }

    void largeTensorsAreElided()
    {
        std::vector<float> values(100 * 20);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(i);
        std::string text = valuesText(graph::Tensor::of<float>({100, 20}, values));
        QVERIFY2(text.starts_with("[[   0.    1.    2. ...   17.   18.   19.]\n"), text.c_str());
        QVERIFY2(text.find("\n ...\n") != std::string::npos, text.c_str());
        QVERIFY2(text.ends_with("1999.]]"), text.c_str());
        QVERIFY(text.size() < 500);
        // 20 dims of 2: a million elements, whose edges alone would be all of them.
        auto deep = graph::Tensor::allocate(graph::DataType::UInt8, graph::Dims(20, 2));
        QVERIFY(deep.ok());
        std::fill_n(deep->mutableData<std::uint8_t>(), deep->elementCount(), std::uint8_t(7));
        QCOMPARE(valuesText(*deep), std::string("[7 7 7 ... 7 7 7]"));
    }

    void jsonHasNoNumbersThatItCannotWrite()
    {
        auto tensor = graph::Tensor::of<float>({4}, std::vector<float>{1, NAN, INFINITY, -INFINITY});
        QCOMPARE(tensorJson(tensor)["data"].dump(), std::string(R"([1.0,"NaN","Infinity","-Infinity"])"));
        auto statistics = statisticsJson(tensor);
        QCOMPARE(statistics["nans"].get<int>(), 1);
        QCOMPARE(statistics["first_infinity"].dump(), std::string("[2]"));
    }
};

QTEST_GUILESS_MAIN(TestPromptText)
#include "test_prompt_text.moc"
