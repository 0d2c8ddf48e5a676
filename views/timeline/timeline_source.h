#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TimelineSource: reads what the timeline shows of a trace, off the GUI thread, which owns this object and
// gets the answers from its event loop. One run is shown at a time. Every kind of question has a thread and a
// connection of its own, so that a glance at one op does not wait for a long scan; per kind the newest wins.
//
// load() hands out snapshots while it reads: steps and counters first, then the index of events part by part.
// Called again for the same run (which is still recorded) it reads on where it stopped.

#include "engine/base/result.h"
#include "views/async/task.h"
#include "views/timeline/timeline_data.h"

#include <QObject>

#include <functional>

namespace orrery::timeline {

// Decoded chunks; each may come alone.
struct Detail {
    std::map<std::uint32_t, std::shared_ptr<const SpanChunk>> ops;
    std::map<std::uint32_t, std::shared_ptr<const std::vector<LevelPoint>>> live;
};

struct Wanted {
    std::vector<std::uint32_t> ops;
    std::map<std::uint32_t, double> live; // chunk → live bytes before it

    bool empty() const { return ops.empty() && live.empty(); }
    friend bool operator==(const Wanted&, const Wanted&) = default;
};

enum class Direction : std::uint8_t { At, Next, Previous };

class TimelineSource : public QObject {
    Q_OBJECT

public:
    explicit TimelineSource(QObject* parent = nullptr);
    ~TimelineSource() override;

    void load(const std::string& path, trace_db::RunId run);
    void clear();
    const std::shared_ptr<const TimelineData>& data() const { return m_data; }

    void want(const Wanted& chunks); // detailReady() follows
    using Found = std::function<void(std::optional<FoundOp>)>;
    // The op of the lane that begins at `ts`, or the one after or before that; `done` on the GUI thread.
    void find(const LaneKey& lane, std::int64_t ts, Direction direction, Found done);
    // The same for a glance, which must not take the place of a search: At only.
    void glance(const LaneKey& lane, std::int64_t ts, Found done);
    // All calls of the nodes; occurrencesReady() follows.
    void locate(std::vector<std::uint32_t> nodes);

    bool isIdle() const;

signals:
    void cleared(); // what comes next is of another run
    void dataChanged();
    void detailReady(orrery::timeline::Detail detail);
    void occurrencesReady(std::shared_ptr<const orrery::timeline::Occurrences> occurrences);
    void failed(orrery::Error error);

private:
    struct Reading; // what a worker keeps between jobs
    void take(std::shared_ptr<const TimelineData> data, std::uint64_t generation);

    std::string m_path;
    trace_db::RunId m_run;
    std::uint64_t m_generation = 0; // of what is shown; answers of an older one are dropped
    std::shared_ptr<const TimelineData> m_data;
    std::shared_ptr<Reading> m_loading, m_detailing, m_finding, m_glancing, m_locating;
    async::Task m_loadTask, m_detailTask, m_findTask, m_glanceTask, m_locateTask; // last
};

} // namespace orrery::timeline
