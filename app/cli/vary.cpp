// SPDX-License-Identifier: Apache-2.0
#include "app/cli/vary.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <charconv>

namespace orrery::cli {
namespace {

constexpr std::size_t mostPoints = 1000;

Result<std::int64_t> parseNumber(std::string_view text)
{
    std::int64_t number = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size() || number < 0)
        return usageError("--vary: \"" + displayText(text, 200) + "\" is no number");
    return number;
}

// "1,2,4..64": numbers, and A..B, which doubles A until B, B included.
Result<std::vector<std::int64_t>> parseNumbers(std::string_view text)
{
    std::vector<std::int64_t> numbers;
    while (true) {
        const std::size_t comma = text.find(',');
        const std::string_view part = text.substr(0, comma);
        const std::size_t dots = part.find("..");
        const std::int64_t first = TRY(parseNumber(part.substr(0, dots)));
        const std::int64_t last =
            dots == std::string_view::npos ? first : TRY(parseNumber(part.substr(dots + 2)));
        if (last < first || (first == 0 && last > 0))
            return usageError("--vary: \"" + displayText(part, 200) + "\" is no range");
        for (std::int64_t number = first; number < last && numbers.size() <= mostPoints;
             number = number > last / 2 ? last : number * 2)
            numbers.push_back(number);
        numbers.push_back(last);
        if (numbers.size() > mostPoints)
            return usageError(fmt::format("--vary: more than {} numbers", mostPoints));
        if (comma == std::string_view::npos)
            return numbers;
        text.remove_prefix(comma + 1);
    }
}

} // namespace

OptionSpec varyOption()
{
    return {"vary",
            "DIM=1,2,4..64",
            "numbers for a symbolic dim, or for INPUT:INDEX; A..B doubles; may be given again",
            {}};
}

Result<Variation> variation(const Arguments& arguments)
{
    Variation result;
    plan::DimValues fixed;
    for (const std::string& text : arguments.values("vary")) {
        auto [name, list] = TRY(splitAssignment(text, "vary"));
        auto numbers = TRY(parseNumbers(list));
        if (numbers.size() > 1 && !result.numbers.empty())
            return usageError("--vary: only one dim can take several numbers");
        fixed[name] = numbers.front();
        if (numbers.size() > 1) {
            result.dim = name;
            result.numbers = std::move(numbers);
        }
    }
    if (result.numbers.empty())
        result.numbers.push_back(0);
    for (std::int64_t number : result.numbers) {
        plan::DimValues& point = result.points.emplace_back(fixed);
        if (!result.dim.empty())
            point[result.dim] = number;
    }
    return result;
}

} // namespace orrery::cli
