// SPDX-License-Identifier: Apache-2.0
#include "views/document/document.h"

#include "engine/base/text.h"
#include "profiler/session/plan_hint_file.h"
#include "views/document/hint_history.h"
#include "views/document/problem_list.h"
#include "views/document/range_check.h"
#include "views/document/renumber_origins.h"
#include "views/document/revisions.h"
#include "views/document/same_by_name.h"
#include "views/document/weight_places.h"

#include <QFileInfo>

#include <algorithm>

namespace orrery::document {
namespace {

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 1000)); }

Error withFile(Error error, const QString& path)
{
    if (error.where.empty())
        error.where = path.toStdString();
    return error;
}

// Without a run that is shown.
std::shared_ptr<const async::TraceSnapshot> withoutDetails(const async::TraceSnapshot& snapshot)
{
    auto result = std::make_shared<async::TraceSnapshot>(snapshot);
    result->details = nullptr;
    return result;
}

} // namespace

Document::Document(QObject* parent)
    : QObject(parent)
    , m_weightPlaces(std::make_shared<WeightPlaces>())
    , m_hintHistory(std::make_unique<HintHistory>(*this))
    , m_revisions(std::make_unique<Revisions>(*this))
    , m_ranges(std::make_unique<RangeCheck>(*this))
{
    connect(&m_runner, &Runner::compiled, this, &Document::onCompiled);
    connect(&m_runner, &Runner::compileFailed, this, &Document::onCompileFailed);
    connect(&m_runner, &Runner::runFinished, this, &Document::onRunFinished);
    connect(&m_runner, &Runner::progress, this, [this](const session::Progress& now) {
        m_progress = now;
        emit progressChanged();
    });
    connect(&m_editor, &Editor::edited, this, &Document::onEdited);
    connect(&m_editor, &Editor::refused, this, &Document::message);
    connect(&m_debugger, &DebugController::failed, this, &Document::message);
    connect(&m_debugger, &DebugController::sessionChanged, this, [this] {
        updateCorrespondence();
        emit graphsChanged();
    });
    connect(&m_focus, &Focus::rangeChanged, this, [this] { m_traceThread.setRange(m_focus.range()); });
    connect(&m_traceThread, &async::TraceThread::snapshotReady, this, &Document::onSnapshot);
    connect(&m_traceThread, &async::TraceThread::failed, this, [this](const Error& error) {
        if (m_activity == Activity::Loading)
            setActivity(Activity::None);
        addProblem(problemFromError(error, "trace-unreadable"));
        if (m_content == Content::Trace && !m_trace)
            emit failed(tr("The trace could not be opened"), shown(error.text()));
    });
}

Document::~Document() = default;

QString Document::fileName() const { return shown(QFileInfo(m_path).fileName().toStdString()); }

void Document::close()
{
    m_loadTask.cancel();
    m_runner.forget();
    m_debugger.setModel({}, nullptr);
    m_editor.setModel(nullptr, {});
    m_saveTask.cancel();
    m_weightPlaces = std::make_shared<WeightPlaces>();
    m_copyTask.cancel();
    m_traceThread.stop();
    m_content = Content::Nothing;
    m_path.clear();
    m_untitled.reset();
    m_tracePath.clear();
    m_model.reset();
    m_shapesTask.cancel();
    m_findingsTask.cancel();
    m_findings.clear();
    m_examinedRun = {};
    m_dataflowOfRun.reset();
    m_compiled.reset();
    m_isPlanStale = m_isRunHidden = false;
    m_planHints = {};
    m_trace.reset();
    m_shownGraphs.reset();
    m_graphsThatRan.reset();
    m_graphsAsShown.reset();
    m_placements.reset();
    m_compileFailed = false;
    m_correspondence = {};
    m_ownProblems.clear();
    m_wantedRun = {};
    m_recordings.reset();
    m_focus.clear();
    m_focus.setRange({});
    setActivity(Activity::None);
    updateProblems();
    emit contentChanged();
    emit graphsChanged();
    emit traceChanged();
}

void Document::open(const QString& path)
{
    close();
    m_path = QFileInfo(path).absoluteFilePath();
    const auto kind = fileKind(m_path.toStdString());
    if (!kind.ok()) {
        m_content = Content::Nothing;
        addProblem(problemFromError(kind.error(), "file-unreadable"));
        emit contentChanged();
        emit failed(tr("The file could not be opened"), shown(kind.error().text()));
        return;
    }
    if (*kind == FileKind::Trace) {
        m_content = Content::Trace;
        openTrace(m_path);
        return;
    }
    if (UnsavedModel::isPlaceOf(m_path)) {
        auto place = UnsavedModel::takeOver(m_path);
        if (!place.ok()) {
            m_path.clear();
            emit contentChanged();
            emit failed(tr("The file could not be opened"), shown(place.error().text()));
            return;
        }
        m_untitled = place.releaseValue();
    }
    m_content = Content::Model;
    setActivity(Activity::Loading);
    emit contentChanged();
    m_loadTask.submit(
        [name = m_path.toStdString()](std::stop_token stop) { return loadModel(name, stop); },
        [this](Result<std::shared_ptr<const LoadedModel>> result) { onLoaded(std::move(result)); });
}

