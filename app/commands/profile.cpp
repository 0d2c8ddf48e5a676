// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/hotspot_table.h"
#include "app/cli/leak_report.h"
#include "app/cli/output.h"
#include "app/cli/run_options.h"
#include "engine/base/text.h"
#include "trace_db/queries/hotspots.h"
#include "trace_db/queries/runs.h"
#include "trace_db/trace_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <set>
#include <unistd.h>

namespace orrery::commands {
namespace {

using namespace orrery::cli;
using trace_db::hotspots::By;

// A trace that nobody asked to keep; gone with this object.
class TemporaryTrace {
public:
    TemporaryTrace()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "orrery-XXXXXX").string();
        if (mkdtemp(pattern.data()) != nullptr)
            m_folder = pattern;
    }
    ~TemporaryTrace()
    {
        std::error_code ignored;
        if (!m_folder.empty())
            std::filesystem::remove_all(m_folder, ignored);
    }
    TemporaryTrace(const TemporaryTrace&) = delete;
    TemporaryTrace& operator=(const TemporaryTrace&) = delete;

    bool made() const { return !m_folder.empty(); }
    std::string path() const { return m_folder + "/profile.orrery"; }

private:
    std::string m_folder;
};

// The backends that carry the nodes: "eigen", or "eigen+onednn".
std::string backendsOf(const std::vector<protocol::Placement>& placements)
{
    std::set<std::string> names;
    for (const protocol::Placement& placement : placements)
        names.insert(placement.backend);
    return fmt::format("{}", fmt::join(names, "+"));
}

protocol::HeapWatch heapWatchOf(const std::string& choice)
{
    using protocol::HeapWatch;
    return choice == "off"       ? HeapWatch::Off
           : choice == "sampled" ? HeapWatch::SampledStacks
           : choice == "full"    ? HeapWatch::FullStacks
                                 : HeapWatch::Nodes;
}

