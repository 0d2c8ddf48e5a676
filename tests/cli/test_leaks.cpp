// SPDX-License-Identifier: Apache-2.0
//
// The verdict on memory, from outside: the samples that leak are found with the right node and rate, those
// that only look like it are not; suppressions, bad traces and traces that carry no verdict.
#include "tests/cli/program.h"

#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>

using namespace orrery::tests;
using Json = nlohmann::json;

namespace {

QByteArray describe(const ProgramOutcome& outcome)
{
    return QByteArray::fromStdString(
        "status " + std::to_string(outcome.status) + ", signal " + std::to_string(outcome.signal) +
        "\nout: " + outcome.out.substr(0, 3000) + "\nerr: " + outcome.err.substr(0, 1000));
}

const std::vector<std::string> oneShape = {"--shape", "x=4x16"};
const std::vector<std::string> twoShapes = {"--shape", "x=1x16", "--shape", "x=4x16"};
const std::vector<std::string> fourShapes = {"--shape", "x=1x16", "--shape", "x=2x16",
                                             "--shape", "x=3x16", "--shape", "x=5x16"};

struct Sample {
    const char* name;
    const char* library; // null: none
    std::vector<std::string> shapes;
    const char* verdict = nullptr; // null: nothing is reported
    const char* memory = "heap";
    double rate = 0;             // bytes per iteration; 0: none; -1: either way
    const char* call = nullptr;  // function that is named
    const char* node = "keeper"; // that is blamed
};

const std::vector<Sample> leakSamples = {
    {"never_frees", "scratch_pad", oneShape, "leak", "heap", 4096, "compute (scratch_pad.c:"},
    {"frees_every_second", "scratch_pad", oneShape, "leak", "heap", 2048, "compute (scratch_pad.c:"},
    {"leak_in_branch", "scratch_pad", twoShapes, "leak", "heap", 2048, "compute (scratch_pad.c:"},
    {"growing_map", "call_log", oneShape, "leak", "heap", 1048, "call_log.cpp:"},
    {"thread_local_kept", "worker_thread", oneShape, "leak", "heap", 16384, "worker_thread.cpp:"},
    {"mapping_kept", "mapped_file", oneShape, "leak", "mapping", 65536, "compute (mapped_file.c:"},
    {"growing_sequence", nullptr, {}, "growth", "tensor", 4096, nullptr, "append"},
    {"buffers_kept", "kept_buffers", oneShape, "retained", "heap", 0, "compute (kept_buffers.c:"},
    {"shape_cache", "shape_cache", fourShapes, "shape-cache", "heap", 0, "compute("},
    {"fragments", "fragments", oneShape, "arena-slack", "allocator", -1},
    {"library_cache", "library_cache", oneShape, "warm-up", "heap", 0, "compute (library_cache.c:"},
};

const std::vector<Sample> cleanSamples = {
    {"frees", "scratch_pad", oneShape},
    {"no_leak_in_branch", "scratch_pad", twoShapes},
    {"bounded_map", "call_log", oneShape},
    {"fixed_sequence", nullptr, {}},
    {"buffers_released", "kept_buffers", oneShape},
    {"shape_cache_of_one", "shape_cache", fourShapes},
    {"no_fragments", "fragments", oneShape},
    {"thread_local_released", "worker_thread", oneShape},
    {"mapping_released", "mapped_file", oneShape},
};

ProgramOutcome profiled(const Sample& sample, const std::vector<std::string>& options)
{
    std::vector<std::string> words = {"profile", SAMPLE_GRAPHS "/custom_ops/leaks/" +
                                                     std::string(sample.name) + ".onnxtxt"};
    if (sample.library != nullptr)
        words.insert(words.end(), {"--custom-ops", CUSTOM_OPS "/" + std::string(sample.library) + ".so"});
    words.insert(words.end(), sample.shapes.begin(), sample.shapes.end());
    words.insert(words.end(), options.begin(), options.end());
    return runProgram(words);
}

void addNames(const std::vector<Sample>& samples)
{
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < samples.size(); ++i)
        QTest::newRow(samples[i].name) << int(i);
}

} // namespace

class TestLeaks : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }

    // A trace of a sample that leaks, recorded once.
    std::string leakyTrace()
    {
        const std::string trace = path("leaky.orrery");
        if (!std::filesystem::exists(trace))
            (void)profiled(leakSamples[0], {"--leaks", "--runs", "60", "--trace", trace});
        return trace;
    }

