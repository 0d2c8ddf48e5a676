// SPDX-License-Identifier: Apache-2.0
#include "trace_db/chunk_codec.h"
#include "trace_db/crc32c.h"

#include <QTest>

#include <cstring>
#include <limits>
#include <random>

using namespace orrery::trace_db;

namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

std::vector<OpEvent> randomOps(std::size_t n, unsigned seed)
{
    std::mt19937_64 random(seed);
    std::vector<OpEvent> events;
    for (std::size_t i = 0; i < n; ++i)
        events.push_back(
            makeValid(OpEvent{.ts = static_cast<std::int64_t>(random() >> (random() % 64)),
                              .dur = static_cast<std::int64_t>(random() >> (random() % 64)),
                              .node = static_cast<std::uint32_t>(random()),
                              .thread = static_cast<std::uint32_t>(random() >> (32 + random() % 32)),
                              .step = static_cast<std::uint32_t>(i / 100),
                              .depth = static_cast<std::uint16_t>(random() % 3),
                              .kind = random() % 9 == 0 ? OpKind::Wait : OpKind::Op}));
    return events;
}

std::vector<AllocEvent> randomAllocs(std::size_t n, unsigned seed)
{
    std::mt19937_64 random(seed);
    std::vector<AllocEvent> events;
    for (std::size_t i = 0; i < n; ++i)
        events.push_back(
            makeValid(AllocEvent{.ts = static_cast<std::int64_t>(random() >> (random() % 64)),
                                 .bytes = static_cast<std::int64_t>(random() >> (random() % 64)),
                                 .offset = static_cast<std::int64_t>(random() >> 20) - 1,
                                 .buffer = static_cast<std::uint32_t>(random()),
                                 .value = static_cast<std::uint32_t>(random()),
                                 .node = static_cast<std::uint32_t>(random()),
                                 .action = random() % 2 == 0 ? AllocAction::Alloc : AllocAction::Free,
                                 .kind = static_cast<AllocKind>(random() % allocKindCount)}));
    return events;
}

template<class Event>
void roundTrip(const std::vector<Event>& events)
{
    std::vector<std::byte> bytes = encodeChunk(std::span<const Event>(events));
    std::vector<Event> back;
    auto result = decodeChunk(bytes, back);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
    QVERIFY(back == events);
}

template<class Event>
void damage(const std::vector<Event>& events)
{
    std::vector<std::byte> bytes = encodeChunk(std::span<const Event>(events));
    std::vector<Event> back;
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        QVERIFY(!decodeChunk(std::span(bytes).first(n), back).ok());
        QVERIFY(back.empty());
    }
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::vector<std::byte> flipped = bytes;
        flipped[bit / 8] ^= std::byte{1} << (bit % 8);
        QVERIFY(!decodeChunk(flipped, back).ok());
    }
}

// Behind a valid checksum the decoder is on its own.
template<class Event>
void damageWithValidChecksum(const std::vector<Event>& events)
{
    const std::vector<std::byte> bytes = encodeChunk(std::span<const Event>(events));
    std::mt19937_64 random(5);
    std::vector<Event> back;
    int refused = 0;
    for (int i = 0; i < 20000; ++i) {
        std::vector<std::byte> bad = bytes;
        for (std::uint64_t k = 0; k <= random() % 4; ++k)
            bad[4 + random() % (bad.size() - 4)] = static_cast<std::byte>(random());
        if (random() % 3 == 0)
            bad.resize(5 + random() % (bad.size() - 5));
        std::uint32_t crc = crc32c(std::span<const std::byte>(bad).subspan(4));
        std::memcpy(bad.data(), &crc, sizeof crc);
        if (!decodeChunk(bad, back)) {
            ++refused;
            QVERIFY(back.empty());
            continue;
        }
        QVERIFY(!back.empty() && back.size() <= chunkEvents);
        for (const Event& event : back)
            QVERIFY(makeValid(event) == event);
    }
    QVERIFY(refused > 1000);
}

} // namespace

