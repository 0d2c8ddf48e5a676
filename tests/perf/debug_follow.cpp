// SPDX-License-Identifier: Apache-2.0
//
// How fast the picture follows the debugger: from the moment a step's reply reaches the GUI thread to the end
// of the window's first frame that shows it, and to the moment nothing is left to do (panels, tensors). One
// line per graph size and direction; the run is walked at its start, in its middle and at its end.
//   debug_follow [--size 1920x1080] [--steps 200] [NODES...]      300 and 10000 without any
#include "app/window/main_window.h"
#include "tests/perf/spread.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QEvent>
#include <QTemporaryDir>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

using namespace orrery;
using document::DebugController;

namespace {

// Blocks of a residual network in the small, in scopes as exporters write them.
void writeModel(const QString& path, int nodes)
{
    std::ofstream out(path.toStdString());
    out << "<ir_version: 8, opset_import: [\"\" : 13]>\nchain (float[1,8] x0) => (float[1,8] y)\n{\n";
    int last = 0;
    for (int block = 0; 4 * (block + 1) < nodes; ++block, ++last) {
        const std::string scope = "/layer" + std::to_string(block / 8) + "/block" + std::to_string(block);
        const std::string in = "x" + std::to_string(last), id = std::to_string(block);
        out << "   [\"" << scope << "/tanh\"] a" << id << " = Tanh (" << in << ")\n"
            << "   [\"" << scope << "/sigmoid\"] b" << id << " = Sigmoid (" << in << ")\n"
            << "   [\"" << scope << "/mul\"] c" << id << " = Mul (a" << id << ", b" << id << ")\n"
            << "   [\"" << scope << "/add\"] x" << last + 1 << " = Add (c" << id << ", " << in << ")\n";
    }
    out << "   [\"end\"] y = Identity (x" << last << ")\n}\n";
}

// Sees the reply come to the controller, and the frames of the window end.
class Watcher final : public QObject {
public:
    Watcher(window::MainWindow& window, DebugController& debugger)
        : m_window(window)
        , m_debugger(debugger)
    {
        qApp->installEventFilter(this);
    }

    void expect()
    {
        m_before = m_debugger.state();
        m_repliedAt = m_paintedAt = -1;
    }
    bool painted() const { return m_paintedAt >= 0; }
    double frameMs() const { return double(m_paintedAt - m_repliedAt) / 1e6; }
    double sinceReplyMs() const { return double(m_clock.nsecsElapsed() - m_repliedAt) / 1e6; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (watched == &m_debugger && event->type() == QEvent::MetaCall && m_debugger.state() == m_before) {
            const qint64 now = m_clock.nsecsElapsed();
            m_debugger.event(event);
            if (m_debugger.state() != m_before)
                m_repliedAt = now;
            return true;
        }
        if (watched == &m_window.graphPanel().view() && event->type() == QEvent::Paint && m_repliedAt >= 0)
            m_isSeen = true;
        if (watched == &m_window && event->type() == QEvent::UpdateRequest) {
            m_isSeen = false;
            static_cast<QObject&>(m_window).event(event);
            if (m_isSeen && m_paintedAt < 0)
                m_paintedAt = m_clock.nsecsElapsed();
            return true;
        }
        return false;
    }

private:
    window::MainWindow& m_window;
    DebugController& m_debugger;
    std::shared_ptr<const debug::DebugState> m_before;
    QElapsedTimer m_clock = [] {
        QElapsedTimer clock;
        clock.start();
        return clock;
    }();
    qint64 m_repliedAt = -1, m_paintedAt = -1;
    bool m_isSeen = false;
};

template<class Condition>
void until(const char* what, Condition condition)
{
    QElapsedTimer since;
    since.start();
    while (!condition()) {
        if (since.elapsed() > 120'000) {
            std::fprintf(stderr, "%s did not happen within two minutes\n", what);
            std::exit(1);
        }
        QApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 5);
    }
}

debug::Movement movement(debug::Goal goal, debug::Direction direction, std::uint64_t position = 0)
{
    debug::Movement result;
    result.goal = goal;
    result.direction = direction;
    result.position = position;
    return result;
}

void measure(int nodes, int steps, const QSize& size, const QString& folder)
{
    const QString model = folder + QString("/chain%1.onnxtxt").arg(nodes);
    writeModel(model, nodes);
    window::MainWindow window(std::make_unique<window::Settings>(QString()));
    window.resize(size);
    window.show();
    window.openFile(model);
    QElapsedTimer settled;
    settled.start();
    auto isQuiet = [&] {
        if (!window.isIdle())
            settled.restart();
        return settled.elapsed() > 300;
    };
    until("opening", isQuiet);
    DebugController& debugger = window.document().debugger();
    debugger.start({});
    for (const char* panel : {"debugger", "watch", "tensor_inspector"})
        window.showPanel(panel);
    until("the start", isQuiet);
    if (debugger.phase() != DebugController::Phase::Paused) {
        std::fprintf(stderr, "%s\n", debugger.lastError().c_str());
        std::exit(1);
    }

    Watcher watcher(window, debugger);
    for (const debug::Direction direction : {debug::Direction::Forward, debug::Direction::Backward}) {
        std::vector<double> frames, idle;
        const std::uint64_t last = debugger.state()->lastPosition;
        const auto share = std::uint64_t(steps / 3);
        for (const std::uint64_t from : {share, last / 2, last - share - 1}) {
            debugger.go(movement(debug::Goal::Position, debug::Direction::Forward, std::max(from, share)));
            until("a jump", isQuiet);
            for (std::uint64_t step = 0; step < share; ++step) {
                watcher.expect();
                debugger.go(movement(debug::Goal::Step, direction));
                until("a frame", [&] { return watcher.painted(); });
                frames.push_back(watcher.frameMs());
                until("the rest", [&] { return window.isIdle(); });
                idle.push_back(watcher.sinceReplyMs());
            }
        }
        std::printf("%6d nodes  %-8s frame p50 %6.1f  p90 %6.1f  p99 %6.1f  max %6.1f ms   "
                    "all done p50 %6.1f  p99 %6.1f ms  (n %zu)\n",
                    nodes, direction == debug::Direction::Forward ? "forward" : "back",
                    perf::quantile(frames, 0.5), perf::quantile(frames, 0.9), perf::quantile(frames, 0.99),
                    perf::quantile(frames, 1), perf::quantile(idle, 0.5), perf::quantile(idle, 0.99),
                    frames.size());
        std::fflush(stdout);
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    if (!qEnvironmentVariableIsSet("ORRERY_RUNNER"))
        qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM);
    QApplication app(argc, argv);
    QSize size(1920, 1080);
    int steps = 200;
    std::vector<int> sizes;
    for (int i = 1; i < argc; ++i) {
        const QString argument = argv[i];
        if (argument == "--size" && i + 1 < argc) {
            const QStringList parts = QString(argv[++i]).split('x');
            size = QSize(parts.value(0).toInt(), parts.value(1).toInt());
        } else if (argument == "--steps" && i + 1 < argc) {
            steps = std::max(3, std::atoi(argv[++i]));
        } else {
            sizes.push_back(std::max(16, std::atoi(argv[i])));
        }
    }
    QTemporaryDir folder;
    for (const int nodes : sizes.empty() ? std::vector<int>{300, 10'000} : sizes)
        measure(nodes, steps, size, folder.path());
    return 0;
}
