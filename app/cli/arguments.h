#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Options of a subcommand: declared as data, parsed into Arguments, printed as help. `--name VALUE` and
// `--name=VALUE` both work; `--` ends the options. What is unknown, missing or malformed is one Usage error.

#include "engine/base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::cli {

struct OptionSpec {
    std::string_view name;                 // without the dashes
    std::string_view placeholder;          // of its value; empty for a flag
    std::string_view help;                 // one line
    std::vector<std::string_view> choices; // allowed values; empty: any
};

class Arguments {
public:
    // positionalNames: "MODEL", "QUERY" …, all required.
    static Result<Arguments> parse(std::span<const std::string> words, std::span<const OptionSpec> options,
                                   std::span<const std::string_view> positionalNames);

    const std::string& positional(std::size_t i) const { return m_positionals[i]; }
    bool has(std::string_view name) const { return m_values.contains(std::string(name)); }
    std::optional<std::string> value(std::string_view name) const; // the last one given
    std::vector<std::string> values(std::string_view name) const;  // of a repeatable option, in order
    std::string valueOr(std::string_view name, std::string_view fallback) const;
    // A whole number in [least, most]; the fallback when the option is absent; Usage when it is no such
    // number.
    Result<std::int64_t> integer(std::string_view name, std::int64_t fallback, std::int64_t least,
                                 std::int64_t most) const;
    Result<double> number(std::string_view name, double fallback, double least) const;

private:
    std::vector<std::string> m_positionals;
    std::map<std::string, std::vector<std::string>> m_values;
};

Error usageError(std::string message);

// "NAME=VALUE", cut at the last '=': names come from files and may hold one.
Result<std::pair<std::string, std::string>> splitAssignment(const std::string& text, std::string_view option);
// "1x3x224x224"; empty for a scalar.
Result<std::vector<std::int64_t>> parseDims(const std::string& text);

std::string optionHelp(std::span<const OptionSpec> options);

} // namespace orrery::cli
