// SPDX-License-Identifier: Apache-2.0
//
// Asking a scene what is where, and that painting it puts the right colours there at every level of detail.
#include "tests/unit/views/canvas/network_samples.h"
#include "views/canvas/level_of_detail.h"
#include "views/canvas/node_painter.h"
#include "views/canvas/paint_graph.h"

#include <QBuffer>
#include <QImage>
#include <QSvgGenerator>
#include <QTest>

#include <random>
#include <set>

using namespace orrery;
using namespace orrery::canvas;

namespace {

std::shared_ptr<const GraphScene> sceneOf(const DisplayGraph& graph, const theme::Theme& theme,
                                          const SceneOptions& options = {})
{
    auto scene = buildScene(graph, theme, options);
    if (!scene.ok())
        qFatal("%s", scene.error().text().c_str());
    return scene.releaseValue();
}

QImage painted(const GraphScene& scene, const theme::Theme& theme, double zoom, PaintState state = {},
               SpriteCache* cache = nullptr)
{
    QImage image(800, 600, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::magenta);
    state.zoom = zoom;
    state.viewport = QRectF(0, 0, 800, 600);
    state.offset = QPointF(400, 20) - QPointF(scene.nodeRect(0).center().x(), 0) * zoom;
    QPainter painter(&image);
    paintGraph(painter, scene, theme, state, Quality::Interactive, cache);
    return image;
}

int countColor(const QImage& image, const QColor& color)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            count += (image.pixel(x, y) & 0xffffff) == (color.rgb() & 0xffffff);
    return count;
}

} // namespace

class TestGraphScene : public QObject {
    Q_OBJECT

private:
    theme::Theme m_theme = theme::Theme::load(theme::Mode::Light).releaseValue();

private slots:
    void indexFindsWhatALinearSearchFinds()
    {
        std::mt19937 random(3);
        std::vector<QRectF> rects;
        for (int i = 0; i < 5000; ++i)
            rects.emplace_back(random() % 10000, random() % 3000, random() % 200, random() % 80);
        const SpatialIndex index(rects);
        for (int i = 0; i < 200; ++i) {
            const QRectF area(random() % 10000, random() % 3000, random() % 900, random() % 400);
            std::vector<std::uint32_t> found, expected;
            index.query(area, found);
            for (std::uint32_t r = 0; r < rects.size(); ++r)
                if (rects[r].left() <= area.right() && rects[r].right() >= area.left() &&
                    rects[r].top() <= area.bottom() && rects[r].bottom() >= area.top())
                    expected.push_back(r);
            QCOMPARE(found, expected);
        }
        std::vector<std::uint32_t> none;
        SpatialIndex().query(QRectF(0, 0, 1e9, 1e9), none);
        SpatialIndex(std::vector<QRectF>{}).query(QRectF(0, 0, 1e9, 1e9), none);
        QVERIFY(none.empty());
    }

    void nodesAreHitWhereTheyAre()
    {
        const auto scene = sceneOf(samples::resNet(6), m_theme);
        for (std::uint32_t i = 0; i < scene->nodeCount(); ++i) {
            QCOMPARE(scene->nodeAt(scene->nodeRect(i).center()), i);
            QCOMPARE(scene->nodeOfKey(scene->graph().nodes[i].key), i);
        }
        QCOMPARE(scene->nodeAt(scene->bounds().topLeft() - QPointF(5, 5)), noIndex);
        for (std::uint32_t g = 0; g < scene->graph().groups.size(); ++g)
            QCOMPARE(scene->groupHeaderAt(scene->groupRect(g).topLeft() + QPointF(12, 8)), g);
    }

    void edgesAreHitOnTheirLine()
    {
        const auto scene = sceneOf(samples::resNet(3, false), m_theme);
        QVERIFY(scene->edgeCount() > 10);
        for (std::uint32_t e = 0; e < scene->edgeCount(); ++e) {
            const QPointF* points = scene->edgePoints(e);
            const std::size_t last = scene->edgePointCount(e) - 1;
            const QPointF near = points[last] - QPointF(0, 2);
            QCOMPARE(scene->edgeAt(near, 1), e);
        }
        QCOMPARE(scene->edgeAt(scene->bounds().bottomRight() + QPointF(100, 100), 5), noIndex);
    }

    void arrowKeysFollowEdges()
    {
        const auto scene = sceneOf(samples::resNet(2, false), m_theme);
        std::uint32_t node = 0;
        int steps = 0;
        for (std::uint32_t next; (next = scene->neighbour(node, GraphScene::Step::Forward)) != noIndex;
             node = next) {
            QVERIFY(scene->nodeRect(next).top() > scene->nodeRect(node).bottom());
            QVERIFY(++steps < 100);
        }
        QCOMPARE(scene->graph().nodes[node].kind, NodeKind::GraphOutput);
        QCOMPARE(scene->neighbour(0, GraphScene::Step::Backward), noIndex);
        // The two first convolutions of a block with a projection stand side by side.
        const std::uint32_t conv = scene->nodeAt(scene->nodeRect(4).center());
        const std::uint32_t beside = scene->neighbour(conv, GraphScene::Step::Next);
        QVERIFY(beside != noIndex);
        QCOMPARE(scene->neighbour(beside, GraphScene::Step::Previous), conv);
    }

