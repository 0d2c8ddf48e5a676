// SPDX-License-Identifier: Apache-2.0
//
// For each value, its edges in order, the ones from stubs last; for each edge, places on its pieces, the
// longest piece first, from its middle (of a very long one: from its beginning) outwards. The first place
// that is free is taken. Places are few, and what they could meet is found by the scene's index and a grid of
// labels, so the cost is linear in edges.
#include "views/canvas/edge_labels.h"

#include "views/canvas/graph_scene.h"

#include <QFontMetricsF>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <unordered_set>

namespace orrery::canvas {
namespace {

constexpr double padding = 3, clearance = 2;
constexpr double nearProducer = 120;  // along a long piece
constexpr std::size_t mostPieces = 4; // of one edge that are tried

// Rectangles by the cells of a coarse grid that they touch.
class Taken {
public:
    bool meets(const QRectF& rect) const
    {
        bool found = false;
        eachCell(rect, [&](std::uint64_t cell) {
            const auto at = m_cells.find(cell);
            found = found || (at != m_cells.end() &&
                              std::any_of(at->second.begin(), at->second.end(),
                                          [&](const QRectF& other) { return other.intersects(rect); }));
        });
        return found;
    }
    void add(const QRectF& rect)
    {
        eachCell(rect, [&](std::uint64_t cell) { m_cells[cell].push_back(rect); });
    }

private:
    template<class Visit>
    static void eachCell(const QRectF& rect, Visit visit)
    {
        auto index = [](double at) { return std::int64_t(std::floor(at / 128)); };
        for (std::int64_t y = index(rect.top()); y <= index(rect.bottom()); ++y)
            for (std::int64_t x = index(rect.left()); x <= index(rect.right()); ++x)
                visit((std::uint64_t(std::uint32_t(y)) << 32) | std::uint32_t(x));
    }
    std::unordered_map<std::uint64_t, std::vector<QRectF>> m_cells;
};

class LabelPlacer {
public:
    LabelPlacer(const GraphScene& scene, const theme::Theme& theme)
        : m_scene(scene)
        , m_metrics(theme.font(theme::FontRole::EdgeLabel))
    {}

    std::vector<QRectF> run()
    {
        const DisplayGraph& graph = m_scene.graph();
        std::vector<QRectF> result(graph.edges.size());
        std::vector<std::uint32_t> order(graph.edges.size());
        std::iota(order.begin(), order.end(), 0u);
        std::stable_partition(order.begin(), order.end(), [&](std::uint32_t e) {
            return graph.nodes[graph.edges[e].from].kind != NodeKind::Stub;
        });
        for (std::uint32_t g = 0; g < graph.groups.size(); ++g) {
            QRectF header = m_scene.groupRect(g);
            header.setHeight(m_scene.groupHeaderHeight());
            header.setWidth(std::min(header.width(), 40 + 8.0 * double(graph.groups[g].title.size())));
            m_taken.add(header);
        }
        std::unordered_set<std::uint64_t> labelled;
        for (std::uint32_t e : order) {
            const DisplayEdge& edge = graph.edges[e];
            if (edge.label.empty())
                continue;
            // The same value may also be one of several that a collapsed group makes: told apart by text.
            const std::uint64_t producer = (std::uint64_t(edge.from) << 16 | edge.fromPort) | 1ull << 63;
            const std::uint64_t value = (edge.key != noKey ? edge.key : producer) * 0x9e3779b97f4a7c15ull ^
                                        std::hash<std::string>{}(edge.label);
            if (labelled.contains(value))
                continue;
            result[e] = placeOf(e, sizeOf(edge.label));
            if (result[e].isNull())
                continue;
            labelled.insert(value);
            m_taken.add(result[e]);
        }
        return result;
    }

private:
    QSizeF sizeOf(const std::string& label)
    {
        auto [found, isNew] = m_sizes.try_emplace(label);
        if (isNew)
            found->second = {m_metrics.horizontalAdvance(QString::fromStdString(label)) + 2 * padding,
                             m_metrics.height()};
        return found->second;
    }

    bool isFree(const QRectF& rect)
    {
        const QRectF wider = rect.adjusted(-clearance, -clearance, clearance, clearance);
        if (m_taken.meets(wider))
            return false;
        m_hits.clear();
        m_scene.nodesIn(wider, m_hits);
        return m_hits.empty();
    }

    QRectF placeOf(std::uint32_t edge, QSizeF size)
    {
        const QPointF* points = m_scene.edgePoints(edge);
        const std::size_t count = m_scene.edgePointCount(edge);
        m_pieces.clear();
        auto isLine = [&](std::size_t a, std::size_t b) {
            return std::abs(points[b].x() - points[a].x()) < 0.5 ||
                   std::abs(points[b].y() - points[a].y()) < 0.5;
        };
        for (std::size_t first = 0, last; first + 1 < count; first = last) {
            last = first + 1;
            while (last + 1 < count && isLine(first, last) && isLine(first, last + 1))
                ++last;
            const QPointF along = points[last] - points[first];
            m_pieces.push_back({std::abs(along.x()) + std::abs(along.y()), first, last});
        }
        const std::size_t tried = std::min(mostPieces, m_pieces.size());
        std::partial_sort(m_pieces.begin(), m_pieces.begin() + std::ptrdiff_t(tried), m_pieces.end(),
                          [](const Piece& a, const Piece& b) {
                              return a.length != b.length ? a.length > b.length : a.first < b.first;
                          });
        for (std::size_t p = 0; p < tried; ++p) {
            const auto [length, from, to] = m_pieces[p];
            if (length < size.height())
                break;
            const QPointF along = points[to] - points[from];
            const bool straight = isLine(from, to);
            const double first = std::min(0.5, nearProducer / length);
            for (double t : std::array{first, 0.5, 0.3, 0.7, 0.12, 0.88}) {
                // A slanted piece is painted as a curve, which meets the line in its middle.
                const QPointF center = points[from] + along * (straight ? t : 0.5);
                const QRectF rect(center.x() - size.width() / 2, center.y() - size.height() / 2, size.width(),
                                  size.height());
                if (isFree(rect))
                    return rect;
                if (!straight)
                    break;
            }
        }
        return {};
    }

    struct Piece {
        double length;
        std::size_t first, last; // points
    };
    const GraphScene& m_scene;
    QFontMetricsF m_metrics;
    Taken m_taken;
    std::unordered_map<std::string, QSizeF> m_sizes;
    std::vector<std::uint32_t> m_hits;
    std::vector<Piece> m_pieces;
};

} // namespace

std::vector<QRectF> placeEdgeLabels(const GraphScene& scene, const theme::Theme& theme)
{
    return LabelPlacer(scene, theme).run();
}

} // namespace orrery::canvas
