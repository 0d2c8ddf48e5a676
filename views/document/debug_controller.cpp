// SPDX-License-Identifier: Apache-2.0
#include "views/document/debug_controller.h"

#include "profiler/session/breakpoint_file.h"
#include "profiler/session/plan_hint_file.h"
#include "views/document/debug_worker.h"
#include "views/document/same_by_name.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace orrery::document {
namespace {

QString qstring(const std::string& text) { return QString::fromStdString(text); }

std::int64_t nowMs()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// What the other graph does not have is left out; it is still kept beside the model.
std::vector<debug::Breakpoint> renumbered(std::vector<debug::Breakpoint> breakpoints,
                                          const graph::Graph& from, const graph::Graph& to)
{
    if (breakpoints.empty())
        return breakpoints;
    const SameByName same(from, to);
    std::erase_if(breakpoints, [&](debug::Breakpoint& breakpoint) {
        const bool had = breakpoint.node.valid() || breakpoint.value.valid();
        breakpoint.node = same(breakpoint.node);
        breakpoint.value = same(breakpoint.value);
        return had && !breakpoint.node.valid() && !breakpoint.value.valid();
    });
    return breakpoints;
}

std::vector<ValueId> renumbered(std::vector<ValueId> values, const graph::Graph& from, const graph::Graph& to)
{
    if (values.empty())
        return values;
    const SameByName same(from, to);
    for (ValueId& value : values)
        value = same(value);
    std::erase(values, ValueId());
    return values;
}

Result<std::unique_ptr<session::DebugSession>> openSession(const ModelSource& model,
                                                           const session::DebugOptions& options,
                                                           std::shared_ptr<const SourceFile>& file)
{
    file = TRY(SourceFile::of(model));
    return session::DebugSession::open(file->path(), options);
}

} // namespace

DebugController::DebugController(QObject* parent)
    : QObject(parent)
{}

DebugController::~DebugController() = default;

void DebugController::setModel(const ModelSource& model, std::shared_ptr<const graph::Graph> dataflow)
{
    if (model.path != m_model.path) {
        stop();
        cancelFind();
    }
    m_model = model;
    m_dataflow = std::move(dataflow);
    if (active())
        return; // what is kept is of the session's graph until it ends
    m_breakpoints.clear();
    m_watches.clear();
    if (m_dataflow && !m_model.path.empty()) {
        auto saved = session::loadBreakpoints(m_model.path, *m_dataflow);
        if (saved.ok()) {
            m_breakpoints = std::move(saved->breakpoints);
            m_watches = std::move(saved->watches);
        } else {
            emit failed(qstring(saved.error().text()));
        }
    }
    emit breakpointsChanged();
    emit watchesChanged();
}

session::DebugOptions DebugController::options(const DebugSettings& settings) const
{
    session::DebugOptions options;
    options.session.optimize = settings.optimize;
    options.session.inputShapes = settings.inputShapes;
    options.session.customOps = settings.customOps;
    options.session.arguments = "window";
    options.inputs = settings.inputs;
    options.threads = settings.threads;
    options.historyBudgetBytes = settings.historyBudgetBytes;
    options.earlierTracePath = settings.tracePath;
    options.referencePath = settings.referencePath;
    return options;
}

projections::GraphStage DebugController::stage() const
{
    return m_settings.optimize == passes::OptimizeLevel::None ? projections::GraphStage::Dataflow
                                                              : projections::GraphStage::Compute;
}

void DebugController::setSettings(const DebugSettings& settings)
{
    if (m_phase == Phase::Off)
        m_settings = settings;
}

void DebugController::setPhase(Phase phase)
{
    m_movingSince = phase == Phase::Moving ? nowMs() : 0;
    if (std::exchange(m_phase, phase) != phase)
        emit phaseChanged();
}

std::int64_t DebugController::movingForMs() const { return m_movingSince == 0 ? 0 : nowMs() - m_movingSince; }

