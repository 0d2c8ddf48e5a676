// SPDX-License-Identifier: Apache-2.0
//
// Libraries with operators, good and bad, in a runner process of their own.
#include "profiler/session/session.h"
#include "tests/process/trace_checks.h"

#include <QTemporaryDir>

#include <cmath>
#include <csignal>

using namespace orrery;

namespace {

std::string library(const std::string& name) { return std::string(ORRERY_CUSTOM_OPS) + "/" + name + ".so"; }
std::string model(const std::string& name) { return ORRERY_SAMPLES "/custom_ops/" + name + ".onnxtxt"; }

session::SessionOptions with(const std::vector<std::string>& libraries)
{
    session::SessionOptions options;
    options.runnerPath = ORRERY_RUNNER_PROGRAM;
    for (const std::string& name : libraries)
        options.customOps.push_back(library(name));
    return options;
}

} // namespace

class TestCustomOps : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private slots:
    void goodLibraryRunsAndIsRecorded()
    {
        auto session = session::Session::open(model("clamp_scale"), with({"clamp_scale"}));
        QVERIFY2(session.ok(), session.ok() ? "" : session.error().text().c_str());
        std::size_t custom = 0;
        for (const auto& placement : (*session)->opened().placements)
            custom += placement.backend == "custom" ? 1 : 0;
        QCOMPARE(custom, std::size_t{2});

        session::RunRequest request;
        request.runs = 20;
        request.threads = 2;
        request.tracePath = m_folder.filePath("good.orrery").toStdString();
        request.outputs = protocol::Outputs::Return;
        auto outcome = (*session)->run(request);
        QVERIFY2(!outcome.error, outcome.error ? outcome.error->text().c_str() : "");
        QCOMPARE(outcome.outputs.size(), std::size_t{2});
        const graph::Tensor& kept = outcome.outputs[0].tensor;
        QCOMPARE(outcome.outputs[1].tensor.data<std::int64_t>()[0], kept.elementCount());
        for (float value : kept.span<float>())
            QVERIFY(value > 0 && value <= std::sqrt(0.5f));
        QCOMPARE(tests::integrityOf(request.tracePath), std::string("ok"));
        QCOMPARE(tests::summaryOf(request.tracePath)->steps, std::size_t{20});
    }

    void badOperatorIsNamed_data()
    {
        QTest::addColumn<QString>("sample");
        QTest::addColumn<QString>("library");
        QTest::addColumn<int>("signalNumber");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("message");
        auto row = [](const char* sample, const char* file, int number, ErrorCode code, const char* message) {
            QTest::newRow(sample) << sample << file << number << static_cast<int>(code) << message;
        };
        row("crash", "crash", SIGABRT, ErrorCode::RunnerDied, "Crash");
        row("wild_write", "out_of_bounds", SIGSEGV, ErrorCode::RunnerDied, "OutOfBounds");
        row("out_of_bounds", "out_of_bounds", 0, ErrorCode::RunFailed,
            "wrote 4 bytes past the end of output \"f\", which has 16");
        row("fails", "fails", 0, ErrorCode::RunFailed, "the table of coefficients is empty");
        row("hang", "hang", 0, ErrorCode::LimitReached, "time limit");
    }
    void badOperatorIsNamed()
    {
        QFETCH(QString, sample);
        QFETCH(QString, library);
        QFETCH(int, signalNumber);
        QFETCH(int, code);
        QFETCH(QString, message);
        auto session = session::Session::open(model(sample.toStdString()), with({library.toStdString()}));
        QVERIFY2(session.ok(), session.ok() ? "" : session.error().text().c_str());
        session::RunRequest request;
        request.tracePath = m_folder.filePath(sample + ".orrery").toStdString();
        request.timeLimitSeconds = sample == "hang" ? 0.3 : -1;
        auto outcome = (*session)->run(request);
        QVERIFY(outcome.error.has_value());
        QCOMPARE(static_cast<int>(outcome.error->code), code);
        QCOMPARE(outcome.signal, signalNumber);
        const std::string text = outcome.error->text();
        QVERIFY2(text.find(message.toStdString()) != std::string::npos, text.c_str());
        QVERIFY2(text.find("faulty") != std::string::npos, text.c_str());
        QVERIFY2(outcome.nodeName.find("faulty") != std::string::npos, outcome.nodeName.c_str());
        QCOMPARE(tests::integrityOf(request.tracePath), std::string("ok"));
    }

    void operatorThatTakesAllMemoryMeetsTheLimit()
    {
        auto session = session::Session::open(model("hungry"), with({"hungry"}));
        QVERIFY2(session.ok(), session.ok() ? "" : session.error().text().c_str());
        session::RunRequest request;
        request.memoryLimitBytes = 64 << 20;
        auto outcome = (*session)->run(request);
        QVERIFY(outcome.error.has_value());
        QCOMPARE(outcome.error->code, ErrorCode::RunFailed);
        QVERIFY2(outcome.error->text().find("no memory after") != std::string::npos,
                 outcome.error->text().c_str());
    }

    void withoutItsLibraryTheOperatorIsUnknown()
    {
        auto session = session::Session::open(model("clamp_scale"), with({}));
        QVERIFY(!session.ok());
        QVERIFY2(session.error().text().find("com.example.ClampScale") != std::string::npos,
                 session.error().text().c_str());
    }

    void libraryThatCannotBeLoadedIsABadFile()
    {
        auto options = with({"no_entry"});
        auto none = session::Session::open(model("clamp_scale"), options);
        QVERIFY(!none.ok());
        QCOMPARE(none.error().code, ErrorCode::BadFile);
        QCOMPARE(none.error().where, library("no_entry"));
        options.customOps = {"/no/such/library.so"};
        auto absent = session::Session::open(model("clamp_scale"), options);
        QVERIFY(!absent.ok());
        QCOMPARE(absent.error().code, ErrorCode::BadFile);
    }

    void librariesAreNotLoadedIntoThisProcess()
    {
        auto options = with({"clamp_scale"});
        options.form = session::RunnerForm::InProcess;
        auto refused = session::Session::open(model("clamp_scale"), options);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Usage);
    }

    void anotherRunnerLoadsThemAgainAfterACrash()
    {
        auto session = session::Session::open(model("crash"), with({"crash"}));
        QVERIFY(session.ok());
        for (int i = 0; i < 2; ++i)
            QCOMPARE((*session)->run({}).signal, SIGABRT);
    }
};

QTEST_GUILESS_MAIN(TestCustomOps)
#include "test_custom_ops.moc"
