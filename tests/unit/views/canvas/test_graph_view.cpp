// SPDX-License-Identifier: Apache-2.0
//
// The widget as a user has it: mouse, wheel, keys, expanding, fitting.
#include "tests/unit/views/canvas/network_samples.h"
#include "views/canvas/graph_view.h"

#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include <cmath>

using namespace orrery;
using namespace orrery::canvas;

namespace {

struct Shown {
    explicit Shown(DisplayGraph graph, QSize size = QSize(900, 700))
        : theme(theme::Theme::load(theme::Mode::Light).releaseValue())
        , view(theme)
    {
        view.resize(size);
        view.show();
        view.setGraph(std::make_shared<DisplayGraph>(std::move(graph)));
        settle();
    }
    void settle()
    {
        if (!QTest::qWaitFor([this] { return view.isIdle(); }, 10'000))
            qFatal("the view does not come to rest");
    }
    QPoint centerOf(std::uint64_t key)
    {
        return view.fromScene(view.scene()->rectOfKey(key).center()).toPoint();
    }
    void wheel(QPointF at, int delta)
    {
        QWheelEvent event(at, view.mapToGlobal(at), {}, {0, delta}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&view, &event);
    }

    theme::Theme theme;
    GraphView view;
};

bool near(QPointF a, QPointF b, double distance = 0.01)
{
    return std::hypot(a.x() - b.x(), a.y() - b.y()) < distance;
}

} // namespace

class TestGraphView : public QObject {
    Q_OBJECT

private slots:
    void theWheelZoomsToTheCursor()
    {
        Shown shown(samples::resNet(4));
        for (int delta : {120, 240, -360, 120}) {
            const QPointF cursor(230, 410), before = shown.view.toScene(cursor);
            const double zoom = shown.view.zoom();
            shown.wheel(cursor, delta);
            QVERIFY(near(shown.view.toScene(cursor), before));
            QVERIFY(delta > 0 ? shown.view.zoom() > zoom : shown.view.zoom() < zoom);
        }
    }

    void draggingPans()
    {
        Shown shown(samples::resNet(4));
        const QPointF before = shown.view.toScene({300, 300});
        QTest::mousePress(&shown.view, Qt::LeftButton, {}, {300, 300});
        QTest::mouseMove(&shown.view, {320, 330});
        QTest::mouseMove(&shown.view, {380, 260});
        QTest::mouseRelease(&shown.view, Qt::LeftButton, {}, {380, 260});
        QVERIFY(near(shown.view.toScene({380, 260}), before));
        QCOMPARE(shown.view.selectedKey(), noKey);
    }

    void spaceFitsEverything()
    {
        Shown shown(samples::resNet(16));
        shown.wheel({10, 10}, 900);
        QTest::keyClick(&shown.view, Qt::Key_Space);
        shown.settle();
        const QRectF bounds = shown.view.scene()->bounds();
        const QRectF inWidget(shown.view.fromScene(bounds.topLeft()),
                              shown.view.fromScene(bounds.bottomRight()));
        QVERIFY(QRectF(shown.view.rect()).contains(inWidget));
        QVERIFY(inWidget.height() > 600 || inWidget.width() > 800);
    }

    void aLongGraphOpensReadableAtItsBeginning()
    {
        Shown shown(samples::resNet(50, false));
        QVERIFY(shown.view.zoom() > 0.5);
        const QRectF first = shown.view.scene()->nodeRect(0);
        QVERIFY(QRectF(shown.view.rect()).contains(shown.view.fromScene(first.center())));
    }

    void aClickSelectsByKey()
    {
        Shown shown(samples::resNet(1, false));
        QSignalSpy selection(&shown.view, &GraphView::selectionChanged);
        const std::uint64_t key = 2;
        QTest::mouseClick(&shown.view, Qt::LeftButton, {}, shown.centerOf(key));
        QCOMPARE(shown.view.selectedKey(), key);
        QCOMPARE(selection.count(), 1);
        QCOMPARE(selection[0][0].value<quint64>(), quint64(key));
        QTest::mouseClick(&shown.view, Qt::LeftButton, {}, {3, 3});
        QCOMPARE(shown.view.selectedKey(), noKey);
        QCOMPARE(selection.count(), 2);
    }

