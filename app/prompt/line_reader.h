#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Lines from standard input: with editing, history and completion (libedit) on a terminal, plainly otherwise.
// A line beyond 1 MiB comes back cut, and says so. interrupt() may be called from any thread: it clears what
// is being typed.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orrery::prompt {

struct ReadLine {
    std::string text;
    bool tooLong = false;
};

class LineReader {
public:
    // The words that may stand where the one at `begin` of `line` is being typed.
    using Completion = std::function<std::vector<std::string>(const std::string& line, std::size_t begin)>;

    static std::unique_ptr<LineReader> create();
    virtual ~LineReader() = default;

    virtual bool isTerminal() const = 0;
    virtual std::optional<ReadLine> read() = 0; // nullopt at the end of the input
    virtual void interrupt() = 0;
    virtual void setCompletion(Completion completion) = 0;
};

} // namespace orrery::prompt