void DebugController::start(const DebugSettings& settings, std::optional<debug::Movement> first)
{
    if (!first)
        return start(settings, std::function<void()>());
    start(settings, [this, movement = *first, shown = m_dataflow]() mutable {
        const SameByName inSession(*shown, *m_graph);
        movement.node = inSession(movement.node);
        movement.value = inSession(movement.value);
        go(movement);
    });
}

void DebugController::start(const DebugSettings& settings, std::function<void()> whenPaused)
{
    stop();
    m_settings = settings;
    m_lastError.clear();
    m_worker = std::make_unique<Worker>();
    m_file = std::make_shared<std::shared_ptr<const SourceFile>>();
    setPhase(Phase::Starting);
    ++m_pending;

    struct Opened {
        std::shared_ptr<const graph::Graph> graph;
        std::vector<session::BlockOrder> order;
        std::vector<Problem> notes;
        std::string isolation;
        debug::DebugState state;
        std::vector<debug::Breakpoint> breakpoints;
    };
    m_worker->post([this, generation = m_generation, model = m_model, options = options(settings),
                    breakpoints = m_breakpoints, shown = m_dataflow, file = m_file,
                    whenPaused](std::unique_ptr<session::DebugSession>& session) {
        auto answer = std::make_shared<Result<Opened>>(Opened{});
        session::DebugOptions withHints = options;
        auto saved = session::loadPlanHints(model.path, options.session.root, options.session.optimize);
        if (saved.ok())
            withHints.session.hints = std::move(saved->hints);
        auto opened = openSession(model, withHints, *file);
        if (opened.ok()) {
            session = opened.releaseValue();
            Opened& result = **answer;
            auto graph = std::make_shared<graph::Graph>(session->graph());
            for (std::size_t i = 0; i < graph->valueSlots() && i < session->types().size(); ++i)
                if (const graph::ValueType& type = session->types()[i]; type.kind != graph::TypeKind::Unknown)
                    graph->value(ValueId(i)).type = type;
            result.graph = std::move(graph);
            result.order = session->order();
            result.notes = session->notes();
            if (saved.ok())
                result.notes.insert(result.notes.end(), saved->notes.begin(), saved->notes.end());
            else
                result.notes.push_back(problemFromError(saved.error(), "plan-hint-file"));
            for (const Problem& problem : session->opened().problems)
                if (problem.code == "plan-hint") // one that is not followed
                    result.notes.push_back(problem);
            result.isolation = session->runner().isolation;
            result.state = session->state();
            auto set = session->setBreakpoints(renumbered(breakpoints, *shown, *result.graph));
            if (set.ok())
                result.breakpoints = set.releaseValue();
            else
                result.notes.push_back(
                    {Severity::Warning, "breakpoints", {}, {}, set.error().text(), "Change the breakpoint."});
        } else {
            *answer = opened.releaseError();
        }
        QMetaObject::invokeMethod(
            this,
            [this, generation, answer, shown, whenPaused] {
                if (generation != m_generation)
                    return;
                --m_pending;
                if (!answer->ok()) {
                    m_lastError = answer->error().text();
                    m_worker.reset();
                    ++m_generation;
                    m_pending = m_pendingBreakpoints = 0;
                    setPhase(Phase::Off);
                    emit failed(qstring(m_lastError));
                    return;
                }
                Opened& result = **answer;
                m_graph = result.graph;
                m_order = std::move(result.order);
                m_notes = std::move(result.notes);
                m_isolation = std::move(result.isolation);
                m_state = std::make_shared<const debug::DebugState>(std::move(result.state));
                if (!result.breakpoints.empty() && m_pendingBreakpoints == 0)
                    m_breakpoints = std::move(result.breakpoints);
                m_watches = renumbered(std::move(m_watches), *shown, *m_graph);
                setPhase(Phase::Paused);
                emit sessionChanged();
                emit breakpointsChanged();
                emit watchesChanged();
                emit stateChanged();
                if (whenPaused)
                    whenPaused();
            },
            Qt::QueuedConnection);
    });
}

