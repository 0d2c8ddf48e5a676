#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Shelf: objects handed out for reading that come back when the last reader lets go, to be changed and handed
// out again. The last may let go on any thread, and after the shelf is gone.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace orrery::document {

template<class T>
class Shelf {
public:
    struct Kept {
        std::unique_ptr<T> object; // null: none
        std::uint64_t state = 0;
    };

    // The object of the newest state that came back.
    Kept take()
    {
        const std::lock_guard lock(m_place->mutex);
        auto& kept = m_place->kept;
        auto newest = std::max_element(kept.begin(), kept.end(),
                                       [](const Kept& a, const Kept& b) { return a.state < b.state; });
        if (newest == kept.end())
            return {};
        Kept taken = std::move(*newest);
        kept.erase(newest);
        return taken;
    }

    std::shared_ptr<const T> lend(Kept kept)
    {
        return std::shared_ptr<T>(kept.object.release(),
                                  [place = std::weak_ptr(m_place), state = kept.state](T* returned) {
                                      Kept back{std::unique_ptr<T>(returned), state};
                                      if (auto shelf = place.lock())
                                          shelf->put(std::move(back));
                                  });
    }

private:
    struct Place {
        static constexpr std::size_t most = 2;

        Place() { kept.reserve(most + 1); }
        void put(Kept back)
        {
            Kept tooMany; // goes after the lock
            const std::lock_guard lock(mutex);
            kept.push_back(std::move(back));
            if (kept.size() > most) {
                auto oldest = std::min_element(
                    kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.state < b.state; });
                tooMany = std::move(*oldest);
                kept.erase(oldest);
            }
        }

        std::mutex mutex;
        std::vector<Kept> kept;
    };
    std::shared_ptr<Place> m_place = std::make_shared<Place>();
};

} // namespace orrery::document
