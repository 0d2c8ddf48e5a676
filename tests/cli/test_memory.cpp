// SPDX-License-Identifier: Apache-2.0
//
// The peak of memory before a run, from outside: the curve, what a run counts beside it, and what is refused.
#include "tests/cli/program.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <cstdlib>

using namespace orrery::tests;
using Json = nlohmann::json;

namespace {

QByteArray describe(const ProgramOutcome& outcome)
{
    return QByteArray::fromStdString("status " + std::to_string(outcome.status) + "\nout: " +
                                     outcome.out.substr(0, 3000) + "\nerr: " + outcome.err.substr(0, 1000));
}

QByteArray dumped(const Json& json) { return QByteArray::fromStdString(json.dump()); }

const std::string symbolicModel = SAMPLE_GRAPHS "/cifar10_cnn.onnxtxt"; // dim N
const std::string staticModel = SAMPLE_GRAPHS "/custom_ops/leaks/fixed_sequence.onnxtxt";

// A model in a folder of its own, since hints are kept beside it.
class OwnModel {
public:
    explicit OwnModel(const char* graph)
    {
        QFile file(m_folder.filePath("m.onnxtxt"));
        if (!file.open(QIODevice::WriteOnly) ||
            file.write(QByteArray("<ir_version: 8, opset_import: [\"\": 17]>\ng ") + graph) < 0)
            qFatal("the model could not be written");
    }
    std::string path() const { return file("m.onnxtxt"); }
    std::string file(const char* name) const { return m_folder.filePath(name).toStdString(); }
    bool hasHints() const { return QFile::exists(m_folder.filePath("m.onnxtxt.orrery.toml")); }

private:
    QTemporaryDir m_folder;
};

ProgramOutcome memoryOf(const OwnModel& model, std::vector<std::string> more)
{
    std::vector<std::string> words = {"memory", model.path(), "--format", "json"};
    words.insert(words.end(), more.begin(), more.end());
    return runProgram(words);
}

// Both inputs of the Concat could be written into its output from the start.
constexpr const char* joinable = "(float[N,64,32] x) => (float[N,A,1] y) "
                                 "{ a = Relu(x) b = Exp(x) c = Concat<axis = 1>(a, b) "
                                 "y = ReduceMax<axes = [2]>(c) }";

} // namespace

