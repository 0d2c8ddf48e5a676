// SPDX-License-Identifier: Apache-2.0
//
// A line is a header or a key with its value; only arrays may go on over several lines. Which tables can
// still be entered follows the rules of TOML: a header opens its table once, the tables on the way to it are
// opened by being named, tables in braces and arrays in brackets are closed for good. Opened tables are known
// by their path with the element's number after each array of tables.
#include "profiler/session/toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

namespace orrery::session {
namespace {

using nlohmann::json;

constexpr std::size_t deepest = 16;
constexpr std::size_t mostValues = 2'000'000;

bool isBareKey(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

void appendUtf8(std::string& text, std::uint32_t c)
{
    if (c < 0x80) {
        text += static_cast<char>(c);
        return;
    }
    const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    const std::uint32_t mark = more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0;
    text += static_cast<char>(mark | c >> (6 * more));
    for (int i = more - 1; i >= 0; --i)
        text += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3f));
}

class Reader {
public:
    explicit Reader(std::string_view text)
        : m_text(text)
    {}

    Result<json> read()
    {
        json root = json::object();
        json* table = &root;
        while (true) {
            skipBlank(true);
            if (atEnd())
                return root;
            if (peek() == '[')
                table = TRY(header(root));
            else
                TRY(member(*table, m_tableDepth));
            skipBlank(false);
            if (!atEnd() && peek() != '\n')
                return wrong("the end of the line");
        }
    }

private:
    enum class Opened { OnTheWay, ByHeader, AsArray };

    bool atEnd() const { return m_at >= m_text.size(); }
    char peek(std::size_t ahead = 0) const
    {
        return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0';
    }
    bool take(char c)
    {
        if (atEnd() || peek() != c)
            return false;
        ++m_at;
        return true;
    }

    Error error(std::string message) const
    {
        const auto line =
            std::count(m_text.begin(), m_text.begin() + static_cast<std::ptrdiff_t>(m_at), '\n');
        return {ErrorCode::BadFile, std::move(message), fmt::format("line {}", line + 1)};
    }
    Error wrong(std::string_view expected) const
    {
        if (atEnd())
            return error(fmt::format("expected {}, found the end of the file", expected));
        const auto c = static_cast<unsigned char>(peek());
        return error(c == '\n'             ? fmt::format("expected {}, found the end of the line", expected)
                     : c > ' ' && c < 0x7f ? fmt::format("expected {}, found '{}'", expected, peek())
                                           : fmt::format("expected {}, found byte 0x{:02x}", expected, c));
    }

    // Spaces and a comment; with lines also ends of lines.
    void skipBlank(bool lines)
    {
        while (!atEnd()) {
            const char c = peek();
            if (c == '#')
                while (!atEnd() && peek() != '\n')
                    ++m_at;
            else if (c == ' ' || c == '\t' || (c == '\r' && peek(1) == '\n') || (lines && c == '\n'))
                ++m_at;
            else
                return;
        }
    }

