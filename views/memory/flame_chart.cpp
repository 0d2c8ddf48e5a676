// SPDX-License-Identifier: Apache-2.0
#include "views/memory/flame_chart.h"

#include "views/memory/byte_scale.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <cmath>

namespace orrery::memory {
namespace {

constexpr double rowHeight = 21, margin = 8, leastWidth = 0.5;
constexpr std::uint32_t none = trace_db::noId;

} // namespace

FlameChart::FlameChart(const theme::Theme& theme, QWidget* parent)
    : QAbstractScrollArea(parent)
    , m_theme(theme)
{
    setObjectName("flameChart");
    setAccessibleName(tr("Flame chart of bytes"));
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setMouseTracking(true);
    verticalScrollBar()->setSingleStep(int(rowHeight));
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, [this] { place(); });
}

void FlameChart::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    viewport()->update();
}

void FlameChart::setTree(FlameTree tree, std::function<QColor(const FlameNode&, const theme::Theme&)> color)
{
    m_tree = std::move(tree);
    m_color = std::move(color);
    m_zoomed = 0;
    m_selected = m_hovered = none;
    verticalScrollBar()->setValue(0);
    place();
}

void FlameChart::zoomTo(std::uint32_t place_)
{
    if (place_ >= m_tree.nodes.size())
        return;
    m_zoomed = place_;
    place();
}

// Ancestors of what is zoomed fill the width; below it, widths are shares of its bytes.
void FlameChart::place()
{
    m_placed.clear();
    viewport()->update();
    if (m_tree.isEmpty())
        return verticalScrollBar()->setRange(0, 0);
    const double width = viewport()->width() - 2 * margin;
    const double y0 = margin - verticalScrollBar()->value();
    const auto rect = [&](double x, std::uint32_t depth, double w) {
        return QRectF(x, y0 + depth * rowHeight, w, rowHeight - 1);
    };
    std::uint32_t deepest = 0;
    for (std::uint32_t at = m_tree.nodes[m_zoomed].parent; at != none; at = m_tree.nodes[at].parent)
        m_placed.push_back({at, rect(margin, m_tree.nodes[at].depth, width)});
    std::vector<Placed> waiting{{m_zoomed, rect(margin, m_tree.nodes[m_zoomed].depth, width)}};
    const double perByte = width / double(std::max<std::int64_t>(1, m_tree.nodes[m_zoomed].bytes));
    while (!waiting.empty()) {
        const Placed now = waiting.back();
        waiting.pop_back();
        m_placed.push_back(now);
        const FlameNode& node = m_tree.nodes[now.place];
        deepest = std::max(deepest, node.depth);
        double x = now.rect.left();
        for (const std::uint32_t child : node.children) {
            const double w = double(m_tree.nodes[child].bytes) * perByte;
            if (w < leastWidth)
                break; // the rest is smaller still
            waiting.push_back({child, rect(x, node.depth + 1, w)});
            x += w;
        }
    }
    const int height = int((deepest + 1) * rowHeight + 2 * margin);
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
}

QRectF FlameChart::rectOf(std::uint32_t place_) const
{
    for (const Placed& placed : m_placed)
        if (placed.place == place_)
            return placed.rect;
    return {};
}

std::uint32_t FlameChart::placeAt(QPointF at) const
{
    for (const Placed& placed : m_placed)
        if (placed.rect.contains(at))
            return placed.place;
    return none;
}

