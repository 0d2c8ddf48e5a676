// SPDX-License-Identifier: Apache-2.0
//
// Clean-up tools from the command line: what they tell, in both forms, that the written model runs (its
// numbers are compared where the tools themselves are tested), and that what cannot be done writes nothing.
#include "tests/cli/program.h"

#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <filesystem>

using namespace orrery::tests;
using Json = nlohmann::json;

namespace {

const std::string samples = SAMPLE_GRAPHS "/";

QByteArray describe(const ProgramOutcome& outcome)
{
    return QByteArray::fromStdString("status " + std::to_string(outcome.status) + "\nout: " +
                                     outcome.out.substr(0, 1500) + "\nerr: " + outcome.err.substr(0, 1000));
}

// Names, types and shapes of what a run of it gives.
Json outputsOf(const std::string& model)
{
    const ProgramOutcome outcome = runProgram({"run", model, "--format", "json"});
    if (outcome.status != 0)
        qFatal("%s", describe(outcome).constData());
    return Json::parse(outcome.out).at("outputs");
}

} // namespace

class TestCleanUp : public QObject {
    Q_OBJECT
private slots:
    void simplifyTellsWhatWent()
    {
        QTemporaryDir folder;
        const std::string out = folder.filePath("out.onnx").toStdString();
        const ProgramOutcome text = runProgram({"simplify", samples + "transformer_block.onnxtxt", out});
        QVERIFY2(text.status == 0, describe(text));
        QVERIFY2(text.out.starts_with("Simplify: "), describe(text));
        const ProgramOutcome json =
            runProgram({"simplify", samples + "transformer_block.onnxtxt", out, "--format", "json"});
        const Json step = Json::parse(json.out).at("steps").at(0);
        QVERIFY(step.at("nodes_after") <= step.at("nodes_before"));
        QVERIFY(step.contains("touched") && step.contains("operators_before"));
        const ProgramOutcome check = runProgram({"check", out});
        QVERIFY2(check.status == 0 || check.status == 1, describe(check));
    }

    void anotherOpsetIsWrittenAndRuns()
    {
        QTemporaryDir folder;
        const std::string out = folder.filePath("out.onnx").toStdString();
        const ProgramOutcome outcome =
            runProgram({"convert", samples + "cifar10_cnn.onnxtxt", out, "--opset", "11", "--simplify"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        QVERIFY2(outcome.out.starts_with("Convert opset"), describe(outcome));
        QVERIFY(outputsOf(out) == outputsOf(samples + "cifar10_cnn.onnxtxt"));
    }

    void sixteenBitFloatsRun()
    {
        QTemporaryDir folder;
        const std::string out = folder.filePath("out.onnx").toStdString();
        const ProgramOutcome outcome =
            runProgram({"convert", samples + "cifar10_cnn.onnxtxt", out, "--floats", "float16", "--keep",
                        "Softmax", "--format", "json"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json step = Json::parse(outcome.out).at("steps").at(0);
        QVERIFY(step.at("constant_bytes_after") < step.at("constant_bytes_before"));
        QVERIFY(!outputsOf(out).empty());
    }

    void weightsGoOutAndComeBack()
    {
        QTemporaryDir folder;
        const std::string whole = folder.filePath("whole.onnx").toStdString();
        const std::string split = folder.filePath("split.onnx").toStdString();
        const std::string again = folder.filePath("again.onnx").toStdString();
        QCOMPARE(runProgram({"convert", samples + "cifar10_cnn.onnxtxt", whole}).status, 0);
        const ProgramOutcome outcome = runProgram({"convert", whole, split, "--split-weights", "256"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        QVERIFY(std::filesystem::exists(split + ".data"));
        QVERIFY(std::filesystem::file_size(split) < std::filesystem::file_size(whole) / 2);
        QVERIFY(outputsOf(split) == outputsOf(whole));
        QCOMPARE(runProgram({"convert", split, again, "--join-weights"}).status, 0);
        std::filesystem::remove(split + ".data");
        QVERIFY(outputsOf(again) == outputsOf(whole));
    }

    void whatCannotBeDoneWritesNothing_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("says");
        QTest::newRow("opset that is none") << QStringList{"--opset", "99"} << "99";
        QTest::newRow("operator that came later") << QStringList{"--opset", "8"} << "LayerNormalization";
        QTest::newRow("type that is none") << QStringList{"--floats", "float8"} << "float16";
        QTest::newRow("batch of nothing") << QStringList{"--batch", "0"} << "0";
    }
    void whatCannotBeDoneWritesNothing()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, says);
        QTemporaryDir folder;
        const std::string out = folder.filePath("out.onnx").toStdString();
        std::vector<std::string> arguments = {"convert", samples + "transformer_block.onnxtxt", out};
        for (const QString& word : words)
            arguments.push_back(word.toStdString());
        const ProgramOutcome outcome = runProgram(arguments);
        QVERIFY2(outcome.status != 0, describe(outcome));
        QVERIFY2(QString::fromStdString(outcome.err).contains(says), describe(outcome));
        QVERIFY(!std::filesystem::exists(out));
    }
};

QTEST_GUILESS_MAIN(TestCleanUp)
#include "test_clean_up.moc"
