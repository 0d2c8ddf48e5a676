// SPDX-License-Identifier: Apache-2.0
//
// As NumPy: up to 1,000 elements are written in full, of more the first and last three of each dim. One
// format serves all elements that are shown: whole numbers plain, scientific where the magnitudes lie far
// apart, else fixed with as many decimals as the elements need, six at most.
#include "app/prompt/tensor_text.h"

#include "engine/base/text.h"
#include "engine/debug/tensor_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace orrery::prompt {
namespace {

using graph::DataType;
using graph::Tensor;
using nlohmann::json;

constexpr std::int64_t fullBelow = 1000;
constexpr std::int64_t edge = 3;
constexpr std::size_t lineWidth = 78;
constexpr std::int64_t mostJsonElements = 100'000;
constexpr std::size_t deepest = 32;

bool isComplex(DataType type) { return type == DataType::Complex64 || type == DataType::Complex128; }

std::string complexText(const Tensor& tensor, std::int64_t index)
{
    const std::byte* at = tensor.bytes() + static_cast<std::size_t>(index) * elementBytes(tensor.type());
    double real = 0;
    double imaginary = 0;
    if (tensor.type() == DataType::Complex64) {
        float parts[2];
        std::memcpy(parts, at, sizeof parts);
        real = parts[0];
        imaginary = parts[1];
    } else {
        std::memcpy(&real, at, sizeof real);
        std::memcpy(&imaginary, at + sizeof real, sizeof imaginary);
    }
    return fmt::format("{:.6g}{:+.6g}j", real, imaginary);
}

std::string trimmed(std::string text)
{
    std::size_t exponent = text.find('e');
    std::string tail = exponent == std::string::npos ? std::string() : text.substr(exponent);
    text.resize(std::min(exponent, text.size()));
    if (text.find('.') != std::string::npos)
        while (text.back() == '0')
            text.pop_back();
    return text + tail;
}

std::size_t decimals(const std::string& text)
{
    std::size_t point = text.find('.');
    std::size_t end = std::min(text.find('e'), text.size());
    return point == std::string::npos ? 0 : end - point - 1;
}

class Formatter {
public:
    Formatter(const Tensor& tensor, const std::vector<std::int64_t>& shown)
        : m_tensor(tensor)
        , m_floating(isFloatingPoint(tensor.type()))
    {
        if (m_floating)
            chooseFormat(shown);
        for (std::int64_t index : shown)
            m_width = std::max(m_width, text(index).size());
    }

    std::string padded(std::int64_t index) const
    {
        std::string value = text(index);
        std::string padding(m_width - std::min(m_width, value.size()), ' ');
        return m_tensor.type() == DataType::String ? value + padding : padding + value;
    }

    std::string text(std::int64_t index) const
    {
        switch (m_tensor.type()) {
        case DataType::String:
            return "\"" + displayText(m_tensor.strings()[static_cast<std::size_t>(index)], 60) + "\"";
        case DataType::Bool:
            return debug::element(m_tensor, index) != 0 ? "True" : "False";
        case DataType::Int64:
            return std::to_string(m_tensor.data<std::int64_t>()[index]);
        case DataType::UInt64:
            return std::to_string(m_tensor.data<std::uint64_t>()[index]);
        default:
            if (isComplex(m_tensor.type()))
                return complexText(m_tensor, index);
            return number(debug::element(m_tensor, index));
        }
    }

private:
    void chooseFormat(const std::vector<std::int64_t>& shown)
    {
        double least = INFINITY;
        double largest = 0;
        for (std::int64_t index : shown)
            if (double x = std::abs(debug::element(m_tensor, index)); std::isfinite(x) && x != 0) {
                least = std::min(least, x);
                largest = std::max(largest, x);
            }
        m_scientific = largest >= 1e8 || (largest > 0 && (least < 1e-4 || largest / least > 1e6));
        std::size_t most = 0;
        for (std::int64_t index : shown)
            if (double x = debug::element(m_tensor, index); std::isfinite(x))
                most = std::max(most, decimals(trimmed(m_scientific ? fmt::format("{:.5e}", x)
                                                                    : fmt::format("{:.6f}", x))));
        m_decimals = static_cast<int>(most);
    }

    std::string number(double x) const
    {
        if (!m_floating)
            return fmt::format("{:.0f}", x);
        if (std::isnan(x))
            return "nan";
        if (std::isinf(x))
            return x < 0 ? "-inf" : "inf";
        std::string text =
            m_scientific ? fmt::format("{:.{}e}", x, m_decimals) : fmt::format("{:.{}f}", x, m_decimals);
        if (m_decimals == 0)
            text.insert(std::min(text.find('e'), text.size()), "."); // 3. and 1.e+30 are no integers
        return text;
    }

