// SPDX-License-Identifier: Apache-2.0
//
// ONNX text: agrees with libonnx's parser where the grammars overlap, comes back after a save, and says where
// it is wrong.
#include "engine/formats/format.h"
#include "engine/formats/text_parser.h"
#include "engine/graph/text.h"
#include "engine/graph/verify.h"

#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>
#include <google/protobuf/util/message_differencer.h>
#include <onnx/defs/parser.h>

#include <fstream>

using namespace orrery;

namespace {

onnx::ModelProto ours(const std::string& text)
{
    onnx::ModelProto proto;
    auto parsed = formats::parseText(text, {}, proto);
    if (!parsed.ok())
        qWarning("%s", parsed.error().text().c_str());
    return proto;
}

std::string fileContent(const char* path)
{
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

// All of the grammar in one model.
const std::string everything = fileContent(TEST_FOLDER "/everything.onnxtxt");

} // namespace

class TestOnnxText : public QObject {
    Q_OBJECT

private slots:
    void agreesWithLibonnx_data();
    void agreesWithLibonnx();
    void readsEverything();
    void comesBackAfterSaving();
    void largeTensorsGoToAFileBeside();
    void realModelsComeBack_data();
    void realModelsComeBack();
    void saysWhereItIsWrong_data();
    void saysWhereItIsWrong();
    void nestingIsBounded();
    void truncatedAnywhereNeverCrashes();
    void samplesLoad_data();
    void samplesLoad();
};

void TestOnnxText::agreesWithLibonnx_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("plain") << QByteArray(R"(<ir_version: 7, opset_import: ["" : 10, "com.microsoft" : 1]>
        agraph (float[N, 128] X, float[128, 10] W, float[10] B) => (float[N, 10] C)
        { T = MatMul(X, W) S = Add(T, B) C = Softmax(S) })");
    QTest::newRow("initializers") << QByteArray(R"(<ir_version: 7, opset_import: ["" : 10]>
        agraph (float y = {1.0}, float[N] z) => (float[N] w)
        <float[2] w1 = {1, 2}, int64[3] w2 = {4, 5, 6}, float x, string[2] s = {"a", "b"}, bool[2] b = {1, 0}>
        { x = foo(y, z) w = bar(x, w1, w2) })");
    QTest::newRow("attributes") << QByteArray(R"(<ir_version: 7, opset_import: ["" : 10]>
        agraph (float[N] x) => (float[N] y)
        { y = ai.onnx.ml.Foo <a = 1, b = -2.5, c = "s", d = [1, 2], e = [1.5, 2.0], f = ["a", "b"],
          g = float[2] {1, 2}> (x, , x) })");
    QTest::newRow("subgraphs") << QByteArray(R"(<ir_version: 7, opset_import: ["" : 10]>
        agraph (bool c, float[N] x) => (float[N] y)
        { y = If (c) <then_branch = g1 () => (float[N] a) { a = Relu(x) },
                      else_branch = g2 () => (float[N] b) { b = Neg(x) }> })");
    QTest::newRow("functions") << QByteArray(R"(<ir_version: 8, opset_import: ["" : 10, "local" : 1],
        producer_name: "p", producer_version: "1", domain: "d", model_version: 3, doc_string: "doc",
        metadata_props: ["k" : "v"]>
        agraph (float[N] x) => (float[N] y) { y = local.f <alpha = 1.0> (x) }
        <domain: "local", opset_import: ["" : 10], doc_string: "fdoc">
        f <alpha> (a) => (b) { b = Elu <alpha = @alpha> (a) })");
    QTest::newRow("types") << QByteArray(R"(<ir_version: 7, opset_import: ["" : 10]>
        agraph (float a, float[] b, float[?, M, 3] c, bfloat16[2] d) => (e) { e = Foo(a, b, c, d) })");
}

