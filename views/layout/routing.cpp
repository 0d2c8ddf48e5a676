// SPDX-License-Identifier: Apache-2.0
//
// Routing: the polyline of every edge. Between ranks lines are straight; on a rank they pass vertically
// through their dummies, so no line crosses a box. Long edges leave below their producer, run down a lane to
// the right of everything they pass, and come back above their consumer; edges that close a cycle run up a
// lane to the left. Shorter lanes are assigned first and so lie further in. Where several lines end at a box,
// their ends are spread in the order in which they arrive.
#include "views/layout/lanes.h"
#include "views/layout/layering.h"

#include <cmath>
#include <unordered_map>

namespace orrery::layout {
namespace {

constexpr double laneGap = 12;
constexpr double portGap = 12;

class Router {
public:
    Router(const Level& level, const Layering& state)
        : m_level(level)
        , m_state(state)
        , m_lane(level.edges.size(), 0)
        , m_laneNumber(level.edges.size(), 0)
        , m_fromOffset(level.edges.size(), 0)
        , m_toOffset(level.edges.size(), 0)
    {}

    LevelResult run()
    {
        assignLanes(EdgeRoute::Channel);
        assignLanes(EdgeRoute::Back);
        spreadEnds();
        LevelResult result;
        const std::size_t n = m_level.boxes.size();
        result.centers.resize(n);
        for (std::size_t box = 0; box < n; ++box) {
            const std::uint32_t rank = m_state.rank[box];
            result.centers[box] = {m_state.x[box], (m_state.rankTop[rank] + m_state.rankBottom[rank]) / 2};
        }
        result.edgeStart.assign(1, 0);
        result.edgeStart.reserve(m_level.edges.size() + 1);
        result.backEdge.resize(m_level.edges.size());
        result.points.reserve(m_level.edges.size() * 3 + 2 * m_state.dummies.size());
        for (std::uint32_t edge = 0; edge < m_level.edges.size(); ++edge) {
            route(edge, result);
            result.edgeStart.push_back(std::uint32_t(result.points.size()));
            result.backEdge[edge] = m_state.route[edge] == EdgeRoute::Back;
        }
        return result;
    }

private:
    std::uint32_t rankOf(std::uint32_t box) const { return m_state.rank[box]; }

    void assignLanes(EdgeRoute kind)
    {
        struct Lane {
            std::uint32_t first, last;
            std::vector<std::uint32_t> edges;
        };
        std::vector<Lane> lanes;
        std::unordered_map<std::uint64_t, std::size_t> laneOfNet;
        for (std::uint32_t e = 0; e < m_level.edges.size(); ++e) {
            if (m_state.route[e] != kind)
                continue;
            const auto& edge = m_level.edges[e];
            const bool back = kind == EdgeRoute::Back;
            const std::uint32_t first = back ? rankOf(edge.to) : rankOf(edge.from) + 1;
            const std::uint32_t last = back ? rankOf(edge.from) : rankOf(edge.to) - 1;
            auto [found, isNew] =
                laneOfNet.try_emplace((std::uint64_t(edge.from) << 32) | edge.net, lanes.size());
            if (isNew)
                lanes.push_back({first, last, {}});
            Lane& lane = lanes[found->second];
            lane.first = std::min(lane.first, first);
            lane.last = std::max(lane.last, last);
            lane.edges.push_back(e);
        }
        if (lanes.empty())
            return;
        std::stable_sort(lanes.begin(), lanes.end(),
                         [](const Lane& a, const Lane& b) { return a.last - a.first < b.last - b.first; });
        const double side = kind == EdgeRoute::Back ? -1 : 1;
        std::vector<double> extents(m_state.rankCount, -1e300);
        for (std::uint32_t rank = 0; rank < m_state.rankCount; ++rank)
            for (std::uint32_t item : m_state.order[rank])
                extents[rank] = std::max(extents[rank], side * m_state.x[item] + m_state.width[item] / 2);
        Outline outline(extents);
        std::uint32_t number = 0;
        for (const Lane& lane : lanes) {
            const double x = outline.outermost(lane.first, lane.last) + laneGap;
            outline.raise(lane.first, lane.last, x);
            for (std::uint32_t e : lane.edges) {
                m_lane[e] = side * x;
                m_laneNumber[e] = number;
            }
            ++number;
        }
    }

    // Where an edge comes from or goes to, seen from its box.
    double lastX(std::uint32_t e) const
    {
        if (m_state.route[e] != EdgeRoute::Dummies)
            return m_lane[e];
        const auto& edge = m_level.edges[e];
        const std::uint32_t end = m_state.dummyStart[e + 1];
        return end > m_state.dummyStart[e] ? m_state.x[m_state.dummies[end - 1]]
                                           : m_state.x[edge.from] + (edge.fromFixed ? edge.fromOffset : 0);
    }
    double firstX(std::uint32_t e) const
    {
        if (m_state.route[e] != EdgeRoute::Dummies)
            return m_lane[e];
        const auto& edge = m_level.edges[e];
        const std::uint32_t start = m_state.dummyStart[e];
        return m_state.dummyStart[e + 1] > start ? m_state.x[m_state.dummies[start]]
                                                 : m_state.x[edge.to] + (edge.toFixed ? edge.toOffset : 0);
    }

    struct End {
        double wish;
        std::uint32_t edge, port;
    };