// What reads models by their path (runs, the debugger, plan hints) finds one; that it is nobody's file yet is
// for those to know who save.
void Document::openNew(const graph::Model& model, const QString& name)
{
    close();
    auto place = UnsavedModel::make();
    if (!place.ok()) {
        emit failed(tr("A new model cannot be made"), shown(place.error().text()));
        return;
    }
    m_untitled = place.releaseValue();
    m_path = m_untitled->filePath(name + ".onnx");
    m_content = Content::Model;
    setActivity(Activity::Loading);
    emit contentChanged();
    m_loadTask.submit(
        [model,
         to = m_path.toStdString()](std::stop_token stop) -> Result<std::shared_ptr<const LoadedModel>> {
            TRY(writeModelFile(model, to));
            return loadModel(to, stop);
        },
        [this](Result<std::shared_ptr<const LoadedModel>> result) { onLoaded(std::move(result)); });
}

bool Document::isUnsaved() const
{
    return m_editor.isModified() || (m_untitled && m_model && m_model->model->graph.nodeCount() > 0);
}

void Document::openTrace(const QString& path)
{
    m_tracePath = path;
    setActivity(Activity::Loading);
    emit contentChanged();
    m_traceThread.watch(path, async::TraceThread::Refresh::Once);
}

void Document::reload()
{
    if (!m_untitled && (m_content != Content::Nothing || !m_path.isEmpty()))
        open(QString(m_path));
}

void Document::onLoaded(Result<std::shared_ptr<const LoadedModel>> result)
{
    setActivity(Activity::None);
    if (!result.ok()) {
        const Error error = withFile(result.error(), m_path);
        addProblem(problemFromError(error, "model-unreadable"));
        emit failed(tr("The model could not be opened"), shown(error.text()));
        return;
    }
    m_model = *result;
    m_editor.setModel(m_model, m_path.toStdString());
    if (m_untitled) // who opens it wants what it was
        m_editor.recover();
    m_debugger.setModel(source(), m_model->dataflow);
    m_planHints = hintsOf(passes::OptimizeLevel::All);
    updateProblems();
    emit contentChanged();
    emit graphsChanged();
    emit message(tr("%1: %2 nodes").arg(fileName()).arg(m_model->dataflow->nodeCount()));
}

// What was recorded stays: it is of an earlier revision, and nodes keep their ids.
void Document::onEdited(std::shared_ptr<const LoadedModel> loaded)
{
    m_model = std::move(loaded);
    m_dataflowOfRun.reset();
    if (m_activity == Activity::Compiling) {
        m_runner.forget();
        setActivity(Activity::None);
    }
    m_compiled.reset();
    m_isPlanStale = false;
    m_compileFailed = false;
    m_debugger.setModel(source(), m_model->dataflow);
    updateCorrespondence();
    updateShapes();
    updateProblems();
    emit graphsChanged();
}

void Document::onWritten(Result<SavedModel> result, const QString& path, std::uint64_t state)
{
    if (!result.ok()) {
        emit failed(tr("The model could not be saved"), shown(result.error().text()));
        return;
    }
    for (Problem& problem : result->problems)
        addProblem(std::move(problem));
    m_path = QFileInfo(path).absoluteFilePath();
    m_untitled.reset();
    m_editor.markSaved(state, *result, m_path.toStdString());
    m_debugger.setModel(source(), m_model->dataflow);
    emit saved(m_path);
    emit message(tr("Saved %1").arg(fileName()));
}

void Document::save(const QString& path)
{
    if (!m_model)
        return;
    m_saveTask.submit([model = m_model->model, places = m_weightPlaces, to = path.toStdString()](
                          std::stop_token) { return saveModelFile(model, to, *places); },
                      [this, path, state = m_editor.state()](Result<SavedModel> result) {
                          onWritten(std::move(result), path, state);
                      });
}

bool Document::saveNow(const QString& path)
{
    onWritten(saveModelFile(m_model->model, path.toStdString(), *m_weightPlaces), path, m_editor.state());
    return !m_editor.isModified();
}

