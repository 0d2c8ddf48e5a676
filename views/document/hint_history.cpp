// SPDX-License-Identifier: Apache-2.0
#include "views/document/hint_history.h"

#include "engine/base/text.h"
#include "views/document/document.h"

#include <QScopedValueRollback>

namespace orrery::document {
namespace {

constexpr std::size_t mostSteps = 1000;

} // namespace

HintHistory::HintHistory(Document& document)
    : m_document(document)
{
    connect(&document, &Document::contentChanged, this, &HintHistory::forget);
    connect(&document, &Document::planHintsChanged, this, &HintHistory::onChanged);
}

void HintHistory::forget()
{
    m_steps.clear();
    m_position = 0;
    m_now = m_document.planHints();
}

// Also of changes that others make.
void HintHistory::onChanged()
{
    const passes::PlanHints before = std::exchange(m_now, m_document.planHints());
    if (m_isMoving || before == m_now)
        return;
    QString name = m_name;
    if (name.isEmpty())
        name = m_now.count() > before.count()   ? tr("Apply plan hints")
               : m_now.count() < before.count() ? tr("Take plan hints back")
                                                : tr("Change plan hints");
    m_steps.resize(m_position);
    if (m_steps.size() == mostSteps)
        m_steps.erase(m_steps.begin());
    m_steps.push_back({name, before, m_now});
    m_position = m_steps.size();
}

Result<void> HintHistory::change(const passes::PlanHints& hints, const QString& name)
{
    if (hints == m_document.planHints())
        return {};
    const QScopedValueRollback naming(m_name, name);
    return m_document.setPlanHints(hints);
}

bool HintHistory::set(const passes::PlanHints& hints)
{
    const QScopedValueRollback moving(m_isMoving, true);
    const auto done = m_document.setPlanHints(hints);
    if (!done.ok())
        emit m_document.message(QString::fromStdString(displayText(done.error().text(), 1000)));
    return done.ok();
}

void HintHistory::undo()
{
    if (canUndo() && set(m_steps[m_position - 1].before)) {
        --m_position;
        emit m_document.message(tr("Taken back: %1").arg(m_steps[m_position].name));
    }
}

void HintHistory::redo()
{
    if (canRedo() && set(m_steps[m_position].after)) {
        ++m_position;
        emit m_document.message(tr("Done again: %1").arg(m_steps[m_position - 1].name));
    }
}

} // namespace orrery::document
