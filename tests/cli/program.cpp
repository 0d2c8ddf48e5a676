// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/program.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace orrery::tests {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void become(const std::vector<std::string>& arguments, int in, int out, int err,
                         const ProgramOptions& options)
{
    const char* other = std::getenv("ORRERY_PROGRAM"); // another build, such as an installed one
    std::vector<char*> words = {const_cast<char*>(other != nullptr ? other : ORRERY_PROGRAM)};
    for (const std::string& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0)
        ::_exit(126);
    if (options.output == StandardOutput::FullDevice)
        out = ::open("/dev/full", O_WRONLY);
    ::dup2(in >= 0 ? in : ::open("/dev/null", O_RDONLY), 0);
    ::dup2(out, 1);
    ::dup2(err, 2);
    for (int fd = 3; fd < 64; ++fd)
        ::close(fd);
    if (options.output == StandardOutput::Closed)
        ::close(1);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGPIPE, SIG_DFL);
    ::execv(words[0], words.data());
    ::_exit(127);
}

} // namespace

std::vector<std::string> ProgramOutcome::errorLines() const
{
    std::vector<std::string> lines;
    std::size_t start = 0;
    while (start < err.size()) {
        std::size_t end = std::min(err.find('\n', start), err.size());
        std::string line = err.substr(start, end - start);
        if (!line.starts_with("note: ") && !line.starts_with("warning: "))
            lines.push_back(std::move(line));
        start = end + 1;
    }
    return lines;
}

ProgramOutcome runProgram(const std::vector<std::string>& arguments, const ProgramOptions& options)
{
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    std::array<int, 2> in{-1, -1};
    if (::pipe(out.data()) != 0 || ::pipe(err.data()) != 0)
        return {};
    if (!options.input.empty() && ::pipe(in.data()) != 0)
        return {};
    if (in[1] >= 0)
        ::fcntl(in[1], F_SETFL, O_NONBLOCK);
    std::signal(SIGPIPE, SIG_IGN); // a program that ends before it has read everything
    if (options.output == StandardOutput::ClosedPipe)
        ::close(out[0]);
    auto start = Clock::now();
    pid_t child = ::fork();
    if (child == 0)
        become(arguments, in[0], out[1], err[1], options);
    ::close(out[1]);
    ::close(err[1]);
    if (in[0] >= 0)
        ::close(in[0]);

    ProgramOutcome outcome;
    std::array<pollfd, 3> ends = {pollfd{err[0], POLLIN, 0}, pollfd{out[0], POLLIN, 0},
                                  pollfd{in[1], POLLOUT, 0}};
    std::size_t written = 0;
    std::size_t interruptsDone = 0;
    double shownAt = -1; // when the output that the next interrupt waits for was seen
    if (options.output == StandardOutput::ClosedPipe)
        ends[1].fd = -1;
    bool interrupted = false;
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        ::poll(ends.data(), ends.size(), 20);
        if (ends[2].fd >= 0 && ends[2].revents != 0) {
            ssize_t count =
                ::write(ends[2].fd, options.input.data() + written, options.input.size() - written);
            written += count > 0 ? static_cast<std::size_t>(count) : 0;
            bool gone = count < 0 && errno != EAGAIN;
            if (gone || written == options.input.size()) {
                ::close(ends[2].fd);
                ends[2].fd = -1;
            }
        }
        for (std::size_t i = 0; i < 2; ++i) {
            if (ends[i].fd < 0 || ends[i].revents == 0)
                continue;
            std::array<char, 65536> buffer{};
            ssize_t count = ::read(ends[i].fd, buffer.data(), buffer.size());
            if (count <= 0) {
                ::close(ends[i].fd);
                ends[i].fd = -1;
            } else {
                (i == 0 ? outcome.err : outcome.out).append(buffer.data(), static_cast<std::size_t>(count));
            }
        }
        double seconds = secondsSince(start);
        if (!interrupted && options.interruptAfterSeconds >= 0 && seconds > options.interruptAfterSeconds) {
            ::kill(child, SIGINT);
            interrupted = true;
        }
        if (interruptsDone < options.interrupts.size()) {
            const Interrupt& next = options.interrupts[interruptsDone];
            if (shownAt < 0 && outcome.out.find(next.afterOutput) != std::string::npos)
                shownAt = seconds;
            if (shownAt >= 0 && seconds >= shownAt + next.seconds) {
                ::kill(child, SIGINT);
                ++interruptsDone;
                shownAt = -1;
            }
        }
        if (!outcome.timedOut && seconds > options.timeoutSeconds) {
            ::kill(child, SIGKILL);
            outcome.timedOut = true;
        }
    }
    if (ends[2].fd >= 0)
        ::close(ends[2].fd);
    int status = 0;
    rusage usage{};
    ::wait4(child, &status, 0, &usage);
    outcome.seconds = secondsSince(start);
    outcome.peakBytes = usage.ru_maxrss * std::int64_t(1024);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return outcome;
}

} // namespace orrery::tests
