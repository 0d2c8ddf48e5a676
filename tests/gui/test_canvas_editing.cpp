// SPDX-License-Identifier: Apache-2.0
//
// The canvas as an editor, by mouse and by key: lines from port to port, edges that are cut or get an
// operator, nodes that are moved and stay. With ORRERY_PICTURES=FOLDER it also writes pictures.
#include "tests/gui/window_fixture.h"
#include "views/panels/graph.h"
#include "views/panels/graph_canvas.h"
#include "views/panels/graph_edits.h"
#include "views/panels/graph_places.h"

#include <QFile>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMimeData>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QUrl>

using namespace orrery;
using namespace orrery::window;
using canvas::Port;
using canvas::Side;

namespace {

struct Shown {
    QTemporaryDir folder;
    std::unique_ptr<MainWindow> window = shownWindow();

    explicit Shown(const char* name)
    {
        for (const QString& file : {QString(name), QString(name) + ".bin"})
            QFile::copy(sample(file.toUtf8()), folder.filePath(file));
        window->resize(1300, 2100); // so that the whole graph can be read and hit
        window->openFile(folder.filePath(name));
        settle(*window);
    }
    document::Document& document() const { return window->document(); }
    const graph::Graph& graph() const { return document().editor().model().graph; }
    canvas::GraphView& view() const { return window->graphPanel().view(); }
    panels::GraphCanvas& edits() const { return window->graphPanel().edits(); }
    std::uint64_t key(const char* name) const { return keyOf(*window, name); }
    const graph::Node& node(const char* name) const { return graph().node(NodeId(std::size_t(key(name)))); }
    std::size_t count(std::string_view opType) const
    {
        std::size_t found = 0;
        for (NodeId id : graph().liveNodes())
            found += graph().node(id).opType == opType ? 1 : 0;
        return found;
    }
    QPoint middle(std::uint64_t nodeKey) const
    {
        return view().fromScene(view().scene()->rectOfKey(nodeKey).center()).toPoint();
    }
    // Where the edge into that input is, on the screen.
    QPoint onEdge(std::uint64_t to, std::uint16_t slot) const
    {
        const auto scene = view().scene();
        for (std::uint32_t e : scene->edgesOf(scene->nodeOfKey(to)))
            if (scene->graph().nodes[scene->graph().edges[e].to].key == to &&
                scene->graph().edges[e].toPort == slot) {
                const QPointF* points = scene->edgePoints(e);
                const std::size_t n = scene->edgePointCount(e);
                return view().fromScene((points[(n - 1) / 2] + points[n / 2]) / 2).toPoint();
            }
        return {};
    }
    void move(QPoint to, Qt::MouseButtons buttons = Qt::LeftButton) const
    {
        QMouseEvent event(QEvent::MouseMove, QPointF(to), view().mapToGlobal(QPointF(to)), Qt::NoButton,
                          buttons, Qt::NoModifier);
        QApplication::sendEvent(&view(), &event);
    }
    void drag(QPoint from, QPoint to, bool drop = true) const
    {
        QTest::mousePress(&view(), Qt::LeftButton, {}, from);
        move(from + QPoint(12, 12));
        move((from + to) / 2);
        move(to);
        if (drop)
            QTest::mouseRelease(&view(), Qt::LeftButton, {}, to);
    }
    QPoint port(const char* name, Side side, std::uint16_t slot) const
    {
        return view().portPosition({key(name), side, slot}).value_or(QPointF()).toPoint();
    }
    void showAll() const
    {
        view().fitAll();
        settle(*window);
    }
    void picture(const char* name) const
    {
        if (const QString to = qEnvironmentVariable("ORRERY_PICTURES"); !to.isEmpty())
            window->grab().save(to + "/" + name);
    }
};

constexpr char cifar[] = "cifar10_cnn.onnxtxt";

} // namespace

class TestCanvasEditing : public QObject {
    Q_OBJECT

private slots:
    void aLineFromAnOutputToAnInputConnects();
    void escapeEndsALineAndChangesNothing();
    void aLineBackwardsFromAnInputConnects();
    void whatWouldCloseACycleIsNoTarget();
    void typesThatClashAreToldFromThoseThatFit();
    void theKeyboardConnectsToTheBestInputFirst();
    void anEdgeIsSelectedByAClickAndCutByDelete();
    void anOperatorGoesOntoTheSelectedEdge();
    void anOperatorIsDroppedOntoAnEdgeOntoANodeAndOntoNothing();
    void aDroppedModelIsMerged();
    void nodesStayWhereTheyAreWhenOneIsInserted();
    void aMovedNodeStaysThroughEditsUndoAndReopening();
    void layOutAgainForgetsWhereNodesWerePut();
    void severalNodesAreAligned();
    void aBodyIsEditedInPlace();
};

