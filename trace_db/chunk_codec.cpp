// SPDX-License-Identifier: Apache-2.0
#include "trace_db/chunk_codec.h"

#include "trace_db/crc32c.h"
#include "trace_db/varint_column.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace orrery::trace_db {
namespace {

constexpr std::uint64_t u32Maximum = 0xffffffff;
constexpr std::int64_t timeMaximum = std::numeric_limits<std::int64_t>::max();

enum class Codec : std::uint8_t { Op = 1, Alloc = 2 };

std::uint64_t bits(std::int64_t v) { return static_cast<std::uint64_t>(v); }
std::int64_t time(std::uint64_t v) { return static_cast<std::int64_t>(v); }

Error fault(std::size_t byte, std::string what)
{
    return {ErrorCode::BadFile, "damaged chunk of events: " + std::move(what),
            "byte " + std::to_string(byte)};
}

void begin(std::vector<std::byte>& out, Codec codec, std::size_t n)
{
    out.resize(5);
    out[4] = static_cast<std::byte>(codec);
    ColumnWriter(out).varints(1, [n](std::size_t) { return n; });
}

void seal(std::vector<std::byte>& out)
{
    std::uint32_t crc = crc32c(std::span<const std::byte>(out).subspan(4));
    std::memcpy(out.data(), &crc, sizeof crc);
}

// Checks the frame; the reader's bytes begin after the codec.
Result<std::size_t> open(std::span<const std::byte> bytes, Codec codec, ColumnReader& reader,
                         std::size_t least)
{
    std::uint32_t stored = 0;
    if (bytes.size() < 6)
        return fault(bytes.size(), "it ends within its header");
    std::memcpy(&stored, bytes.data(), sizeof stored);
    if (crc32c(bytes.subspan(4)) != stored)
        return fault(0, "its checksum does not match");
    if (bytes[4] != static_cast<std::byte>(codec))
        return fault(4, "codec " + std::to_string(std::to_integer<int>(bytes[4])) + " is not " +
                            std::to_string(static_cast<int>(codec)));
    std::uint64_t n = reader.varint();
    if (reader.failed() || n == 0 || n > chunkEvents || n * least > reader.remaining())
        return fault(5, "its count of events is not between 1 and 4,096, or does not fit its size");
    return static_cast<std::size_t>(n);
}

Result<void> finish(const ColumnReader& reader)
{
    if (reader.failed())
        return fault(5 + reader.position(), "a column is malformed");
    if (!reader.atEnd())
        return fault(5 + reader.position(), "bytes follow the last column");
    return {};
}

template<class Event, class Field>
void readDeltas(ColumnReader& reader, std::vector<Event>& out, Field Event::*field)
{
    std::uint64_t last = 0;
    reader.varints(out.size(), [&](std::size_t i, std::uint64_t v) {
        last += unzigzag(v);
        if constexpr (sizeof(Field) == 4) {
            if (last > u32Maximum)
                reader.fail();
        }
        out[i].*field = static_cast<Field>(last);
    });
}

template<class Event, class Field>
void writeDeltas(ColumnWriter& writer, std::span<const Event> events, Field Event::*field)
{
    std::uint64_t last = 0;
    writer.varints(events.size(), [&](std::size_t i) {
        auto value = static_cast<std::uint64_t>(events[i].*field);
        std::uint64_t difference = value - last;
        last = value;
        return zigzagOf(difference);
    });
}

} // namespace

std::vector<std::byte> encodeChunk(std::span<const OpEvent> events)
{
    std::size_t n = events.size();
    std::vector<std::byte> out;
    out.reserve(n * 22 + 64);
    begin(out, Codec::Op, n);
    ColumnWriter writer(out);
    std::uint64_t lastEnd = 0;
    writer.varints(n, [&](std::size_t i) {
        std::uint64_t gap = bits(events[i].ts) - lastEnd;
        lastEnd = bits(events[i].ts) + bits(events[i].dur);
        return zigzagOf(gap);
    });
    writer.varints(n, [&](std::size_t i) { return bits(events[i].dur); });
    writeDeltas(writer, events, &OpEvent::node);
    writer.runs(n, [&](std::size_t i) { return std::uint64_t{events[i].thread}; });
    writer.runs(n, [&](std::size_t i) { return std::uint64_t{events[i].step}; });
    writer.runs(n, [&](std::size_t i) { return std::uint64_t{events[i].depth}; });
    writer.runs(n, [&](std::size_t i) { return static_cast<std::uint64_t>(events[i].kind); });
    seal(out);
    return out;
}

