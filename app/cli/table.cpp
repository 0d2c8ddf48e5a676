// SPDX-License-Identifier: Apache-2.0
#include "app/cli/table.h"

#include "engine/base/text.h"

#include <algorithm>

namespace orrery::cli {
namespace {

constexpr std::size_t widestCell = 60;

// Columns that a terminal needs for UTF-8 text of narrow characters.
std::size_t width(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string shortened(const std::string& text)
{
    std::string shown = displayText(text, 400);
    if (width(shown) <= widestCell)
        return shown;
    std::size_t keep = 0;
    for (std::size_t columns = 0; columns < widestCell; ++keep)
        columns += (static_cast<unsigned char>(shown[keep]) & 0xc0) != 0x80 ? 1 : 0;
    return shown.substr(0, keep - 1) + "…";
}

std::string csvCell(const nlohmann::json& value)
{
    std::string text = value.is_string() ? value.get<std::string>() : value.is_null() ? "" : dump(value);
    if (value.is_string() && !text.empty() && std::string("=+-@\t\r").find(text[0]) != std::string::npos)
        text.insert(text.begin(), '\'');
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

} // namespace

std::string Table::text() const
{
    std::vector<std::size_t> shown;
    for (std::size_t c = 0; c < m_columns.size(); ++c)
        if (!m_columns[c].title.empty())
            shown.push_back(c);
    std::vector<std::size_t> widths;
    for (std::size_t c : shown) {
        std::size_t widest = width(m_columns[c].title);
        for (const auto& row : m_rows)
            widest = std::max(widest, width(shortened(row[c].text)));
        widths.push_back(widest);
    }
    auto line = [&](auto cellText) {
        std::string result;
        for (std::size_t i = 0; i < shown.size(); ++i) {
            std::string cell = cellText(shown[i]);
            std::string padding(widths[i] - width(cell), ' ');
            bool right = m_columns[shown[i]].align == Align::Right;
            result += (i > 0 ? "  " : "") + (right ? padding + cell : cell + padding);
        }
        while (!result.empty() && result.back() == ' ')
            result.pop_back();
        return result + "\n";
    };
    std::string result = line([&](std::size_t c) { return m_columns[c].title; });
    for (const auto& row : m_rows)
        result += line([&](std::size_t c) { return shortened(row[c].text); });
    return result;
}

nlohmann::json Table::json() const
{
    nlohmann::json rows = nlohmann::json::array();
    for (const auto& row : m_rows) {
        nlohmann::json object = nlohmann::json::object();
        for (std::size_t c = 0; c < m_columns.size(); ++c)
            object[m_columns[c].key] = row[c].value;
        rows.push_back(std::move(object));
    }
    return rows;
}

std::string Table::csv() const
{
    std::string result;
    for (std::size_t c = 0; c < m_columns.size(); ++c)
        result += (c > 0 ? "," : "") + csvCell(m_columns[c].key);
    result += "\n";
    for (const auto& row : m_rows) {
        for (std::size_t c = 0; c < m_columns.size(); ++c)
            result += (c > 0 ? "," : "") + csvCell(row[c].value);
        result += "\n";
    }
    return result;
}

std::string dump(const nlohmann::json& json)
{
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string dumpLine(const nlohmann::json& json)
{
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace orrery::cli
