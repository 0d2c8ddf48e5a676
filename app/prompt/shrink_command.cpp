// SPDX-License-Identifier: Apache-2.0
#include "app/cli/arguments.h"
#include "app/cli/output.h"
#include "app/prompt/prompt.h"
#include "engine/base/text.h"
#include "profiler/session/shrink.h"

#include <fmt/format.h>

namespace orrery::prompt {
namespace {

std::string_view word(session::FailureKind kind)
{
    switch (kind) {
    case session::FailureKind::Any:
        return "any";
    case session::FailureKind::Crash:
        return "crash";
    case session::FailureKind::Error:
        return "error";
    case session::FailureKind::BadValue:
        return "bad-value";
    case session::FailureKind::Divergence:
        return "divergence";
    case session::FailureKind::WrongOutput:
        return "wrong-output";
    }
    return "any";
}

Result<Reply> shrink(Prompt& prompt, const Line& line)
{
    session::ShrinkRequest request;
    request.debug = prompt.options().debug;
    request.outputPath = line.argument(0).text;
    if (!request.outputPath.ends_with(".onnx") && !request.outputPath.ends_with(".onnxtxt"))
        return cli::usageError("the file is to end with .onnx or .onnxtxt");
    if (line.argumentCount() > 1) {
        using enum session::FailureKind;
        bool known = false;
        for (session::FailureKind kind : {Any, Crash, Error, BadValue, Divergence, WrongOutput})
            if (word(kind) == line.argument(1).text) {
                request.failure = kind;
                known = true;
            }
        if (!known)
            return cli::usageError(fmt::format(
                "any, crash, error, bad-value, divergence or wrong-output is expected, not \"{}\"",
                displayText(line.argument(1).text, 100)));
    }
    session::ShrinkOutcome outcome = TRY(prompt.cancellable([&] {
        return session::shrink(
            prompt.options().modelPath, request, [&](const session::ShrinkProgress& progress) {
                prompt.showProgress(
                    fmt::format("{} tried, {} left", progress.tried,
                                cli::counted(static_cast<std::int64_t>(progress.nodes), "node", "nodes")));
                return !prompt.interrupted();
            });
    }));
    return Reply{fmt::format("{}\n{} of {} still fail; {} tried; saved to {}\n",
                             displayText(outcome.what, 400), outcome.nodesAfter,
                             cli::counted(static_cast<std::int64_t>(outcome.nodesBefore), "node", "nodes"),
                             outcome.tried, displayText(outcome.outputPath, 400)),
                 {{"failure", word(outcome.failure)},
                  {"what", outcome.what},
                  {"nodes_before", outcome.nodesBefore},
                  {"nodes_after", outcome.nodesAfter},
                  {"tried", outcome.tried},
                  {"path", outcome.outputPath}}};
}

} // namespace

Command shrinkCommand()
{
    return {.name = "shrink",
            .arguments = "OUT [any|crash|error|bad-value|divergence|wrong-output]",
            .summary = "save the smallest part of the model that still fails",
            .least = 1,
            .most = 2,
            .run = shrink};
}

} // namespace orrery::prompt
