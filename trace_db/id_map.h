#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// IdMap<T>: values by 32-bit id, in one flat array (open addressing, linear probing), at most half full. Made
// for ids that come and go with every event: nothing is allocated but when it grows. References hold until
// the next insertion or removal.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace orrery::trace_db {

template<class T>
class IdMap {
public:
    T* find(std::uint32_t id)
    {
        if (m_used == 0)
            return nullptr;
        Slot& slot = m_slots[place(id)];
        return slot.used ? &slot.value : nullptr;
    }

    T& operator[](std::uint32_t id)
    {
        if ((m_used + 1) * 2 > m_slots.size())
            grow();
        Slot& slot = m_slots[place(id)];
        if (!slot.used) {
            slot = {.id = id, .used = true, .value = {}};
            ++m_used;
        }
        return slot.value;
    }

    // Later members of the same chain move up, so that no gap parts them from where they are looked for.
    void erase(std::uint32_t id)
    {
        if (find(id) == nullptr)
            return;
        std::size_t mask = m_slots.size() - 1;
        std::size_t gap = place(id);
        for (std::size_t at = (gap + 1) & mask; m_slots[at].used; at = (at + 1) & mask) {
            std::size_t wanted = home(m_slots[at].id);
            if (((at - wanted) & mask) >= ((at - gap) & mask)) {
                m_slots[gap] = std::move(m_slots[at]);
                gap = at;
            }
        }
        m_slots[gap].used = false;
        --m_used;
    }

private:
    struct Slot {
        std::uint32_t id = 0;
        bool used = false;
        T value = {};
    };

    std::size_t home(std::uint32_t id) const
    {
        constexpr std::uint64_t golden = 0x9e3779b97f4a7c15; // spreads ids that are equally far apart
        return static_cast<std::size_t>((id * golden) >> m_shift);
    }

    std::size_t place(std::uint32_t id) const // where the id is, or else would go
    {
        std::size_t at = home(id);
        while (m_slots[at].used && m_slots[at].id != id)
            at = (at + 1) & (m_slots.size() - 1);
        return at;
    }

    void grow()
    {
        std::vector<Slot> old(m_slots.empty() ? 64 : m_slots.size() * 2);
        old.swap(m_slots);
        m_shift = 64 - static_cast<unsigned>(std::countr_zero(m_slots.size()));
        for (Slot& slot : old)
            if (slot.used)
                m_slots[place(slot.id)] = std::move(slot);
    }

    std::vector<Slot> m_slots; // a power of two
    std::size_t m_used = 0;
    unsigned m_shift = 0;
};

} // namespace orrery::trace_db
