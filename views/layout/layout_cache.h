#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// LayoutCache: results by the exact content of the level (sizes, edges, options), so that a block that occurs
// two thousand times in a model is laid out once. Remembers failures too. Least recently used go first. Any
// thread.

#include "views/layout/layout.h"

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace orrery::layout {

class LayoutCache {
public:
    explicit LayoutCache(std::size_t limitBytes = 32u << 20);

    struct Answer {
        bool known = false;
        std::optional<LevelResult> result; // nothing: this level could not be laid out
    };
    Answer find(const std::string& key);
    void insert(const std::string& key, std::optional<LevelResult> result);

    // All that a level's layout depends on, as bytes.
    static std::string keyOf(const Level& level);

private:
    struct Entry {
        std::string key;
        std::optional<LevelResult> result;
        std::size_t bytes;
    };
    std::mutex m_mutex;
    std::size_t m_limitBytes, m_bytes = 0;
    std::list<Entry> m_entries; // most recently used first
    std::unordered_map<std::string, std::list<Entry>::iterator> m_byKey;
};

} // namespace orrery::layout
