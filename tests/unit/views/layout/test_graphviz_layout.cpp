// SPDX-License-Identifier: Apache-2.0
//
// The helper process as client and protocol see it: the real one lays out; ones that hang, die, or answer
// nonsense are survived within the deadline.
#include "views/layout/graphviz_layout.h"
#include "views/layout/layered_layout.h"
#include "views/layout/layout_protocol.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <limits>

using namespace orrery;
using namespace orrery::layout;

namespace {

Level diamond(std::uint32_t rows = 6)
{
    Level level;
    level.boxes.assign(2 + 2 * rows, {90, 40});
    level.kinds.assign(level.boxes.size(), Level::Box::Node);
    for (std::uint32_t i = 0; i < 2; ++i) {
        std::uint32_t last = 0;
        for (std::uint32_t r = 0; r < rows; ++r) {
            const std::uint32_t next = 1 + 2 * r + i;
            level.edges.push_back({last, next, 0, 0, 0, 0, 0});
            last = next;
        }
        level.edges.push_back({last, 1 + 2 * rows, 0, 0, 0, 0, 0});
    }
    return level;
}

std::span<const std::byte> payloadOf(const std::vector<std::byte>& frame)
{
    return std::span(frame).subspan(frameHeaderBytes);
}

} // namespace

class TestGraphvizLayout : public QObject {
    Q_OBJECT

private:
    // A helper made of a shell command.
    std::string script(const QString& command)
    {
        const QString path = m_folder.filePath(QString::number(++m_scripts) + ".sh");
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly))
            qFatal("cannot write %s", qPrintable(path));
        file.write("#!/bin/sh\n" + command.toUtf8() + "\n");
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        return path.toStdString();
    }
    QTemporaryDir m_folder;
    int m_scripts = 0;