void FlameChart::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), m_theme.color(theme::Role::Surface));
    if (m_tree.isEmpty())
        return;
    painter.setFont(m_theme.font(theme::FontRole::Small));
    const QFontMetrics metrics = painter.fontMetrics();
    const double total = double(std::max<std::int64_t>(1, m_tree.nodes[0].bytes));
    for (const Placed& placed : m_placed) {
        const FlameNode& node = m_tree.nodes[placed.place];
        QColor fill = m_color(node, m_theme);
        if (node.depth < m_tree.nodes[m_zoomed].depth)
            fill.setAlphaF(0.45f);
        const QRectF box = placed.rect.adjusted(0, 0, placed.rect.width() > 3 ? -1 : 0, 0);
        painter.fillRect(box, fill);
        const bool isMarked = placed.place == m_selected || (m_node != none && node.node == m_node);
        if (isMarked || placed.place == m_hovered) {
            painter.setPen(QPen(m_theme.color(isMarked ? theme::Role::Selection : theme::Role::Text), 2));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(box.adjusted(1, 1, -1, -1));
        }
        if (box.width() < 26)
            continue;
        painter.setPen(fill.alphaF() < 1 ? m_theme.color(theme::Role::Text) : theme::Theme::textOn(fill));
        const QString size =
            QString("%1  %2 %").arg(bytesText(node.bytes)).arg(100 * double(node.bytes) / total, 0, 'f', 1);
        const double sizeWidth = metrics.horizontalAdvance(size);
        QRectF inner = box.adjusted(5, 0, -5, 0);
        if (inner.width() > sizeWidth + 60) {
            painter.drawText(inner, Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine, size);
            inner.setRight(inner.right() - sizeWidth - 10);
        }
        painter.drawText(inner, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                         metrics.elidedText(node.name, Qt::ElideMiddle, int(inner.width())));
    }
    if (hasFocus()) {
        painter.setPen(m_theme.color(theme::Role::Accent));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(viewport()->rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void FlameChart::resizeEvent(QResizeEvent*) { place(); }

void FlameChart::select(std::uint32_t place_)
{
    m_selected = place_;
    viewport()->update();
    if (place_ != none && m_tree.nodes[place_].node != none)
        emit nodeChosen(m_tree.nodes[place_].node);
}

void FlameChart::showNode(std::uint32_t node)
{
    m_node = node;
    viewport()->update();
}

void FlameChart::mousePressEvent(QMouseEvent* event)
{
    const std::uint32_t at = placeAt(event->position());
    if (event->button() != Qt::LeftButton || at == none)
        return;
    select(at);
    zoomTo(at);
}

void FlameChart::mouseMoveEvent(QMouseEvent* event)
{
    const std::uint32_t at = placeAt(event->position());
    if (at != m_hovered) {
        m_hovered = at;
        viewport()->update();
    }
}

bool FlameChart::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave) {
        m_hovered = none;
        viewport()->update();
    } else if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        if (const std::uint32_t at = placeAt(help->pos()); at != none) {
            const FlameNode& node = m_tree.nodes[at];
            const QString path = at == 0 ? node.name : m_tree.pathOf(at);
            QToolTip::showText(
                help->globalPos(),
                tr("%1\n%2, %3 % of all")
                    .arg(path, bytesText(node.bytes))
                    .arg(100 * double(node.bytes) / double(std::max<std::int64_t>(1, m_tree.nodes[0].bytes)),
                         0, 'f', 1)
                    .toHtmlEscaped()
                    .prepend("<p style='white-space:pre-wrap'>")
                    .append("</p>"),
                viewport());
        } else {
            QToolTip::hideText();
        }
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void FlameChart::moveSelection(int key)
{
    if (m_selected == none)
        return select(m_zoomed);
    const FlameNode& node = m_tree.nodes[m_selected];
    if (key == Qt::Key_Up && node.parent != none)
        return select(node.parent);
    if (key == Qt::Key_Down && !node.children.empty())
        return select(node.children.front());
    if (node.parent == none)
        return;
    const auto& siblings = m_tree.nodes[node.parent].children;
    const auto at = std::find(siblings.begin(), siblings.end(), m_selected);
    if (key == Qt::Key_Left && at != siblings.begin())
        select(*std::prev(at));
    if (key == Qt::Key_Right && std::next(at) != siblings.end())
        select(*std::next(at));
}

void FlameChart::keyPressEvent(QKeyEvent* event)
{
    if (m_tree.isEmpty())
        return QAbstractScrollArea::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_Backspace:
        if (m_tree.nodes[m_zoomed].parent != none)
            zoomTo(m_tree.nodes[m_zoomed].parent);
        return;
    case Qt::Key_Home:
        return zoomTo(0);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_selected != none)
            zoomTo(m_selected);
        return;
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Left:
    case Qt::Key_Right:
        return moveSelection(event->key());
    default:
        return QAbstractScrollArea::keyPressEvent(event);
    }
}

} // namespace orrery::memory
