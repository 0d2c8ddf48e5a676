// SPDX-License-Identifier: Apache-2.0
//
// The heap probe, told of blocks as the interposer tells it of them: by addresses that nobody reads.
#include "profiler/record/heap_probe.h"

#include <QTest>

#include <map>
#include <random>
#include <thread>

using namespace orrery;
using namespace orrery::record;
namespace probe = orrery::record::heap_probe;

namespace {

void* at(std::uintptr_t address) { return reinterpret_cast<void*>(address); }
std::size_t noBytes(void*) { return 77; }
void take(std::uintptr_t address, std::size_t bytes, SiteKind kind = SiteKind::Heap)
{
    probe::detail::allocated(at(address), bytes, kind, nullptr);
}
void giveBack(std::uintptr_t address) { probe::detail::freed(at(address), noBytes); }

std::map<std::uint32_t, HeapLive> liveByNode()
{
    std::map<std::uint32_t, HeapLive> result;
    for (std::size_t i = 0; i < probe::siteCount(); ++i) {
        HeapLive& sum = result[probe::site(i).node];
        sum.bytes += probe::liveAt(i).bytes;
        sum.blocks += probe::liveAt(i).blocks;
    }
    return result;
}

} // namespace

class TestHeapProbe : public QObject {
    Q_OBJECT

private slots:
    void init() { QVERIFY(probe::begin(StackCapture::None).ok()); }
    void cleanup() { probe::end(); }

    void bytesBelongToTheNodeThatAsked()
    {
        probe::setNode(3);
        take(0x1000, 100);
        take(0x2000, 50);
        probe::setNode(4);
        take(0x3000, 7);
        giveBack(0x1000); // whoever gives it back
        probe::setNode(noId);
        auto live = liveByNode();
        QCOMPARE(live[3].bytes, std::uint64_t{50});
        QCOMPARE(live[3].blocks, std::uint64_t{1});
        QCOMPARE(live[4].bytes, std::uint64_t{7});
        QCOMPARE(probe::live(HeapShare::Native).bytes, std::uint64_t{57});
    }

    void tagsTellShares()
    {
        probe::setNode(3);
        {
            ScopedHeapTag tag(HeapTag::Tensor);
            take(0x1000, 64);
        }
        {
            ScopedHeapTag tag(HeapTag::Program);
            take(0x2000, 10);
        }
        take(0x3000, 5);
        probe::setNode(noId);
        take(0x4000, 3);
        QCOMPARE(probe::live(HeapShare::Tensor).bytes, std::uint64_t{64});
        QCOMPARE(probe::live(HeapShare::Native).bytes, std::uint64_t{5});
        QCOMPARE(probe::live(HeapShare::Other).bytes, std::uint64_t{13});
    }

    void mappingsAreCountedApartAndMayGoInParts()
    {
        probe::setNode(1);
        take(0x10000, 8192, SiteKind::Mapping);
        QCOMPARE(probe::liveMappings().bytes, std::uint64_t{8192});
        QCOMPARE(probe::live(HeapShare::Native).bytes, std::uint64_t{0});
        probe::detail::unmapped(at(0x10000), 4096);
        QCOMPARE(probe::liveMappings().bytes, std::uint64_t{4096});
        probe::detail::unmapped(at(0x11000), 4096);
        QCOMPARE(probe::liveMappings().bytes, std::uint64_t{0});
    }

    void blocksFromBeforeAreCountedNotGuessed()
    {
        giveBack(0x5000);
        QCOMPARE(probe::earlierFreed().blocks, std::uint64_t{1});
        QCOMPARE(probe::earlierFreed().bytes, std::uint64_t{77});
        QCOMPARE(probe::live(HeapShare::Other).bytes, std::uint64_t{0});
    }

