// SPDX-License-Identifier: Apache-2.0
#include "views/layout/layout_protocol.h"

#include "engine/base/byte_reader.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace orrery::layout {
namespace {

constexpr double farthest = 1e7;
constexpr std::size_t maxPointsPerEdge = 4096;
enum class Status : std::uint8_t { Done = 0, Refused = 1 };

Error bad(std::string message) { return {ErrorCode::BadFile, std::move(message), "layout frame"}; }

std::vector<std::byte> frame(std::uint32_t magic, const ByteWriter& payload)
{
    ByteWriter whole;
    whole.fixed(magic);
    whole.fixed(std::uint32_t(payload.size()));
    whole.raw(payload.bytes().data(), payload.size());
    return whole.release();
}

bool sane(double value) { return std::isfinite(value) && std::abs(value) <= farthest; }

// No two boxes may share more than a rim: sweep from top to bottom over those whose heights meet.
bool boxesOverlap(const Level& level, const std::vector<Point>& centers)
{
    struct Span {
        double top, bottom, left, right;
    };
    std::vector<Span> spans;
    for (std::size_t i = 0; i < centers.size(); ++i) {
        const Size size = level.boxes[i];
        if (size.width > 0 && size.height > 0)
            spans.push_back({centers[i].y - size.height / 2, centers[i].y + size.height / 2,
                             centers[i].x - size.width / 2, centers[i].x + size.width / 2});
    }
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.top < b.top; });
    std::vector<Span> open;
    for (const Span& span : spans) {
        std::erase_if(open, [&](const Span& other) { return other.bottom <= span.top + 1; });
        for (const Span& other : open)
            if (span.left + 1 < other.right && other.left + 1 < span.right)
                return true;
        open.push_back(span);
    }
    return false;
}

// Moves everything to start at 0, 0 and sets the size.
void settle(const Level& level, LevelResult& result)
{
    double left = 1e300, top = 1e300, right = -1e300, bottom = -1e300;
    auto cover = [&](Point at, double halfWidth, double halfHeight) {
        left = std::min(left, at.x - halfWidth);
        right = std::max(right, at.x + halfWidth);
        top = std::min(top, at.y - halfHeight);
        bottom = std::max(bottom, at.y + halfHeight);
    };
    for (std::size_t i = 0; i < result.centers.size(); ++i)
        cover(result.centers[i], level.boxes[i].width / 2, level.boxes[i].height / 2);
    for (const Point& point : result.points)
        cover(point, 0, 0);
    if (left > right)
        return;
    for (auto* points : {&result.centers, &result.points})
        for (Point& point : *points)
            point = {point.x - left, point.y - top};
    result.size = {right - left, bottom - top};
}

} // namespace

std::vector<std::byte> encodeRequest(const Level& level)
{
    ByteWriter out;
    out.fixed(level.options.direction);
    out.fixed(level.options.nodeGap);
    out.fixed(level.options.rankGap);
    out.varint(level.boxes.size());
    for (std::size_t i = 0; i < level.boxes.size(); ++i) {
        out.fixed(level.boxes[i].width);
        out.fixed(level.boxes[i].height);
        out.fixed(level.kinds[i]);
    }
    out.varint(level.edges.size());
    for (const Level::Edge& edge : level.edges) {
        out.varint(edge.from);
        out.varint(edge.to);
        out.fixed(edge.fromOffset);
        out.fixed(edge.toOffset);
        out.fixed(edge.fromFixed);
        out.fixed(edge.toFixed);
    }
    return frame(requestMagic, out);
}

std::vector<std::byte> encodeReply(const LevelResult& result)
{
    ByteWriter out;
    out.fixed(Status::Done);
    out.varint(result.centers.size());
    for (const Point& point : result.centers) {
        out.fixed(point.x);
        out.fixed(point.y);
    }
    out.varint(result.backEdge.size());
    for (std::size_t e = 0; e < result.backEdge.size(); ++e) {
        out.varint(result.edgeStart[e + 1] - result.edgeStart[e]);
        for (std::uint32_t p = result.edgeStart[e]; p < result.edgeStart[e + 1]; ++p) {
            out.fixed(result.points[p].x);
            out.fixed(result.points[p].y);
        }
    }
    return frame(replyMagic, out);
}

std::vector<std::byte> encodeRefusal()
{
    ByteWriter out;
    out.fixed(Status::Refused);
    return frame(replyMagic, out);
}

