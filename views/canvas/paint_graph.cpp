// SPDX-License-Identifier: Apache-2.0
//
// One frame, from back to front: canvas, group frames, edges, nodes, then what is about the moment
// (highlighted edges, labels, rings, marks). Cost is kept to what is visible, by the scene's indices, and to
// what can be told apart, by the level of detail: sprites instead of rounded shapes, one batch of plain lines
// instead of curves, and at last pixels written straight into an image.
#include "views/canvas/paint_graph.h"

#include "views/canvas/edge_painter.h"
#include "views/canvas/node_geometry.h"
#include "views/canvas/node_painter.h"

#include <QFontMetricsF>
#include <QImage>
#include <QPaintDevice>

#include <algorithm>
#include <cmath>

namespace orrery::canvas {
namespace {

using theme::FontRole;
using theme::Role;
using theme::Theme;

class FramePainter {
public:
    FramePainter(QPainter& painter, const GraphScene& scene, const Theme& theme, const PaintState& state,
                 Quality quality, SpriteCache* cache)
        : m_painter(painter)
        , m_scene(scene)
        , m_theme(theme)
        , m_state(state)
        , m_view{state.zoom, state.offset}
        , m_cache(quality == Quality::Interactive ? cache : nullptr)
        , m_hasOverlay(scene.graph().legend.shown())
        , m_detail(quality == Quality::Export ? Detail::Full : detailAt(state.zoom))
        , m_interactive(quality == Quality::Interactive)
        , m_ratio(painter.device()->devicePixelRatioF())
        , m_area((state.viewport.topLeft() - state.offset) / state.zoom, state.viewport.size() / state.zoom)
    {
        // Rings, badges and stacked cards reach a little over a node's rectangle.
        const QRectF wider = m_area.adjusted(-12, -12, 12, 12);
        scene.nodesIn(wider, m_nodes);
        scene.edgesIn(wider, m_edges);
    }

    void paint()
    {
        m_painter.save();
        m_painter.setClipRect(m_state.viewport);
        paintCanvas();
        paintGroups();
        const bool smooth =
            !m_interactive || (m_edges.size() <= smoothEdgeLimit && m_detail >= Detail::Shapes);
        paintEdges(m_painter, m_scene, m_theme, m_view, m_edges,
                   smooth ? EdgeStyle::Curves : EdgeStyle::Lines);
        if (m_detail == Detail::Pixels)
            paintPixels();
        else
            paintNodes();
        paintAttention();
        if (m_detail == Detail::Full && (!m_interactive || m_edges.size() <= smoothEdgeLimit))
            paintEdgeLabels(m_painter, m_scene, m_theme, m_view, m_edges, m_state.viewport);
        paintRings();
        m_painter.restore();
    }

private:
    const DisplayNode& node(std::uint32_t i) const { return m_scene.graph().nodes[i]; }

    void paintCanvas()
    {
        m_painter.fillRect(m_state.viewport, m_theme.color(Role::Canvas));
        constexpr double step = 32;
        if (!m_interactive || m_view.zoom < 0.45)
            return;
        const double x0 = std::floor(m_area.left() / step) * step,
                     y0 = std::floor(m_area.top() / step) * step;
        std::vector<QPointF> dots;
        for (double y = y0; y < m_area.bottom(); y += step)
            for (double x = x0; x < m_area.right(); x += step)
                dots.push_back(m_view.map(QPointF(x, y)));
        m_painter.setRenderHint(QPainter::Antialiasing, false);
        m_painter.setPen(QPen(m_theme.color(Role::CanvasDots), 2));
        m_painter.drawPoints(dots.data(), int(dots.size()));
    }

