// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/slice_view.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace orrery::tensor_view {
namespace {

using graph::Dims;

Error wrong(std::string message) { return {ErrorCode::Usage, std::move(message), "slice"}; }

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split(std::string_view text, char at)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(at);
        parts.push_back(trimmed(text.substr(0, end)));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

Result<std::int64_t> number(std::string_view text)
{
    std::int64_t value = 0;
    if (text.starts_with('+'))
        text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return wrong(fmt::format("expected an integer, found \"{}\"", displayText(text, 40)));
    return value;
}

struct Bounds {
    std::int64_t start, step, count;
};

// NumPy's rules: negative counts from the end, what lies outside is clamped.
Result<Bounds> bounds(const std::vector<std::string_view>& parts, std::int64_t dim)
{
    if (parts.size() > 3)
        return wrong("a range has at most a start, an end and a step: 2:5:1");
    std::int64_t step = 1;
    if (parts.size() == 3 && !parts[2].empty())
        step = TRY(number(parts[2]));
    if (step == 0 || step == std::numeric_limits<std::int64_t>::min())
        return wrong("the step of a range must not be 0");
    const std::int64_t low = step > 0 ? 0 : -1;
    const std::int64_t high = step > 0 ? dim : dim - 1;
    auto place = [&](std::string_view text, std::int64_t absent) -> Result<std::int64_t> {
        if (text.empty())
            return absent;
        const std::int64_t value = TRY(number(text));
        return std::clamp(value < 0 ? std::max(value, -dim - 1) + dim : value, low, high);
    };
    const std::int64_t start = TRY(place(parts[0], step > 0 ? low : high));
    const std::int64_t end = TRY(place(parts[1], step > 0 ? high : low));
    const std::int64_t way = step > 0 ? end - start : start - end;
    const std::int64_t stride = step > 0 ? step : -step;
    return Bounds{start, step, way > 0 ? (way - 1) / stride + 1 : 0};
}

} // namespace

SliceView::SliceView(Dims dims)
    : m_dims(std::move(dims))
{
    for (std::int64_t dim : m_dims)
        m_axes.push_back({0, 1, dim});
    if (rank() == 1)
        m_rowAxis = 0;
    else if (rank() > 1) {
        m_rowAxis = rank() - 2;
        m_columnAxis = rank() - 1;
    }
    update();
}

Result<SliceView> SliceView::parse(std::string_view text, const Dims& dims)
{
    text = trimmed(text);
    if (text.starts_with('[') != text.ends_with(']'))
        return wrong("brackets do not match");
    if (text.starts_with('['))
        text = trimmed(text.substr(1, text.size() - 2));
    std::vector<std::string_view> parts;
    if (!text.empty())
        parts = split(text, ',');
    if (const auto dots = std::find(parts.begin(), parts.end(), "..."); dots != parts.end()) {
        const std::size_t given = parts.size() - 1;
        if (given > dims.size() || std::find(dots + 1, parts.end(), "...") != parts.end())
            return wrong(fmt::format("too many parts for {} axes", dims.size()));
        parts.insert(parts.erase(dots), dims.size() - given, ":");
    }
    if (parts.size() > dims.size())
        return wrong(fmt::format("expected at most {} parts, one for each axis of {}, found {}", dims.size(),
                                 graph::dimsText(dims), parts.size()));
    parts.resize(dims.size(), ":");

    SliceView view(dims);
    view.m_rowAxis = view.m_columnAxis = -1;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (parts[i].find(':') == std::string_view::npos) {
            const std::int64_t given = TRY(number(parts[i]));
            const std::int64_t index = given < 0 && given >= -dims[i] ? given + dims[i] : given;
            if (index < 0 || index >= dims[i])
                return wrong(fmt::format("index {} is outside of axis {}, which has {}", given, i, dims[i]));
            view.m_axes[i] = {index, 1, 1};
            continue;
        }
        const Bounds range = TRY(bounds(split(parts[i], ':'), dims[i]));
        view.m_axes[i] = {range.start, range.step, range.count};
        if (view.m_rowAxis < 0)
            view.m_rowAxis = int(i);
        else if (view.m_columnAxis < 0)
            view.m_columnAxis = int(i);
        else {
            Range& outer = view.m_axes[std::size_t(view.m_rowAxis)];
            outer = {std::clamp<std::int64_t>(
                         outer.start, 0, std::max<std::int64_t>(0, dims[std::size_t(view.m_rowAxis)] - 1)),
                     1, 1};
            view.m_rowAxis = view.m_columnAxis;
            view.m_columnAxis = int(i);
        }
    }
    view.update();
    return view;
}

