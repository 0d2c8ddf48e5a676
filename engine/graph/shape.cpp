// SPDX-License-Identifier: Apache-2.0
//
// Expression text grammar, canonical by construction: a symbol is a name or a parenthesised expression with
// the operators
// + - * and / (floor division). Commutative operands are ordered (text before numbers), numbers are folded to
// the right: (x + 1) + 2 becomes x + 3, (x * 2) * 3 becomes x * 6, so that the sums and products met in shape
// arithmetic have one spelling. Names from files that are not plain identifiers are quoted with backticks.
#include "engine/graph/shape.h"

#include <algorithm>
#include <cctype>

namespace orrery::graph {
namespace {

constexpr std::size_t longestExpression =
    400; // beyond this a dim is unknown: nothing good comes of longer texts

bool isName(std::string_view text)
{
    if (text.empty() || (std::isdigit(static_cast<unsigned char>(text[0])) != 0))
        return false;
    return std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '.' || c == ':' || c >= 0x80;
    });
}

bool isQuoted(std::string_view text)
{
    return text.size() > 1 && text.front() == '`' && text.find('`', 1) == text.size() - 1;
}

std::string operand(const Dim& dim)
{
    if (dim.isKnown())
        return std::to_string(dim.value());
    const std::string& s = dim.symbol();
    return isName(s) || isQuoted(s) ? s : "(" + s + ")";
}

// Splits "left <op> number" at the top level; nullopt when the text has another form.
struct LinearTail {
    std::string left;
    std::int64_t number;
};

