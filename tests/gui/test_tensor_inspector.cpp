// SPDX-License-Identifier: Apache-2.0
//
// The tensor inspector in the window: constants without a session, tensors at the event that a session is at,
// what was freed, NaN, editing, comparing, exporting, keys. With ORRERY_PICTURES=FOLDER the last test leaves
// pictures of the panel there, in both themes, of a page that goes through a real network.
#include "engine/formats/tensor_file.h"
#include "tests/gui/window_fixture.h"
#include "views/panels/tensor_inspector.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QPainter>
#include <QTemporaryDir>

#include <cmath>
#include <limits>

using namespace orrery;
using namespace orrery::window;
using document::DebugController;
using panels::TensorInspector;
using tensor_view::ViewKind;

namespace {

TensorInspector& inspectorOf(MainWindow& window)
{
    window.showPanel("tensor_inspector");
    return *window.findChild<TensorInspector*>();
}

NodeId nodeNamed(const graph::Graph& graph, const std::string& name)
{
    for (NodeId id : graph.liveNodes())
        if (graph.node(id).name == name)
            return id;
    return {};
}

std::unique_ptr<MainWindow> openWindow(const QString& path)
{
    auto window = shownWindow();
    window->openFile(path);
    return settle(*window) ? std::move(window) : nullptr;
}

bool startDebugging(MainWindow& window, document::DebugSettings settings = {})
{
    window.document().debugger().start(settings);
    return settle(window) && window.document().debugger().phase() == DebugController::Phase::Paused;
}

bool go(MainWindow& window, const debug::Movement& movement)
{
    window.document().debugger().go(movement);
    return settle(window);
}

debug::Movement movement(debug::Goal goal, debug::Direction direction = debug::Direction::Forward,
                         std::uint64_t count = 1)
{
    debug::Movement movement;
    movement.goal = goal;
    movement.direction = direction;
    movement.count = count;
    return movement;
}

bool goBefore(MainWindow& window, const char* node)
{
    debug::Movement there = movement(debug::Goal::Node);
    there.node = nodeNamed(*window.document().debugger().graph(), node);
    return there.node.valid() && go(window, there);
}

void press(QWidget& inside, const QString& text)
{
    for (QAbstractButton* button : inside.findChildren<QAbstractButton*>())
        if (button->text() == text && button->isVisibleTo(&inside))
            return button->click();
    qFatal("there is no button \"%s\"", qPrintable(text));
}

document::DebugSettings cifarSettings()
{
    document::DebugSettings settings;
    settings.inputShapes["x"] = {1, 3, 32, 32};
    return settings;
}

} // namespace