void TestCanvasEditing::aLineFromAnOutputToAnInputConnects()
{
    Shown s(cifar);
    s.showAll();
    const ValueId conv = s.node("conv1").outputs[0];
    const std::uint64_t pool = s.key("pool1");
    QVERIFY(pool != canvas::noKey && s.node("pool1").inputs[0] != conv);
    s.drag(s.port("conv1", Side::Output, 0), s.port("pool1", Side::Input, 0), false);
    s.picture("line_while_dragging.png");
    QTest::mouseRelease(&s.view(), Qt::LeftButton, {}, s.port("pool1", Side::Input, 0));
    QCOMPARE(s.node("pool1").inputs[0].value, conv.value);
    QCOMPARE(s.document().editor().stepCount(), 1u);
}

void TestCanvasEditing::escapeEndsALineAndChangesNothing()
{
    Shown s(cifar);
    s.showAll();
    s.drag(s.port("conv1", Side::Output, 0), s.port("pool1", Side::Input, 0), false);
    QTest::keyClick(&s.view(), Qt::Key_Escape);
    QTest::mouseRelease(&s.view(), Qt::LeftButton, {}, s.port("pool1", Side::Input, 0));
    QCOMPARE(s.document().editor().stepCount(), 0u);
}

void TestCanvasEditing::aLineBackwardsFromAnInputConnects()
{
    Shown s(cifar);
    s.showAll();
    const ValueId conv = s.node("conv1").outputs[0];
    s.drag(s.port("pool1", Side::Input, 0), s.port("conv1", Side::Output, 0));
    QCOMPARE(s.node("pool1").inputs[0].value, conv.value);
}

void TestCanvasEditing::whatWouldCloseACycleIsNoTarget()
{
    Shown s(cifar);
    for (canvas::Fit fit : s.edits().slotFits({s.key("pool1"), Side::Output, 0}, s.key("conv1")))
        QCOMPARE(fit, canvas::Fit::Impossible);
    s.showAll();
    s.drag(s.port("pool1", Side::Output, 0), s.middle(s.key("conv1")));
    QCOMPARE(s.document().editor().stepCount(), 0u);
}

void TestCanvasEditing::typesThatClashAreToldFromThoseThatFit()
{
    Shown s(cifar);
    // 10 numbers for each picture are no picture to convolve; the picture itself is.
    const auto input = s.edits().slotFits({s.key("x"), Side::Output, 0}, s.key("conv1"));
    QVERIFY(!input.empty());
    QCOMPARE(input[0], canvas::Fit::Good);
    const auto later = s.edits().slotFits({s.key("x"), Side::Output, 0}, s.key("conv2"));
    QVERIFY(!later.empty());
    QCOMPARE(later[0], canvas::Fit::Clash); // 3 channels where 32 are convolved
    Shown branch("if_branch.onnxtxt");
    const auto negated =
        branch.edits().slotFits({branch.key("condition"), Side::Output, 0}, branch.key("negate"));
    QVERIFY(!negated.empty());
    QCOMPARE(negated[0], canvas::Fit::Clash); // a truth value has no sign
}

void TestCanvasEditing::theKeyboardConnectsToTheBestInputFirst()
{
    Shown s(cifar);
    const ValueId conv = s.node("conv1").outputs[0];
    s.document().focus().select(document::GraphStage::Dataflow, s.key("conv1"));
    s.window->action("connect")->trigger();
    auto* filter = s.window->findChild<QLineEdit*>("graphChooserFilter");
    auto* list = s.window->findChild<QListWidget*>("graphChooserList");
    QVERIFY(filter != nullptr && list != nullptr);
    QVERIFY(list->count() > 1);
    QVERIFY(!list->item(0)->text().contains("would clash"));
    QTest::keyClicks(filter, "pool1");
    QCOMPARE(list->count(), 1);
    QTest::keyClick(filter, Qt::Key_Return);
    QCOMPARE(s.node("pool1").inputs[0].value, conv.value);
}

