// SPDX-License-Identifier: Apache-2.0
#include "profiler/findings/wording.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::findings {
namespace {

std::string bytesText(std::int64_t bytes)
{
    return bytes < 100'000 ? fmt::format("{} B", bytes) : formatBytes(bytes);
}

std::string roundedBytes(double bytes) { return bytesText(std::llround(bytes)); }

bool grows(const MemoryEvidence& evidence) { return evidence.judgement.rate.bytes > 0; }

// Whose bytes they are, as the subject of a sentence.
std::string subject(const MemoryEvidence& evidence)
{
    switch (evidence.owner) {
    case MemoryOwner::Heap:
        return "memory of malloc that the node asked for";
    case MemoryOwner::Mapping:
        return "memory that the node mapped";
    case MemoryOwner::Tensor:
        return evidence.value.empty() ? "a value of the engine"
                                      : "value \"" + displayText(evidence.value, 200) + "\"";
    case MemoryOwner::Allocator:
        return "what malloc holds from the system";
    case MemoryOwner::Engine:
        return "what the engine holds for its tensors";
    case MemoryOwner::Program:
        return "what the program itself holds between nodes";
    case MemoryOwner::Run:
        break;
    }
    return "the memory of the run";
}

std::string rateClause(const MemoryEvidence& evidence)
{
    const MemoryJudgement& judgement = evidence.judgement;
    std::string text = fmt::format("{} per iteration", roundedBytes(judgement.rate.bytes));
    if (judgement.rate.most - judgement.rate.least >= 1)
        text += fmt::format(" (95 % sure: {} to {})", roundedBytes(judgement.rate.least),
                            roundedBytes(judgement.rate.most));
    if (judgement.period > 1)
        text += fmt::format(", {} every {} iterations", roundedBytes(judgement.rate.bytes * judgement.period),
                            judgement.period);
    text += fmt::format(", since iteration {}", judgement.firstStep);
    if (judgement.periods > 0)
        text += fmt::format(", {} equal periods", judgement.periods);
    if (!evidence.onlyWithInputs.empty())
        text += ", only with inputs " + displayText(evidence.onlyWithInputs, 200);
    return text;
}

std::string atClose(const MemoryJudgement& judgement)
{
    if (judgement.closedBytes < 0)
        return "; the run did not get to its close";
    if (judgement.closedBytes == 0)
        return "; all of it was given back when the run was closed";
    return fmt::format("; {} were still there after the run was closed", bytesText(judgement.closedBytes));
}

bool isAllocator(const trace_db::NativeFrame& frame)
{
    static constexpr std::string_view inner[] = {
        "operator new", "std::", "__gnu_cxx::", "malloc", "calloc", "realloc", "orrery::exec::GuardedMemory"};
    return frame.module.find("libstdc++") != std::string::npos ||
           frame.module.find("/libc.so") != std::string::npos ||
           std::any_of(std::begin(inner), std::end(inner),
                       [&](std::string_view start) { return frame.symbol.starts_with(start); });
}

} // namespace

Severity severityOf(const MemoryEvidence& evidence)
{
    switch (evidence.judgement.verdict) {
    case MemoryVerdict::Leak:
        return Severity::Error;
    case MemoryVerdict::ArenaSlack:
    case MemoryVerdict::Retained:
        return grows(evidence) ? Severity::Warning : Severity::Info;
    case MemoryVerdict::Growth:
        return evidence.owner == MemoryOwner::Program ? Severity::Warning : Severity::Info;
    case MemoryVerdict::NotEnoughData:
        return evidence.owner == MemoryOwner::Run ? Severity::Info : Severity::Warning;
    case MemoryVerdict::Steady:
    case MemoryVerdict::WarmUp:
    case MemoryVerdict::ShapeCache:
        break;
    }
    return Severity::Info;
}

std::string textOf(const MemoryEvidence& evidence)
{
    const MemoryJudgement& judgement = evidence.judgement;
    std::string who = subject(evidence);
    switch (judgement.verdict) {
    case MemoryVerdict::Leak:
        return fmt::format("{} grows by {}{}", who, rateClause(evidence), atClose(judgement));
    case MemoryVerdict::Retained:
        if (grows(evidence))
            return fmt::format("{} grows by {}{}", who, rateClause(evidence), atClose(judgement));
        return fmt::format("{} stays at {}{}", who, bytesText(judgement.heldBytes), atClose(judgement));
    case MemoryVerdict::WarmUp:
        return fmt::format("{} grew until iteration {} to {} and then no more in {} iterations{}", who,
                           judgement.lastStep, bytesText(judgement.heldBytes),
                           evidence.steps - std::min(evidence.steps, judgement.lastStep + 1),
                           atClose(judgement));
    case MemoryVerdict::ShapeCache:
        return fmt::format("{} grew only at iterations with new input shapes, the last of them {}, to {}{}",
                           who, judgement.lastStep, bytesText(judgement.heldBytes), atClose(judgement));
    case MemoryVerdict::ArenaSlack:
        if (!grows(evidence))
            return fmt::format(
                "{} rose to {} until iteration {}, {} of it for nothing that is live: it is free "
                "and will be used again",
                who, bytesText(judgement.heldBytes), judgement.lastStep, bytesText(judgement.slackBytes));
        return fmt::format("{} grows by {} per iteration, to {}, while what is live in it does not: it is "
                           "free, in pieces that were not used again so far",
                           who, roundedBytes(judgement.rate.bytes), bytesText(judgement.heldBytes));
    case MemoryVerdict::Growth:
        if (evidence.owner == MemoryOwner::Program)
            return fmt::format("{} grows by {}{}", who, rateClause(evidence), atClose(judgement));
        return fmt::format("{} gets {} longer in each round of \"{}\", to {} after {} rounds; it is given "
                           "back at the end",
                           who, roundedBytes(judgement.rate.bytes), displayText(evidence.loop, 200),
                           bytesText(judgement.heldBytes), judgement.lastStep + 1);
    case MemoryVerdict::NotEnoughData:
        if (evidence.owner == MemoryOwner::Run)
            return "what nodes ask of malloc and mmap was not recorded: nothing can be said of it";
        return fmt::format("{} grew to {} in {} iterations{}", who, bytesText(judgement.heldBytes),
                           evidence.steps,
                           judgement.everyShapeNew
                               ? "; each had input shapes of its own, so that a cache by shape and a leak "
                                 "look the same"
                               : ", not in the same way for long enough to tell why");
    case MemoryVerdict::Steady:
        break;
    }
    return who + " does not grow";
}

