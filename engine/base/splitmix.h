#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Seeded numbers that are the same on every machine: splitmix64 (Steele, Lea and Flood, "Fast splittable
// pseudorandom number generators", 2014). Uniform floats come from the upper 24 bits, normal ones from two
// of these (Box and Muller, 1958). Not for secrets.

#include <cmath>
#include <cstdint>
#include <numbers>

namespace orrery {

class SplitMix {
public:
    explicit SplitMix(std::uint64_t seed)
        : m_state(seed)
    {}

    std::uint64_t next()
    {
        m_state += 0x9e3779b97f4a7c15;
        std::uint64_t z = (m_state ^ (m_state >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    float uniform() { return static_cast<float>(next() >> 40) * 0x1p-24f; } // in [0, 1)
    float normal()                                                          // mean 0, deviation 1
    {
        const double a = 1.0 - static_cast<double>(next() >> 11) * 0x1p-53; // in (0, 1]
        const double b = static_cast<double>(next() >> 11) * 0x1p-53;
        return static_cast<float>(std::sqrt(-2 * std::log(a)) * std::cos(2 * std::numbers::pi * b));
    }

private:
    std::uint64_t m_state;
};

} // namespace orrery
