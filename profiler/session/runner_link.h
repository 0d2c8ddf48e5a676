#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// RunnerLink: a session's end of the connection to its runner, which is a process or a thread of this one;
// both speak the same bytes. send() may be called from any thread, everything else from the session's.

#include "profiler/protocol/channel.h"
#include "profiler/protocol/command.h"
#include "profiler/session/scratch_folder.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace orrery::session {

// How a runner ended.
struct RunnerEnd {
    int signal = 0;
    int exitCode = 0;
    bool killedBySession = false;
};

class RunnerLink {
public:
    RunnerLink(protocol::Channel channel, ScratchFolder folder);
    virtual ~RunnerLink();

    Result<void> send(const protocol::Command& command);
    // nullopt when nothing came in time; RunnerDied when the runner is gone.
    Result<std::optional<protocol::Reply>> receive(int timeoutMs);

    // The runner's own folder, gone with this.
    const ScratchFolder& folder() const { return m_folder; }

    virtual std::int64_t pid() const = 0;
    // Whether kill() can end a runner that does not answer.
    virtual bool killable() const = 0;
    // Ends the runner at once; then, or after receive() said RunnerDied, waitForEnd() tells how it ended.
    virtual void kill() = 0;
    virtual RunnerEnd waitForEnd() = 0;

protected:
    void closeChannel();

private:
    ScratchFolder m_folder;
    std::mutex m_sendMutex;
    protocol::Channel m_channel;
};

// Starts the program; Io naming it when it cannot be started.
Result<std::unique_ptr<RunnerLink>> startProcess(const std::string& program);
// Starts a thread of this process. It cannot be killed: a model that crashes takes the program with it.
Result<std::unique_ptr<RunnerLink>> startThread();

} // namespace orrery::session
