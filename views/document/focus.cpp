// SPDX-License-Identifier: Apache-2.0
#include "views/document/focus.h"

namespace orrery::document {

void Focus::select(GraphStage stage, std::uint64_t key)
{
    const CurrentNode next = key == canvas::noKey ? CurrentNode{} : CurrentNode{stage, key};
    if (next == m_current)
        return;
    m_current = next;
    const bool wereMore = !m_alsoSelected.empty();
    m_alsoSelected.clear();
    emit currentChanged();
    if (wereMore)
        emit alsoSelectedChanged();
}

void Focus::setAlsoSelected(std::vector<std::uint64_t> keys)
{
    std::erase(keys, m_current.key);
    if (keys == m_alsoSelected)
        return;
    m_alsoSelected = std::move(keys);
    emit alsoSelectedChanged();
}

void Focus::setProjection(const QString& id)
{
    if (id == m_projection)
        return;
    m_projection = id;
    emit projectionChanged();
}

void Focus::setOverlay(const QString& id)
{
    if (id == m_overlay)
        return;
    m_overlay = id;
    emit overlayChanged();
}

void Focus::setFilter(const QString& text)
{
    if (text == m_filter)
        return;
    m_filter = text;
    emit filterChanged();
}

void Focus::setRange(const trace_db::TimeRange& range)
{
    const trace_db::TimeRange next = range.empty() ? trace_db::TimeRange{} : range;
    if (next == m_range)
        return;
    m_range = next;
    emit rangeChanged();
}

} // namespace orrery::document
