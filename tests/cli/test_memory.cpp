// SPDX-License-Identifier: Apache-2.0
//
// The peak of memory before a run, from outside: the curve, what a run counts beside it, and what is refused.
#include "tests/cli/program.h"

#include <QTest>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>

using namespace orrery::tests;
using Json = nlohmann::json;

namespace {

QByteArray describe(const ProgramOutcome& outcome)
{
    return QByteArray::fromStdString("status " + std::to_string(outcome.status) + "\nout: " +
                                     outcome.out.substr(0, 3000) + "\nerr: " + outcome.err.substr(0, 1000));
}

const std::string symbolicModel = SAMPLE_GRAPHS "/cifar10_cnn.onnxtxt"; // dim N
const std::string staticModel = SAMPLE_GRAPHS "/custom_ops/leaks/fixed_sequence.onnxtxt";

} // namespace

class TestMemory : public QObject {
    Q_OBJECT
private slots:
    void predictionIsWithinFivePercentOfTheRun_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QStringList>("vary");
        QTest::newRow("resnet18") << "torch/resnet18/model.onnx" << QStringList{"N=1,2,8"};
        QTest::newRow("bert6") << "torch/bert6/model.onnx" << QStringList{"seq=32", "batch=1,2,8"};
    }
    void predictionIsWithinFivePercentOfTheRun()
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
            QVERIFY2(std::abs(point["off_percent"].get<double>()) <= 5, point.dump().c_str());
        QVERIFY(points[2]["predicted_peak_bytes"] > points[1]["predicted_peak_bytes"]);
    }

    void theLargestValuesAreNamedWithMakerAndReader()
    {
        const ProgramOutcome outcome = runProgram({"memory", symbolicModel, "--format", "json"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json result = Json::parse(outcome.out);
        const Json& first = result["largest_alive"][0];
        QCOMPARE(first["value"].get<std::string>(), std::string("relu1_out"));
        QCOMPARE(first["producer"].get<std::string>(), std::string("FusedConv \"conv1\""));
        QCOMPARE(first["next_reader"].get<std::string>(), std::string("MaxPool \"pool1\""));
        QVERIFY(result["points"][0]["measured_peak_bytes"].is_null());
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
