// SPDX-License-Identifier: Apache-2.0
//
// Of each table first what belongs to its own lines, then its tables, for after a header there is no way
// back. An array is one of tables if it has nothing else in it; what is below an array in brackets is in
// braces.
#include "profiler/session/toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace orrery::session {
namespace {

using nlohmann::json;

constexpr std::uint64_t largestInteger = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t longestPath = 100;
constexpr std::size_t longestLine = 100; // longer arrays have a line for each element

// A string of JSON is one of TOML, but for U+007F.
std::string quoted(const std::string& text)
{
    std::string literal = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
    for (std::size_t at = literal.find('\x7f'); at != literal.npos; at = literal.find('\x7f', at))
        literal.replace(at, 1, "\\u007f");
    return literal;
}

std::string keyText(const std::string& name)
{
    const bool isBare =
        !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
                                                "TUVWXYZ0123456789_-") == name.npos;
    return isBare ? name : quoted(name);
}

std::string realText(double value)
{
    std::string text = fmt::format("{}", value);
    if (text.find_first_not_of("-0123456789") == text.npos)
        text += ".0"; // else it would be read as an integer
    return text;
}

bool hasForm(const json& value)
{
    return !value.is_null() && (!value.is_number_float() || std::isfinite(value.get<double>()));
}

std::string valueText(const json& value)
{
    std::string text;
    auto separate = [&] { text += text.size() > 1 ? ", " : ""; };
    switch (value.type()) {
    case json::value_t::string:
        return quoted(value.get_ref<const std::string&>());
    case json::value_t::number_float:
        return realText(value.get<double>());
    case json::value_t::array:
        text = "[";
        for (const json& element : value)
            if (hasForm(element)) {
                separate();
                text += valueText(element);
            }
        return text + "]";
    case json::value_t::object:
        text = "{";
        for (const auto& [name, member] : value.items())
            if (isUtf8(name) && hasForm(member)) {
                separate();
                text += keyText(name) + " = " + valueText(member);
            }
        return text + "}";
    case json::value_t::number_unsigned:
        return fmt::format("{}", std::min(value.get<std::uint64_t>(), largestInteger));
    default:
        return value.dump(); // booleans and negative integers
    }
}

void writeMember(std::string& text, const std::string& name, const json& value)
{
    std::string line = fmt::format("{} = {}\n", keyText(name), valueText(value));
    if (value.is_array() && line.size() > longestLine) {
        line = keyText(name) + " = [\n";
        for (const json& element : value)
            if (hasForm(element))
                line += fmt::format("    {},\n", valueText(element));
        line += "]\n";
    }
    text += line;
}

// A table, or an array of nothing but tables.
bool isTables(const json& value)
{
    if (value.is_object())
        return true;
    return value.is_array() && !value.empty() &&
           std::all_of(value.begin(), value.end(), [](const json& element) { return element.is_object(); });
}

void writeTable(std::string& text, const std::string& path, const json& table)
{
    auto inner = [&](const std::string& name) {
        return path.empty() ? keyText(name) : path + "." + keyText(name);
    };
    auto hasHeader = [&](const std::string& name, const json& member) {
        return isTables(member) && inner(name).size() <= longestPath;
    };
    for (const auto& [name, member] : table.items())
        if (isUtf8(name) && hasForm(member) && !hasHeader(name, member))
            writeMember(text, name, member);
    for (const auto& [name, member] : table.items()) {
        if (!isUtf8(name) || !hasHeader(name, member))
            continue;
        if (member.is_object()) {
            text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", inner(name));
            writeTable(text, inner(name), member);
            continue;
        }
        for (const json& element : member) {
            text += fmt::format("{}[[{}]]\n", text.empty() ? "" : "\n", inner(name));
            writeTable(text, inner(name), element);
        }
    }
}

} // namespace

std::string tomlText(const json& root)
{
    std::string text;
    writeTable(text, {}, root);
    return text;
}

} // namespace orrery::session
