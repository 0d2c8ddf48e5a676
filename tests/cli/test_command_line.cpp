// SPDX-License-Identifier: Apache-2.0
//
// How the program is spoken to: help on every level, usage errors, output that nobody reads, Ctrl+C, and SQL
// that would write.
#include "tests/cli/program.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

using namespace orrery::tests;

namespace {

constexpr const char* mlp = SAMPLE_GRAPHS "/mlp.onnxtxt";

std::string bytesOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

QByteArray describe(const ProgramOutcome& outcome)
{
    return QByteArray::fromStdString(
        "status " + std::to_string(outcome.status) + ", signal " + std::to_string(outcome.signal) +
        "\nout: " + outcome.out.substr(0, 1000) + "\nerr: " + outcome.err.substr(0, 1000));
}

std::string integrityOf(const std::string& path)
{
    sqlite3* database = nullptr;
    std::string answer = "not opened";
    if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK)
        sqlite3_exec(
            database, "PRAGMA integrity_check",
            [](void* into, int, char** values, char**) {
                *static_cast<std::string*>(into) = values[0] != nullptr ? values[0] : "";
                return 0;
            },
            &answer, nullptr);
    sqlite3_close(database);
    return answer;
}

} // namespace

class TestCommandLine : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;
    std::string m_trace;

    std::string in(const char* file) const { return m_directory.filePath(file).toStdString(); }