void TestOnnxText::agreesWithLibonnx()
{
    QFETCH(QByteArray, text);
    onnx::ModelProto theirs;
    auto status = onnx::OnnxParser::Parse(theirs, text.constData());
    QVERIFY2(status.IsOK(), status.ErrorMessage().c_str());
    google::protobuf::util::MessageDifferencer differencer;
    std::string difference;
    differencer.ReportDifferencesToString(&difference);
    QVERIFY2(differencer.Compare(theirs, ours(text.toStdString())), difference.c_str());
}

void TestOnnxText::readsEverything()
{
    auto proto = ours(everything);
    QCOMPARE(proto.producer_name(), std::string("p \"q\""));
    QCOMPARE(proto.doc_string(), std::string("two\nlines"));
    const auto& graph = proto.graph();
    QCOMPARE(graph.name(), std::string("main/graph"));
    QCOMPARE(graph.input(0).name(), std::string("x:0"));
    QCOMPARE(graph.input(0).type().tensor_type().shape().dim(0).dim_param(), std::string("batch size"));
    QCOMPARE(graph.initializer_size(), 6);
    QCOMPARE(graph.initializer(0).float_data(1), -2500.0f);
    QCOMPARE(graph.initializer(3).string_data(1), std::string("b\0c", 3));
    QVERIFY(std::isnan(graph.initializer(4).float_data(0)));
    QCOMPARE(graph.initializer(5).uint64_data(0), UINT64_MAX);
    const auto& node = graph.node(0);
    QCOMPARE(node.name(), std::string("layer 1"));
    QCOMPARE(node.domain(), std::string("my.domain"));
    QCOMPARE(node.output(1), std::string());
    QCOMPARE(node.input(1), std::string());
    QCOMPARE(node.attribute(0).type(), onnx::AttributeProto::FLOAT);
    QCOMPARE(node.attribute(1).type(), onnx::AttributeProto::INT);
    QCOMPARE(node.attribute(4).floats(0), 1.0f);
    QCOMPARE(node.attribute(5).type(), onnx::AttributeProto::INTS);
    QCOMPARE(graph.node(1).attribute(0).g().node(0).op_type(), std::string("Relu"));
    QCOMPARE(proto.functions(0).node(0).attribute(0).ref_attr_name(), std::string("alpha"));
}

namespace {

Result<graph::Model> fromText(const QTemporaryDir& folder, const std::string& text)
{
    std::string path = folder.filePath("model.onnxtxt").toStdString();
    std::ofstream(path, std::ios::binary) << text;
    return formats::readModel(path);
}

// The same nodes, names, attributes, types and tensor bytes; how a file encodes them may differ.
void compareModels(const graph::Model& a, const graph::Model& b)
{
    QCOMPARE(QString::fromStdString(graph::toText(a)), QString::fromStdString(graph::toText(b)));
    QCOMPARE(a.irVersion, b.irVersion);
    QCOMPARE(a.producerName, b.producerName);
    QCOMPARE(a.metadata, b.metadata);
    QCOMPARE(a.graph.nodeSlots(), b.graph.nodeSlots());
    for (std::size_t i = 0; i < a.graph.nodeSlots(); ++i) {
        const auto& x = a.graph.node(NodeId(i));
        const auto& y = b.graph.node(NodeId(i));
        QCOMPARE(x.name, y.name);
        QCOMPARE(x.attributes.size(), y.attributes.size());
        for (std::size_t k = 0; k < x.attributes.size(); ++k) {
            QCOMPARE(x.attributes[k].value.index(), y.attributes[k].value.index());
            if (auto* tensor = std::get_if<graph::Tensor>(&x.attributes[k].value))
                QVERIFY(tensor->identicalTo(std::get<graph::Tensor>(y.attributes[k].value)));
            if (auto* reals = std::get_if<std::vector<float>>(&x.attributes[k].value))
                QVERIFY(*reals == std::get<std::vector<float>>(y.attributes[k].value));
            if (auto* real = std::get_if<float>(&x.attributes[k].value))
                QCOMPARE(*real, std::get<float>(y.attributes[k].value));
        }
    }
    for (std::size_t r = 0; r < a.graph.regionSlots(); ++r)
        for (ValueId id : a.graph.region(RegionId(r)).initializers) {
            const auto& value = a.graph.value(id);
            bool found = false;
            for (ValueId other : b.graph.region(RegionId(r)).initializers)
                if (b.graph.value(other).name == value.name) {
                    found = true;
                    QVERIFY(value.initializer->tensor.identicalTo(b.graph.value(other).initializer->tensor));
                }
            QVERIFY2(found, value.name.c_str());
        }
}

} // namespace