class TestMemory : public QObject {
    Q_OBJECT
private slots:
    void predictionIsWhatTheRunCounts_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QStringList>("vary");
        QTest::newRow("resnet18") << "torch/resnet18/model.onnx" << QStringList{"N=1,2,8"};
        QTest::newRow("resnet18, other sizes")
            << "torch/resnet18/model.onnx" << QStringList{"x:2=224,256,320", "x:3=256"};
        QTest::newRow("mobilenetv2") << "torch/mobilenetv2/model.onnx" << QStringList{"N=1,2,8"};
        QTest::newRow("bert6") << "torch/bert6/model.onnx" << QStringList{"seq=32", "batch=1,2,8"};
        const QString dim = "p2o.DynamicDimension.";
        QTest::newRow("det") << "ocr/ch_PP-OCRv4_det_infer.onnx"
                             << QStringList{dim + "0=1,2,4", dim + "1=320", dim + "2=320"};
        QTest::newRow("rec") << "ocr/ch_PP-OCRv4_rec_infer.onnx"
                             << QStringList{dim + "0=1,2,4", dim + "1=320"};
    }
    void predictionIsWhatTheRunCounts()
    {
        const char* folder = std::getenv("ORRERY_PEER_MODELS");
        if (folder == nullptr)
            QSKIP("ORRERY_PEER_MODELS is not set: no prediction was compared with a run of a real model");
        QFETCH(QString, model);
        QFETCH(QStringList, vary);
        std::vector<std::string> words = {"memory", std::string(folder) + "/" + model.toStdString(),
                                          "--measure", "--format", "json"};
        for (const QString& text : vary)
            words.insert(words.end(), {"--vary", text.toStdString()});
        const ProgramOutcome outcome = runProgram(words);
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json points = Json::parse(outcome.out)["points"];
        QCOMPARE(points.size(), std::size_t(3));
        for (const Json& point : points)
            QVERIFY2(point["predicted_peak_bytes"] == point["measured_peak_bytes"], point.dump().c_str());
        QVERIFY(points[2]["predicted_peak_bytes"] > points[1]["predicted_peak_bytes"]);
    }

    void theLargestValuesAreNamedWithMakerAndReader()
    {
        const ProgramOutcome outcome =
            runProgram({"memory", symbolicModel, "--vary", "N=8", "--format", "json"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json result = Json::parse(outcome.out);
        const Json& first = result["largest_alive"][0];
        QCOMPARE(first["value"].get<std::string>(), std::string("relu1_out"));
        QCOMPARE(first["producer"].get<std::string>(), std::string("FusedConv \"conv1\""));
        QCOMPARE(first["next_reader"].get<std::string>(), std::string("MaxPool \"pool1\""));
        QVERIFY(result["points"][0]["measured_peak_bytes"].is_null());
    }

    void kindsAddUpAndWorkspaceIsOneOfThem()
    {
        const OwnModel model(
            "(float[2,8,33,31] x, float[4,8,3,3] w) => (float[a,b,c,d] y) { y = Conv(x, w) }");
        for (const char* threads : {"1", "3"}) {
            const ProgramOutcome outcome = memoryOf(model, {"--measure", "--threads", threads});
            QVERIFY2(outcome.status == 0, describe(outcome));
            const Json result = Json::parse(outcome.out);
            const Json& point = result["points"][0];
            QVERIFY2(point["predicted_peak_bytes"] == point["measured_peak_bytes"], point.dump().c_str());
            std::map<std::string, std::int64_t> bytes;
            for (const Json& row : result["by_kind"])
                bytes[row["kind"]] = row["bytes"];
            QVERIFY(bytes["workspace"] > 0);
            QCOMPARE(bytes["inputs"] + bytes["activations"] + bytes["workspace"],
                     point["predicted_peak_bytes"].get<std::int64_t>());
        }
    }

    void aDimThatTheFileHasFixedCanVary()
    {
        const OwnModel model("(float[1,8] x) => (float[1,2] y) <float[2] c = {1, 2}, int64[2] s = {1, -1}> "
                             "{ a = Exp(x) b = ReduceSum<keepdims = 1>(a) y = Add(b, c) }");
        const ProgramOutcome outcome = memoryOf(model, {"--vary", "x:1=8,64", "--measure"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json points = Json::parse(outcome.out)["points"];
        QCOMPARE(points.size(), std::size_t(2));
        for (const Json& point : points)
            QVERIFY2(point["predicted_peak_bytes"] == point["measured_peak_bytes"], point.dump().c_str());
        QCOMPARE(points[1]["predicted_peak_bytes"].get<int>() - points[0]["predicted_peak_bytes"].get<int>(),
                 2 * (64 - 8) * 4);
    }

    void theNodeThatRefusesOtherNumbersIsNamed_data()
    {
        QTest::addColumn<QString>("graph");
        QTest::addColumn<QString>("said");
        QTest::newRow("sizes that are written") << "(float[1,2,4] x) => (float[1,8] y) <int64[2] s = {1, 8}> "
                                                   "{ [r] y = Reshape(x, s) }"
                                                << "Reshape \"r\": 1×8 is written into the model";
        QTest::newRow("a batch that would end in another axis")
            << "(float[1,2,4] x) => (float[1,8] y) <int64[2] s = {1, -1}> { [r] y = Reshape(x, s) }"
            << "Reshape \"r\": 1×? is written into the model";
        QTest::newRow("a constant of the old length")
            << "(float[4,2] x) => (float[4,2] y) <float[4,1] c = {1, 2, 3, 4}> { [r] y = Add(x, c) }"
            << "written into the model: \"c\" (4×1)";
    }
    void theNodeThatRefusesOtherNumbersIsNamed()
    {
        QFETCH(QString, graph);
        QFETCH(QString, said);
        const OwnModel model(graph.toUtf8().constData());
        const bool isFour = graph.startsWith("(float[4");
        const ProgramOutcome outcome = memoryOf(model, {"--vary", isFour ? "x:0=4,5" : "x:0=1,2"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json points = Json::parse(outcome.out)["points"];
        QVERIFY(points[0]["error"].is_null());
        QVERIFY(points[1]["predicted_peak_bytes"].is_null());
        QVERIFY2(points[1]["error"].get<std::string>().find(said.toStdString()) != std::string::npos,
                 points[1].dump().c_str());
    }

    void filesGiveShapes()
    {
        const OwnModel model("(float[N,8] x) => (float[N,8] y) { y = Exp(x) }");
        QCOMPARE(
            runProgram({"run", model.path(), "--shape", "x=5x8", "--output-dir", model.file("data")}).status,
            0);
        const std::string input = "x=" + model.file("data/output_0.pb");
        const ProgramOutcome outcome = memoryOf(model, {"--input", input, "--measure"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json point = Json::parse(outcome.out)["points"][0];
        QCOMPARE(point["predicted_peak_bytes"].get<int>(), 2 * 5 * 8 * 4);
        QCOMPARE(point["measured_peak_bytes"].get<int>(), 2 * 5 * 8 * 4);
        const ProgramOutcome other = memoryOf(model, {"--input", input, "--vary", "N=6"});
        QCOMPARE(other.status, 2);
        QVERIFY2(other.err.find("it comes from a file, in which dim 0 is 5") != std::string::npos,
                 describe(other));
    }

    void aSuggestionIsAppliedMeasuredKeptAndCleared()
    {
        const OwnModel model(joinable);
        const ProgramOutcome first = memoryOf(model, {"--suggest"});
        QVERIFY2(first.status == 0, describe(first));
        const Json told = Json::parse(first.out);
        const Json& suggestion = told["suggestions"][0];
        QCOMPARE(suggestion["kind"].get<std::string>(), std::string("join-in-place"));
        QVERIFY(suggestion["same_bits"].get<bool>());
        QVERIFY(suggestion["saved_bytes"].get<int>() > 0);
        QVERIFY(!told["notes"].empty());
        QVERIFY(!model.hasHints());

        const ProgramOutcome second = memoryOf(model, {"--apply", "1", "--measure"});
        QVERIFY2(second.status == 0, describe(second));
        const Json applied = Json::parse(second.out)["applied"];
        QVERIFY2(applied["predicted_before_bytes"] == told["points"][0]["predicted_peak_bytes"],
                 dumped(applied).constData());
        QVERIFY2(applied["predicted_after_bytes"] == suggestion["predicted_peak_bytes"],
                 dumped(applied).constData());
        QVERIFY2(applied["measured_before_bytes"] == applied["predicted_before_bytes"],
                 dumped(applied).constData());
        QVERIFY2(applied["measured_after_bytes"] == applied["predicted_after_bytes"],
                 dumped(applied).constData());
        QVERIFY(applied["identical"].get<bool>());
        QVERIFY(model.hasHints());

        const Json kept = Json::parse(memoryOf(model, {}).out);
        QVERIFY2(kept["points"][0]["predicted_peak_bytes"] == suggestion["predicted_peak_bytes"],
                 dumped(kept).constData());
        const Json without = Json::parse(memoryOf(model, {"--no-hints"}).out);
        QVERIFY2(without["points"][0]["predicted_peak_bytes"] == told["points"][0]["predicted_peak_bytes"],
                 dumped(without).constData());
        const Json cleared = Json::parse(memoryOf(model, {"--clear-hints"}).out);
        QVERIFY2(cleared["points"][0]["predicted_peak_bytes"] == told["points"][0]["predicted_peak_bytes"],
                 dumped(cleared).constData());
        QVERIFY2(memoryOf(model, {}).err.find("followed") == std::string::npos, "hints are still there");
    }

    void aSuggestionForTheseShapesHoldsForThem()
    {
        const OwnModel model("(float[N,64,32] x) => (float[N,64,1] y) "
                             "{ a = Concat<axis = 2>(x, x, x, x) b = Concat<axis = 2>(a, a) "
                             "y = ReduceMax<axes = [2]>(b) }");
        const ProgramOutcome outcome = memoryOf(model, {"--vary", "N=8", "--apply", "1", "--measure"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json result = Json::parse(outcome.out);
        QCOMPARE(result["suggestions"][0]["kind"].get<std::string>(), std::string("chunk"));
        const Json& applied = result["applied"];
        QVERIFY2(applied["measured_after_bytes"] < applied["measured_before_bytes"], describe(outcome));
        QVERIFY2(applied["measured_after_bytes"] == applied["predicted_after_bytes"],
                 dumped(applied).constData());
        QCOMPARE(applied["max_abs_error"].get<double>(), 0.0);
    }

    void whatIsNotThereCannotBeApplied_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("said");
        QTest::newRow("too large") << QStringList{"--apply", "99"} << "there is no suggestion \"99\"";
        QTest::newRow("zero") << QStringList{"--apply", "0"} << "there is no suggestion \"0\"";
        QTest::newRow("no number") << QStringList{"--apply", "one"} << "there is no suggestion \"one\"";
        QTest::newRow("beside nothing")
            << QStringList{"--apply", "1", "--no-hints"} << "leave --no-hints out";
    }
    void whatIsNotThereCannotBeApplied()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, said);
        const OwnModel model(joinable);
        std::vector<std::string> more;
        for (const QString& word : words)
            more.push_back(word.toStdString());
        const ProgramOutcome outcome = memoryOf(model, more);
        QVERIFY2(outcome.status == 2, describe(outcome));
        QVERIFY2(outcome.err.find(said.toStdString()) != std::string::npos, describe(outcome));
        QVERIFY(!model.hasHints());
    }

    void theModelIsReadInTheRunnerAlone()
    {
        qputenv("ORRERY_RUNNER", "/nonexistent/orrery-runner");
        const ProgramOutcome outcome = runProgram({"memory", symbolicModel});
        qunsetenv("ORRERY_RUNNER");
        QVERIFY2(outcome.status != 0 && outcome.out.empty(), describe(outcome));
        QVERIFY2(outcome.err.find("the runner could not be started") != std::string::npos, describe(outcome));
    }

    void whatCannotVaryIsRefused_data()
    {
        QTest::addColumn<QString>("vary");
        QTest::addColumn<QString>("said");
        QTest::newRow("fixed dim") << "N=2"
                                   << "all dims of the inputs are fixed";
        QTest::newRow("no number") << "N=x"
                                   << "\"x\" is no number";
        QTest::newRow("empty") << "N="
                               << "\"\" is no number";
        QTest::newRow("backwards") << "N=8..2"
                                   << "is no range";
        QTest::newRow("from nothing") << "N=0..4"
                                      << "is no range";
        QTest::newRow("too large") << "N=99999999999999999999"
                                   << "is no number";
    }
    void whatCannotVaryIsRefused()
    {
        QFETCH(QString, vary);
        QFETCH(QString, said);
        const bool fixed = QString(QTest::currentDataTag()) == "fixed dim";
        const ProgramOutcome outcome =
            runProgram({"memory", fixed ? staticModel : symbolicModel, "--vary", vary.toStdString()});
        QVERIFY2(outcome.status == 2, describe(outcome));
        QCOMPARE(outcome.errorLines().size(), std::size_t(1));
        QVERIFY2(outcome.err.find(said.toStdString()) != std::string::npos, describe(outcome));
    }
};

QTEST_GUILESS_MAIN(TestMemory)
#include "test_memory.moc"