    void doubleClickActivates()
    {
        Shown shown(samples::resNet(1, false));
        QSignalSpy activated(&shown.view, &GraphView::nodeActivated);
        QTest::mouseDClick(&shown.view, Qt::LeftButton, {}, shown.centerOf(2));
        QCOMPARE(activated.count(), 1);
        QCOMPARE(activated[0][0].value<quint64>(), 2u);
    }

    void arrowsWalkAlongEdges()
    {
        Shown shown(samples::resNet(2, false));
        shown.view.setSelectedKey(inputKey(0));
        for (std::uint64_t expected : {1, 2, 3}) {
            QTest::keyClick(&shown.view, Qt::Key_Down);
            QCOMPARE(shown.view.selectedKey(), expected);
        }
        QTest::keyClick(&shown.view, Qt::Key_Up);
        QCOMPARE(shown.view.selectedKey(), 2u);
        QTest::keyClick(&shown.view, Qt::Key_Escape);
        QCOMPARE(shown.view.selectedKey(), noKey);
        QTest::keyClick(&shown.view, Qt::Key_Down);
        QCOMPARE(shown.view.selectedKey(), inputKey(0));
    }

    void plusMinusAndZeroZoom()
    {
        Shown shown(samples::resNet(4));
        const double zoom = shown.view.zoom();
        QTest::keyClick(&shown.view, Qt::Key_Plus);
        QVERIFY(shown.view.zoom() > zoom);
        QTest::keyClick(&shown.view, Qt::Key_Minus);
        QCOMPARE(shown.view.zoom(), zoom);
        QTest::keyClick(&shown.view, Qt::Key_0);
        shown.settle();
        QCOMPARE(shown.view.zoom(), 1.0);
    }

    void groupsExpandAndCollapseInPlace()
    {
        Shown shown(samples::transformer(6, 20));
        const auto& nodes = shown.view.scene()->graph().nodes;
        const auto group = std::find_if(nodes.begin(), nodes.end(),
                                        [](const auto& node) { return node.kind == NodeKind::Group; });
        QVERIFY(group != nodes.end());
        const std::uint64_t key = group->key;
        const std::size_t count = nodes.size();
        shown.view.reveal(key);
        shown.settle();
        const QPointF before = shown.view.fromScene(shown.view.scene()->rectOfKey(key).topLeft());
        QTest::mouseDClick(&shown.view, Qt::LeftButton, {}, shown.centerOf(key));
        shown.settle();
        QVERIFY(shown.view.scene()->nodeCount() > count);
        QVERIFY(shown.view.scene()->groupOfKey(key) != noIndex);
        const QRectF frame = shown.view.scene()->rectOfKey(key);
        QVERIFY2(near(shown.view.fromScene(frame.topLeft()), before, 1), "the header moved under the cursor");
        QTest::mouseDClick(&shown.view, Qt::LeftButton, {},
                           shown.view.fromScene(frame.topLeft() + QPointF(14, 10)).toPoint());
        shown.settle();
        QCOMPARE(shown.view.scene()->nodeCount(), count);
    }

    void revealExpandsWhatHidesANode()
    {
        const DisplayGraph graph = samples::transformer(6, 20);
        Shown shown(graph);
        std::uint64_t key = noKey;
        for (const auto& node : graph.nodes)
            if (shown.view.scene()->visibleKey(node.key) != node.key)
                key = node.key;
        QVERIFY(key != noKey);
        shown.view.reveal(key);
        QTRY_VERIFY(shown.view.isIdle() && shown.view.scene()->visibleKey(key) == key);
        QVERIFY(shown.view.rect().contains(shown.centerOf(key)));
    }