void DebugController::stop()
{
    ++m_generation;
    m_pending = m_pendingBreakpoints = 0;
    if (m_worker) // its end may take a while when it is just opening a model
        m_retiring.emplace_back([worker = std::move(m_worker)]() mutable { worker.reset(); });
    m_state.reset();
    m_order.clear();
    m_notes.clear();
    const auto had = std::exchange(m_graph, nullptr);
    setPhase(Phase::Off);
    if (had && m_dataflow) {
        m_breakpoints = renumbered(std::move(m_breakpoints), *had, *m_dataflow);
        m_watches = renumbered(std::move(m_watches), *had, *m_dataflow);
        emit breakpointsChanged();
        emit watchesChanged();
    }
    if (had) {
        emit sessionChanged();
        emit stateChanged();
    }
}

// Whatever changes the state: a movement, an edit, another branch.
void DebugController::move(StateRequest request)
{
    if (!active() || m_phase == Phase::Moving || !m_worker)
        return;
    setPhase(Phase::Moving);
    ++m_pending;
    m_worker->post([this, generation = m_generation, request = std::move(request),
                    before = m_graph](std::unique_ptr<session::DebugSession>& session) {
        auto answer = std::make_shared<Result<debug::DebugState>>(request(*session));
        auto breakpoints = session->breakpoints();
        const bool dead = session->dead();
        // Edits keep every id; only a new graph object says that something in it changed.
        std::shared_ptr<const graph::Graph> graph = before;
        if (answer->ok() && (*answer)->reason == debug::StopReason::Changed) {
            auto changed = std::make_shared<graph::Graph>(session->graph());
            for (std::size_t i = 0; i < changed->valueSlots() && i < before->valueSlots(); ++i)
                changed->value(ValueId(i)).type = before->value(ValueId(i)).type;
            graph = std::move(changed);
        }
        QMetaObject::invokeMethod(
            this,
            [this, generation, answer, breakpoints = std::move(breakpoints), dead, graph] {
                if (generation != m_generation)
                    return;
                --m_pending;
                const bool counted =
                    m_pendingBreakpoints == 0 && !(m_breakpoints.empty() && breakpoints.empty());
                if (counted)
                    m_breakpoints = breakpoints;
                if (answer->ok()) {
                    m_lastError = (*answer)->error ? (*answer)->error->text() : std::string();
                    m_state = std::make_shared<const debug::DebugState>(**answer);
                } else {
                    m_lastError = answer->error().text();
                }
                const bool changed = std::exchange(m_graph, graph) != graph;
                setPhase(dead ? Phase::Dead : Phase::Paused);
                if (changed)
                    emit sessionChanged();
                if (counted)
                    emit breakpointsChanged();
                emit stateChanged();
                if (!answer->ok())
                    emit failed(qstring(m_lastError));
            },
            Qt::QueuedConnection);
    });
}

void DebugController::go(const debug::Movement& movement)
{
    if (m_phase == Phase::Paused)
        move([movement](session::DebugSession& session) { return session.go(movement); });
}

void DebugController::restart()
{
    if (m_phase == Phase::Paused)
        move([](session::DebugSession& session) { return session.restart(); });
}

void DebugController::pause()
{
    if (m_worker)
        m_worker->interrupt([](session::DebugSession& session) { session.pause(); });
}

void DebugController::kill()
{
    if (m_phase == Phase::Starting)
        stop();
    else if (m_worker)
        m_worker->interrupt([](session::DebugSession& session) { session.kill(); });
}

NodeId DebugController::runningNode() const
{
    NodeId node;
    if (m_worker && m_phase == Phase::Moving)
        m_worker->interrupt([&](session::DebugSession& session) { node = session.runningNode(); });
    return node;
}

void DebugController::revive()
{
    if (m_phase == Phase::Dead)
        move([](session::DebugSession& session) { return session.revive(); });
}