private slots:
    void theRealHelperLaysOut()
    {
        GraphvizLayout graphviz(ORRERY_LAYOUT_HELPER);
        const Level level = diamond();
        for (int i = 0; i < 3; ++i) {
            auto result = graphviz.layOut(level, std::chrono::seconds(10));
            QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
            for (const auto& edge : level.edges)
                QVERIFY(result->centers[edge.from].y + 20 < result->centers[edge.to].y - 20);
            for (std::size_t e = 0; e < level.edges.size(); ++e) {
                const Point end = result->points[result->edgeStart[e + 1] - 1];
                const Point center = result->centers[level.edges[e].to];
                QVERIFY(std::abs(end.y - (center.y - 20)) < 0.01 && std::abs(end.x - center.x) <= 45);
            }
            QVERIFY(result->size.width > 180);
        }
        QVERIFY(!graphviz.problem());
    }

    void leftToRightRunsToTheRight()
    {
        GraphvizLayout graphviz(ORRERY_LAYOUT_HELPER);
        Level level = diamond();
        level.options.direction = Direction::LeftToRight;
        auto result = graphviz.layOut(level, std::chrono::seconds(10));
        QVERIFY(result.ok());
        for (const auto& edge : level.edges)
            QVERIFY(result->centers[edge.from].x + 45 < result->centers[edge.to].x - 45);
    }

    void entriesAreFirstAndExitsLast()
    {
        GraphvizLayout graphviz(ORRERY_LAYOUT_HELPER);
        Level level = diamond();
        level.boxes[0] = level.boxes.back() = {0, 0};
        level.kinds[0] = Level::Box::Entry;
        level.kinds.back() = Level::Box::Exit;
        auto result = graphviz.layOut(level, std::chrono::seconds(10));
        QVERIFY(result.ok());
        for (std::size_t i = 1; i + 1 < level.boxes.size(); ++i) {
            QVERIFY(result->centers[0].y < result->centers[i].y);
            QVERIFY(result->centers.back().y > result->centers[i].y);
        }
    }

    void failingHelpersAreSurvived_data()
    {
        QTest::addColumn<QString>("command");
        QTest::newRow("hangs") << "sleep 60";
        QTest::newRow("hangs after half an answer") << "printf 'ORLR\\100'; sleep 60";
        QTest::newRow("ends at once") << "exit 0";
        QTest::newRow("crashes") << "kill -SEGV $$";
        QTest::newRow("answers text") << "echo hello world, this is not an answer; sleep 60";
        QTest::newRow("claims four gigabytes") << "printf 'ORLR\\377\\377\\377\\377'; sleep 60";
        QTest::newRow("floods") << "yes";
        QTest::newRow("refuses") << "printf 'ORLR\\001\\000\\000\\000\\001'; sleep 60";
    }

    void failingHelpersAreSurvived()
    {
        QFETCH(QString, command);
        GraphvizLayout graphviz(script(command));
        QElapsedTimer timer;
        timer.start();
        QVERIFY(!graphviz.layOut(diamond(), std::chrono::milliseconds(300)).ok());
        QVERIFY2(timer.elapsed() < 3000, "the deadline was not kept");
        // The next requests start a helper anew; the third failure switches it off and says so.
        QVERIFY(!graphviz.problem());
        (void)graphviz.layOut(diamond(), std::chrono::milliseconds(300)).ok();
        (void)graphviz.layOut(diamond(), std::chrono::milliseconds(300)).ok();
        QVERIFY(graphviz.problem().has_value());
        QCOMPARE(graphviz.layOut(diamond()).error().code, ErrorCode::Unsupported);
    }

    void aMissingHelperIsAProblemNotACrash()
    {
        GraphvizLayout graphviz("/no/such/orrery-layout");
        auto result = graphviz.layOut(diamond());
        QVERIFY(!result.ok());
        QVERIFY(result.error().text().find("/no/such/orrery-layout") != std::string::npos);
    }

    void levelsThatDotIsSlowOnAreNotSent()
    {
        QVERIFY(GraphvizLayout::suits(diamond()));
        QVERIFY(!GraphvizLayout::suits(diamond(1001)));
        Level hub = diamond(300); // one node that every row reads: few nodes, many dummies
        for (std::uint32_t i = 1; i < hub.boxes.size(); ++i)
            hub.edges.push_back({0, i, 0, 0, 0, 0, 0});
        QVERIFY(!GraphvizLayout::suits(hub));
        Level loop = diamond();
        loop.edges.push_back({5, 1, 0, 0, 0, 0, 0});
        QVERIFY(!GraphvizLayout::suits(loop));
        Level apart = diamond();
        apart.boxes.push_back({10, 10});
        apart.kinds.push_back(Level::Box::Node);
        QVERIFY(!GraphvizLayout::suits(apart));
    }

    void aRefinerFallsBackAndKeepsTheResult()
    {
        LayoutRequest request;
        request.nodes.assign(20, {{80, 30}});
        for (std::uint32_t i = 0; i + 1 < 20; ++i)
            request.edges.push_back({i, i + 1});
        auto broken = graphvizRefiner(std::make_shared<GraphvizLayout>("/no/such/helper"));
        auto with = layout::layout(request, broken), without = layout::layout(request);
        QVERIFY(with.ok() && without.ok());
        QVERIFY(with->points == without->points);
    }

    void theHelperRefusesGarbage_data()
    {
        QTest::addColumn<QByteArray>("input");
        QTest::newRow("text") << QByteArray("digraph { a -> b }\n");
        QTest::newRow("length over the limit") << QByteArray("ORLQ\xff\xff\xff\x7f", 8);
        QTest::newRow("empty payload") << QByteArray("ORLQ\0\0\0\0", 8);
        QByteArray noise("ORLQ\x40\0\0\0", 8);
        for (int i = 0; i < 64; ++i)
            noise.append(char(i * 37));
        QTest::newRow("noise") << noise;
    }

    void theHelperRefusesGarbage()
    {
        QFETCH(QByteArray, input);
        QProcess process;
        process.start(ORRERY_LAYOUT_HELPER, {});
        QVERIFY(process.waitForStarted());
        process.write(input);
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished(5000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 1);
        QVERIFY(process.readAllStandardOutput().isEmpty());
    }

    void requestsAndRepliesRoundTrip()
    {
        Level level = diamond();
        level.edges[0].toFixed = 1;
        level.edges[0].toOffset = -12.5;
        const auto request = encodeRequest(level);
        auto length = decodeHeader(std::span(request).first(frameHeaderBytes), requestMagic);
        QVERIFY(length.ok());
        QCOMPARE(*length, request.size() - frameHeaderBytes);
        auto decoded = decodeRequest(payloadOf(request));
        QVERIFY(decoded.ok());
        QVERIFY(decoded->boxes == level.boxes);
        QCOMPARE(decoded->edges[0].toOffset, -12.5);
        QCOMPARE(decoded->edges.size(), level.edges.size());

        const LevelResult own = layeredLayout(level);
        const auto reply = encodeReply(own);
        auto back = decodeReply(payloadOf(reply), level);
        QVERIFY(back.ok());
        QVERIFY(back->centers == own.centers);
        QVERIFY(back->points == own.points);
    }

    void everyTruncationIsRefused()
    {
        const Level level = diamond(2);
        const auto request = encodeRequest(level), reply = encodeReply(layeredLayout(level));
        for (std::size_t n = 0; n + frameHeaderBytes < request.size(); ++n)
            QVERIFY(!decodeRequest(payloadOf(request).first(n)).ok());
        for (std::size_t n = 0; n + frameHeaderBytes < reply.size(); ++n)
            QVERIFY(!decodeReply(payloadOf(reply).first(n), level).ok());
    }

    void impossibleRepliesAreRefused()
    {
        const Level level = diamond(2);
        const LevelResult good = layeredLayout(level);
        auto refused = [&](const LevelResult& result) {
            return !decodeReply(payloadOf(encodeReply(result)), level).ok();
        };
        QVERIFY(!refused(good));
        LevelResult bad = good;
        bad.centers[1].x = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(refused(bad));
        bad = good;
        bad.points[2].y = std::numeric_limits<double>::infinity();
        QVERIFY(refused(bad));
        bad = good;
        bad.centers[1].x = 1e12;
        QVERIFY(refused(bad));
        bad = good;
        bad.centers[1] = bad.centers[2];
        QVERIFY2(refused(bad), "boxes that overlap");
        bad = good;
        bad.centers.pop_back();
        QVERIFY2(refused(bad), "a box too few");
        bad = good;
        bad.backEdge.pop_back();
        QVERIFY2(refused(bad), "an edge too few");
        QVERIFY(!decodeReply(payloadOf(encodeRefusal()), level).ok());
    }
};

QTEST_GUILESS_MAIN(TestGraphvizLayout)
#include "test_graphviz_layout.moc"
