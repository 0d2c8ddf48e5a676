// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/model_runner.h"

#include "engine/base/text.h"
#include "engine/base/unique_fd.h"
#include "profiler/session/crash_report.h"

#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace orrery::session {

namespace {

using Clock = std::chrono::steady_clock;

// Which operator of a library was inferring shapes, as the runner left it; empty when none was.
std::string inInference(const ScratchFolder& folder)
{
    UniqueFd file(open(folder.file("inference").c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    char text[1024] = {};
    if (!file.valid() || read(file.get(), text, sizeof text - 1) <= 0 || text[0] == '\0')
        return {};
    return " in the shape inference of " + displayText(text, 600);
}

// The next reply of the wanted kind. A failure comes back as its error, a runner that ends or takes too long
// as one that says so.
template<class Wanted>
Result<Wanted> await(RunnerLink& link, Clock::time_point deadline, const std::string& doing)
{
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    auto reply = link.receive(static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30)));
    if (!reply.ok()) {
        if (reply.error().code != ErrorCode::RunnerDied)
            return reply.releaseError();
        RunnerEnd end = link.waitForEnd();
        return Error{ErrorCode::RunnerDied,
                     "the runner ended with " + crashText(end, {}) + inInference(link.folder()) + " while " +
                         doing,
                     {}};
    }
    if (!reply->has_value()) {
        link.kill();
        return Error{ErrorCode::LimitReached, "the runner took too long while " + doing, {}};
    }
    if (auto* failed = std::get_if<protocol::Failed>(&**reply))
        return std::move(failed->error);
    if (auto* wanted = std::get_if<Wanted>(&**reply))
        return std::move(*wanted);
    return Error{ErrorCode::Internal, "an answer that does not fit the question while " + doing,
                 "runner protocol"};
}

} // namespace

Result<ModelRunner> startModelRunner(const std::string& modelPath, const SessionOptions& options)
{
    auto deadline = Clock::now() + std::chrono::milliseconds(static_cast<std::int64_t>(
                                       std::clamp(options.openTimeLimitSeconds, 0.0, 1e6) * 1000));
    if (options.form == RunnerForm::InProcess && !options.customOps.empty())
        return Error{ErrorCode::Usage,
                     "a library with operators is loaded in a runner process only, not into this program",
                     options.customOps.front()};
    ModelRunner runner;
    runner.link = options.form == RunnerForm::InProcess
                      ? TRY(startThread())
                      : TRY(startProcess(options.runnerPath.empty() ? runnerProgram() : options.runnerPath));
    runner.hello = TRY(await<protocol::Hello>(*runner.link, deadline, "starting"));
    if (runner.hello.version != protocol::protocolVersion)
        return Error{ErrorCode::Internal,
                     "the runner is of another build than this program: install both from one",
                     "runner protocol"};

    protocol::Open open;
    std::error_code ignored;
    auto absolute = std::filesystem::absolute(modelPath, ignored);
    open.modelPath = absolute.empty() ? modelPath : absolute.string();
    open.root = options.root;
    open.optimize = options.optimize;
    open.disabledPasses = options.disabledPasses;
    open.backend = options.backend;
    open.inputShapes = options.inputShapes;
    open.customOps = options.customOps;
    open.hints = options.hints;
    open.shapesAre = options.shapesAre;
    TRY(runner.link->send(open));
    runner.opened = TRY(await<protocol::Opened>(*runner.link, deadline, "reading the model"));
    return runner;
}

} // namespace orrery::session