void TestOnnxText::comesBackAfterSaving()
{
    QTemporaryDir folder;
    auto model = fromText(folder, everything);
    QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
    std::string copy = folder.filePath("copy.onnxtxt").toStdString();
    std::vector<Problem> problems;
    auto written = formats::writeModel(*model, copy, {}, &problems);
    QVERIFY2(written.ok(), written.ok() ? "" : written.error().text().c_str());
    QVERIFY(problems.empty());
    auto again = formats::readModel(copy);
    QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
    compareModels(*model, *again);
    QCOMPARE(again->functions.front().attributeDefaults.size(), std::size_t(1));
    QCOMPARE(again->graph.node(NodeId(0)).overload, std::string("fast"));
}

void TestOnnxText::largeTensorsGoToAFileBeside()
{
    QTemporaryDir folder;
    auto model =
        fromText(folder, "<ir_version: 8, opset_import: [\"\" : 13]> g (float[N] x) => (y) { y = Relu (x) }");
    QVERIFY(model.ok());
    std::vector<float> values(100);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = float(i) / 3;
    model->graph.addConstant(RegionId(0), "w", graph::Tensor::of({10, 10}, values));
    model->graph.addConstant(RegionId(0), "small", graph::Tensor::of<float>({2}, {0.1f, 1e-30f}));
    std::string copy = folder.filePath("copy.onnxtxt").toStdString();
    QVERIFY(formats::writeModel(*model, copy).ok());
    QCOMPARE(QFileInfo(folder.filePath("copy.onnxtxt.bin")).size(), qint64(400));
    auto again = formats::readModel(copy);
    QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
    compareModels(*model, *again);

    QFile::resize(folder.filePath("copy.onnxtxt.bin"), 399);
    auto shortened = formats::readModel(copy);
    QVERIFY(!shortened.ok());
    QVERIFY(shortened.error().text().find("399") != std::string::npos);
}

void TestOnnxText::realModelsComeBack_data()
{
    QTest::addColumn<QString>("path");
    QString root = qEnvironmentVariable("ORRERY_PEER_MODELS");
    if (root.isEmpty()) {
        QTest::newRow("ORRERY_PEER_MODELS") << QString();
        return;
    }
    QDirIterator files(root, {"*.onnx"}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QString path = files.next();
        QTest::newRow(qPrintable(QDir(root).relativeFilePath(path))) << path;
    }
}

void TestOnnxText::realModelsComeBack()
{
    QFETCH(QString, path);
    if (path.isEmpty())
        QSKIP("set ORRERY_PEER_MODELS to a folder of models");
    auto model = formats::readModel(path.toStdString());
    QVERIFY(model.ok());
    QTemporaryDir folder;
    std::string copy = folder.filePath("copy.onnxtxt").toStdString();
    std::vector<Problem> problems;
    auto written = formats::writeModel(*model, copy, {}, &problems);
    QVERIFY2(written.ok(), written.ok() ? "" : written.error().text().c_str());
    for (const Problem& problem : problems)
        QCOMPARE(problem.code, std::string("not-in-text"));
    auto again = formats::readModel(copy);
    QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
    compareModels(*model, *again);
}

