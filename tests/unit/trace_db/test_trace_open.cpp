// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/trace_db/trace_fixture.h"
#include "trace_db/queries/graph.h"
#include "trace_db/queries/hotspots.h"
#include "trace_db/queries/op_events.h"
#include "trace_db/queries/runs.h"
#include "trace_db/statement.h"
#include "trace_db/user_query.h"

#include <QFile>

#include <chrono>
#include <random>

using namespace orrery;
using namespace orrery::trace_db;

namespace {

QByteArray contentOf(const std::string& path)
{
    QFile file(QString::fromStdString(path));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void write(const std::string& path, const QByteArray& bytes)
{
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(file.write(bytes), bytes.size());
}

// Asks a little of everything; a damaged file may answer or refuse, but never crash.
bool survives(const std::string& path)
{
    auto reader = TraceReader::open(path);
    if (!reader)
        return false;
    auto all = runs::run(*reader, {});
    auto spots = hotspots::run(*reader, {.run = RunId(1)});
    auto events = op_events::run(*reader, {.run = RunId(1)});
    auto rows = graph::run(*reader, {.run = RunId(1)});
    return all.ok() && spots.ok() && events.ok() && rows.ok() && reader->quickCheck().ok();
}

} // namespace

class TestTraceOpen : public QObject {
    Q_OBJECT

    Folder m_folder;
    std::string m_path;

    // The message with which a changed copy is refused.
    std::string refusal(const char* sql)
    {
        std::string copy = m_folder.path("changed.orrery");
        QFile::remove(QString::fromStdString(copy));
        QFile::copy(QString::fromStdString(m_path), QString::fromStdString(copy));
        {
            auto connection = Connection::openForWriting(copy);
            if (!connection || !connection->execute(sql))
                return "the copy could not be changed";
        }
        auto reader = TraceReader::open(copy);
        return reader.ok() ? std::string() : reader.error().text();
    }

    std::string userError(const std::string& sql)
    {
        auto result = runUserQuery(m_path, sql);
        return result.ok() ? std::string() : result.error().text();
    }

private slots:
    void initTestCase()
    {
        m_path = m_folder.path("t.orrery");
        auto writer = startedWriter(m_path);
        VERIFY_OK(writer);
        VERIFY_OK(writer->append(smallRun()));
        VERIFY_OK(writer->close());
        QVERIFY(survives(m_path));
    }

    void otherFilesAreRefusedWithWhatTheyLookLike()
    {
        std::string path = m_folder.path("other");
        struct Case {
            QByteArray bytes;
            const char* says;
        };
        for (const Case& c : {Case{"", "is empty"}, Case{"\x89PNG\r\n", "a PNG picture"},
                              Case{"PK\x03\x04zip", "a ZIP archive"}, Case{"<html>", "HTML or XML"},
                              Case{"hello", "text"}, Case{QByteArray("\x08\x07\x12\x04", 4), "an ONNX model"},
                              Case{QByteArray("\x01\x02\x00\x03", 4), "binary data"},
                              Case{QByteArray("SQLite format 3\0abc", 19), "cut off"}}) {
            write(path, c.bytes);
            auto reader = TraceReader::open(path);
            QVERIFY(!reader.ok());
            QCOMPARE(reader.error().code, ErrorCode::BadFile);
            QVERIFY2(reader.error().message.find(c.says) != std::string::npos,
                     reader.error().message.c_str());
            QVERIFY(!TraceWriter::openAppend(path).ok());
        }
        QVERIFY(!TraceReader::open(m_folder.path("missing")).ok());
        QVERIFY(!TraceReader::open("/").ok());
        QVERIFY(!TraceReader::open("/dev/zero").ok());
        QVERIFY(!TraceReader::open(":memory:").ok());
    }

