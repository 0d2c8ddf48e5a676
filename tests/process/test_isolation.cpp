// SPDX-License-Identifier: Apache-2.0
//
// What an operator out of a library can and cannot do from within the runner. The sample tries each thing and
// gives the error numbers; see sample_graphs/custom_ops/network.c.
#include "profiler/session/session.h"

#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace orrery;

namespace {

enum Attempt {
    Socket,
    NewFile,
    Rewrite,
    ChangeMode,
    Fork,
    Execute,
    Signal,
    Trace,
    BytesRead,
    SocketWhileLoading,
};

session::SessionOptions options(const char* runner = ORRERY_RUNNER_PROGRAM)
{
    session::SessionOptions result;
    result.runnerPath = runner;
    result.customOps = {ORRERY_CUSTOM_OPS "/network.so"};
    return result;
}

} // namespace

class TestIsolation : public QObject {
    Q_OBJECT

    QTemporaryDir m_outside;
    std::string path(const char* name) const { return m_outside.filePath(name).toStdString(); }

    // The sample model, reaching for this folder.
    std::string modelFile()
    {
        std::ifstream in(ORRERY_SAMPLES "/custom_ops/network.onnxtxt");
        std::string text(std::istreambuf_iterator<char>(in), {});
        std::string op = "com.example.Network";
        text.replace(text.rfind(op), op.size(),
                     op + " <folder = \"" + m_outside.path().toStdString() + "\">");
        std::ofstream(path("model.onnxtxt")) << text;
        return path("model.onnxtxt");
    }

    Result<std::vector<std::int32_t>> attempts(session::Session& session)
    {
        session::RunRequest request;
        request.outputs = protocol::Outputs::Return;
        auto outcome = session.run(request);
        if (outcome.error)
            return *outcome.error;
        auto values = outcome.outputs.at(0).tensor.span<std::int32_t>();
        return std::vector<std::int32_t>(values.begin(), values.end());
    }

private slots:
    void init()
    {
        std::filesystem::remove(path("orrery_network_created"));
        std::ofstream(path("victim")) << "untouched";
        ::chmod(path("victim").c_str(), 0600);
        unsetenv("ORRERY_TEST_KERNEL_LACKS");
    }

