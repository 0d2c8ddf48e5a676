// SPDX-License-Identifier: Apache-2.0
#include "trace_db/chunk_codec.h"

#include "trace_db/crc32c.h"
#include "trace_db/varint_column.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace orrery::trace_db {
namespace {

constexpr std::uint64_t u32Maximum = 0xffffffff;
constexpr std::int64_t timeMaximum = std::numeric_limits<std::int64_t>::max();

enum class Codec : std::uint8_t { Op = 1, Alloc = 2 };

std::uint64_t bits(std::int64_t v) { return static_cast<std::uint64_t>(v); }
std::int64_t time(std::uint64_t v) { return static_cast<std::int64_t>(v); }

// The last event of a chunk with the same value, or one whose id has the same last bits: the same value
// mostly has the same size and place as before, and when it is freed always.
struct SameValue {
    std::uint64_t bytes = 0;
    std::uint64_t offset = 0;
};
constexpr std::size_t sameValueSlots = 1024;

Error fault(std::size_t byte, std::string what)
{
    return {ErrorCode::BadFile, "damaged chunk of events: " + std::move(what),
            "byte " + std::to_string(byte)};
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

// One column of a chunk that is being made.
struct Column {
    std::byte* begin = nullptr;
    std::byte* end = nullptr;

    void put(std::uint64_t value) { end = putVarint(end, value); }
};

struct DeltaColumn : Column {
    std::uint64_t last = 0;

    void put(std::uint64_t value)
    {
        Column::put(zigzagOf(value - last));
        last = value;
    }
};

struct RunColumn : Column {
    std::uint64_t value = 0;
    std::size_t first = 0;

    void next(std::size_t i, std::uint64_t v)
    {
        if (v != value)
            finish(i);
        value = v;
    }

    void finish(std::size_t i) // the run ends before entry i
    {
        if (i > first) {
            put(value);
            put(i - first);
        }
        first = i;
    }
};

constexpr std::size_t columnsMaximum = 7;
constexpr std::size_t columnBytes = chunkEvents * varintMaximum + 64; // an entry of a run is shorter

template<std::size_t n>
void place(std::byte* memory, const std::array<Column*, n>& columns)
{
    static_assert(n <= columnsMaximum);
    for (std::size_t i = 0; i < n; ++i)
        columns[i]->begin = columns[i]->end = memory + i * columnBytes;
}

template<std::size_t count>
void join(Codec codec, std::size_t n, const std::array<Column*, count>& columns, std::vector<std::byte>& out)
{
    std::size_t start = out.size();
    std::array<std::byte, 24> header = {};
    header[4] = static_cast<std::byte>(codec);
    std::byte* headerEnd = putVarint(&header[5], n);
    out.insert(out.end(), header.data(), headerEnd);
    for (const Column* column : columns)
        out.insert(out.end(), column->begin, column->end);
    std::uint32_t crc = crc32c(std::span<const std::byte>(out).subspan(start + 4));
    std::memcpy(out.data() + start, &crc, sizeof crc);
}

} // namespace

ChunkEncoder::ChunkEncoder()
    : m_columns(std::make_unique_for_overwrite<std::byte[]>(columnsMaximum * columnBytes))
{}

ChunkSummary ChunkEncoder::encode(std::span<const OpEvent> events, std::vector<std::byte>& out)
{
    Column gap;
    Column dur;
    Column node;
    RunColumn thread;
    RunColumn step;
    RunColumn depth;
    RunColumn kind;
    std::array<Column*, 7> columns = {&gap, &dur, &node, &thread, &step, &depth, &kind};
    place(m_columns.get(), columns);
    // What changes with each event is in variables of its own: behind a pointer to bytes the compiler would
    // have to store and load it every time.
    std::byte* gapEnd = gap.begin;
    std::byte* durEnd = dur.begin;
    std::byte* nodeEnd = node.begin;
    std::uint64_t lastEnd = 0;
    std::uint64_t lastNode = 0;
    OpEvent last;
    last.thread = 0;
    std::int64_t t0 = timeMaximum;
    std::int64_t t1 = std::numeric_limits<std::int64_t>::min();
    std::int64_t sumDur = 0;
    std::int64_t maxDur = 0;
    std::size_t n = events.size();
    for (std::size_t i = 0; i < n; ++i) {
        const OpEvent event = events[i];
        gapEnd = putVarint(gapEnd, zigzagOf(bits(event.ts) - lastEnd));
        lastEnd = bits(event.ts) + bits(event.dur);
        durEnd = putVarint(durEnd, bits(event.dur));
        std::uint64_t nodeDelta = zigzagOf(event.node - lastNode);
        lastNode = event.node;
        if (nodeDelta < 0x80) [[likely]]
            *nodeEnd++ = static_cast<std::byte>(nodeDelta);
        else
            nodeEnd = putVarint(nodeEnd, nodeDelta);
        if (event.thread != last.thread || event.step != last.step || event.depth != last.depth ||
            event.kind != last.kind) {
            thread.next(i, event.thread);
            step.next(i, event.step);
            depth.next(i, event.depth);
            kind.next(i, static_cast<std::uint64_t>(event.kind));
            last = event;
        }
        t0 = std::min(t0, event.ts);
        t1 = std::max(t1, time(lastEnd));
        maxDur = std::max(maxDur, event.dur);
        if (__builtin_add_overflow(sumDur, event.dur, &sumDur))
            sumDur = timeMaximum;
    }
    gap.end = gapEnd;
    dur.end = durEnd;
    node.end = nodeEnd;
    for (RunColumn* runs : {&thread, &step, &depth, &kind})
        runs->finish(n);
    join(Codec::Op, n, columns, out);
    return {static_cast<std::int64_t>(n), t0, t1, sumDur, maxDur};
}

ChunkSummary ChunkEncoder::encode(std::span<const AllocEvent> events, std::vector<std::byte>& out)
{
    DeltaColumn ts;
    DeltaColumn buffer;
    DeltaColumn value;
    DeltaColumn node;
    Column bytes;
    Column offset;
    Column kind;
    std::array<Column*, 7> columns = {&ts, &buffer, &value, &node, &bytes, &offset, &kind};
    place(m_columns.get(), columns);
    std::vector<SameValue> sameValue(sameValueSlots);
    ChunkSummary summary;
    summary.n = static_cast<std::int64_t>(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        const AllocEvent& event = events[i];
        ts.put(bits(event.ts));
        buffer.put(event.buffer);
        value.put(event.value);
        node.put(event.node);
        SameValue& before = sameValue[event.value % sameValueSlots];
        bytes.put(zigzagOf(bits(event.bytes) - before.bytes));
        offset.put(zigzagOf(bits(event.offset) - before.offset));
        before = {bits(event.bytes), bits(event.offset)};
        kind.put(static_cast<std::uint64_t>(event.kind) * 2 + static_cast<std::uint64_t>(event.action));
        summary.t0 = std::min(summary.t0, event.ts);
        summary.t1 = std::max(summary.t1, event.ts);
    }
    join(Codec::Alloc, events.size(), columns, out);
    return summary;
}

std::vector<std::byte> encodeChunk(std::span<const OpEvent> events)
{
    std::vector<std::byte> out;
    ChunkEncoder().encode(events, out);
    return out;
}

std::vector<std::byte> encodeChunk(std::span<const AllocEvent> events)
{
    std::vector<std::byte> out;
    ChunkEncoder().encode(events, out);
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

Result<void> decodeChunk(std::span<const std::byte> bytes, std::vector<AllocEvent>& out)
{
    out.clear();
    ColumnReader reader(bytes.subspan(std::min<std::size_t>(5, bytes.size())));
    out.resize(TRY(open(bytes, Codec::Alloc, reader, 7)));
    std::size_t n = out.size();
    readDeltas(reader, out, &AllocEvent::ts);
    readDeltas(reader, out, &AllocEvent::buffer);
    readDeltas(reader, out, &AllocEvent::value);
    readDeltas(reader, out, &AllocEvent::node);
    std::vector<SameValue> sameValue(sameValueSlots);
    reader.varints(n, [&](std::size_t i, std::uint64_t v) {
        SameValue& before = sameValue[out[i].value % sameValueSlots];
        before.bytes += unzigzag(v);
        out[i].bytes = time(before.bytes);
        if (out[i].bytes < 0)
            reader.fail();
    });
    reader.varints(n, [&](std::size_t i, std::uint64_t v) {
        SameValue& before = sameValue[out[i].value % sameValueSlots];
        before.offset += unzigzag(v);
        out[i].offset = time(before.offset);
        if (out[i].offset < -1)
            reader.fail();
    });
    reader.varints(n, [&](std::size_t i, std::uint64_t v) {
        if (v >= allocKindCount * 2)
            reader.fail();
        out[i].kind = static_cast<AllocKind>(v / 2 % allocKindCount);
        out[i].action = static_cast<AllocAction>(v % 2);
    });
    Result<void> result = finish(reader);
    if (!result)
        out.clear();
    return result;
}

} // namespace orrery::trace_db
