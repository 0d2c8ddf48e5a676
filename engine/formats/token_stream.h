#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TokenStream: the current token and the one after it, and what a recursive-descent parser asks of them:
// expect a symbol, a name, a number, a list. Its errors name what was expected, what was found, and the line
// and column.

#include "engine/base/text.h"
#include "engine/formats/text_lexer.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace orrery::formats {

std::optional<double> specialNumber(std::string_view word); // inf, -inf, nan

class TokenStream {
public:
    explicit TokenStream(std::string_view text)
        : m_lexer(text)
    {}

    Result<void> start()
    {
        TRY(advance());
        return advance();
    }

    Result<void> advance()
    {
        m_token = std::move(m_next);
        m_next = TRY(m_lexer.next());
        return {};
    }

    Error unexpected(const std::string& expected) const
    {
        std::string found = m_token.kind == Token::Kind::End ? "the end of the file"
                            : m_token.kind == Token::Kind::String
                                ? quotedText(displayText(m_token.text, 60))
                                : "\"" + displayText(m_token.text, 60) + "\"";
        return Error{ErrorCode::BadFile, fmt::format("expected {}, found {}", expected, found),
                     m_lexer.place(m_token.offset)};
    }

    Error wrong(const std::string& message) const
    {
        return Error{ErrorCode::BadFile, message, m_lexer.place(m_token.offset)};
    }

    Result<bool> accept(char symbol)
    {
        if (!m_token.is(symbol))
            return false;
        TRY(advance());
        return true;
    }

    Result<void> expect(char symbol)
    {
        if (!m_token.is(symbol))
            return unexpected(fmt::format("\"{}\"", symbol));
        return advance();
    }

    Result<void> expectArrow()
    {
        if (!m_token.is('=') || !m_next.is('>'))
            return unexpected("\"=>\"");
        TRY(advance());
        return advance();
    }

    bool atName() const
    {
        return m_token.kind == Token::Kind::String ||
               (m_token.kind == Token::Kind::Identifier && m_token.text[0] != '-');
    }

    Result<std::string> name(const char* what)
    {
        if (!atName())
            return unexpected(what);
        std::string text = std::move(m_token.text);
        TRY(advance());
        return text;
    }

    Result<std::string> string()
    {
        if (m_token.kind != Token::Kind::String)
            return unexpected("a quoted string");
        return name("a quoted string");
    }

    template<class T>
    Result<T> integer()
    {
        T value = 0;
        const std::string& text = m_token.text;
        const char* start = text.data() + (text.starts_with('+') ? 1 : 0);
        auto [end, failed] = std::from_chars(start, text.data() + text.size(), value);
        if (m_token.kind != Token::Kind::Int || failed == std::errc::invalid_argument)
            return unexpected("a whole number");
        if (failed != std::errc() || end != text.data() + text.size())
            return wrong(fmt::format("{} is out of range", displayText(text, 60)));
        TRY(advance());
        return value;
    }

    template<class T>
    Result<T> real()
    {
        if (m_token.kind == Token::Kind::Identifier)
            if (auto special = specialNumber(m_token.text)) {
                TRY(advance());
                return static_cast<T>(*special);
            }
        if (m_token.kind != Token::Kind::Int && m_token.kind != Token::Kind::Float)
            return unexpected("a number");
        T value = 0;
        const std::string& text = m_token.text;
        const char* start = text.data() + (text.starts_with('+') ? 1 : 0);
        auto [end, failed] = std::from_chars(start, text.data() + text.size(), value);
        if (failed == std::errc::result_out_of_range) // too large or too small for the type
            value = text.find("e-") != std::string::npos || text.find("E-") != std::string::npos
                        ? T(0)
                        : std::copysign(std::numeric_limits<T>::infinity(), text[0] == '-' ? T(-1) : T(1));
        else if (failed != std::errc() || end != text.data() + text.size())
            return unexpected("a number");
        TRY(advance());
        return value;
    }

    // `one` for each entry of a comma-separated list up to `close`, which is taken.
    template<class F>
    Result<void> list(char close, F one)
    {
        if (TRY(accept(close)))
            return {};
        do
            TRY(one());
        while (TRY(accept(',')));
        return expect(close);
    }

    TextLexer m_lexer;
    Token m_token;
    Token m_next;
};

} // namespace orrery::formats
