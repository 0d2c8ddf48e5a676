// SPDX-License-Identifier: Apache-2.0
//
// A writing process is killed at many points: what it had acknowledged must be there, whole, and the roll-ups
// must agree with the events. A full disk must leave what was committed.
#include "tests/unit/trace_db/trace_fixture.h"
#include "trace_db/queries/hotspots.h"
#include "trace_db/queries/op_events.h"
#include "trace_db/queries/runs.h"
#include "trace_db/user_query.h"

#include <QDir>
#include <QFile>

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace orrery;
using namespace orrery::trace_db;

namespace {

constexpr std::int64_t batch = 1500;

std::vector<OpEvent> batchOf(std::int64_t number)
{
    std::vector<OpEvent> events;
    for (std::int64_t i = 0; i < batch; ++i)
        events.push_back(op((number * batch + i) * 1000, 10 + i % 50, i % 2 == 0 ? 0 : 5,
                            1 + static_cast<std::uint32_t>(number)));
    return events;
}

// Writes for ever, so many batches to a commit; tells the number of each commit.
[[noreturn]] void writeUntilKilled(const std::string& path, int acknowledge, int batches = 1)
{
    auto writer = startedWriter(path);
    for (std::int64_t number = 0; writer.ok(); ++number) {
        bool appended = true;
        for (int i = 0; i < batches; ++i)
            appended = appended && writer->append(batchOf(number * batches + i)).ok();
        if (!appended || !writer->flush())
            break;
        if (::write(acknowledge, &number, sizeof number) != sizeof number)
            break;
    }
    ::_exit(1);
}

void checkAgreement(const TraceReader& reader, std::int64_t atLeast)
{
    QCOMPARE(reader.quickCheck().value(), std::string());
    auto events = op_events::run(reader, {.run = RunId(1), .limit = -1});
    VERIFY_OK(events);
    auto n = static_cast<std::int64_t>(events->size());
    QVERIFY(n >= atLeast);
    QCOMPARE(n % batch, 0);
    QCOMPARE(reader.lostChunks(), 0);
    QCOMPARE(runs::run(reader, {})->front().opEvents, n);
    std::int64_t self = 0;
    for (const OpEvent& event : *events)
        self += event.dur;
    std::int64_t rolledUp = 0;
    auto spots = hotspots::run(reader, {.run = RunId(1)});
    VERIFY_OK(spots);
    for (const auto& row : *spots)
        rolledUp += row.selfNs;
    QCOMPARE(rolledUp, self);
}

} // namespace

class TestTraceCrash : public QObject {
    Q_OBJECT

private slots:
    void killedWriterLosesNothingAcknowledged()
    {
        Folder folder;
        for (int round = 0; round < 25; ++round) {
            std::string path = folder.path(("k" + std::to_string(round)).c_str());
            int ends[2];
            QCOMPARE(::pipe(ends), 0);
            pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                ::close(ends[0]);
                writeUntilKilled(path, ends[1]);
            }
            ::close(ends[1]);
            std::int64_t acknowledged = -1;
            std::int64_t number = 0;
            while (acknowledged < round % 7 && ::read(ends[0], &number, sizeof number) == sizeof number)
                acknowledged = number;
            ::usleep(static_cast<useconds_t>(round * 397 % 5000));
            ::kill(child, SIGKILL);
            while (::read(ends[0], &number, sizeof number) == sizeof number)
                acknowledged = number;
            int status = 0;
            QCOMPARE(::waitpid(child, &status, 0), child);
            QVERIFY(WIFSIGNALED(status));
            ::close(ends[0]);
            QVERIFY(acknowledged >= 0);
            auto reader = TraceReader::open(path);
            VERIFY_OK(reader);
            checkAgreement(*reader, (acknowledged + 1) * batch);
            QCOMPARE(runs::run(*reader, {})->front().outcome.state, RunState::Running);

            auto writer = TraceWriter::openAppend(path);
            VERIFY_OK(writer);
            VERIFY_OK(writer->resumeRun(RunId(1)));
            VERIFY_OK(writer->append(batchOf(100)));
            VERIFY_OK(writer->setOutcome({RunState::Crashed, "signal 9", 0, 9, 0}));
            VERIFY_OK(writer->close());
            checkAgreement(*reader, (acknowledged + 2) * batch);
        }
    }

    // The log is large enough to be folded in while more is written: killed in between, nothing is lost.
    void killedWhileCheckpointing()
    {
        Folder folder;
        for (int round = 0; round < 4; ++round) {
            std::string path = folder.path(("c" + std::to_string(round)).c_str());
            int ends[2];
            QCOMPARE(::pipe(ends), 0);
            pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                ::close(ends[0]);
                writeUntilKilled(path, ends[1], 100);
            }
            ::close(ends[1]);
            std::int64_t acknowledged = -1;
            std::int64_t number = 0;
            while (acknowledged < 18 + round * 3 && ::read(ends[0], &number, sizeof number) == sizeof number)
                acknowledged = number;
            ::usleep(static_cast<useconds_t>(round * 1700));
            ::kill(child, SIGKILL);
            while (::read(ends[0], &number, sizeof number) == sizeof number)
                acknowledged = number;
            int status = 0;
            QCOMPARE(::waitpid(child, &status, 0), child);
            QVERIFY(WIFSIGNALED(status));
            ::close(ends[0]);
            QVERIFY(acknowledged >= 18);
            auto reader = TraceReader::open(path);
            VERIFY_OK(reader);
            checkAgreement(*reader, (acknowledged + 1) * batch * 100);
        }
    }

    void fullDiskKeepsWhatWasCommitted()
    {
        Folder folder;
        std::string path = folder.path("full");
        pid_t child = ::fork();
        QVERIFY(child >= 0);
        if (child == 0) {
            // No file may grow beyond 1 MiB: a write fails as it does on a full disk.
            ::signal(SIGXFSZ, SIG_IGN);
            rlimit limit{1 << 20, 1 << 20};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            auto writer = startedWriter(path);
            for (std::int64_t number = 0; writer.ok() && number < 10000; ++number) {
                if (!writer->append(batchOf(number)) || !writer->flush()) {
                    Result<void> again = writer->flush();
                    ::_exit(!again.ok() && again.error().code == ErrorCode::Io ? 7 : 8);
                }
            }
            ::_exit(9);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 7);
        auto reader = TraceReader::open(path);
        VERIFY_OK(reader);
        checkAgreement(*reader, batch);
    }

    void readOnlyFolderIsReadFromACopy()
    {
        if (::geteuid() == 0)
            QSKIP("root may write into every folder");
        Folder folder;
        std::string path = folder.path("t.orrery");
        auto writer = startedWriter(path);
        VERIFY_OK(writer);
        VERIFY_OK(writer->append(smallRun()));
        VERIFY_OK(writer->flush());
        QString sealed = folder.dir.filePath("sealed");
        QVERIFY(QDir().mkdir(sealed));
        for (const char* end : {"", "-wal"})
            QVERIFY(QFile::copy(QString::fromStdString(path) + end, sealed + "/t.orrery" + end));
        QVERIFY(QFile::setPermissions(sealed, QFile::ReadOwner | QFile::ExeOwner));
        auto reader = TraceReader::open((sealed + "/t.orrery").toStdString());
        VERIFY_OK(reader);
        QCOMPARE(op_events::run(*reader, {.run = RunId(1)})->size(), 13u);
        QVERIFY(QFile::setPermissions(sealed, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    }
};

QTEST_GUILESS_MAIN(TestTraceCrash)
#include "test_trace_crash.moc"