void TestCanvasEditing::anEdgeIsSelectedByAClickAndCutByDelete()
{
    Shown s(cifar);
    s.showAll();
    const std::uint64_t pool = s.key("pool1");
    QTest::mouseClick(&s.view(), Qt::LeftButton, {}, s.onEdge(pool, 0));
    QCOMPARE(s.view().selectedEdge().to, pool);
    s.picture("edge_selected.png");
    QTest::keyClick(&s.view(), Qt::Key_Delete);
    QVERIFY(s.node("pool1").inputs.empty());
    QVERIFY(settle(*s.window));
    s.window->action("undo")->trigger();
    QCOMPARE(s.node("pool1").inputs.size(), 1u);
}

void TestCanvasEditing::anOperatorGoesOntoTheSelectedEdge()
{
    Shown s(cifar);
    s.showAll();
    QTest::mouseClick(&s.view(), Qt::LeftButton, {}, s.onEdge(s.key("pool1"), 0));
    const ValueId before = s.node("pool1").inputs[0];
    panels::insertOperator(s.document(), "", "Sigmoid");
    const graph::Node& made = s.graph().node(s.graph().value(s.node("pool1").inputs[0]).producer);
    QCOMPARE(made.opType, std::string("Sigmoid"));
    QCOMPARE(made.inputs[0].value, before.value);
}

void TestCanvasEditing::anOperatorIsDroppedOntoAnEdgeOntoANodeAndOntoNothing()
{
    Shown s(cifar);
    s.showAll();
    auto drop = [&](QPoint at) {
        QMimeData data;
        data.setData(panels::operatorMimeType, "\nSigmoid");
        QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&s.view(), &enter);
        QVERIFY(enter.isAccepted());
        QDragMoveEvent over(at, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&s.view(), &over);
        QDropEvent dropped(QPointF(at), Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&s.view(), &dropped);
        QVERIFY(settle(*s.window));
    };
    drop(s.onEdge(s.key("pool1"), 0));
    QCOMPARE(s.graph().node(s.graph().value(s.node("pool1").inputs[0]).producer).opType,
             std::string("Sigmoid"));
    drop(s.middle(s.key("pool1")));
    QCOMPARE(s.count("Sigmoid"), 2u);
    s.showAll();
    const QPoint corner(s.view().width() - 150, 60);
    const QPointF wanted = s.view().toScene(corner); // the view follows what is new
    drop(corner);
    QCOMPARE(s.count("Sigmoid"), 3u);
    const std::uint64_t made = s.graph().nodeSlots() - 1;
    const QRectF box = s.view().scene()->rectOfKey(made);
    QVERIFY(box.adjusted(-60, -60, 60, 60).contains(wanted));
    s.window->action("undo")->trigger(); // the drop is one step, its place included
    QCOMPARE(s.count("Sigmoid"), 2u);
}

