// SPDX-License-Identifier: Apache-2.0
//
// What is recorded of the heap, in a runner process of its own: it adds up to the byte, and names node,
// function and line.
#include "profiler/session/session.h"
#include "trace_db/user_query.h"

#include <QTemporaryDir>
#include <QTest>

#include <map>

using namespace orrery;

namespace {

std::string library(const std::string& name) { return std::string(ORRERY_CUSTOM_OPS) + "/" + name + ".so"; }
std::string sample(const std::string& name) { return ORRERY_SAMPLES "/" + name + ".onnxtxt"; }
std::string leak(const std::string& name) { return sample("custom_ops/leaks/" + name); }

using Rows = std::vector<std::vector<trace_db::Cell>>;

std::int64_t number(const trace_db::Cell& cell)
{
    if (auto* real = std::get_if<double>(&cell))
        return static_cast<std::int64_t>(*real);
    auto* whole = std::get_if<std::int64_t>(&cell);
    return whole != nullptr ? *whole : -1;
}
std::string text(const trace_db::Cell& cell)
{
    auto* found = std::get_if<std::string>(&cell);
    return found != nullptr ? *found : std::string();
}

} // namespace

class TestHeapRecording : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_traces = 0;

    struct Recording {
        std::string trace;
        std::optional<Error> error;
        std::vector<Problem> notes;
    };

    Recording record(const std::string& model, const std::vector<std::string>& libraries,
                     session::RunRequest request, const std::map<std::string, graph::Dims>& shapes = {},
                     bool ownProcess = true)
    {
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        options.form = ownProcess ? session::RunnerForm::Process : session::RunnerForm::InProcess;
        options.inputShapes = shapes;
        for (const std::string& name : libraries)
            options.customOps.push_back(library(name));
        Recording result;
        result.trace = m_folder.filePath(QString("%1.orrery").arg(m_traces++)).toStdString();
        auto session = session::Session::open(model, options);
        if (!session.ok()) {
            result.error = session.error();
            return result;
        }
        request.recording = protocol::Recording::On;
        request.tracePath = result.trace;
        auto outcome = (*session)->run(request);
        result.error = outcome.error;
        result.notes = outcome.notes;
        return result;
    }

    Rows query(const std::string& trace, const std::string& sql)
    {
        auto rows = trace_db::runUserQuery(trace, sql, {});
        if (!rows.ok()) {
            QTest::qFail(rows.error().text().c_str(), __FILE__, __LINE__);
            return {};
        }
        return rows->rows;
    }

    // Counters are told when they change: their value at the end of each step but the last, after which they
    // tell of the closing.
    std::vector<std::int64_t> atStepEnds(const std::string& trace, const std::string& counter)
    {
        std::vector<std::int64_t> result;
        for (const auto& row :
             query(trace, "SELECT (SELECT value FROM counters c WHERE c.name = '" + counter +
                              "' AND c.ts < (SELECT min(n.ts) FROM steps n WHERE n.ts > s.ts)"
                              " ORDER BY c.ts DESC LIMIT 1) FROM steps s WHERE s.ts < (SELECT max(ts) FROM "
                              "steps) ORDER BY s.ts"))
            result.push_back(number(row[0]));
        return result;
    }

private slots:
    void initTestCase()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("a sanitizer brings its own malloc, which cannot be watched");
