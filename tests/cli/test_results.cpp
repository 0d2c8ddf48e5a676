// SPDX-License-Identifier: Apache-2.0
//
// What the commands give: JSON with the promised keys and nothing else on stdout, round trips between
// formats, pictures, and what the sample graphs are there to show.
#include "tests/cli/program.h"

#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

using namespace orrery::tests;
using Json = nlohmann::json;

namespace {

const std::string samples = SAMPLE_GRAPHS "/";

QByteArray describe(const ProgramOutcome& outcome)
{
    return QByteArray::fromStdString(
        "status " + std::to_string(outcome.status) + ", signal " + std::to_string(outcome.signal) +
        "\nout: " + outcome.out.substr(0, 1500) + "\nerr: " + outcome.err.substr(0, 1000));
}

std::string bytesOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> keysOf(const Json& object)
{
    std::set<std::string> keys;
    for (const auto& [key, value] : object.items())
        keys.insert(key);
    return keys;
}

struct Sample {
    const char* name;
    std::vector<std::string> options; // to run it
};

const std::vector<Sample> soundSamples = {
    {"cifar10_cnn", {}},
    {"if_branch", {}},
    {"lstm", {"--shape", "x=5x2x4"}},
    {"mlp", {}},
    {"nan", {}},
    {"symbolic_reshape", {"--shape", "x=2x3x4x5"}},
    {"transformer_block", {"--shape", "x=1x6x32"}},
};

std::vector<std::string> words(const std::string& command, const Sample& sample)
{
    std::vector<std::string> all = {command, samples + sample.name + ".onnxtxt"};
    all.insert(all.end(), sample.options.begin(), sample.options.end());
    return all;
}

} // namespace

class TestResults : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;

    std::string in(const std::string& file) const
    {
        return m_directory.filePath(QString::fromStdString(file)).toStdString();
    }

    static void soundRows()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < soundSamples.size(); ++i)
            QTest::newRow(soundSamples[i].name) << static_cast<int>(i);
    }

