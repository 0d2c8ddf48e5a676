// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace orrery {
namespace {

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t length = 0; // 0: invalid UTF-8
};

CodePoint decode(std::string_view text)
{
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned first = byte(0);
    std::size_t length = first < 0x80                    ? 1
                         : first >= 0xc2 && first < 0xe0 ? 2
                         : first >= 0xe0 && first < 0xf0 ? 3
                         : first >= 0xf0 && first < 0xf5 ? 4
                                                         : 0;
    if (length == 0 || length > text.size())
        return {};
    if (length == 1)
        return {first, 1};
    std::uint32_t value = first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return {};
        value = value << 6 | (byte(i) & 0x3fu);
    }
    bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    bool surrogate = value >= 0xd800 && value < 0xe000;
    return overlong || surrogate || value > 0x10ffff ? CodePoint{} : CodePoint{value, length};
}

bool mustEscape(std::uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

std::string scaled(double value, double base, const char* const* units, std::size_t unitCount)
{
    std::size_t unit = 0;
    while (unit + 1 < unitCount && std::abs(value) >= base) {
        value /= base;
        ++unit;
    }
    std::array<char, 48> buffer{};
    int decimals = unit == 0 && value == std::floor(value) ? 0
                   : std::abs(value) < 10                  ? 2
                   : std::abs(value) < 100                 ? 1
                                                           : 0;
    std::snprintf(buffer.data(), buffer.size(), "%.*f %s", decimals, value, units[unit]);
    std::string text = buffer.data();
    while (!text.empty() && text.back() == ' ')
        text.pop_back();
    return text;
}

} // namespace

std::string displayText(std::string_view text, std::size_t maxBytes)
{
    std::string result;
    result.reserve(std::min(text.size(), maxBytes) + 16);
    std::size_t total = text.size();
    while (!text.empty()) {
        if (result.size() >= maxBytes) {
            result += "… (" + std::to_string(total) + " bytes)";
            break;
        }
        CodePoint c = decode(text);
        if (c.length != 0 && !mustEscape(c.value)) {
            result.append(text.substr(0, c.length));
        } else {
            std::array<char, 16> escape{};
            if (c.value == '\n' && c.length != 0)
                result += "\\n";
            else if (c.value == '\t' && c.length != 0)
                result += "\\t";
            else {
                if (c.length > 1)
                    std::snprintf(escape.data(), escape.size(), "\\u%04x", c.value);
                else
                    std::snprintf(escape.data(), escape.size(), "\\x%02x",
                                  static_cast<unsigned char>(text[0]));
                result += escape.data();
            }
        }
        text.remove_prefix(c.length == 0 ? 1 : c.length);
    }
    return result;
}

std::string formatBytes(std::int64_t bytes)
{
    static const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    return scaled(static_cast<double>(bytes), 1024, units, std::size(units));
}

std::string formatDurationNs(std::int64_t ns)
{
    static const char* const units[] = {"ns", "µs", "ms", "s"};
    return scaled(static_cast<double>(ns), 1000, units, std::size(units));
}

std::string formatCount(double count)
{
    static const char* const units[] = {"", "k", "M", "G", "T", "P"};
    return scaled(count, 1000, units, std::size(units));
}

} // namespace orrery