#endif
    }

    void sumsAreEqualAtEveryStepBoundary_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("library");
        QTest::addColumn<int>("threads");
        QTest::newRow("static shapes") << QString::fromStdString(sample("cifar10_cnn")) << "" << 1;
        QTest::newRow("threads") << QString::fromStdString(sample("transformer_block")) << "" << 2;
        QTest::newRow("loop") << QString::fromStdString(sample("loop")) << "" << 1;
        QTest::newRow("branches") << QString::fromStdString(sample("if_branch")) << "" << 1;
        QTest::newRow("shapes known while running")
            << QString::fromStdString(sample("custom_ops/clamp_scale")) << "clamp_scale" << 1;
        QTest::newRow("growing loop") << QString::fromStdString(leak("growing_sequence")) << "" << 1;
        QTest::newRow("recurrent") << QString::fromStdString(sample("lstm")) << "" << 1;
        const QByteArray peers = qgetenv("ORRERY_PEER_MODELS");
        if (peers.isEmpty()) {
            qInfo("models of others are not tried: ORRERY_PEER_MODELS is not set");
            return;
        }
        for (const char* name : {"torch/resnet18/model.onnx", "mlsd/mlsd_320x320_tiny.onnx",
                                 "ocr/ch_PP-OCRv4_rec_infer.onnx", "torch/bert6/model.onnx"})
            QTest::newRow(name) << QString::fromUtf8(peers) + "/" + name << "" << 1;
    }
    void sumsAreEqualAtEveryStepBoundary()
    {
        QFETCH(QString, model);
        QFETCH(QString, library);
        QFETCH(int, threads);
        session::RunRequest request;
        std::map<std::string, graph::Dims> shapes;
        request.warmup = 1;
        request.runs = 5;
        request.threads = threads;
        if (model.contains("PP-OCRv4_rec"))
            shapes["x"] = {1, 3, 48, 160};
        if (model.contains("transformer_block"))
            shapes["x"] = {1, 8, 32};
        if (model.contains("lstm"))
            shapes["x"] = {5, 1, 4};
        if (model.contains("bert6"))
            shapes["input_ids"] = shapes["attention_mask"] = shapes["token_type_ids"] = {1, 24};
        Recording run =
            record(model.toStdString(),
                   library.isEmpty() ? std::vector<std::string>{} : std::vector{library.toStdString()},
                   request, shapes);
        QVERIFY2(!run.error, run.error ? run.error->text().c_str() : "");

        // What the engine says that it holds of the heap is what malloc was asked for.
        auto held = atStepEnds(run.trace, "engine_held_bytes");
        auto heap = atStepEnds(run.trace, "heap_tensor_bytes");
        QCOMPARE(held.size(), std::size_t{5});
        QCOMPARE(heap, held);
        QVERIFY(held.back() > 0);

        // All shares of the heap together are the sum over the sites.
        std::map<std::string, std::vector<std::int64_t>> shares = {
            {"tensor", heap},
            {"native", atStepEnds(run.trace, "heap_native_bytes")},
            {"other", atStepEnds(run.trace, "heap_other_bytes")}};
        for (const auto& [share, bytes] : shares)
            for (std::size_t step = 0; step < bytes.size(); ++step) {
                auto sum = query(
                    run.trace, "SELECT coalesce(sum((SELECT live_bytes FROM native_samples n WHERE n.site = "
                               "s.site AND n.step <= " +
                                   std::to_string(step) +
                                   " ORDER BY n.step DESC LIMIT 1)), 0) FROM native_sites s WHERE kind = "
                                   "'heap' AND share = '" +
                                   share + "'");
                QCOMPARE(std::max<std::int64_t>(bytes[step], 0), number(sum[0][0]));
            }

        // Live bytes by kind, from the allocations alone, are what the engine counts.
        auto live = atStepEnds(run.trace, "engine_live_bytes");
        auto steps = query(run.trace, "SELECT ts + dur FROM steps ORDER BY ts");
        for (std::size_t step = 0; step < live.size(); ++step) {
            auto sum =
                query(run.trace, "SELECT kind, sum(CASE action WHEN 'alloc' THEN bytes ELSE -bytes END) FROM "
                                 "alloc_events WHERE kind <> 'weight' AND ts <= " +
                                     std::to_string(number(steps[step][0])) + " GROUP BY kind");
            std::int64_t all = 0;
            for (const auto& row : sum)
                all += number(row[1]);
            QCOMPARE(all, live[step]);
        }
    }

    void leaksAreKnownToTheByte_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("library");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<QString>("function");
        QTest::addColumn<QString>("file");
        QTest::newRow("malloc") << "never_frees"
                                << "scratch_pad"
                                << "heap" << 40 * 4096 << "compute"
                                << "scratch_pad.c";
        QTest::newRow("every second") << "frees_every_second"
                                      << "scratch_pad"
                                      << "heap" << 20 * 4096 << "compute"
                                      << "scratch_pad.c";
        QTest::newRow("mapping") << "mapping_kept"
                                 << "mapped_file"
                                 << "mapping" << 40 * 65536 << "compute"
                                 << "mapped_file.c";
        QTest::newRow("thread") << "thread_local_kept"
                                << "worker_thread"
                                << "heap" << 40 * 16384 << "operator()"
                                << "worker_thread.cpp";
    }
    void leaksAreKnownToTheByte()
    {
        QFETCH(QString, model);
        QFETCH(QString, library);
        QFETCH(QString, kind);
        QFETCH(int, bytes);
        QFETCH(QString, function);
        QFETCH(QString, file);
        session::RunRequest request;
        request.warmup = 0;
        request.runs = 40;
        request.heap = protocol::HeapWatch::FullStacks;
        Recording run = record(leak(model.toStdString()), {library.toStdString()}, request);
        QVERIFY2(!run.error, run.error ? run.error->text().c_str() : "");
        auto rows =
            query(run.trace, "SELECT n.name, s.closed_bytes, f.symbol, f.file, f.line FROM native_sites s "
                             "JOIN nodes n USING (node_id) JOIN native_frames f ON f.stack = s.stack AND "
                             "f.depth = 0 WHERE s.share = 'native' AND s.kind = '" +
                                 kind.toStdString() + "' ORDER BY s.closed_bytes DESC LIMIT 1");
        QCOMPARE(rows.size(), std::size_t{1});
        QCOMPARE(text(rows[0][0]), std::string("keeper"));
        QCOMPARE(number(rows[0][1]), std::int64_t{bytes});
        QVERIFY2(text(rows[0][2]).find(function.toStdString()) != std::string::npos,
                 text(rows[0][2]).c_str());
        QVERIFY2(text(rows[0][3]).ends_with(file.toStdString()), text(rows[0][3]).c_str());
        QVERIFY(number(rows[0][4]) > 0);
    }

    // By node alone, a stack is neither captured nor looked for.
    void bytesOfNodesNeedNoStacks()
    {
        session::RunRequest request;
        request.warmup = 0;
        request.runs = 10;
        Recording run = record(leak("never_frees"), {"scratch_pad"}, request);
        QVERIFY2(!run.error, run.error ? run.error->text().c_str() : "");
        QCOMPARE(query(run.trace, "SELECT * FROM native_frames").size(), std::size_t{0});
        auto rows = query(run.trace, "SELECT n.name, s.closed_bytes FROM native_sites s JOIN nodes n USING "
                                     "(node_id) WHERE s.share = 'native' AND s.closed_bytes > 0");
        QCOMPARE(rows.size(), std::size_t{1});
        QCOMPARE(text(rows[0][0]), std::string("keeper"));
        QCOMPARE(number(rows[0][1]), std::int64_t{10 * 4096});
    }

    // What is given back when the run has ended is no longer there; twins leave nothing.
    void nothingStaysOfTwins_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("library");
        for (auto [model, library] :
             {std::pair("frees", "scratch_pad"), std::pair("buffers_released", "kept_buffers"),
              std::pair("mapping_released", "mapped_file"), std::pair("no_fragments", "fragments")})
            QTest::newRow(model) << model << library;
    }
    void nothingStaysOfTwins()
    {
        QFETCH(QString, model);
        QFETCH(QString, library);
        session::RunRequest request;
        request.runs = 20;
        Recording run = record(leak(model.toStdString()), {library.toStdString()}, request);
        QVERIFY2(!run.error, run.error ? run.error->text().c_str() : "");
        auto rows = query(run.trace, "SELECT node_id, closed_bytes FROM native_sites WHERE share = 'native'");
        QVERIFY(!rows.empty());
        for (const auto& row : rows)
            QCOMPARE(number(row[1]), std::int64_t{0});
    }

    // The run stops at the node that would go too far, be the memory planned or found while running.
    void limitNamesTheNodeAndWhatIsAlive_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<int>("limit");
        QTest::addColumn<QString>("node");
        QTest::addColumn<QString>("largest");
        QTest::newRow("planned") << QString::fromStdString(sample("cifar10_cnn")) << 100000 << "conv1"
                                 << "x";
        QTest::newRow("found while running")
            << QString::fromStdString(leak("growing_sequence")) << 100000 << "append"
            << "sofar";
    }
    void limitNamesTheNodeAndWhatIsAlive()
    {
        QFETCH(QString, model);
        QFETCH(int, limit);
        QFETCH(QString, node);
        QFETCH(QString, largest);
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        auto session = session::Session::open(model.toStdString(), options);
        QVERIFY(session.ok());
        session::RunRequest request;
        request.memoryLimitBytes = limit;
        request.tracePath = m_folder.filePath("limit" + node + ".orrery").toStdString();
        auto outcome = (*session)->run(request);
        QVERIFY(outcome.error);
        QCOMPARE(outcome.error->code, ErrorCode::LimitReached);
        QVERIFY2(QString::fromStdString(outcome.nodeName).contains(node), outcome.nodeName.c_str());
        QVERIFY(!outcome.aliveAtFailure.empty());
        QCOMPARE(QString::fromStdString(outcome.aliveAtFailure[0].value), largest);
        QVERIFY2(QString::fromStdString(outcome.aliveAtFailure[0].nextReader).contains(node),
                 outcome.aliveAtFailure[0].nextReader.c_str());
        std::int64_t told = 0;
        for (const auto& row : outcome.aliveAtFailure)
            told += row.bytes;
        QVERIFY(told <= limit);
        auto kept = query(request.tracePath, "SELECT sum(bytes) FROM live_at_end WHERE kind <> 'weight'");
        QCOMPARE(number(kept[0][0]), told);
        auto problems = query(request.tracePath, "SELECT code FROM problems WHERE code = 'out-of-memory'");
        QCOMPARE(problems.size(), std::size_t{1});
        QCOMPARE(text(problems[0][0]), std::string("out-of-memory"));
        // Without the limit the same session goes on.
        request.memoryLimitBytes = -1;
        QVERIFY(!(*session)->run(request).error);
    }

    void inThisProcessTheHeapIsNotWatchedAndThatIsSaid()
    {
        session::RunRequest request;
        request.runs = 2;
        Recording run = record(sample("mlp"), {}, request, {}, false);
        QVERIFY2(!run.error, run.error ? run.error->text().c_str() : "");
        QVERIFY(std::any_of(run.notes.begin(), run.notes.end(),
                            [](const Problem& note) { return note.code == "heap-not-watched"; }));
        QCOMPARE(query(run.trace, "SELECT * FROM native_sites").size(), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TestHeapRecording)
#include "test_heap_recording.moc"
