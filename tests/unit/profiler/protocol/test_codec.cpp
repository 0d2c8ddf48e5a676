// SPDX-License-Identifier: Apache-2.0
#include "profiler/protocol/channel.h"
#include "profiler/protocol/codec.h"
#include "tests/unit/profiler/protocol/sample_messages.h"

#include <QTest>

#include <cstring>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace orrery;
using namespace orrery::protocol;

class TestCodec : public QObject {
    Q_OBJECT

private slots:
    // Equal bytes after a second encoding mean that nothing was lost on the way.
    void everyMessageComesBack()
    {
        auto commands = tests::sampleCommands();
        QCOMPARE(commands.size(), std::variant_size_v<Command>);
        for (std::size_t i = 0; i < commands.size(); ++i) {
            QCOMPARE(commands[i].index(), i);
            auto bytes = encode(commands[i]);
            auto back = decodeCommand(bytes);
            QVERIFY(back.ok());
            QVERIFY(encode(*back) == bytes);
        }
        for (const Command& edit : tests::sampleEdits()) {
            auto back = decodeCommand(encode(edit));
            QVERIFY(back.ok());
            QVERIFY(encode(*back) == encode(edit));
            QCOMPARE(std::get<DebugEdit>(*back).edit.index(), std::get<DebugEdit>(edit).edit.index());
        }
        auto replies = tests::sampleReplies();
        QCOMPARE(replies.size(), std::variant_size_v<Reply>);
        for (std::size_t i = 0; i < replies.size(); ++i) {
            QCOMPARE(replies[i].index(), i);
            auto bytes = encode(replies[i]);
            auto back = decodeReply(bytes);
            QVERIFY2(back.ok(), std::to_string(i).c_str());
            QVERIFY(encode(*back) == bytes);
        }
    }

    void graphKeepsIdsAttributesAndSmallConstants()
    {
        Opened opened;
        opened.dataflow = opened.compute = tests::sampleGraph();
        auto reply = decodeReply(encode(Reply(opened)));
        QVERIFY(reply.ok());
        const graph::Graph& graph = std::get<Opened>(*reply).compute;
        QCOMPARE(graph.nodeSlots(), std::size_t{4});
        QVERIFY(!graph.node(NodeId(1)).alive);
        QCOMPARE(graph.node(NodeId(0)).inputs[1], ValueId());
        QCOMPARE(graph.node(NodeId(0)).floatAttribute("alpha", 0), 0.25f);
        QCOMPARE(graph.node(NodeId(2)).regionAttribute("then_branch"), RegionId(1));
        QCOMPARE(graph.region(RegionId(1)).parent, NodeId(2));
        QCOMPARE(graph.value(ValueId(0)).type.shape->dims[0].symbol(), std::string("N"));
        const graph::Tensor& small = graph.value(ValueId(1)).initializer->tensor;
        QCOMPARE(small.data<float>()[1], 2.0f);
        const graph::Tensor& large = graph.value(ValueId(2)).initializer->tensor;
        QCOMPARE(large.elementCount(), std::int64_t{2000});
        QVERIFY(large.bytes() == nullptr);
        QCOMPARE(graph.roots().size(), std::size_t{1});
    }

    void cutAtEveryByteIsRefused()
    {
        for (const Command& command : tests::sampleCommands()) {
            auto bytes = encode(command);
            for (std::size_t cut = 0; cut < bytes.size(); ++cut)
                QVERIFY(!decodeCommand(std::span(bytes).first(cut)).ok());
            bytes.push_back(std::byte{0});
            QVERIFY(!decodeCommand(bytes).ok());
        }
        for (const Reply& reply : tests::sampleReplies()) {
            auto bytes = encode(reply);
            for (std::size_t cut = 0; cut < bytes.size(); ++cut)
                QVERIFY(!decodeReply(std::span(bytes).first(cut)).ok());
        }
    }

