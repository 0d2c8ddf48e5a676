// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/trace_db/trace_fixture.h"
#include "views/async/trace_thread.h"

#include <QThread>

using namespace orrery;
using namespace orrery::async;
using namespace orrery::trace_db;

class TestTraceThread : public QObject {
    Q_OBJECT

private slots:
    void anAnswerThatANewerRequestOvertookComesAgain();
    void aRangeCountsAnewAndTheWholeComesBack();
};

void TestTraceThread::anAnswerThatANewerRequestOvertookComesAgain()
{
    Folder folder;
    auto writer = startedWriter(folder.path("t.orrery"));
    VERIFY_OK(writer);
    VERIFY_OK(writer->append(smallRun()));
    VERIFY_OK(writer->close());
    TraceThread thread;
    int snapshots = 0;
    connect(&thread, &TraceThread::snapshotReady, this, [&] { ++snapshots; });
    const QString path = QString::fromStdString(folder.path("t.orrery"));
    thread.watch(path, TraceThread::Refresh::Once);
    QThread::msleep(500); // it is read, but this thread does not look
    thread.watch(path, TraceThread::Refresh::Once);
    QTRY_VERIFY(thread.isIdle());
    QCOMPARE(snapshots, 1);
    thread.watch(path, TraceThread::Refresh::Once); // nothing is new
    QTRY_VERIFY(thread.isIdle());
    QCOMPARE(snapshots, 1);
}

void TestTraceThread::aRangeCountsAnewAndTheWholeComesBack()
{
    Folder folder;
    auto writer = startedWriter(folder.path("t.orrery"));
    VERIFY_OK(writer);
    VERIFY_OK(writer->append(smallRun()));
    VERIFY_OK(writer->close());
    TraceThread thread;
    std::shared_ptr<const TraceSnapshot> last;
    connect(&thread, &TraceThread::snapshotReady, this, [&](const auto& snapshot) { last = snapshot; });
    thread.watch(QString::fromStdString(folder.path("t.orrery")), TraceThread::Refresh::Once);
    QTRY_VERIFY(last);
    const auto whole = last;
    QCOMPARE(whole->details->hotspots.size(), std::size_t(4));
    thread.setRange({20'000, 20'100}); // a third of one conv
    QTRY_VERIFY(last != whole);
    QCOMPARE(last->details->hotspots.size(), std::size_t(1));
    QCOMPARE(last->details->hotspots.front().selfNs, 100);
    QCOMPARE(last->details->hotspots.front().calls, 1);
    thread.setRange({});
    QTRY_VERIFY(last == whole);
}

QTEST_GUILESS_MAIN(TestTraceThread)
#include "test_trace_thread.moc"