private slots:
    void initTestCase()
    {
        m_trace = in("mlp.orrery");
        QCOMPARE(runProgram({"profile", mlp, "--runs", "50", "--trace", m_trace}).status, 0);
    }

    void helpOnEveryLevel()
    {
        ProgramOutcome top = runProgram({"--help"});
        QVERIFY2(top.status == 0 && top.err.empty(), describe(top));
        const std::vector<std::string> commands = {"run", "profile", "check",   "report",
                                                   "sql", "render",  "convert", "debug"};
        for (const std::string& command : commands) {
            QVERIFY2(QRegularExpression("^  " + QString::fromStdString(command) + " +\\S",
                                        QRegularExpression::MultilineOption)
                         .match(QString::fromStdString(top.out))
                         .hasMatch(),
                     command.c_str());
            ProgramOutcome help = runProgram({command, "--help"});
            QVERIFY2(help.status == 0 && help.err.empty(), describe(help));
            QVERIFY2(help.out.starts_with("usage: orrery " + command), describe(help));
            QCOMPARE(runProgram({command, "x", "--help"}).out, help.out);
        }
    }

    void usageErrors_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("says");
        auto row = [](const char* name, const QStringList& words, const char* says) {
            QTest::newRow(name) << words << says;
        };
        row("unknown command", {"profil", mlp}, "profil");
        row("unknown command alone", {"bogus"}, "\"bogus\"");
        row("unknown option", {"--bogus"}, "--bogus");
        row("unknown option of a command", {"run", mlp, "--bogus"}, "--bogus.*orrery run --help");
        row("option of another command", {"check", mlp, "--runs", "3"}, "--runs");
        row("short option", {"run", mlp, "-x"}, "-x");
        row("model missing", {"run"}, "MODEL");
        row("query missing", {"sql", m_trace.c_str()}, "QUERY");
        row("target missing", {"convert", mlp}, "OUT");
        row("one too many", {"check", mlp, "more"}, "\"more\"");
        row("value missing", {"profile", mlp, "--runs"}, "--runs");
        row("value not wanted", {"profile", mlp, "--no-record=yes"}, "--no-record");
        row("not a choice", {"run", mlp, "--optimize", "fast"}, "none, basic, all.*\"fast\"");
        row("not a number", {"profile", mlp, "--runs", "ten"}, "\"ten\"");
        row("zero runs", {"profile", mlp, "--runs", "0"}, "--runs");
        row("number too large", {"profile", mlp, "--runs", "99999999999999999999"}, "--runs");
        row("number with a tail", {"profile", mlp, "--warmup", "3x"}, "\"3x\"");
        row("negative threads", {"run", mlp, "--threads", "-1"}, "--threads");
        row("time that is none", {"run", mlp, "--time-limit", "nan"}, "--time-limit");
        row("shape without name", {"run", mlp, "--shape", "1x16"}, "NAME");
        row("shape that is none", {"run", mlp, "--shape", "x=1x"}, "\"1x\"");
        row("negative dim", {"run", mlp, "--shape", "x=-1x16"}, "-1x16");
        row("library in this process", {"run", mlp, "--custom-ops", mlp, "--in-process"}, "--in-process");
        row("history that is no size", {"debug", mlp, "--history", "much"}, "\"much\"");
        row("format that is none", {"check", mlp, "--format", "xml"}, "\"xml\"");
        row("compare without data", {"run", mlp, "--compare"}, "--data");
        row("conversion to an unknown format", {"convert", mlp, "x.tflite"}, "\\.onnx");
        row("picture of an unknown kind", {"render", mlp, "--out", "x.gif"}, "svg");
        row("picture without a name", {"render", mlp}, "--out");
        row("runtime graph of a model", {"render", mlp, "--graph", "runtime", "--out", "x.svg"}, "trace");
        row("size that is none", {mlp, "--screenshot", "x.png", "--size", "big"}, "--size");
        row("panel that is none", {mlp, "--screenshot", "x.png", "--panel", "bogus"}, "--panel");
        row("two files for the window", {mlp, mlp, "--screenshot", "x.png"}, "mlp");
    }

    void usageErrors()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, says);
        std::vector<std::string> arguments;
        for (const QString& word : words)
            arguments.push_back(word.toStdString());
        ProgramOutcome outcome = runProgram(arguments);
        QVERIFY2(outcome.status == 2 && outcome.out.empty(), describe(outcome));
        QVERIFY2(outcome.errorLines().size() == 1, describe(outcome));
        QVERIFY2(QRegularExpression(says).match(QString::fromStdString(outcome.err)).hasMatch(),
                 describe(outcome));
    }

    void sqlCannotWrite_data()
    {
        QTest::addColumn<QByteArray>("query");
        for (const char* query :
             {"DELETE FROM runs", "DROP TABLE runs", "UPDATE runs SET run_id = 9", "CREATE TABLE x (y)",
              "CREATE TEMP TABLE x (y)", "ATTACH '/tmp/orrery_attached.db' AS other",
              "VACUUM INTO '/tmp/orrery_vacuumed.db'", "PRAGMA writable_schema = 1",
              "PRAGMA user_version = 7", "SELECT load_extension('/tmp/x.so')",
              "SELECT writefile('/tmp/orrery_written', 'x')", "BEGIN IMMEDIATE", "SELECT 1; DROP TABLE runs",
              "SELEKT", ""})
            QTest::newRow(query) << QByteArray(query);
    }

    void sqlCannotWrite()
    {
        QFETCH(QByteArray, query);
        std::string before = bytesOf(m_trace);
        ProgramOutcome outcome = runProgram({"sql", m_trace, query.toStdString()});
        QVERIFY2(outcome.status == 2 && outcome.out.empty(), describe(outcome));
        QVERIFY2(outcome.errorLines().size() == 1, describe(outcome));
        QVERIFY(bytesOf(m_trace) == before);
        for (const char* made : {"/tmp/orrery_attached.db", "/tmp/orrery_vacuumed.db", "/tmp/orrery_written"})
            QVERIFY(!std::filesystem::exists(made));
    }

    void sqlIsBounded()
    {
        const std::string endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT ";
        ProgramOutcome slow = runProgram({"sql", m_trace, endless + "max(i) FROM n", "--time-limit", "0.5"});
        QVERIFY2(slow.status == 4 && slow.errorLines().size() == 1 && slow.seconds < 5, describe(slow));
        ProgramOutcome long_ = runProgram({"sql", m_trace, endless + "i FROM n", "--limit", "10"});
        QVERIFY2(long_.status == 0 && long_.errorLines().size() == 1, describe(long_));
        QVERIFY2(long_.err.find("first 10 rows") != std::string::npos, describe(long_));
    }

    void outputThatNobodyReads_data()
    {
        QTest::addColumn<QStringList>("words");
        QString trace = QString::fromStdString(in("mlp.orrery"));
        QTest::newRow("help") << QStringList{"--help"};
        QTest::newRow("report") << QStringList{"report", trace, "--format", "json"};
        QTest::newRow("rows") << QStringList{"sql", trace, "SELECT * FROM op_events, nodes LIMIT 20000"};
        QTest::newRow("profile") << QStringList{"profile", mlp, "--format", "json"};
    }

    void outputThatNobodyReads()
    {
        QFETCH(QStringList, words);
        std::vector<std::string> arguments;
        for (const QString& word : words)
            arguments.push_back(word.toStdString());
        for (StandardOutput output : {StandardOutput::ClosedPipe, StandardOutput::Closed}) {
            ProgramOutcome outcome = runProgram(arguments, {.output = output});
            QVERIFY2(outcome.status == 0 && outcome.errorLines().empty(), describe(outcome));
        }
        ProgramOutcome full = runProgram(arguments, {.output = StandardOutput::FullDevice});
        QVERIFY2(full.status == 3 && full.errorLines().size() == 1, describe(full));
        QVERIFY2(full.err.find("standard output") != std::string::npos, describe(full));
    }

    void closedOutputDoesNotEndUpInTheTrace()
    {
        std::string trace = in("closed.orrery");
        ProgramOutcome outcome =
            runProgram({"profile", mlp, "--trace", trace}, {.output = StandardOutput::Closed});
        QVERIFY2(outcome.status == 0, describe(outcome));
        QCOMPARE(integrityOf(trace), std::string("ok"));
    }

    void interruptKeepsWhatWasRecorded_data()
    {
        QTest::addColumn<QStringList>("more");
        QTest::newRow("runner") << QStringList{};
        QTest::newRow("in process") << QStringList{"--in-process"};
    }

    void interruptKeepsWhatWasRecorded()
    {
        QFETCH(QStringList, more);
        std::string trace = in("interrupted.orrery");
        std::filesystem::remove(trace);
        std::vector<std::string> arguments = {"profile",  SAMPLE_GRAPHS "/cifar10_cnn.onnxtxt",
                                              "--runs",   "100000000",
                                              "--trace",  trace,
                                              "--format", "json"};
        for (const QString& word : more)
            arguments.push_back(word.toStdString());
        ProgramOutcome outcome = runProgram(arguments, {.interruptAfterSeconds = 2});
        QVERIFY2(outcome.status == 130 && outcome.signal == 0, describe(outcome));
        QVERIFY2(outcome.seconds < 20, describe(outcome));
        auto result = nlohmann::json::parse(outcome.out, nullptr, false);
        QVERIFY2(!result.is_discarded() && result["runs"].get<int>() > 0, describe(outcome));
        QCOMPARE(integrityOf(trace), std::string("ok"));
        ProgramOutcome steps =
            runProgram({"sql", trace, "SELECT count(*) AS n FROM op_events", "--format", "json"});
        auto rows = nlohmann::json::parse(steps.out, nullptr, false);
        QVERIFY2(!rows.is_discarded() && rows[0]["n"].get<std::int64_t>() > 100, describe(steps));
        ProgramOutcome report = runProgram({"report", trace});
        QVERIFY2(report.status == 0 && report.out.find("interrupted") != std::string::npos, describe(report));
    }
};

QTEST_GUILESS_MAIN(TestCommandLine)
#include "test_command_line.moc"
