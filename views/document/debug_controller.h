#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// DebugController: the Document's debugging session. Requests are carried out one after the other on a thread
// of its own; answers come as signals on the GUI thread, which never waits. While a movement is under way
// pause() and kill() act at once. Breakpoints live here, with or without a session, and are kept beside the
// model. Ids of nodes and values are those of the graph that is stepped (graph()); with OptimizeLevel::None
// they are those of the dataflow graph, but for what lies inside of functions.

#include "engine/passes/pipeline.h"
#include "profiler/session/debug_session.h"
#include "profiler/session/shrink.h"
#include "views/async/task.h"
#include "views/document/model_source.h"
#include "views/projections/projection.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <thread>

namespace orrery::document {

struct DebugSettings {
    passes::OptimizeLevel optimize = passes::OptimizeLevel::None;
    int threads = 1;
    std::map<std::string, graph::Dims> inputShapes;
    std::vector<protocol::InputFile> inputs;
    std::vector<std::string> customOps;
    std::int64_t historyBudgetBytes = std::int64_t(1) << 30;
    std::string tracePath;     // of earlier runs, for `time > p95`; may be empty
    std::string referencePath; // .npz with values by name, for `difference > x`; may be empty
};

class DebugController : public QObject {
    Q_OBJECT

public:
    enum class Phase : std::uint8_t {
        Off,
        Starting,
        Paused,
        Moving, // a movement or an edit is under way
        Dead,   // the runner is gone; revive() or stop()
    };

    explicit DebugController(QObject* parent = nullptr);
    ~DebugController() override;

    // The model whose breakpoints these are; loads those that are kept beside it. An empty path: none. A
    // session goes on with the model that it began with, unless the path is another.
    void setModel(const ModelSource& model, std::shared_ptr<const graph::Graph> dataflow);

    // Opens a session at the start of the run; `first` follows at once when there is one.
    void start(const DebugSettings& settings, std::optional<debug::Movement> first = {});
    void start(const DebugSettings& settings, std::function<void()> whenPaused);
    void stop(); // ends the session and its runner
    const DebugSettings& settings() const { return m_settings; }
    void setSettings(const DebugSettings& settings); // for what needs no session; during one nothing changes

    Phase phase() const { return m_phase; }
    bool active() const { return m_phase != Phase::Off && m_phase != Phase::Starting; }
    bool isIdle() const { return m_pending == 0 && !m_find.busy(); }
    // Null without a session. Immutable; another object after each stop.
    std::shared_ptr<const debug::DebugState> state() const { return m_state; }
    std::shared_ptr<const graph::Graph> graph() const { return m_graph; } // with the types of this run
    projections::GraphStage stage() const;
    const std::vector<session::BlockOrder>& order() const { return m_order; }
    const std::vector<Problem>& notes() const { return m_notes; }
    const std::string& isolation() const { return m_isolation; } // what the runner may not do
    const std::string& lastError() const { return m_lastError; } // of what failed or died last
    // A node that has been running for longer than a moment; invalid when none is known.
    NodeId runningNode() const;
    std::int64_t movingForMs() const;

    void go(const debug::Movement& movement);
    void restart();
    void pause();
    void kill();
    void revive();
    void apply(const debug::Edit& edit);
    void assign(ValueId value, const QString& expression);
    void choose(BranchId branch);
    void rerun();
    void setHistoryBudget(std::int64_t bytes);

    // tensorReady() or tensorMissing() follows.
    void requestTensor(ValueId value, session::Recompute recompute);

    const std::vector<debug::Breakpoint>& breakpoints() const { return m_breakpoints; }
    void setBreakpoints(std::vector<debug::Breakpoint> breakpoints);
    void toggleBreakpoint(NodeId node);
    const debug::Breakpoint* breakpointAt(NodeId node) const; // null without one
    const std::vector<ValueId>& watches() const { return m_watches; }
    void setWatches(std::vector<ValueId> watches);

    void findBadValue(const session::BadValueQuery& query); // moves the session, like go()
    // In runners of their own; progress, then divergenceFound() or shrunk(), or failed(). One at a time.
    void findDivergence(session::DivergenceRequest request, passes::OptimizeLevel optimize);
    void shrink(session::ShrinkRequest request);
    void cancelFind(); // no answer follows
    void endFind();    // shrink answers with the smallest that it has found
    bool finding() const { return m_find.busy(); }

signals:
    void sessionChanged(); // there is another graph, or none any more
    void phaseChanged();
    void stateChanged();
    void breakpointsChanged();
    void watchesChanged();
    void tensorReady(orrery::ValueId value, std::shared_ptr<const orrery::session::CapturedTensor> tensor);
    void tensorMissing(orrery::ValueId value, QString why); // "not captured": asking to recompute may help
    void rerunDone(std::shared_ptr<const orrery::debug::RerunReport> report);
    void findProgress(QString text);
    void shrinkProgress(QString text);
    void divergenceFound(std::shared_ptr<const orrery::session::DivergenceOutcome> outcome);
    void shrunk(std::shared_ptr<const orrery::session::ShrinkOutcome> outcome);
    void failed(QString text);

private:
    class Worker;
    using StateRequest = std::function<Result<debug::DebugState>(session::DebugSession&)>;

    void move(StateRequest request);
    void arrive(const Result<debug::DebugState>& answer, std::shared_ptr<const graph::Graph> graph);
    void setPhase(Phase phase);
    void save();
    session::DebugOptions options(const DebugSettings& settings) const;

    ModelSource m_model;
    // Of the model, for breakpoints without a session; a file that was made of it can have other ids.
    std::shared_ptr<const graph::Graph> m_dataflow;
    DebugSettings m_settings;
    Phase m_phase = Phase::Off;
    int m_pending = 0;            // requests that have not been answered
    int m_pendingBreakpoints = 0; // of those, lists of breakpoints: m_breakpoints is newer than the session's
    std::uint64_t m_generation = 0; // of sessions: answers of an older one are dropped
    std::int64_t m_movingSince = 0;
    std::shared_ptr<const debug::DebugState> m_state;
    std::shared_ptr<const graph::Graph> m_graph;
    std::vector<session::BlockOrder> m_order;
    std::vector<Problem> m_notes;
    std::string m_isolation, m_lastError;
    std::vector<debug::Breakpoint> m_breakpoints;
    std::vector<ValueId> m_watches;
    std::unique_ptr<Worker> m_worker;
    // Of the session, which reads it again when its runner died; the worker's to fill.
    std::shared_ptr<std::shared_ptr<const SourceFile>> m_file;
    std::vector<std::jthread> m_retiring;
    std::stop_source m_enough; // of shrink
    async::Task m_find;
};

} // namespace orrery::document
