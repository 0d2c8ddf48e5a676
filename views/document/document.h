#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Document: one opened file, a model or a trace, and everything known about it: graphs, problems, the runner,
// the recorded runs. Panels read it and listen; it knows no widget. All slow work happens on other threads
// and arrives as immutable snapshots. Opening a model never runs it. GUI thread.

#include "views/async/trace_thread.h"
#include "views/document/correspondence.h"
#include "views/document/debug_controller.h"
#include "views/document/editor.h"
#include "views/document/load.h"
#include "views/document/model_file.h"
#include "views/document/run_findings.h"
#include "views/document/runner.h"
#include "views/document/unsaved_model.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

#include <optional>

namespace orrery::document {

class HintHistory;
class RangeCheck;
class Revisions;
class WeightPlaces;

enum class Content : std::uint8_t { Nothing, Model, Trace };
enum class Activity : std::uint8_t { None, Loading, Compiling, Running };

// A graph with what a projection needs of it.
struct StageGraph {
    std::shared_ptr<const graph::Graph> graph; // null: not there
    std::shared_ptr<const std::vector<protocol::Placement>> placements;
};

class Document : public QObject {
    Q_OBJECT

public:
    explicit Document(QObject* parent = nullptr);
    ~Document() override;

    void open(const QString& path);
    // A model that has no file yet: it lives in a folder of its own until it is saved. What a crash leaves of
    // it is opened like a file, with its edits.
    void openNew(const graph::Model& model, const QString& name);
    void reload();
    void close();

    Content content() const { return m_content; }
    const QString& path() const { return m_path; }
    bool isUntitled() const { return m_untitled != nullptr; } // not saved since openNew()
    // There is something that would be lost with the program.
    bool isUnsaved() const;
    QString fileName() const; // for display
    // Null for a trace, and until a model has been read.
    std::shared_ptr<const LoadedModel> model() const { return m_model; }

    // Of the run that is shown, else of the opened model.
    StageGraph stageGraph(GraphStage stage) const;
    const Correspondence& correspondence() const { return m_correspondence; }
    // Makes the compute graph of a model if there is none; computeGraphChanged() follows.
    void compile();
    bool compileFailed() const { return m_compileFailed; }

    // The plan hints in force, kept beside the model: for the compute graph, and for runs from now on.
    const passes::PlanHints& planHints() const { return m_planHints; }
    // Not while the model is read or run; Io when they cannot be kept. The compute graph is made anew if
    // there is one, and a run that is shown gives way to it until it is asked for.
    Result<void> setPlanHints(const passes::PlanHints& hints);
    HintHistory& hintHistory() { return *m_hintHistory; }
    const HintHistory& hintHistory() const { return *m_hintHistory; }
    // Of the hints in force; null until the model has been compiled with them.
    std::shared_ptr<const Compiled> compiled() const { return m_isPlanStale ? nullptr : m_compiled; }

    const std::vector<Problem>& problems() const { return m_problems; }
    // The finding behind a problem of the run that is shown; null for other problems.
    const RunFinding* findingOf(const Problem& problem) const;
    std::vector<trace_db::passes::Row> passes() const;

    // The recorded runs; null when nothing has been recorded.
    std::shared_ptr<const async::TraceSnapshot> trace() const { return m_trace; }
    // The run whose measurements all views show; null without one.
    std::shared_ptr<const async::RunDetails> shownRun() const;
    void showRun(trace_db::RunId run);
    QString tracePath() const { return m_tracePath; } // empty without one

    bool canRun() const { return m_model && m_activity == Activity::None; }
    void run(const RunSettings& settings);
    void cancel(); // whatever is under way; a run ends between two ops and keeps what it recorded

    Activity activity() const { return m_activity; }
    const session::Progress& progress() const { return m_progress; } // of the run under way
    // No work is under way on any thread.
    bool isIdle() const;

    ModelSource source() const;
    // The model as the user changes it; model() and the dataflow graph follow it.
    Editor& editor() { return m_editor; }
    const Editor& editor() const { return m_editor; }
    // Writes the model as edited; the file is replaced as a whole. saved() or failed() follows.
    void save(const QString& path);
    bool saveNow() { return saveNow(m_path); } // to its own file, and waits: for the end of the program
    bool saveNow(const QString& path);