    void theSameGraphWithNewNumbersKeepsThePlace()
    {
        DisplayGraph graph = samples::resNet(4);
        Shown shown(graph);
        shown.wheel({200, 200}, 240);
        shown.settle();
        const std::uint64_t key = 3;
        shown.view.setSelectedKey(key);
        shown.view.reveal(key);
        shown.settle();
        const double zoom = shown.view.zoom();
        const QPointF before = shown.view.fromScene(shown.view.scene()->rectOfKey(key).topLeft());
        samples::addTimes(graph);
        shown.view.setGraph(std::make_shared<DisplayGraph>(graph), ViewChange::Keep);
        shown.settle();
        QVERIFY(shown.view.scene()->graph().legend.shown());
        QCOMPARE(shown.view.zoom(), zoom);
        QVERIFY(near(shown.view.fromScene(shown.view.scene()->rectOfKey(key).topLeft()), before, 1));
        QCOMPARE(shown.view.selectedKey(), key);
    }

    void anEmptyViewSaysWhy()
    {
        auto theme = theme::Theme::load(theme::Mode::Dark).releaseValue();
        GraphView view(theme);
        view.resize(600, 400);
        const QImage blank = view.grab().toImage();
        view.setPlaceholder("No model is open", "Drop an ONNX file here");
        const QImage said = view.grab().toImage();
        QVERIFY(said != blank);
        QCOMPARE(said.pixelColor(2, 2).rgb(), theme.color(theme::Role::Canvas).rgb());
        QTest::keyClick(&view, Qt::Key_Space);
        QTest::keyClick(&view, Qt::Key_Down);
        QTest::mouseDClick(&view, Qt::LeftButton, {}, {300, 200});
        view.setGraph(std::make_shared<DisplayGraph>());
        QCOMPARE(view.grab().toImage(), said);
    }

    void anImpossibleGraphIsReported()
    {
        auto theme = theme::Theme::load(theme::Mode::Light).releaseValue();
        GraphView view(theme);
        QSignalSpy failed(&view, &GraphView::failed);
        DisplayGraph graph = samples::resNet(1);
        graph.edges[0].to = 12345;
        view.setGraph(std::make_shared<DisplayGraph>(graph));
        QTRY_COMPARE(failed.count(), 1);
    }

    void aRefinementIsShownUnlessTheUserMoved()
    {
        auto theme = theme::Theme::load(theme::Mode::Light).releaseValue();
        for (bool moves : {false, true}) {
            GraphView view(theme);
            view.resize(800, 600);
            view.show();
            std::atomic<bool> release = false;
            // Refines by mirroring what the own layout would give.
            view.setRefiner([&release](const layout::Level& level) -> std::optional<layout::LevelResult> {
                while (!release)
                    std::this_thread::yield();
                layout::LevelRefiner none;
                layout::LayoutRequest request;
                for (const auto& size : level.boxes)
                    request.nodes.push_back({size});
                for (const auto& edge : level.edges)
                    request.edges.push_back({edge.from, edge.to});
                request.options = level.options;
                auto own = layout::layout(request).releaseValue();
                layout::LevelResult result;
                for (const auto& rect : own.nodes)
                    result.centers.push_back({own.bounds.width - rect.center().x, rect.center().y});
                for (const auto& point : own.points)
                    result.points.push_back({own.bounds.width - point.x, point.y});
                result.edgeStart = own.edgeStart;
                result.backEdge = own.backEdge;
                result.size = {own.bounds.width, own.bounds.height};
                return result;
            });
            QSignalSpy finished(&view, &GraphView::layoutFinished);
            view.setGraph(std::make_shared<DisplayGraph>(samples::resNet(1, false)));
            QTRY_COMPARE(finished.count(), 1);
            const auto first = view.scene();
            if (moves)
                view.zoomIn();
            release = true;
            QTRY_VERIFY(view.isIdle());
            QCOMPARE(finished.count(), moves ? 1 : 2);
            QCOMPARE(view.scene() == first, moves);
        }
    }
};

QTEST_MAIN(TestGraphView)
#include "test_graph_view.moc"