    void otherDatabasesAndVersionsAreRefused()
    {
        QVERIFY(refusal("PRAGMA application_id = 5").find("another program") != std::string::npos);
        QVERIFY(refusal("PRAGMA user_version = 7").find("newer Orrery") != std::string::npos);
        QVERIFY(refusal("PRAGMA user_version = 7").find("trace version is 7") != std::string::npos);
        QVERIFY(refusal("PRAGMA user_version = 0").find("version 0") != std::string::npos);
    }

    void foreignSchemasAreRefused()
    {
        for (const char* sql :
             {"DROP TABLE steps", "DROP TABLE nodes; CREATE VIEW nodes AS SELECT 1 AS node_id",
              "ALTER TABLE runs ADD COLUMN extra INTEGER",
              "ALTER TABLE runs ADD COLUMN g INTEGER AS (abs(pid)) VIRTUAL",
              "DROP TABLE scalars; CREATE TABLE scalars (run_id)",
              "CREATE TRIGGER spy AFTER INSERT ON runs BEGIN DELETE FROM runs; END",
              "CREATE TABLE op_events (run_id)", "CREATE TABLE \"Alloc_Events\" (run_id)",
              "CREATE VIEW op_events AS SELECT 1", "DROP VIEW op_hotspots; CREATE TABLE op_hotspots (name)",
              "CREATE VIRTUAL TABLE words USING fts5(text)", "DROP INDEX nodes_by_graph"}) {
            std::string message = refusal(sql);
            QVERIFY2(!message.empty() && message.find("could not") == std::string::npos, sql);
        }
        QCOMPARE(refusal("CREATE TABLE notes (text); CREATE VIEW mine AS SELECT 1"), std::string());
    }

    void viewsOfTheFileAreNotRun()
    {
        QCOMPARE(
            refusal(
                "DROP VIEW op_hotspots; CREATE VIEW op_hotspots AS "
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS name FROM n; "
                "CREATE VIEW other AS SELECT 1"),
            std::string());
        auto result = runUserQuery(m_folder.path("changed.orrery"), "SELECT name FROM op_hotspots");
        VERIFY_OK(result);
        QCOMPARE(result->rows.size(), 4u);
        QVERIFY(!runUserQuery(m_folder.path("changed.orrery"), "SELECT * FROM other").ok());
    }

    void truncatedFilesDoNotCrash()
    {
        QByteArray whole = contentOf(m_path);
        std::string path = m_folder.path("cut.orrery");
        QVERIFY(whole.size() > 8192 * 20);
        int refused = 0;
        for (qsizetype size = 0; size < whole.size(); size += size < 200 ? 1 : 4096) {
            write(path, whole.left(size));
            refused += survives(path) ? 0 : 1;
        }
        QVERIFY(refused > 200);
    }

    void flippedBitsDoNotCrash()
    {
        QByteArray whole = contentOf(m_path);
        std::string path = m_folder.path("flipped.orrery");
        std::mt19937 random(3);
        int refused = 0;
        for (int i = 0; i < 300; ++i) {
            QByteArray bad = whole;
            for (unsigned k = 0; k < 1 + random() % 8; ++k) {
                auto at = static_cast<qsizetype>(random() % (i % 2 == 0 ? 8192 : bad.size()));
                bad[at] = static_cast<char>(bad[at] ^ (1 << (random() % 8)));
            }
            write(path, bad);
            refused += survives(path) ? 0 : 1;
        }
        QVERIFY(refused > 20);
    }

    void readerSeesWhatAWriterCommits()
    {
        std::string path = m_folder.path("live.orrery");
        auto writer = startedWriter(path);
        VERIFY_OK(writer);
        auto reader = TraceReader::open(path);
        VERIFY_OK(reader);
        auto before = reader->dataVersion();
        VERIFY_OK(before);
        QCOMPARE(runs::run(*reader, {})->front().opEvents, 0);
        VERIFY_OK(writer->append(smallRun()));
        QCOMPARE(runs::run(*reader, {})->front().opEvents, 0);
        VERIFY_OK(writer->flush());
        QCOMPARE(runs::run(*reader, {})->front().opEvents, 13);
        QCOMPARE(op_events::run(*reader, {.run = RunId(1)})->size(), 13u);
        QVERIFY(reader->dataVersion().value() != *before);
        VERIFY_OK(writer->append(smallRun()));
        VERIFY_OK(writer->flush()); // the partial chunk grows
        QCOMPARE(op_events::run(*reader, {.run = RunId(1)})->size(), 26u);
    }

