// SPDX-License-Identifier: Apache-2.0
//
// Breakpoints kept beside a model: they come back, by name, and nothing that a file holds is lost on the way.
#include "profiler/session/breakpoint_file.h"
#include "profiler/session/toml.h"

#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

using namespace orrery;
using namespace orrery::session;
using debug::Breakpoint;
using debug::BreakpointTarget;

namespace {

// `before` nodes without names stand in front, so that ids differ between two graphs with the same names.
graph::Graph graphWith(const std::vector<std::string>& nodes, int before = 0)
{
    graph::Graph graph;
    ValueId value = graph.addValue(graph.mainRegion(), "x");
    for (int i = 0; i < before; ++i)
        graph.addValue(graph.mainRegion(), {});
    for (const std::string& name : nodes) {
        graph::Node node;
        node.name = name;
        node.opType = "Relu";
        node.inputs = {value};
        value = graph.addValue(graph.mainRegion(), name + "_out");
        node.outputs = {value};
        graph.addNode(graph.mainRegion(), node);
    }
    return graph;
}

std::string bytesOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Breakpoint atNode(std::size_t id)
{
    Breakpoint breakpoint;
    breakpoint.node = NodeId(id);
    return breakpoint;
}

} // namespace

class TestBreakpointFile : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;
    std::string m_model;

private slots:
    void init()
    {
        m_model = m_directory.filePath("model.onnx").toStdString();
        std::filesystem::remove(breakpointFile(m_model));
        std::filesystem::remove(breakpointFile(m_model) + ".broken");
    }

    void comeBackByName()
    {
        std::vector<Breakpoint> all(5);
        all[0] = atNode(1);
        all[0].ignore = 3;
        all[0].enabled = false;
        all[1].target = BreakpointTarget::OpType;
        all[1].text = "Conv";
        all[2].target = BreakpointTarget::Value;
        all[2].value = ValueId(2);
        all[2].condition = *debug::parseCondition("abs > 100");
        all[3].target = BreakpointTarget::Any;
        all[3].condition = *debug::parseCondition("nan");
        all[3].action = debug::BreakpointAction::Log;
        all[4].target = BreakpointTarget::Scope;
        all[4].text = "/layer3/";
        all[4].once = true;
        QVERIFY(saveBreakpoints(m_model, graphWith({"a", "b"}), all, {ValueId(1)}).ok());

        graph::Graph other = graphWith({"a", "b"}, 4);
        auto saved = loadBreakpoints(m_model, other);
        QVERIFY(saved.ok());
        QCOMPARE(saved->breakpoints.size(), all.size());
        QVERIFY(saved->notes.empty());
        const auto& found = saved->breakpoints;
        QCOMPARE(other.node(found[0].node).name, std::string("b"));
        QVERIFY(found[0].ignore == 3 && !found[0].enabled);
        QCOMPARE(found[1].text, std::string("Conv"));
        QCOMPARE(other.value(found[2].value).name, std::string("b_out"));
        QVERIFY(found[2].condition == all[2].condition);
        QVERIFY(found[3].action == debug::BreakpointAction::Log);
        QVERIFY(found[4].once && found[4].text == "/layer3/");
        QCOMPARE(saved->watches.size(), std::size_t(1));
        QCOMPARE(other.value(saved->watches[0]).name, std::string("a_out"));
    }

    void nodesWithoutNamesGoByWhatTheyWrite()
    {
        graph::Graph graph = graphWith({"", ""});
        graph.value(ValueId(2)).name = "second";
        QVERIFY(saveBreakpoints(m_model, graph, {atNode(1)}, {}).ok());
        auto saved = loadBreakpoints(m_model, graph);
        QVERIFY(saved.ok());
        QCOMPARE(saved->breakpoints.size(), std::size_t(1));
        QCOMPARE(saved->breakpoints[0].node.value, 1U);
    }

    void keepsWhatIsNotOfThisGraph()
    {
        QVERIFY(saveBreakpoints(m_model, graphWith({"a", "fused"}), {atNode(1)}, {ValueId(2)}).ok());
        auto object = parseToml(bytesOf(breakpointFile(m_model))).releaseValue();
        object["layout"] = {{"zoom", 2}};
        std::ofstream(breakpointFile(m_model)) << tomlText(object);

        graph::Graph graph = graphWith({"a", "b"});
        auto saved = loadBreakpoints(m_model, graph);
        QVERIFY(saved.ok() && saved->breakpoints.empty());
        QCOMPARE(saved->notes.size(), std::size_t(1));
        QVERIFY(saveBreakpoints(m_model, graph, {atNode(0)}, {}).ok());

        object = parseToml(bytesOf(breakpointFile(m_model))).releaseValue();
        QCOMPARE(object["layout"]["zoom"].get<int>(), 2);
        QCOMPARE(object["breakpoints"].size(), std::size_t(2));
        QCOMPARE(loadBreakpoints(m_model, graphWith({"a", "fused"}))->breakpoints.size(), std::size_t(2));
    }

    void brokenFilesArePutAside_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("no TOML") << QByteArray("{ broken");
        QTest::newRow("a header without a name") << QByteArray("[]");
        QTest::newRow("breakpoints that are a number") << QByteArray("breakpoints = 3\n");
        QTest::newRow("deep") << "breakpoints = " + QByteArray(100'000, '[');
        QTest::newRow("binary") << QByteArray("\x00\xff\xfe", 3);
    }

    void brokenFilesArePutAside()
    {
        QFETCH(QByteArray, content);
        std::ofstream(breakpointFile(m_model)) << content.toStdString();
        auto saved = loadBreakpoints(m_model, graphWith({"a"}));
        QVERIFY(saved.ok() && saved->breakpoints.empty());
        QCOMPARE(saved->notes.size(), std::size_t(1));
        QVERIFY(!std::filesystem::exists(breakpointFile(m_model)));
        QCOMPARE(bytesOf(breakpointFile(m_model) + ".broken"), content.toStdString());
    }

    void entriesThatMakeNoSenseAreLeftOutAlone()
    {
        std::ofstream(breakpointFile(m_model))
            << R"(breakpoints = [3, {}, {target = "node", node = 7}, {target = "any", condition = "so so"},
                              {target = "node", node = "a", ignore = -1, enabled = "yes"}]
                  watches = [1, "none"])";
        auto saved = loadBreakpoints(m_model, graphWith({"a"}));
        QVERIFY(saved.ok());
        QCOMPARE(saved->breakpoints.size(), std::size_t(1));
        QCOMPARE(saved->notes.size(), std::size_t(4));
        QVERIFY(saved->breakpoints[0].enabled && saved->breakpoints[0].ignore == 0);
        QVERIFY(saved->watches.empty());
    }

    void nothingMakesNoFile()
    {
        QVERIFY(saveBreakpoints(m_model, graphWith({"a"}), {}, {}).ok());
        QVERIFY(!std::filesystem::exists(breakpointFile(m_model)));
        QVERIFY(loadBreakpoints(m_model, graphWith({"a"}))->breakpoints.empty());
    }
};

QTEST_GUILESS_MAIN(TestBreakpointFile)
#include "test_breakpoint_file.moc"