std::string remedyOf(const MemoryEvidence& evidence)
{
    const MemoryJudgement& judgement = evidence.judgement;
    bool native = evidence.owner == MemoryOwner::Heap || evidence.owner == MemoryOwner::Mapping;
    switch (judgement.verdict) {
    case MemoryVerdict::Leak:
        if (evidence.owner == MemoryOwner::Tensor)
            return "a value that outlives its run is a fault of the engine: report it with the model";
        if (evidence.stack.empty())
            return fmt::format(
                "give back in {} what each call takes; --heap full names the line that takes it",
                evidence.opType.empty() ? "the operator" : displayText(evidence.opType, 100));
        return fmt::format("give back what is taken at {}", callText(evidence.stack));
    case MemoryVerdict::Retained:
        if (grows(evidence))
            return "its owner gives it back at the close alone: bound what it keeps, or close the session "
                   "from time to time";
        return "give it back when the run ends (orrery_run_ended), if sessions are opened and closed often";
    case MemoryVerdict::WarmUp:
        return "none needed; measure after the warm-up";
    case MemoryVerdict::ShapeCache:
        return "bound the cache, or feed fewer shapes: pad to a few sizes";
    case MemoryVerdict::ArenaSlack:
        return evidence.owner == MemoryOwner::Allocator
                   ? "let buffers keep their size from call to call, keep what lives long apart from what "
                     "does not, or call malloc_trim between runs"
                   : "let inputs keep their shapes, or close the session from time to time";
    case MemoryVerdict::Growth:
        if (evidence.owner == MemoryOwner::Program)
            return "no node of the model is to blame; a thread that a library started may be";
        return "make room for all rounds at once, or let the Loop collect them as a scan output";
    case MemoryVerdict::NotEnoughData:
        if (evidence.owner == MemoryOwner::Run)
            return "record with `orrery profile MODEL --leaks`, in a runner process (without --in-process)";
        if (judgement.everyShapeNew)
            return "let the shapes take turns: --leaks with --shape given again and again";
        return native ? "record more iterations: `orrery profile MODEL --leaks --runs 1000`"
                      : "record more iterations: `orrery profile MODEL --leaks`";
    case MemoryVerdict::Steady:
        break;
    }
    return {};
}

std::string rateText(const MemoryEvidence& evidence)
{
    const MemoryJudgement& judgement = evidence.judgement;
    if (!grows(evidence) || judgement.verdict == MemoryVerdict::NotEnoughData)
        return "–";
    std::string text = roundedBytes(judgement.rate.bytes);
    if (judgement.rate.most - judgement.rate.least >= 1)
        text += fmt::format(" ± {}", roundedBytes((judgement.rate.most - judgement.rate.least) / 2));
    return text;
}

std::string callText(const std::vector<trace_db::NativeFrame>& stack)
{
    if (stack.empty())
        return {};
    auto isSystemHeader = [](const trace_db::NativeFrame& frame) {
        return frame.file.starts_with("/usr/include/");
    };
    // Containers take memory for whoever uses them: that call is the one to look at.
    auto call = std::find_if(stack.begin(), stack.end(), [&](const trace_db::NativeFrame& frame) {
        return !isAllocator(frame) && !isSystemHeader(frame);
    });
    if (call == stack.end())
        call = std::find_if_not(stack.begin(), stack.end(), isAllocator);
    if (call == stack.end())
        call = stack.begin();
    const bool ownLine = !call->file.empty() && !isSystemHeader(*call);
    std::string place = ownLine ? call->file : call->module;
    place = place.substr(place.rfind('/') + 1);
    if (ownLine && call->line >= 0)
        place += ":" + std::to_string(call->line);
    std::string symbol = call->symbol.empty() ? fmt::format("+{:#x}", call->moduleOffset) : call->symbol;
    return displayText(symbol, 200) + " (" + displayText(place, 200) + ")";
}

} // namespace orrery::findings
