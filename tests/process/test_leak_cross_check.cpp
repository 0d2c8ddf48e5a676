// SPDX-License-Identifier: Apache-2.0
//
// What the heap probe says of a leak, against what valgrind and heaptrack say of the same operator: the same
// bytes, asked for in the same line.
#include "profiler/session/session.h"
#include "trace_db/user_query.h"

#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace orrery;

namespace {

constexpr int steps = 40;

QString library(const QString& name) { return QStringLiteral(ORRERY_CUSTOM_OPS "/") + name + ".so"; }
QString model(const QString& name)
{
    return QStringLiteral(ORRERY_SAMPLES "/custom_ops/leaks/") + name + ".onnxtxt";
}

// By line of the file, or by the file alone where a tool does not tell lines.
struct Leaks {
    std::map<int, qint64> bytesByLine;
    qint64 bytes() const
    {
        qint64 sum = 0;
        for (const auto& [line, bytes] : bytesByLine)
            sum += bytes;
        return sum;
    }
};

} // namespace

class TestLeakCrossCheck : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QByteArray outputOf(const QString& program, const QStringList& arguments)
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(program, arguments);
        if (!process.waitForFinished(120000) || process.exitCode() != 0) {
            QTest::qFail(qPrintable(program + ": " + process.errorString() + "\n" + process.readAll()),
                         __FILE__, __LINE__);
            return {};
        }
        return process.readAll();
    }

    Leaks orrerySays(const QString& name, const QString& op, const QString& file)
    {
        session::SessionOptions options;
        options.runnerPath = ORRERY_RUNNER_PROGRAM;
        options.customOps = {library(op).toStdString()};
        auto session = session::Session::open(model(name).toStdString(), options);
        session::RunRequest request;
        request.runs = steps;
        request.heap = protocol::HeapWatch::FullStacks;
        request.tracePath = m_folder.filePath(name + ".orrery").toStdString();
        if (!session.ok() || (*session)->run(request).error)
            return {};
        auto rows = trace_db::runUserQuery(
            request.tracePath,
            "SELECT f.line, sum(s.closed_bytes) FROM native_sites s JOIN native_frames f ON "
            "f.stack = s.stack AND f.depth = 0 WHERE s.closed_bytes > 0 AND f.file LIKE '%/" +
                file.toStdString() + "' GROUP BY f.line");
        Leaks leaks;
        if (rows.ok())
            for (const auto& row : rows->rows)
                leaks.bytesByLine[static_cast<int>(std::get<std::int64_t>(row[0]))] =
                    std::get<std::int64_t>(row[1]);
        return leaks;
    }

    Leaks valgrindSays(const QString& name, const QString& op, const QString& file)
    {
        QString report = QString::fromUtf8(
            outputOf("valgrind", {"--leak-check=full", "--show-leak-kinds=all", "--num-callers=8", PLAIN_RUN,
                                  model(name), QString::number(steps), library(op)}));
        static const QRegularExpression loss("== ([0-9,]+) (?:\\([^)]*\\) )?bytes in [0-9,]+ blocks are "
                                             "[^\n]*\n==[0-9]+==    at [^\n]*: malloc "
                                             "[^\n]*\n==[0-9]+==    by [^\n]*\\(([^():]+):([0-9]+)\\)\n");
        Leaks leaks;
        for (auto found = loss.globalMatch(report); found.hasNext();) {
            QRegularExpressionMatch match = found.next();
            if (match.captured(2) == file)
                leaks.bytesByLine[match.captured(3).toInt()] += match.captured(1).remove(',').toLongLong();
        }
        return leaks;
    }

    qint64 heaptrackSays(const QString& name, const QString& op, const QString& file)
    {
        QString recording = m_folder.filePath(name + "-heaptrack");
        outputOf("heaptrack", {"-o", recording, PLAIN_RUN, model(name), QString::number(steps), library(op)});
        for (const char* suffix : {".zst", ".gz"})
            if (QFileInfo::exists(recording + suffix))
                recording += suffix;
        QString stacks = m_folder.filePath(name + ".stacks");
        outputOf("heaptrack_print", {"-f", recording, "-F", stacks, "--flamegraph-cost-type", "leaked"});
        QFile lines(stacks);
        if (!lines.open(QIODevice::ReadOnly))
            return -1;
        qint64 bytes = 0;
        for (const QByteArray& line : lines.readAll().split('\n')) {
            qsizetype cost = line.lastIndexOf(' ');
            QByteArray calls = line.left(cost).trimmed();
            while (calls.endsWith(';'))
                calls.chop(1);
            if (cost > 0 && calls.mid(calls.lastIndexOf(';') + 1).endsWith("(" + file.toUtf8() + ")"))
                bytes += line.mid(cost + 1).toLongLong();
        }
        return bytes;
    }

private slots:
    void initTestCase()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("a sanitizer brings its own malloc, which cannot be watched");
#endif
    }

    void sameBytesAndSameLine_data()
    {
        QTest::addColumn<QString>("library");
        QTest::addColumn<QString>("file");
        QTest::newRow("never_frees") << "scratch_pad"
                                     << "scratch_pad.c";
        QTest::newRow("frees_every_second") << "scratch_pad"
                                            << "scratch_pad.c";
        QTest::newRow("buffers_kept") << "kept_buffers"
                                      << "kept_buffers.c";
    }
    void sameBytesAndSameLine()
    {
        QFETCH(QString, library);
        QFETCH(QString, file);
        for (const char* tool : {"valgrind", "heaptrack", "heaptrack_print"})
            if (QStandardPaths::findExecutable(tool).isEmpty())
                QSKIP(qPrintable(QString("%1 is not installed").arg(tool)));
        QString name = QTest::currentDataTag();
        Leaks ours = orrerySays(name, library, file);
        Leaks theirs = valgrindSays(name, library, file);
        QVERIFY(ours.bytes() > 0);
        QCOMPARE(ours.bytesByLine.size(), std::size_t{1});
        QCOMPARE(theirs.bytesByLine, ours.bytesByLine);
        QCOMPARE(heaptrackSays(name, library, file), ours.bytes());
        qInfo("%s: %lld bytes asked for in line %d, by all three", qPrintable(name),
              static_cast<long long>(ours.bytes()), ours.bytesByLine.begin()->first);
    }
};

QTEST_GUILESS_MAIN(TestLeakCrossCheck)
#include "test_leak_cross_check.moc"