void TestOnnxText::saysWhereItIsWrong_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("place");
    QTest::addColumn<QByteArray>("message");
    QTest::newRow("no arrow") << QByteArray("<ir_version: 8>\ng (x) (y) {}") << QByteArray("line 2, column 7")
                              << QByteArray("expected \"=>\"");
    QTest::newRow("unclosed string") << QByteArray("<producer_name: \"abc") << QByteArray("line 1, column 17")
                                     << QByteArray("closing");
    QTest::newRow("unknown key") << QByteArray("<ir_version: 8, colour: 3> g () => () {}")
                                 << QByteArray("line 1") << QByteArray("\"colour\"");
    QTest::newRow("number too large") << QByteArray("<ir_version: 99999999999999999999> g () => () {}")
                                      << QByteArray("line 1, column 14") << QByteArray("out of range");
    QTest::newRow("mixed list") << QByteArray("<ir_version: 8> g () => () { y = F <a = [1, \"b\"]> () }")
                                << QByteArray("line 1") << QByteArray("different kinds");
    QTest::newRow("cut off") << QByteArray("<ir_version: 8> g () => () { y = F") << QByteArray("line 1")
                             << QByteArray("the end of the file");
    QTest::newRow("symbolic dims in a tensor")
        << QByteArray("<ir_version: 8> g () => () <float[N] w = {1}> {}") << QByteArray("line 1")
        << QByteArray("numbers as dims");
    QTest::newRow("count") << QByteArray("<ir_version: 8> g () => () <float[3] w = {1}> {}")
                           << QByteArray("tensor \"w\"") << QByteArray("expected 3");
    QTest::newRow("too large for int8") << QByteArray("<ir_version: 8> g () => () <int8[1] w = {300}> {}")
                                        << QByteArray("tensor \"w\"") << QByteArray("does not fit");
}

void TestOnnxText::saysWhereItIsWrong()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, place);
    QFETCH(QByteArray, message);
    QTemporaryDir folder;
    auto model = fromText(folder, text.toStdString());
    QVERIFY(!model.ok());
    QCOMPARE(model.error().code, ErrorCode::BadFile);
    QVERIFY2(QByteArray::fromStdString(model.error().where).contains(place), model.error().text().c_str());
    QVERIFY2(QByteArray::fromStdString(model.error().message).contains(message),
             model.error().text().c_str());
}

void TestOnnxText::nestingIsBounded()
{
    for (int depth : {100, 100'000}) {
        std::string graphs = "<ir_version: 8> g () => () {";
        std::string types = "<ir_version: 8> g (";
        for (int i = 0; i < depth; ++i) {
            graphs += " y = If <then_branch = g () => () {";
            types += "seq(";
        }
        for (const std::string& text : {graphs, types}) {
            onnx::ModelProto proto;
            auto parsed = formats::parseText(text, {}, proto);
            QVERIFY(!parsed.ok());
            QCOMPARE(parsed.error().code, ErrorCode::LimitReached);
        }
    }
}

void TestOnnxText::truncatedAnywhereNeverCrashes()
{
    int refused = 0;
    for (std::size_t size = 0; size < everything.size(); ++size) {
        onnx::ModelProto proto;
        if (!formats::parseText(std::string_view(everything).substr(0, size), {}, proto).ok())
            ++refused;
    }
    QVERIFY(refused > int(everything.size()) * 8 / 10);
}

void TestOnnxText::samplesLoad_data()
{
    QTest::addColumn<QString>("path");
    QDirIterator files(SAMPLE_GRAPHS, {"*.onnxtxt"}, QDir::Files);
    while (files.hasNext()) {
        QString path = files.next();
        QTest::newRow(qPrintable(QFileInfo(path).fileName())) << path;
    }
}

void TestOnnxText::samplesLoad()
{
    QFETCH(QString, path);
    auto model = formats::readModel(path.toStdString());
    QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
    QCOMPARE(model->format, std::string("onnx_text"));
    QString name = QFileInfo(path).baseName();
    std::string expected = name == "cycle" ? "cycle" : name == "missing_input" ? "missing-input" : "";
    std::string found;
    for (const Problem& problem : graph::verify(*model))
        if (problem.severity == Severity::Error)
            found = problem.code;
    QCOMPARE(found, expected);
}

QTEST_GUILESS_MAIN(TestOnnxText)
#include "test_onnx_text.moc"