class TestChunkCodec : public QObject {
    Q_OBJECT

private slots:
    void crcIsCastagnoli()
    {
        const char* text = "123456789";
        QCOMPARE(crc32c(std::as_bytes(std::span(text, 9))), 0xe3069283u);
        QCOMPARE(crc32cPortable(std::as_bytes(std::span(text, 9))), 0xe3069283u);
    }

    void bothChecksumsAgree()
    {
        std::mt19937_64 random(9);
        std::vector<std::byte> bytes(300);
        for (std::byte& byte : bytes)
            byte = static_cast<std::byte>(random());
        for (std::size_t n = 0; n <= bytes.size(); ++n) {
            std::span<const std::byte> part = std::span<const std::byte>(bytes).subspan(bytes.size() - n);
            QCOMPARE(crc32c(part), crc32cPortable(part));
        }
    }

    void everyLengthOfVarintComesBack()
    {
        std::vector<OpEvent> events;
        for (int bit = 0; bit < 63; ++bit)
            for (std::int64_t around : {-1, 0, 1})
                events.push_back({.ts = -(std::int64_t{1} << bit),
                                  .dur = std::max<std::int64_t>((std::int64_t{1} << bit) + around, 0),
                                  .node = static_cast<std::uint32_t>((std::uint64_t{1} << bit % 32) +
                                                                     static_cast<std::uint64_t>(around))});
        roundTrip(events);
    }

    void summaryIsOfTheEvents()
    {
        std::vector<std::byte> out(3);
        std::vector<OpEvent> events = {
            {.ts = 50, .dur = 5}, {.ts = -7, .dur = 100}, {.ts = 60, .dur = 1, .thread = 3}};
        ChunkSummary summary = ChunkEncoder().encode(std::span<const OpEvent>(events), out);
        QCOMPARE(summary.n, 3);
        QCOMPARE(summary.t0, -7);
        QCOMPARE(summary.t1, 93);
        QCOMPARE(summary.sumDur, 106);
        QCOMPARE(summary.maxDur, 100);
        std::vector<OpEvent> back;
        QVERIFY(decodeChunk(std::span<const std::byte>(out).subspan(3), back).ok()); // appended
        QVERIFY(back == events);
    }

    void opsComeBack()
    {
        for (std::size_t n : {1u, 2u, 100u, 4095u, 4096u})
            roundTrip(randomOps(n, static_cast<unsigned>(n)));
    }

    void allocsComeBack()
    {
        for (std::size_t n : {1u, 2u, 100u, 4096u})
            roundTrip(randomAllocs(n, static_cast<unsigned>(n)));
    }

    void extremeTimesComeBack()
    {
        roundTrip(std::vector<OpEvent>{{.ts = least},
                                       {.ts = most},
                                       {.ts = 0, .dur = most},
                                       {.ts = least, .dur = most},
                                       {.ts = -5, .dur = 5},
                                       {.ts = most},
                                       {.ts = least}});
        roundTrip(std::vector<AllocEvent>{
            {.ts = least, .bytes = most, .offset = most}, {.ts = most}, {.ts = least}});
    }

    void invalidEventsAreClamped()
    {
        QCOMPARE(makeValid(OpEvent{.ts = 5, .dur = -1}).dur, 0);
        QCOMPARE(makeValid(OpEvent{.ts = most - 3, .dur = 10}).dur, 3);
        QCOMPARE(makeValid(AllocEvent{.bytes = -7}).bytes, 0);
        QCOMPARE(makeValid(AllocEvent{.kind = static_cast<AllocKind>(200)}).kind, AllocKind::Native);
    }

    void everyTruncationAndBitFlipIsRefused()
    {
        damage(randomOps(40, 1));
        damage(randomAllocs(40, 2));
    }

    void malformedColumnsAreRefused()
    {
        damageWithValidChecksum(randomOps(60, 3));
        damageWithValidChecksum(randomAllocs(60, 4));
    }

    void anotherCodecIsRefused()
    {
        std::vector<AllocEvent> back;
        std::vector<OpEvent> events = randomOps(10, 1);
        auto result = decodeChunk(encodeChunk(std::span<const OpEvent>(events)), back);
        QVERIFY(!result.ok());
        QVERIFY(result.error().message.find("codec 1") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestChunkCodec)
#include "test_chunk_codec.moc"