private slots:
    void initTestCase()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("a sanitizer brings its own malloc, which cannot be watched");
#endif
    }

    void leakIsFound_data() { addNames(leakSamples); }
    void leakIsFound()
    {
        QFETCH(int, index);
        const Sample& sample = leakSamples[std::size_t(index)];
        ProgramOutcome outcome = profiled(sample, {"--leaks", "--format", "json"});
        bool leak = sample.verdict == std::string("leak");
        QVERIFY2(outcome.status == (leak ? 1 : 0), describe(outcome));
        const Json rows = Json::parse(outcome.out)["leaks"];
        QVERIFY2(rows.size() == 1, describe(outcome));
        const Json& row = rows[0];
        QCOMPARE(row["verdict"].get<std::string>(), std::string(sample.verdict));
        QCOMPARE(row["node"].get<std::string>(), std::string(sample.node));
        QCOMPARE(row["memory"].get<std::string>(), std::string(sample.memory));
        if (sample.rate > 0) {
            double rate = row["bytes_per_iteration"];
            QVERIFY2(std::abs(rate - sample.rate) <= 0.05 * sample.rate, std::to_string(rate).c_str());
            QVERIFY(row["bytes_per_iteration_low"] <= rate && row["bytes_per_iteration_high"] >= rate);
        } else if (sample.rate == 0) {
            QVERIFY(row["bytes_per_iteration"].is_null());
        }
        if (sample.call != nullptr)
            QVERIFY2(row["where"].get<std::string>().find(sample.call) != std::string::npos,
                     row["where"].get<std::string>().c_str());
        QVERIFY(!row["text"].get<std::string>().empty() && !row["remedy"].get<std::string>().empty());
        QVERIFY(!row["origins"].empty());
    }

    void cleanTwinIsClean_data() { addNames(cleanSamples); }
    void cleanTwinIsClean()
    {
        QFETCH(int, index);
        ProgramOutcome outcome = profiled(cleanSamples[std::size_t(index)], {"--leaks", "--format", "json"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        QVERIFY2(Json::parse(outcome.out)["leaks"].empty(), describe(outcome));
    }

    void leakInABranchNamesTheInputsThatTakeIt()
    {
        ProgramOutcome outcome = profiled(leakSamples[2], {"--leaks", "--format", "json"});
        QCOMPARE(Json::parse(outcome.out)["leaks"][0]["only_with_inputs"].get<std::string>(),
                 std::string("x=4x16"));
    }

    void runsOnlyUntilItIsClear()
    {
        // A model whose runs take long enough to be looked at between them.
        ProgramOutcome outcome = runProgram({"profile", SAMPLE_GRAPHS "/cifar10_cnn.onnxtxt", "--leaks",
                                             "--shape", "x=64x3x32x32", "--format", "json"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json result = Json::parse(outcome.out);
        QVERIFY2(result["leaks"].empty(), describe(outcome));
        int runs = result["runs"];
        QVERIFY2(runs >= 40 && runs < 1000, std::to_string(runs).c_str());
    }

    void aTraceGivesTheSameVerdict()
    {
        ProgramOutcome outcome = runProgram({"leaks", leakyTrace(), "--format", "json"});
        QVERIFY2(outcome.status == 1, describe(outcome));
        const Json rows = Json::parse(outcome.out);
        QCOMPARE(rows.size(), std::size_t{1});
        QCOMPARE(rows[0]["bytes_per_iteration"].get<double>(), 4096.0);
        QCOMPARE(rows[0]["period"].get<int>(), 1);
        QVERIFY(rows[0]["periods"].get<int>() >= 60);
        QVERIFY(!rows[0]["stack"].empty());
        ProgramOutcome text = runProgram({"leaks", leakyTrace()});
        QCOMPARE(text.status, 1);
        QVERIFY2(text.out.find("leak: keeper (ScratchPad): ") != std::string::npos, describe(text));
        QVERIFY2(text.out.find("4096 B per iteration") != std::string::npos, describe(text));
        QVERIFY2(text.out.find("scratch_pad.c:") != std::string::npos, describe(text));
    }

    void suppressedFindingsAreCountedAndDoNotFail()
    {
        const std::string file = path("known.txt");
        std::ofstream(file) << "# known for long\nop=ScratchPad module=*/scratch_pad.so\n";
        ProgramOutcome outcome = runProgram({"leaks", leakyTrace(), "--suppress", file});
        QVERIFY2(outcome.status == 0, describe(outcome));
        QVERIFY2(outcome.out.find("1 finding was suppressed by " + file + ", line 2") != std::string::npos,
                 describe(outcome));
        ProgramOutcome json = runProgram({"leaks", leakyTrace(), "--suppress", file, "--format", "json"});
        QCOMPARE(json.status, 0);
        QCOMPARE(Json::parse(json.out)[0]["suppressed_by_line"].get<int>(), 2);
        std::ofstream(file) << "op=SomethingElse\n";
        QCOMPARE(runProgram({"leaks", leakyTrace(), "--suppress", file}).status, 1);
        QCOMPARE(profiled(leakSamples[0], {"--leaks", "--runs", "60", "--suppress", file}).status, 1);
    }

    void badSuppressionsAreABadFile()
    {
        const std::string file = path("bad.txt");
        std::ofstream(file) << "op=Fine\nScratchPad\n";
        ProgramOutcome outcome = runProgram({"leaks", leakyTrace(), "--suppress", file});
        QCOMPARE(outcome.status, 3);
        QVERIFY2(outcome.err.find("bad.txt:2") != std::string::npos, describe(outcome));
        QCOMPARE(runProgram({"leaks", leakyTrace(), "--suppress", path("none.txt")}).status, 3);
        // Before anything is run.
        ProgramOutcome profile = profiled(leakSamples[0], {"--leaks", "--suppress", file});
        QCOMPARE(profile.status, 3);
        QVERIFY(profile.out.empty());
    }

    void withoutTheHeapThereIsNoVerdict()
    {
        const std::string trace = path("unwatched.orrery");
        QCOMPARE(
            runProgram({"profile", SAMPLE_GRAPHS "/mlp.onnxtxt", "--heap", "off", "--trace", trace}).status,
            0);
        ProgramOutcome outcome = runProgram({"leaks", trace, "--format", "json"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json rows = Json::parse(outcome.out);
        QCOMPARE(rows[0]["verdict"].get<std::string>(), std::string("not-enough-data"));
        QVERIFY(rows[0]["remedy"].get<std::string>().find("--leaks") != std::string::npos);
    }

    void aFewRunsCarryNoVerdict()
    {
        ProgramOutcome outcome = profiled(leakSamples[0], {"--leaks", "--runs", "8", "--format", "json"});
        QVERIFY2(outcome.status == 0, describe(outcome));
        const Json rows = Json::parse(outcome.out)["leaks"];
        QCOMPARE(rows[0]["verdict"].get<std::string>(), std::string("not-enough-data"));
        QVERIFY(rows[0]["remedy"].get<std::string>().find("more iterations") != std::string::npos);
    }

    void aCrashedRunIsJudgedAsFarAsItWent()
    {
        const std::string trace = path("crash.orrery");
        ProgramOutcome crash =
            runProgram({"profile", SAMPLE_GRAPHS "/custom_ops/crash.onnxtxt", "--custom-ops",
                        CUSTOM_OPS "/crash.so", "--trace", trace, "--leaks"});
        QCOMPARE(crash.status, 5);
        ProgramOutcome outcome = runProgram({"leaks", trace});
        QVERIFY2(outcome.status == 0, describe(outcome));
        QVERIFY2(outcome.out.find("not-enough-data") != std::string::npos, describe(outcome));
    }

    void badTracesAreRefused()
    {
        QCOMPARE(runProgram({"leaks", SAMPLE_GRAPHS "/mlp.onnxtxt"}).status, 3);
        QCOMPARE(runProgram({"leaks", path("none.orrery")}).status, 3);
        QCOMPARE(runProgram({"leaks", leakyTrace(), "--run", "7"}).status, 2);
        const std::string cut = path("cut.orrery");
        std::filesystem::copy_file(leakyTrace(), cut);
        std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 2);
        ProgramOutcome outcome = runProgram({"leaks", cut});
        QVERIFY2(outcome.status == 3 && outcome.signal == 0, describe(outcome));
    }

    void whatLeaksNeedsCannotBeLeftOut()
    {
        for (const char* option : {"--no-record", "--in-process", "--heap=off"}) {
            ProgramOutcome outcome = runProgram({"profile", SAMPLE_GRAPHS "/mlp.onnxtxt", "--leaks", option});
            QVERIFY2(outcome.status == 2, describe(outcome));
            QVERIFY2(outcome.err.find("--leaks") != std::string::npos, describe(outcome));
        }
    }
};

QTEST_GUILESS_MAIN(TestLeaks)
#include "test_leaks.moc"
