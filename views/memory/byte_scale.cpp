// SPDX-License-Identifier: Apache-2.0
#include "views/memory/byte_scale.h"

#include "engine/base/text.h"

#include <cmath>

namespace orrery::memory {

std::vector<ByteTick> byteTicks(double top, int most)
{
    std::vector<ByteTick> ticks;
    if (!(top > 0) || !std::isfinite(top))
        return ticks;
    const double least = top / std::max(1, most);
    const int power = std::clamp(int(std::floor(std::log2(std::max(1.0, least * 2)) / 10)), 0, 6);
    const double unit = std::pow(1024, power);
    double step =
        std::pow(10, std::floor(std::log10(std::max(least / unit, power == 0 ? 1.0 : 1e-3)))) * unit;
    for (const double factor : {1.0, 2.0, 5.0, 10.0})
        if (factor * step >= least) {
            step *= factor;
            break;
        }
    static const char* const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    for (int i = 1; i <= most && i * step <= top * 1.000001; ++i)
        ticks.push_back({i * step, QString("%1 %2").arg(i * step / unit, 0, 'g', 4).arg(names[power])});
    return ticks;
}

QString bytesText(std::int64_t bytes) { return QString::fromStdString(formatBytes(bytes)); }

QString signedBytesText(std::int64_t bytes)
{
    if (bytes == 0)
        return bytesText(0);
    return (bytes > 0 ? "+" : "−") + bytesText(bytes > 0 ? bytes : bytes == INT64_MIN ? INT64_MAX : -bytes);
}

} // namespace orrery::memory
