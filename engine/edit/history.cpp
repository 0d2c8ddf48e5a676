// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/history.h"

#include <fmt/format.h>

namespace orrery::edit {
Result<void> History::log(const JournalRecord& record)
{
    if (m_journal)
        TRY(m_journal->append(record));
    return {};
}

// The journal comes first: an edit that it cannot take is not made, and of one that is refused it tells, too,
// since a group may have taken slots of the arena before it was refused, on which later ids count.
Result<graph::Touched> History::apply(const graph::Edit& edit)
{
    TRY(log(edit));
    auto inverse = graph::apply(m_model, edit);
    if (!inverse.ok())
        return inverse.releaseError();
    if (m_saved && *m_saved > m_done)
        m_saved.reset();
    m_steps.resize(m_done);
    graph::Touched touched = graph::touchedBy(edit, *inverse);
    m_steps.push_back({graph::editName(edit), inverse.releaseValue()});
    ++m_done;
    return touched;
}

Result<graph::Touched> History::step(Entry& entry)
{
    graph::Edit applied = std::move(entry.other);
    auto inverse = graph::apply(m_model, applied);
    CHECK(inverse.ok()); // the model is as it was after the edit, or before it
    graph::Touched touched = graph::touchedBy(applied, *inverse);
    entry.other = inverse.releaseValue();
    return touched;
}

Result<graph::Touched> History::undo()
{
    if (!canUndo())
        return Error{ErrorCode::Usage, "there is nothing to undo", {}};
    TRY(log(UndoRecord()));
    return step(m_steps[--m_done]);
}

Result<graph::Touched> History::redo()
{
    if (!canRedo())
        return Error{ErrorCode::Usage, "there is nothing to redo", {}};
    TRY(log(RedoRecord()));
    return step(m_steps[m_done++]);
}

Result<void> History::goTo(std::size_t done)
{
    if (done > m_steps.size())
        return Error{ErrorCode::Usage, fmt::format("there are {} edits, not {}", m_steps.size(), done), {}};
    while (m_done > done)
        TRY(undo());
    while (m_done < done)
        TRY(redo());
    return {};
}

Recovery recover(graph::Model model, const JournalContent& content)
{
    Recovery recovery{History(std::move(model)), 0, 0, {}};
    History& history = recovery.history;
    for (const JournalRecord& record : content.records) {
        if (auto* edit = std::get_if<graph::Edit>(&record)) {
            if (!history.apply(*edit).ok())
                ++recovery.refused;
        } else {
            auto done = std::holds_alternative<UndoRecord>(record) ? history.undo() : history.redo();
            if (!done.ok()) {
                recovery.stoppedBy = fmt::format("record {} of the journal does not fit: {}",
                                                 recovery.records, done.error().text());
                return recovery;
            }
        }
        ++recovery.records;
    }
    return recovery;
}

} // namespace orrery::edit