void Document::withFileToRun(std::function<void(const QString& path)> then)
{
    if (!m_editor.isModified())
        return then(m_path);
    if (!m_recordings)
        m_recordings = std::make_unique<QTemporaryDir>();
    const QString path = m_recordings->filePath("edited.onnx");
    m_copyTask.submit([model = m_model->model,
                       to = path.toStdString()](std::stop_token) { return writeModelFile(*model, to); },
                      [this, path, then = std::move(then)](const Result<WrittenModel>& written) {
                          if (written.ok())
                              return then(path);
                          setActivity(Activity::None);
                          emit failed(tr("The edited model cannot be run"), shown(written.error().text()));
                      });
}

ModelSource Document::source() const
{
    return {m_path.toStdString(), m_model && m_editor.isModified() ? m_model->model : nullptr};
}

StageGraph Document::stageGraph(GraphStage stage) const
{
    const auto details = shownRun();
    const auto& recorded = details ? details->graphs : nullptr;
    if (m_debugger.graph() && m_debugger.stage() == stage)
        return {m_debugger.graph(), nullptr};
    if (stage == GraphStage::Dataflow) {
        if (m_model)
            return {m_dataflowOfRun ? m_dataflowOfRun : m_model->dataflow, nullptr};
        return {recorded ? recorded->dataflow : nullptr, nullptr};
    }
    if (recorded && recorded->compute)
        return {recorded->compute, m_placements};
    return {m_compiled ? m_compiled->graph : nullptr, m_placements};
}

void Document::compile()
{
    if (!m_model || compiled() || m_compileFailed || m_activity != Activity::None)
        return;
    setActivity(Activity::Compiling);
    RunSettings settings;
    settings.hints = m_planHints;
    withFileToRun([this, settings](const QString& path) { m_runner.compile(path.toStdString(), settings); });
}

passes::PlanHints Document::hintsOf(passes::OptimizeLevel level)
{
    auto saved = session::loadPlanHints(m_path.toStdString(), {}, level);
    if (!saved.ok()) {
        addProblem(problemFromError(saved.error(), "plan-hint"));
        return {};
    }
    for (Problem& note : saved->notes)
        addProblem(std::move(note));
    return std::move(saved->hints);
}

Result<void> Document::setPlanHints(const passes::PlanHints& hints)
{
    const bool isCompiling = m_activity == Activity::Compiling;
    if (!m_model || (m_activity != Activity::None && !isCompiling))
        return Error{ErrorCode::Usage, "hints can be changed when a model is open and nothing runs", {}};
    TRY(session::savePlanHints(m_path.toStdString(), {}, passes::OptimizeLevel::All, hints));
    m_planHints = hints;
    const bool isWanted = m_compiled || m_compileFailed || isCompiling;
    m_compileFailed = false;
    m_isPlanStale = m_compiled != nullptr; // shown until there is the other one
    if (isCompiling) {
        m_runner.forget();
        m_copyTask.cancel();
        setActivity(Activity::None);
    }
    m_isRunHidden = true;
    if (shownRun()) {
        m_trace = withoutDetails(*m_trace);
        updateCorrespondence();
        emit traceChanged();
        emit graphsChanged();
    }
    emit planHintsChanged();
    if (isWanted)
        compile();
    return {};
}

void Document::onCompiled(std::shared_ptr<const Compiled> compiled)
{
    if (m_editor.stepCount() > 0) {
        auto shownAs = std::make_shared<Compiled>(*compiled);
        shownAs->graph = withOriginsIn(m_editor.model().graph, compiled->graph, *compiled->dataflow);
        const SameByName same(*compiled->dataflow, m_editor.model().graph);
        for (protocol::PassSummary& pass : shownAs->passes)
            for (NodeId& node : pass.touched)
                node = compiled->dataflow->contains(node) ? same(node) : NodeId();
        compiled = std::move(shownAs);
    }
    m_compiled = std::move(compiled);
    m_isPlanStale = false;
    m_compileFailed = false;
    if (m_activity == Activity::Compiling)
        setActivity(Activity::None);
    updateCorrespondence();
    updateProblems();
    emit graphsChanged();
}

void Document::onCompileFailed(const Error& error)
{
    m_compileFailed = true;
    if (std::exchange(m_isPlanStale, false))
        m_compiled.reset();
    m_traceThread.stop();
    setActivity(Activity::None);
    addProblem(problemFromError(error, "compile-failed"));
    emit graphsChanged();
    emit failed(tr("The model cannot be run"), shown(error.text()));
}

