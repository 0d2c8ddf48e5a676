// SPDX-License-Identifier: Apache-2.0
#include "views/timeline/columns.h"

#include <algorithm>
#include <cmath>

namespace orrery::timeline {
namespace {

constexpr double leastEdgeWidth = 4; // device pixels: a narrower event has no visible end
constexpr std::int64_t touchesPerPixel = 256;
constexpr double detailWidth = 1.5; // a group that is wider is worth decoding

double lengthOf(std::int64_t begin, std::int64_t end)
{
    return double(std::uint64_t(end) - std::uint64_t(begin));
}

} // namespace

PixelScale scaleOf(const TimeAxis& axis, double ratio)
{
    return {axis, ratio, std::max(1, int(std::ceil(axis.width() * ratio)))};
}

const SpanChunk* DetailUse::ops(std::uint32_t chunk)
{
    if (m_ops.size() >= chunksMaximum && !m_ops.contains(chunk))
        return nullptr;
    const bool isNew = m_ops.insert(chunk).second;
    const auto found = m_detail.ops.find(chunk);
    if (found != m_detail.ops.end())
        return found->second.get();
    if (isNew)
        m_wanted.ops.push_back(chunk);
    return nullptr;
}

const std::vector<LevelPoint>* DetailUse::live(const LevelNode& group)
{
    if (m_live.size() >= chunksMaximum && !m_live.contains(group.chunk))
        return nullptr;
    m_live.insert(group.chunk);
    const auto found = m_detail.live.find(group.chunk);
    if (found != m_detail.live.end())
        return found->second.get();
    m_wanted.live.try_emplace(group.chunk, group.chunkBefore);
    return nullptr;
}

void SpanColumns::reset(const PixelScale& scale)
{
    m_scale = scale;
    const TimeRange seen = scale.axis.visible();
    m_begin = seen.begin;
    m_end = seen.end;
    m_left = touchesPerPixel * scale.width;
    m_columns.assign(std::size_t(scale.width), {});
    m_labels.clear();
}

void SpanColumns::add(const SpanNode& node)
{
    const double x0 = m_scale.xOf(node.begin), x1 = m_scale.xOf(node.end);
    const double width = m_scale.width;
    if (x1 < 0 || x0 >= width)
        return;
    const double length = lengthOf(node.begin, node.end);
    const double density = length > 0 ? std::min(1.0, double(node.coveredNs) / length) : 0;
    const int first = int(std::max(x0, 0.0));
    const int last = std::max(first, int(std::ceil(std::min(x1, width))) - 1);
    m_left -= last - first + 1;
    if (m_left < 0)
        return;
    for (int x = first; x <= last; ++x) {
        SpanColumn& column = m_columns[std::size_t(x)];
        const double overlap = std::min(x1, x + 1.0) - std::max(x0, double(x));
        column.covered += float(std::max(0.0, overlap) * density);
        column.count += node.count;
        if (node.topNs > column.topNs) {
            column.topNs = node.topNs;
            column.topBegin = node.topBegin;
            column.top = node.top;
            column.flags = node.flags;
        }
    }
    if (!node.isOne())
        return;
    if (x1 - x0 >= leastEdgeWidth && x1 <= width)
        m_columns[std::size_t(last)].edge = true;
    if (x1 - x0 >= leastLabelWidth * m_scale.ratio)
        m_labels.push_back({float(x0), float(x1), node.top, node.flags});
}

void SpanColumns::add(const SpanTree& tree, const LaneKey& lane, DetailUse& detail)
{
    tree.visit(m_begin, m_end, m_scale.nsPerPixel(), [&](const SpanNode& node, bool isLeaf) {
        const bool fine = isLeaf && !node.isOne() && node.chunk != noChunk &&
                          lengthOf(node.begin, node.end) > detailWidth * m_scale.nsPerPixel();
        const SpanChunk* chunk = fine ? detail.ops(node.chunk) : nullptr;
        if (chunk == nullptr) {
            add(node);
            return;
        }
        for (const SpanEvent& event : eventsOf(*chunk, lane, node))
            if (event.ts <= m_end && event.end() >= m_begin)
                add({event.ts, event.end(), event.dur, event.ts, event.dur, event.node, 1});
    });
}

void LevelColumns::reset(const PixelScale& scale)
{
    m_scale = scale;
    const TimeRange seen = scale.axis.visible();
    m_begin = seen.begin;
    m_end = seen.end;
    m_left = touchesPerPixel * scale.width;
    m_known = false;
    m_x = 0;
    m_columns.assign(std::size_t(scale.width), {});
}

void LevelColumns::put(double x, double least, double most)
{
    if (x < 0 || x >= m_scale.width)
        return;
    LevelColumn& column = m_columns[std::size_t(x)];
    const bool fresh = column.least > column.most;
    column.least = fresh ? float(least) : std::min(column.least, float(least));
    column.most = fresh ? float(most) : std::max(column.most, float(most));
}

void LevelColumns::hold(double x)
{
    if (m_known)
        for (double at = std::max(0.0, std::floor(m_x)); at <= x && at < m_scale.width; ++at)
            put(at, m_value, m_value);
    m_x = std::max(m_x, x);
}

void LevelColumns::add(const LevelTree& tree, DetailUse& detail)
{
    if (tree.empty())
        return;
    if (tree.root().end < m_begin) { // all before what is seen
        m_known = true;
        m_value = tree.leaves().back().last;
        return;
    }
    if (tree.root().begin > m_end)
        return;
    // What holds at the left edge.
    const auto& leaves = tree.leaves();
    const auto after = std::upper_bound(leaves.begin(), leaves.end(), m_begin,
                                        [](std::int64_t ts, const LevelNode& node) { return ts < node.end; });
    if (after != leaves.begin()) {
        m_known = true;
        m_value = (after - 1)->last;
    }
    tree.visit(m_begin, m_end, m_scale.nsPerPixel(), [&](const LevelNode& node, bool isLeaf) {
        const double x0 = m_scale.xOf(node.begin), x1 = m_scale.xOf(node.end);
        const bool fine = isLeaf && node.count > 1 && node.chunk != noChunk && x1 - x0 > detailWidth;
        const std::vector<LevelPoint>* decoded = fine ? detail.live(node) : nullptr;
        hold(x0);
        m_known = true;
        if (decoded != nullptr) {
            const auto& points = *decoded;
            const std::size_t last = std::min<std::size_t>(node.first + node.count, points.size());
            for (std::size_t i = node.first; i < last; ++i) {
                const double x = m_scale.xOf(points[i].ts);
                hold(x);
                put(x, std::min(m_value, points[i].value), std::max(m_value, points[i].value));
                m_value = points[i].value;
            }
            return;
        }
        for (double x = std::max(0.0, std::floor(x0)); x <= x1 && x < m_scale.width && --m_left > 0; ++x)
            put(x, node.least, node.most);
        m_x = std::max(m_x, x1);
        m_value = node.last;
    });
}

void LevelColumns::finish(std::int64_t knownUntil) { hold(m_scale.xOf(knownUntil)); }

} // namespace orrery::timeline
