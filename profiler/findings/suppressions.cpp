// SPDX-License-Identifier: Apache-2.0
#include "profiler/findings/suppressions.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

namespace orrery::findings {
namespace {

constexpr std::array<std::string_view, 5> keys = {"verdict", "op", "node", "symbol", "module"};
constexpr std::size_t mostBytes = 1 << 20;

// `*` and `?`; goes back to the last star only, so its cost is at most the product of the lengths.
bool matchesGlob(std::string_view pattern, std::string_view text)
{
    std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

bool holds(const std::string& key, const std::string& pattern, const Finding& finding)
{
    if (key == "verdict")
        return matchesGlob(pattern, finding.problem.code);
    if (key == "op")
        return matchesGlob(pattern, finding.memory.opType);
    if (key == "node")
        return matchesGlob(pattern, finding.problem.node) ||
               std::any_of(finding.memory.origins.begin(), finding.memory.origins.end(),
                           [&](const std::string& origin) { return matchesGlob(pattern, origin); });
    return std::any_of(finding.memory.stack.begin(), finding.memory.stack.end(),
                       [&](const trace_db::NativeFrame& frame) {
                           return matchesGlob(pattern, key == "symbol" ? frame.symbol : frame.module);
                       });
}

} // namespace

bool Suppression::matches(const Finding& finding) const
{
    return std::all_of(conditions.begin(), conditions.end(), [&](const auto& condition) {
        return holds(condition.first, condition.second, finding);
    });
}

Result<std::vector<Suppression>> parseSuppressions(std::string_view text, const std::string& fileName)
{
    std::vector<Suppression> suppressions;
    std::istringstream lines{std::string(text)};
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        Suppression suppression;
        suppression.line = number;
        std::istringstream words(line.substr(0, line.find('#')));
        for (std::string word; words >> word;) {
            std::size_t equals = word.find('=');
            std::string key = word.substr(0, equals);
            if (equals == std::string::npos || equals + 1 == word.size() ||
                std::find(keys.begin(), keys.end(), key) == keys.end())
                return Error{ErrorCode::BadFile,
                             fmt::format("expected verdict=, op=, node=, symbol= or module= with a pattern, "
                                         "found \"{}\"",
                                         displayText(word, 100)),
                             fmt::format("{}:{}", fileName, number)};
            suppression.conditions.emplace_back(std::move(key), word.substr(equals + 1));
        }
        if (!suppression.conditions.empty())
            suppressions.push_back(std::move(suppression));
    }
    return suppressions;
}

Result<std::vector<Suppression>> readSuppressions(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string text(mostBytes + 1, '\0');
    if (!file || !(file.read(text.data(), static_cast<std::streamsize>(text.size())) || file.eof()))
        return Error{ErrorCode::BadFile, "the file of suppressions cannot be read", path};
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > mostBytes)
        return Error{ErrorCode::BadFile, "a file of suppressions of more than 1 MiB is refused", path};
    return parseSuppressions(text, path);
}

const Suppression* suppressionOf(const std::vector<Suppression>& suppressions, const Finding& finding)
{
    auto found = std::find_if(suppressions.begin(), suppressions.end(),
                              [&](const Suppression& suppression) { return suppression.matches(finding); });
    return found == suppressions.end() ? nullptr : &*found;
}

} // namespace orrery::findings
