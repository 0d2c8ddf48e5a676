// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/history.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::edit {
namespace {

std::string doesNotFit(std::size_t record, const Error& error)
{
    return fmt::format("record {} of the journal does not fit: {}", record, error.text());
}

} // namespace

Result<void> History::log(const JournalRecord& record)
{
    if (m_journal)
        TRY(m_journal->append(record));
    return {};
}

Result<void> History::logEdit(const graph::Edit& edit)
{
    if (!m_journal)
        return {};
    if (auto record = withoutKeptBytes(m_model, edit))
        return log(std::move(*record));
    return log(edit);
}

void History::setJournal(std::unique_ptr<Journal> journal, std::size_t base)
{
    m_journal = std::move(journal);
    m_base = base;
    m_known = m_done;
    m_onlyEdits = false;
}

// The journal comes first: an edit that it cannot take is not made, and of one that is refused it tells, too,
// since a group may have taken slots of the arena before it was refused, on which later ids count.
Result<graph::Touched> History::apply(const graph::Edit& edit)
{
    TRY(logEdit(edit));
    auto inverse = graph::apply(m_model, edit);
    if (!inverse.ok())
        return inverse.releaseError();
    m_steps.resize(m_done);
    graph::Touched touched = graph::touchedBy(edit, *inverse);
    m_steps.push_back({graph::editName(edit), inverse.releaseValue(), ++m_states});
    m_known = ++m_done;
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
    Entry& entry = m_steps[m_done - 1];
    m_onlyEdits = m_onlyEdits || (m_journal && m_done <= m_base);
    TRY(m_onlyEdits ? logEdit(entry.other) : log(UndoRecord()));
    --m_done;
    return step(entry);
}

Result<graph::Touched> History::redo()
{
    if (!canRedo())
        return Error{ErrorCode::Usage, "there is nothing to redo", {}};
    Entry& entry = m_steps[m_done];
    TRY(m_onlyEdits || m_done >= m_known ? logEdit(entry.other) : log(RedoRecord()));
    m_known = std::max(m_known, ++m_done);
    return step(entry);
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
    std::string wrongStart;
    if (!content.records.empty())
        if (const auto* start = std::get_if<Start>(&content.records.front()))
            if (auto resumed = resume(model, *start); !resumed.ok())
                wrongStart = resumed.error().text();
    Recovery recovery{History(std::move(model)), 0, 0, std::move(wrongStart)};
    if (!recovery.stoppedBy.empty())
        return recovery;
    History& history = recovery.history;
    for (const JournalRecord& record : content.records) {
        if (std::holds_alternative<Start>(record)) {
            if (recovery.records != 0) {
                recovery.stoppedBy = "the journal begins twice";
                return recovery;
            }
        } else if (auto* edit = std::get_if<graph::Edit>(&record)) {
            if (!history.apply(*edit).ok())
                ++recovery.refused;
        } else if (auto* shorter = std::get_if<KeptBytes>(&record)) {
            auto whole = withKeptBytes(history.model(), *shorter);
            if (!whole.ok()) {
                recovery.stoppedBy = doesNotFit(recovery.records, whole.error());
                return recovery;
            }
            if (!history.apply(*whole).ok())
                ++recovery.refused;
        } else {
            auto done = std::holds_alternative<UndoRecord>(record) ? history.undo() : history.redo();
            if (!done.ok()) {
                recovery.stoppedBy = doesNotFit(recovery.records, done.error());
                return recovery;
            }
        }
        ++recovery.records;
    }
    return recovery;
}

} // namespace orrery::edit
