#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli, reflected, as in RFC 3720 appendix B.4) of a span of bytes.

#include <cstddef>
#include <cstdint>
#include <span>

namespace orrery::trace_db {

std::uint32_t crc32c(std::span<const std::byte> bytes);
std::uint32_t crc32cPortable(std::span<const std::byte> bytes); // without special instructions; the same sum

} // namespace orrery::trace_db
