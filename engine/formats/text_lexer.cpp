// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/token_stream.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::formats {
namespace {

// Not those of <cctype>: they depend on the locale.
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isPart(char c) { return isStart(c) || isDigit(c); }

int hexValue(char c)
{
    if (isDigit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

std::optional<double> specialNumber(std::string_view word)
{
    if (word == "inf" || word == "infinity")
        return std::numeric_limits<double>::infinity();
    if (word == "-inf" || word == "-infinity")
        return -std::numeric_limits<double>::infinity();
    if (word == "nan" || word == "-nan")
        return std::numeric_limits<double>::quiet_NaN();
    return std::nullopt;
}

void TextLexer::skipSpace()
{
    while (m_at < m_text.size()) {
        char c = m_text[m_at];
        if (c == '#')
            m_at = std::min(m_text.find('\n', m_at), m_text.size());
        else if (c == ' ' || (c >= '\t' && c <= '\r'))
            ++m_at;
        else
            return;
    }
}

Result<Token> TextLexer::next()
{
    skipSpace();
    Token token;
    token.offset = m_at;
    if (m_at == m_text.size())
        return token;
    char c = m_text[m_at];
    if (c == '"')
        return string();
    bool sign = c == '-' || c == '+';
    if (isDigit(c) || (sign && m_at + 1 < m_text.size() && isDigit(m_text[m_at + 1])))
        return number();
    std::size_t start = m_at++;
    if (isStart(c) || (c == '-' && m_at < m_text.size() && isStart(m_text[m_at]))) {
        while (m_at < m_text.size() && isPart(m_text[m_at]))
            ++m_at;
        token.kind = Token::Kind::Identifier; // also "-inf"
    } else {
        token.kind = Token::Kind::Symbol;
    }
    token.text = m_text.substr(start, m_at - start);
    return token;
}

Token TextLexer::number()
{
    Token token;
    token.kind = Token::Kind::Int;
    token.offset = m_at++;
    auto digits = [this] {
        while (m_at < m_text.size() && isDigit(m_text[m_at]))
            ++m_at;
    };
    digits();
    if (m_at < m_text.size() && m_text[m_at] == '.') {
        token.kind = Token::Kind::Float;
        ++m_at;
        digits();
    }
    if (m_at < m_text.size() && (m_text[m_at] == 'e' || m_text[m_at] == 'E')) {
        token.kind = Token::Kind::Float;
        ++m_at;
        if (m_at < m_text.size() && (m_text[m_at] == '-' || m_text[m_at] == '+'))
            ++m_at;
        digits();
    }
    token.text = m_text.substr(token.offset, m_at - token.offset);
    return token;
}

Result<Token> TextLexer::string()
{
    Token token;
    token.kind = Token::Kind::String;
    token.offset = m_at++;
    while (m_at < m_text.size() && m_text[m_at] != '"') {
        char c = m_text[m_at++];
        char escape = c == '\\' && m_at < m_text.size() ? m_text[m_at] : '\0';
        if (escape == '"' || escape == '\\') {
            token.text += escape;
            ++m_at;
        } else if (escape == 'n' || escape == 'r' || escape == 't') {
            token.text += escape == 'n' ? '\n' : escape == 'r' ? '\r' : '\t';
            ++m_at;
        } else if (escape == 'x' && m_at + 2 < m_text.size() && hexValue(m_text[m_at + 1]) >= 0 &&
                   hexValue(m_text[m_at + 2]) >= 0) {
            token.text += static_cast<char>(hexValue(m_text[m_at + 1]) * 16 + hexValue(m_text[m_at + 2]));
            m_at += 3;
        } else {
            token.text += c;
        }
    }
    if (m_at == m_text.size())
        return Error{ErrorCode::BadFile, "expected a closing \", found the end of the file",
                     place(token.offset)};
    ++m_at;
    return token;
}

std::string TextLexer::place(std::size_t offset) const
{
    std::string_view before = m_text.substr(0, offset);
    auto line = std::count(before.begin(), before.end(), '\n') + 1;
    auto newline = before.rfind('\n');
    std::size_t column = newline == std::string_view::npos ? offset + 1 : offset - newline;
    return fmt::format("line {}, column {}", line, column);
}

std::string quotedText(std::string_view text)
{
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else
            out += c;
    }
    return out + '"';
}

bool isIdentifier(std::string_view text)
{
    return !text.empty() && isStart(text[0]) && std::all_of(text.begin(), text.end(), isPart);
}

} // namespace orrery::formats
