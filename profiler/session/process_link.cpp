// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/runner_link.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace orrery::session {

namespace {

constexpr int channelFd = 3; // in the runner
constexpr int graceMs = 2000;

class ProcessLink final : public RunnerLink {
public:
    ProcessLink(protocol::Channel channel, ScratchFolder folder, pid_t pid)
        : RunnerLink(std::move(channel), std::move(folder))
        , m_pid(pid)
    {}

    ~ProcessLink() override
    {
        closeChannel(); // the runner ends when its stream does …
        if (!waitUntilExited(graceMs))
            kill(); // … or is made to
        waitForEnd();
    }

    std::int64_t pid() const override { return m_pid; }
    bool killable() const override { return true; }

    void kill() override
    {
        if (m_ended)
            return;
        m_end.killedBySession = true;
        ::kill(m_pid, SIGKILL);
    }

    RunnerEnd waitForEnd() override
    {
        if (m_ended)
            return m_end;
        // A runner that closed its stream and lives on is of no use.
        if (!waitUntilExited(graceMs))
            kill();
        int status = 0;
        while (waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
        }
        m_ended = true;
        if (WIFSIGNALED(status))
            m_end.signal = WTERMSIG(status);
        if (WIFEXITED(status))
            m_end.exitCode = WEXITSTATUS(status);
        return m_end;
    }

private:
    bool waitUntilExited(int timeoutMs) const
    {
        if (m_ended)
            return true;
        for (int waited = 0;; waited += 5) {
            siginfo_t info{};
            if (waitid(P_PID, static_cast<id_t>(m_pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
                info.si_pid != 0)
                return true;
            if (waited >= timeoutMs)
                return false;
            poll(nullptr, 0, 5);
        }
    }

    pid_t m_pid;
    bool m_ended = false;
    RunnerEnd m_end;
};

} // namespace

Result<std::unique_ptr<RunnerLink>> startProcess(const std::string& program)
{
    auto [ours, theirs] = TRY(protocol::Channel::pair());
    auto folder = TRY(ScratchFolder::create());

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    // What a kernel prints is no output of the command line.
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, theirs.fd(), channelFd);
    posix_spawn_file_actions_addclosefrom_np(&actions, channelFd + 1);

    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0); // an interrupt from the terminal is the session's to handle
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

    std::string name = program;
    std::string option = "--channel";
    std::string number = std::to_string(channelFd);
    std::string folderOption = "--folder";
    std::string folderPath = folder.path();
    char* arguments[] = {name.data(),         option.data(),     number.data(),
                         folderOption.data(), folderPath.data(), nullptr};
    pid_t pid = -1;
    int failed = posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        return Error{ErrorCode::Io, std::string("the runner could not be started: ") + std::strerror(failed),
                     program};
    return std::unique_ptr<RunnerLink>(
        std::make_unique<ProcessLink>(std::move(ours), std::move(folder), pid));
}

} // namespace orrery::session
