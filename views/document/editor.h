#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Editor: the opened model as the user changes it. Each edit is one undoable step; after each, types and
// problems follow and a new immutable snapshot goes out; checks of the whole graph follow from a worker, as
// another snapshot when they found something else. The file is not touched, a journal beside it keeps
// what is not saved. A graph may be wrong for a while: only edits that do not fit the graph at all are
// refused, and say why. GUI thread.

#include "engine/edit/history.h"
#include "engine/edit/problems.h"
#include "engine/passes/incremental_infer.h"
#include "views/async/task.h"
#include "views/document/load.h"
#include "views/document/model_file.h"
#include "views/document/snapshots.h"

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

namespace orrery::document {

class Editor : public QObject {
    Q_OBJECT

public:
    explicit Editor(QObject* parent = nullptr);
    ~Editor() override;

    // Another model, or none; what was done to the one before is forgotten, its journal goes. Edits are kept
    // in a journal beside `path`; without one, when it is empty or nothing can be written there.
    void setModel(std::shared_ptr<const LoadedModel> loaded, const std::string& path);
    bool canEdit() const { return m_loaded != nullptr; }
    // As edited. Only while canEdit().
    const graph::Model& model() const { return m_history ? m_history->model() : *m_loaded->model; }

    // No check of the whole graph is under way.
    bool isIdle() const { return !m_checkTask.busy() && !m_checkSoon.isActive(); }

    // The use of a value that the user has chosen on the canvas, where the next operator is to go; every edit
    // ends that.
    const std::optional<graph::Use>& chosenEdge() const { return m_chosenEdge; }
    void chooseEdge(std::optional<graph::Use> edge) { m_chosenEdge = edge; }

    // One step. False when it does not fit; refused() has said why.
    bool apply(const graph::Edit& edit);
    // Says why nothing can be done, in the way of an edit that does not fit.
    bool apply(const Result<graph::Edit>& edit);

    // Edits in the order in which they were made: `position` of them are in effect, the rest can be done
    // again.
    std::size_t stepCount() const { return m_history ? m_history->size() : 0; }
    std::size_t position() const { return m_history ? m_history->done() : 0; }
    QString stepName(std::size_t step) const;
    void undo() { goTo(position() == 0 ? 0 : position() - 1); }
    void redo() { goTo(position() + 1); }
    void goTo(std::size_t position);

    // Since it was opened or saved.
    bool isModified() const { return m_history && m_history->isModified(); }
    bool isSavedAt(std::size_t position) const { return m_history && m_history->isSavedAt(position); }
    // Of the model as it is: another number after each edit, the same when undoing or redoing leads back.
    std::uint64_t state() const { return stateAt(position()); }
    std::uint64_t stateAt(std::size_t position) const { return m_history ? m_history->stateAt(position) : 0; }
    // `written` was made of the model in that state; it may have been edited on since. What is done from now
    // on is kept beside the new file.
    void markSaved(std::uint64_t state, const SavedModel& written, const std::string& path);

    // What a session that did not end by itself has left for this file; 0: nothing.
    std::size_t recoverable() const;
    void recover();
    void discardRecoverable();

signals:
    void edited(std::shared_ptr<const LoadedModel> loaded);
    void historyChanged();
    void refused(QString why); // plain text

private:
    bool begin();
    void startJournal();
    void tellNotKept(const Error& error);
    void publish(const graph::Touched& touched);
    void checkAll();
    void tell(const Error& error);

    std::shared_ptr<const LoadedModel> m_loaded; // the newest snapshot
    std::string m_path;                          // of the file on disk
    edit::FileIdentity m_file;                   // that it is
    std::optional<edit::Start> m_start;     // that leads from it to the model; none: it reads as the model
    std::optional<edit::History> m_history; // from the first edit on
    std::optional<passes::IncrementalInference> m_inference;
    Snapshots m_snapshots;
    std::optional<edit::ProblemIndex> m_problems;
    std::vector<Problem> m_wholeGraph; // what only the last check of all could find
    std::optional<graph::Use> m_chosenEdge;
    std::optional<edit::JournalContent> m_left; // to be recovered
    QTimer m_checkSoon; // once the picture of the edit is there, which is what the user waits for
    async::Task m_checkTask; // last: its job ends before what is above goes
};

} // namespace orrery::document
