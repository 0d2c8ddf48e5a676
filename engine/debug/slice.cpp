// SPDX-License-Identifier: Apache-2.0
//
// Slices as NumPy's basic indexing has them: each axis gets a start, a step and an extent, the result is
// copied element by element, or in runs where the last axes are whole. Ranges are clamped to their axis,
// single indices must lie in it.
#include "engine/base/text.h"
#include "engine/debug/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace orrery::debug {
namespace {

using graph::DataType;
using graph::Dims;
using graph::Tensor;

struct AxisSlice {
    std::int64_t start = 0;
    std::int64_t step = 1;
    std::int64_t extent = 0;
    bool dropped = false; // a single index
};

Error bad(std::string_view slice, std::string_view what)
{
    return Error{ErrorCode::Usage, fmt::format("slice \"{}\": {}", displayText(slice, 200), what), {}};
}

std::string_view trimmed(std::string_view text)
{
    auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && isSpace(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back()))
        text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (std::size_t at = 0;;) {
        std::size_t end = text.find(separator, at);
        parts.push_back(trimmed(text.substr(at, end - at)));
        if (end == std::string_view::npos)
            return parts;
        at = end + 1;
    }
}

std::optional<std::int64_t> integer(std::string_view text)
{
    std::int64_t value = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

// An end of a range: counted from the back when negative, clamped to [low, high].
std::int64_t bound(std::int64_t value, std::int64_t length, std::int64_t low, std::int64_t high)
{
    return std::clamp(value < 0 ? value + length : value, low, high);
}

Result<AxisSlice> axisSlice(std::string_view whole, std::string_view item, std::size_t axis,
                            std::int64_t length)
{
    auto parts = split(item, ':');
    if (parts.size() > 3)
        return bad(whole, fmt::format("\"{}\" has more than start:end:step", displayText(item, 40)));
    std::optional<std::int64_t> numbers[3];
    for (std::size_t i = 0; i < parts.size(); ++i) {
        numbers[i] = integer(parts[i]);
        if (!numbers[i] && (!parts[i].empty() || parts.size() == 1))
            return bad(whole,
                       fmt::format("expected a number or a range, found \"{}\"", displayText(item, 40)));
    }
    if (parts.size() == 1) {
        std::int64_t index = *numbers[0] < 0 ? *numbers[0] + length : *numbers[0];
        if (index < 0 || index >= length)
            return bad(whole, fmt::format("index {} is outside of dim {} with {} elements", *numbers[0], axis,
                                          length));
        return AxisSlice{index, 1, 1, true};
    }
    std::int64_t step = numbers[2].value_or(1);
    if (step == 0)
        return bad(whole, "a step cannot be 0");
    AxisSlice result{0, step, 0, false};
    if (step > 0) {
        result.start = bound(numbers[0].value_or(0), length, 0, length);
        std::int64_t end = bound(numbers[1].value_or(length), length, 0, length);
        result.extent = end > result.start ? (end - result.start - 1) / step + 1 : 0;
    } else {
        // A negative end is counted from the back; one that is left out lies before the first element.
        result.start = bound(numbers[0].value_or(length - 1), length, -1, length - 1);
        std::int64_t end = numbers[1] ? bound(*numbers[1], length, -1, length - 1) : -1;
        std::int64_t back = step == INT64_MIN ? INT64_MAX : -step;
        result.extent = result.start > end ? (result.start - end - 1) / back + 1 : 0;
    }
    if (result.extent <= 1)
        result.step = 1; // not taken; a huge one would overflow
    return result;
}

// "..." stands for as many whole axes as are not named.
Result<std::vector<AxisSlice>> axisSlices(std::string_view text, const Dims& dims)
{
    std::string_view inside = trimmed(text);
    if (inside.size() < 2 || inside.front() != '[' || inside.back() != ']')
        return bad(text, "expected [ … ]");
    inside = trimmed(inside.substr(1, inside.size() - 2));
    auto items = inside.empty() ? std::vector<std::string_view>() : split(inside, ',');
    auto dots = std::find(items.begin(), items.end(), "...");
    std::size_t named = items.size() - (dots != items.end() ? 1 : 0);
    if (named > dims.size())
        return bad(text,
                   fmt::format("{} indices for {} dims ({})", named, dims.size(), graph::dimsText(dims)));
    std::size_t at = static_cast<std::size_t>(dots - items.begin());
    if (dots != items.end())
        items.erase(dots);
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), dims.size() - named, ":");
    std::vector<AxisSlice> slices;
    for (std::size_t axis = 0; axis < dims.size(); ++axis)
        slices.push_back(TRY(axisSlice(text, items[axis], axis, dims[axis])));
    return slices;
}

