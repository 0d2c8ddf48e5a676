#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Varints, which a chunk is made of: one written through a pointer, for which the caller has made room, and
// whole columns read. The reader checks every byte and stays failed after the first fault.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace orrery::trace_db {

inline std::uint64_t zigzagOf(std::uint64_t difference)
{
    return (difference << 1) ^ (0 - (difference >> 63));
}

inline std::uint64_t unzigzag(std::uint64_t v) { return (v >> 1) ^ (0 - (v & 1)); }

inline constexpr std::size_t varintMaximum = 10;

// Writes a varint and returns its end; up to 7 bytes behind that end are overwritten. Without a branch for
// what is below 2^56: the groups of 7 bits are moved apart into bytes, halves first.
inline std::byte* putVarint(std::byte* p, std::uint64_t value)
{
    if ((value >> 56) != 0) [[unlikely]] {
        for (; value >= 0x80; value >>= 7)
            *p++ = static_cast<std::byte>(value | 0x80);
        *p++ = static_cast<std::byte>(value);
        return p;
    }
    std::uint64_t v = (value & 0x000000000fffffff) | ((value & 0x00fffffff0000000) << 4);
    v = (v & 0x00003fff00003fff) | ((v & 0x0fffc0000fffc000) << 2);
    v = (v & 0x007f007f007f007f) | ((v & 0x3f803f803f803f80) << 1);
    auto last = static_cast<unsigned>(std::bit_width(v | 1) - 1) / 8;
    v |= 0x8080808080808080 & ((std::uint64_t{1} << (8 * last)) - 1);
    std::memcpy(p, &v, sizeof v);
    return p + last + 1;
}

class ColumnReader {
public:
    explicit ColumnReader(std::span<const std::byte> bytes)
        : m_begin(bytes.data())
        , m_at(bytes.data())
        , m_end(bytes.data() + bytes.size())
    {}

    bool failed() const { return m_failed; }
    bool atEnd() const { return m_at == m_end; }
    std::size_t position() const { return static_cast<std::size_t>(m_at - m_begin); }
    std::size_t remaining() const { return static_cast<std::size_t>(m_end - m_at); }
    void fail() { m_failed = true; }

    std::uint64_t varint()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && m_at != m_end && !m_failed; shift += 7) {
            auto byte = std::to_integer<std::uint64_t>(*m_at++);
            if (shift == 63 && byte > 1)
                break;
            value |= (byte & 0x7f) << shift;
            if (byte < 0x80)
                return value;
        }
        m_failed = true;
        return 0;
    }

    // to(i, value) for each i < n.
    template<class To>
    void varints(std::size_t n, To to)
    {
        for (std::size_t i = 0; i < n && !m_failed; ++i)
            to(i, varint());
    }

    // The runs must cover exactly n entries, each value at most maximum.
    template<class To>
    void runs(std::size_t n, std::uint64_t maximum, To to)
    {
        for (std::size_t i = 0; i < n && !m_failed;) {
            std::uint64_t value = varint();
            std::uint64_t length = varint();
            if (m_failed || value > maximum || length == 0 || length > n - i) {
                m_failed = true;
                return;
            }
            for (std::size_t end = i + static_cast<std::size_t>(length); i < end; ++i)
                to(i, value);
        }
    }

private:
    const std::byte* m_begin;
    const std::byte* m_at;
    const std::byte* m_end;
    bool m_failed = false;
};

} // namespace orrery::trace_db