std::optional<LinearTail> splitTail(const std::string& text, char op)
{
    std::string separator = std::string(" ") + op + " ";
    std::size_t at = text.rfind(separator);
    if (at == std::string::npos)
        return std::nullopt;
    std::string_view right = std::string_view(text).substr(at + 3);
    if (right.empty() || right.size() > 15 ||
        !std::all_of(right.begin(), right.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
        return std::nullopt;
    std::string left = text.substr(0, at);
    int depth = 0;
    for (char c : left)
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (depth != 0)
        return std::nullopt;
    bool simple = isName(left) || isQuoted(left);
    bool wrapped = left.size() > 2 && left.front() == '(' && left.back() == ')';
    if (wrapped) {
        depth = 0;
        for (std::size_t i = 0; i + 1 < left.size(); ++i) {
            depth += left[i] == '(' ? 1 : left[i] == ')' ? -1 : 0;
            if (depth == 0)
                wrapped = false;
        }
    }
    if (!simple && !wrapped)
        return std::nullopt;
    if (wrapped)
        left = left.substr(1, left.size() - 2);
    return LinearTail{left, std::stoll(std::string(right))};
}

Dim made(std::string text)
{
    return text.size() > longestExpression ? Dim::unknown() : Dim::symbolic(std::move(text));
}

// x + n with n of either sign, folding a number that x already ends in.
Dim plusNumber(const Dim& x, std::int64_t n)
{
    Dim base = x;
    if (auto tail = splitTail(x.symbol(), '+')) {
        base = Dim::symbolic(tail->left);
        n += tail->number;
    } else if (auto minus = splitTail(x.symbol(), '-')) {
        base = Dim::symbolic(minus->left);
        n -= minus->number;
    }
    if (n == 0)
        return base;
    return made(operand(base) + (n > 0 ? " + " : " - ") + std::to_string(std::abs(n)));
}

Dim binary(const Dim& a, char op, const Dim& b) { return made(operand(a) + " " + op + " " + operand(b)); }

std::int64_t floorDivNumber(std::int64_t a, std::int64_t b)
{
    std::int64_t q = a / b;
    return (a % b != 0 && ((a < 0) != (b < 0))) ? q - 1 : q;
}

Dim knownOrUnknown(bool overflow, std::int64_t value)
{
    return overflow || value < 0 ? Dim::unknown() : Dim(value);
}

// Recursive descent over the grammar above; depth is bounded by longestExpression.
class Evaluator {
public:
    Evaluator(std::string_view text, const SymbolLookup& lookup)
        : m_text(text)
        , m_lookup(lookup)
    {}

    std::optional<std::int64_t> run()
    {
        auto value = sum();
        skipSpace();
        return m_at == m_text.size() ? value : std::nullopt;
    }

private:
    void skipSpace()
    {
        while (m_at < m_text.size() && m_text[m_at] == ' ')
            ++m_at;
    }

    char peek()
    {
        skipSpace();
        return m_at < m_text.size() ? m_text[m_at] : '\0';
    }

    std::optional<std::int64_t> sum()
    {
        auto left = product();
        while (left && (peek() == '+' || peek() == '-')) {
            char op = m_text[m_at++];
            auto right = product();
            if (!right)
                return std::nullopt;
            std::int64_t result = 0;
            bool overflow = op == '+' ? __builtin_add_overflow(*left, *right, &result)
                                      : __builtin_sub_overflow(*left, *right, &result);
            left = overflow ? std::nullopt : std::optional(result);
        }
        return left;
    }

    std::optional<std::int64_t> product()
    {
        auto left = primary();
        while (left && (peek() == '*' || peek() == '/')) {
            char op = m_text[m_at++];
            auto right = primary();
            if (!right || (op == '/' && *right == 0))
                return std::nullopt;
            std::int64_t result = 0;
            if (op == '/')
                left = floorDivNumber(*left, *right);
            else
                left = __builtin_mul_overflow(*left, *right, &result) ? std::nullopt : std::optional(result);
        }
        return left;
    }

    std::optional<std::int64_t> primary()
    {
        char c = peek();
        if (c == '(') {
            if (++m_depth > 100)
                return std::nullopt;
            ++m_at;
            auto value = sum();
            if (peek() != ')')
                return std::nullopt;
            ++m_at;
            --m_depth;
            return value;
        }
        if (c == '`') {
            std::size_t end = m_text.find('`', m_at + 1);
            if (end == std::string_view::npos)
                return std::nullopt;
            auto quoted = m_text.substr(m_at + 1, end - m_at - 1);
            m_at = end + 1;
            return m_lookup(quoted);
        }
        std::size_t start = m_at;
        while (m_at < m_text.size() &&
               std::string_view(" +-*/()`").find(m_text[m_at]) == std::string_view::npos)
            ++m_at;
        auto token = m_text.substr(start, m_at - start);
        if (token.empty())
            return std::nullopt;
        if (std::isdigit(static_cast<unsigned char>(token[0])) != 0) {
            if (token.size() > 18 || !std::all_of(token.begin(), token.end(),
                                                  [](unsigned char d) { return std::isdigit(d) != 0; }))
                return std::nullopt;
            return std::stoll(std::string(token));
        }
        return m_lookup(token);
    }

    std::string_view m_text;
    const SymbolLookup& m_lookup;
    std::size_t m_at = 0;
    int m_depth = 0;
};

} // namespace

Dim Dim::symbolic(std::string expression)
{
    Dim dim;
    dim.m_symbol = std::move(expression);
    return dim;
}

std::string Dim::text() const
{
    if (isKnown())
        return std::to_string(m_value);
    return m_symbol.empty() ? "?" : m_symbol;
}

Dim operator+(const Dim& a, const Dim& b)
{
    if (a.isUnknown() || b.isUnknown())
        return {};
    if (a.isKnown() && b.isKnown()) {
        std::int64_t sum = 0;
        bool overflow = __builtin_add_overflow(a.value(), b.value(), &sum);
        return knownOrUnknown(overflow, sum);
    }
    if (a.isKnown())
        return plusNumber(b, a.value());
    if (b.isKnown())
        return plusNumber(a, b.value());
    return a.symbol() <= b.symbol() ? binary(a, '+', b) : binary(b, '+', a);
}

Dim operator-(const Dim& a, const Dim& b)
{
    if (a.isUnknown() || b.isUnknown())
        return {};
    if (a.isKnown() && b.isKnown())
        return knownOrUnknown(false, a.value() - b.value());
    if (a == b)
        return 0;
    if (b.isKnown())
        return plusNumber(a, -b.value());
    return binary(a, '-', b);
}

Dim operator*(const Dim& a, const Dim& b)
{
    if ((a.isKnown() && a.value() == 0) || (b.isKnown() && b.value() == 0))
        return 0;
    if (a.isUnknown() || b.isUnknown())
        return {};
    if (a.isKnown() && b.isKnown()) {
        std::int64_t product = 0;
        bool overflow = __builtin_mul_overflow(a.value(), b.value(), &product);
        return knownOrUnknown(overflow, product);
    }
    if (a.isKnown() && !b.isKnown())
        return b * a;
    if (b.isKnown()) {
        if (b.value() == 1)
            return a;
        if (auto tail = splitTail(a.symbol(), '*'))
            return Dim::symbolic(tail->left) * (Dim(tail->number) * b);
        return binary(a, '*', b);
    }
    return a.symbol() <= b.symbol() ? binary(a, '*', b) : binary(b, '*', a);
}

Dim floorDiv(const Dim& a, const Dim& b)
{
    if (a.isUnknown() || b.isUnknown() || (b.isKnown() && b.value() == 0))
        return {};
    if (a.isKnown() && b.isKnown())
        return floorDivNumber(a.value(), b.value());
    if (b.isKnown() && b.value() == 1)
        return a;
    if (a == b)
        return 1;
    if (b.isKnown()) {
        if (auto tail = splitTail(a.symbol(), '*'); tail && tail->number % b.value() == 0)
            return Dim::symbolic(tail->left) * Dim(tail->number / b.value());
        if (auto tail = splitTail(a.symbol(), '/'); tail && tail->number > 0)
            return floorDiv(Dim::symbolic(tail->left), Dim(tail->number) * b);
    }
    return binary(a, '/', b);
}

Dim ceilDiv(const Dim& a, const Dim& b)
{
    if (b.isKnown() && b.value() == 1)
        return a;
    return floorDiv(a + (b - Dim(1)), b);
}

std::optional<std::int64_t> evaluate(const Dim& dim, const SymbolLookup& lookup)
{
    if (dim.isKnown())
        return dim.value();
    if (dim.isUnknown())
        return std::nullopt;
    // A name from the file is looked up whole first: it may contain operators itself.
    if (auto value = lookup(dim.symbol()))
        return *value >= 0 ? value : std::nullopt;
    auto value = Evaluator(dim.symbol(), lookup).run();
    return value && *value >= 0 ? value : std::nullopt;
}

bool Shape::isStatic() const
{
    return std::all_of(dims.begin(), dims.end(), [](const Dim& d) { return d.isKnown(); });
}

std::optional<Dims> Shape::concrete() const
{
    Dims result;
    result.reserve(dims.size());
    for (const Dim& dim : dims) {
        if (!dim.isKnown())
            return std::nullopt;
        result.push_back(dim.value());
    }
    return result;
}

Dim Shape::elementCount() const
{
    Dim count = 1;
    for (const Dim& dim : dims)
        count = count * dim;
    return count;
}

std::string Shape::text() const
{
    if (dims.empty())
        return "scalar";
    std::string text;
    for (const Dim& dim : dims)
        text += (text.empty() ? "" : "×") + dim.text();
    return text;
}

std::string dimsText(const Dims& dims) { return Shape::of(dims).text(); }

} // namespace orrery::graph
