// SPDX-License-Identifier: Apache-2.0
#include "app/prompt/parse.h"

#include "app/cli/arguments.h"
#include "engine/base/text.h"
#include "engine/formats/op_docs.h"
#include "engine/formats/tensor_file.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace orrery::prompt {
namespace {

using graph::AttributeValue;

template<class Number>
std::optional<Number> numberOf(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    Number number{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::string_view stripped(std::string_view text)
{
    std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string unquoted(std::string_view text)
{
    if (text.size() < 2 || text.front() != '"' || text.back() != '"')
        return std::string(text);
    std::string result;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '\\' && i + 2 < text.size())
            ++i;
        result += text[i];
    }
    return result;
}

std::optional<AttributeKind> kindOf(const AttributeValue& value)
{
    if (std::holds_alternative<std::int64_t>(value))
        return AttributeKind::Int;
    if (std::holds_alternative<float>(value))
        return AttributeKind::Float;
    if (std::holds_alternative<std::string>(value))
        return AttributeKind::String;
    if (std::holds_alternative<graph::Tensor>(value))
        return AttributeKind::Tensor;
    if (std::holds_alternative<std::vector<std::int64_t>>(value))
        return AttributeKind::Ints;
    if (std::holds_alternative<std::vector<float>>(value))
        return AttributeKind::Floats;
    if (std::holds_alternative<std::vector<std::string>>(value))
        return AttributeKind::Strings;
    return std::nullopt;
}

std::optional<AttributeKind> documentedKind(const graph::Node& node, std::string_view name,
                                            std::int64_t opsetVersion)
{
    static const std::map<std::string_view, AttributeKind> kinds = {
        {"int", AttributeKind::Int},        {"float", AttributeKind::Float},
        {"string", AttributeKind::String},  {"tensor", AttributeKind::Tensor},
        {"ints", AttributeKind::Ints},      {"floats", AttributeKind::Floats},
        {"strings", AttributeKind::Strings}};
    auto doc = formats::opDoc(node.domain, node.opType, opsetVersion);
    if (doc)
        for (const formats::OpAttributeDoc& attribute : doc->attributes)
            if (attribute.name == name)
                if (auto kind = kinds.find(attribute.type); kind != kinds.end())
                    return kind->second;
    return std::nullopt;
}

// As it looks, where nothing tells.
AttributeKind apparentKind(std::string_view text)
{
    bool list = text.starts_with('[');
    std::string_view first = list ? stripped(text.substr(1, text.find_first_of(",]") - 1)) : text;
    if (numberOf<std::int64_t>(first) || (list && first.empty()))
        return list ? AttributeKind::Ints : AttributeKind::Int;
    if (numberOf<float>(first))
        return list ? AttributeKind::Floats : AttributeKind::Float;
    return list ? AttributeKind::Strings : AttributeKind::String;
}

template<class Entry, class Parse>
Result<std::vector<Entry>> listOf(std::string_view text, Parse parse)
{
    std::vector<Entry> entries;
    if (text.starts_with('[') != text.ends_with(']'))
        return cli::usageError(fmt::format("a list is written [1, 2], not {}", displayText(text, 100)));
    if (text.starts_with('['))
        text = stripped(text.substr(1, text.size() - 2));
    while (!text.empty()) {
        std::size_t end = std::min(text.find(','), text.size());
        entries.push_back(TRY(parse(stripped(text.substr(0, end)))));
        text = end == text.size() ? std::string_view() : text.substr(end + 1);
    }
    return entries;
}

Result<std::int64_t> intOf(std::string_view text)
{
    if (auto number = numberOf<std::int64_t>(text))
        return *number;
    return cli::usageError(fmt::format("a whole number is expected, not \"{}\"", displayText(text, 100)));
}

Result<float> floatOf(std::string_view text)
{
    if (auto number = numberOf<float>(text))
        return *number;
    return cli::usageError(fmt::format("a number is expected, not \"{}\"", displayText(text, 100)));
}

Result<std::string> stringOf(std::string_view text) { return unquoted(text); }

} // namespace

Result<std::uint64_t> parseCount(std::string_view text, std::uint64_t least)
{
    auto number = numberOf<std::uint64_t>(text);
    if (!number || *number < least)
        return cli::usageError(fmt::format("a whole number of at least {} is expected, not \"{}\"", least,
                                           displayText(text, 100)));
    return *number;
}

Result<std::int64_t> parseBytes(std::string_view typed)
{
    std::string_view text = stripped(typed);
    if (text == "unlimited")
        return std::numeric_limits<std::int64_t>::max();
    auto wrong = [&] {
        return cli::usageError(
            fmt::format("a size is written 64MB, 1.5GiB or unlimited, not \"{}\"", displayText(typed, 100)));
    };
    std::size_t unitAt = std::min(text.find_first_not_of("0123456789."), text.size());
    auto number = numberOf<double>(text.substr(0, unitAt));
    std::string unit;
    for (char c : stripped(text.substr(unitAt)))
        unit += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    static const std::map<std::string, double> factors = {
        {"", 1},         {"B", 1},       {"K", 1024.0},   {"KB", 1024.0}, {"KIB", 1024.0},
        {"M", 0x1p20},   {"MB", 0x1p20}, {"MIB", 0x1p20}, {"G", 0x1p30},  {"GB", 0x1p30},
        {"GIB", 0x1p30}, {"T", 0x1p40},  {"TB", 0x1p40},  {"TIB", 0x1p40}};
    auto factor = factors.find(unit);
    if (!number || factor == factors.end())
        return wrong();
    double bytes = *number * factor->second;
    if (!(bytes < 9e18))
        return wrong();
    return static_cast<std::int64_t>(bytes);
}

Result<AttributeValue> parseAttribute(std::string_view typed, const graph::Node& node, std::string_view name,
                                      std::int64_t opsetVersion)
{
    std::string_view text = stripped(typed);
    if (text.empty())
        return AttributeValue();
    std::optional<AttributeKind> kind;
    if (const graph::Attribute* attribute = node.attribute(name)) {
        kind = kindOf(attribute->value);
        if (!kind)
            return cli::usageError(fmt::format("attribute \"{}\" is {}, which cannot be typed here",
                                               displayText(name, 100), attribute->text()));
    }
    if (!kind)
        kind = documentedKind(node, name, opsetVersion);
    switch (kind.value_or(apparentKind(text))) {
    case AttributeKind::Int:
        return AttributeValue(TRY(intOf(text)));
    case AttributeKind::Float:
        return AttributeValue(TRY(floatOf(text)));
    case AttributeKind::String:
        return AttributeValue(unquoted(text));
    case AttributeKind::Tensor:
        return AttributeValue(TRY(formats::readTensor(unquoted(text))));
    case AttributeKind::Ints:
        return AttributeValue(TRY(listOf<std::int64_t>(text, intOf)));
    case AttributeKind::Floats:
        return AttributeValue(TRY(listOf<float>(text, floatOf)));
    case AttributeKind::Strings:
        return AttributeValue(TRY(listOf<std::string>(text, stringOf)));
    }
    return AttributeValue();
}

} // namespace orrery::prompt