    void whatDoesNotFitIsCounted()
    {
        probe::setNode(1);
        constexpr std::size_t asked = probe::maximumBlocks + 1000;
        for (std::uintptr_t i = 1; i <= asked; ++i)
            take(i * 16, 1);
        std::uint64_t known = probe::live(HeapShare::Native).blocks;
        QCOMPARE(known + probe::untracked().blocks, std::uint64_t{asked});
        QVERIFY(known <= probe::maximumBlocks);
        QVERIFY(known > probe::maximumBlocks / 2);
        for (std::uintptr_t i = 1; i <= asked; ++i)
            giveBack(i * 16);
        QCOMPARE(probe::live(HeapShare::Native).bytes, std::uint64_t{0});
        QCOMPARE(probe::earlierFreed().blocks, asked - known); // it cannot know whose they were
    }

    void nothingIsLeftOfAnEarlierRun()
    {
        probe::setNode(9);
        take(0x1000, 100);
        QVERIFY(probe::begin(StackCapture::None).ok());
        QCOMPARE(probe::siteCount(), std::size_t{0});
        QCOMPARE(probe::live(HeapShare::Native).bytes, std::uint64_t{0});
        giveBack(0x1000);
        QCOMPARE(probe::earlierFreed().blocks, std::uint64_t{1});
    }

    // Against a plain map, with blocks that change hands between threads.
    void threadsAgreeWithAPlainMap()
    {
        constexpr int threads = 4;
        constexpr int turns = 20000;
        NativeHeapUse before = probe::nativeUse();
        probe::setNode(2);
        std::array<std::map<std::uintptr_t, std::size_t>, threads> live;
        std::vector<std::thread> workers;
        for (int which = 0; which < threads; ++which)
            workers.emplace_back([&, which] {
                std::mt19937 random(static_cast<unsigned>(which));
                auto& mine = live[static_cast<std::size_t>(which)];
                for (int turn = 0; turn < turns; ++turn) {
                    std::uintptr_t address =
                        (std::uintptr_t(random() % 4096) * threads + static_cast<unsigned>(which) + 1) * 64;
                    auto known = mine.find(address);
                    if (known != mine.end()) {
                        giveBack(address);
                        mine.erase(known);
                    } else {
                        std::size_t bytes = random() % 1000;
                        take(address, bytes);
                        mine[address] = bytes;
                    }
                }
            });
        for (std::thread& worker : workers)
            worker.join();
        std::uint64_t bytes = 0, blocks = 0;
        for (const auto& mine : live)
            for (const auto& [address, size] : mine) {
                bytes += size;
                ++blocks;
            }
        QCOMPARE(probe::live(HeapShare::Native).bytes, bytes);
        QCOMPARE(probe::live(HeapShare::Native).blocks, blocks);
        QCOMPARE(liveByNode()[2].bytes, bytes);
        QCOMPARE(probe::untracked().blocks, std::uint64_t{0});
        NativeHeapUse use = probe::nativeUse();
        QCOMPARE(use.allocatedBytes - before.allocatedBytes - (use.freedBytes - before.freedBytes), bytes);
        QCOMPARE(use.allocations - before.allocations - (use.frees - before.frees), blocks);
        std::thread([&] { // another thread than those that took them
            for (const auto& mine : live)
                for (const auto& [address, size] : mine)
                    giveBack(address);
        })
            .join();
        QCOMPARE(probe::live(HeapShare::Native).bytes, std::uint64_t{0});
        QCOMPARE(probe::live(HeapShare::Native).blocks, std::uint64_t{0});
    }

    void stacksBeginAtTheCaller()
    {
        QVERIFY(probe::begin(StackCapture::Full).ok());
        probe::setNode(1);
        take(0x1000, 8);
        take(0x2000, 8);
        std::uint32_t stack = probe::site(0).stack;
        QVERIFY(stack != 0);
        QVERIFY(!probe::framesOf(stack).empty());
        QVERIFY(probe::stacksNs() > 0);
        QVERIFY(probe::framesOf(0).empty());
        QVERIFY(probe::framesOf(1u << 30).empty());
    }
};

QTEST_GUILESS_MAIN(TestHeapProbe)
#include "test_heap_probe.moc"