private slots:
    void profileGivesItsJsonAlone_data() { soundRows(); }

    void profileGivesItsJsonAlone()
    {
        QFETCH(int, index);
        std::vector<std::string> arguments = words("profile", soundSamples[static_cast<std::size_t>(index)]);
        arguments.insert(arguments.end(), {"--runs", "20", "--warmup", "3", "--format", "json"});
        ProgramOutcome outcome = runProgram(arguments);
        QVERIFY2(outcome.status == 0 && outcome.err.find("rror") == std::string::npos, describe(outcome));
        Json result = Json::parse(outcome.out, nullptr, false);
        QVERIFY2(!result.is_discarded(), describe(outcome));
        QCOMPARE(keysOf(result), (std::set<std::string>{"model", "backend", "threads", "warmup", "runs",
                                                        "latency_ms", "peak_bytes", "planned_peak_bytes",
                                                        "recording_overhead_percent", "trace", "hotspots"}));
        QCOMPARE(keysOf(result["latency_ms"]),
                 (std::set<std::string>{"min", "median", "mean", "p90", "p99", "max"}));
        QCOMPARE(result["runs"].get<int>(), 20);
        QCOMPARE(result["warmup"].get<int>(), 3);
        QVERIFY(result["trace"].is_null());
        QVERIFY(!result["hotspots"].empty());
        double share = 0;
        double selfMs = 0;
        for (const Json& row : result["hotspots"]) {
            QCOMPARE(keysOf(row),
                     (std::set<std::string>{"node", "op_type", "backend", "kernel", "calls", "self_ms_mean",
                                            "share_percent", "flops", "bytes_moved", "origins"}));
            QVERIFY(row["origins"].is_array() && !row["origins"].empty());
            share += row["share_percent"].get<double>();
            selfMs += row["self_ms_mean"].get<double>() * row["calls"].get<double>() / 20;
        }
        if (result["hotspots"].size() < 20) // else the table is cut
            QVERIFY2(std::abs(share - 100) < 0.5, describe(outcome));
        const Json& latency = result["latency_ms"];
        QVERIFY2(selfMs <= latency["mean"].get<double>() * 1.001, describe(outcome));
        QVERIFY(latency["min"] <= latency["median"] && latency["median"] <= latency["p90"] &&
                latency["p90"] <= latency["p99"] && latency["p99"] <= latency["max"]);
    }

    void runGivesItsJsonAlone_data() { soundRows(); }

    void runGivesItsJsonAlone()
    {
        QFETCH(int, index);
        const Sample& sample = soundSamples[static_cast<std::size_t>(index)];
        std::string folder = in(std::string("outputs_") + sample.name);
        std::vector<std::string> arguments = words("run", sample);
        arguments.insert(arguments.end(), {"--format", "json", "--output-dir", folder});
        ProgramOutcome outcome = runProgram(arguments);
        QVERIFY2(outcome.status == 0, describe(outcome));
        Json result = Json::parse(outcome.out, nullptr, false);
        QVERIFY2(!result.is_discarded(), describe(outcome));
        QCOMPARE(keysOf(result), std::set<std::string>{"outputs"});
        for (const Json& output : result["outputs"])
            QCOMPARE(keysOf(output), (std::set<std::string>{"name", "dtype", "shape"}));

        // The same seed gives the same values, on every level of optimisation, within rounding.
        arguments = words("run", sample);
        arguments.insert(arguments.end(),
                         {"--format", "json", "--data", folder, "--compare", "--optimize", "none"});
        ProgramOutcome again = runProgram(arguments);
        Json compared = Json::parse(again.out, nullptr, false);
        QVERIFY2(again.status == 0 && !compared.is_discarded(), describe(again));
        for (const Json& output : compared["outputs"]) {
            QCOMPARE(keysOf(output), (std::set<std::string>{"name", "dtype", "shape", "max_abs_error",
                                                            "max_rel_error", "ok"}));
            QVERIFY(output["ok"].get<bool>());
        }
        arguments.insert(arguments.end(), {"--seed", "7"});
        if (std::string_view(sample.name) != "nan" && std::string_view(sample.name) != "symbolic_reshape") {
            ProgramOutcome other = runProgram(arguments);
            QVERIFY2(other.status == 1, describe(other));
        }
    }

    void checkFindsTheFault_data()
    {
        QTest::addColumn<QString>("sample");
        QTest::addColumn<QString>("code"); // empty: sound
        QTest::addColumn<QString>("node");
        QTest::newRow("cycle") << "cycle"
                               << "cycle"
                               << "relu";
        QTest::newRow("missing input") << "missing_input"
                                       << "missing-input"
                                       << "add";
        QTest::newRow("shape clash") << "shape_clash"
                                     << "shape-mismatch"
                                     << "project";
        QTest::newRow("unknown op") << "unknown_op"
                                    << "unknown-op"
                                    << "fancy";
        for (const Sample& sample : soundSamples)
            QTest::newRow(sample.name) << sample.name << ""
                                       << "";
    }

    void checkFindsTheFault()
    {
        QFETCH(QString, sample);
        QFETCH(QString, code);
        QFETCH(QString, node);
        std::string model = samples + sample.toStdString() + ".onnxtxt";
        ProgramOutcome outcome = runProgram({"check", model, "--format", "json"});
        Json result = Json::parse(outcome.out, nullptr, false);
        QVERIFY2(!result.is_discarded() && outcome.err.empty(), describe(outcome));
        QCOMPARE(keysOf(result), std::set<std::string>{"problems"});
        QVERIFY2(outcome.status == (code.isEmpty() ? 0 : 1), describe(outcome));
        QVERIFY2(result["problems"].size() == (code.isEmpty() ? 0 : 1), describe(outcome));
        for (const Json& problem : result["problems"]) {
            QCOMPARE(keysOf(problem), (std::set<std::string>{"severity", "code", "node", "text", "remedy"}));
            QCOMPARE(problem["code"].get<std::string>(), code.toStdString());
            QCOMPARE(problem["node"].get<std::string>(), node.toStdString());
            QVERIFY(!problem["remedy"].get<std::string>().empty());
        }
        ProgramOutcome text = runProgram({"check", model});
        QVERIFY2(text.status == outcome.status && text.out.find(code.toStdString()) != std::string::npos,
                 describe(text));
    }

    void conversionThereAndBackIsTheSame()
    {
        for (const auto& entry : std::filesystem::directory_iterator(samples)) {
            if (entry.path().extension() != ".onnxtxt")
                continue;
            std::string name = entry.path().stem().string();
            std::string first = in(name + "_1.onnx");
            std::string written = in(name + ".onnxtxt");
            std::string second = in(name + "_2.onnx");
            QCOMPARE(runProgram({"convert", entry.path().string(), first}).status, 0);
            ProgramOutcome outcome = runProgram({"convert", first, written});
            QVERIFY2(outcome.status == 0 && outcome.err.empty(), describe(outcome));
            QCOMPARE(runProgram({"convert", written, second}).status, 0);
            std::filesystem::rename(second, in("second.onnx"));
            QCOMPARE(runProgram({"convert", in("second.onnx"), in("third.onnxtxt")}).status, 0);
            std::string again = bytesOf(in("third.onnxtxt"));
            std::string before = bytesOf(written);
            // Weights beside the text carry its name.
            for (std::size_t at = again.find("third.onnxtxt"); at != std::string::npos;
                 at = again.find("third.onnxtxt"))
                again.replace(at, std::strlen("third.onnxtxt"), name + ".onnxtxt");
            QVERIFY2(again == before, name.c_str());
        }
    }

    void picturesOfModelAndTrace_data()
    {
        QTest::addColumn<QStringList>("more");
        QTest::addColumn<bool>("ofTrace");
        for (const char* graph : {"dataflow", "compute", "runtime"})
            for (const char* overlay : {"", "time", "memory"})
                for (bool ofTrace : {false, true}) {
                    if (!ofTrace && std::string_view(graph) == "runtime")
                        continue; // refused; in the table of usage errors
                    QStringList more = {"--graph", graph};
                    if (*overlay != '\0')
                        more << "--overlay" << overlay;
                    QTest::addRow("%s %s of %s", graph, overlay, ofTrace ? "trace" : "model")
                        << more << ofTrace;
                }
    }

    void picturesOfModelAndTrace()
    {
        QFETCH(QStringList, more);
        QFETCH(bool, ofTrace);
        std::string trace = in("picture.orrery");
        std::string model = samples + "if_branch.onnxtxt";
        if (!std::filesystem::exists(trace))
            QCOMPARE(runProgram({"profile", model, "--trace", trace}).status, 0);
        for (const auto& [kind, start] :
             std::map<std::string, std::string>{{"svg", "<?xml"}, {"png", "\x89PNG"}, {"pdf", "%PDF-"}}) {
            std::string picture = in("picture." + kind);
            std::filesystem::remove(picture);
            std::vector<std::string> arguments = {"render", ofTrace ? trace : model, "--out", picture};
            for (const QString& word : more)
                arguments.push_back(word.toStdString());
            ProgramOutcome outcome = runProgram(arguments);
            QVERIFY2(outcome.status == 0 && outcome.err.empty() && outcome.out.empty(), describe(outcome));
            QVERIFY(bytesOf(picture).starts_with(start));
            QVERIFY(bytesOf(picture).size() > 1000);
        }
        QXmlStreamReader xml(QByteArray::fromStdString(bytesOf(in("picture.svg"))));
        while (!xml.atEnd())
            xml.readNext();
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
    }
};

QTEST_GUILESS_MAIN(TestResults)
#include "test_results.moc"
