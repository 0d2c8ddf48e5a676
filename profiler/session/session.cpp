// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/session.h"

#include "profiler/session/prediction_in_progress.h"
#include "profiler/session/run_in_progress.h"

#include <cstdlib>
#include <filesystem>

namespace orrery::session {

class Session::Impl {
public:
    Impl(std::string modelPath, SessionOptions options, ModelRunner runner)
        : m_modelPath(std::move(modelPath))
        , m_options(std::move(options))
        , m_runner(std::move(runner))
    {}

    RunOutcome run(const RunRequest& request, const std::function<void(const Progress&)>& progress)
    {
        if (auto started = ensureRunner(); !started.ok()) {
            RunOutcome outcome;
            outcome.state = trace_db::RunState::Failed;
            outcome.error = started.releaseError();
            return outcome;
        }
        m_state = State::Running;
        RunInProgress running(m_runner, m_modelPath, m_options, request, m_control, progress,
                              [this](State state) { m_state = state; });
        RunOutcome outcome = running.carryOut();
        if (running.runnerIsGone())
            m_runner.link.reset();
        m_state = running.runnerIsGone() ? State::Crashed : State::Finished;
        forgetWishes();
        return outcome;
    }

    Result<protocol::Predicted> predict(const protocol::Predict& request, double timeLimitSeconds)
    {
        TRY(ensureRunner());
        const State before = m_state;
        m_state = State::Running;
        PredictionInProgress predicting(m_runner, m_control, timeLimitSeconds);
        auto predicted = predicting.carryOut(request);
        if (predicting.runnerIsGone())
            m_runner.link.reset();
        m_state = predicting.runnerIsGone()  ? State::Crashed
                  : before == State::Crashed ? State::Ready
                                             : before;
        forgetWishes();
        return predicted;
    }

    // Another one when the last has died. The graphs stay those that were handed out: the same file gives the
    // same ones.
    Result<void> ensureRunner()
    {
        if (m_state != State::Crashed)
            return {};
        ModelRunner runner = TRY(startModelRunner(m_modelPath, m_options));
        m_runner.link = std::move(runner.link);
        m_runner.hello = std::move(runner.hello);
        return {};
    }

    void forgetWishes()
    {
        m_control.stop = false;
        m_control.enough = false;
        m_control.pause = false;
    }

    std::string m_modelPath;
    SessionOptions m_options;
    ModelRunner m_runner;
    RunControl m_control;
    std::atomic<State> m_state = State::Ready;
};

Session::Session(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::open(const std::string& modelPath, const SessionOptions& options)
{
    auto runner = TRY(startModelRunner(modelPath, options));
    return std::unique_ptr<Session>(
        new Session(std::make_unique<Impl>(modelPath, options, std::move(runner))));
}

State Session::state() const { return m_impl->m_state; }

const std::string& Session::modelPath() const { return m_impl->m_modelPath; }

const protocol::Opened& Session::opened() const { return m_impl->m_runner.opened; }

Isolation Session::isolation() const
{
    return {m_impl->m_runner.hello.isolation, m_impl->m_runner.hello.isolationGaps};
}

RunOutcome Session::run(const RunRequest& request, const std::function<void(const Progress&)>& progress)
{
    return m_impl->run(request, progress);
}

Result<protocol::Predicted> Session::predict(const protocol::Predict& request, double timeLimitSeconds)
{
    return m_impl->predict(request, timeLimitSeconds);
}

void Session::stop() { m_impl->m_control.stop = true; }

void Session::finishEarly() { m_impl->m_control.enough = true; }

void Session::pause() { m_impl->m_control.pause = true; }

void Session::resume() { m_impl->m_control.pause = false; }

Result<std::vector<protocol::InputFile>> inputsOfFolder(const std::string& folder)
{
    std::vector<protocol::InputFile> inputs;
    std::error_code error;
    for (std::uint32_t i = 0;; ++i) {
        std::string path = folder + "/input_" + std::to_string(i) + ".pb";
        if (!std::filesystem::exists(path, error))
            break;
        inputs.push_back({"", i, path});
    }
    if (inputs.empty() && !std::filesystem::is_directory(folder, error))
        return Error{ErrorCode::BadFile, "expected a folder with input_0.pb, input_1.pb …", folder};
    return inputs;
}

std::string runnerProgram()
{
    if (const char* given = std::getenv("ORRERY_RUNNER"); given && *given)
        return given;
    std::error_code ignored;
    auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
    return (self.parent_path() / "orrery-runner").string();
}

} // namespace orrery::session
