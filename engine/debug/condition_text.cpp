// SPDX-License-Identifier: Apache-2.0
//
// The words of conditions, both ways:
//     nan | inf | dim = 0 | shape changes | time > p95
//     (abs | min | max | mean | std | zeros | difference) comparison number
//     time comparison number (ns | us | ms | s)
//     bytes comparison number [k | M | G]          powers of 1000
#include "engine/base/text.h"
#include "engine/debug/condition.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace orrery::debug {
namespace {

struct NumberWord {
    std::string_view word;
    Quantity quantity;
};
constexpr std::array<NumberWord, 9> numberWords{{
    {"abs", Quantity::Abs},
    {"min", Quantity::Min},
    {"max", Quantity::Max},
    {"mean", Quantity::Mean},
    {"std", Quantity::Std},
    {"zeros", Quantity::Zeros},
    {"time", Quantity::Time},
    {"bytes", Quantity::Bytes},
    {"difference", Quantity::Difference},
}};

struct Sign {
    std::string_view text;
    Comparison comparison;
};
constexpr std::array<Sign, 6> signs{{
    // longer ones first
    {"<=", Comparison::LessOrEqual},
    {">=", Comparison::GreaterOrEqual},
    {"==", Comparison::Equal},
    {"<", Comparison::Less},
    {">", Comparison::Greater},
    {"=", Comparison::Equal},
}};

struct Unit {
    std::string_view text;
    double factor;
};
constexpr std::array<Unit, 5> timeUnits{{{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"µs", 1e3}, {"ns", 1}}};
constexpr std::array<Unit, 4> byteUnits{{{"", 1}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}}};

class Words {
public:
    explicit Words(std::string_view text)
        : m_text(text)
    {}

    bool take(std::string_view word)
    {
        skipSpace();
        if (!m_text.starts_with(word) ||
            (word.size() < m_text.size() && isLetter(word.back()) && isLetter(m_text[word.size()])))
            return false;
        m_text.remove_prefix(word.size());
        return true;
    }
    std::optional<double> number()
    {
        skipSpace();
        std::string_view digits = m_text.starts_with('+') ? m_text.substr(1) : m_text;
        double value = 0;
        auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (failed != std::errc() || !std::isfinite(value))
            return std::nullopt;
        m_text.remove_prefix(static_cast<std::size_t>(end - m_text.data()));
        return value;
    }
    bool atEnd()
    {
        skipSpace();
        return m_text.empty();
    }
    std::string_view rest()
    {
        skipSpace();
        return m_text;
    }

private:
    static bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
    void skipSpace()
    {
        while (!m_text.empty() && (m_text.front() == ' ' || m_text.front() == '\t'))
            m_text.remove_prefix(1);
    }

    std::string_view m_text;
};

Error usage(std::string_view text, std::string_view what)
{
    return Error{ErrorCode::Usage,
                 fmt::format("condition \"{}\": {}; allowed are nan, inf, abs|min|max|mean|std|zeros|"
                             "difference > X, dim = 0, shape changes, time > X ms, time > p95, and "
                             "bytes > X",
                             displayText(text, 200), what),
                 {}};
}

template<std::size_t n>
const Unit* unitOf(Words& words, const std::array<Unit, n>& units)
{
    for (const Unit& unit : units)
        if (unit.text == words.rest() || (!unit.text.empty() && words.take(unit.text)))
            return &unit;
    return nullptr;
}

Result<Condition> comparisonFrom(std::string_view text, Quantity quantity, Words& words)
{
    Condition condition{quantity, Comparison::Greater, 0};
    const Sign* sign = nullptr;
    for (const Sign& candidate : signs)
        if (sign == nullptr && words.take(candidate.text))
            sign = &candidate;
    if (sign == nullptr)
        return usage(text, "expected <, <=, >, >= or = after the quantity");
    condition.comparison = sign->comparison;
    if (quantity == Quantity::Time && sign->comparison == Comparison::Greater && words.take("p95")) {
        condition.quantity = Quantity::TimeAboveP95;
        return words.atEnd() ? Result<Condition>(condition) : usage(text, "expected nothing after p95");
    }
    auto number = words.number();
    if (!number)
        return usage(text, fmt::format("expected a number after {}", sign->text));
    const Unit* unit = quantity == Quantity::Time    ? unitOf(words, timeUnits)
                       : quantity == Quantity::Bytes ? unitOf(words, byteUnits)
                                                     : nullptr;
    if (quantity == Quantity::Time && unit == nullptr)
        return usage(text, "a time needs its unit: ns, us, ms or s");
    condition.threshold = *number * (unit == nullptr ? 1 : unit->factor);
    if (!std::isfinite(condition.threshold))
        return usage(text, "the number is too large");
    if (!words.atEnd() && !(unit != nullptr && unit->text == words.rest()))
        return usage(text, fmt::format("expected nothing more, found \"{}\"", displayText(words.rest(), 40)));
    return condition;
}

// In the largest unit that gives the same threshold back.
std::string timeText(double ns)
{
    for (const Unit& unit : timeUnits)
        if (double value = ns / unit.factor; std::abs(value) >= 1 && value * unit.factor == ns)
            return fmt::format("{} {}", value, unit.text);
    return fmt::format("{} ns", ns);
}

} // namespace

Result<Condition> parseCondition(std::string_view text)
{
    Words words(text);
    Condition condition;
    bool complete = true;
    if (words.take("nan"))
        condition.quantity = Quantity::Nan;
    else if (words.take("inf"))
        condition.quantity = Quantity::Inf;
    else if (words.take("dim")) {
        condition.quantity = Quantity::EmptyDim;
        complete = (words.take("==") || words.take("=")) && words.number() == 0.0;
    } else if (words.take("shape")) {
        condition.quantity = Quantity::ShapeChange;
        complete = words.take("changes");
    } else {
        for (const NumberWord& number : numberWords)
            if (words.take(number.word))
                return comparisonFrom(text, number.quantity, words);
        return usage(text, words.atEnd() ? "it is empty" : "its first word is not known");
    }
    if (!complete)
        return usage(text, "it is not complete");
    if (!words.atEnd())
        return usage(text, fmt::format("expected nothing more, found \"{}\"", displayText(words.rest(), 40)));
    return condition;
}

std::string text(const Condition& condition)
{
    switch (condition.quantity) {
    case Quantity::Nan:
        return "nan";
    case Quantity::Inf:
        return "inf";
    case Quantity::EmptyDim:
        return "dim = 0";
    case Quantity::ShapeChange:
        return "shape changes";
    case Quantity::TimeAboveP95:
        return "time > p95";
    default:
        break;
    }
    std::string_view word;
    for (const NumberWord& candidate : numberWords)
        if (candidate.quantity == condition.quantity)
            word = candidate.word;
    std::string_view sign;
    for (const Sign& candidate : signs) // the last one is the shortest
        if (candidate.comparison == condition.comparison)
            sign = candidate.text;
    return fmt::format("{} {} {}", word, sign,
                       condition.quantity == Quantity::Time ? timeText(condition.threshold)
                                                            : fmt::format("{}", condition.threshold));
}

} // namespace orrery::debug
