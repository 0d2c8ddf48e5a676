// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/feature_maps.h"

#include "views/tensor_view/default_view.h"

#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>
#include <limits>

namespace orrery::tensor_view {
namespace {

constexpr int gap = 8, labelHeight = 15;

struct Tile {
    std::int64_t channel;
    QImage image;
};

ValueRange ownRange(const Reduced& values, bool isSigned)
{
    ValueRange range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (double value : values.values)
        if (std::isfinite(value))
            range = {std::min(range.low, value), std::max(range.high, value)};
    if (!(range.low <= range.high))
        return {0, 0};
    const double far = std::max(std::abs(range.low), std::abs(range.high));
    return isSigned ? ValueRange{-far, far} : range;
}

} // namespace

FeatureMaps::FeatureMaps(QWidget* parent)
    : QAbstractScrollArea(parent)
    , m_theme(*theme::Theme::load(theme::Mode::Light))
{
    setFrameShape(NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setMouseTracking(true);
    setAccessibleName(tr("Feature maps"));
}

void FeatureMaps::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    QPalette colors = viewport()->palette();
    colors.setColor(QPalette::Base, theme.color(theme::Role::Surface));
    viewport()->setPalette(colors);
    viewport()->setBackgroundRole(QPalette::Base);
    viewport()->setAutoFillBackground(true);
    forget();
}

void FeatureMaps::setSubject(SubjectPointer subject)
{
    m_subject = std::move(subject);
    m_channels = m_items = 0;
    if (m_subject && m_subject->elements.readable() && hasFeatureMaps(m_subject->dims())) {
        const graph::Dims& dims = m_subject->dims();
        m_channels = dims[dims.size() - 3];
        m_items = dims.size() == 4 ? dims[0] : 1;
    }
    m_item = std::clamp<std::int64_t>(m_item, 0, std::max<std::int64_t>(0, m_items - 1));
    m_current = std::min(m_current, std::max<std::int64_t>(0, m_channels - 1));
    updateGrid();
    forget();
}

void FeatureMaps::setItem(std::int64_t item)
{
    m_item = item;
    forget();
}
void FeatureMaps::setRange(Range range)
{
    m_range = range;
    forget();
}
void FeatureMaps::setTileSize(int pixels)
{
    m_wantedTile = std::clamp(pixels, 24, 512);
    updateGrid();
    forget();
}

void FeatureMaps::forget()
{
    m_tiles.clear();
    renderSeen();
    viewport()->update();
}

SliceView FeatureMaps::sliceOf(std::int64_t channel) const
{
    SliceView slice(m_subject->dims());
    const int rank = slice.rank();
    if (rank == 4)
        slice.setIndex(0, m_item);
    slice.setIndex(rank - 3, channel);
    return slice;
}

QSize FeatureMaps::tileSize() const
{
    const graph::Dims& dims = m_subject->dims();
    const auto rows = double(dims[dims.size() - 2]), columns = double(dims[dims.size() - 1]);
    const double aspect = std::clamp(columns / rows, 0.25, 4.0);
    return aspect >= 1 ? QSize(m_tile, std::max(1, int(m_tile / aspect)))
                       : QSize(std::max(1, int(m_tile * aspect)), m_tile);
}

void FeatureMaps::updateGrid()
{
    if (m_channels == 0)
        return verticalScrollBar()->setRange(0, 0);
    m_tile = m_wantedTile;
    const int wanted = std::max(tileSize().width(), 30);
    const int room = std::max(wanted + gap, viewport()->width() - gap);
    m_perRow = room / (wanted + gap);
    m_tile = m_wantedTile * (room / m_perRow - gap) / wanted;
    const QSize size = tileSize();
    const std::int64_t rows = (m_channels + m_perRow - 1) / m_perRow;
    const std::int64_t height =
        std::min<std::int64_t>(rows * (size.height() + labelHeight + gap) + gap, 2'000'000'000);
    verticalScrollBar()->setSingleStep(size.height() / 2 + gap);
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setRange(0, std::max(0, int(height) - viewport()->height()));
}

QRect FeatureMaps::rectOf(std::int64_t channel) const
{
    const QSize size = tileSize();
    const auto row = int(channel / m_perRow), column = int(channel % m_perRow);
    return {gap + column * (std::max(size.width(), 30) + gap),
            gap + row * (size.height() + labelHeight + gap) - verticalScrollBar()->value(), size.width(),
            size.height()};
}

std::int64_t FeatureMaps::channelAt(QPoint point) const
{
    const auto [first, last] = seen();
    for (std::int64_t channel = first; channel < last; ++channel)
        if (rectOf(channel).adjusted(0, 0, 0, labelHeight).contains(point))
            return channel;
    return -1;
}

std::pair<std::int64_t, std::int64_t> FeatureMaps::seen() const
{
    if (m_channels == 0)
        return {0, 0};
    const int step = tileSize().height() + labelHeight + gap;
    const std::int64_t firstRow = verticalScrollBar()->value() / step;
    const std::int64_t rows = viewport()->height() / step + 2;
    return {std::min(m_channels, firstRow * m_perRow), std::min(m_channels, (firstRow + rows) * m_perRow)};
}

void FeatureMaps::renderSeen()
{
    const auto [first, last] = seen();
    std::vector<std::int64_t> missing;
    for (std::int64_t channel = first; channel < last; ++channel)
        if (!m_tiles.contains(channel))
            missing.push_back(channel);
    if (missing.empty())
        return m_task.cancel();
    std::erase_if(m_tiles, [first = first, last = last](const auto& tile) {
        return tile.first < first - 200 || tile.first > last + 200; // bounded, but scrolling back is free
    });
    const bool bothSigns = isSigned(m_subject->statistics);
    const ColorScale scale(m_theme, bothSigns ? ScaleKind::Diverging : ScaleKind::Sequential);
    const ValueRange shared = rangeOf(bothSigns ? RangeMode::Symmetric : RangeMode::Auto,
                                      m_subject->statistics, m_subject->histogram);
    std::vector<SliceView> slices;
    for (std::int64_t channel : missing)
        slices.push_back(sliceOf(channel));
    const QSize size = tileSize() * devicePixelRatioF();
    m_task.submit(
        [=, subject = m_subject, isShared = m_range == Range::Shared](std::stop_token stop) {
            std::vector<Tile> tiles;
            for (std::size_t i = 0; i < missing.size() && !stop.stop_requested(); ++i) {
                const Reduced values =
                    reduce(subject->elements, slices[i], {0, 0, slices[i].rows(), slices[i].columns()},
                           size.width(), size.height(), bothSigns ? 0 : subject->statistics.mean, stop);
                tiles.push_back(
                    {missing[i], colored(values, scale, isShared ? shared : ownRange(values, bothSigns))});
            }
            return tiles;
        },
        [this](std::vector<Tile> tiles) {
            for (Tile& tile : tiles)
                m_tiles[tile.channel] = std::move(tile.image);
            viewport()->update();
        });
}

void FeatureMaps::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    painter.setFont(m_theme.font(theme::FontRole::Small));
    if (m_channels == 0) {
        painter.setPen(m_theme.color(theme::Role::TextMuted));
        painter.drawText(viewport()->rect().adjusted(20, 0, -20, 0), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("Feature maps need channels over a plane: C×H×W or N×C×H×W."));
        return;
    }
    const auto [first, last] = seen();
    for (std::int64_t channel = first; channel < last; ++channel) {
        const QRect place = rectOf(channel);
        if (const auto tile = m_tiles.find(channel); tile != m_tiles.end())
            painter.drawImage(place, tile->second);
        else
            painter.fillRect(place, m_theme.color(theme::Role::Window));
        painter.setBrush(Qt::NoBrush);
        if (channel == m_current) {
            painter.setPen(QPen(m_theme.color(theme::Role::Selection), 2));
            painter.drawRect(place.adjusted(-2, -2, 2, 2));
        } else {
            painter.setPen(m_theme.color(theme::Role::Border));
            painter.drawRect(place.adjusted(-1, -1, 0, 0));
        }
        painter.setPen(m_theme.color(channel == m_current ? theme::Role::Text : theme::Role::TextMuted));
        painter.drawText(QRect(place.left(), place.bottom() + 3, std::max(30, place.width()), labelHeight),
                         Qt::AlignLeft | Qt::AlignTop, QString::number(channel));
    }
}

void FeatureMaps::resizeEvent(QResizeEvent*)
{
    const int before = m_tile;
    updateGrid();
    if (m_tile != before)
        m_tiles.clear(); // they were made for another size
    renderSeen();
}

void FeatureMaps::scrollContentsBy(int, int)
{
    renderSeen();
    viewport()->update();
}

void FeatureMaps::mouseMoveEvent(QMouseEvent* event)
{
    emit pointedAt(channelAt(event->position().toPoint()));
}

void FeatureMaps::mousePressEvent(QMouseEvent* event)
{
    if (const std::int64_t channel = channelAt(event->position().toPoint()); channel >= 0) {
        setCurrent(channel);
        if (event->button() == Qt::LeftButton)
            emit chosen(channel);
    }
}

void FeatureMaps::setCurrent(std::int64_t channel)
{
    if (m_channels == 0)
        return;
    m_current = std::clamp<std::int64_t>(channel, 0, m_channels - 1);
    const QRect place = rectOf(m_current).adjusted(0, -gap, 0, labelHeight + gap);
    QScrollBar* bar = verticalScrollBar();
    if (place.top() < 0)
        bar->setValue(bar->value() + place.top());
    else if (place.bottom() > viewport()->height())
        bar->setValue(bar->value() + place.bottom() - viewport()->height());
    viewport()->update();
    emit pointedAt(m_current);
}

void FeatureMaps::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
        return setCurrent(m_current - 1);
    case Qt::Key_Right:
        return setCurrent(m_current + 1);
    case Qt::Key_Up:
        return setCurrent(m_current - m_perRow);
    case Qt::Key_Down:
        return setCurrent(m_current + m_perRow);
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return setTileSize(m_wantedTile * 5 / 4);
    case Qt::Key_Minus:
        return setTileSize(m_wantedTile * 4 / 5);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_channels > 0)
            emit chosen(m_current);
        return;
    default:
        QAbstractScrollArea::keyPressEvent(event);
    }
}

} // namespace orrery::tensor_view