    void paintGroups()
    {
        const auto& groups = m_scene.graph().groups;
        m_painter.setRenderHint(QPainter::Antialiasing, m_detail >= Detail::Shapes);
        // Parents before children: a child is smaller than its parent.
        std::vector<std::uint32_t> visible;
        for (std::uint32_t g = 0; g < groups.size(); ++g)
            if (m_scene.groupRect(g).intersects(m_area))
                visible.push_back(g);
        std::stable_sort(visible.begin(), visible.end(), [&](std::uint32_t a, std::uint32_t b) {
            const QRectF &x = m_scene.groupRect(a), &y = m_scene.groupRect(b);
            return x.width() * x.height() > y.width() * y.height();
        });
        QFont font = m_theme.font(FontRole::NodeTitle);
        const double fontPixels = font.pixelSize() * m_view.zoom;
        for (std::uint32_t g : visible) {
            const QRectF rect = m_view.map(m_scene.groupRect(g));
            m_painter.setPen(QPen(m_theme.color(Role::GroupBorder), 1));
            m_painter.setBrush(m_theme.color(Role::GroupFill));
            const double radius = std::min(10 * m_view.zoom, rect.height() / 2);
            m_painter.drawRoundedRect(rect, radius, radius);
            if (fontPixels < 6 && m_interactive)
                continue;
            font.setPixelSize(std::max(1, int(std::lround(fontPixels))));
            m_painter.setFont(font);
            const double header = metrics::groupHeaderHeight * m_view.zoom;
            const QColor ink = m_theme.color(Role::GroupText);
            const QPointF center(rect.left() + 14 * m_view.zoom, rect.top() + header / 2);
            const double size = 4 * m_view.zoom;
            const QPolygonF arrow{{center.x() - size, center.y() - size * 0.75},
                                  {center.x() + size, center.y() - size * 0.75},
                                  {center.x(), center.y() + size * 0.75}};
            m_painter.setPen(Qt::NoPen);
            m_painter.setBrush(ink);
            m_painter.drawPolygon(arrow);
            m_painter.setPen(ink);
            const QRectF place(rect.left() + 24 * m_view.zoom, rect.top(), rect.width() - 32 * m_view.zoom,
                               header);
            const std::string& title = groups[g].title;
            const QString shown = QFontMetricsF(font).elidedText(
                QString::fromUtf8(title.data(), qsizetype(title.size())), Qt::ElideMiddle, place.width());
            m_painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, shown);
        }
    }

    void paintNodes()
    {
        if (m_detail == Detail::Rects) {
            m_painter.setRenderHint(QPainter::Antialiasing, false);
            for (std::uint32_t i : m_nodes)
                m_painter.fillRect(m_view.map(m_scene.nodeRect(i)),
                                   nodeColor(node(i), m_theme, m_hasOverlay));
            return;
        }
        // Few nodes are visible when they are very large; their sprites would only fill the cache.
        if (!m_cache || m_view.zoom * m_ratio > 4) {
            m_painter.save();
            m_painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing, true);
            m_painter.translate(m_view.offset);
            m_painter.scale(m_view.zoom, m_view.zoom);
            for (std::uint32_t i : m_nodes)
                paintNode(m_painter, node(i), m_scene.nodeRect(i), m_theme, m_detail, m_hasOverlay);
            m_painter.restore();
            return;
        }
        const bool scaled = m_state.spriteZoom > 0 && m_state.spriteZoom != m_view.zoom &&
                            detailAt(m_state.spriteZoom) == m_detail;
        const double zoom = scaled ? m_state.spriteZoom : m_view.zoom;
        const double stretch = m_view.zoom / zoom;
        const double margin = m_detail == Detail::Full ? 8 : 1;
        for (std::uint32_t i : m_nodes) {
            const QRectF& rect = m_scene.nodeRect(i);
            const QPixmap* sprite = spriteOf(i, rect, zoom, margin);
            QPointF place = m_view.map(rect.topLeft() - QPointF(margin, margin));
            if (scaled) {
                m_painter.drawPixmap(QRectF(place, sprite->deviceIndependentSize() * stretch), *sprite,
                                     QRectF(sprite->rect()));
            } else {
                place = QPointF(std::round(place.x() * m_ratio) / m_ratio,
                                std::round(place.y() * m_ratio) / m_ratio);
                m_painter.drawPixmap(place, *sprite);
            }
        }
    }

