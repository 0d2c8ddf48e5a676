// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/runner.h"
#include "profiler/session/runner_link.h"

#include <thread>
#include <unistd.h>

namespace orrery::session {

namespace {

class LocalLink final : public RunnerLink {
public:
    LocalLink(protocol::Channel ours, protocol::Channel theirs, ScratchFolder folder)
        : RunnerLink(std::move(ours), std::move(folder))
        , m_thread([channel = std::move(theirs)]() mutable { runner::serve(std::move(channel), {}); })
    {}

    ~LocalLink() override { waitForEnd(); }

    std::int64_t pid() const override { return getpid(); }
    bool killable() const override { return false; }
    void kill() override {}

    RunnerEnd waitForEnd() override
    {
        closeChannel();
        if (m_thread.joinable())
            m_thread.join();
        return {};
    }

private:
    std::thread m_thread;
};

} // namespace

Result<std::unique_ptr<RunnerLink>> startThread()
{
    auto [ours, theirs] = TRY(protocol::Channel::pair());
    auto folder = TRY(ScratchFolder::create());
    return std::unique_ptr<RunnerLink>(
        std::make_unique<LocalLink>(std::move(ours), std::move(theirs), std::move(folder)));
}

} // namespace orrery::session
