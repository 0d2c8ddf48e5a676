// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a chunk of events. The first byte chooses: as they are, or behind a checksum that is right, so
// that the columns are reached.
#include "trace_db/chunk_codec.h"
#include "trace_db/crc32c.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

using namespace orrery::trace_db;

template<class Event>
static void decode(std::span<const std::byte> bytes)
{
    std::vector<Event> events;
    if (!decodeChunk(bytes, events))
        return;
    std::vector<Event> again;
    if (!decodeChunk(encodeChunk(std::span<const Event>(events)), again) || again != events)
        std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::span<const std::byte> given = std::as_bytes(std::span(data, size)).subspan(1);
    std::vector<std::byte> bytes(given.begin(), given.end());
    if (data[0] % 2 == 0 && bytes.size() > 4) {
        std::uint32_t crc = crc32c(std::span<const std::byte>(bytes).subspan(4));
        std::memcpy(bytes.data(), &crc, sizeof crc);
    }
    decode<OpEvent>(bytes);
    decode<AllocEvent>(bytes);
    return 0;
}
