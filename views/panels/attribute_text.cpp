// SPDX-License-Identifier: Apache-2.0
#include "views/panels/attribute_text.h"

#include <charconv>

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

template<class T>
Result<std::vector<T>> numbers(std::string_view text)
{
    text = trimmed(text);
    if (text.size() < 2 || text.front() != '[' || text.back() != ']')
        return Error{ErrorCode::Usage, "expected a list such as [1, 2]", {}};
    text = text.substr(1, text.size() - 2);
    std::vector<T> result;
    while (!trimmed(text).empty()) {
        const auto comma = std::min(text.find(','), text.size());
        result.push_back(TRY(number<T>(text.substr(0, comma))));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return result;
}

} // namespace

bool isEditable(const graph::AttributeValue& value)
{
    return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<float>(value) ||
           std::holds_alternative<std::string>(value) ||
           std::holds_alternative<std::vector<std::int64_t>>(value) ||
           std::holds_alternative<std::vector<float>>(value);
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
    if (std::holds_alternative<std::string>(like)) {
        std::string_view inner = trimmed(text);
        if (inner.size() >= 2 && inner.front() == '"' && inner.back() == '"')
            inner = inner.substr(1, inner.size() - 2);
        return graph::AttributeValue(std::string(inner));
    }
    return Error{ErrorCode::Usage, "an attribute of this kind cannot be typed in", {}};
}

} // namespace orrery::panels