    void nothingReachesOutOfTheRunner()
    {
        auto session = session::Session::open(modelFile(), options());
        QVERIFY2(session.ok(), session.ok() ? "" : session.error().text().c_str());
        session::Isolation isolation = (*session)->isolation();
        if (!isolation.gaps.empty())
            QSKIP(("this kernel cannot do all of it: " + isolation.gaps).c_str());
        QCOMPARE(isolation.holds,
                 std::string("no network, no writes outside of its folder, no new programs"));
        auto errors = attempts(**session);
        QVERIFY2(errors.ok(), errors.ok() ? "" : errors.error().text().c_str());
        for (Attempt attempt : {Socket, ChangeMode, Fork, Execute, Signal, Trace, SocketWhileLoading})
            QVERIFY2((*errors)[attempt] == EPERM, std::to_string((*errors)[attempt]).c_str());
        for (Attempt attempt : {NewFile, Rewrite})
            QVERIFY2((*errors)[attempt] == EACCES, std::to_string((*errors)[attempt]).c_str());
        QVERIFY((*errors)[BytesRead] > 0);

        QVERIFY(!std::filesystem::exists(path("orrery_network_created")));
        std::ifstream victim(path("victim"));
        QCOMPARE(std::string(std::istreambuf_iterator<char>(victim), {}), std::string("untouched"));
        struct stat info {};
        QCOMPARE(::stat(path("victim").c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777u, 0600u);
    }

    void aFileThatGrowsWithoutEndIsStoppedAndItsNodeNamed()
    {
        std::ofstream(path("large.onnxtxt"))
            << "<ir_version: 8, opset_import: [\"\" : 13, \"test.odd\" : 1]>\n"
               "large (float[4] x) => (float[n] y)\n{\n   [writer] y = test.odd.LargeFile (x)\n}\n";
        session::SessionOptions odd = options();
        odd.customOps = {ORRERY_CUSTOM_OPS "/odd_ops.so"};
        auto session = session::Session::open(path("large.onnxtxt"), odd);
        QVERIFY2(session.ok(), session.ok() ? "" : session.error().text().c_str());
        auto outcome = (*session)->run({});
        QVERIFY(outcome.error.has_value());
        QCOMPARE(outcome.error->code, ErrorCode::RunnerDied);
        const std::string said = outcome.error->text();
        QVERIFY2(said.find("signal " + std::to_string(SIGXFSZ)) != std::string::npos &&
                     said.find("LargeFile \"writer\"") != std::string::npos,
                 said.c_str());
    }

    void aCrashWhileALibraryInfersShapesNamesItsOperator()
    {
        std::ofstream(path("infer.onnxtxt"))
            << "<ir_version: 8, opset_import: [\"\" : 13, \"test.odd\" : 1]>\n"
               "infer (float[4] x) => (float[n] y)\n{\n   [guess] y = test.odd.InferenceCrash (x)\n}\n";
        session::SessionOptions odd = options();
        odd.customOps = {ORRERY_CUSTOM_OPS "/odd_ops.so"};
        auto session = session::Session::open(path("infer.onnxtxt"), odd);
        QVERIFY(!session.ok());
        QCOMPARE(session.error().code, ErrorCode::RunnerDied);
        for (const char* part : {"signal 6", "test.odd.InferenceCrash \"guess\"", "odd_ops.so"})
            QVERIFY2(session.error().text().find(part) != std::string::npos, session.error().text().c_str());
    }

    void runnersFolderGoesWithTheSession()
    {
        QTemporaryDir base;
        QByteArray before = qgetenv("TMPDIR");
        qputenv("TMPDIR", base.path().toUtf8());
        std::size_t during = 0;
        {
            auto session = session::Session::open(modelFile(), options());
            QVERIFY(session.ok());
            QVERIFY(attempts(**session).ok());
            for ([[maybe_unused]] const auto& entry :
                 std::filesystem::directory_iterator(base.path().toStdString()))
                ++during;
        }
        QCOMPARE(during, std::size_t{1});
        QVERIFY(std::filesystem::is_empty(base.path().toStdString()));
        before.isEmpty() ? qunsetenv("TMPDIR") : qputenv("TMPDIR", before);
    }

    void whatAKernelLacksIsSaid_data()
    {
        QTest::addColumn<QString>("lacks");
        QTest::addColumn<QString>("gap");
        QTest::addColumn<bool>("noNetwork");
        QTest::addColumn<bool>("noWrites");
        QTest::newRow("Landlock") << "landlock"
                                  << "this kernel has no Landlock" << true << false;
        QTest::newRow("seccomp") << "seccomp"
                                 << "this kernel has no seccomp" << false << true;
        QTest::newRow("both") << "landlock,seccomp"
                              << "files can be written" << false << false;
    }
    void whatAKernelLacksIsSaid()
    {
        QFETCH(QString, lacks);
        QFETCH(QString, gap);
        QFETCH(bool, noNetwork);
        QFETCH(bool, noWrites);
        {
            auto whole = session::Session::open(modelFile(), options());
            QVERIFY(whole.ok());
            if (!(*whole)->isolation().gaps.empty())
                QSKIP("this kernel lacks it in earnest");
        }
        setenv("ORRERY_TEST_KERNEL_LACKS", lacks.toUtf8().constData(), 1);
        auto session = session::Session::open(modelFile(), options(ORRERY_OLD_KERNEL));
        QVERIFY2(session.ok(), session.ok() ? "" : session.error().text().c_str());
        session::Isolation isolation = (*session)->isolation();
        QVERIFY2(isolation.gaps.find(gap.toStdString()) != std::string::npos, isolation.gaps.c_str());
        QCOMPARE(isolation.holds.find("no network") != std::string::npos, noNetwork);
        QCOMPARE(isolation.holds.find("no writes") != std::string::npos, noWrites);
        // What it says is what is so.
        if (noWrites || noNetwork) { // with neither, the sample would replace its runner by another program
            auto errors = attempts(**session);
            if (noNetwork) {
                QVERIFY2(errors.ok(), errors.ok() ? "" : errors.error().text().c_str());
                QCOMPARE((*errors)[Socket], EPERM);
                QCOMPARE((*errors)[NewFile], 0);
            }
        }
    }

    void inThisProcessNothingIsForbiddenAndThatIsSaid()
    {
        session::SessionOptions local;
        local.form = session::RunnerForm::InProcess;
        auto session = session::Session::open(ORRERY_SAMPLES "/mlp.onnxtxt", local);
        QVERIFY(session.ok());
        QVERIFY((*session)->isolation().holds.empty());
        QVERIFY((*session)->isolation().gaps.find("inside of this program") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestIsolation)
#include "test_isolation.moc"
