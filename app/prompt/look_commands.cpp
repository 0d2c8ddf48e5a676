// SPDX-License-Identifier: Apache-2.0
#include "app/cli/arguments.h"
#include "app/prompt/origin.h"
#include "app/prompt/parse.h"
#include "app/prompt/prompt.h"
#include "app/prompt/tensor_files.h"
#include "app/prompt/tensor_text.h"
#include "engine/base/text.h"
#include "engine/debug/expression.h"
#include "engine/debug/tensor_difference.h"
#include "engine/debug/tensor_statistics.h"
#include "engine/formats/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace orrery::prompt {
namespace {

using graph::Tensor;
using nlohmann::json;

// A tensor that was asked for: of a value, or of an expression.
struct Shown {
    std::string title;
    ValueId value;
    Tensor tensor;
    std::string notes; // "computed again"
    std::optional<std::uint64_t> writtenAt;
};

std::string_view availabilityText(debug::Availability availability)
{
    switch (availability) {
    case debug::Availability::Alive:
        return "alive";
    case debug::Availability::Constant:
        return "constant";
    case debug::Availability::Freed:
        return "computed again";
    case debug::Availability::NotComputed:
        return "not computed";
    }
    return "";
}

// VALUE, VALUE[slice], or VALUE and a slice as the next word; with more, or with signs, an expression.
Result<Shown> shownBy(Prompt& prompt, const Line& line)
{
    Word word = line.argument(0);
    std::string slice = line.from(1);
    if (!word.quoted && !prompt.value(word).ok()) {
        std::size_t bracket = word.text.find('[');
        if (bracket != std::string::npos && bracket > 0) {
            slice = word.text.substr(bracket) + (slice.empty() ? "" : " " + slice);
            word.text.resize(bracket);
        }
    }
    bool sliced = slice.empty() || (slice.front() == '[' && slice.find(']') == slice.size() - 1);
    auto value = prompt.value(word);
    if (!value.ok() || !sliced) {
        if (!value.ok() && word.quoted)
            return value.releaseError();
        std::string expression = line.from(0);
        auto tensor = prompt.guarded([&] { return prompt.session().evaluate(expression); });
        bool one = line.argumentCount() == 1 && expression.find_first_of("+*^()") == std::string::npos;
        if (!tensor.ok())
            return one && !value.ok() ? value.releaseError() : tensor.releaseError();
        return Shown{displayText(expression, 200), {}, tensor.releaseValue(), {}, {}};
    }
    session::CapturedTensor captured = TRY(prompt.tensor(*value));
    Shown shown{valueName(prompt.graph(), *value) + slice, *value, captured.tensor, {}, captured.writtenAt};
    if (!slice.empty())
        shown.tensor = TRY(debug::slice(captured.tensor, slice));
    if (captured.availability != debug::Availability::Alive)
        shown.notes = availabilityText(captured.availability);
    return shown;
}

std::string headline(const Shown& shown)
{
    std::string text = fmt::format("{}: {}", shown.title, typeText(shown.tensor));
    if (!shown.notes.empty())
        text += fmt::format("  {}", shown.notes);
    if (shown.writtenAt)
        text += fmt::format("  written at {}", *shown.writtenAt);
    return text + "\n";
}

json identityOf(Prompt& prompt, const Shown& shown)
{
    return {{"expression", shown.title},
            {"value", shown.value.valid() ? valueJson(prompt.session(), shown.value) : json()},
            {"availability", shown.notes.empty() ? "alive" : shown.notes},
            {"written_at", shown.writtenAt ? json(*shown.writtenAt) : json()}};
}

Result<Reply> print(Prompt& prompt, const Line& line)
{
    Shown shown = TRY(shownBy(prompt, line));
    json object = identityOf(prompt, shown);
    object.update(tensorJson(shown.tensor));
    return Reply{headline(shown) + valuesText(shown.tensor) + "\n", std::move(object)};
}

Result<Reply> stats(Prompt& prompt, const Line& line)
{
    Shown shown = TRY(shownBy(prompt, line));
    json object = identityOf(prompt, shown);
    object.update(statisticsJson(shown.tensor));
    return Reply{headline(shown) + statisticsText(shown.tensor), std::move(object)};
}

Result<Reply> evaluate(Prompt& prompt, const Line& line)
{
    std::string expression = line.from(0);
    Tensor tensor = TRY(prompt.guarded([&] { return prompt.session().evaluate(expression); }));
    json object = tensorJson(tensor);
    object["expression"] = expression;
    return Reply{
        fmt::format("{}: {}\n{}\n", displayText(expression, 200), typeText(tensor), valuesText(tensor)),
        std::move(object)};
}

bool isTensorFile(const Word& word) { return word.text.ends_with(".npy") || word.text.ends_with(".pb"); }

Result<Tensor> valueOrFile(Prompt& prompt, const Word& word)
{
    auto value = prompt.value(word);
    if (!value.ok() && isTensorFile(word))
        return formats::readTensor(word.text);
    ValueId id = TRY(std::move(value));
    return TRY(prompt.tensor(id)).tensor;
}

Result<Reply> compare(Prompt& prompt, const Line& line)
{
    Tensor a = TRY(valueOrFile(prompt, line.argument(0)));
    Tensor b = TRY(valueOrFile(prompt, line.argument(1)));
    debug::TensorDifference d = TRY(debug::difference(a, b));
    std::string worst = d.worst < 0 ? std::string("nowhere") : indexText(a.dims(), d.worst);
    Reply reply;
    reply.text = fmt::format("{} against {}\n", displayText(line.argument(0).text, 200),
                             displayText(line.argument(1).text, 200));
    reply.text += fmt::format("  different     {} of {} elements\n", d.different, a.elementCount());
    if (d.different > 0 || d.mismatches > 0) {
        reply.text += fmt::format("  largest       {:.6g} at {}\n", d.maxAbsolute, worst);
        if (d.worst >= 0)
            reply.text += fmt::format("  there         {:.9g} against {:.9g}\n", debug::element(a, d.worst),
                                      debug::element(b, d.worst));
    }
    reply.text += fmt::format("  mean          {:.6g}\n  RMS           {:.6g}\n", d.meanAbsolute, d.rms);
    reply.text += fmt::format("  relative      {:.6g} at most, L2 {:.6g}\n", d.maxRelative, d.relativeL2);
    reply.text += fmt::format("  cosine        {:.9g}\n", d.cosine);
    if (d.mismatches > 0)
        reply.text += fmt::format("  NaN or infinite on one side only: {}\n", d.mismatches);
    reply.json = differenceJson(d, a.dims());
    reply.json["elements"] = a.elementCount();
    return reply;
}

Result<Reply> exportValue(Prompt& prompt, const Line& line)
{
    ValueId value = TRY(prompt.value(line.argument(0)));
    const std::string& path = line.argument(1).text;
    session::CapturedTensor captured = TRY(prompt.tensor(value));
    TRY(exportTensor(captured.tensor, path, prompt.graph().value(value).name));
    return Reply{fmt::format("{} ({}) is in {}\n", valueName(prompt.graph(), value),
                             typeText(captured.tensor), displayText(path, 400)),
                 {{"value", valueJson(prompt.session(), value)}, {"path", path}}};
}

Result<Reply> recompute(Prompt& prompt, const Line& line)
{
    prompt.setRecompute(session::Recompute::Yes);
    static constexpr std::array<std::string_view, 4> allowed = {"print", "stats", "compare", "export"};
    auto command = findCommand(line.argument(0).text);
    bool looks = command.ok() && std::find(allowed.begin(), allowed.end(), (*command)->name) != allowed.end();
    return prompt.carryOut(looks && line.argumentCount() > 1 ? line.from(0) : "print " + line.from(0));
}

Result<Reply> watch(Prompt& prompt, const Line& line)
{
    if (line.argumentCount() == 0)
        return watchesReply(prompt);
    ValueId value = TRY(prompt.value(line.argument(0)));
    auto& watches = prompt.watches();
    if (std::find(watches.begin(), watches.end(), value) == watches.end())
        watches.push_back(value);
    return watchesReply(prompt);
}

Result<Reply> unwatch(Prompt& prompt, const Line& line)
{
    auto& watches = prompt.watches();
    if (line.argument(0).text == "all") {
        watches.clear();
        return watchesReply(prompt);
    }
    ValueId value = TRY(prompt.value(line.argument(0)));
    if (std::erase(watches, value) == 0)
        return cli::usageError(fmt::format("{} is not watched", valueName(prompt.graph(), value)));
    return watchesReply(prompt);
}

Result<Reply> where(Prompt& prompt, const Line&)
{
    const debug::DebugState& state = prompt.session().state();
    Reply reply = stateReply(prompt.session(), state);
    reply.text = fmt::format("position {}\n{}", state.position, stackText(prompt.session(), state));
    if (prompt.session().dead())
        reply.text += "the runner is gone; `revive` starts another just before the node that ended it\n";
    reply.json["dead"] = prompt.session().dead();
    return reply;
}

Result<Reply> list(Prompt& prompt, const Line& line)
{
    std::uint64_t around = 5;
    if (line.argumentCount() > 0)
        around = TRY(parseCount(line.argument(0).text, 0));
    const debug::DebugState& state = prompt.session().state();
    RegionId region = state.stack.empty() ? RegionId(0) : state.stack.back().region;
    Reply reply;
    reply.json["nodes"] = json::array();
    for (const session::BlockOrder& block : prompt.session().order()) {
        if (block.region != region)
            continue;
        auto at = static_cast<std::uint64_t>(std::find(block.nodes.begin(), block.nodes.end(), state.next) -
                                             block.nodes.begin());
        std::uint64_t begin = at > around ? at - around : 0;
        std::uint64_t end = std::min<std::uint64_t>(
            block.nodes.size(), at + std::min<std::uint64_t>(around, block.nodes.size()) + 1);
        for (std::uint64_t i = begin; i < end; ++i) {
            reply.text += fmt::format("{} {}\n", i == at ? "=>" : "  ", nodeLine(prompt, block.nodes[i]));
            reply.json["nodes"].push_back(nodeJson(prompt.graph(), block.nodes[i]));
        }
    }
    return reply;
}

} // namespace

