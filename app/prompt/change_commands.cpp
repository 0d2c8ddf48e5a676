// SPDX-License-Identifier: Apache-2.0
#include "app/cli/arguments.h"
#include "app/cli/output.h"
#include "app/prompt/parse.h"
#include "app/prompt/prompt.h"
#include "app/prompt/tensor_text.h"
#include "engine/base/text.h"
#include "engine/formats/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace orrery::prompt {
namespace {

using nlohmann::json;

Result<Reply> apply(Prompt& prompt, debug::Edit edit)
{
    return prompt.moved([&] { return prompt.session().apply(edit); });
}

std::int64_t opsetOf(Prompt& prompt, const graph::Node& node)
{
    if (node.opsetVersion > 0)
        return node.opsetVersion;
    for (const graph::OpsetImport& import : prompt.session().opened().opsets)
        if (import.domain == node.domain)
            return import.version;
    return 0;
}

// VALUE FILE or VALUE EXPR, with an = between them if one likes.
Result<Reply> set(Prompt& prompt, const Line& line)
{
    ValueId value = TRY(prompt.value(line.argument(0)));
    std::size_t from = line.argument(1).text == "=" && !line.argument(1).quoted ? 2 : 1;
    if (line.argumentCount() <= from)
        return cli::usageError("it is written `set VALUE FILE` or `set VALUE EXPR`");
    const std::string& word = line.argument(from).text;
    bool alone = line.argumentCount() == from + 1;
    std::error_code failed;
    if (alone && (word.ends_with(".npy") || word.ends_with(".pb")) &&
        (std::filesystem::exists(word, failed) || word.find('/') != std::string::npos))
        return apply(prompt, debug::SetValue{value, TRY(formats::readTensor(word))});
    std::string expression = line.from(from);
    return prompt.moved([&] { return prompt.session().assign(value, expression); });
}

struct Assignment {
    std::string name, value;
};

// NAME=VALUE at the beginning of the text; the value reaches to the next word that is one, too.
Result<std::vector<Assignment>> assignmentsOf(const Line& line, std::size_t first)
{
    std::vector<std::size_t> starts;
    for (std::size_t i = first; i < line.argumentCount(); ++i) {
        const Word& word = line.argument(i);
        std::size_t sign = word.quoted ? std::string::npos : word.text.find('=');
        if (sign != std::string::npos && sign > 0)
            starts.push_back(word.begin);
        else if (i == first)
            return cli::usageError(
                fmt::format("NAME=VALUE is expected, not \"{}\"", displayText(word.text, 100)));
    }
    std::vector<Assignment> assignments;
    for (std::size_t i = 0; i < starts.size(); ++i) {
        std::size_t end = i + 1 < starts.size() ? starts[i + 1] : line.words.back().end;
        std::string text = line.text.substr(starts[i], end - starts[i]);
        std::size_t sign = text.find('=');
        assignments.push_back({text.substr(0, sign), text.substr(sign + 1)});
    }
    return assignments;
}

Result<Reply> setAttribute(Prompt& prompt, const Line& line)
{
    NodeId id = TRY(prompt.node(line.argument(0)));
    auto assignments = TRY(assignmentsOf(line, 1));
    if (assignments.size() != 1)
        return cli::usageError("one attribute is set at a time");
    const graph::Node& node = prompt.graph().node(id);
    debug::SetAttribute edit{id, assignments[0].name, {}};
    edit.value = TRY(parseAttribute(assignments[0].value, node, edit.name, opsetOf(prompt, node)));
    return apply(prompt, std::move(edit));
}

Result<Reply> replace(Prompt& prompt, const Line& line)
{
    debug::ReplaceOperator edit;
    edit.node = TRY(prompt.node(line.argument(0)));
    edit.opType = line.argument(1).text;
    if (std::size_t point = edit.opType.rfind('.'); point != std::string::npos) {
        edit.domain = edit.opType.substr(0, point);
        edit.opType.erase(0, point + 1);
    }
    if (line.argumentCount() > 2) {
        graph::Node node;
        node.opType = edit.opType;
        node.domain = edit.domain;
        for (const Assignment& assignment : TRY(assignmentsOf(line, 2))) {
            graph::Attribute attribute;
            attribute.name = assignment.name;
            attribute.value =
                TRY(parseAttribute(assignment.value, node, assignment.name, opsetOf(prompt, node)));
            edit.attributes.push_back(std::move(attribute));
        }
    }
    return apply(prompt, std::move(edit));
}

Result<Reply> bypass(Prompt& prompt, const Line& line)
{
    return apply(prompt, debug::Bypass{TRY(prompt.node(line.argument(0)))});
}

Result<Reply> rerun(Prompt& prompt, const Line&)
{
    debug::RerunReport report = TRY(prompt.guarded([&] { return prompt.session().rerun(); }));
    Reply reply;
    reply.text =
        fmt::format("{} computed, {} reused\n",
                    cli::counted(static_cast<std::int64_t>(report.computed), "instruction", "instructions"),
                    report.reused);
    json outputs = json::array();
    for (const debug::OutputChange& change : report.outputs) {
        json row = {{"value", valueJson(prompt.session(), change.value)},
                    {"before", tensorJson(change.before)},
                    {"after", tensorJson(change.after)},
                    {"difference", json()}};
        std::string text;
        if (!change.difference) {
            text = fmt::format("{} became {}", typeText(change.before), typeText(change.after));
        } else {
            row["difference"] = differenceJson(*change.difference, change.after.dims());
            text = change.difference->different == 0 && change.difference->mismatches == 0
                       ? std::string("the same")
                       : fmt::format("{} of {} elements moved, by {:.6g} at most, relative L2 {:.3g}",
                                     change.difference->different, change.after.elementCount(),
                                     change.difference->maxAbsolute, change.difference->relativeL2);
        }
        reply.text += fmt::format("  {}: {}\n", valueName(prompt.graph(), change.value), text);
        reply.text += fmt::format("      before {}\n      after  {}\n", shortText(change.before, 6),
                                  shortText(change.after, 6));
        outputs.push_back(std::move(row));
    }
    reply.json = {{"computed", report.computed}, {"reused", report.reused}, {"outputs", std::move(outputs)}};
    return reply;
}

Result<Reply> chooseBranch(Prompt& prompt, const Line& line)
{
    if (line.argumentCount() == 0)
        return branchesReply(prompt);
    std::uint64_t number = TRY(parseCount(line.argument(0).text, 0));
    const auto& branches = prompt.session().state().branches;
    bool known = std::any_of(branches.begin(), branches.end(),
                             [&](const debug::Branch& branch) { return branch.id.value == number; });
    if (!known)
        return cli::usageError(fmt::format("there is no branch {}; `branches` lists them", number));
    return prompt.moved([&] { return prompt.session().choose(BranchId(number)); });
}

} // namespace