void DebugController::apply(const debug::Edit& edit)
{
    if (m_phase == Phase::Paused)
        move([edit](session::DebugSession& session) { return session.apply(edit); });
}

void DebugController::assign(ValueId value, const QString& expression)
{
    if (m_phase == Phase::Paused)
        move([value, text = expression.toStdString()](session::DebugSession& session) {
            return session.assign(value, text);
        });
}

void DebugController::choose(BranchId branch)
{
    if (m_phase == Phase::Paused)
        move([branch](session::DebugSession& session) { return session.choose(branch); });
}

void DebugController::setHistoryBudget(std::int64_t bytes)
{
    m_settings.historyBudgetBytes = bytes;
    if (m_phase == Phase::Paused)
        move([bytes](session::DebugSession& session) { return session.setHistoryBudget(bytes); });
}

void DebugController::findBadValue(const session::BadValueQuery& query)
{
    if (m_phase == Phase::Paused)
        move([query](session::DebugSession& session) { return session.findBadValue(query); });
}

void DebugController::rerun()
{
    if (m_phase != Phase::Paused)
        return;
    auto report = std::make_shared<debug::RerunReport>();
    move([this, report, generation = m_generation](session::DebugSession& session) {
        auto reran = session.rerun();
        if (!reran.ok())
            return Result<debug::DebugState>(reran.releaseError());
        *report = reran.releaseValue();
        QMetaObject::invokeMethod(
            this,
            [this, report, generation] {
                if (generation == m_generation)
                    emit rerunDone(report);
            },
            Qt::QueuedConnection);
        return Result<debug::DebugState>(session.state());
    });
}

void DebugController::requestTensor(ValueId value, session::Recompute recompute)
{
    if (!m_worker || !active() || m_phase == Phase::Dead) {
        emit tensorMissing(value, tr("Start debugging to see what it holds."));
        return;
    }
    ++m_pending;
    m_worker->post([this, generation = m_generation, value,
                    recompute](std::unique_ptr<session::DebugSession>& session) {
        auto answer = std::make_shared<Result<session::CapturedTensor>>(session->tensor(value, recompute));
        const bool dead = session->dead();
        QMetaObject::invokeMethod(
            this,
            [this, generation, value, answer, dead] {
                if (generation != m_generation)
                    return;
                --m_pending;
                if (answer->ok()) {
                    emit tensorReady(value, std::make_shared<const session::CapturedTensor>(**answer));
                    return;
                }
                emit tensorMissing(value, qstring(answer->error().text()));
                if (dead && m_phase != Phase::Dead) {
                    m_lastError = answer->error().text();
                    setPhase(Phase::Dead);
                    emit stateChanged();
                }
            },
            Qt::QueuedConnection);
    });
}

void DebugController::setBreakpoints(std::vector<debug::Breakpoint> breakpoints)
{
    m_breakpoints = std::move(breakpoints);
    save();
    emit breakpointsChanged();
    if (!m_worker || m_phase == Phase::Dead)
        return;
    ++m_pending;
    ++m_pendingBreakpoints;
    m_worker->post([this, generation = m_generation,
                    list = m_breakpoints](std::unique_ptr<session::DebugSession>& session) {
        if (!session)
            return; // it could not be opened
        auto answer = std::make_shared<Result<std::vector<debug::Breakpoint>>>(session->setBreakpoints(list));
        QMetaObject::invokeMethod(
            this,
            [this, generation, answer] {
                if (generation != m_generation)
                    return;
                --m_pending;
                const bool newest = --m_pendingBreakpoints == 0;
                if (!answer->ok()) {
                    emit failed(qstring(answer->error().text()));
                    return;
                }
                if (newest)
                    m_breakpoints = **answer; // with ids
                emit breakpointsChanged();
            },
            Qt::QueuedConnection);
    });
}

