// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/output.h"
#include "app/cli/table.h"
#include "engine/base/text.h"
#include "engine/formats/format.h"
#include "engine/formats/schema_check.h"
#include "engine/graph/verify.h"
#include "engine/passes/call_check.h"
#include "engine/passes/infer.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

Result<ExitStatus> run(const Arguments& arguments)
{
    graph::Model model = TRY(whileReading(formats::readModel(arguments.positional(0))));
    std::vector<Problem> problems = model.loadProblems;
    auto add = [&](std::vector<Problem> found) {
        for (Problem& problem : found) {
            bool known = std::any_of(problems.begin(), problems.end(), [&](const Problem& p) {
                return p.code == problem.code && p.node == problem.node && p.text == problem.text;
            });
            if (!known)
                problems.push_back(std::move(problem));
        }
    };
    add(graph::verify(model));
    const passes::Inference inference = passes::inferTypes(model, ops::OpRegistry::builtin());
    add(inference.problems);
    add(formats::checkSchemas(model, inference.types, inference.problems));
    add(passes::checkCalls(model, ops::OpRegistry::builtin(), formats::checkSchemas));
    std::stable_sort(problems.begin(), problems.end(),
                     [](const Problem& a, const Problem& b) { return a.severity > b.severity; });

    Table table({{"severity", "severity"},
                 {"code", "code"},
                 {"node", "node"},
                 {"text", "text"},
                 {"remedy", "remedy"}});
    for (const Problem& problem : problems)
        table.add({{std::string(name(problem.severity)), name(problem.severity)},
                   {problem.code, problem.code},
                   {problem.node, problem.node},
                   {problem.text, problem.text},
                   {problem.remedy, problem.remedy}});
    if (chosenFormat(arguments) == Format::Json) {
        print("{}\n", dump({{"problems", table.json()}}));
    } else {
        for (const Problem& problem : problems)
            print("{}: {}{} [{}]\n{}", name(problem.severity),
                  problem.node.empty() ? std::string() : displayText(problem.node, 200) + ": ",
                  displayText(problem.text, 1000), problem.code,
                  problem.remedy.empty() ? std::string() : "    " + displayText(problem.remedy, 400) + "\n");
        print("{}: {}, {}\n", displayText(arguments.positional(0), 400),
              counted(static_cast<std::int64_t>(model.graph.nodeCount()), "node", "nodes"),
              counted(static_cast<std::int64_t>(problems.size()), "problem", "problems"));
    }
    bool holds = std::none_of(problems.begin(), problems.end(),
                              [](const Problem& p) { return p.severity != Severity::Info; });
    return holds ? ExitStatus::Done : ExitStatus::DoesNotHold;
}

} // namespace

CommandSpec check()
{
    return {
        "check",
        "MODEL",
        "Checks a graph without running it: types, shapes, cycles, dangling names, unknown ops, wasted work",
        {"MODEL"},
        {formatOption()},
        run};
}

} // namespace orrery::commands
