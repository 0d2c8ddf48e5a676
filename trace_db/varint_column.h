#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Whole columns of varints, written and read through raw pointers: what a chunk is made of. The writer makes
// room for the worst case first; the reader checks every byte near the end of its span and stays failed after
// the first fault.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace orrery::trace_db {

inline std::uint64_t zigzagOf(std::uint64_t difference)
{
    return (difference << 1) ^ (0 - (difference >> 63));
}

inline std::uint64_t unzigzag(std::uint64_t v) { return (v >> 1) ^ (0 - (v & 1)); }

class ColumnWriter {
public:
    static constexpr std::size_t varintMaximum = 10;

    explicit ColumnWriter(std::vector<std::byte>& out)
        : m_out(out)
    {}

    // One varint of(i) for each i < n.
    template<class Of>
    void varints(std::size_t n, Of of)
    {
        std::byte* p = room(n * varintMaximum);
        for (std::size_t i = 0; i < n; ++i)
            p = put(p, of(i));
        shrinkTo(p);
    }

    // Runs of equal of(i): varint value, varint length.
    template<class Of>
    void runs(std::size_t n, Of of)
    {
        std::byte* p = room(n * 2 * varintMaximum);
        for (std::size_t i = 0; i < n;) {
            std::size_t end = i + 1;
            while (end < n && of(end) == of(i))
                ++end;
            p = put(p, of(i));
            p = put(p, end - i);
            i = end;
        }
        shrinkTo(p);
    }

private:
    static std::byte* put(std::byte* p, std::uint64_t value)
    {
        while (value >= 0x80) {
            *p++ = static_cast<std::byte>(value | 0x80);
            value >>= 7;
        }
        *p++ = static_cast<std::byte>(value);
        return p;
    }

    std::byte* room(std::size_t bytes)
    {
        std::size_t used = m_out.size();
        m_out.resize(used + bytes);
        return m_out.data() + used;
    }

    void shrinkTo(const std::byte* p) { m_out.resize(static_cast<std::size_t>(p - m_out.data())); }

    std::vector<std::byte>& m_out;
};

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