void TestCanvasEditing::aDroppedModelIsMerged()
{
    Shown s(cifar);
    const std::size_t before = s.graph().nodeCount();
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(sample("mlp.onnxtxt"))});
    if (!QFile::exists(sample("mlp.onnxtxt")))
        data.setUrls({QUrl::fromLocalFile(s.document().path())});
    QDragEnterEvent enter(QPoint(20, 20), Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(&s.view(), &enter);
    QDropEvent dropped(QPointF(20, 20), Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(&s.view(), &dropped);
    auto* menu = s.window->findChild<QMenu*>("dropMenu");
    QVERIFY(menu != nullptr);
    menu->actions().at(1)->trigger();
    menu->close();
    QTRY_VERIFY(s.graph().nodeCount() > before);
    QCOMPARE(s.document().editor().stepCount(), 1u);
}

void TestCanvasEditing::nodesStayWhereTheyAreWhenOneIsInserted()
{
    Shown s(cifar);
    s.showAll();
    const auto before = s.view().scene();
    s.document().focus().select(document::GraphStage::Dataflow, s.key("conv1"));
    panels::insertOperator(s.document(), "", "Sigmoid");
    QVERIFY(settle(*s.window));
    const auto after = s.view().scene();
    QVERIFY(after != before);
    std::size_t moved = 0;
    for (std::uint32_t i = 0; i < before->nodeCount(); ++i) {
        const std::uint64_t key = before->graph().nodes[i].key;
        QCOMPARE(after->rectOfKey(key).center().x(), before->nodeRect(i).center().x());
        moved += after->rectOfKey(key).top() != before->nodeRect(i).top() ? 1 : 0;
    }
    QVERIFY(moved < before->nodeCount()); // what is above stays wholly
    const QRectF made = after->rectOfKey(s.graph().nodeSlots() - 1);
    QVERIFY(made.top() > after->rectOfKey(s.key("conv1")).bottom());
    for (std::uint32_t i = 0; i < after->nodeCount(); ++i)
        for (std::uint32_t j = i + 1; j < after->nodeCount(); ++j)
            QVERIFY(!after->nodeRect(i).intersects(after->nodeRect(j)));
    s.picture("inserted_in_place.png");
}

void TestCanvasEditing::aMovedNodeStaysThroughEditsUndoAndReopening()
{
    Shown s(cifar);
    s.showAll();
    const std::uint64_t conv = s.key("conv1");
    const QRectF before = s.view().scene()->rectOfKey(conv);
    QTest::mouseClick(&s.view(), Qt::LeftButton, {}, s.middle(conv));
    s.drag(s.middle(conv), s.middle(conv) + QPoint(90, 4));
    QVERIFY(settle(*s.window));
    const QRectF moved = s.view().scene()->rectOfKey(conv);
    QVERIFY(moved.left() > before.left() + 40);
    QCOMPARE(s.document().editor().stepCount(), 0u); // no edit of the model
    panels::insertOperator(s.document(), "", "Sigmoid");
    QVERIFY(settle(*s.window));
    QCOMPARE(s.view().scene()->rectOfKey(conv).topLeft(), moved.topLeft());
    s.window->action("undo")->trigger();
    QVERIFY(settle(*s.window));
    QCOMPARE(s.count("Sigmoid"), 0u);
    QCOMPARE(s.view().scene()->rectOfKey(conv).topLeft(), moved.topLeft());
    s.window->action("undo")->trigger();
    QVERIFY(settle(*s.window));
    QCOMPARE(s.view().scene()->rectOfKey(conv).topLeft(), before.topLeft());
    s.window->action("redo")->trigger();
    QVERIFY(settle(*s.window));
    QCOMPARE(s.view().scene()->rectOfKey(conv).topLeft(), moved.topLeft());
    QTest::qWait(900); // places are kept a moment after a move
    const QString path = s.document().path();
    s.window.reset();
    s.window = shownWindow();
    s.window->openFile(path);
    QVERIFY(settle(*s.window));
    QCOMPARE(s.view().scene()->rectOfKey(s.key("conv1")).topLeft(), moved.topLeft());
}

void TestCanvasEditing::layOutAgainForgetsWhereNodesWerePut()
{
    Shown s(cifar);
    s.showAll();
    const std::uint64_t conv = s.key("conv1");
    const QRectF before = s.view().scene()->rectOfKey(conv);
    QTest::mouseClick(&s.view(), Qt::LeftButton, {}, s.middle(conv));
    s.drag(s.middle(conv), s.middle(conv) + QPoint(90, 4));
    QVERIFY(settle(*s.window));
    QVERIFY(s.view().scene()->rectOfKey(conv).topLeft() != before.topLeft());
    s.window->action("lay_out_again")->trigger();
    QVERIFY(settle(*s.window));
    QCOMPARE(s.view().scene()->rectOfKey(conv).topLeft(), before.topLeft());
}

void TestCanvasEditing::severalNodesAreAligned()
{
    Shown s(cifar);
    const std::uint64_t a = s.key("conv1"), b = s.key("pool1");
    s.document().focus().select(document::GraphStage::Dataflow, a);
    s.document().focus().setAlsoSelected({a, b});
    s.window->action("align_left")->trigger();
    QVERIFY(settle(*s.window));
    QCOMPARE(s.view().scene()->rectOfKey(a).left(), s.view().scene()->rectOfKey(b).left());
}

void TestCanvasEditing::aBodyIsEditedInPlace()
{
    Shown s("if_branch.onnxtxt");
    NodeId inner;
    for (NodeId id : s.graph().liveNodes())
        if (s.graph().node(id).region != s.graph().mainRegion() && !s.graph().node(id).outputs.empty())
            inner = id;
    if (!inner.valid())
        QSKIP("the sample has no node in a body");
    const RegionId body = s.graph().node(inner).region;
    canvas::DropPlace place;
    place.scene = {10, 10};
    place.beside = inner.value;
    QMimeData data;
    data.setData(panels::operatorMimeType, "\nSigmoid");
    s.edits().drop(data, place);
    const NodeId made(s.graph().nodeSlots() - 1);
    QCOMPARE(s.graph().node(made).region.value, body.value);
    s.edits().connectPorts({inner.value, Side::Output, 0}, {made.value, Side::Input, 0});
    QCOMPARE(s.graph().node(made).inputs.at(0).value, s.graph().node(inner).outputs[0].value);
    QVERIFY(settle(*s.window));
}

QTEST_MAIN(TestCanvasEditing)
#include "test_canvas_editing.moc"