// Calls copy(from, to, n) for runs of n elements that lie side by side, in row-major order of the result.
template<class Copy>
void copyRuns(const std::vector<AxisSlice>& slices, const Dims& dims, std::int64_t count, Copy&& copy)
{
    std::size_t outer = slices.size(); // axes before the run
    std::int64_t run = 1;
    while (outer > 0 && slices[outer - 1].step == 1 && slices[outer - 1].extent == dims[outer - 1])
        run *= dims[--outer];
    if (outer > 0 && slices[outer - 1].step == 1)
        run *= slices[--outer].extent;
    std::vector<std::int64_t> strides(slices.size(), 1);
    for (std::size_t axis = slices.size(); axis-- > 1;)
        strides[axis - 1] = strides[axis] * dims[axis];
    std::int64_t from = 0;
    for (std::size_t axis = 0; axis < slices.size(); ++axis)
        from += slices[axis].start * strides[axis];
    std::vector<std::int64_t> index(outer, 0);
    for (std::int64_t to = 0; to < count; to += run) {
        copy(from, to, run);
        for (std::size_t axis = outer; axis-- > 0;) {
            std::int64_t stride = slices[axis].step * strides[axis];
            if (++index[axis] < slices[axis].extent) {
                from += stride;
                break;
            }
            from -= stride * (slices[axis].extent - 1);
            index[axis] = 0;
        }
    }
}

void copyNibble(const Tensor& from, std::int64_t at, Tensor& to, std::int64_t target)
{
    auto pair = static_cast<unsigned>(from.bytes()[at / 2]);
    unsigned nibble = at % 2 == 0 ? pair & 0xf : pair >> 4;
    std::byte& out = to.mutableBytes()[target / 2];
    out = target % 2 == 0 ? std::byte(nibble) : out | std::byte(nibble << 4);
}

} // namespace

Result<Tensor> slice(const Tensor& tensor, std::string_view text)
{
    auto slices = TRY(axisSlices(text, tensor.dims()));
    bool strings = tensor.type() == DataType::String;
    if (!tensor.defined() || (!strings && tensor.bytes() == nullptr && tensor.byteSize() > 0))
        return bad(text, "the tensor's elements are not there");
    Dims dims;
    for (const AxisSlice& axis : slices)
        if (!axis.dropped)
            dims.push_back(axis.extent);
    Tensor result = TRY(Tensor::allocate(tensor.type(), dims));
    std::int64_t count = result.elementCount();
    if (strings) {
        copyRuns(slices, tensor.dims(), count, [&](std::int64_t from, std::int64_t to, std::int64_t n) {
            std::copy_n(tensor.strings().begin() + from, n, result.mutableStrings().begin() + to);
        });
        return result;
    }
    std::size_t unit = graph::elementBytes(tensor.type());
    copyRuns(slices, tensor.dims(), count, [&](std::int64_t from, std::int64_t to, std::int64_t n) {
        if (unit > 0)
            std::memcpy(result.mutableBytes() + static_cast<std::size_t>(to) * unit,
                        tensor.bytes() + static_cast<std::size_t>(from) * unit,
                        static_cast<std::size_t>(n) * unit);
        else
            for (std::int64_t i = 0; i < n; ++i)
                copyNibble(tensor, from + i, result, to + i);
    });
    return result;
}

} // namespace orrery::debug
