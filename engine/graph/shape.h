#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Shapes with symbolic dims. A Dim is known (a number), symbolic (a name such as "batch", or a canonical
// expression over names such as "(H - 1) / 2 + 1"), or unknown. Arithmetic folds known numbers and otherwise
// builds canonical expression text, so that equal texts mean equal values; an expression can be evaluated
// when its names are bound.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::graph {

using Dims = std::vector<std::int64_t>; // a concrete shape

class Dim {
public:
    Dim() = default; // unknown
    Dim(std::int64_t value)
        : m_value(value)
    {}
    static Dim symbolic(std::string expression);
    static Dim unknown() { return {}; }

    bool isKnown() const { return m_value >= 0; }
    bool isSymbolic() const { return m_value < 0 && !m_symbol.empty(); }
    bool isUnknown() const { return m_value < 0 && m_symbol.empty(); }

    std::int64_t value() const { return m_value; } // only when isKnown()
    const std::string& symbol() const { return m_symbol; }

    std::string text() const; // "3", "batch", "?"

    friend bool operator==(const Dim&, const Dim&) = default;

private:
    std::int64_t m_value = -1;
    std::string m_symbol;
};

// Values as used in shape arithmetic may be negative; these keep the exact number in `Dim` only when it is >=
// 0 and return unknown otherwise. Division rounds towards negative infinity.
Dim operator+(const Dim& a, const Dim& b);
Dim operator-(const Dim& a, const Dim& b);
Dim operator*(const Dim& a, const Dim& b);
Dim floorDiv(const Dim& a, const Dim& b);
Dim ceilDiv(const Dim& a, const Dim& b);

// The value of a dim when its names are bound; nullopt when a name is missing, the text is no expression, or
// the result is negative or does not fit.
using SymbolLookup = std::function<std::optional<std::int64_t>(std::string_view)>;
std::optional<std::int64_t> evaluate(const Dim& dim, const SymbolLookup& lookup);

struct Shape {
    std::vector<Dim> dims;

    Shape() = default;
    Shape(std::vector<Dim> d)
        : dims(std::move(d))
    {}
    static Shape of(const Dims& concrete)
    {
        return Shape(std::vector<Dim>(concrete.begin(), concrete.end()));
    }

    std::size_t rank() const { return dims.size(); }
    bool isStatic() const;                // every dim known
    std::optional<Dims> concrete() const; // the numbers, when isStatic()
    Dim elementCount() const;             // the product, symbolic where needed
    std::string text() const;             // "1×3×H×W", "scalar"

    friend bool operator==(const Shape&, const Shape&) = default;
};

std::string dimsText(const Dims& dims); // "1×3×224×224", "scalar"

} // namespace orrery::graph
