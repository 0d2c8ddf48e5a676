// SPDX-License-Identifier: Apache-2.0
//
// How long an edit takes in the window, from the user's action to the repainted canvas with its problems: the
// edit, inference and local checks, the snapshot, the picture made on a worker, the layout kept, one frame.
// Offscreen, at the size of a real window.
//
//   edit_repaint [NODES [REPEATS]]
#include "app/window/main_window.h"
#include "engine/edit/actions.h"
#include "engine/formats/format.h"
#include "tests/perf/large_model.h"
#include "tests/perf/spread.h"
#include "views/panels/graph.h"
#include "views/panels/graph_pieces.h"

#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTemporaryDir>

#include <chrono>
#include <functional>
#include <random>

using namespace orrery;

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void report(const std::string& what, const std::vector<double>& values)
{
    fmt::print("{:44} median {:8.2f} ms   p99 {:8.2f} ms   worst {:8.2f} ms   (n={})\n", what,
               perf::quantile(values, 0.5), perf::quantile(values, 0.99), perf::quantile(values, 1),
               values.size());
    std::fflush(stdout);
}

class Bench {
public:
    explicit Bench(window::MainWindow& window)
        : m_window(window)
    {}

    using Make = std::function<Result<graph::Edit>(const graph::Model&, NodeId)>;
    void run(const std::string& what, std::size_t repeats, const Make& make)
    {
        std::vector<double> whole, blocked, undone;
        for (std::size_t i = 0; i < repeats; ++i) {
            const auto& nodes = editor().model().graph.main().nodes;
            const NodeId node = nodes[m_random() % nodes.size()];
            double gui = 0;
            const double all =
                untilPainted([&] { return editor().apply(make(editor().model(), node)); }, gui);
            if (all < 0)
                continue;
            whole.push_back(all);
            blocked.push_back(gui);
            double ignored = 0;
            undone.push_back(untilPainted(
                [&] {
                    editor().undo();
                    return true;
                },
                ignored));
        }
        report(what, whole);
        report("  of which the window stands still", blocked);
        report("  undo", undone);
    }

    // From the key: the text is read on a worker, then pasted.
    void pasteText(const std::string& what, std::size_t repeats, const QString& text)
    {
        std::vector<double> whole;
        for (std::size_t i = 0; i < repeats; ++i) {
            QGuiApplication::clipboard()->setText(text);
            double gui = 0;
            whole.push_back(untilPainted(
                [&] {
                    m_window.graphPanel().pieces().paste();
                    return true;
                },
                gui));
            editor().undo();
            settle();
        }
        report(what, whole);
    }

    void settle()
    {
        QElapsedTimer still;
        still.start();
        while (still.elapsed() < 200) {
            QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
            if (!m_window.isIdle())
                still.restart();
        }
    }

private:
    document::Editor& editor() { return m_window.document().editor(); }

    // Negative when the edit was refused. Then waits until nothing is under way, so that runs do not mix.
    double untilPainted(const std::function<bool()>& act, double& gui)
    {
        canvas::GraphView& view = m_window.graphPanel().view();
        bool shown = false;
        const auto connection =
            QObject::connect(&view, &canvas::GraphView::layoutFinished, &view, [&] { shown = true; });
        const auto start = Clock::now();
        const bool done = act();
        gui = since(start);
        while (done && !shown && since(start) < 10'000)
            QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 1);
        view.repaint();
        const double all = since(start);
        QObject::disconnect(connection);
        settle();
        return done ? all : -1;
    }

    window::MainWindow& m_window;
    std::mt19937_64 m_random{1};
};

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication app(argc, argv);
    const std::size_t nodes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000;
    const std::size_t repeats = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200;
    QTemporaryDir folder;
    const QString path = folder.filePath("large.onnx");
    if (auto written = formats::writeModel(perf::largeModel(nodes), path.toStdString()); !written.ok()) {
        fmt::print(stderr, "{}\n", written.error().text());
        return 1;
    }
    window::MainWindow window(std::make_unique<window::Settings>(QString()));
    window.resize(1600, 1000);
    window.show();
    window.openFile(path);
    Bench bench(window);
    bench.settle();
    fmt::print("{} nodes, {} boxes in the picture\n", nodes,
               window.graphPanel().view().scene() ? window.graphPanel().view().scene()->nodeCount() : 0);
    bench.run("set an attribute", repeats, [](const graph::Model& m, NodeId node) {
        return edit::setAttribute(m, node, "note", std::int64_t{3});
    });
    bench.run("insert Neg on an edge", repeats, [](const graph::Model& m, NodeId node) {
        return edit::insertOnEdge(m, {node, RegionId(0), 0}, {"Neg"});
    });
    bench.run("connect", repeats, [](const graph::Model& m, NodeId node) {
        return edit::connect(m, node, 0, m.graph.node(m.graph.main().nodes[0]).outputs[0]);
    });
    bench.run("delete with reconnection", repeats, [](const graph::Model& m, NodeId node) {
        return edit::deleteNodes(m, {node}, edit::Reconnect::Yes);
    });
    const graph::Model snippet = perf::largeModel(1000);
    bench.run("paste 1,000 nodes", std::min<std::size_t>(repeats, 20),
              [&](const graph::Model& m, NodeId) { return edit::paste(m, snippet); });
    const auto piece = panels::pieceWithText(snippet);
    if (piece.ok())
        bench.pasteText("paste 1,000 nodes of text from the clipboard", std::min<std::size_t>(repeats, 20),
                        QString::fromStdString(piece->text));
    return 0;
}
