// SPDX-License-Identifier: Apache-2.0
//
// What a long trace costs in the window: from opening to the first picture of the timeline and to the whole
// one, frames at zooms from all to one op while panning, the time until single ops are seen, and resident
// memory. Without a trace it records one of some 10 million op and allocation events by
// running a sample.
//   timeline_frame [--size 1920x1080] [TRACE]
//   timeline_frame --pictures DIR TRACE    writes pictures of the timeline, to be looked at
#include "app/window/main_window.h"
#include "tests/perf/spread.h"
#include "views/timeline/timeline_view.h"

#include <QApplication>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QProcess>
#include <QTemporaryDir>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>

using namespace orrery;

namespace {

double residentMiB(const char* field)
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field))
            return std::stod(line.substr(line.find(':') + 1)) / 1024;
    return 0;
}

QString recorded(const QTemporaryDir& folder)
{
    const QString trace = folder.filePath("long.orrery");
    std::printf("recording: orrery profile loop.onnxtxt --runs 100000\n");
    std::fflush(stdout);
    QProcess profile;
    profile.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    profile.start(ORRERY_PROGRAM,
                  {"profile", SAMPLE_GRAPHS "/loop.onnxtxt", "--runs", "100000", "--trace", trace});
    if (!profile.waitForFinished(600'000) || profile.exitCode() != 0) {
        std::fprintf(stderr, "the trace could not be recorded\n");
        std::exit(1);
    }
    return trace;
}

// Works off events until the condition holds; milliseconds, or -1 after a minute.
template<class Condition>
double until(const QElapsedTimer& since, Condition condition)
{
    while (!condition()) {
        if (since.elapsed() > 60'000)
            return -1;
        QApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 5);
    }
    return double(since.nsecsElapsed()) / 1e6;
}

// Of this thread: what a frame costs when others use the machine too.
double cpuMilliseconds()
{
    timespec now = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

struct Frames {
    std::vector<double> wall, cpu;

    void paint(timeline::TimelineView& view)
    {
        QElapsedTimer timer;
        timer.start();
        const double before = cpuMilliseconds();
        view.viewport()->repaint();
        cpu.push_back(cpuMilliseconds() - before);
        wall.push_back(double(timer.nsecsElapsed()) / 1e6);
    }
};

void report(const char* zoom, const Frames& frames, const std::vector<double>& settled)
{
    std::printf("%-10s frame p50 %5.2f  p99 %5.2f  max %5.2f ms; CPU p99 %5.2f  max %5.2f ms (n %zu); single "
                "ops after p50 %5.1f  max %5.1f ms\n",
                zoom, perf::quantile(frames.wall, 0.5), perf::quantile(frames.wall, 0.99),
                perf::quantile(frames.wall, 1), perf::quantile(frames.cpu, 0.99),
                perf::quantile(frames.cpu, 1), frames.wall.size(), perf::quantile(settled, 0.5),
                perf::quantile(settled, 1));
    std::fflush(stdout);
}

// The whole run, ten steps with an op selected, a range, and single ops under the mouse; light and dark.
void paintPictures(const QString& trace, const QString& folder, QSize size)
{
    for (const auto& [name, choice] :
         {std::pair("light", window::ThemeChoice::Light), {"dark", window::ThemeChoice::Dark}}) {
        window::MainWindow window(std::make_unique<window::Settings>(QString()));
        window.setThemeChoice(choice);
        window.resize(size);
        window.show();
        window.showPanel("timeline");
        window.openFile(trace);
        auto* view = window.findChild<timeline::TimelineView*>("timeline_view");
        window.resizeDocks({window.findChild<QDockWidget*>("timeline")}, {size.height() * 2 / 3},
                           Qt::Vertical);
        QElapsedTimer since;
        auto settle = [&] {
            since.start();
            until(since, [&] { return since.elapsed() > 300 && window.isIdle(); });
        };
        int number = 0;
        auto save = [&] { window.grab().save(QString("%1/%2-%3.png").arg(folder, name).arg(++number)); };
        auto press = [&](int key) {
            QKeyEvent event(QEvent::KeyPress, key, Qt::NoModifier);
            QApplication::sendEvent(view, &event);
        };
        settle();
        save();
        const auto& steps = view->state().data->steps->leaves();
        timeline::TimeAxis axis = view->axis();
        axis.show(
            {steps[steps.size() / 2].begin, steps[std::min(steps.size() - 1, steps.size() / 2 + 1)].end}, 0);
        view->setAxis(axis);
        settle();
        press(Qt::Key_Period);
        settle();
        press(Qt::Key_Period);
        settle();
        save();
        press(Qt::Key_R);
        settle();
        save();
        press(Qt::Key_Escape);
        press(Qt::Key_F);
        for (int i = 0; i < 5; ++i)
            press(Qt::Key_S);
        press(Qt::Key_M);
        settle();
        const QPoint mouse(timeline::headerWidth + view->viewport()->width() / 3, timeline::rulerHeight + 52);
        for (int i = 0; i < 2; ++i) {
            QMouseEvent move(QEvent::MouseMove, mouse, view->viewport()->mapToGlobal(mouse), Qt::NoButton,
                             Qt::NoButton, {});
            QApplication::sendEvent(view->viewport(), &move);
            settle();
        }
        save();
    }
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication app(argc, argv);
    QSize size(1920, 1080);
    QString trace, pictures;
    for (int i = 1; i < argc; ++i) {
        const QString argument = argv[i];
        if (argument == "--size" && i + 1 < argc) {
            const QStringList parts = QString(argv[++i]).split('x');
            size = QSize(parts.value(0).toInt(), parts.value(1).toInt());
        } else if (argument == "--pictures" && i + 1 < argc) {
            pictures = argv[++i];
        } else {
            trace = argument;
        }
    }
    if (!pictures.isEmpty()) {
        paintPictures(trace, pictures, size);
        return 0;
    }
    QTemporaryDir folder;
    if (trace.isEmpty())
        trace = recorded(folder);

    window::MainWindow window(std::make_unique<window::Settings>(QString()));
    window.resize(size);
    window.show();
    window.showPanel("timeline");
    auto* view = window.findChild<timeline::TimelineView*>("timeline_view");
    window.resizeDocks({qobject_cast<QDockWidget*>(view->window()->findChild<QDockWidget*>("timeline"))},
                       {size.height() * 2 / 3}, Qt::Vertical);
    QElapsedTimer idle;
    idle.start();
    until(idle, [&] { return idle.elapsed() > 500; });
    std::printf("before opening: resident %.0f MiB\n", residentMiB("VmRSS"));

    QElapsedTimer opening;
    opening.start();
    window.openFile(trace);
    const double first = until(opening, [&] { return view->state().data != nullptr; });
    view->viewport()->repaint();
    const double firstFrame = double(opening.nsecsElapsed()) / 1e6;
    const double ops = until(opening, [&] { return view->state().data && !view->state().data->ops.empty(); });
    view->viewport()->repaint();
    const double opsFrame = double(opening.nsecsElapsed()) / 1e6;
    const double whole = until(opening, [&] { return view->state().data && view->state().data->complete; });
    if (first < 0 || ops < 0 || whole < 0) {
        std::fprintf(stderr, "the timeline did not appear\n");
        return 1;
    }
    const auto& data = *view->state().data;
    const auto& run = window.document().trace()->shown()->run;
    std::printf("%lld op and %lld allocation events over %.2f s, %zu tracks, view %d x %d\n",
                static_cast<long long>(run.opEvents), static_cast<long long>(run.allocEvents),
                data.bounds.lengthNs() / 1e9, view->state().tracks.size(), view->viewport()->width(),
                view->viewport()->height());
    std::printf("open -> first frame (steps) %.0f ms, first ops %.0f ms, all read %.0f ms\n", firstFrame,
                opsFrame, whole);

    // After each jump, and then while panning.
    const double all = data.bounds.lengthNs();
    for (const double seen : {all, all / 10, all / 100, all / 1000, all / 10'000, 1e6, 1e5, 1e4}) {
        if (seen > all)
            continue;
        Frames frames;
        std::vector<double> settled;
        for (int place = 0; place < 12; ++place) {
            timeline::TimeAxis axis = view->axis();
            const auto from = data.bounds.begin + std::int64_t(double(place) / 12 * (all - seen));
            axis.show({from, from + std::int64_t(seen)}, 0);
            view->setAxis(axis);
            QElapsedTimer since;
            since.start();
            frames.paint(*view);
            settled.push_back(until(since, [&] { return view->isIdle(); }));
            for (int frame = 0; frame < 30; ++frame) {
                axis = view->axis();
                axis.panBy(17);
                view->setAxis(axis);
                frames.paint(*view);
                QApplication::processEvents();
            }
        }
        report(QString("%1 ms").arg(seen / 1e6, 0, 'g', 4).toUtf8().constData(), frames, settled);
    }
    std::printf("resident %.0f MiB, at most %.0f MiB\n", residentMiB("VmRSS"), residentMiB("VmHWM"));
    return 0;
}