    // Gives the ends at one side of a box their offsets; ends of one port get the same.
    void spread(std::uint32_t box, std::vector<End>& ends, std::vector<double>& offsets)
    {
        std::stable_sort(ends.begin(), ends.end(),
                         [](const End& a, const End& b) { return a.port < b.port; });
        m_desired.clear();
        std::vector<End> ports;
        for (const End& end : ends)
            if (ports.empty() || ports.back().port != end.port)
                ports.push_back(end);
        if (ports.size() < 2)
            return;
        std::stable_sort(ports.begin(), ports.end(),
                         [](const End& a, const End& b) { return a.wish < b.wish; });
        const double reach = m_state.width[box] * 0.35;
        const double gap = std::min(portGap, 2 * reach / double(ports.size() - 1));
        for (const End& port : ports)
            m_desired.push_back(std::clamp(port.wish - m_state.x[box], -reach, reach));
        m_value.resize(ports.size());
        separate(m_desired, std::vector<double>(ports.size(), 1), std::vector<double>(ports.size(), gap),
                 m_value);
        // Pooling may push the outermost past the reach: move them back as one.
        const double over = std::max(0.0, m_value.back() - reach) - std::max(0.0, -reach - m_value.front());
        std::unordered_map<std::uint32_t, double> byPort;
        for (std::size_t i = 0; i < ports.size(); ++i)
            byPort[ports[i].port] = std::clamp(m_value[i] - over, -reach, reach);
        for (const End& end : ends)
            offsets[end.edge] = byPort[end.port];
    }

    void spreadEnds()
    {
        const auto& edges = m_level.edges;
        const std::size_t n = m_level.boxes.size();
        auto in = Adjacency::group(n, edges.size(), [&](std::size_t e) { return edges[e].to; });
        auto out = Adjacency::group(n, edges.size(), [&](std::size_t e) { return edges[e].from; });
        std::vector<End> ends;
        for (std::uint32_t box = 0; box < n; ++box) {
            ends.clear();
            for (std::uint32_t e : in.of(box))
                if (!edges[e].toFixed)
                    ends.push_back({lastX(e), e, e});
            if (ends.size() > 1)
                spread(box, ends, m_toOffset);
            ends.clear();
            for (std::uint32_t e : out.of(box))
                if (!edges[e].fromFixed)
                    ends.push_back({firstX(e), e, edges[e].net});
            if (ends.size() > 1)
                spread(box, ends, m_fromOffset);
        }
        for (std::size_t e = 0; e < edges.size(); ++e) {
            if (edges[e].fromFixed)
                m_fromOffset[e] = edges[e].fromOffset;
            if (edges[e].toFixed)
                m_toOffset[e] = edges[e].toOffset;
        }
    }

    // A height in the gap below the rank (or above the first); lanes differ in theirs.
    double gapBelow(std::int64_t rank, std::uint32_t number) const
    {
        const double place = (1 + number % 5) / 7.0;
        double gap = m_level.options.rankGap;
        if (rank < 0)
            return m_state.rankTop.front() - gap * place;
        const auto above = std::size_t(rank);
        if (above + 1 < m_state.rankCount)
            gap = std::min(gap, m_state.rankTop[above + 1] - m_state.rankBottom[above]);
        return m_state.rankBottom[above] + gap * place;
    }

    void route(std::uint32_t e, LevelResult& result) const
    {
        const auto& edge = m_level.edges[e];
        auto add = [&](double x, double y) {
            Point point{x, y};
            if (result.points.size() == result.edgeStart.back() || !(result.points.back() == point))
                result.points.push_back(point);
        };
        auto middle = [&](std::uint32_t box) {
            return (m_state.rankTop[rankOf(box)] + m_state.rankBottom[rankOf(box)]) / 2;
        };
        const double fromX = m_state.x[edge.from] + m_fromOffset[e], toX = m_state.x[edge.to] + m_toOffset[e];
        const double startY = middle(edge.from) + m_level.boxes[edge.from].height / 2;
        const double endY = middle(edge.to) - m_level.boxes[edge.to].height / 2;
        add(fromX, startY);
        add(fromX, m_state.rankBottom[rankOf(edge.from)]);
        if (m_state.route[e] == EdgeRoute::Dummies) {
            for (std::uint32_t d = m_state.dummyStart[e]; d < m_state.dummyStart[e + 1]; ++d) {
                const std::uint32_t item = m_state.dummies[d];
                add(m_state.x[item], m_state.rankTop[m_state.rank[item]]);
                add(m_state.x[item], m_state.rankBottom[m_state.rank[item]]);
            }
        } else {
            const double leaveY = gapBelow(rankOf(edge.from), m_laneNumber[e]);
            const double arriveY = gapBelow(std::int64_t(rankOf(edge.to)) - 1, m_laneNumber[e]);
            add(fromX, leaveY);
            add(m_lane[e], leaveY);
            add(m_lane[e], arriveY);
            add(toX, arriveY);
        }
        add(toX, m_state.rankTop[rankOf(edge.to)]);
        if (result.points.size() - result.edgeStart.back() < 2)
            result.points.push_back({toX, endY});
        else
            add(toX, endY);
    }

    const Level& m_level;
    const Layering& m_state;
    std::vector<double> m_lane;
    std::vector<std::uint32_t> m_laneNumber;
    std::vector<double> m_fromOffset, m_toOffset;
    std::vector<double> m_desired, m_value;
};

} // namespace

LevelResult routeEdges(const Level& level, const Layering& state) { return Router(level, state).run(); }

} // namespace orrery::layout
