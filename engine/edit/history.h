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

    // Saved states: whether the model is as it was then.
    void markSaved() { m_saved = m_done; }
    bool isModified() const { return m_saved != m_done; }

    // From now on; replays nothing. The journal must be empty or end where this history is.
    void setJournal(std::unique_ptr<Journal> journal) { m_journal = std::move(journal); }
    Journal* journal() { return m_journal.get(); }

private:
    struct Entry {
        std::string name;
        graph::Edit other; // the inverse where it is in effect, else the edit
    };
    Result<graph::Touched> step(Entry& entry);
    Result<void> log(const JournalRecord& record);

    graph::Model m_model;
    std::vector<Entry> m_steps;
    std::size_t m_done = 0;
    std::optional<std::size_t> m_saved = 0; // none: what was saved cannot be reached any more
    std::unique_ptr<Journal> m_journal;
};

// The model as its journal leaves it, with the history of that. The model must be the file that the journal
// names (identify() tells); a record that does not fit ends it, what came before stays.
struct Recovery {
    History history;
    std::size_t records = 0; // read, refused ones among them
    std::size_t refused = 0; // edits that did not fit, as when they were made
    std::string stoppedBy;   // empty: all of them
};
Recovery recover(graph::Model model, const JournalContent& content);

} // namespace orrery::edit