    void flippedBytesNeverGiveAGraphWithForeignIds()
    {
        auto bytes = encode(tests::sampleReplies()[1]);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            for (int bit = 0; bit < 8; ++bit) {
                auto bad = bytes;
                bad[i] ^= std::byte(1 << bit);
                auto reply = decodeReply(bad);
                if (!reply.ok() || !std::holds_alternative<Opened>(*reply))
                    continue;
                const graph::Graph& graph = std::get<Opened>(*reply).compute;
                for (NodeId id : graph.liveNodes()) {
                    for (ValueId input : graph.node(id).inputs)
                        QVERIFY(!input.valid() || input.index() < graph.valueSlots());
                    QVERIFY(!graph.node(id).region.valid() ||
                            graph.node(id).region.index() < graph.regionSlots());
                }
            }
    }

    void framesArriveWholeAndInOrder()
    {
        auto [a, b] = Channel::pair().releaseValue();
        std::vector<std::byte> large(3'000'000, std::byte{7});
        std::thread sender([&, &from = a] {
            QVERIFY(from.send(large).ok());
            QVERIFY(from.send({}).ok());
            from.close();
        });
        auto first = b.receive(-1);
        QVERIFY(first.ok() && first->has_value() && **first == large);
        auto second = b.receive(-1);
        QVERIFY(second.ok() && second->has_value() && (*second)->empty());
        auto end = b.receive(-1);
        QVERIFY(!end.ok());
        QCOMPARE(end.error().code, ErrorCode::RunnerDied);
        sender.join();
    }

    void waitingEndsInTimeAndHalfAFrameIsKept()
    {
        auto [a, b] = Channel::pair().releaseValue();
        auto nothing = b.receive(20);
        QVERIFY(nothing.ok() && !nothing->has_value());
        const char frame[] = {3, 0, 0, 0, 'a', 'b', 'c'};
        QCOMPARE(::send(a.fd(), frame, 5, 0), ssize_t{5});
        QVERIFY(!b.receive(20)->has_value());
        QCOMPARE(::send(a.fd(), frame + 5, 2, 0), ssize_t{2});
        auto whole = b.receive(1000);
        QVERIFY(whole.ok() && whole->has_value());
        QCOMPARE((*whole)->size(), std::size_t{3});
    }

    void descriptorsArriveWithTheirFrame()
    {
        auto [a, b] = Channel::pair().releaseValue();
        int ends[2];
        QCOMPARE(::pipe(ends), 0);
        auto writeEnd = std::make_shared<const UniqueFd>(ends[1]);
        UniqueFd readEnd(ends[0]);
        std::vector<std::byte> bytes(200'000, std::byte{1});
        std::thread sender([&, &from = a] {
            QVERIFY(from.send(bytes).ok());
            QVERIFY(from.send(bytes, std::vector{writeEnd}).ok());
            QVERIFY(from.send({}, std::vector{writeEnd, writeEnd}).ok());
            QVERIFY(from.send({}, std::vector{writeEnd}).ok());
        });
        std::vector<SharedFd> descriptors;
        for (std::size_t expected : {0, 1, 2}) {
            QVERIFY(b.receive(-1, &descriptors).ok());
            QCOMPARE(descriptors.size(), expected);
        }
        QVERIFY(b.receive(-1).ok()); // closed: nobody asked for it
        sender.join();
        writeEnd.reset();
        QCOMPARE(::write(descriptors[1]->get(), "x", 1), ssize_t{1});
        char byte = 0;
        QCOMPARE(::read(readEnd.get(), &byte, 1), ssize_t{1});
        descriptors.clear();
        QCOMPARE(::read(readEnd.get(), &byte, 1), ssize_t{0}); // no copy was left open
    }

    void frameThatClaimsTooMuchIsRefused()
    {
        auto [a, b] = Channel::pair().releaseValue();
        std::uint32_t length = 0xfffffff0;
        QCOMPARE(::send(a.fd(), &length, 4, 0), ssize_t{4});
        auto refused = b.receive(1000);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Internal);
    }
};

QTEST_GUILESS_MAIN(TestCodec)
#include "test_codec.moc"
