// SPDX-License-Identifier: Apache-2.0
//
// Plan hints beside a model, from outside: who follows them, what is said, and what a trace shows of them.
#include "tests/cli/program.h"

#include <QTemporaryDir>
#include <QTest>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

using namespace orrery::tests;

namespace {

QByteArray describe(const ProgramOutcome& outcome)
{
    return QByteArray::fromStdString("status " + std::to_string(outcome.status) + "\nout: " +
                                     outcome.out.substr(0, 3000) + "\nerr: " + outcome.err.substr(0, 1000));
}

bool says(const ProgramOutcome& outcome, const std::string& text)
{
    return outcome.err.find(text) != std::string::npos;
}

const std::string followed = "note: 2 plan hints of m.onnxtxt.orrery.toml are followed\n";

} // namespace

class TestPlanHintsFollowed : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }
    std::string m_model = path("m.onnxtxt");

    void keep(const std::string& entry) const { std::ofstream(m_model + ".orrery.toml") << entry; }

    std::int64_t countIn(const std::string& trace, const std::string& query) const
    {
        sqlite3* database = nullptr;
        sqlite3_stmt* statement = nullptr;
        std::int64_t count = -1;
        if (sqlite3_open(trace.c_str(), &database) == SQLITE_OK &&
            sqlite3_prepare_v2(database, query.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
            sqlite3_step(statement) == SQLITE_ROW)
            count = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        sqlite3_close(database);
        return count;
    }

private slots:
    void initTestCase()
    {
        std::filesystem::copy_file(SAMPLE_GRAPHS "/cifar10_cnn.onnxtxt", m_model);
        std::filesystem::copy_file(SAMPLE_GRAPHS "/cifar10_cnn.onnxtxt.bin", path("cifar10_cnn.onnxtxt.bin"));
    }
    void init()
    {
        keep(R"([[plan_hints]]
                root = "main"
                optimize = "all"
                hold = [{value = "pool1_out", type = "float16", readers = ["relu2_out"]}]
                order = ["relu1_out", "pool1_out"])");
    }

    void runDebugAndProfileFollowThemUnlessTold()
    {
        const std::vector<std::vector<std::string>> commands = {
            {"run", m_model},
            {"profile", m_model, "--runs", "1", "--warmup", "0"},
            {"debug", m_model, "--optimize", "all"}};
        for (std::vector<std::string> words : commands) {
            const ProgramOutcome with = runProgram(words);
            QVERIFY2(with.status == 0 && says(with, followed), describe(with));
            words.push_back("--no-hints");
            const ProgramOutcome without = runProgram(words);
            QVERIFY2(without.status == 0 && !says(without, "plan hint"), describe(without));
        }
    }

    void hintsForAnotherLevelAreNotFollowed()
    {
        const ProgramOutcome outcome = runProgram({"run", m_model, "--optimize", "none"});
        QVERIFY2(outcome.status == 0 && !says(outcome, "plan hint"), describe(outcome));
    }

    void theTraceTellsWhichRunsHadThem()
    {
        const std::string trace = path("t.orrery");
        for (const char* more : {"--no-hints", "--seed=1"}) {
            const ProgramOutcome outcome =
                runProgram({"profile", m_model, "--runs", "1", "--warmup", "0", "--trace", trace, more});
            QVERIFY2(outcome.status == 0, describe(outcome));
        }
        const std::string pass = "name = 'apply_plan_hints'";
        QCOMPARE(countIn(trace, "SELECT count(*) FROM passes WHERE " + pass), std::int64_t(1));
        QCOMPARE(countIn(trace, "SELECT run_id FROM passes WHERE " + pass), std::int64_t(2));
        QCOMPARE(countIn(trace, "SELECT nodes_after - nodes_before FROM passes WHERE " + pass),
                 std::int64_t(2));
        QCOMPARE(countIn(trace, "SELECT run_id FROM problems WHERE code = 'plan-hints'"), std::int64_t(2));
    }

    void whatIsWantedOfSingleNodesIsInTheTrace()
    {
        keep(R"([[plan_hints]]
                root = "main"
                optimize = "all"
                keep_apart = [{pass = "fuse_activation", nodes = ["conv1_out"]}]
                threads = [{node = "relu1_out", threads = 1}, {node = "pool1_out", threads = 0}]
                out_of_place = ["probabilities"])");
        const std::string trace = path("nodes.orrery");
        const ProgramOutcome outcome = runProgram(
            {"profile", m_model, "--runs", "1", "--warmup", "0", "--threads", "2", "--trace", trace});
        QVERIFY2(outcome.status == 0 && says(outcome, "note: 4 plan hints") &&
                     says(outcome, "expected 1 thread or more, found 0"),
                 describe(outcome));
        const std::string kernels = "SELECT count(*) FROM nodes WHERE kernel = ";
        QCOMPARE(countIn(trace, kernels + "'eigen.Relu on 1 thread'"), std::int64_t(1));
        QCOMPARE(countIn(trace, kernels + "'eigen.Softmax out of place'"), std::int64_t(1));
        QCOMPARE(countIn(trace, kernels + "'eigen.FusedConv'"), std::int64_t(1));
    }

    void hintsThatDoNotFitAndFilesThatAreDamagedDoNotStopARun()
    {
        keep("[[plan_hints]]\nroot = \"main\"\noptimize = \"all\"\norder = [\"nobody\"]\n");
        const ProgramOutcome unfit = runProgram({"run", m_model});
        QVERIFY2(unfit.status == 0 &&
                     says(unfit, "note: 1 plan hint of m.onnxtxt.orrery.toml is followed\n") &&
                     says(unfit, "1 of its 1 nodes are not in the main graph: \"nobody\""),
                 describe(unfit));
        keep("plan_hints = ");
        const ProgramOutcome damaged = runProgram({"run", m_model});
        QVERIFY2(damaged.status == 0 &&
                     says(damaged,
                          "is damaged (line 1: expected a value, found the end of the file); no plan "
                          "hints are taken from it"),
                 describe(damaged));
        QVERIFY(std::filesystem::exists(m_model + ".orrery.toml"));
    }
};

QTEST_GUILESS_MAIN(TestPlanHintsFollowed)
#include "test_plan_hints_followed.moc"