    const Tensor& m_tensor;
    bool m_floating = false;
    bool m_scientific = false;
    int m_decimals = 0;
    std::size_t m_width = 0;
};

// Positions of one dim that are shown; -1 stands for what is left out.
std::vector<std::int64_t> positions(std::int64_t size, bool elide)
{
    std::vector<std::int64_t> result;
    for (std::int64_t i = 0; i < size; ++i) {
        if (elide && size > 2 * edge && i == edge) {
            result.push_back(-1);
            i = size - edge;
        }
        result.push_back(i);
    }
    return result;
}

class Writer {
public:
    explicit Writer(const Tensor& tensor)
        : m_tensor(tensor)
        , m_dims(tensor.dims())
        , m_elide(tensor.elementCount() > fullBelow)
    {
        std::int64_t stride = 1;
        m_strides.resize(m_dims.size());
        for (std::size_t d = m_dims.size(); d-- > 0;) {
            m_strides[d] = stride;
            stride *= m_dims[d];
        }
    }

    std::string write()
    {
        std::vector<std::int64_t> shown;
        collect(0, 0, shown);
        Formatter formatter(m_tensor, shown);
        m_formatter = &formatter;
        return m_dims.empty() ? formatter.text(0) : block(0, 0);
    }

private:
    void collect(std::size_t dim, std::int64_t base, std::vector<std::int64_t>& shown) const
    {
        if (dim == m_dims.size()) {
            shown.push_back(base);
            return;
        }
        for (std::int64_t i : positions(m_dims[dim], m_elide))
            if (i >= 0)
                collect(dim + 1, base + i * m_strides[dim], shown);
    }

    std::string row(std::size_t dim, std::int64_t base) const
    {
        std::string text = "[";
        std::size_t column = dim + 1;
        bool first = true;
        for (std::int64_t i : positions(m_dims[dim], m_elide)) {
            std::string cell = i < 0 ? "..." : m_formatter->padded(base + i);
            if (!first && column + 1 + cell.size() > lineWidth) {
                text += "\n" + std::string(dim + 1, ' ');
                column = dim + 1;
            } else if (!first) {
                text += " ";
                ++column;
            }
            text += cell;
            column += cell.size();
            first = false;
        }
        return text + "]";
    }

    std::string block(std::size_t dim, std::int64_t base) const
    {
        if (dim + 1 == m_dims.size())
            return row(dim, base);
        std::string text = "[";
        std::string gap(m_dims.size() - dim - 1, '\n');
        std::string indent(dim + 1, ' ');
        bool first = true;
        for (std::int64_t i : positions(m_dims[dim], m_elide)) {
            if (!first)
                text += gap + indent;
            text += i < 0 ? "..." : block(dim + 1, base + i * m_strides[dim]);
            first = false;
        }
        return text + "]";
    }

    const Tensor& m_tensor;
    const graph::Dims& m_dims;
    bool m_elide;
    std::vector<std::int64_t> m_strides;
    const Formatter* m_formatter = nullptr;
};

json elementJson(const Tensor& tensor, std::int64_t index)
{
    switch (tensor.type()) {
    case DataType::String:
        return tensor.strings()[static_cast<std::size_t>(index)];
    case DataType::Bool:
        return debug::element(tensor, index) != 0;
    case DataType::Int64:
        return tensor.data<std::int64_t>()[index];
    case DataType::UInt64:
        return tensor.data<std::uint64_t>()[index];
    default:
        if (isComplex(tensor.type()))
            return complexText(tensor, index);
        if (isInteger(tensor.type()))
            return static_cast<std::int64_t>(debug::element(tensor, index));
        return numberJson(debug::element(tensor, index));
    }
}

} // namespace

std::string typeText(const Tensor& tensor)
{
    return fmt::format("{} {}", graph::name(tensor.type()), graph::dimsText(tensor.dims()));
}

