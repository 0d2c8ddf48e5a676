// SPDX-License-Identifier: Apache-2.0
//
// The debugger's keys as they are pressed, and what it lists and asks: watches, breakpoints and their menus,
// inputs from files, values from files, divergence, shrinking, a custom operator that writes out of bounds.
#include "app/window/run_dialog.h"
#include "engine/formats/npz.h"
#include "engine/formats/tensor_file.h"
#include "tests/gui/debugger_fixture.h"
#include "views/panels/tensor_inspector.h"

#include <QComboBox>
#include <QContextMenuEvent>
#include <QDialog>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>

using namespace orrery;
using namespace orrery::window;
using document::DebugController;
using Phase = DebugController::Phase;

namespace {

bool key(MainWindow& window, Qt::Key which, Qt::KeyboardModifiers modifiers = {})
{
    if (!QTest::qWaitForWindowActive(&window))
        return false;
    QTest::keyClick(&window, which, modifiers);
    return settle(window);
}

ValueId valueNamed(const graph::Graph& graph, std::string_view name)
{
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (graph.value(ValueId(i)).alive && graph.value(ValueId(i)).name == name)
            return ValueId(i);
    return {};
}

document::DebugSettings shaped(const char* input, graph::Dims dims)
{
    document::DebugSettings settings;
    settings.inputShapes[input] = std::move(dims);
    return settings;
}

void openMenuByKeyboard(QWidget* table)
{
    auto* viewport = qobject_cast<QAbstractScrollArea*>(table)->viewport();
    const QPoint middle = viewport->rect().center();
    QContextMenuEvent event(QContextMenuEvent::Keyboard, middle, viewport->mapToGlobal(middle));
    QApplication::sendEvent(viewport, &event);
}

} // namespace