    Result<std::uint32_t> hexDigits(std::size_t count)
    {
        std::uint32_t c = 0;
        const std::string_view digits = m_text.substr(m_at, count);
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), c, 16);
        if (digits.size() != count || failed != std::errc() || end != digits.data() + count)
            return wrong(fmt::format("{} hexadecimal digits", count));
        if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
            return error(fmt::format("U+{:X} is no character", c));
        m_at += count;
        return c;
    }

    Result<std::string> basicString()
    {
        if (!take('"'))
            return wrong("a string in double quotes");
        std::string text;
        while (true) {
            const std::size_t plain = m_text.find_first_of("\"\\\n", m_at);
            const std::size_t end = std::min(plain, m_text.size());
            text += m_text.substr(m_at, end - m_at);
            for (; m_at < end; ++m_at)
                if (const auto c = static_cast<unsigned char>(peek()); (c < ' ' && c != '\t') || c == 0x7f)
                    return wrong("a string without control characters");
            if (atEnd() || peek() == '\n')
                return wrong("the closing quote");
            if (peek() == '"' && !isUtf8(text))
                return error("expected a string in UTF-8");
            if (take('"'))
                return text;
            ++m_at;
            static constexpr std::string_view letters = "btnfr\"\\", meant = "\b\t\n\f\r\"\\";
            if (const std::size_t found = letters.find(peek()); !atEnd() && found != letters.npos) {
                text += meant[found];
                ++m_at;
            } else if (take('u')) {
                appendUtf8(text, TRY(hexDigits(4)));
            } else if (take('U')) {
                appendUtf8(text, TRY(hexDigits(8)));
            } else {
                return wrong("one of b t n f r u U \" \\ after a backslash");
            }
        }
    }

    Result<std::string> key()
    {
        if (peek() == '"')
            return basicString();
        const std::size_t begin = m_at;
        while (!atEnd() && isBareKey(peek()))
            ++m_at;
        if (begin == m_at)
            return wrong("a key");
        return std::string(m_text.substr(begin, m_at - begin));
    }

    Result<void> member(json& table, std::size_t depth)
    {
        std::string name = TRY(key());
        skipBlank(false);
        if (!take('='))
            return wrong("'=' after the key");
        skipBlank(false);
        if (table.contains(name))
            return error("the key is there already");
        table[std::move(name)] = TRY(value(depth + 1));
        return {};
    }

    Result<json> value(std::size_t depth)
    {
        if (depth > deepest)
            return error(fmt::format("nested deeper than {} levels", deepest));
        if (++m_values > mostValues)
            return error(fmt::format("more than {} values", mostValues));
        const char c = peek();
        if (c == '"')
            return json(TRY(basicString()));
        if (c == '[')
            return array(depth);
        if (c == '{')
            return inlineTable(depth);
        const std::size_t begin = m_at;
        while (!atEnd() && (isBareKey(peek()) || peek() == '+' || peek() == '.'))
            ++m_at;
        const std::string_view word = m_text.substr(begin, m_at - begin);
        if (word == "true" || word == "false")
            return json(word == "true");
        json parsed = number(word);
        if (parsed.is_null())
            m_at = begin;
        return parsed.is_null() ? Result<json>(wrong("a value")) : Result<json>(std::move(parsed));
    }

    // Null: none of the kinds that are read.
    static json number(std::string_view word)
    {
        std::string plain;
        for (std::size_t i = 0; i < word.size(); ++i) {
            auto isDigit = [&](std::size_t at) {
                return at < word.size() && word[at] >= '0' && word[at] <= '9';
            };
            if (word[i] == '_' && (i == 0 || !isDigit(i - 1) || !isDigit(i + 1)))
                return {};
            if (word[i] == '.' && (i == 0 || !isDigit(i - 1) || !isDigit(i + 1)))
                return {};
            if (word[i] != '_' && !(word[i] == '+' && i == 0))
                plain += word[i];
        }
        const std::size_t first = plain.starts_with('-') ? 1 : 0;
        if (plain.size() == first || plain[first] < '0' || plain[first] > '9' ||
            (plain[first] == '0' && plain.size() > first + 1 && plain[first + 1] >= '0' &&
             plain[first + 1] <= '9'))
            return {};
        const char* begin = plain.data();
        const char* end = begin + plain.size();
        if (plain.find_first_of(".eE") == plain.npos) {
            std::int64_t whole = 0;
            const auto [at, failed] = std::from_chars(begin, end, whole);
            if (at != end || failed != std::errc())
                return {};
            return whole < 0 ? json(whole) : json(static_cast<std::uint64_t>(whole));
        }
        double real = 0;
        const auto [at, failed] = std::from_chars(begin, end, real);
        return at == end && failed == std::errc() && std::isfinite(real) ? json(real) : json();
    }

    Result<json> array(std::size_t depth)
    {
        take('[');
        json elements = json::array();
        while (true) {
            skipBlank(true);
            if (take(']'))
                return elements;
            elements.push_back(TRY(value(depth + 1)));
            skipBlank(true);
            if (!take(',') && peek() != ']')
                return wrong("',' or ']'");
        }
    }

    Result<json> inlineTable(std::size_t depth)
    {
        take('{');
        json table = json::object();
        skipBlank(false);
        if (take('}'))
            return table;
        while (true) {
            skipBlank(false);
            TRY(member(table, depth));
            skipBlank(false);
            if (take('}'))
                return table;
            if (!take(','))
                return wrong("',' or '}'");
        }
    }

    Result<json*> header(json& root)
    {
        const bool isElement = peek(1) == '[';
        m_at += isElement ? 2 : 1;
        json* table = &root;
        std::string path;
        m_tableDepth = 0;
        while (true) {
            skipBlank(false);
            const std::string name = TRY(key());
            skipBlank(false);
            const bool isLast = !take('.');
            path += fmt::format("{}:{}", name.size(), name);
            table = TRY(enter(*table, name, path,
                              !isLast     ? Opened::OnTheWay
                              : isElement ? Opened::AsArray
                                          : Opened::ByHeader));
            if (isLast)
                break;
        }
        if (!take(']') || (isElement && !take(']')))
            return wrong(isElement ? "']]' at the end of the header" : "']' at the end of the header");
        return table;
    }

    Result<json*> enter(json& table, const std::string& name, std::string& path, Opened how)
    {
        auto [found, isNew] = table.emplace(name, how == Opened::AsArray ? json::array() : json::object());
        json* entered = &*found;
        auto known = m_opened.find(path);
        if (isNew) {
            if (++m_values > mostValues)
                return error(fmt::format("more than {} values", mostValues));
            known = m_opened.emplace(path, how).first;
        } else if (known == m_opened.end()) {
            return error("the header names a value that is there already");
        } else if (how == Opened::ByHeader) {
            if (known->second != Opened::OnTheWay)
                return error("the table is there already");
            known->second = how;
        } else if (how == Opened::AsArray && known->second != how) {
            return error("the array of tables is there already, as a table");
        }
        m_tableDepth += known->second == Opened::AsArray ? 2 : 1;
        if (m_tableDepth > deepest)
            return error(fmt::format("nested deeper than {} levels", deepest));
        if (known->second != Opened::AsArray)
            return entered;
        if (how == Opened::AsArray) {
            if (++m_values > mostValues)
                return error(fmt::format("more than {} values", mostValues));
            entered->push_back(json::object());
        }
        path += fmt::format("#{}", entered->size());
        return &entered->back();
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::size_t m_values = 0;
    std::size_t m_tableDepth = 0; // of the table that the last header opened; members lie one deeper
    std::unordered_map<std::string, Opened> m_opened;
};

} // namespace

bool isUtf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i++]);
        const int more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        if (more < 0 || first > 0xf4)
            return false;
        std::uint32_t c = more == 0 ? first : first & (0x3fu >> more);
        for (int k = 0; k < more; ++k, ++i) {
            if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
                return false;
            c = c << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
        }
        const bool isOverlong = (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
        if (isOverlong || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
            return false;
    }
    return true;
}

Result<json> parseToml(std::string_view text) { return Reader(text).read(); }

} // namespace orrery::session