// Percentile by linear interpolation between the closest ranks.
double percentile(const std::vector<double>& sorted, double fraction)
{
    double at = fraction * static_cast<double>(sorted.size() - 1);
    auto low = static_cast<std::size_t>(at);
    std::size_t high = std::min(low + 1, sorted.size() - 1);
    return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

nlohmann::json latencyOf(const std::vector<std::int64_t>& durationsNs)
{
    if (durationsNs.empty())
        return nullptr;
    std::vector<double> ms;
    for (std::int64_t ns : durationsNs)
        ms.push_back(static_cast<double>(ns) / 1e6);
    std::sort(ms.begin(), ms.end());
    double mean = std::accumulate(ms.begin(), ms.end(), 0.0) / static_cast<double>(ms.size());
    return {{"min", ms.front()},          {"median", percentile(ms, 0.5)}, {"mean", mean},
            {"p90", percentile(ms, 0.9)}, {"p99", percentile(ms, 0.99)},   {"max", ms.back()}};
}

// What `report` tells besides stays there.
nlohmann::json hotspotsOf(const Table& hotspots)
{
    nlohmann::json rows = hotspots.json();
    for (nlohmann::json& row : rows)
        for (const char* key : {"self_ms_stddev", "self_ms_total", "cumulative_percent"})
            row.erase(key);
    return rows;
}

void printText(const nlohmann::json& result, const Table& hotspots, const session::RunOutcome& outcome)
{
    print("{}\n", displayText(result["model"].get<std::string>(), 400));
    const nlohmann::json& latency = result["latency_ms"];
    auto ms = [&](const char* key) {
        return formatDurationNs(static_cast<std::int64_t>(std::llround(latency[key].get<double>() * 1e6)));
    };
    print("backend {}, {}, {} after {}\n", result["backend"].get<std::string>(),
          counted(result["threads"].get<int>(), "thread", "threads"),
          counted(result["runs"].get<std::int64_t>(), "run", "runs"),
          counted(result["warmup"].get<std::int64_t>(), "warm-up run", "warm-up runs"));
    if (!latency.is_null())
        print("latency  median {}   min {}   mean {}   p90 {}   p99 {}   max {}\n", ms("median"), ms("min"),
              ms("mean"), ms("p90"), ms("p99"), ms("max"));
    print("memory   peak {}   planned {} (lower bound {})   weights {}\n",
          formatBytes(outcome.memory.peakLiveBytes), formatBytes(outcome.memory.arenaBytes),
          formatBytes(outcome.memory.lowerBoundBytes), formatBytes(outcome.memory.weightBytes));
    if (outcome.recordingOverheadPercent >= 0)
        print("recorded {} events; recording cost about {:.2f} % (estimate)\n", outcome.recordedEvents,
              outcome.recordingOverheadPercent);
    if (outcome.lostEvents > 0)
        print("{} events were lost\n", outcome.lostEvents);
    if (hotspots.rowCount() > 0)
        print("\n{}", hotspots.text());
    if (!result["trace"].is_null())
        print("\ntrace: {}\n", displayText(result["trace"].get<std::string>(), 400));
}

// Ends the run as soon as more steps would not change the verdict. Looks after 48 steps and then ever more
// seldom, since each look reads the whole recording.
class FirmVerdict {
public:
    FirmVerdict(session::Session& session, std::string trace)
        : m_session(session)
        , m_trace(std::move(trace))
    {}

    void look(const session::Progress& progress)
    {
        if (progress.stepsDone < m_nextLook)
            return;
        m_nextLook = progress.stepsDone + std::max(16U, progress.stepsDone / 2);
        auto firm = [&]() -> Result<bool> {
            auto reader = TRY(trace_db::TraceReader::open(m_trace));
            auto run = TRY(trace_db::runs::resolve(reader, {}));
            return TRY(findings::examine(reader, run)).firm;
        }();
        if (firm.ok() && *firm) // what cannot be read now is read, and told, at the end
            m_session.finishEarly();
    }

private:
    session::Session& m_session;
    std::string m_trace;
    std::uint32_t m_nextLook = 48;
};

Result<void> watchForLeaks(const Arguments& arguments, RunSettings& settings)
{
    if (arguments.has("no-record") || arguments.valueOr("heap", "") == "off" || arguments.has("in-process"))
        return usageError(
            "--leaks needs what --no-record, --heap off and --in-process leave out: the heap of "
            "a runner process");
    TRY(letShapesTakeTurns(arguments, settings));
    return {};
}

Result<ExitStatus> run(const Arguments& arguments)
{
    RunSettings settings = TRY(runSettings(arguments));
    session::RunRequest& request = settings.request;
    bool leaks = arguments.has("leaks");
    request.warmup = static_cast<std::uint32_t>(TRY(arguments.integer("warmup", 2, 0, 1'000'000)));
    request.runs =
        static_cast<std::uint32_t>(TRY(arguments.integer("runs", leaks ? 1000 : 10, 1, 100'000'000)));
    LeakReport leakReport = TRY(emptyLeakReport(arguments));
    if (leaks)
        TRY(watchForLeaks(arguments, settings));
    std::int64_t top = TRY(arguments.integer("top", 20, 1, 1'000'000));
    bool record = !arguments.has("no-record");
    auto kept = arguments.value("trace");

    TemporaryTrace temporary;
    if (kept)
        request.tracePath = *kept;
    else if (record && temporary.made())
        request.tracePath = temporary.path();
    else if (record)
        return Error{ErrorCode::Io, "the folder for temporary files cannot be written",
                     std::filesystem::temp_directory_path().string()};
    request.recording = record ? protocol::Recording::On : protocol::Recording::Off;
    request.heap = heapWatchOf(arguments.valueOr("heap", leaks ? "full" : "nodes"));

    followSavedHints(arguments, arguments.positional(0), settings.session);
    InterruptWatch interrupts;
    auto session = TRY(whileReading(session::Session::open(arguments.positional(0), settings.session)));
    printProblems(session->opened().problems);
    FirmVerdict firm(*session, request.tracePath);
    bool untilFirm = leaks && !arguments.has("runs");
    session::RunOutcome outcome =
        runWithProgress(*session, request, interrupts, [&](const session::Progress& progress) {
            if (untilFirm)
                firm.look(progress);
        });
    bool interrupted =
        outcome.error && outcome.error->code == ErrorCode::Cancelled && !outcome.durationsNs.empty();
    if (outcome.error && !interrupted) { // what was measured before Ctrl+C is told
        if (kept && outcome.run.valid())
            note("note: what was recorded is in {}\n", displayText(*kept, 400));
        return *outcome.error;
    }

    Table hotspots = hotspotTable({}, By::Node);
    if (record) {
        auto reader = TRY(trace_db::TraceReader::open(request.tracePath));
        hotspots = hotspotTable(TRY(trace_db::hotspots::run(reader, {outcome.run, By::Node, top})), By::Node);
        if (leaks)
            leakReport.report = TRY(findings::examine(reader, outcome.run));
    }
    nlohmann::json result = {
        {"model", arguments.positional(0)},
        {"backend", backendsOf(session->opened().placements)},
        {"threads", request.threads},
        {"warmup", outcome.warmupNs.size()},
        {"runs", outcome.durationsNs.size()},
        {"latency_ms", latencyOf(outcome.durationsNs)},
        {"peak_bytes", outcome.memory.peakLiveBytes},
        {"planned_peak_bytes", outcome.memory.arenaBytes},
        {"recording_overhead_percent", outcome.recordingOverheadPercent < 0
                                           ? nlohmann::json()
                                           : nlohmann::json(outcome.recordingOverheadPercent)},
        {"trace", kept ? nlohmann::json(*kept) : nlohmann::json()},
        {"hotspots", hotspotsOf(hotspots)}};
    if (leaks)
        result["leaks"] = leakReport.table().json();
    if (chosenFormat(arguments) == Format::Json)
        print("{}\n", dump(result));
    else
        printText(result, hotspots, outcome);
    if (leaks && chosenFormat(arguments) == Format::Text)
        print("\n{}", leakReport.text());
    return interrupted ? ExitStatus::Interrupted : leaks ? leakReport.status() : ExitStatus::Done;
}

} // namespace

CommandSpec profile()
{
    return {
        "profile",
        "MODEL",
        "Runs a model many times, records it, prints latency and hotspots",
        {"MODEL"},
        runOptionsAnd(
            {{"warmup", "W", "runs before the measured ones (default 2)", {}},
             {"runs", "N", "measured runs (default 10)", {}},
             {"trace", "FILE", "keep the recording there; a trace that exists gets one more run", {}},
             {"top", "K", "hotspots to show (default 20)", {}},
             {"leaks",
              "",
              "run until it is clear what happens to memory, at most 1000 times (with --runs: so often), and "
              "give the verdict; status 1 on a leak. --shape given again: shapes take turns",
              {}},
             suppressOption(),
             {"no-record", "", "measure latency alone", {}},
             {"heap",
              "WHAT",
              "what to record of malloc and mmap inside of operators: nothing, bytes by node (default), and "
              "the calls that asked, for about every 512 KiB or for all (default with --leaks)",
              {"off", "nodes", "sampled", "full"}},
             noHintsOption(),
             formatOption()}),
        run};
}

} // namespace orrery::commands
