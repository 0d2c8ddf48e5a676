#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A line typed at the prompt, cut into words: at blanks, but not within "…" (where \" and \\ stand for
// themselves). A closing quote ends a word, so that a slice may follow it at once.

#include "engine/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::prompt {

struct Word {
    std::string text; // without quotes
    bool quoted = false;
    std::size_t begin = 0; // in the line
    std::size_t end = 0;
};

struct Line {
    std::string text;
    std::vector<Word> words; // the first is the command

    std::size_t argumentCount() const { return words.empty() ? 0 : words.size() - 1; }
    const Word& argument(std::size_t i) const { return words[i + 1]; }
    // The text as typed from that argument on; empty when there is none.
    std::string from(std::size_t argument) const;
};

// Usage for a quote without its end.
Result<Line> parseLine(std::string_view text);

// As a word of the prompt: quoted where it must be.
std::string asWord(std::string_view text);

} // namespace orrery::prompt
