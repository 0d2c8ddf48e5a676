// SPDX-License-Identifier: Apache-2.0
#include "app/cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace orrery::cli {
namespace {

const OptionSpec* findOption(std::span<const OptionSpec> options, std::string_view name)
{
    auto at = std::find_if(options.begin(), options.end(),
                           [&](const OptionSpec& option) { return option.name == name; });
    return at == options.end() ? nullptr : &*at;
}

Result<void> checkChoice(const OptionSpec& option, const std::string& value)
{
    if (option.choices.empty() ||
        std::find(option.choices.begin(), option.choices.end(), value) != option.choices.end())
        return {};
    return usageError(
        fmt::format("--{} takes {}, not \"{}\"", option.name, fmt::join(option.choices, ", "), value));
}

} // namespace

Error usageError(std::string message) { return Error{ErrorCode::Usage, std::move(message), {}}; }

Result<Arguments> Arguments::parse(std::span<const std::string> words, std::span<const OptionSpec> options,
                                   std::span<const std::string_view> positionalNames)
{
    Arguments result;
    bool optionsEnded = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (optionsEnded || word.size() < 3 || word.substr(0, 2) != "--") {
            if (!optionsEnded && word == "--")
                optionsEnded = true;
            else if (!optionsEnded && word.size() > 1 && word[0] == '-')
                return usageError(fmt::format("unknown option {}", word));
            else
                result.m_positionals.push_back(word);
            continue;
        }
        std::size_t equals = word.find('=');
        std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
        const OptionSpec* option = findOption(options, name);
        if (option == nullptr)
            return usageError(fmt::format("unknown option --{}", name));
        std::string value;
        if (option->placeholder.empty()) {
            if (equals != std::string::npos)
                return usageError(fmt::format("--{} takes no value", name));
        } else if (equals != std::string::npos) {
            value = word.substr(equals + 1);
        } else {
            if (i + 1 == words.size())
                return usageError(fmt::format("--{} needs a value: {}", name, option->placeholder));
            value = words[++i];
        }
        TRY(checkChoice(*option, value));
        result.m_values[name].push_back(std::move(value));
    }
    if (result.m_positionals.size() < positionalNames.size())
        return usageError(fmt::format("{} is missing", positionalNames[result.m_positionals.size()]));
    if (result.m_positionals.size() > positionalNames.size())
        return usageError(
            fmt::format("unexpected argument \"{}\"", result.m_positionals[positionalNames.size()]));
    return result;
}

std::optional<std::string> Arguments::value(std::string_view name) const
{
    auto at = m_values.find(std::string(name));
    return at == m_values.end() ? std::nullopt : std::optional(at->second.back());
}

std::vector<std::string> Arguments::values(std::string_view name) const
{
    auto at = m_values.find(std::string(name));
    return at == m_values.end() ? std::vector<std::string>() : at->second;
}

std::string Arguments::valueOr(std::string_view name, std::string_view fallback) const
{
    return value(name).value_or(std::string(fallback));
}

Result<std::int64_t> Arguments::integer(std::string_view name, std::int64_t fallback, std::int64_t least,
                                        std::int64_t most) const
{
    auto text = value(name);
    if (!text)
        return fallback;
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size() || number < least || number > most)
        return usageError(
            fmt::format("--{} takes a whole number from {} to {}, not \"{}\"", name, least, most, *text));
    return number;
}

Result<double> Arguments::number(std::string_view name, double fallback, double least) const
{
    auto text = value(name);
    if (!text)
        return fallback;
    double number = 0;
    auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size() || !std::isfinite(number) ||
        number < least)
        return usageError(fmt::format("--{} takes a number of at least {}, not \"{}\"", name, least, *text));
    return number;
}

Result<std::pair<std::string, std::string>> splitAssignment(const std::string& text, std::string_view option)
{
    std::size_t at = text.rfind('=');
    if (at == std::string::npos || at == 0)
        return usageError(fmt::format("--{} takes NAME=VALUE, not \"{}\"", option, text));
    return std::pair(text.substr(0, at), text.substr(at + 1));
}

Result<std::vector<std::int64_t>> parseDims(const std::string& text)
{
    std::vector<std::int64_t> dims;
    std::size_t start = 0;
    while (!text.empty() && start <= text.size()) {
        std::size_t end = std::min(text.find('x', start), text.size());
        std::int64_t dim = 0;
        auto [stop, error] = std::from_chars(text.data() + start, text.data() + end, dim);
        if (error != std::errc() || stop != text.data() + end || dim < 0)
            return usageError(fmt::format("a shape is written 1x3x224x224, not \"{}\"", text));
        dims.push_back(dim);
        start = end + 1;
    }
    return dims;
}

std::string optionHelp(std::span<const OptionSpec> options)
{
    std::string text;
    for (const OptionSpec& option : options) {
        std::string value = option.choices.empty() ? std::string(option.placeholder)
                                                   : fmt::format("{}", fmt::join(option.choices, "|"));
        std::string left =
            fmt::format("  --{} {}", option.name, option.placeholder.empty() ? std::string() : value);
        text += left.size() > 34 ? fmt::format("{}\n{:36}{}\n", left, "", option.help)
                                 : fmt::format("{:36}{}\n", left, option.help);
    }
    return text;
}

} // namespace orrery::cli
