// SPDX-License-Identifier: Apache-2.0
#include "views/panels/attribute_text.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <type_traits>

namespace orrery::panels {
namespace {

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template<class T>
Result<T> number(std::string_view text)
{
    T value{};
    text = trimmed(text);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return Error{ErrorCode::Usage, "expected a number, found \"" + std::string(text) + "\"", {}};
    return value;
}

std::string_view withoutBrackets(std::string_view text)
{
    text = trimmed(text);
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']')
        text = trimmed(text.substr(1, text.size() - 2));
    return text;
}

// Cut at commas outside of quotes.
std::vector<std::string_view> parts(std::string_view text)
{
    std::vector<std::string_view> result;
    text = withoutBrackets(text);
    bool isQuoted = false;
    std::size_t start = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] == '"')
            isQuoted = !isQuoted;
        if (i < text.size() && (text[i] != ',' || isQuoted))
            continue;
        const std::string_view part = trimmed(text.substr(start, i - start));
        if (!part.empty() || i < text.size()) // a comma may be the last
            result.push_back(part);
        start = i + 1;
    }
    return result;
}

template<class T>
Result<std::vector<T>> numbers(std::string_view text)
{
    std::vector<T> result;
    for (std::string_view part : parts(text))
        result.push_back(TRY(number<T>(part)));
    return result;
}

std::string unquoted(std::string_view text)
{
    text = trimmed(text);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    return std::string(text);
}

template<class T>
std::string listText(const std::vector<T>& list)
{
    std::string text;
    for (const T& item : list) {
        text += text.empty() ? "" : ", ";
        if constexpr (std::is_same_v<T, std::string>)
            text += '"' + item + '"';
        else
            text += fmt::format("{}", item);
    }
    return "[" + text + "]";
}

} // namespace

bool isEditable(const graph::AttributeValue& value)
{
    return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<float>(value) ||
           std::holds_alternative<std::string>(value) ||
           std::holds_alternative<std::vector<std::int64_t>>(value) ||
           std::holds_alternative<std::vector<float>>(value) ||
           std::holds_alternative<std::vector<std::string>>(value);
}

Result<graph::AttributeValue> parseAttribute(const std::string& text, const graph::AttributeValue& like)
{
    if (std::holds_alternative<std::int64_t>(like))
        return graph::AttributeValue(TRY(number<std::int64_t>(text)));
    if (std::holds_alternative<float>(like))
        return graph::AttributeValue(TRY(number<float>(text)));
    if (std::holds_alternative<std::vector<std::int64_t>>(like))
        return graph::AttributeValue(TRY(numbers<std::int64_t>(text)));
    if (std::holds_alternative<std::vector<float>>(like))
        return graph::AttributeValue(TRY(numbers<float>(text)));
    if (std::holds_alternative<std::string>(like))
        return graph::AttributeValue(unquoted(text));
    if (std::holds_alternative<std::vector<std::string>>(like)) {
        std::vector<std::string> list;
        for (std::string_view part : parts(text))
            list.push_back(unquoted(part));
        return graph::AttributeValue(std::move(list));
    }
    return Error{ErrorCode::Usage, "an attribute of this kind cannot be typed in", {}};
}

std::string attributeText(const graph::AttributeValue& value)
{
    if (const auto* integer = std::get_if<std::int64_t>(&value))
        return fmt::format("{}", *integer);
    if (const auto* real = std::get_if<float>(&value))
        return fmt::format("{}", *real);
    if (const auto* text = std::get_if<std::string>(&value))
        return *text;
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value))
        return listText(*integers);
    if (const auto* reals = std::get_if<std::vector<float>>(&value))
        return listText(*reals);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
        return listText(*texts);
    return {};
}

std::optional<graph::AttributeValue> valueOfKind(const std::string& kind)
{
    if (kind == "int")
        return graph::AttributeValue(std::int64_t{0});
    if (kind == "float")
        return graph::AttributeValue(0.0f);
    if (kind == "string")
        return graph::AttributeValue(std::string());
    if (kind == "ints")
        return graph::AttributeValue(std::vector<std::int64_t>());
    if (kind == "floats")
        return graph::AttributeValue(std::vector<float>());
    if (kind == "strings")
        return graph::AttributeValue(std::vector<std::string>());
    return std::nullopt;
}

Result<std::optional<graph::Shape>> parseShape(const std::string& text)
{
    const std::string_view all = trimmed(text);
    if (all.empty())
        return std::optional<graph::Shape>();
    graph::Shape shape;
    if (all == "scalar" || withoutBrackets(all).empty())
        return std::optional(shape);
    for (std::string_view part : parts(all)) {
        const bool isNumber = !part.empty() && (std::isdigit(static_cast<unsigned char>(part[0])) != 0 ||
                                                part[0] == '-' || part[0] == '+');
        if (part == "?")
            shape.dims.push_back(graph::Dim::unknown());
        else if ((!isNumber || part.find_first_of("*/+") != std::string_view::npos) && !part.empty() && part.find_first_of("\"'<>:;") == std::string_view::npos)
            shape.dims.push_back(graph::Dim::symbolic(std::string(part)));
        else if (auto value = number<std::int64_t>(part); isNumber && value.ok() && *value >= 0)
            shape.dims.push_back(graph::Dim(*value));
        else
            return Error{ErrorCode::Usage,
                         "expected dims such as N,3,32,32: numbers, names or ?; found \"" +
                             std::string(part) + "\"",
                         {}};
    }
    return std::optional(std::move(shape));
}

std::string shapeText(const std::optional<graph::Shape>& shape)
{
    if (!shape)
        return {};
    std::string text;
    for (const graph::Dim& dim : shape->dims)
        text += (text.empty() ? "" : ",") + dim.text();
    return text.empty() ? "scalar" : text;
}

Result<graph::Dims> parseDims(const std::string& text)
{
    const std::optional<graph::Shape> shape = TRY(parseShape(text));
    const auto dims = shape ? shape->concrete() : std::nullopt;
    if (!dims)
        return Error{ErrorCode::Usage, "expected numbers such as 64,3,3,3, or scalar", {}};
    return *dims;
}

} // namespace orrery::panels