class TestTensorInspector : public QObject {
    Q_OBJECT

private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void saysWhatToDoWhenThereIsNothing()
    {
        auto window = shownWindow();
        TensorInspector& inspector = inspectorOf(*window);
        QVERIFY(labelTexts(&inspector).contains("Open a model"));
        window->openFile(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(settle(*window));
        QVERIFY2(labelTexts(&inspector).contains("Select a node"), qPrintable(labelTexts(&inspector)));
    }

    void constantsCanBeSeenWithoutASession()
    {
        auto window = openWindow(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(window);
        TensorInspector& inspector = inspectorOf(*window);
        window->document().focus().select(document::GraphStage::Dataflow, keyOf(*window, "conv1"));
        QVERIFY(settle(*window));
        panels::TensorPage& page = inspector.currentPage();
        QVERIFY2(page.tensor().defined(), qPrintable(labelTexts(&inspector)));
        QVERIFY(labelTexts(&inspector).contains("Constant of the model"));
        // The other way round: what flows needs a session.
        const auto graph = window->document().stageGraph(document::GraphStage::Dataflow).graph;
        inspector.inspect(graph->node(nodeNamed(*graph, "conv1")).outputs[0]);
        QVERIFY(settle(*window));
        QVERIFY2(labelTexts(&inspector).contains("F10"), qPrintable(labelTexts(&inspector)));
    }

    void showsTheTensorAtTheCurrentEvent()
    {
        auto window = openWindow(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(window && startDebugging(*window, cifarSettings()));
        TensorInspector& inspector = inspectorOf(*window);
        const auto graph = window->document().debugger().graph();
        const ValueId value = graph->node(nodeNamed(*graph, "conv1")).outputs[0];
        inspector.inspect(value);
        QVERIFY(settle(*window));
        QVERIFY2(labelTexts(&inspector).contains("Not computed yet"), qPrintable(labelTexts(&inspector)));
        QVERIFY(go(*window, movement(debug::Goal::Step))); // it stood before conv1
        QVERIFY2(labelTexts(&inspector).contains("Alive at event"), qPrintable(labelTexts(&inspector)));
        QCOMPARE(inspector.currentPage().tensor().rank(), std::size_t(4));
        QVERIFY(inspector.currentPage().view() == ViewKind::FeatureMaps);
        QVERIFY(inspector.currentPage().maps().maps().tilesMade() > 0);
        QVERIFY(go(*window, movement(debug::Goal::Step, debug::Direction::Backward)));
        QVERIFY(!inspector.currentPage().tensor().defined());
    }

    void whatWasFreedCanBeRecomputedAndRunBackTo()
    {
        auto window = openWindow(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(window && startDebugging(*window, cifarSettings()));
        TensorInspector& inspector = inspectorOf(*window);
        const auto graph = window->document().debugger().graph();
        const NodeId conv = nodeNamed(*graph, "conv1");
        QVERIFY(goBefore(*window, "dense1"));
        const std::uint64_t position = window->document().debugger().state()->position;
        inspector.inspect(graph->node(conv).outputs[0]);
        QVERIFY(settle(*window));
        QVERIFY2(labelTexts(&inspector).contains("Not captured"), qPrintable(labelTexts(&inspector)));
        press(inspector, "Recompute");
        QVERIFY(settle(*window));
        QVERIFY2(inspector.currentPage().tensor().defined(), qPrintable(labelTexts(&inspector)));
        QCOMPARE(window->document().debugger().state()->position, position);
        press(inspector, "Back to writer");
        QVERIFY(settle(*window));
        QVERIFY(window->document().debugger().state()->next == conv);
    }

    void nanIsCountedAndJumpedTo()
    {
        auto window = openWindow(sample("nan.onnxtxt"));
        QVERIFY(window && startDebugging(*window));
        TensorInspector& inspector = inspectorOf(*window);
        window->document().debugger().findBadValue({});
        QVERIFY(settle(*window));
        const auto graph = window->document().debugger().graph();
        const NodeId bad = window->document().debugger().state()->previous;
        inspector.inspect(graph->node(bad).outputs[0]);
        QVERIFY(settle(*window));
        panels::TensorPage& page = inspector.currentPage();
        QVERIFY2(labelTexts(&page).contains(" NaN") || labelTexts(&page).contains("infinite"),
                 qPrintable(labelTexts(&page)));
        const auto statistics = debug::statistics(page.tensor());
        const bool isNan = statistics.nans > 0;
        press(page, isNan ? "Next NaN" : "Next Inf");
        QVERIFY(settle(*window));
        const auto flat = page.table().grid().currentFlat();
        QVERIFY(flat && !std::isfinite(debug::element(page.tensor(), *flat)));
    }

    void anElementTypedOverMakesABranch()
    {
        auto window = openWindow(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(window && startDebugging(*window, cifarSettings()));
        TensorInspector& inspector = inspectorOf(*window);
        QVERIFY(goBefore(*window, "dense1"));
        const auto graph = window->document().debugger().graph();
        const ValueId value = graph->node(nodeNamed(*graph, "dense1")).inputs[0];
        inspector.inspect(value);
        QVERIFY(settle(*window));
        panels::TensorPage& page = inspector.currentPage();
        page.showView(ViewKind::Table);
        auto& grid = page.table().grid();
        page.goTo(3);
        QTest::keyClick(&grid, Qt::Key_Return);
        auto* editor = grid.findChild<QLineEdit*>();
        QVERIFY(editor != nullptr);
        editor->setText("42.5");
        QTest::keyClick(editor, Qt::Key_Return);
        QVERIFY(settle(*window));
        QCOMPARE(window->document().debugger().state()->branches.size(), std::size_t(2));
        QCOMPARE(debug::element(page.tensor(), 3), 42.5);
    }

    void pinnedTensorsStayAndCanBeComparedWith()
    {
        auto window = openWindow(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(window && startDebugging(*window, cifarSettings()));
        TensorInspector& inspector = inspectorOf(*window);
        QVERIFY(goBefore(*window, "dense1"));
        const auto graph = window->document().debugger().graph();
        inspector.inspect(graph->node(nodeNamed(*graph, "dense1")).inputs[0]);
        QVERIFY(settle(*window));
        press(inspector, "Pin");
        QCOMPARE(inspector.tabCount(), std::size_t(2));
        const graph::Tensor before = inspector.currentPage().tensor();
        auto changed = graph::Tensor::allocate(before.type(), before.dims());
        for (std::int64_t i = 0; i < before.elementCount(); ++i)
            changed->mutableData<float>()[i] = before.span<float>()[std::size_t(i)] + (i == 7 ? 1.0f : 0.0f);
        window->document().debugger().apply(debug::SetValue{inspector.currentValue(), *changed});
        QVERIFY(settle(*window));
        panels::TensorPage& page = inspector.currentPage();
        page.showView(ViewKind::Compare);
        auto* choice = page.comparison().findChild<QComboBox*>();
        QVERIFY2(choice->itemText(1).contains("@"), qPrintable(choice->itemText(1)));
        emit choice->activated(1);
        QVERIFY(settle(*window));
        const auto& difference = page.comparison().difference();
        QVERIFY2(difference.has_value(), qPrintable(labelTexts(&page.comparison())));
        QCOMPARE(difference->worst, 7);
        QCOMPARE(difference->different, 1);
        press(page.comparison(), "Worst at [" + QString(before.rank() == 2 ? "0, 7" : "7") + "]");
        QCOMPARE(page.table().grid().currentFlat().value_or(-1), 7);
    }

    void exportsAndComparesWithFiles()
    {
        auto window = openWindow(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(window);
        TensorInspector& inspector = inspectorOf(*window);
        window->document().focus().select(document::GraphStage::Dataflow, keyOf(*window, "conv1"));
        QVERIFY(settle(*window));
        panels::TensorPage& page = inspector.currentPage();
        QTemporaryDir folder;
        for (const char* name : {"w.npy", "w.pb", "w.csv", "w.png"}) {
            page.exportTo(folder.filePath(name));
            QVERIFY(settle(*window));
            QVERIFY2(QFile(folder.filePath(name)).size() > 0, qPrintable(labelTexts(&page)));
        }
        QVERIFY(!QImage(folder.filePath("w.png")).isNull());
        page.showView(ViewKind::Compare);
        page.comparison().openFile(folder.filePath("w.npy"));
        QVERIFY(settle(*window));
        QVERIFY(page.comparison().difference().has_value());
        QCOMPARE(page.comparison().difference()->different, 0);
        page.comparison().openFile(folder.filePath("w.csv"));
        QVERIFY(settle(*window));
        QVERIFY(!page.comparison().difference().has_value());
    }

    void theSliceFieldChangesWhatIsShown()
    {
        auto window = openWindow(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(window);
        TensorInspector& inspector = inspectorOf(*window);
        window->document().focus().select(document::GraphStage::Dataflow, keyOf(*window, "conv1"));
        QVERIFY(settle(*window));
        panels::TensorPage& page = inspector.currentPage();
        page.showView(ViewKind::Table);
        QLineEdit* field = page.sliceBar().field();
        field->setText("[3, 1, :, 0:2]");
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(page.sliceBar().slice().columns(), 2);
        const auto& dims = page.tensor().dims();
        page.table().grid().setCurrent({1, 1});
        QCOMPARE(page.table().grid().currentFlat().value_or(-1),
                 ((3 * dims[1] + 1) * dims[2] + 1) * dims[3] + 1);
        field->setText("[3, 1, nonsense]");
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(labelTexts(&page.sliceBar()).contains("nonsense"));
        QCOMPARE(page.sliceBar().slice().columns(), 2);
    }

    void theTableHoldsAHundredMillionRows()
    {
        // Mapped, never touched memory: only what is seen may be read.
        const auto tensor = graph::Tensor::allocate(graph::DataType::UInt8, {100'000'000});
        QVERIFY(tensor.ok());
        auto window = shownWindow();
        tensor_view::CellGrid grid(window.get());
        grid.setTheme(*theme::Theme::load(theme::Mode::Light));
        grid.resize(300, 400);
        grid.setTensor(*tensor);
        grid.show();
        grid.setFocus();
        QTest::keyClick(&grid, Qt::Key_End, Qt::ControlModifier);
        QCOMPARE(grid.currentFlat().value_or(-1), 99'999'999);
        QVERIFY(grid.topRow() > 99'999'000);
        QVERIFY(!grid.grab().isNull());
        QTest::keyClick(&grid, Qt::Key_A, Qt::ControlModifier);
        QVERIFY(grid.selectedText().isEmpty()); // refused rather than 100 million lines
        QTest::keyClick(&grid, Qt::Key_Home, Qt::ControlModifier);
        QTest::keyClick(&grid, Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(grid.selectedText().count('\n'), 2);
    }

    void keysSwitchTheViews()
    {
        auto window = openWindow(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(window);
        TensorInspector& inspector = inspectorOf(*window);
        window->document().focus().select(document::GraphStage::Dataflow, keyOf(*window, "conv1"));
        QVERIFY(settle(*window));
        panels::TensorPage& page = inspector.currentPage();
        page.sliceBar().setFocus();
        window->activateWindow();
        for (int i = 0; i < tensor_view::viewKinds; ++i) {
            if (!page.isEnabled())
                continue;
            QTest::keyClick(&page, Qt::Key(Qt::Key_1 + i), Qt::ControlModifier);
            QVERIFY(page.view() == ViewKind(i));
        }
    }

    void picturesOfARealNetwork();
};

namespace {

// A page with writing, normalised as the network wants it.
bool writePage(const QString& path)
{
    QImage page(640, 640, QImage::Format_RGB32);
    page.fill(QColor("#f2ead8"));
    QPainter painter(&page);
    QLinearGradient sky(0, 0, 0, 260);
    sky.setColorAt(0, QColor("#20406f"));
    sky.setColorAt(1, QColor("#e8a860"));
    painter.fillRect(0, 0, 640, 260, sky);
    painter.setPen(Qt::white);
    painter.setFont(QFont("DejaVu Sans", 44, QFont::Bold));
    painter.drawText(QRect(0, 60, 640, 90), Qt::AlignCenter, "ORRERY");
    painter.setFont(QFont("DejaVu Sans", 20));
    painter.setPen(Qt::black);
    for (int line = 0; line < 6; ++line)
        painter.drawText(40, 320 + line * 46, "The quick brown fox jumps over " + QString::number(line));
    painter.end();
    auto tensor = graph::Tensor::allocate(graph::DataType::Float32, {1, 3, 640, 640});
    const double mean[] = {0.485, 0.456, 0.406}, deviation[] = {0.229, 0.224, 0.225};
    for (int y = 0; y < 640; ++y)
        for (int x = 0; x < 640; ++x) {
            const int channels[] = {qRed(page.pixel(x, y)), qGreen(page.pixel(x, y)),
                                    qBlue(page.pixel(x, y))};
            for (int c = 0; c < 3; ++c)
                tensor->mutableData<float>()[(c * 640 + y) * 640 + x] =
                    float((channels[c] / 255.0 - mean[c]) / deviation[c]);
        }
    return formats::writeTensor(*tensor, path.toStdString()).ok();
}

} // namespace

void TestTensorInspector::picturesOfARealNetwork()
{
    const QString folder = qEnvironmentVariable("ORRERY_PICTURES");
    const QString models = qEnvironmentVariable("ORRERY_PEER_MODELS");
    if (folder.isEmpty() || models.isEmpty())
        QSKIP("ORRERY_PICTURES and ORRERY_PEER_MODELS are not both set: no pictures are made");
    QTemporaryDir scratch;
    QVERIFY(writePage(scratch.filePath("page.pb")));
    auto window = openWindow(models + "/ocr/ch_PP-OCRv4_det_infer.onnx");
    QVERIFY(window);
    document::DebugSettings settings;
    settings.inputs.push_back({"x", 0, scratch.filePath("page.pb").toStdString()});
    QVERIFY2(startDebugging(*window, settings), window->document().debugger().lastError().c_str());
    TensorInspector& inspector = inspectorOf(*window);
    const auto graph = window->document().debugger().graph();
    window->resize(1500, 950);
    const auto picture = [&](const QString& name) {
        for (auto [choice, suffix] :
             {std::pair(ThemeChoice::Light, "light"), std::pair(ThemeChoice::Dark, "dark")}) {
            window->setThemeChoice(choice);
            settle(*window);
            inspector.grab().save(QString("%1/%2_%3.png").arg(folder, name, suffix));
            if (name == "image" || name == "bottom")
                window->grab().save(QString("%1/window_%2_%3.png").arg(folder, name, suffix));
        }
    };
    inspector.inspect(graph->main().inputs.front());
    QVERIFY(settle(*window));
    picture("image");
    QVERIFY(goBefore(*window, "p2o.Conv.9"));
    inspector.inspect(graph->node(nodeNamed(*graph, "p2o.Conv.9")).inputs[0]);
    QVERIFY(settle(*window));
    inspector.currentPage().showAbout();
    picture("about");
    const std::pair<ViewKind, const char*> views[] = {{ViewKind::FeatureMaps, "maps"},
                                                      {ViewKind::HeatMap, "heat"},
                                                      {ViewKind::Table, "table"},
                                                      {ViewKind::Lines, "lines"}};
    for (auto [view, name] : views) {
        inspector.currentPage().showView(view);
        if (view == ViewKind::Table)
            inspector.currentPage().table().findChild<QCheckBox*>()->setChecked(true);
        QVERIFY(settle(*window));
        picture(name);
    }
    inspector.pin();
    const graph::Tensor before = inspector.currentPage().tensor();
    auto changed = graph::Tensor::allocate(before.type(), before.dims());
    for (std::int64_t i = 0; i < before.elementCount(); ++i)
        changed->mutableData<float>()[i] = before.span<float>()[std::size_t(i)] * (i % 7 == 0 ? 0.9f : 1.0f) +
                                           (i == 100 ? std::numeric_limits<float>::quiet_NaN() : 0);
    window->document().debugger().apply(debug::SetValue{inspector.currentValue(), *changed});
    QVERIFY(settle(*window));
    inspector.currentPage().showView(ViewKind::Compare);
    emit inspector.currentPage().comparison().findChild<QComboBox*>()->activated(1);
    QVERIFY(settle(*window));
    picture("compare");
    auto* dock = window->findChild<QDockWidget*>("tensor_inspector");
    window->tabifyDockWidget(window->findChild<QDockWidget*>("hotspots"), dock);
    window->showPanel("tensor_inspector");
    window->resizeDocks({dock}, {420}, Qt::Vertical);
    inspector.currentPage().showView(ViewKind::FeatureMaps);
    QVERIFY(settle(*window));
    picture("bottom");
    QVERIFY(go(*window, movement(debug::Goal::Step, debug::Direction::Forward, 60)));
    picture("freed");
}

QTEST_MAIN(TestTensorInspector)
#include "test_tensor_inspector.moc"
