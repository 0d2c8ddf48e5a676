// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/terminal_program.h"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace orrery::tests {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

} // namespace

TerminalProgram::TerminalProgram(const std::vector<std::string>& arguments)
{
    const char* other = std::getenv("ORRERY_PROGRAM");
    std::string program = other != nullptr ? other : ORRERY_PROGRAM;
    std::vector<char*> words = {program.data()};
    for (const std::string& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    winsize size{40, 120, 0, 0};
    m_child = ::forkpty(&m_terminal, nullptr, nullptr, &size);
    if (m_child == 0) {
        ::setenv("TERM", "xterm", 1);
        ::setenv("LC_ALL", "C.UTF-8", 1);
        ::execv(words[0], words.data());
        ::_exit(127);
    }
}

TerminalProgram::~TerminalProgram()
{
    if (m_child > 0) {
        ::kill(m_child, SIGKILL);
        ::waitpid(m_child, nullptr, 0);
    }
    ::close(m_terminal);
}

void TerminalProgram::type(const std::string& keys) { (void)!::write(m_terminal, keys.data(), keys.size()); }

bool TerminalProgram::read(double seconds)
{
    pollfd end{m_terminal, POLLIN, 0};
    if (::poll(&end, 1, static_cast<int>(seconds * 1000)) <= 0)
        return true;
    std::array<char, 4096> buffer{};
    ssize_t count = ::read(m_terminal, buffer.data(), buffer.size());
    if (count <= 0)
        return false;
    m_screen.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

bool TerminalProgram::waitFor(const std::string& text, double seconds)
{
    auto start = Clock::now();
    for (;;) {
        if (std::size_t at = m_screen.find(text, m_seen); at != std::string::npos) {
            m_seen = at + text.size();
            return true;
        }
        if (secondsSince(start) > seconds || !read(0.05))
            return false;
    }
}

int TerminalProgram::waitForEnd(double seconds)
{
    auto start = Clock::now();
    int status = 0;
    while (secondsSince(start) < seconds) {
        if (!read(0.05))
            ::usleep(20'000);
        if (::waitpid(m_child, &status, WNOHANG) == m_child) {
            m_child = -1;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
    }
    return -1;
}

} // namespace orrery::tests