CommandGroup lookCommands()
{
    return {"looking",
            {
                {.name = "print",
                 .aliases = {"p"},
                 .arguments = "VALUE[SLICE]",
                 .summary = "what a value holds, as in `print logits[0, :5]`; an expression, too",
                 .least = 1,
                 .most = Command::any,
                 .completes = Completes::Value,
                 .run = print},
                {.name = "stats",
                 .arguments = "VALUE[SLICE]",
                 .summary = "extremes, mean, zeros, NaN, infinities and a histogram of it",
                 .least = 1,
                 .most = Command::any,
                 .completes = Completes::Value,
                 .run = stats},
                {.name = "eval",
                 .aliases = {"e"},
                 .arguments = "EXPR",
                 .summary = "an expression over values: `eval Relu(x) * 2 - y[0]`",
                 .least = 1,
                 .most = Command::any,
                 .completes = Completes::Value,
                 .run = evaluate},
                {.name = "compare",
                 .arguments = "VALUE|FILE VALUE|FILE",
                 .summary = "how far two tensors differ, and where most; the second is the reference",
                 .least = 2,
                 .most = 2,
                 .completes = Completes::Value,
                 .run = compare},
                {.name = "export",
                 .arguments = "VALUE FILE",
                 .summary = "write what a value holds to a .npy, .pb, .csv or .png file",
                 .least = 2,
                 .most = 2,
                 .completes = Completes::Value,
                 .run = exportValue},
                {.name = "recompute",
                 .arguments = "[print|stats|compare|export] VALUE …",
                 .summary = "the same for a value that was freed: it is computed again",
                 .least = 1,
                 .most = Command::any,
                 .completes = Completes::Value,
                 .run = recompute},
                {.name = "origin",
                 .aliases = {"o"},
                 .arguments = "VALUE",
                 .summary = "who wrote it, who reads it, where its dims come from",
                 .least = 1,
                 .most = 1,
                 .completes = Completes::Value,
                 .run = [](Prompt& prompt, const Line& line) -> Result<Reply> {
                     return originReply(prompt, TRY(prompt.value(line.argument(0))));
                 }},
                {.name = "watch",
                 .aliases = {"display"},
                 .arguments = "[VALUE]",
                 .summary = "show a value after every movement; alone: what is watched now",
                 .most = 1,
                 .completes = Completes::Value,
                 .run = watch},
                {.name = "unwatch",
                 .aliases = {"undisplay"},
                 .arguments = "VALUE|all",
                 .summary = "watch it no more",
                 .least = 1,
                 .most = 1,
                 .completes = Completes::Value,
                 .run = unwatch},
                {.name = "where",
                 .aliases = {"bt", "backtrace", "w"},
                 .summary = "position and call stack, innermost first",
                 .run = where},
                {.name = "list",
                 .aliases = {"l"},
                 .arguments = "[N]",
                 .summary = "N nodes before and after the next one",
                 .most = 1,
                 .run = list},
            }};
}

} // namespace orrery::prompt
