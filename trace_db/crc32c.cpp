// SPDX-License-Identifier: Apache-2.0
//
// With the instruction of SSE 4.2 where the machine has it, else slicing by 8: eight tables let eight bytes
// be folded in with independent look-ups (Kounavis and Berry, 2005).
#include "trace_db/crc32c.h"

#include <array>
#include <cstring>

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace orrery::trace_db {
namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables makeTables()
{
    Tables tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
        tables[0][i] = crc;
    }
    for (std::size_t k = 1; k < 8; ++k)
        for (std::size_t i = 0; i < 256; ++i)
            tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xff];
    return tables;
}

constexpr Tables tables = makeTables();

#ifdef __x86_64__
__attribute__((target("sse4.2"))) std::uint32_t withInstruction(std::span<const std::byte> bytes)
{
    const std::byte* p = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t crc = 0xffffffff;
    for (; left >= 8; left -= 8, p += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, p, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    auto low = static_cast<std::uint32_t>(crc);
    for (; left > 0; --left, ++p)
        low = _mm_crc32_u8(low, std::to_integer<unsigned char>(*p));
    return ~low;
}
#endif

} // namespace

std::uint32_t crc32cPortable(std::span<const std::byte> bytes)
{
    const std::byte* p = bytes.data();
    std::size_t left = bytes.size();
    std::uint32_t crc = 0xffffffff;
    for (; left >= 8; left -= 8, p += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, p, 8);
        word ^= crc;
        crc = 0;
        for (std::size_t k = 0; k < 8; ++k)
            crc ^= tables[7 - k][(word >> (8 * k)) & 0xff];
    }
    for (; left > 0; --left, ++p)
        crc = (crc >> 8) ^ tables[0][(crc ^ std::to_integer<std::uint32_t>(*p)) & 0xff];
    return ~crc;
}

std::uint32_t crc32c(std::span<const std::byte> bytes)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2"))
        return withInstruction(bytes);
#endif
    return crc32cPortable(bytes);
}

} // namespace orrery::trace_db
