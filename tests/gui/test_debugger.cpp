// SPDX-License-Identifier: Apache-2.0
//
// Debugging in the window, by keys and by mouse: stepping both ways, breakpoints, changes, and runners that
// crash and hang.
#include "tests/gui/debugger_fixture.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>

using namespace orrery;
using namespace orrery::window;
using document::DebugController;
using Phase = DebugController::Phase;

class TestDebugger : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM);
        QVERIFY(m_folder.isValid());
    }

    QString copyOf(const QString& path) { return copyInto(m_folder, path); }

    void everyKeyOfADebuggerIsThere()
    {
        auto window = shownWindow();
        const std::pair<const char*, const char*> keys[] = {{"debug_continue", "F5"},
                                                            {"debug_reverse", "Shift+F5"},
                                                            {"debug_step", "F10"},
                                                            {"debug_step_back", "Shift+F10"},
                                                            {"debug_into", "F11"},
                                                            {"debug_out", "Shift+F11"},
                                                            {"debug_breakpoint", "F9"},
                                                            {"debug_to_cursor", "Ctrl+F10"},
                                                            {"debug_restart", "Ctrl+Shift+F5"},
                                                            {"debug_pause", "Pause"}};
        for (const auto& [id, key] : keys) {
            QVERIFY2(window->action(id) != nullptr, id);
            QVERIFY2(window->action(id)->shortcuts().contains(QKeySequence(key)), key);
        }
    }

    void stepsGoForwardAndBackThroughTheSamePlaces()
    {
        auto window = opened(copyOf(sample("cifar10_cnn.onnxtxt")));
        QVERIFY(window);
        document::DebugSettings settings;
        settings.inputShapes["x"] = {1, 3, 32, 32};
        window->document().debugger().start(settings);
        QVERIFY(settle(*window));
        QCOMPARE(window->document().debugger().phase(), Phase::Paused);
        QStringList there{next(*window)};
        for (int i = 0; i < 5; ++i) {
            QVERIFY(press(*window, "debug_step"));
            there << next(*window);
            QCOMPARE(window->graphPanel().view().selectedKey(),
                     std::uint64_t(window->document().debugger().state()->next.value));
        }
        QCOMPARE(there.removeDuplicates(), 0);
        for (int i = 4; i >= 0; --i) {
            QVERIFY(press(*window, "debug_step_back"));
            QCOMPARE(next(*window), there[i]);
        }
        QVERIFY(press(*window, "debug_continue"));
        QVERIFY(window->document().debugger().state()->finished);
        QVERIFY(press(*window, "debug_restart"));
        QCOMPARE(next(*window), there[0]);
        QVERIFY(press(*window, "debug_stop"));
        QCOMPARE(window->document().debugger().phase(), Phase::Off);
    }

    void breakpointsStopBothWaysAndOutliveTheWindow()
    {
        const QString path = copyOf(sample("transformer_block.onnxtxt"));
        QString stopped;
        {
            auto window = opened(path);
            QVERIFY(window);
            document::DebugSettings settings;
            settings.inputShapes["x"] = {1, 8, 32};
            auto& debugger = window->document().debugger();
            debugger.start(settings);
            QVERIFY(settle(*window));
            const auto& nodes = debugger.order().front().nodes;
            QVERIFY(nodes.size() > 6);
            window->document().focus().select(debugger.stage(), nodes[5].value);
            QVERIFY(settle(*window));
            QVERIFY(press(*window, "debug_breakpoint"));
            QVERIFY(press(*window, "debug_continue"));
            QCOMPARE(debugger.state()->next, nodes[5]);
            QCOMPARE(debugger.state()->reason, debug::StopReason::Breakpoint);
            stopped = next(*window);
            QVERIFY(press(*window, "debug_continue"));
            QVERIFY(debugger.state()->finished);
            QVERIFY(press(*window, "debug_reverse"));
            QCOMPARE(next(*window), stopped);
            QCOMPARE(window->findChild<QTableWidget*>("breakpoints")->rowCount(), 1);
        }
        auto again = opened(path);
        QVERIFY(again);
        QCOMPARE(again->document().debugger().breakpoints().size(), std::size_t(1));
    }

    void aClickBesideANodeSetsItsBreakpoint()
    {
        auto window = opened(copyOf(sample("nan.onnxtxt")));
        QVERIFY(window);
        canvas::GraphView& view = window->graphPanel().view();
        const std::uint64_t key = keyOf(*window, "normalise");
        QVERIFY(key != canvas::noKey);
        view.reveal(key);
        QVERIFY(settle(*window));
        const QPointF corner = view.fromScene(view.scene()->rectOfKey(key).topLeft());
        QTest::mouseClick(&view, Qt::LeftButton, {}, (corner + QPointF(-6, 8)).toPoint());
        QVERIFY(window->document().debugger().breakpointAt(NodeId(std::size_t(key))) != nullptr);
        QTest::mouseClick(&view, Qt::LeftButton, {}, (corner + QPointF(-6, 8)).toPoint());
        QVERIFY(window->document().debugger().breakpointAt(NodeId(std::size_t(key))) == nullptr);
    }

    void theFirstNaNIsFoundAndNamed()
    {
        auto window = opened(copyOf(sample("nan.onnxtxt")));
        QVERIFY(window);
        QVERIFY(start(*window));
        QVERIFY(press(*window, "find_nan"));
        const auto state = window->document().debugger().state();
        QCOMPARE(state->reason, debug::StopReason::Breakpoint);
        QCOMPARE(state->hits.size(), std::size_t(1));
        QCOMPARE(state->hits.front().node, nodeNamed(*window, "normalise"));
        QVERIFY2(labelTexts(window.get()).contains("NaN"), qPrintable(labelTexts(window.get())));
    }

    void theFirstOverflowOfFloat16IsFound()
    {
        auto window = opened(copyOf(sample("overflow_fp16.onnxtxt")));
        QVERIFY(window);
        QVERIFY(start(*window));
        QVERIFY(press(*window, "find_half"));
        QCOMPARE(window->document().debugger().state()->hits.size(), std::size_t(1));
    }

    void bodiesAreEnteredAndLeft()
    {
        auto window = opened(copyOf(sample("loop.onnxtxt")));
        QVERIFY(window);
        QVERIFY(start(*window));
        auto& debugger = window->document().debugger();
        for (int i = 0; i < 20 && debugger.state()->stack.size() < 2; ++i)
            QVERIFY(press(*window, "debug_into"));
        QCOMPARE(debugger.state()->stack.size(), std::size_t(2));
        QCOMPARE(debugger.state()->stack.back().iteration, std::int64_t(0));
        const std::uint64_t inside = debugger.state()->position;
        QVERIFY(press(*window, "debug_out"));
        QCOMPARE(debugger.state()->stack.size(), std::size_t(debugger.state()->finished ? 0 : 1));
        QVERIFY(debugger.state()->position > inside);
    }

    void aCrashLeavesTheWindowAliveAndOffersToGoOn()
    {
        auto window = opened(copyOf(sample("custom_ops/crash.onnxtxt")));
        QVERIFY(window);
        document::DebugSettings settings;
        settings.customOps = {CRASH_LIBRARY};
        auto& debugger = window->document().debugger();
        debugger.start(settings);
        QVERIFY(settle(*window));
        QCOMPARE(debugger.phase(), Phase::Paused);
        debug::Movement onward;
        onward.goal = debug::Goal::Continue;
        debugger.go(onward);
        QVERIFY(settle(*window));
        QCOMPARE(debugger.phase(), Phase::Dead);
        QVERIFY2(QString::fromStdString(debugger.lastError()).contains("signal 6"),
                 debugger.lastError().c_str());
        auto* remedy = window->findChild<QPushButton*>("debuggerRemedy");
        QVERIFY(remedy->isVisible());
        QTest::mouseClick(remedy, Qt::LeftButton);
        QVERIFY(settle(*window));
        QCOMPARE(debugger.phase(), Phase::Paused);
        QVERIFY(debugger.state()->next.valid());
        QVERIFY(debugger.lastError().empty() || debugger.lastError().find("signal") != std::string::npos);
    }

    void anEndlessLoopIsPausedAndAHangingNodeEnded()
    {
        auto window = opened(copyOf(sample("hang.onnxtxt")));
        QVERIFY(window);
        QVERIFY(start(*window));
        auto& debugger = window->document().debugger();
        window->action("debug_continue")->trigger();
        QVERIFY(waitFor([&] { return debugger.phase() == Phase::Moving && debugger.movingForMs() > 200; }));
        window->action("debug_pause")->trigger();
        QVERIFY(waitFor([&] { return debugger.phase() == Phase::Paused; }));
        QCOMPARE(debugger.state()->reason, debug::StopReason::Paused);

        auto hanging = opened(copyOf(sample("custom_ops/hang.onnxtxt")));
        QVERIFY(hanging);
        document::DebugSettings settings;
        settings.customOps = {HANG_LIBRARY};
        auto& other = hanging->document().debugger();
        debug::Movement onward;
        onward.goal = debug::Goal::Continue;
        other.start(settings, onward);
        QVERIFY(waitFor([&] { return other.phase() == Phase::Moving && other.movingForMs() > 300; }));
        QVERIFY(other.runningNode().valid());
        hanging->action("debug_kill")->trigger();
        QVERIFY(waitFor([&] { return other.phase() == Phase::Dead; }));
    }

    void aChangedValueMakesABranchAndShowsWhatItDid()
    {
        auto window = opened(copyOf(sample("mlp.onnxtxt")));
        QVERIFY(window);
        QVERIFY(start(*window));
        auto& debugger = window->document().debugger();
        QVERIFY(press(*window, "debug_step"));
        QVERIFY(!debugger.state()->live.empty());
        const auto& graph = *debugger.graph();
        const ValueId written = graph.node(debugger.state()->previous).outputs.front();
        debugger.assign(written, "0 * \"" + QString::fromStdString(graph.value(written).name) + "\"");
        QVERIFY(settle(*window));
        QCOMPARE(debugger.state()->branches.size(), std::size_t(2));
        debugger.rerun();
        QVERIFY(settle(*window));
        QVERIFY2(labelTexts(window.get()).contains("computed again"), qPrintable(labelTexts(window.get())));
        auto* branches = window->findChild<QComboBox*>("debuggerBranches");
        QVERIFY(branches->isVisible());
        debugger.choose(BranchId(0));
        QVERIFY(settle(*window));
        QCOMPARE(debugger.state()->branch, BranchId(0));
    }

    void everyPartOfTheDebuggerSaysWhatItNeeds()
    {
        auto window = shownWindow();
        for (const char* panel : {"debugger", "breakpoints", "watch", "divergence"}) {
            QVERIFY2(window->showPanel(panel), panel);
            QTest::qWait(20);
        }
        const QString texts = labelTexts(window.get());
        QVERIFY(texts.contains("Not debugging"));
    }

private:
    QTemporaryDir m_folder;
};

QTEST_MAIN(TestDebugger)
#include "test_debugger.moc"
