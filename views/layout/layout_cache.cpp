// SPDX-License-Identifier: Apache-2.0
#include "views/layout/layout_cache.h"

#include "views/layout/layout_protocol.h"

namespace orrery::layout {

LayoutCache::LayoutCache(std::size_t limitBytes)
    : m_limitBytes(limitBytes)
{}

std::string LayoutCache::keyOf(const Level& level)
{
    const auto bytes = encodeRequest(level);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

LayoutCache::Answer LayoutCache::find(const std::string& key)
{
    std::lock_guard lock(m_mutex);
    auto found = m_byKey.find(key);
    if (found == m_byKey.end())
        return {};
    m_entries.splice(m_entries.begin(), m_entries, found->second);
    return {true, found->second->result};
}

void LayoutCache::insert(const std::string& key, std::optional<LevelResult> result)
{
    std::lock_guard lock(m_mutex);
    if (auto found = m_byKey.find(key); found != m_byKey.end()) {
        m_bytes -= found->second->bytes;
        m_entries.erase(found->second);
        m_byKey.erase(found);
    }
    std::size_t bytes = 2 * key.size() + sizeof(Entry);
    if (result)
        bytes += result->points.size() * sizeof(Point) + result->centers.size() * sizeof(Point);
    m_entries.push_front({key, std::move(result), bytes});
    m_byKey[key] = m_entries.begin();
    m_bytes += bytes;
    while (m_bytes > m_limitBytes && m_entries.size() > 1) {
        m_bytes -= m_entries.back().bytes;
        m_byKey.erase(m_entries.back().key);
        m_entries.pop_back();
    }
}

} // namespace orrery::layout
