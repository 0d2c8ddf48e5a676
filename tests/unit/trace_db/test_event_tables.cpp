// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/trace_db/trace_fixture.h"
#include "trace_db/statement.h"
#include "trace_db/user_query.h"

#include <QCoreApplication>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>

#include <map>
#include <random>

using namespace orrery;
using namespace orrery::trace_db;

namespace {

constexpr std::uint32_t steps = 30;

std::vector<OpEvent> manyOps()
{
    std::mt19937 random(1);
    std::vector<OpEvent> events;
    for (std::int64_t i = 0; i < 20000; ++i)
        events.push_back(op(i * 1000 + random() % 500, random() % 900,
                            i % 7 == 0   ? noId
                            : i % 2 == 0 ? 0
                                         : 5,
                            static_cast<std::uint32_t>(i * steps / 20000),
                            static_cast<std::uint16_t>(random() % 2), i % 3));
    return events;
}

std::int64_t integerOf(const Result<UserQueryResult>& result)
{
    return result.ok() && result->rows.size() == 1 ? std::get<std::int64_t>(result->rows[0][0]) : -1;
}

} // namespace

class TestEventTables : public QObject {
    Q_OBJECT

    Folder m_folder;
    std::string m_path;
    std::vector<OpEvent> m_events = manyOps();

    std::int64_t ask(const std::string& sql) { return integerOf(runUserQuery(m_path, sql)); }

    template<class Keep>
    std::int64_t brute(Keep keep)
    {
        std::int64_t n = 0;
        for (const OpEvent& event : m_events)
            n += keep(event) ? 1 : 0;
        return n;
    }

private slots:
    void initTestCase()
    {
        m_path = m_folder.path("t.orrery");
        auto writer = startedWriter(m_path);
        VERIFY_OK(writer);
        VERIFY_OK(writer->append(m_events));
        VERIFY_OK(
            writer->append(std::vector<AllocEvent>{{.ts = 5, .bytes = 10, .buffer = 1, .value = 3, .node = 0},
                                                   {.ts = 9, .buffer = 1, .action = AllocAction::Free}}));
        VERIFY_OK(writer->beginRun(runInfo(), {}));
        VERIFY_OK(writer->addGraph(computeGraphWithoutOrigins()));
        VERIFY_OK(writer->append(std::span(m_events).first(100)));
        VERIFY_OK(writer->close());
    }

    static GraphRows computeGraphWithoutOrigins()
    {
        GraphRows graph = computeGraph();
        graph.origins.clear();
        return graph;
    }

    void countsAreThoseOfTheEvents()
    {
        QCOMPARE(ask("SELECT count(*) FROM op_events"), 20100);
        QCOMPARE(ask("SELECT count(*) FROM op_events WHERE run_id = 1"), 20000);
        QCOMPARE(ask("SELECT count(*) FROM op_events WHERE run_id = 2"), 100);
        QCOMPARE(ask("SELECT count(*) FROM op_events WHERE run_id = 3"), 0);
        QCOMPARE(ask("SELECT count(*) FROM op_events WHERE run_id IN (1, 2)"), 20100);
        QCOMPARE(ask("SELECT count(*) FROM op_events WHERE run_id = '1'"), 20000);
        QCOMPARE(ask("SELECT count(*) FROM op_events WHERE run_id = 1.5"), 0);
    }

    void pushedDownTimesGiveWhatAScanGives()
    {
        std::mt19937 random(2);
        for (int i = 0; i < 40; ++i) {
            std::int64_t a = random() % 21000000;
            std::int64_t b = random() % 21000000;
            auto text = [&](const char* low, const char* high) {
                return "SELECT count(*) FROM op_events WHERE run_id = 1 AND ts " + (low + std::to_string(a)) +
                       " AND ts " + (high + std::to_string(b));
            };
            QCOMPARE(ask(text(">=", "<=")), brute([&](const OpEvent& e) { return e.ts >= a && e.ts <= b; }));
            QCOMPARE(ask(text(">", "<")), brute([&](const OpEvent& e) { return e.ts > a && e.ts < b; }));
            std::int64_t exact = m_events[random() % m_events.size()].ts;
            QCOMPARE(ask("SELECT count(*) FROM op_events WHERE run_id = 1 AND ts = " + std::to_string(exact)),
                     brute([&](const OpEvent& e) { return e.ts == exact; }));
        }
        QCOMPARE(ask("SELECT count(*) FROM op_events WHERE run_id = 1 AND ts < 5000000.5"),
                 brute([](const OpEvent& e) { return e.ts <= 5000000; }));
        QCOMPARE(ask("SELECT count(*) FROM op_events WHERE run_id = 1 AND ts < NULL"), 0);
        QCOMPARE(ask("SELECT count(*) FROM op_events WHERE run_id = 1 AND ts > 'x'"), 0);
        QCOMPARE(
            ask("SELECT count(*) FROM op_events AS e JOIN runs USING (run_id) WHERE e.ts BETWEEN 0 AND 5000"),
            2 * brute([](const OpEvent& e) { return e.ts <= 5000; }));
    }