    const QPixmap* spriteOf(std::uint32_t i, const QRectF& rect, double zoom, double margin)
    {
        // Widths in steps of a pixel, so that small nodes of nearly the same size share a sprite.
        const auto width = std::uint64_t(std::ceil((rect.width() + 2 * margin) * zoom * m_ratio));
        const auto height = std::uint64_t(std::ceil((rect.height() + 2 * margin) * zoom * m_ratio));
        std::uint64_t key = appearance(node(i), m_detail, m_hasOverlay);
        key = (key ^ (width << 40) ^ (height << 16)) * 0x9e3779b97f4a7c15ull;
        key = (key ^ (key >> 31) ^ std::uint64_t(std::llround(zoom * 65536) << 8) ^
               std::uint64_t(m_ratio * 16)) *
              0xc2b2ae3d27d4eb4full;
        if (const QPixmap* known = m_cache->find(key))
            return known;
        QPixmap sprite(int(std::max<std::uint64_t>(width, 1)), int(std::max<std::uint64_t>(height, 1)));
        sprite.setDevicePixelRatio(m_ratio);
        sprite.fill(Qt::transparent);
        QPainter painter(&sprite);
        painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing, true);
        painter.scale(zoom, zoom);
        paintNode(painter, node(i), QRectF(QPointF(margin, margin), rect.size()), m_theme, m_detail,
                  m_hasOverlay);
        painter.end();
        return m_cache->insert(key, std::move(sprite));
    }

    // Nodes smaller than three pixels: the hottest of those that share a pixel shows.
    void paintPixels()
    {
        const QRect target = m_state.viewport.toAlignedRect();
        QImage image(target.size() * m_ratio, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        std::vector<std::uint32_t> order = m_nodes;
        if (m_hasOverlay)
            std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
                const Overlay &x = node(a).overlay, &y = node(b).overlay;
                return x.prominence() < y.prominence();
            });
        // Heat must be seen when all of a long thin graph is.
        const bool across = m_scene.direction() == layout::Direction::LeftToRight;
        const double along = m_hasOverlay ? 2 : 1, thick = m_hasOverlay ? 5 : 1;
        const QSizeF least = across ? QSizeF(along, thick) : QSizeF(thick, along);
        for (std::uint32_t i : order) {
            QRectF rect = m_view.map(m_scene.nodeRect(i)).translated(-target.topLeft());
            const QPointF center = rect.center();
            rect.setSize(rect.size().expandedTo(least));
            rect.moveCenter(center);
            const int left = std::max(0, int(rect.left() * m_ratio)),
                      top = std::max(0, int(rect.top() * m_ratio));
            const int right =
                std::min(image.width(), std::max(left + 1, int(std::ceil(rect.right() * m_ratio))));
            const int bottom =
                std::min(image.height(), std::max(top + 1, int(std::ceil(rect.bottom() * m_ratio))));
            const QRgb color = nodeColor(node(i), m_theme, m_hasOverlay).rgb();
            for (int y = top; y < bottom; ++y) {
                QRgb* line = reinterpret_cast<QRgb*>(image.scanLine(y));
                for (int x = left; x < right; ++x)
                    line[x] = color;
            }
        }
        image.setDevicePixelRatio(m_ratio);
        m_painter.drawImage(target.topLeft(), image);
    }

    void paintAttention()
    {
        std::vector<std::uint32_t> near;
        if (m_state.hoveredEdge != noIndex && m_state.hoveredEdge < m_scene.edgeCount())
            near.push_back(m_state.hoveredEdge);
        if (const std::uint32_t hovered = m_state.hoveredNode; hovered < m_scene.nodeCount())
            for (std::uint32_t e : m_scene.edgesOf(hovered))
                near.push_back(e);
        QColor hover = m_theme.color(Role::Accent);
        hover.setAlphaF(0.75f);
        constexpr std::size_t most = 2000;
        near.resize(std::min(near.size(), most));
        paintHighlightedEdges(m_painter, m_scene, m_view, near, hover);
        const std::uint32_t selected = m_scene.nodeOfKey(m_scene.visibleKey(m_state.selected));
        if (selected == noIndex)
            return;
        auto edges = m_scene.edgesOf(selected);
        edges.resize(std::min(edges.size(), most));
        paintHighlightedEdges(m_painter, m_scene, m_view, edges, m_theme.color(Role::Selection));
    }

    // The target rectangle of a key, not smaller than can be seen; empty when out of sight.
    QRectF ringRect(std::uint64_t key) const
    {
        QRectF rect = m_scene.rectOfKey(key);
        if (rect.isNull())
            return {};
        rect = m_view.map(rect);
        const double least = 7;
        if (rect.width() < least || rect.height() < least) {
            const QPointF center = rect.center();
            const QSizeF size = rect.size().expandedTo(QSizeF(least, least));
            rect = QRectF(center - QPointF(size.width() / 2, size.height() / 2), size);
        }
        return rect.adjusted(-20, -20, 20, 20).intersects(m_state.viewport) ? rect : QRectF();
    }

    double ringRadius(std::uint64_t key, const QRectF& rect) const
    {
        const std::uint32_t i = m_scene.nodeOfKey(m_scene.visibleKey(key));
        const double radius = i == noIndex ? 10 : cornerRadius(node(i), m_scene.nodeRect(i), m_theme);
        return std::min(radius * m_view.zoom + 2.5, rect.height() / 2);
    }

    void ring(std::uint64_t key, const QColor& color, double width)
    {
        const QRectF rect = ringRect(key);
        if (rect.isNull())
            return;
        const double radius = ringRadius(key, rect);
        QColor soft = color;
        soft.setAlphaF(0.25f);
        m_painter.setBrush(Qt::NoBrush);
        m_painter.setPen(QPen(soft, width + 4));
        m_painter.drawRoundedRect(rect.adjusted(-2.5, -2.5, 2.5, 2.5), radius, radius);
        m_painter.setPen(QPen(color, width));
        m_painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), radius, radius);
    }

    void paintRings()
    {
        m_painter.setRenderHint(QPainter::Antialiasing, true);
        for (std::uint64_t key : m_state.highlighted)
            ring(key, m_theme.color(Role::Highlight), 2);
        for (const auto& [key, bits] : m_state.marks)
            paintMarks(key, bits);
        if (m_state.hoveredGutter != noKey)
            paintHoveredGutter();
        for (std::uint64_t key : m_state.alsoSelected)
            ring(key, m_theme.color(Role::Selection), 1.6);
        if (m_state.selected != noKey)
            ring(m_state.selected, m_theme.color(Role::Selection), 2.4);
    }

    void paintMarks(std::uint64_t key, std::uint8_t bits)
    {
        const QRectF rect = ringRect(key);
        if (rect.isNull())
            return;
        const double scale = std::clamp(m_view.zoom, 0.5, 1.5);
        const QColor current = m_theme.color(Role::Current);
        if (bits & std::uint8_t(Mark::Pending) && rect.width() > 8) {
            QColor veil = m_theme.color(Role::Canvas);
            veil.setAlphaF(0.45f);
            m_painter.setPen(Qt::NoPen);
            m_painter.setBrush(veil);
            m_painter.drawRoundedRect(rect.adjusted(-1, -1, 1, 1), ringRadius(key, rect),
                                      ringRadius(key, rect));
        }
        if (bits & std::uint8_t(Mark::Failed))
            ring(key, m_theme.color(Role::Error), 3);
        if (bits & std::uint8_t(Mark::Current)) {
            // Outside of the ring of the selection, which as a rule is on the same node.
            const double radius = ringRadius(key, rect) + 4;
            m_painter.setBrush(Qt::NoBrush);
            m_painter.setPen(QPen(current, 3));
            m_painter.drawRoundedRect(rect.adjusted(-7, -7, 7, 7), radius, radius);
            const QPointF tip(rect.left() - 10, rect.center().y());
            const QPolygonF arrow{tip, tip + QPointF(-16, -10) * scale, tip + QPointF(-16, 10) * scale};
            m_painter.setPen(Qt::NoPen);
            m_painter.setBrush(current);
            m_painter.drawPolygon(arrow);
        }
        if (bits & std::uint8_t(Mark::Executed)) {
            m_painter.setPen(Qt::NoPen);
            m_painter.setBrush(current);
            m_painter.drawRoundedRect(QRectF(rect.left() - 5 * scale, rect.top(), 3 * scale, rect.height()),
                                      1.5, 1.5);
        }
        if (bits & std::uint8_t(Mark::Hinted))
            paintHinted(rect, scale);
        const auto any = std::uint8_t(Mark::Breakpoint) | std::uint8_t(Mark::DisabledBreakpoint) |
                         std::uint8_t(Mark::ConditionalBreakpoint);
        if (bits & any) {
            const bool enabled = !(bits & std::uint8_t(Mark::DisabledBreakpoint));
            m_painter.setPen(QPen(m_theme.color(enabled ? Role::Canvas : Role::Error), 1.5));
            m_painter.setBrush(m_theme.color(enabled ? Role::Error : Role::Canvas));
            paintBreakpoint(rect, scale, bits & std::uint8_t(Mark::ConditionalBreakpoint));
        }
    }

    // A slider: something here is set by hand.
    void paintHinted(const QRectF& rect, double scale)
    {
        const QPointF center = rect.bottomLeft();
        m_painter.setPen(QPen(m_theme.color(Role::Canvas), 1.5));
        m_painter.setBrush(m_theme.color(Role::Accent));
        const double half = 7 * scale;
        m_painter.drawRoundedRect(QRectF(center - QPointF(half, half), center + QPointF(half, half)),
                                  3 * scale, 3 * scale);
        QPen bar(m_theme.color(Role::TextOnAccent), 1.4 * scale);
        bar.setCapStyle(Qt::RoundCap);
        m_painter.setPen(bar);
        m_painter.drawLine(center + QPointF(-3.6, 0) * scale, center + QPointF(3.6, 0) * scale);
        m_painter.setBrush(m_theme.color(Role::TextOnAccent));
        m_painter.drawEllipse(center + QPointF(1, 0) * scale, 1.6 * scale, 1.6 * scale);
    }

    void paintBreakpoint(const QRectF& rect, double scale, bool conditional)
    {
        const double radius = 6.5 * scale;
        m_painter.drawEllipse(rect.topLeft(), radius, radius);
        if (!conditional)
            return;
        QPen bar(m_theme.color(Role::Canvas), 1.6 * scale);
        bar.setCapStyle(Qt::RoundCap);
        m_painter.setPen(bar);
        for (double y : {-1.6, 1.6})
            m_painter.drawLine(rect.topLeft() + QPointF(-2.6, y) * scale,
                               rect.topLeft() + QPointF(2.6, y) * scale);
    }

    void paintHoveredGutter()
    {
        const QRectF rect = ringRect(m_state.hoveredGutter);
        if (rect.isNull())
            return;
        QColor hint = m_theme.color(Role::Error);
        hint.setAlphaF(0.45f);
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(hint);
        paintBreakpoint(rect, std::clamp(m_view.zoom, 0.5, 1.5), false);
    }

    QPainter& m_painter;
    const GraphScene& m_scene;
    const Theme& m_theme;
    const PaintState& m_state;
    View m_view;
    SpriteCache* m_cache;
    bool m_hasOverlay;
    Detail m_detail;
    bool m_interactive;
    double m_ratio;
    QRectF m_area; // what of the scene is visible
    std::vector<std::uint32_t> m_nodes, m_edges;
};

} // namespace

void paintGraph(QPainter& painter, const GraphScene& scene, const theme::Theme& theme,
                const PaintState& state, Quality quality, SpriteCache* cache)
{
    FramePainter(painter, scene, theme, state, quality, cache).paint();
}

Placement placeInside(const QRectF& sceneArea, const QRectF& target, double margin, double maxZoom)
{
    const double width = std::max(1.0, sceneArea.width()), height = std::max(1.0, sceneArea.height());
    const double zoom = std::min({std::max(1.0, target.width() - 2 * margin) / width,
                                  std::max(1.0, target.height() - 2 * margin) / height, maxZoom});
    return {zoom, target.center() - sceneArea.center() * zoom};
}

} // namespace orrery::canvas
