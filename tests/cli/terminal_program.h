#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The real program on a terminal of its own (a pseudo-terminal): keys go in, what the screen gets comes out.

#include <string>
#include <sys/types.h>
#include <vector>

namespace orrery::tests {

class TerminalProgram {
public:
    explicit TerminalProgram(const std::vector<std::string>& arguments);
    ~TerminalProgram(); // kills it when it still runs
    TerminalProgram(const TerminalProgram&) = delete;
    TerminalProgram& operator=(const TerminalProgram&) = delete;

    void type(const std::string& keys);
    // Until the screen has got the text, after what was waited for last; false when it does not come.
    bool waitFor(const std::string& text, double seconds = 20);
    // The exit status; -1 when it does not end.
    int waitForEnd(double seconds = 20);
    const std::string& screen() const { return m_screen; }

private:
    bool read(double seconds); // false at the end of the output

    int m_terminal = -1;
    pid_t m_child = -1;
    std::string m_screen;
    std::size_t m_seen = 0;
};

} // namespace orrery::tests
