#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The frames between the program and orrery-layout: sizes and indices only, never a text. A frame is a 32-bit
// magic, a 32-bit payload length, and the payload; little-endian. Neither side trusts the other: counts are
// checked before anything is allocated, coordinates before they are used.

#include "views/layout/layout.h"

#include <cstddef>
#include <span>
#include <vector>

namespace orrery::layout {

inline constexpr std::uint32_t requestMagic = 0x514c524f; // "ORLQ"
inline constexpr std::uint32_t replyMagic = 0x524c524f;   // "ORLR"
inline constexpr std::size_t frameHeaderBytes = 8;
inline constexpr std::size_t maxFrameBytes = 16u << 20;

// Whole frames, header included.
std::vector<std::byte> encodeRequest(const Level& level);
std::vector<std::byte> encodeReply(const LevelResult& result);
std::vector<std::byte> encodeRefusal(); // "I could not lay this out"

// The payload's length; fails on a wrong magic or a length over the limit.
Result<std::size_t> decodeHeader(std::span<const std::byte> header, std::uint32_t magic);
Result<Level> decodeRequest(std::span<const std::byte> payload);
// Fails on a refusal, on counts other than the level's, on points that are not finite or far away, on boxes
// that overlap, and on bytes left over. The result starts at 0, 0 and its edges end at the boxes.
Result<LevelResult> decodeReply(std::span<const std::byte> payload, const Level& level);

} // namespace orrery::layout