const debug::Breakpoint* DebugController::breakpointAt(NodeId node) const
{
    auto at = std::find_if(m_breakpoints.begin(), m_breakpoints.end(), [node](const auto& breakpoint) {
        return breakpoint.target == debug::BreakpointTarget::Node && breakpoint.node == node;
    });
    return at == m_breakpoints.end() ? nullptr : &*at;
}

void DebugController::toggleBreakpoint(NodeId node)
{
    std::vector<debug::Breakpoint> list = m_breakpoints;
    const auto removed = std::erase_if(list, [node](const auto& breakpoint) {
        return breakpoint.target == debug::BreakpointTarget::Node && breakpoint.node == node;
    });
    if (removed == 0) {
        debug::Breakpoint breakpoint;
        breakpoint.node = node;
        list.push_back(std::move(breakpoint));
    }
    setBreakpoints(std::move(list));
}

void DebugController::setWatches(std::vector<ValueId> watches)
{
    m_watches = std::move(watches);
    save();
    emit watchesChanged();
}

void DebugController::save()
{
    const graph::Graph* graph = m_graph ? m_graph.get() : m_dataflow.get();
    if (graph == nullptr || m_model.path.empty())
        return;
    auto saved = session::saveBreakpoints(m_model.path, *graph, m_breakpoints, m_watches);
    if (!saved.ok())
        emit failed(tr("Breakpoints are not kept: %1").arg(qstring(saved.error().text())));
}

void DebugController::findDivergence(session::DivergenceRequest request, passes::OptimizeLevel optimize)
{
    using Answer = std::shared_ptr<Result<session::DivergenceOutcome>>;
    request.debug = options(m_settings);
    request.debug.session.optimize = optimize;
    m_find.submit(
        [this, model = m_model, request](std::stop_token stop) -> Answer {
            auto file = SourceFile::of(model);
            if (!file.ok())
                return std::make_shared<Result<session::DivergenceOutcome>>(file.releaseError());
            auto goOn = [&](std::uint64_t done, std::uint64_t total) {
                QMetaObject::invokeMethod(
                    this,
                    [this, done, total] { emit findProgress(tr("Compared %1 of %2").arg(done).arg(total)); },
                    Qt::QueuedConnection);
                return !stop.stop_requested();
            };
            return std::make_shared<Result<session::DivergenceOutcome>>(
                session::findDivergence((*file)->path(), request, goOn));
        },
        [this](const Answer& answer) {
            if (answer->ok())
                emit divergenceFound(std::make_shared<const session::DivergenceOutcome>(std::move(**answer)));
            else
                emit failed(qstring(answer->error().text()));
        });
}

void DebugController::shrink(session::ShrinkRequest request)
{
    using Answer = std::shared_ptr<Result<session::ShrinkOutcome>>;
    request.debug = options(m_settings);
    m_enough = std::stop_source();
    m_find.submit(
        [this, model = m_model, request, enough = m_enough.get_token()](std::stop_token stop) -> Answer {
            auto file = SourceFile::of(model);
            if (!file.ok())
                return std::make_shared<Result<session::ShrinkOutcome>>(file.releaseError());
            auto goOn = [&](const session::ShrinkProgress& now) {
                QMetaObject::invokeMethod(
                    this,
                    [this, now] {
                        emit shrinkProgress(
                            tr("%1 parts tried, %2 nodes still fail").arg(now.tried).arg(now.nodes));
                    },
                    Qt::QueuedConnection);
                return !stop.stop_requested() && !enough.stop_requested();
            };
            return std::make_shared<Result<session::ShrinkOutcome>>(
                session::shrink((*file)->path(), request, goOn));
        },
        [this](const Answer& answer) {
            if (answer->ok())
                emit shrunk(std::make_shared<const session::ShrinkOutcome>(std::move(**answer)));
            else
                emit failed(qstring(answer->error().text()));
        });
}

void DebugController::cancelFind() { m_find.cancel(); }

void DebugController::endFind() { m_enough.request_stop(); }

} // namespace orrery::document