void Document::run(const RunSettings& settings)
{
    if (!canRun())
        return;
    if (!m_recordings)
        m_recordings = std::make_unique<QTemporaryDir>();
    if (!m_recordings->isValid()) {
        emit failed(tr("Nothing can be recorded"), m_recordings->errorString());
        return;
    }
    m_tracePath = m_recordings->filePath("recording.orrery");
    m_progress = {};
    m_progress.stepsTotal = std::uint32_t(settings.warmup + settings.runs);
    m_wantedRun = {};
    m_isRunHidden = false;
    m_focus.setRange({}); // of the clock of another run
    setActivity(Activity::Running);
    RunSettings withHints = settings;
    withHints.hints =
        settings.optimize == passes::OptimizeLevel::All ? m_planHints : hintsOf(settings.optimize);
    withFileToRun([this, withHints](const QString& path) {
        m_runner.run(path.toStdString(), withHints, m_tracePath.toStdString());
        m_traceThread.watch(m_tracePath, async::TraceThread::Refresh::Live);
    });
}

void Document::onRunFinished(const session::RunOutcome& outcome)
{
    setActivity(Activity::None);
    m_traceThread.watch(m_tracePath, async::TraceThread::Refresh::Once);
    if (!outcome.error) {
        std::vector<std::int64_t> times = outcome.durationsNs;
        std::sort(times.begin(), times.end());
        if (!times.empty())
            emit message(tr("%1 measured, median %2")
                             .arg(times.size() == 1 ? tr("One run") : tr("%1 runs").arg(times.size()),
                                  QString::fromStdString(formatDurationNs(times[times.size() / 2]))));
        return;
    }
    if (outcome.error->code == ErrorCode::Cancelled) {
        emit message(tr("Stopped; what was recorded is kept."));
        return;
    }
    Problem problem = problemFromError(
        *outcome.error, outcome.error->code == ErrorCode::RunnerDied ? "runner-died" : "run-failed");
    problem.node = outcome.nodeName;
    const auto compute = stageGraph(GraphStage::Compute).graph;
    if (compute && compute->contains(outcome.node) && !compute->node(outcome.node).origins.empty())
        problem.nodeId = compute->node(outcome.node).origins.front();
    addProblem(std::move(problem));
    emit failed(tr("The run failed"), shown(outcome.error->text()));
}

void Document::cancel()
{
    switch (m_activity) {
    case Activity::None:
        break;
    case Activity::Running:
        m_runner.stop();
        break;
    case Activity::Compiling:
        m_runner.forget();
        setActivity(Activity::None);
        break;
    case Activity::Loading:
        close();
        break;
    }
}

void Document::showRun(trace_db::RunId run)
{
    if (const auto shown = shownRun(); shown && shown->id != run)
        m_focus.setRange({}); // of the clock of another run
    m_wantedRun = run;
    m_isRunHidden = false;
    if (!m_tracePath.isEmpty() && m_activity != Activity::Running)
        m_traceThread.watch(m_tracePath, async::TraceThread::Refresh::Once, run);
}

void Document::onSnapshot(std::shared_ptr<const async::TraceSnapshot> snapshot)
{
    const bool first = !m_trace;
    m_trace = m_isRunHidden ? withoutDetails(*snapshot) : inTermsOfModel(std::move(snapshot));
    if (m_content == Content::Trace && m_activity == Activity::Loading)
        setActivity(Activity::None);
    updateFindings();
    updateProblems();
    const auto graphs = m_trace->details ? m_trace->details->graphs : nullptr;
    if (graphs != m_shownGraphs || (first && m_content == Content::Trace)) {
        updateCorrespondence();
        updateShapes();
        emit graphsChanged();
    }
    if (first && m_content == Content::Trace)
        emit message(m_trace->runs.size() == 1
                         ? tr("%1: one recorded run").arg(fileName())
                         : tr("%1: %2 recorded runs").arg(fileName()).arg(m_trace->runs.size()));
    emit traceChanged();
}

// The graphs of a run are looked at once, when they first come: the model may be edited on after that.
std::shared_ptr<const async::TraceSnapshot>
Document::inTermsOfModel(std::shared_ptr<const async::TraceSnapshot> snapshot)
{
    const auto ran = snapshot->details ? snapshot->details->graphs : nullptr;
    if (!ran || !ran->compute || !ran->dataflow || !m_editor.canEdit())
        return snapshot;
    if (ran != m_graphsThatRan) {
        m_graphsThatRan = ran;
        m_graphsAsShown = ran;
        auto compute = m_editor.stepCount() == 0
                           ? ran->compute
                           : withOriginsIn(m_editor.model().graph, ran->compute, *ran->dataflow);
        if (compute != ran->compute) {
            auto renumbered = std::make_shared<async::RunGraphs>(*ran);
            renumbered->compute = std::move(compute);
            m_graphsAsShown = std::move(renumbered);
        }
    }
    if (m_graphsAsShown == ran)
        return snapshot;
    auto details = std::make_shared<async::RunDetails>(*snapshot->details);
    details->graphs = m_graphsAsShown;
    auto result = std::make_shared<async::TraceSnapshot>(*snapshot);
    result->details = std::move(details);
    return result;
}