    void consoleReads()
    {
        auto result = runUserQuery(
            m_path, "SELECT name, self_ns, share_percent, NULL, x'0102' FROM op_hotspots LIMIT 1;  -- end\n");
        VERIFY_OK(result);
        QCOMPARE(result->columns.at(1), std::string("self_ns"));
        QCOMPARE(cellText(result->rows.at(0).at(0)), std::string("conv"));
        QCOMPARE(std::get<std::int64_t>(result->rows[0][1]), 400);
        QVERIFY(std::holds_alternative<std::monostate>(result->rows[0][3]));
        QCOMPARE(cellText(result->rows[0][4]), std::string("x'0102'"));
        VERIFY_OK(runUserQuery(m_path, "PRAGMA table_info(nodes)"));
        VERIFY_OK(runUserQuery(m_path, "EXPLAIN QUERY PLAN SELECT * FROM nodes"));
        auto cut = runUserQuery(m_path, "SELECT * FROM nodes", {.rows = 3});
        VERIFY_OK(cut);
        QCOMPARE(cut->rows.size(), 3u);
        QVERIFY(cut->truncated);
        QVERIFY(!runUserQuery(m_path, "SELECT * FROM nodes LIMIT 3", {.rows = 3})->truncated);
    }

    void consoleRefuses()
    {
        QByteArray before = contentOf(m_path);
        for (const char* sql : {"DELETE FROM runs",
                                "INSERT INTO scalars VALUES (1, 'a', 1, 1)",
                                "UPDATE runs SET pid = 1",
                                "CREATE TABLE t (a)",
                                "CREATE TEMP TABLE t (a)",
                                "DROP TABLE runs",
                                "ATTACH ':memory:' AS a",
                                "ATTACH '/etc/passwd' AS a",
                                "DETACH main",
                                "PRAGMA journal_mode = DELETE",
                                "PRAGMA query_only = OFF",
                                "PRAGMA writable_schema = ON",
                                "PRAGMA user_version = 3",
                                "VACUUM",
                                "VACUUM INTO '/tmp/x'",
                                "SELECT load_extension('x')",
                                "BEGIN",
                                "REINDEX",
                                "ANALYZE",
                                "SELECT 1; SELECT 2",
                                "SELECT 1; DELETE FROM runs",
                                "",
                                " -- nothing",
                                "SELEC 1",
                                "SELECT * FROM no_such_table",
                                "SELECT * FROM pragma_journal_mode('delete')"})
            QVERIFY2(!userError(sql).empty(), sql);
        QVERIFY(userError("DELETE FROM runs").find("may only read") != std::string::npos);
        QVERIFY(userError("SELECT 1; SELECT 2").find("one statement") != std::string::npos);
        QVERIFY(userError("SELECT * FROM no_such_table").find("no such table") != std::string::npos);
        QCOMPARE(contentOf(m_path), before);
    }

    void consoleStopsARunawayQuery()
    {
        auto start = std::chrono::steady_clock::now();
        auto result = runUserQuery(
            m_path, "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
            {.seconds = 0.3});
        QVERIFY(!result.ok());
        QCOMPARE(result.error().code, ErrorCode::LimitReached);
        QVERIFY(result.error().message.find("0.3 s") != std::string::npos);
        QVERIFY(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
        std::atomic<bool> cancelled = true;
        auto stopped = runUserQuery(
            m_path, "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
            {.cancelled = &cancelled});
        QVERIFY(!stopped.ok());
        QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestTraceOpen)
#include "test_trace_open.moc"
