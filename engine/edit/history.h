#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// History: a model under edit, with what was done to it and what was undone. Every change goes through it, so
// that undoing gives back what was before; there is no limit on their number. A new edit drops what was
// undone. With a journal, each change is on disk before the call returns. Owns the model; one thread at a
// time.

#include "engine/edit/journal.h"
#include "engine/graph/edit.h"

namespace orrery::edit {

class History {
public:
    explicit History(graph::Model model)
        : m_model(std::move(model))
    {}

    const graph::Model& model() const { return m_model; }

    // What was touched, for inference and pictures. A refused edit changes nothing; nor does one that the
    // journal cannot take (Io).
    Result<graph::Touched> apply(const graph::Edit& edit);
    Result<graph::Touched> undo();
    Result<graph::Touched> redo();
    bool canUndo() const { return m_done > 0; }
    bool canRedo() const { return m_done < m_steps.size(); }
    // Undoes or redoes until this many edits are in effect.
    Result<void> goTo(std::size_t done);

    std::size_t size() const { return m_steps.size(); }
    std::size_t done() const { return m_done; } // edits in effect
    const std::string& name(std::size_t i) const { return m_steps[i].name; }

    // Which state the model is in: 0 at first, another number after each edit, the same one whenever undoing
    // or redoing leads back.
    std::uint64_t state() const { return stateAt(m_done); }
    std::uint64_t stateAt(std::size_t done) const { return done == 0 ? 0 : m_steps[done - 1].state; }

    // Whether the model is as it was saved; at first it is.
    void markSaved(std::uint64_t state) { m_saved = state; }
    bool isSavedAt(std::size_t done) const { return stateAt(done) == m_saved; }
    bool isModified() const { return !isSavedAt(m_done); }

    // From now on; replays nothing. The journal ends where this history is; its own first edit is the one
    // after `base` edits of this history.
    void setJournal(std::unique_ptr<Journal> journal, std::size_t base);
    Journal* journal() { return m_journal.get(); }

private:
    struct Entry {
        std::string name;
        graph::Edit other; // the inverse where it is in effect, else the edit
        std::uint64_t state = 0;
    };
    Result<graph::Touched> step(Entry& entry);
    Result<void> log(const JournalRecord& record);
    Result<void> logEdit(const graph::Edit& edit);

    graph::Model m_model;
    std::vector<Entry> m_steps;
    std::size_t m_done = 0;
    std::uint64_t m_states = 0, m_saved = 0;
    std::unique_ptr<Journal> m_journal;
    // Edits that the journal can undo and redo: from m_base to before m_known. Behind those everything that
    // is done, undone or redone goes to it as an edit of its own; for good, once it was an undo.
    std::size_t m_base = 0, m_known = 0;
    bool m_onlyEdits = false;
};

// The model as its journal leaves it, with the history of that. The model must be the file that the journal
// names (identify() tells); a record that does not fit ends it, what came before stays. A Start is no step.
struct Recovery {
    History history;
    std::size_t records = 0; // read, refused ones among them
    std::size_t refused = 0; // edits that did not fit, as when they were made
    std::string stoppedBy;   // empty: all of them
};
Recovery recover(graph::Model model, const JournalContent& content);

} // namespace orrery::edit
