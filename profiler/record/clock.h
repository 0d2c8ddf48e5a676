#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Clock: time stamps for the recorder. Ticks of the processor's time-stamp counter where it is invariant and
// the kernel trusts it, measured against CLOCK_MONOTONIC; else CLOCK_MONOTONIC itself (by the vDSO, no system
// call). A consumer turns ticks into CLOCK_MONOTONIC nanoseconds with ClockParameters alone.

#include <cstdint>
#include <ctime>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace orrery::record {

enum class ClockSource : std::uint32_t { Monotonic, TimeStampCounter };

struct ClockParameters {
    ClockSource source = ClockSource::Monotonic;
    std::uint64_t baseTicks = 0;
    std::int64_t baseNs = 0;
    double nsPerTick = 1;

    // Any input is allowed; what does not fit is clamped.
    std::int64_t toNs(std::uint64_t ticks) const;
    bool plausible() const; // finite, positive, at most a second per tick
};

inline std::int64_t monotonicNs()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

class Clock {
public:
    // Takes the first of two measurements; the rate is as good as the time until parameters() is long.
    Clock();
    static Clock monotonic(); // without the counter, for tests and comparisons

    std::uint64_t now() const
    {
#if defined(__x86_64__)
        if (m_source == ClockSource::TimeStampCounter)
            return __rdtsc();
#endif
        return static_cast<std::uint64_t>(monotonicNs());
    }

    ClockSource source() const { return m_source; }
    // Takes the second measurement, waiting until at least 20 ms have passed since the first.
    ClockParameters parameters() const;

private:
    explicit Clock(ClockSource source);

    ClockSource m_source;
    std::uint64_t m_firstTicks = 0;
    std::int64_t m_firstNs = 0;
};

} // namespace orrery::record