    // What its edits cost and gave.
    Revisions& revisions() { return *m_revisions; }
    const Revisions& revisions() const { return *m_revisions; }
    RangeCheck& ranges() { return *m_ranges; }
    const RangeCheck& ranges() const { return *m_ranges; }

    DebugController& debugger() { return m_debugger; }
    const DebugController& debugger() const { return m_debugger; }

    Focus& focus() { return m_focus; }
    const Focus& focus() const { return m_focus; }

signals:
    void contentChanged(); // another file, or the same one read anew
    void graphsChanged();
    void traceChanged(); // other numbers, or another run is shown
    void problemsChanged();
    void activityChanged();
    void planHintsChanged();
    void progressChanged();
    void saved(QString path);
    void message(QString text); // for the status bar; plain text
    void failed(QString title, QString text);

private:
    void setActivity(Activity activity);
    void onLoaded(Result<std::shared_ptr<const LoadedModel>> result);
    void onWritten(Result<SavedModel> result, const QString& path, std::uint64_t state);
    void onEdited(std::shared_ptr<const LoadedModel> loaded);
    // Calls back with a file that holds the model as edited: its own, or a copy beside the recordings.
    void withFileToRun(std::function<void(const QString& path)> then);
    void onCompiled(std::shared_ptr<const Compiled> compiled);
    void onCompileFailed(const Error& error);
    void onRunFinished(const session::RunOutcome& outcome);
    void onSnapshot(std::shared_ptr<const async::TraceSnapshot> snapshot);
    std::shared_ptr<const async::TraceSnapshot>
    inTermsOfModel(std::shared_ptr<const async::TraceSnapshot> snapshot);
    void openTrace(const QString& path);
    void addProblem(Problem problem);
    passes::PlanHints hintsOf(passes::OptimizeLevel level); // as they are kept beside the model
    void updateProblems();
    void updateCorrespondence();
    void updateShapes();
    void updateFindings();

    Content m_content = Content::Nothing;
    Activity m_activity = Activity::None;
    QString m_path, m_tracePath;
    std::shared_ptr<const LoadedModel> m_model;
    std::shared_ptr<const graph::Graph> m_dataflowOfRun; // with the shapes of the run that is shown
    std::shared_ptr<const Compiled> m_compiled;
    std::shared_ptr<const std::vector<protocol::Placement>> m_placements;
    std::shared_ptr<const async::TraceSnapshot> m_trace;
    std::shared_ptr<const async::RunGraphs> m_shownGraphs; // that m_correspondence and m_placements are of
    bool m_isPlanStale = false;                            // m_compiled is of other hints than those in force
    bool m_isRunHidden = false;                            // since it ran with other hints
    passes::PlanHints m_planHints;
    // What the newest run's snapshot brought, and the same with origins in the model as it was edited by
    // then.
    std::shared_ptr<const async::RunGraphs> m_graphsThatRan, m_graphsAsShown;
    bool m_compileFailed = false;
    Correspondence m_correspondence;
    std::vector<Problem> m_problems, m_ownProblems; // all; those of this session
    std::vector<RunFinding> m_findings;             // of the run that is shown
    trace_db::RunId m_examinedRun;                  // that they are of
    trace_db::RunId m_wantedRun;                    // invalid: the newest
    session::Progress m_progress;
    Focus m_focus;
    std::unique_ptr<QTemporaryDir> m_recordings;
    std::unique_ptr<UnsavedModel> m_untitled;
    std::shared_ptr<WeightPlaces> m_weightPlaces; // of the model and its path; shared with the saving task
    Runner m_runner;
    Editor m_editor;
    DebugController m_debugger;
    std::unique_ptr<HintHistory> m_hintHistory;
    std::unique_ptr<Revisions> m_revisions;
    std::unique_ptr<RangeCheck> m_ranges;
    async::TraceThread m_traceThread;
    async::Task m_loadTask, m_saveTask, m_copyTask, m_shapesTask, m_findingsTask;
};

} // namespace orrery::document