    void hiddenKeysLeadToTheirGroup()
    {
        auto graph = samples::transformer(6, 20);
        const auto scene = sceneOf(graph, m_theme);
        int hidden = 0;
        for (const auto& node : graph.nodes) {
            const std::uint64_t shown = scene->visibleKey(node.key);
            QVERIFY(shown != noKey);
            QVERIFY(!scene->rectOfKey(node.key).isNull());
            hidden += shown != node.key;
        }
        QVERIFY(hidden > 50);
        QCOMPARE(scene->visibleKey(0x123456789abcull), noKey);
        QVERIFY(scene->rectOfKey(0x123456789abcull).isNull());
    }

    void labelsAreClearOfNodesAndOfEachOtherAndOncePerValue()
    {
        for (auto graph : {samples::resNet(8, true), samples::transformer(6, 400)}) {
            for (DisplayEdge& edge : graph.edges) {
                edge.key = std::uint64_t(edge.from) << 16 | edge.fromPort;
                edge.label = "f32 1×64×56×56";
            }
            for (const auto direction : {layout::Direction::TopToBottom, layout::Direction::LeftToRight}) {
                SceneOptions options;
                options.direction = direction;
                const auto scene = sceneOf(graph, m_theme, options);
                std::set<std::uint64_t> values;
                std::vector<QRectF> placed;
                for (std::uint32_t e = 0; e < scene->edgeCount(); ++e) {
                    const QRectF& rect = scene->edgeLabelRect(e);
                    if (rect.isNull())
                        continue;
                    QVERIFY(values.insert(scene->graph().edges[e].key).second);
                    std::vector<std::uint32_t> hits;
                    scene->nodesIn(rect, hits);
                    QVERIFY(hits.empty());
                    for (const QRectF& other : placed)
                        QVERIFY(!other.intersects(rect));
                    placed.push_back(rect);
                }
                std::set<std::uint64_t> all;
                for (const DisplayEdge& edge : scene->graph().edges)
                    all.insert(edge.key);
                QVERIFY2(values.size() * 4 >= all.size() * 3,
                         qPrintable(QString("%1 of %2 values").arg(values.size()).arg(all.size())));
            }
        }
    }

    void inconsistentGraphsAreRefused()
    {
        auto graph = samples::resNet(1);
        graph.edges[3].to = 9999;
        QVERIFY(!buildScene(graph, m_theme).ok());
        graph = samples::resNet(1);
        graph.nodes[2].id = 7;
        QVERIFY(!buildScene(graph, m_theme).ok());
        graph = samples::resNet(1);
        graph.nodes[2].group = 1000;
        QVERIFY(!buildScene(graph, m_theme).ok());
        std::stop_source source;
        source.request_stop();
        auto stopped = buildScene(samples::resNet(1), m_theme, {}, source.get_token());
        QVERIFY(!stopped.ok());
        QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
    }

    void everyDetailPaintsTheCategoriesColours_data()
    {
        QTest::addColumn<double>("zoom");
        for (double zoom : {0.05, 0.15, 0.3, 0.5, 1.0})
            QTest::addRow("zoom %g", zoom) << zoom;
    }

    void everyDetailPaintsTheCategoriesColours()
    {
        QFETCH(double, zoom);
        const auto scene = sceneOf(samples::resNet(4), m_theme);
        SpriteCache cache;
        const QImage with = painted(*scene, m_theme, zoom, {}, &cache);
        QCOMPARE(countColor(with, Qt::magenta), 0);
        QVERIFY(countColor(with, m_theme.category(OpCategory::Convolution)) > 4);
        QVERIFY(countColor(with, m_theme.category(OpCategory::Activation)) > 2);
        // A second frame comes from the cache and looks the same.
        QCOMPARE(painted(*scene, m_theme, zoom, {}, &cache), with);
        QVERIFY(cache.bytes() > 0 || detailAt(zoom) < Detail::Shapes);
    }

    void overlaysPaintHeatAndWhatWasNotMeasured()
    {
        DisplayGraph graph = samples::resNet(4);
        for (auto& node : graph.nodes) {
            node.overlay.measured = node.title == "Conv";
            node.overlay.heat = 1;
            node.overlay.label = "4.20 ms · 40 %";
        }
        QCOMPARE(countColor(painted(*sceneOf(graph, m_theme), m_theme, 1), m_theme.heat(1)), 0);
        graph.legend = {"Self time", "0 ms", "4.2 ms"};
        const auto scene = sceneOf(graph, m_theme);
        for (double zoom : {0.05, 0.15, 0.3, 0.5, 1.0}) {
            const QImage image = painted(*scene, m_theme, zoom);
            QVERIFY(countColor(image, m_theme.heat(1)) > 4);
            QVERIFY(countColor(image, m_theme.color(theme::Role::NotMeasured)) > 4);
        }
    }

