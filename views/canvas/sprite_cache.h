#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// SpriteCache: pictures of nodes and texts, drawn once and blitted often (a rounded, antialiased card costs
// ten times the blit of its picture). Keys are 64-bit hashes of all that the picture shows; the least
// recently used go when the limit is passed. Sprites are device pixels: one per zoom and device pixel ratio.
// One thread.

#include <QPixmap>

#include <cstdint>
#include <list>
#include <unordered_map>

namespace orrery::canvas {

class SpriteCache {
public:
    explicit SpriteCache(std::size_t limitBytes = 48u << 20);

    // Null when absent. The pointer is good until the next insert() or clear().
    const QPixmap* find(std::uint64_t key);
    const QPixmap* insert(std::uint64_t key, QPixmap pixmap);
    void clear();
    std::size_t bytes() const { return m_bytes; }

private:
    struct Entry {
        std::uint64_t key;
        QPixmap pixmap;
        std::size_t bytes;
    };
    std::size_t m_limitBytes;
    std::size_t m_bytes = 0;
    std::list<Entry> m_entries; // most recently used first
    std::unordered_map<std::uint64_t, std::list<Entry>::iterator> m_byKey;
};

} // namespace orrery::canvas
