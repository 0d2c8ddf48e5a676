// SPDX-License-Identifier: Apache-2.0
#include "app/cli/leak_report.h"

#include "app/cli/output.h"
#include "engine/base/text.h"
#include "profiler/findings/wording.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace orrery::cli {
namespace {

using findings::Finding;
using findings::MemoryEvidence;
using findings::MemoryJudgement;
using findings::MemoryVerdict;
using nlohmann::json;

json numberOrNull(std::int64_t value, bool known) { return known ? json(value) : json(); }

json stackOf(const MemoryEvidence& evidence)
{
    json calls = json::array();
    for (const trace_db::NativeFrame& frame : evidence.stack)
        calls.push_back({{"module", frame.module},
                         {"offset", numberOrNull(frame.moduleOffset, frame.moduleOffset >= 0)},
                         {"symbol", frame.symbol},
                         {"file", frame.file},
                         {"line", numberOrNull(frame.line, frame.line >= 0)}});
    return calls;
}

std::string whereText(const Finding& finding)
{
    if (!finding.memory.stack.empty())
        return findings::callText(finding.memory.stack);
    return finding.memory.value.empty() ? std::string("–") : finding.memory.value;
}

} // namespace

OptionSpec suppressOption()
{
    return {"suppress",
            "FILE",
            "findings that are known: lines as verdict=leak op=NAME node=GLOB symbol=GLOB module=GLOB",
            {}};
}

Result<LeakReport> emptyLeakReport(const Arguments& arguments)
{
    LeakReport report;
    if (auto file = arguments.value("suppress")) {
        report.suppressionsFile = *file;
        report.suppressions = TRY(findings::readSuppressions(*file));
    }
    return report;
}

ExitStatus LeakReport::status() const
{
    bool leaks = std::any_of(report.findings.begin(), report.findings.end(), [&](const Finding& finding) {
        return finding.memory.judgement.verdict == MemoryVerdict::Leak &&
               findings::suppressionOf(suppressions, finding) == nullptr;
    });
    return leaks ? ExitStatus::DoesNotHold : ExitStatus::Done;
}

Table LeakReport::table() const
{
    Table table({{"verdict", "verdict"},
                 {"node", "node"},
                 {"op type", "op_type"},
                 {"memory", "memory"},
                 {"B/iteration", "bytes_per_iteration", Align::Right},
                 {"", "bytes_per_iteration_low"},
                 {"", "bytes_per_iteration_high"},
                 {"since", "first_iteration", Align::Right},
                 {"until", "last_iteration", Align::Right},
                 {"", "period"},
                 {"", "periods"},
                 {"held", "held_bytes", Align::Right},
                 {"after close", "closed_bytes", Align::Right},
                 {"where", "where"},
                 {"", "value"},
                 {"", "only_with_inputs"},
                 {"", "origins"},
                 {"", "stack"},
                 {"", "severity"},
                 {"", "text"},
                 {"", "remedy"},
                 {"", "suppressed_by_line"}});
    for (const Finding& finding : report.findings) {
        const MemoryEvidence& memory = finding.memory;
        const MemoryJudgement& judgement = memory.judgement;
        const findings::Suppression* suppressed = findings::suppressionOf(suppressions, finding);
        bool grew = judgement.verdict != MemoryVerdict::Retained || judgement.rate.bytes > 0;
        bool ofRun = memory.owner == findings::MemoryOwner::Run;
        bool rated = judgement.rate.bytes > 0 && judgement.verdict != MemoryVerdict::NotEnoughData;
        std::string code = finding.problem.code;
        std::string owner(findings::name(memory.owner));
        auto rate = [&](double bytes) { return rated ? json(bytes) : json(); };
        table.add(
            {{suppressed ? code + " (suppressed)" : code, code},
             {finding.problem.node.empty() ? "–" : finding.problem.node,
              finding.problem.node.empty() ? json() : json(finding.problem.node)},
             {memory.opType, memory.opType},
             {owner, owner},
             {findings::rateText(memory), rate(judgement.rate.bytes)},
             {"", rate(judgement.rate.least)},
             {"", rate(judgement.rate.most)},
             {grew && !ofRun ? std::to_string(judgement.firstStep) : "–",
              numberOrNull(judgement.firstStep, grew && !ofRun)},
             {grew && !ofRun ? std::to_string(judgement.lastStep) : "–",
              numberOrNull(judgement.lastStep, grew && !ofRun)},
             {"", numberOrNull(judgement.period, judgement.period > 0)},
             {"", judgement.periods},
             {ofRun ? "–" : formatBytes(judgement.heldBytes), numberOrNull(judgement.heldBytes, !ofRun)},
             {judgement.closedBytes < 0 || ofRun ? "–" : formatBytes(judgement.closedBytes),
              numberOrNull(judgement.closedBytes, judgement.closedBytes >= 0 && !ofRun)},
             {whereText(finding), findings::callText(memory.stack)},
             {"", memory.value},
             {"", memory.onlyWithInputs},
             {"", memory.origins},
             {"", stackOf(memory)},
             {"", std::string(name(finding.problem.severity))},
             {"", finding.problem.text},
             {"", finding.problem.remedy},
             {"", suppressed ? json(suppressed->line) : json()}});
    }
    return table;
}

std::string LeakReport::text() const
{
    std::string result;
    std::size_t suppressed = 0, told = 0;
    std::set<std::size_t> lines;
    for (const Finding& finding : report.findings) {
        if (const auto* by = findings::suppressionOf(suppressions, finding)) {
            ++suppressed;
            lines.insert(by->line);
            continue;
        }
        ++told;
        const Problem& problem = finding.problem;
        std::string node = problem.node.empty() ? "" : displayText(problem.node, 200);
        std::string op =
            finding.memory.opType.empty() ? "" : " (" + displayText(finding.memory.opType, 100) + ")";
        result += fmt::format(
            "{}: {}{}{}\n", problem.code, node.empty() ? "" : node + op + ": ", problem.text,
            finding.memory.stack.empty() ? "" : "\n    at " + findings::callText(finding.memory.stack));
        if (!problem.remedy.empty())
            result += "    " + problem.remedy + "\n";
    }
    if (told > 0)
        result += "\n" + table().text();
    else
        result += fmt::format("no leak found in {}\n", counted(report.steps, "iteration", "iterations"));
    if (suppressed > 0)
        result += fmt::format("{} by {}, line {}\n",
                              counted(static_cast<std::int64_t>(suppressed), "finding was suppressed",
                                      "findings were suppressed"),
                              displayText(suppressionsFile, 400), fmt::join(lines, ", "));
    for (const std::string& limit : report.limits)
        result += "note: " + limit + "\n";
    return result;
}

} // namespace orrery::cli
