// SPDX-License-Identifier: Apache-2.0
#include "views/models/tables.h"

#include "engine/base/text.h"

#include <QDateTime>
#include <QLocale>

namespace orrery::models {
namespace {

const QString dash = QStringLiteral("–");

QString duration(double ns)
{
    return ns < 0 ? dash : QString::fromStdString(formatDurationNs(std::int64_t(ns)));
}
QString bytes(std::int64_t count) { return count < 0 ? dash : QString::fromStdString(formatBytes(count)); }
QString percent(double value) { return QString::number(value, 'f', 1) + " %"; }

QString outcomeText(const trace_db::runs::Row& run)
{
    const trace_db::Outcome& outcome = run.outcome;
    switch (outcome.state) {
    case trace_db::RunState::Running:
        return QStringLiteral("running");
    case trace_db::RunState::Finished:
        return QStringLiteral("finished");
    case trace_db::RunState::Failed:
        return QStringLiteral("failed");
    case trace_db::RunState::Crashed:
        return QStringLiteral("crashed");
    case trace_db::RunState::Interrupted:
        return QStringLiteral("stopped");
    }
    return {};
}

} // namespace

QString escapedToolTip(const QString& plain)
{
    if (plain.isEmpty())
        return {};
    return "<p style='white-space:pre-wrap'>" + plain.toHtmlEscaped() + "</p>";
}

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 400)); }

double rate(double amount, double nanoseconds)
{
    return amount < 0 || nanoseconds <= 0 ? -1 : amount / nanoseconds * 1e9;
}

QString rateText(double amount, double nanoseconds, const char* unit)
{
    const double perSecond = rate(amount, nanoseconds);
    if (perSecond < 0)
        return dash;
    const std::string number = formatCount(perSecond);
    const bool hasPrefix = number.find(' ') != std::string::npos;
    return QString::fromStdString(number) + (hasPrefix ? "" : " ") + unit;
}

std::vector<Column<HotspotRow>> hotspotColumns()
{
    using R = HotspotRow;
    return {
        {"Node",
         "Name of the node in the compute graph",
         Align::Left,
         [](const R& r) { return shown(r.key); },
         {},
         {},
         [](const R& r) {
             QString tip = shown(r.key);
             for (const std::string& origin : r.origins)
                 tip += "\nfrom " + shown(origin);
             return tip;
         }},
        {"Operator",
         "Operator type",
         Align::Left,
         [](const R& r) { return shown(r.opType); },
         {},
         {},
         {},
         18},
        {"Self time",
         "Time in the node itself, mean of its calls in the measured runs",
         Align::Right,
         [](const R& r) { return duration(r.selfMeanNs); },
         [](const R& r) { return SortKey(r.selfMeanNs); },
         {},
         [](const R& r) {
             return QString("mean %1 ± %2\nmin %3, max %4\np95 %5 (from a histogram, within 7 %)")
                 .arg(duration(r.selfMeanNs), duration(r.selfStddevNs), duration(double(r.selfMinNs)),
                      duration(double(r.selfMaxNs)), duration(double(r.selfP95Ns)));
         },
         10},
        {"Share",
         "Share of the self time of all nodes",
         Align::Right,
         [](const R& r) { return percent(r.sharePercent); },
         [](const R& r) { return SortKey(r.sharePercent); },
         [](const R& r) { return r.sharePercent / 100; },
         {},
         11},
        {"Cumulative",
         "Share of this node and all that take longer",
         Align::Right,
         [](const R& r) { return percent(r.cumulativePercent); },
         [](const R& r) { return SortKey(r.cumulativePercent); },
         {},
         {},
         11},
        {"Calls",
         "How often it ran in the measured runs",
         Align::Right,
         [](const R& r) { return QString::number(r.calls); },
         [](const R& r) { return SortKey(double(r.calls)); },
         {},
         {},
         7},
        {"FLOP/s",
         "Floating-point operations of one call (by formula) over its mean self time",
         Align::Right,
         [](const R& r) { return rateText(double(r.flops), r.selfMeanNs, ""); },
         [](const R& r) { return SortKey(rate(double(r.flops), r.selfMeanNs)); },
         {},
         {},
         10},
        {"Bytes",
         "Bytes read and written by one call, by formula",
         Align::Right,
         [](const R& r) { return bytes(r.bytesMoved); },
         [](const R& r) { return SortKey(double(r.bytesMoved)); },
         {},
         {},
         10},
        {"Peak",
         "Most bytes that its own allocations held at once",
         Align::Right,
         [](const R& r) { return bytes(r.peakBytes); },
         [](const R& r) { return SortKey(double(r.peakBytes)); },
         {},
         {},
         10},
        {"Kernel", "What ran it", Align::Left, [](const R& r) { return shown(r.kernel); }, {}, {}, {}, 18},
    };
}

