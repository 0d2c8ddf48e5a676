// SPDX-License-Identifier: Apache-2.0
#include "profiler/record/recorder.h"

#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace orrery;
using namespace orrery::record;

class TestSharedRing : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }

private slots:
    void eventsComeInOrderAcrossTheWrap()
    {
        auto ring = SharedRing::anonymous(64).releaseValue();
        Clock clock;
        Recorder recorder(*ring, clock);
        std::vector<Event> out(64);
        std::uint64_t position = 0;
        std::uint32_t expected = 0;
        for (std::uint32_t round = 0; round < 100; ++round) {
            for (std::uint32_t i = 0; i < 7; ++i) {
                recorder.opBegin(NodeId(round * 7 + i));
                recorder.opEnd(NodeId(round * 7 + i));
            }
            std::size_t count = ring->peek(position, out);
            QCOMPARE(count, std::size_t{7});
            for (std::size_t i = 0; i < count; ++i) {
                QCOMPARE(out[i].kind, EventKind::Op);
                QCOMPARE(out[i].id, expected++);
                QVERIFY(out[i].first <= out[i].ticks);
            }
            position += count;
            ring->release(position);
        }
        QVERIFY(!ring->damaged());
    }

    void nestedOpsEndInnermostFirst()
    {
        auto ring = SharedRing::anonymous(64).releaseValue();
        Clock clock;
        Recorder recorder(*ring, clock);
        recorder.stepBegin(4);
        recorder.opBegin(NodeId(1));
        recorder.opBegin(NodeId(2));
        QCOMPARE(ring->currentOp().node, 2u);
        recorder.opEnd(NodeId(2));
        QCOMPARE(ring->currentOp().node, 1u);
        recorder.opEnd(NodeId(1));
        QCOMPARE(ring->currentOp().node, noId);
        recorder.stepEnd(4);
        std::vector<Event> out(8);
        QCOMPARE(ring->peek(0, out), std::size_t{3});
        QCOMPARE(out[0].id, 2u);
        QCOMPARE(out[0].depth, std::uint16_t{1});
        QCOMPARE(out[1].id, 1u);
        QCOMPARE(out[1].depth, std::uint16_t{0});
        QVERIFY(out[1].first <= out[0].first && out[0].ticks <= out[1].ticks);
        QCOMPARE(out[1].second, std::uint64_t{4});
        QCOMPARE(out[2].kind, EventKind::Step);
        QCOMPARE(out[2].second, std::uint64_t{2});
    }

    void deepNestingIsCountedNotWrittenOutOfBounds()
    {
        auto ring = SharedRing::anonymous(1024).releaseValue();
        Clock clock;
        Recorder recorder(*ring, clock);
        for (std::uint32_t i = 0; i < 400; ++i)
            recorder.opBegin(NodeId(i));
        for (std::uint32_t i = 400; i-- > 0;)
            recorder.opEnd(NodeId(i));
        QCOMPARE(ring->header().lost.load(), std::uint64_t{144});
        QCOMPARE(recorder.ops(), std::uint64_t{256});
    }

    void fullRingWaitsAndRecordsTheWait()
    {
        auto ring = SharedRing::anonymous(64).releaseValue();
        Clock clock;
        std::uint64_t ops = 0, waits = 0, position = 0;
        constexpr std::uint64_t wanted = 5000;
        std::thread consumer([&] {
            std::vector<Event> out(64);
            while (ops < wanted) {
                std::size_t count = ring->peek(position, out);
                for (std::size_t i = 0; i < count; ++i) {
                    if (out[i].kind == EventKind::Wait)
                        ++waits;
                    else if (out[i].id == ops)
                        ++ops;
                }
                position += count;
                ring->release(position);
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
        });
        Recorder recorder(*ring, clock);
        for (std::uint32_t i = 0; i < wanted; ++i) {
            recorder.opBegin(NodeId(i));
            recorder.opEnd(NodeId(i));
        }
        consumer.join();
        QCOMPARE(ops, wanted);
        QVERIFY(waits > 0);
        QCOMPARE(ring->header().lost.load(), std::uint64_t{0});
    }

    void closedRingNeverBlocks()
    {
        auto ring = SharedRing::anonymous(64).releaseValue();
        Clock clock;
        Recorder recorder(*ring, clock);
        ring->close();
        for (std::uint32_t i = 0; i < 1000; ++i) {
            recorder.opBegin(NodeId(i));
            recorder.opEnd(NodeId(i));
        }
        QVERIFY(ring->header().lost.load() >= 1000 - 64);
    }

    void killedProducerLosesNothing()
    {
        auto ring = SharedRing::create(path("killed"), 1 << 16, 1).releaseValue();
        pid_t child = fork();
        if (child == 0) {
            auto mine = SharedRing::open(path("killed")).releaseValue();
            Clock clock;
            Recorder recorder(*mine, clock);
            for (std::uint32_t i = 0;; ++i) {
                recorder.opBegin(NodeId(i));
                if (i == 30000)
                    ::raise(SIGKILL);
                recorder.opEnd(NodeId(i));
            }
        }
        int status = 0;
        waitpid(child, &status, 0);
        QVERIFY(WIFSIGNALED(status));
        std::vector<Event> out(1 << 16);
        QCOMPARE(ring->peek(0, out), std::size_t{30000});
        QCOMPARE(out[29999].id, 29999u);
        QCOMPARE(ring->currentOp().node, 30000u);
        QVERIFY(ring->clock().plausible());
    }

    void onlyADeadConsumersRingIsTakenOver()
    {
        auto ring = SharedRing::create(path("owned"), 64, 3).releaseValue();
        auto refused = SharedRing::takeOver(path("owned"));
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Cancelled);
        ring.reset();
        auto taken = SharedRing::takeOver(path("owned"));
        QVERIFY(taken.ok());
        QCOMPARE((*taken)->runId(), std::int64_t{3});
    }

    void hostileFilesAreRefused()
    {
        auto write = [&](const std::string& bytes) {
            std::ofstream file(path("hostile"), std::ios::binary | std::ios::trunc);
            file << bytes;
        };
        SharedRing::create(path("good"), 64, 1).releaseValue().reset();
        std::ifstream file(path("good"), std::ios::binary);
        std::string good((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
        write(good);
        QVERIFY(SharedRing::open(path("hostile")).ok());
        for (std::size_t cut : {0, 1, 63, 4095, 4096, 4097, int(good.size()) - 1}) {
            write(good.substr(0, cut));
            QVERIFY(!SharedRing::open(path("hostile")).ok());
        }
        for (std::size_t field : {0, 8, 12}) { // magic, version, slots
            std::string bad = good;
            bad[field] = static_cast<char>(bad[field] ^ 0x41);
            write(bad);
            QVERIFY(!SharedRing::open(path("hostile")).ok());
        }
        QVERIFY(!SharedRing::open(path("absent")).ok());
        QVERIFY(!SharedRing::create(path("odd"), 100, 1).ok());
        std::filesystem::create_symlink(path("good"), path("link"));
        QVERIFY(!SharedRing::open(path("link")).ok());
    }

    void impossiblePositionsStopTheReading()
    {
        auto ring = SharedRing::anonymous(64).releaseValue();
        std::vector<Event> out(64);
        ring->header().head = 1000;
        QCOMPARE(ring->peek(0, out), std::size_t{0});
        QVERIFY(ring->damaged());
        auto other = SharedRing::anonymous(64).releaseValue();
        QCOMPARE(other->peek(5, out), std::size_t{0});
        QVERIFY(other->damaged());
        ring->header().clock = {ClockSource::TimeStampCounter, 0, 0, -1.0};
        ring->header().clockReady = 1;
        QVERIFY(ring->clock().source == ClockSource::Monotonic);
    }

    void ticksBecomeMonotonicNanoseconds()
    {
        Clock clock;
        ClockParameters parameters = clock.parameters();
        for (int i = 0; i < 5; ++i) {
            std::int64_t before = monotonicNs();
            std::int64_t converted = parameters.toNs(clock.now());
            std::int64_t after = monotonicNs();
            QVERIFY2(converted >= before - 2000 && converted <= after + 2000,
                     qPrintable(QString("%1 %2 %3").arg(before).arg(converted).arg(after)));
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        QVERIFY(parameters.toNs(UINT64_MAX) >= 0);
        QVERIFY(parameters.toNs(0) >= 0);
    }
};

QTEST_GUILESS_MAIN(TestSharedRing)
#include "test_shared_ring.moc"
