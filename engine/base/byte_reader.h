#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ByteReader / ByteWriter: bounds-checked little-endian encoding for our own frames, chunks and layout
// requests. A reader never reads past its span: the first failed read marks it failed, returns zero and every
// later read does the same, so a decoder checks failed() once per record. Counts are checked against the
// remaining bytes.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace orrery {

class ByteReader {
public:
    explicit ByteReader(std::span<const std::byte> bytes)
        : m_bytes(bytes)
    {}

    bool failed() const { return m_failed; }
    bool atEnd() const { return m_position == m_bytes.size(); }
    std::size_t position() const { return m_position; }
    std::size_t remaining() const { return m_bytes.size() - m_position; }
    void fail() { m_failed = true; }

    template<class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T> T fixed()
    {
        T value{};
        auto from = take(sizeof(T));
        if (!from.empty())
            std::memcpy(&value, from.data(), sizeof(T));
        return value;
    }

    std::uint64_t varint()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            auto from = take(1);
            if (from.empty())
                return 0;
            auto byte = std::to_integer<std::uint64_t>(from[0]);
            if (shift == 63 && byte > 1)
                break;
            value |= (byte & 0x7f) << shift;
            if ((byte & 0x80) == 0)
                return value;
        }
        m_failed = true;
        return 0;
    }

    std::int64_t zigzag()
    {
        std::uint64_t v = varint();
        return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
    }

    // A count of records that each take at least minimumBytes; fails when they cannot fit in what remains.
    std::size_t count(std::size_t minimumBytes = 1)
    {
        std::uint64_t n = varint();
        if (minimumBytes != 0 && n > remaining() / minimumBytes) {
            m_failed = true;
            return 0;
        }
        return m_failed ? 0 : static_cast<std::size_t>(n);
    }

    std::string string()
    {
        auto from = take(count());
        return std::string(reinterpret_cast<const char*>(from.data()), from.size());
    }

    // The next n bytes; empty and failed when fewer remain.
    std::span<const std::byte> take(std::size_t n)
    {
        if (m_failed || n > remaining()) {
            m_failed = true;
            return {};
        }
        auto result = m_bytes.subspan(m_position, n);
        m_position += n;
        return result;
    }

private:
    std::span<const std::byte> m_bytes;
    std::size_t m_position = 0;
    bool m_failed = false;
};

class ByteWriter {
public:
    const std::vector<std::byte>& bytes() const { return m_bytes; }
    std::vector<std::byte> release() { return std::move(m_bytes); }
    std::size_t size() const { return m_bytes.size(); }
    void clear() { m_bytes.clear(); }

    template<class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
    void fixed(T value) { raw(&value, sizeof(T)); }

    void varint(std::uint64_t value)
    {
        while (value >= 0x80) {
            m_bytes.push_back(static_cast<std::byte>(value | 0x80));
            value >>= 7;
        }
        m_bytes.push_back(static_cast<std::byte>(value));
    }

    void zigzag(std::int64_t value)
    {
        varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
    }

    void string(std::string_view text)
    {
        varint(text.size());
        raw(text.data(), text.size());
    }

    void raw(const void* data, std::size_t size)
    {
        auto* from = static_cast<const std::byte*>(data);
        m_bytes.insert(m_bytes.end(), from, from + size);
    }

private:
    std::vector<std::byte> m_bytes;
};

static_assert(std::endian::native == std::endian::little, "the on-disk encodings are little-endian");

} // namespace orrery
