#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TraceThread: reads a trace on a thread of its own and hands out immutable snapshots. While live, it looks
// four times a second whether the trace has grown and reads it again only then. The newest request wins.
// Belongs to the GUI thread, which never waits for a query.

#include "engine/base/result.h"
#include "views/async/task.h"
#include "views/async/trace_snapshot.h"

#include <QObject>
#include <QTimer>

namespace orrery::async {

class TraceThread : public QObject {
    Q_OBJECT

public:
    enum class Refresh : std::uint8_t { Once, Live };

    explicit TraceThread(QObject* parent = nullptr);
    ~TraceThread() override;

    // Reads the trace and, after that, whenever it grows while live. An invalid run means the newest one.
    void watch(const QString& path, Refresh refresh, trace_db::RunId run = {});
    // Numbers per node are of that stretch of the run from now on; empty: of the whole run.
    void setRange(const trace_db::TimeRange& range);
    void stop(); // forgets the trace
    bool isIdle() const { return !m_task.busy(); }

signals:
    void snapshotReady(std::shared_ptr<const orrery::async::TraceSnapshot> snapshot);
    void failed(orrery::Error error);

private:
    struct Reader; // lives on the worker thread between jobs
    void read();

    std::shared_ptr<Reader> m_reader;
    std::string m_path;
    trace_db::RunId m_run;
    trace_db::TimeRange m_range;
    std::shared_ptr<const TraceSnapshot> m_shown; // that arrived last
    QTimer m_timer;
    Task m_task; // last: its jobs use what is above
};

} // namespace orrery::async
