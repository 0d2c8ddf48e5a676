// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/shape_text.h"

#include <algorithm>
#include <charconv>

namespace orrery::session {

namespace {

bool isBare(const std::string& symbol)
{
    return std::all_of(symbol.begin(), symbol.end(), [](unsigned char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
               (c >= 'a' && c <= 'z' && c != 'x');
    });
}

} // namespace

std::string shapeText(const graph::Shape& shape)
{
    if (shape.dims.empty())
        return "scalar";
    std::string text;
    for (const graph::Dim& dim : shape.dims) {
        if (!text.empty())
            text += 'x';
        text += dim.isSymbolic() && !isBare(dim.symbol()) ? "[" + dim.symbol() + "]" : dim.text();
    }
    return text;
}

std::optional<graph::Shape> shapeOf(std::string_view text)
{
    graph::Shape shape;
    if (text == "scalar")
        return shape;
    while (true) {
        std::string_view token;
        if (text.starts_with('[')) {
            std::size_t end = text.find("]x"); // a symbol may have brackets of its own
            if (end == std::string_view::npos && text.ends_with(']'))
                end = text.size() - 1;
            if (end == std::string_view::npos)
                return std::nullopt;
            token = text.substr(1, end - 1);
            text.remove_prefix(end + 1);
        } else {
            token = text.substr(0, text.find('x'));
            text.remove_prefix(token.size());
        }
        std::int64_t number = 0;
        auto [last, error] = std::from_chars(token.data(), token.data() + token.size(), number);
        if (token.empty() || number < 0)
            return std::nullopt;
        if (error == std::errc() && last == token.data() + token.size())
            shape.dims.emplace_back(number);
        else
            shape.dims.push_back(token == "?" ? graph::Dim() : graph::Dim::symbolic(std::string(token)));
        if (text.empty())
            return shape;
        if (text.front() != 'x')
            return std::nullopt;
        text.remove_prefix(1);
    }
}

} // namespace orrery::session