std::shared_ptr<const async::RunDetails> Document::shownRun() const
{
    return m_trace ? m_trace->details : nullptr;
}

std::vector<trace_db::passes::Row> Document::passes() const
{
    if (const auto run = shownRun(); run && !run->passes.empty())
        return run->passes;
    std::vector<trace_db::passes::Row> rows;
    if (m_compiled)
        for (const protocol::PassSummary& pass : m_compiled->passes)
            rows.push_back(
                {pass.name, pass.durationNs, std::int64_t(pass.nodesBefore), std::int64_t(pass.nodesAfter)});
    return rows;
}

void Document::updateCorrespondence()
{
    const auto details = shownRun();
    m_shownGraphs = details ? details->graphs : nullptr;
    const bool recorded = m_shownGraphs && m_shownGraphs->compute;
    const graph::Graph* compute = recorded     ? m_shownGraphs->compute.get()
                                  : m_compiled ? m_compiled->graph.get()
                                               : nullptr;
    m_correspondence = compute ? Correspondence(*compute) : Correspondence();
    using Placements = const std::vector<protocol::Placement>;
    m_placements = recorded     ? std::make_shared<Placements>(m_shownGraphs->placements)
                   : m_compiled ? std::make_shared<Placements>(m_compiled->placements)
                                : nullptr;
}

// A model with open dimensions is shown with the numbers that the run had.
void Document::updateShapes()
{
    if (!m_model || !m_shownGraphs || !m_shownGraphs->compute)
        return;
    std::map<std::string, graph::ValueType> inputs;
    const graph::Graph& compute = *m_shownGraphs->compute;
    for (ValueId id : compute.main().inputs)
        if (compute.contains(id))
            inputs[compute.value(id).name] = compute.value(id).type;
    m_shapesTask.submit(
        [model = m_model->model, inputs](std::stop_token) { return withInputTypes(*model, inputs); },
        [this](std::shared_ptr<const graph::Graph> graph) {
            m_dataflowOfRun = std::move(graph);
            emit graphsChanged();
        });
}

// A run is examined once, when it has ended.
void Document::updateFindings()
{
    const async::RunSummary* shown = m_trace->shown();
    if (!shown || shown->run.outcome.state == trace_db::RunState::Running || shown->run.run == m_examinedRun)
        return;
    m_examinedRun = shown->run.run;
    m_findings.clear();
    m_findingsTask.submit([trace = m_trace->path, run = m_examinedRun](
                              std::stop_token stop) { return findingsOf(trace, run, std::move(stop)); },
                          [this](std::vector<RunFinding> found) {
                              m_findings = std::move(found);
                              updateProblems();
                          });
}

const RunFinding* Document::findingOf(const Problem& problem) const
{
    for (const RunFinding& finding : m_findings)
        if (finding.problem.code == problem.code && finding.problem.node == problem.node &&
            finding.problem.text == problem.text)
            return &finding;
    return nullptr;
}

void Document::addProblem(Problem problem)
{
    m_ownProblems.insert(m_ownProblems.begin(), std::move(problem));
    updateProblems();
}

void Document::updateProblems()
{
    ProblemList all;
    all.add(m_ownProblems);
    if (m_model)
        all.add(m_model->problems);
    if (m_compiled)
        all.add(m_compiled->problems);
    if (const auto run = shownRun())
        all.add(run->problems);
    std::vector<Problem> found;
    for (const RunFinding& finding : m_findings)
        found.push_back(finding.problem);
    all.add(found);
    m_problems = std::move(all).worstFirst();
    emit problemsChanged();
}

void Document::setActivity(Activity activity)
{
    if (activity == m_activity)
        return;
    m_activity = activity;
    emit activityChanged();
}

bool Document::isIdle() const
{
    return m_activity == Activity::None && !m_loadTask.busy() && !m_shapesTask.busy() &&
           !m_findingsTask.busy() && !m_saveTask.busy() && !m_copyTask.busy() && m_editor.isIdle() &&
           !m_runner.isBusy() && m_debugger.isIdle() && m_revisions->isIdle() && m_ranges->isIdle() &&
           m_traceThread.isIdle();
}

} // namespace orrery::document
