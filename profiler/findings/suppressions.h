#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Suppressions: findings that somebody has looked at and does not want to hear of again. A text file with a
// rule a line; `#` begins a comment:
//
//     verdict=leak  op=CallLog  node=encoder.*  symbol=std::map*  module=*/libfoo.so*  # why
//
// A rule needs at least one key, and a finding is suppressed by the first rule of which every key holds. `*`
// and `?` are as in file names; symbol and module look at every call of the stack. Values cannot hold blanks:
// write `?` for one.

#include "engine/base/result.h"
#include "profiler/findings/finding.h"

#include <string>
#include <string_view>
#include <vector>

namespace orrery::findings {

struct Suppression {
    std::size_t line = 0;                                        // in its file
    std::vector<std::pair<std::string, std::string>> conditions; // key, pattern

    bool matches(const Finding& finding) const;
};

// BadFile names file and line.
Result<std::vector<Suppression>> parseSuppressions(std::string_view text, const std::string& fileName);
Result<std::vector<Suppression>> readSuppressions(const std::string& path);

// The first that matches; null when none does.
const Suppression* suppressionOf(const std::vector<Suppression>& suppressions, const Finding& finding);

} // namespace orrery::findings