CommandGroup changeCommands()
{
    return {"changing",
            {
                {.name = "set",
                 .arguments = "VALUE FILE|EXPR",
                 .summary = "give a value, an input or a weight other contents, on a new branch",
                 .least = 2,
                 .most = Command::any,
                 .completes = Completes::Value,
                 .run = set},
                {.name = "set-attr",
                 .arguments = "NODE NAME=VALUE",
                 .summary = "change an attribute; `NAME=` takes it away",
                 .least = 2,
                 .most = Command::any,
                 .completes = Completes::Node,
                 .run = setAttribute},
                {.name = "replace",
                 .arguments = "NODE OPTYPE [NAME=VALUE …]",
                 .summary = "put another operator in a node's place",
                 .least = 2,
                 .most = Command::any,
                 .completes = Completes::Node,
                 .run = replace},
                {.name = "bypass",
                 .arguments = "NODE",
                 .summary = "let a node hand its first input on",
                 .least = 1,
                 .most = 1,
                 .completes = Completes::Node,
                 .run = bypass},
                {.name = "skip",
                 .summary = "pass over the next node once; its outputs become zeros",
                 .run = [](Prompt& prompt, const Line&) { return apply(prompt, debug::Skip{}); }},
                {.name = "rerun",
                 .summary = "compute what depends on the last change, and tell how the outputs moved",
                 .run = rerun},
                {.name = "branches",
                 .summary = "the original run and what changes made of it",
                 .run = [](Prompt& prompt, const Line&) -> Result<Reply> { return branchesReply(prompt); }},
                {.name = "branch",
                 .arguments = "[N]",
                 .summary = "go to another branch, at the same position where it has one",
                 .most = 1,
                 .run = chooseBranch},
            }};
}

} // namespace orrery::prompt