std::string valuesText(const Tensor& tensor)
{
    if (!tensor.defined())
        return "(no value)";
    if (tensor.elementCount() == 0)
        return "[]";
    // With very many dims even the edges of each are too much: they are written as one.
    std::int64_t shown = 1;
    for (std::int64_t dim : tensor.dims())
        shown = std::min<std::int64_t>(shown * std::min(dim, 2 * edge), 1 << 20);
    if (tensor.rank() > deepest || (tensor.elementCount() > fullBelow && shown > 20'000))
        return Writer(tensor.reshaped({tensor.elementCount()})).write();
    return Writer(tensor).write();
}

std::string shortText(const Tensor& tensor, int values)
{
    std::vector<std::int64_t> shown;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(tensor.elementCount(), values); ++i)
        shown.push_back(i);
    if (!tensor.defined())
        return "(no value)";
    Formatter formatter(tensor, shown);
    if (tensor.rank() == 0)
        return formatter.text(0);
    std::vector<std::string> texts;
    for (std::int64_t index : shown)
        texts.push_back(formatter.text(index));
    return fmt::format("[{}{}]", fmt::join(texts, " "), tensor.elementCount() > values ? " …" : "");
}

json numberJson(double number)
{
    if (std::isnan(number))
        return "NaN";
    if (std::isinf(number))
        return number < 0 ? "-Infinity" : "Infinity";
    return number;
}

json tensorJson(const Tensor& tensor)
{
    json data = json::array();
    std::int64_t count = std::min(tensor.elementCount(), mostJsonElements);
    for (std::int64_t i = 0; i < count; ++i)
        data.push_back(elementJson(tensor, i));
    return {{"dtype", graph::name(tensor.type())},
            {"shape", tensor.dims()},
            {"data", std::move(data)},
            {"elided", tensor.elementCount() - count}};
}

std::string indexText(const graph::Dims& dims, std::int64_t flat)
{
    return fmt::format("[{}]", fmt::join(debug::indexOf(dims, flat), ", "));
}

std::string statisticsText(const Tensor& tensor)
{
    std::string text = fmt::format("  {} elements, {}\n", tensor.elementCount(),
                                   formatBytes(static_cast<std::int64_t>(tensor.byteSize())));
    if (tensor.type() == DataType::String || tensor.elementCount() == 0)
        return text;
    debug::TensorStatistics s = debug::statistics(tensor);
    auto share = [&](std::int64_t count) {
        return 100.0 * static_cast<double>(count) / static_cast<double>(s.elements);
    };
    const graph::Dims& dims = tensor.dims();
    if (s.finite > 0) {
        text += fmt::format("  min  {:<12.6g} at {}\n", s.min, indexText(dims, s.minAt));
        text += fmt::format("  max  {:<12.6g} at {}\n", s.max, indexText(dims, s.maxAt));
        text += fmt::format("  mean {:<12.6g} std {:<12.6g} l2 {:.6g}\n", s.mean, s.std, s.l2);
    }
    text += fmt::format("  zeros {} ({:.3g} %)", s.zeros, share(s.zeros));
    auto bad = [&](const char* what, std::int64_t count, std::int64_t first) {
        return count == 0 ? fmt::format("   {} 0", what)
                          : fmt::format("   {} {} ({:.3g} %), the first at {}", what, count, share(count),
                                        indexText(dims, first));
    };
    text += bad("NaN", s.nans, s.firstNan) + bad("Inf", s.infinities, s.firstInfinity) + "\n";

    debug::Histogram histogram = debug::histogram(tensor, 10);
    if (histogram.counts.empty() || histogram.low == histogram.high)
        return text; // a single number has no distribution
    std::int64_t largest = *std::max_element(histogram.counts.begin(), histogram.counts.end());
    double width = (histogram.high - histogram.low) / static_cast<double>(histogram.counts.size());
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        std::int64_t count = histogram.counts[i];
        // Not even one element may vanish from the picture.
        auto bar = largest == 0 ? 0 : (count * 40 + largest - 1) / largest;
        std::string bars;
        for (std::int64_t b = 0; b < bar; ++b)
            bars += "█";
        text +=
            fmt::format("  {:>12.5g} │{} {}\n", histogram.low + width * static_cast<double>(i), bars, count);
    }
    return text;
}

json statisticsJson(const Tensor& tensor)
{
    json result = {{"dtype", graph::name(tensor.type())},
                   {"shape", tensor.dims()},
                   {"bytes", tensor.byteSize()},
                   {"elements", tensor.elementCount()}};
    if (tensor.type() == DataType::String)
        return result;
    debug::TensorStatistics s = debug::statistics(tensor);
    auto index = [&](std::int64_t flat) {
        return flat < 0 ? json() : json(debug::indexOf(tensor.dims(), flat));
    };
    auto figure = [&](double x) { return s.finite > 0 ? numberJson(x) : json(); };
    result.update({{"min", figure(s.min)},
                   {"max", figure(s.max)},
                   {"mean", figure(s.mean)},
                   {"std", figure(s.std)},
                   {"l2", figure(s.l2)},
                   {"zeros", s.zeros},
                   {"nans", s.nans},
                   {"infinities", s.infinities},
                   {"first_nan", index(s.firstNan)},
                   {"first_infinity", index(s.firstInfinity)},
                   {"min_at", index(s.minAt)},
                   {"max_at", index(s.maxAt)}});
    debug::Histogram histogram = debug::histogram(tensor, 10);
    result["histogram"] = {{"low", numberJson(histogram.low)},
                           {"high", numberJson(histogram.high)},
                           {"counts", histogram.counts}};
    return result;
}

json differenceJson(const debug::TensorDifference& d, const graph::Dims& dims)
{
    return {{"max_abs_error", numberJson(d.maxAbsolute)},
            {"mean_abs_error", numberJson(d.meanAbsolute)},
            {"rms", numberJson(d.rms)},
            {"max_rel_error", numberJson(d.maxRelative)},
            {"relative_l2", numberJson(d.relativeL2)},
            {"cosine", numberJson(d.cosine)},
            {"worst", d.worst < 0 ? json() : json(debug::indexOf(dims, d.worst))},
            {"mismatches", d.mismatches},
            {"different", d.different}};
}

} // namespace orrery::prompt