    void overlayNumbersDoNotMoveNodes()
    {
        DisplayGraph graph = samples::resNet(3);
        samples::addTimes(graph);
        const auto before = sceneOf(graph, m_theme);
        for (auto& node : graph.nodes)
            node.overlay.label = "a much longer label than before, 99 %";
        const auto after = sceneOf(graph, m_theme);
        for (std::uint32_t i = 0; i < before->nodeCount(); ++i)
            QCOMPARE(after->nodeRect(i), before->nodeRect(i));
    }

    void selectionAndMarksAreSeen()
    {
        const auto scene = sceneOf(samples::resNet(3), m_theme);
        const int none = countColor(painted(*scene, m_theme, 1), m_theme.color(theme::Role::Selection));
        PaintState state;
        state.selected = scene->graph().nodes[1].key;
        state.marks = {{scene->graph().nodes[2].key, std::uint8_t(Mark::Current)}};
        const QImage image = painted(*scene, m_theme, 1, state);
        QVERIFY(countColor(image, m_theme.color(theme::Role::Selection)) > none + 100);
        QVERIFY(countColor(image, m_theme.color(theme::Role::Current)) > 50);
    }

    void spritesAreSharpAtTwoHundredPercent()
    {
        // A glyph edge at ratio 2 changes within a device pixel; a stretched sprite would repeat every
        // column.
        const auto scene = sceneOf(samples::resNet(2), m_theme);
        QImage image(1600, 1200, QImage::Format_ARGB32_Premultiplied);
        image.setDevicePixelRatio(2);
        PaintState state;
        state.viewport = QRectF(0, 0, 800, 600);
        state.offset = QPointF(400, 20) - QPointF(scene->nodeRect(0).center().x(), 0);
        SpriteCache cache;
        {
            QPainter painter(&image);
            paintGraph(painter, *scene, m_theme, state, Quality::Interactive, &cache);
        }
        int differs = 0;
        for (int y = 0; y < 1200; ++y)
            for (int x = 0; x < 1600; x += 2)
                differs += image.pixel(x, y) != image.pixel(x + 1, y);
        QVERIFY(differs > 2000);
    }

    void exportIsVectorsWithEscapedText()
    {
        DisplayGraph graph = samples::resNet(1);
        graph.nodes[1].subtitle = "<img src=file:///etc/passwd>";
        const auto scene = sceneOf(graph, m_theme);
        QByteArray bytes;
        QBuffer buffer(&bytes);
        QSvgGenerator generator;
        generator.setOutputDevice(&buffer);
        generator.setSize(QSize(800, 2000));
        PaintState state;
        state.viewport = QRectF(0, 0, 800, 2000);
        const Placement place = placeInside(scene->bounds(), state.viewport, 20, 1);
        state.zoom = place.zoom;
        state.offset = place.offset;
        QPainter painter(&generator);
        paintGraph(painter, *scene, m_theme, state, Quality::Export);
        painter.end();
        QVERIFY(bytes.contains("MaxPool"));
        QVERIFY(bytes.contains("&lt;img"));
        QVERIFY(!bytes.contains("<img"));
        QVERIFY(!bytes.contains("<image"));
    }

    void legendNamesItsEnds()
    {
        QImage image(600, 120, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::white);
        QPainter painter(&image);
        const QRectF area = paintLegend(painter, {"Self time", "0 ms", "4 ms"}, m_theme, QPointF(10, 110));
        painter.end();
        QVERIFY(area.width() > 200 && area.bottom() == 110);
        QVERIFY(countColor(image, m_theme.color(theme::Role::NotMeasured)) > 50);
        QPainter again(&image);
        QVERIFY(paintLegend(again, {}, m_theme, QPointF(10, 110)).isNull());
    }

    void nodesThatLookAlikeShareASprite()
    {
        const DisplayGraph graph = samples::resNet(4, false);
        std::set<std::uint64_t> looks;
        for (const auto& node : graph.nodes)
            looks.insert(appearance(node, Detail::Titles, false));
        QVERIFY(looks.size() < 14);
        DisplayNode changed = graph.nodes[1];
        changed.lines[0] += "!";
        QVERIFY(appearance(changed, Detail::Full, false) != appearance(graph.nodes[1], Detail::Full, false));
        QCOMPARE(appearance(changed, Detail::Titles, false),
                 appearance(graph.nodes[1], Detail::Titles, false));
    }

    void theSpriteCacheForgetsTheOldest()
    {
        SpriteCache cache(100'000);
        for (std::uint64_t key = 0; key < 20; ++key) {
            cache.insert(key, QPixmap(50, 50));
            QVERIFY(cache.find(0) != nullptr);
        }
        QVERIFY(cache.bytes() <= 100'000);
        QVERIFY(cache.find(19) != nullptr);
        QVERIFY(cache.find(1) == nullptr);
    }
};

QTEST_MAIN(TestGraphScene)
#include "test_graph_scene.moc"
