// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/expression_parser.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace orrery::debug {
namespace {

constexpr std::size_t lengthLimit = 65'536;
constexpr int nestingLimit = 64;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool startsName(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continuesName(char c) { return startsName(c) || isDigit(c) || c == '.'; }

class Parser {
public:
    explicit Parser(std::string_view text)
        : m_text(text)
    {}

    Result<Expression> parse()
    {
        Expression result = TRY(sum());
        if (peek() != '\0' || m_at < m_text.size())
            return expected("an operator or the end");
        return result;
    }

private:
    // '\0' at the end.
    char peek()
    {
        while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\t'))
            ++m_at;
        return m_at < m_text.size() ? m_text[m_at] : '\0';
    }
    bool take(char c)
    {
        if (c == '\0' || peek() != c)
            return false;
        ++m_at;
        return true;
    }
    std::size_t column()
    {
        peek();
        return m_at + 1;
    }
    Error expected(std::string_view what)
    {
        std::size_t at = column();
        std::string found = m_at < m_text.size()
                                ? fmt::format("\"{}\"", displayText(m_text.substr(m_at, 12), 40))
                                : std::string("the end");
        return errorAt(at, fmt::format("expected {}, found {}", what, found));
    }

    Result<Expression> sum()
    {
        if (m_nesting >= nestingLimit)
            return errorAt(column(), fmt::format("nested deeper than {}", nestingLimit));
        ++m_nesting;
        auto result = chain("+-", &Parser::product);
        --m_nesting;
        return result;
    }
    Result<Expression> product() { return chain("*/", &Parser::unary); }

    Result<Expression> chain(std::string_view operators, Result<Expression> (Parser::*operand)())
    {
        Expression first = TRY((this->*operand)());
        if (operators.find(peek()) == std::string_view::npos)
            return first;
        Expression result;
        result.kind = ExpressionKind::Chain;
        result.column = column();
        result.parts.push_back(std::move(first));
        while (m_at < m_text.size() && operators.find(peek()) != std::string_view::npos) {
            result.operators += m_text[m_at++];
            result.parts.push_back(TRY((this->*operand)()));
        }
        return result;
    }

    Result<Expression> unary()
    {
        std::size_t at = column();
        if (!take('-'))
            return power();
        if (m_nesting >= nestingLimit)
            return errorAt(at, fmt::format("nested deeper than {}", nestingLimit));
        ++m_nesting;
        auto operand = unary();
        --m_nesting;
        Expression result;
        result.kind = ExpressionKind::Negate;
        result.column = at;
        result.parts.push_back(TRY(std::move(operand)));
        return result;
    }

    Result<Expression> power()
    {
        Expression base = TRY(postfix());
        std::size_t at = column();
        if (!take('^'))
            return base;
        if (m_nesting >= nestingLimit)
            return errorAt(at, fmt::format("nested deeper than {}", nestingLimit));
        ++m_nesting;
        auto exponent = unary();
        --m_nesting;
        Expression result;
        result.kind = ExpressionKind::Power;
        result.column = at;
        result.parts.push_back(std::move(base));
        result.parts.push_back(TRY(std::move(exponent)));
        return result;
    }

    Result<Expression> postfix()
    {
        Expression inner = TRY(primary());
        if (peek() != '[')
            return inner;
        Expression result;
        result.kind = ExpressionKind::Slice;
        result.column = column();
        result.parts.push_back(std::move(inner));
        while (peek() == '[') {
            std::size_t end = m_text.find(']', m_at);
            if (end == std::string_view::npos)
                return errorAt(m_at + 1, "this [ is not closed");
            result.slices.emplace_back(m_text.substr(m_at, end + 1 - m_at));
            m_at = end + 1;
        }
        return result;
    }

    Result<Expression> primary()
    {
        Expression result;
        result.column = column();
        char c = peek();
        if (take('(')) {
            result = TRY(sum());
            if (!take(')'))
                return expected("an operator or )");
            return result;
        }
        if (c == '"') {
            result.kind = ExpressionKind::Name;
            result.text = TRY(quoted());
            return result;
        }
        if (take('[')) {
            result.kind = ExpressionKind::List;
            if (!take(']'))
                TRY(arguments(']', result));
            return result;
        }
        if (isDigit(c) || c == '.')
            return number();
        if (!startsName(c))
            return expected("a number, a name, or (");
        result.text = identifier();
        if (take('(')) {
            result.kind = ExpressionKind::Call;
            if (!take(')'))
                TRY(arguments(')', result));
        } else if (result.text == "nan") {
            result.number = std::numeric_limits<double>::quiet_NaN();
        } else if (result.text == "inf") {
            result.number = std::numeric_limits<double>::infinity();
        } else {
            result.kind = ExpressionKind::Name;
        }
        return result;
    }

    // Up to and with `close`; named ones in a call alone.
    Result<void> arguments(char close, Expression& into)
    {
        do {
            std::string name = into.kind == ExpressionKind::Call ? argumentName() : std::string();
            if (!name.empty() && peek() == '"') {
                Expression text;
                text.kind = ExpressionKind::String;
                text.column = column();
                text.text = TRY(quoted());
                into.named.push_back({std::move(name), std::move(text)});
            } else if (Expression value = TRY(sum()); !name.empty()) {
                into.named.push_back({std::move(name), std::move(value)});
            } else {
                into.parts.push_back(std::move(value));
            }
        } while (take(','));
        if (!take(close))
            return expected(close == ')' ? ", or )" : ", or ]");
        return {};
    }

    // "axis" of "axis=", which it takes; else nothing.
    std::string argumentName()
    {
        if (!startsName(peek()))
            return {};
        std::size_t start = m_at;
        std::string name = identifier();
        if (take('='))
            return name;
        m_at = start;
        return {};
    }

    std::string identifier()
    {
        std::size_t start = m_at;
        while (m_at < m_text.size() && continuesName(m_text[m_at]))
            ++m_at;
        return std::string(m_text.substr(start, m_at - start));
    }

    Result<Expression> number()
    {
        Expression result;
        result.column = column();
        const char* start = m_text.data() + m_at;
        auto [end, failed] = std::from_chars(start, m_text.data() + m_text.size(), result.number);
        if (failed != std::errc())
            return expected("a number that a double can hold");
        result.text.assign(start, end);
        m_at += static_cast<std::size_t>(end - start);
        if (m_at < m_text.size() && continuesName(m_text[m_at]))
            return errorAt(m_at + 1, "a name cannot begin with a digit; put it into quotes");
        return result;
    }

    Result<std::string> quoted()
    {
        std::size_t start = column();
        std::string text;
        for (++m_at; m_at < m_text.size() && m_text[m_at] != '"'; ++m_at) {
            if (m_text[m_at] == '\\' && m_at + 1 < m_text.size())
                ++m_at;
            text += m_text[m_at];
        }
        if (!take('"'))
            return errorAt(start, "this quote is not closed");
        return text;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    int m_nesting = 0;
};

} // namespace

Error errorAt(std::size_t column, std::string_view message)
{
    return Error{ErrorCode::Usage, fmt::format("column {}: {}", column, message), {}};
}

Result<Expression> parseExpression(std::string_view text)
{
    if (text.size() > lengthLimit)
        return errorAt(lengthLimit + 1, fmt::format("longer than {} bytes", lengthLimit));
    return Parser(text).parse();
}

} // namespace orrery::debug