Result<std::size_t> decodeHeader(std::span<const std::byte> header, std::uint32_t magic)
{
    ByteReader in(header);
    const auto found = in.fixed<std::uint32_t>();
    const auto length = in.fixed<std::uint32_t>();
    if (in.failed() || found != magic)
        return bad("expected the magic " + std::to_string(magic) + ", found " + std::to_string(found));
    if (length > maxFrameBytes)
        return bad("expected at most " + std::to_string(maxFrameBytes) + " bytes, found " +
                   std::to_string(length));
    return std::size_t(length);
}

Result<Level> decodeRequest(std::span<const std::byte> payload)
{
    ByteReader in(payload);
    Level level;
    const auto direction = in.fixed<std::uint8_t>();
    if (direction > std::uint8_t(Direction::LeftToRight))
        return bad("expected a direction, found " + std::to_string(direction));
    level.options.direction = Direction(direction);
    level.options.nodeGap = in.fixed<double>();
    level.options.rankGap = in.fixed<double>();
    if (!sane(level.options.nodeGap) || !sane(level.options.rankGap))
        return bad("a gap is not a distance");
    const std::size_t boxes = in.count(17);
    level.boxes.resize(boxes);
    level.kinds.resize(boxes);
    for (std::size_t i = 0; i < boxes; ++i) {
        level.boxes[i].width = in.fixed<double>();
        level.boxes[i].height = in.fixed<double>();
        const auto kind = in.fixed<std::uint8_t>();
        if (kind > std::uint8_t(Level::Box::Exit))
            return bad("box " + std::to_string(i) + " has the unknown kind " + std::to_string(kind));
        level.kinds[i] = Level::Box(kind);
        if (!sane(level.boxes[i].width) || !sane(level.boxes[i].height) || level.boxes[i].width < 0 ||
            level.boxes[i].height < 0)
            return bad("box " + std::to_string(i) + " has no size");
    }
    level.edges.resize(in.count(20));
    for (std::size_t e = 0; e < level.edges.size(); ++e) {
        Level::Edge& edge = level.edges[e];
        const std::uint64_t from = in.varint(), to = in.varint();
        if (from >= boxes || to >= boxes)
            return bad("edge " + std::to_string(e) + " ends at a box that does not exist");
        edge.from = std::uint32_t(from);
        edge.to = std::uint32_t(to);
        edge.fromOffset = in.fixed<double>();
        edge.toOffset = in.fixed<double>();
        edge.fromFixed = in.fixed<std::uint8_t>();
        edge.toFixed = in.fixed<std::uint8_t>();
        if (!sane(edge.fromOffset) || !sane(edge.toOffset))
            return bad("edge " + std::to_string(e) + " has a port that is no place");
    }
    if (in.failed() || !in.atEnd())
        return bad("the request ends at byte " + std::to_string(in.position()) + " of " +
                   std::to_string(payload.size()));
    return level;
}

Result<LevelResult> decodeReply(std::span<const std::byte> payload, const Level& level)
{
    ByteReader in(payload);
    if (in.fixed<std::uint8_t>() != std::uint8_t(Status::Done))
        return bad("the helper did not lay this level out");
    LevelResult result;
    if (const std::size_t count = in.count(16); count != level.boxes.size())
        return bad("expected " + std::to_string(level.boxes.size()) + " boxes, found " +
                   std::to_string(count));
    result.centers.resize(level.boxes.size());
    for (Point& point : result.centers) {
        point.x = in.fixed<double>();
        point.y = in.fixed<double>();
        if (!sane(point.x) || !sane(point.y))
            return bad("a box is not at a place");
    }
    if (const std::size_t count = in.count(1); count != level.edges.size())
        return bad("expected " + std::to_string(level.edges.size()) + " edges, found " +
                   std::to_string(count));
    result.edgeStart.assign(1, 0);
    result.backEdge.assign(level.edges.size(), 0);
    for (std::size_t e = 0; e < level.edges.size(); ++e) {
        const std::size_t points = in.count(16);
        if (points < 2 || points > maxPointsPerEdge)
            return bad("edge " + std::to_string(e) + " has " + std::to_string(points) + " points");
        for (std::size_t p = 0; p < points; ++p) {
            Point point{in.fixed<double>(), in.fixed<double>()};
            if (!sane(point.x) || !sane(point.y))
                return bad("edge " + std::to_string(e) + " leads nowhere");
            result.points.push_back(point);
        }
        result.edgeStart.push_back(std::uint32_t(result.points.size()));
    }
    if (in.failed() || !in.atEnd())
        return bad("the reply ends at byte " + std::to_string(in.position()) + " of " +
                   std::to_string(payload.size()));
    if (boxesOverlap(level, result.centers))
        return bad("two boxes overlap");
    settle(level, result);
    return result;
}

} // namespace orrery::layout
