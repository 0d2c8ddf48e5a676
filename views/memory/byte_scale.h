#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Marks of an axis of bytes: 1, 2 or 5 times a power of ten of the unit that suits (KiB, MiB …), from 0 on.

#include <QString>

#include <cstdint>
#include <vector>

namespace orrery::memory {

struct ByteTick {
    double bytes = 0;
    QString text; // with its unit
};

// At most `most` marks above 0 (at least one is asked for), the last one not above `top`.
std::vector<ByteTick> byteTicks(double top, int most);

QString bytesText(std::int64_t bytes);       // "1.25 MiB"
QString signedBytesText(std::int64_t bytes); // "+1.25 MiB", "−3 KiB", "0 B"

} // namespace orrery::memory