    void sumsByNameAreThoseOfTheEvents()
    {
        auto result = runUserQuery(
            m_path, "SELECT name, sum(dur), count(*) FROM op_events WHERE run_id = 1 GROUP BY name");
        VERIFY_OK(result);
        std::map<std::string, std::int64_t> sums;
        for (const OpEvent& event : m_events)
            sums[event.node == noId ? "" : event.node == 0 ? "conv" : "relu"] += event.dur;
        QCOMPARE(result->rows.size(), 3u);
        for (const auto& row : result->rows)
            QCOMPARE(std::get<std::int64_t>(row[1]), sums[cellText(row[0])]);
    }

    void columnsHaveTheirMeaning()
    {
        auto result =
            runUserQuery(m_path, "SELECT run_id, ts, dur, node_id, name, op_type, thread, step, depth, kind "
                                 "FROM op_events WHERE run_id = 2 LIMIT 2");
        VERIFY_OK(result);
        const auto& none = result->rows[0];
        QVERIFY(std::holds_alternative<std::monostate>(none[3]) &&
                std::holds_alternative<std::monostate>(none[4]));
        const auto& row = result->rows[1];
        QCOMPARE(std::get<std::int64_t>(row[1]), m_events[1].ts);
        QCOMPARE(std::get<std::int64_t>(row[6]), 1);
        QCOMPARE(cellText(row[5]), std::string("Relu"));
        QCOMPARE(cellText(row[9]), std::string("op"));
        QCOMPARE(ask("SELECT count(*) FROM op_events AS e JOIN nodes AS n USING (node_id) WHERE n.run_id <> "
                     "e.run_id"),
                 0);
        QCOMPARE(ask("SELECT sum(iif(action = 'alloc', bytes, -bytes)) FROM alloc_events"), 0);
        QCOMPARE(
            ask("SELECT count(*) FROM alloc_events WHERE kind = 'activation' AND name = 'conv' AND ts = 9"),
            1);
    }

    void tablesAreReadOnlyAndNotForViews()
    {
        QVERIFY(!runUserQuery(m_path, "DELETE FROM op_events").ok());
        auto connection = Connection::openForWriting(m_path);
        VERIFY_OK(connection);
        QVERIFY(!connection->execute("INSERT INTO op_events (ts) VALUES (1)").ok());
        VERIFY_OK(connection->execute("CREATE VIEW hidden AS SELECT * FROM op_events"));
        auto refused = connection->integer("SELECT count(*) FROM hidden");
        VERIFY_OK(connection->execute("DROP VIEW hidden"));
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().message.find("unsafe") != std::string::npos);
    }

    void damagedChunksAreSkippedAndCounted()
    {
        std::string copy = m_folder.path("damaged.orrery");
        QVERIFY(QFile::copy(QString::fromStdString(m_path), QString::fromStdString(copy)));
        {
            auto connection = Connection::openForWriting(copy);
            VERIFY_OK(connection);
            VERIFY_OK(connection->execute(
                "UPDATE op_chunks SET data = zeroblob(length(data)) WHERE run_id = 1 AND chunk = 1;"
                "UPDATE op_chunks SET data = NULL || 1 WHERE run_id = 9;"
                "UPDATE op_chunks SET data = 'text' WHERE run_id = 1 AND chunk = 2;"
                "UPDATE op_chunks SET data = '' WHERE run_id = 2"));
        }
        auto result = runUserQuery(copy, "SELECT count(*) FROM op_events");
        QCOMPARE(integerOf(result), 20000 - 2 * 4096);
        QCOMPARE(result->lostChunks, 3);
    }

    void shellLoadsTheExtension()
    {
        QString library = QCoreApplication::applicationDirPath() + "/../../lib/orrery_events";
        if (QStandardPaths::findExecutable("sqlite3").isEmpty())
            QSKIP("the sqlite3 shell is not installed");
        QProcess shell;
        shell.start("sqlite3", {QString::fromStdString(m_path), ".load " + library,
                                "SELECT count(*), sum(dur) FROM op_events WHERE run_id = 1"});
        QVERIFY(shell.waitForFinished());
        std::int64_t sum = 0;
        for (const OpEvent& event : m_events)
            sum += event.dur;
        QCOMPARE(shell.readAllStandardOutput().trimmed(),
                 QByteArray("20000|" + QByteArray::number(qlonglong(sum))));
        QCOMPARE(shell.readAllStandardError(), QByteArray());
    }

    void shellReadsEveryViewWithoutTheExtension()
    {
        if (QStandardPaths::findExecutable("sqlite3").isEmpty())
            QSKIP("the sqlite3 shell is not installed");
        for (const char* table : {"op_hotspots", "steps", "memory_timeline", "live_at_end", "counters",
                                  "scalars", "runs", "graphs", "nodes", "edges", "problems"}) {
            QProcess shell;
            shell.start("sqlite3",
                        {QString::fromStdString(m_path), QString("SELECT * FROM %1 LIMIT 1").arg(table)});
            QVERIFY(shell.waitForFinished());
            QCOMPARE(shell.exitCode(), 0);
            QCOMPARE(shell.readAllStandardError(), QByteArray());
        }
    }
};

QTEST_GUILESS_MAIN(TestEventTables)
#include "test_event_tables.moc"