std::string SliceView::rangeText(std::size_t axis) const
{
    const Range& range = m_axes[axis];
    if (range.step == 1 && range.start == 0 && range.count == m_dims[axis])
        return ":";
    const std::int64_t end = range.start + range.count * range.step;
    std::string text = fmt::format("{}:", range.start);
    if (end >= 0)
        text += std::to_string(end);
    return range.step == 1 ? text : text + ":" + std::to_string(range.step);
}

std::string SliceView::text() const
{
    std::string text;
    for (std::size_t i = 0; i < m_dims.size(); ++i) {
        text += i == 0 ? "" : ", ";
        const bool isFree = int(i) == m_rowAxis || int(i) == m_columnAxis;
        text += isFree ? rangeText(i) : std::to_string(m_axes[i].start);
    }
    return "[" + text + "]";
}

void SliceView::setAxis(int& mine, int& other, int axis)
{
    if (axis == mine || axis >= rank())
        return;
    if (axis >= 0 && axis == other)
        std::swap(mine, other);
    else {
        if (mine >= 0)
            m_axes[std::size_t(mine)] = {0, 1, 1};
        mine = axis;
        if (axis >= 0)
            m_axes[std::size_t(axis)] = {0, 1, m_dims[std::size_t(axis)]};
    }
    update();
}

void SliceView::setRowAxis(int axis) { setAxis(m_rowAxis, m_columnAxis, axis); }
void SliceView::setColumnAxis(int axis) { setAxis(m_columnAxis, m_rowAxis, axis); }

void SliceView::setIndex(int axis, std::int64_t index)
{
    if (axis < 0 || axis >= rank() || axis == m_rowAxis || axis == m_columnAxis)
        return;
    const std::int64_t last = std::max<std::int64_t>(0, m_dims[std::size_t(axis)] - 1);
    m_axes[std::size_t(axis)] = {std::clamp<std::int64_t>(index, 0, last), 1, 1};
    update();
}

SliceView SliceView::transposed() const
{
    SliceView other = *this;
    std::swap(other.m_rowAxis, other.m_columnAxis);
    other.update();
    return other;
}

std::int64_t SliceView::rows() const
{
    if (std::find(m_dims.begin(), m_dims.end(), 0) != m_dims.end())
        return 0;
    return m_rowAxis < 0 ? 1 : m_axes[std::size_t(m_rowAxis)].count;
}

std::int64_t SliceView::columns() const
{
    if (std::find(m_dims.begin(), m_dims.end(), 0) != m_dims.end())
        return 0;
    return m_columnAxis < 0 ? 1 : m_axes[std::size_t(m_columnAxis)].count;
}

std::int64_t SliceView::indexAt(int axis, std::int64_t place) const
{
    if (axis < 0)
        return 0;
    const Range& range = m_axes[std::size_t(axis)];
    return range.start + place * range.step;
}

Cell SliceView::reveal(std::int64_t flatIndex)
{
    Cell cell;
    for (std::size_t i = m_dims.size(); i-- > 0;) {
        if (m_dims[i] == 0)
            return {};
        const std::int64_t at = flatIndex % m_dims[i];
        flatIndex /= m_dims[i];
        Range& range = m_axes[i];
        if (int(i) != m_rowAxis && int(i) != m_columnAxis) {
            range = {at, 1, 1};
            continue;
        }
        std::int64_t place = (at - range.start) / range.step;
        if (range.start + place * range.step != at || place < 0 || place >= range.count) {
            range = {0, 1, m_dims[i]};
            place = at;
        }
        (int(i) == m_rowAxis ? cell.row : cell.column) = place;
    }
    update();
    return cell;
}

void SliceView::update()
{
    m_base = m_rowStride = m_columnStride = 0;
    if (rows() == 0 || columns() == 0) // the other dims may be anything then
        return;
    std::int64_t stride = 1;
    for (std::size_t i = m_dims.size(); i-- > 0;) {
        m_base += m_axes[i].start * stride;
        if (int(i) == m_rowAxis)
            m_rowStride = m_axes[i].step * stride;
        if (int(i) == m_columnAxis)
            m_columnStride = m_axes[i].step * stride;
        stride *= m_dims[i];
    }
}

} // namespace orrery::tensor_view
