// SPDX-License-Identifier: Apache-2.0
#include "views/canvas/sprite_cache.h"

namespace orrery::canvas {

SpriteCache::SpriteCache(std::size_t limitBytes)
    : m_limitBytes(limitBytes)
{}

const QPixmap* SpriteCache::find(std::uint64_t key)
{
    auto found = m_byKey.find(key);
    if (found == m_byKey.end())
        return nullptr;
    m_entries.splice(m_entries.begin(), m_entries, found->second);
    return &found->second->pixmap;
}

const QPixmap* SpriteCache::insert(std::uint64_t key, QPixmap pixmap)
{
    if (auto found = m_byKey.find(key); found != m_byKey.end()) {
        m_bytes -= found->second->bytes;
        m_entries.erase(found->second);
        m_byKey.erase(found);
    }
    const std::size_t bytes = std::size_t(pixmap.width()) * std::size_t(pixmap.height()) * 4 + sizeof(Entry);
    m_entries.push_front({key, std::move(pixmap), bytes});
    m_byKey[key] = m_entries.begin();
    m_bytes += bytes;
    while (m_bytes > m_limitBytes && m_entries.size() > 1) {
        m_bytes -= m_entries.back().bytes;
        m_byKey.erase(m_entries.back().key);
        m_entries.pop_back();
    }
    return &m_entries.front().pixmap;
}

void SpriteCache::clear()
{
    m_entries.clear();
    m_byKey.clear();
    m_bytes = 0;
}

} // namespace orrery::canvas