Result<void> decodeChunk(std::span<const std::byte> bytes, std::vector<OpEvent>& out)
{
    out.clear();
    ColumnReader reader(bytes.subspan(std::min<std::size_t>(5, bytes.size())));
    out.resize(TRY(open(bytes, Codec::Op, reader, 3)));
    std::size_t n = out.size();
    reader.varints(n, [&](std::size_t i, std::uint64_t v) { out[i].ts = time(unzigzag(v)); });
    reader.varints(n, [&](std::size_t i, std::uint64_t v) { out[i].dur = time(v); });
    std::uint64_t lastEnd = 0;
    for (OpEvent& event : out) {
        event.ts = time(bits(event.ts) + lastEnd);
        lastEnd = bits(event.ts) + bits(event.dur);
        if (event.dur < 0 || (event.ts > 0 && event.dur > timeMaximum - event.ts))
            reader.fail();
    }
    readDeltas(reader, out, &OpEvent::node);
    reader.runs(n, u32Maximum,
                [&](std::size_t i, std::uint64_t v) { out[i].thread = static_cast<std::uint32_t>(v); });
    reader.runs(n, u32Maximum,
                [&](std::size_t i, std::uint64_t v) { out[i].step = static_cast<std::uint32_t>(v); });
    reader.runs(n, 0xffff,
                [&](std::size_t i, std::uint64_t v) { out[i].depth = static_cast<std::uint16_t>(v); });
    reader.runs(n, static_cast<std::uint64_t>(OpKind::Wait),
                [&](std::size_t i, std::uint64_t v) { out[i].kind = static_cast<OpKind>(v); });
    Result<void> result = finish(reader);
    if (!result)
        out.clear();
    return result;
}

std::vector<std::byte> encodeChunk(std::span<const AllocEvent> events)
{
    std::size_t n = events.size();
    std::vector<std::byte> out;
    out.reserve(n * 24 + 64);
    begin(out, Codec::Alloc, n);
    ColumnWriter writer(out);
    writeDeltas(writer, events, &AllocEvent::ts);
    writeDeltas(writer, events, &AllocEvent::buffer);
    writeDeltas(writer, events, &AllocEvent::value);
    writeDeltas(writer, events, &AllocEvent::node);
    writer.varints(n, [&](std::size_t i) { return bits(events[i].bytes); });
    writer.varints(n, [&](std::size_t i) { return bits(events[i].offset) + 1; });
    writer.runs(n, [&](std::size_t i) {
        return static_cast<std::uint64_t>(events[i].kind) * 2 + static_cast<std::uint64_t>(events[i].action);
    });
    seal(out);
    return out;
}

Result<void> decodeChunk(std::span<const std::byte> bytes, std::vector<AllocEvent>& out)
{
    out.clear();
    ColumnReader reader(bytes.subspan(std::min<std::size_t>(5, bytes.size())));
    out.resize(TRY(open(bytes, Codec::Alloc, reader, 6)));
    std::size_t n = out.size();
    readDeltas(reader, out, &AllocEvent::ts);
    readDeltas(reader, out, &AllocEvent::buffer);
    readDeltas(reader, out, &AllocEvent::value);
    readDeltas(reader, out, &AllocEvent::node);
    reader.varints(n, [&](std::size_t i, std::uint64_t v) {
        out[i].bytes = time(v);
        if (out[i].bytes < 0)
            reader.fail();
    });
    reader.varints(n, [&](std::size_t i, std::uint64_t v) {
        out[i].offset = time(v - 1);
        if (out[i].offset < -1)
            reader.fail();
    });
    reader.runs(n, allocKindCount * 2 - 1, [&](std::size_t i, std::uint64_t v) {
        out[i].kind = static_cast<AllocKind>(v / 2);
        out[i].action = static_cast<AllocAction>(v % 2);
    });
    Result<void> result = finish(reader);
    if (!result)
        out.clear();
    return result;
}

OpEvent makeValid(OpEvent event)
{
    event.dur = std::max<std::int64_t>(event.dur, 0);
    if (event.ts > 0)
        event.dur = std::min(event.dur, timeMaximum - event.ts);
    if (event.kind > OpKind::Wait)
        event.kind = OpKind::Op;
    return event;
}

AllocEvent makeValid(AllocEvent event)
{
    event.bytes = std::max<std::int64_t>(event.bytes, 0);
    event.offset = std::max<std::int64_t>(event.offset, -1);
    if (static_cast<std::size_t>(event.kind) >= allocKindCount)
        event.kind = AllocKind::Native;
    if (event.action > AllocAction::Free)
        event.action = AllocAction::Free;
    return event;
}

} // namespace orrery::trace_db