std::vector<Column<ProblemRow>> problemColumns()
{
    using R = ProblemRow;
    auto whole = [](const R& r) {
        return shown(r.problem.text) +
               (r.problem.remedy.empty() ? QString() : "\n\n" + shown(r.problem.remedy));
    };
    return {
        {"Problem",
         "What was expected and what was found",
         Align::Left,
         [](const R& r) { return shown(r.problem.text); },
         {},
         {},
         whole},
        {"Node", "Where", Align::Left, [](const R& r) { return shown(r.problem.node); }, {}, {}, {}, 22},
        {"Grows by",
         "Bytes per iteration, for memory that grows",
         Align::Right,
         [](const R& r) { return r.rate; },
         {},
         {},
         {},
         14},
        {"Fix",
         "A click carries it out, as one step that can be undone",
         Align::Left,
         [](const R& r) { return r.fix; },
         {},
         {},
         {},
         42,
         true},
        {"Remedy",
         "What to do about it",
         Align::Left,
         [](const R& r) { return shown(r.problem.remedy); },
         {},
         {},
         whole,
         36},
        {"Code",
         "Kind of problem",
         Align::Left,
         [](const R& r) { return shown(r.problem.code); },
         [](const R& r) { return SortKey(double(-int(r.problem.severity))); },
         {},
         {},
         18},
    };
}

std::vector<Column<RunRow>> runColumns()
{
    using R = RunRow;
    auto when = [](const R& r) {
        return QDateTime::fromString(QString::fromStdString(r.run.info.started), Qt::ISODate);
    };
    auto measured = [](const R& r, double ns) { return r.latency.steps > 0 ? duration(ns) : dash; };
    return {
        {"Run",
         "Number in the trace; the one with the dot is shown in all views",
         Align::Left,
         [](const R& r) {
             return (r.shown ? QStringLiteral("● ") : QStringLiteral("   ")) +
                    QString::number(r.run.run.value);
         },
         [](const R& r) { return SortKey(double(r.run.run.value)); },
         {},
         {},
         6},
        {"Outcome",
         "How it ended",
         Align::Left,
         [](const R& r) { return outcomeText(r.run); },
         {},
         {},
         [](const R& r) { return shown(r.run.outcome.message); },
         10},
        {"Runs",
         "Measured runs, after the warm-up",
         Align::Right,
         [](const R& r) { return QString::number(r.latency.steps); },
         [](const R& r) { return SortKey(double(r.latency.steps)); },
         {},
         {},
         6},
        {"Median",
         "Median latency of the measured runs",
         Align::Right,
         [measured](const R& r) { return measured(r, r.latency.medianNs); },
         [](const R& r) { return SortKey(r.latency.medianNs); },
         {},
         {},
         9},
        {"Min",
         "Fastest measured run",
         Align::Right,
         [measured](const R& r) { return measured(r, r.latency.minNs); },
         [](const R& r) { return SortKey(r.latency.minNs); },
         {},
         {},
         9},
        {"p99",
         "99 % of the measured runs took at most this long",
         Align::Right,
         [measured](const R& r) { return measured(r, r.latency.p99Ns); },
         [](const R& r) { return SortKey(r.latency.p99Ns); },
         {},
         {},
         9},
        {"Peak",
         "Most bytes live at once",
         Align::Right,
         [](const R& r) { return bytes(r.run.peakBytes); },
         [](const R& r) { return SortKey(double(r.run.peakBytes)); },
         {},
         {},
         10},
        {"Threads",
         "Threads of the kernels",
         Align::Right,
         [](const R& r) { return r.run.info.threads < 0 ? dash : QString::number(r.run.info.threads); },
         [](const R& r) { return SortKey(double(r.run.info.threads)); },
         {},
         {},
         8},
        {"Optimisation",
         "Level of the passes",
         Align::Left,
         [](const R& r) { return shown(r.run.info.optimize); },
         {},
         {},
         {},
         11},
        {"Started",
         "When it began",
         Align::Left,
         [when](const R& r) {
             const QDateTime time = when(r);
             return time.isValid() ? QLocale().toString(time.toLocalTime(), QLocale::ShortFormat)
                                   : shown(r.run.info.started);
         },
         [when](const R& r) { return SortKey(double(when(r).toMSecsSinceEpoch())); },
         {},
         {},
         0},
    };
}

std::vector<Column<PassRow>> passColumns()
{
    using R = PassRow;
    return {
        {"Pass",
         "Rewrites in the order in which they ran",
         Align::Left,
         [](const R& r) { return shown(r.name); },
         {},
         {},
         {},
         0},
        {"Time",
         "How long it took",
         Align::Right,
         [](const R& r) { return duration(double(r.durationNs)); },
         [](const R& r) { return SortKey(double(r.durationNs)); },
         {},
         {},
         10},
        {"Before",
         "Nodes before the pass",
         Align::Right,
         [](const R& r) { return QString::number(r.nodesBefore); },
         [](const R& r) { return SortKey(double(r.nodesBefore)); },
         {},
         {},
         9},
        {"After",
         "Nodes after the pass",
         Align::Right,
         [](const R& r) { return QString::number(r.nodesAfter); },
         [](const R& r) { return SortKey(double(r.nodesAfter)); },
         {},
         {},
         9},
        {"Change",
         "Nodes that it added or removed",
         Align::Right,
         [](const R& r) {
             const auto change = r.nodesAfter - r.nodesBefore;
             return change == 0 ? dash : QString(change > 0 ? "+%1" : "−%1").arg(std::abs(change));
         },
         [](const R& r) { return SortKey(double(r.nodesAfter - r.nodesBefore)); },
         {},
         {},
         9},
    };
}

} // namespace orrery::models