class TestDebuggerPanels : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM);
        QVERIFY(m_folder.isValid());
    }

    QString copyOf(const char* name) { return copyInto(m_folder, sample(name)); }

    void pressedKeysMoveTheSession()
    {
        auto window = opened(copyOf("transformer_block.onnxtxt"));
        QVERIFY(window);
        QVERIFY(start(*window, shaped("x", {1, 8, 32})));
        auto& debugger = window->document().debugger();
        const auto nodes = debugger.order().front().nodes;
        const auto state = [&] { return debugger.state(); };
        QVERIFY(nodes.size() > 8);
        QVERIFY(key(*window, Qt::Key_F10));
        QVERIFY(key(*window, Qt::Key_F10));
        QCOMPARE(state()->next, nodes[2]);
        QVERIFY(key(*window, Qt::Key_F10, Qt::ShiftModifier));
        QCOMPARE(state()->next, nodes[1]);
        window->document().focus().select(debugger.stage(), nodes[5].value);
        QVERIFY(key(*window, Qt::Key_F9));
        QVERIFY(debugger.breakpointAt(nodes[5]) != nullptr);
        QVERIFY(key(*window, Qt::Key_F5));
        QCOMPARE(state()->next, nodes[5]);
        window->document().focus().select(debugger.stage(), nodes[7].value);
        QVERIFY(key(*window, Qt::Key_F10, Qt::ControlModifier));
        QCOMPARE(state()->next, nodes[7]);
        QVERIFY(key(*window, Qt::Key_F5, Qt::ShiftModifier));
        QCOMPARE(state()->next, nodes[5]);
        QVERIFY(key(*window, Qt::Key_F5, Qt::ControlModifier | Qt::ShiftModifier));
        QCOMPARE(state()->next, nodes[0]);
        window->document().focus().select(debugger.stage(), nodes[5].value);
        QVERIFY(key(*window, Qt::Key_F9));
        QVERIFY(debugger.breakpoints().empty());
    }

    void pressedKeysEnterLeaveAndPause()
    {
        auto window = opened(copyOf("loop.onnxtxt"));
        QVERIFY(window);
        QVERIFY(start(*window));
        auto& debugger = window->document().debugger();
        for (int i = 0; i < 20 && debugger.state()->stack.size() < 2; ++i)
            QVERIFY(key(*window, Qt::Key_F11));
        QCOMPARE(debugger.state()->stack.size(), std::size_t(2));
        const std::uint64_t inside = debugger.state()->position;
        QVERIFY(key(*window, Qt::Key_F11, Qt::ShiftModifier));
        QVERIFY(debugger.state()->stack.size() < 2 && debugger.state()->position > inside);

        auto endless = opened(copyOf("hang.onnxtxt"));
        QVERIFY(endless);
        QVERIFY(start(*endless));
        auto& other = endless->document().debugger();
        QVERIFY(QTest::qWaitForWindowActive(endless.get()));
        QTest::keyClick(endless.get(), Qt::Key_F5);
        QVERIFY(waitFor([&] { return other.phase() == Phase::Moving && other.movingForMs() > 200; }));
        QTest::keyClick(endless.get(), Qt::Key_Pause);
        QVERIFY(waitFor([&] { return other.phase() == Phase::Paused; }));
        QCOMPARE(other.state()->reason, debug::StopReason::Paused);
    }

    void aWatchedValueIsShownAndRemovedFromItsMenu()
    {
        auto window = opened(copyOf("mlp.onnxtxt"));
        QVERIFY(window);
        QVERIFY(start(*window));
        QVERIFY(window->showPanel("watch"));
        auto& debugger = window->document().debugger();
        auto* name = window->findChild<QLineEdit*>("watchName");
        auto* table = window->findChild<QTableWidget*>("watches");
        name->setText("r");
        QTest::keyClick(name, Qt::Key_Return);
        QCOMPARE(debugger.watches().size(), std::size_t(1));
        QVERIFY(settle(*window));
        QCOMPARE(table->item(0, 0)->text(), QString("r"));
        QVERIFY(!table->item(0, 2)->text().contains("min"));
        QVERIFY(press(*window, "debug_step"));
        QVERIFY(press(*window, "debug_step"));
        QVERIFY2(table->item(0, 2)->text().contains("min 0"), qPrintable(table->item(0, 2)->text()));

        table->setCurrentCell(0, 0);
        auto went = chooseWhenOpen("Go to the node that writes it");
        openMenuByKeyboard(table);
        QVERIFY(*went);
        QCOMPARE(window->document().focus().current().key, keyOf(*window, "relu"));
        table->setCurrentCell(0, 0);
        auto removed = chooseWhenOpen("Remove");
        openMenuByKeyboard(table);
        QVERIFY(*removed);
        QVERIFY(debugger.watches().empty());
    }

    void aBreakpointIsChangedAndRemovedFromItsMenu()
    {
        auto window = opened(copyOf("mlp.onnxtxt"));
        QVERIFY(window);
        QVERIFY(window->showPanel("breakpoints"));
        auto& debugger = window->document().debugger();
        debugger.toggleBreakpoint(nodeNamed(*window, "output"));
        auto* table = window->findChild<QTableWidget*>("breakpoints");
        QCOMPARE(table->rowCount(), 1);
        table->setCurrentCell(0, 0);
        for (const auto& [text, enabled] : {std::pair{"Disable", false}, {"Enable", true}}) {
            auto chosen = chooseWhenOpen(text);
            openMenuByKeyboard(table);
            QVERIFY2(*chosen, text);
            QCOMPARE(debugger.breakpoints().front().enabled, enabled);
        }
        table->setFocus();
        QTest::keyClick(table, Qt::Key_Return);
        QCOMPARE(window->document().focus().current().key, keyOf(*window, "output"));
        auto removed = chooseWhenOpen("Remove");
        openMenuByKeyboard(table);
        QVERIFY(*removed);
        QVERIFY(debugger.breakpoints().empty());
    }

    void anInputMayComeFromAFile()
    {
        const QString path = copyOf("mlp.onnxtxt"), file = m_folder.filePath("x.npy");
        auto window = opened(path);
        QVERIFY(window);
        const graph::Tensor given = graph::Tensor::of<float>({1, 16}, std::vector<float>(16, 0.25f));
        QVERIFY(formats::writeTensor(given, file.toStdString()).ok());
        RunDialog dialog(*window->document().model(), {}, RunPurpose::Debug, window.get());
        dialog.show();
        QVERIFY(!dialog.findChild<QSpinBox*>("runRuns")->isVisible());
        QVERIFY(!dialog.findChild<QSpinBox*>("runWarmup")->isVisible());
        auto* field = dialog.findChild<QLineEdit*>("runInput_x");
        QVERIFY(field != nullptr);
        field->setText(m_folder.filePath("nowhere.npy"));
        dialog.accept();
        QVERIFY(dialog.isVisible());
        QVERIFY(labelTexts(&dialog).contains("There is no file"));
        field->setText(file);
        dialog.accept();
        QVERIFY(!dialog.isVisible());
        QCOMPARE(dialog.settings().inputs.size(), std::size_t(1));

        Settings settings(m_folder.filePath("settings.ini"));
        settings.setRunSettings(path, dialog.settings());
        document::DebugSettings debug;
        debug.inputs = settings.runSettings(path).inputs;
        QCOMPARE(debug.inputs.size(), std::size_t(1));
        QVERIFY(settings.runSettings("/another.onnx").inputs.empty());
        QVERIFY(start(*window, debug));
        auto& debugger = window->document().debugger();
        graph::Tensor seen;
        connect(&debugger, &DebugController::tensorReady, this,
                [&](ValueId, const std::shared_ptr<const session::CapturedTensor>& captured) {
                    if (captured->tensor.dims() == given.dims())
                        seen = captured->tensor;
                });
        debugger.requestTensor(valueNamed(*debugger.graph(), "x"), session::Recompute::No);
        QVERIFY(settle(*window));
        QVERIFY(seen.defined() && seen.identicalTo(given));
        disconnect(&debugger, nullptr, this, nullptr);
    }

    void aValueIsSetFromAFileAndComparedWithAnArchive()
    {
        auto window = opened(copyOf("mlp.onnxtxt"));
        QVERIFY(window);
        QVERIFY(start(*window, shaped("x", {1, 16})));
        QVERIFY(press(*window, "debug_step"));
        auto& debugger = window->document().debugger();
        window->document().focus().inspect(valueNamed(*debugger.graph(), "h"));
        QVERIFY(settle(*window));
        auto* page = window->findChild<panels::TensorPage*>();
        QVERIFY(page->tensor().defined());
        const graph::Tensor other = graph::Tensor::of<float>({1, 32}, std::vector<float>(32, 3.0f));
        const graph::Tensor wrong = graph::Tensor::of<float>({2}, {1, 2});
        const std::string right = m_folder.filePath("h.npy").toStdString(),
                          bad = m_folder.filePath("wrong.pb").toStdString();
        QVERIFY(formats::writeTensor(other, right).ok() && formats::writeTensor(wrong, bad).ok());
        page->setFrom(QString::fromStdString(bad));
        QVERIFY(settle(*window));
        QVERIFY2(labelTexts(page).contains("The file holds"), qPrintable(labelTexts(page)));
        QCOMPARE(debugger.state()->branches.size(), std::size_t(1));
        page->setFrom(QString::fromStdString(right));
        QVERIFY(settle(*window));
        QCOMPARE(debugger.state()->branches.size(), std::size_t(2));
        QVERIFY(page->tensor().identicalTo(other));

        const std::string archive = m_folder.filePath("all.npz").toStdString();
        QVERIFY(formats::writeNpz({{"h", other}, {"zzz", wrong}}, archive).ok());
        page->showView(tensor_view::ViewKind::Compare);
        page->comparison().openFile(QString::fromStdString(archive));
        QVERIFY(settle(*window));
        QVERIFY2(labelTexts(&page->comparison()).contains("cosine"),
                 qPrintable(labelTexts(&page->comparison())));
        QVERIFY(formats::writeNpz({{"yyy", other}, {"zzz", wrong}}, archive).ok());
        page->comparison().openFile(QString::fromStdString(archive));
        QVERIFY(settle(*window));
        QVERIFY2(labelTexts(&page->comparison()).contains("yyy, zzz"),
                 qPrintable(labelTexts(&page->comparison())));
    }

    void theFirstDivergenceIsListedAndRanked()
    {
        auto window = opened(copyOf("mlp.onnxtxt"));
        QVERIFY(window);
        QVERIFY(press(*window, "find_divergence"));
        auto* against = window->findChild<QComboBox*>("divergenceAgainst");
        auto* find = window->findChild<QPushButton*>("divergenceFind");
        against->setCurrentIndex(2); // float16
        against->parentWidget()->findChild<QDoubleSpinBox*>()->setValue(0);
        QTest::mouseClick(find, Qt::LeftButton);
        QVERIFY(settle(*window));
        QVERIFY2(labelTexts(window.get()).contains("First beyond the tolerance: "),
                 qPrintable(labelTexts(window.get())));
        QVERIFY(labelTexts(window.get()).contains("4 values compared"));
    }

    void aFailingModelIsShrunkInItsDialog()
    {
        auto window = opened(copyOf("nan.onnxtxt"));
        QVERIFY(window);
        QVERIFY(press(*window, "shrink"));
        auto* dialog = window->findChild<QDialog*>("shrinkDialog");
        QVERIFY(dialog != nullptr && dialog->isVisible());
        const QString output = m_folder.filePath("small.onnx");
        dialog->findChild<QLineEdit*>("shrinkOutput")->setText(output);
        QTest::mouseClick(dialog->findChild<QPushButton*>("shrinkStart"), Qt::LeftButton);
        auto* status = dialog->findChild<QLabel*>("shrinkStatus");
        QVERIFY2(waitFor([&] { return status->text().contains("nodes still fail, after"); }),
                 qPrintable(status->text()));
        QVERIFY2(status->text().contains("\n1 of "), qPrintable(status->text()));
        QVERIFY(QFile::exists(output));
        dialog->close();
    }

    void writingOutOfBoundsIsNamedAndSurvived()
    {
        document::DebugSettings settings;
        settings.customOps = {OUT_OF_BOUNDS_LIBRARY};
        debug::Movement onward;
        onward.goal = debug::Goal::Continue;
        struct Case {
            const char *name, *said;
            Phase phase;
        };
        for (const Case& fault :
             {Case{"custom_ops/out_of_bounds.onnxtxt", "wrote 4 bytes past the end", Phase::Paused},
              Case{"custom_ops/wild_write.onnxtxt", "OutOfBounds", Phase::Dead}}) {
            auto window = opened(copyOf(fault.name));
            QVERIFY(window);
            QVERIFY(start(*window, settings));
            auto& debugger = window->document().debugger();
            QVERIFY(window->showPanel("debugger"));
            debugger.go(onward);
            QVERIFY(settle(*window));
            QCOMPARE(debugger.phase(), fault.phase);
            if (fault.phase == Phase::Paused)
                QCOMPARE(next(*window), QString("faulty"));
            QVERIFY2(debugger.lastError().find(fault.said) != std::string::npos,
                     debugger.lastError().c_str());
            QVERIFY2(labelTexts(window.get()).contains(fault.said), qPrintable(labelTexts(window.get())));
        }
    }

private:
    QTemporaryDir m_folder;
};

QTEST_MAIN(TestDebuggerPanels)
#include "test_debugger_panels.moc"
