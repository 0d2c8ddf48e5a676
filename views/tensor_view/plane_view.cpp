// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/plane_view.h"

#include <QKeyEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace orrery::tensor_view {
namespace {

constexpr double margin = 4;
constexpr double largestCell = 128;  // pixels
constexpr double largestFitted = 48; // pixels of a cell when fitted
constexpr double thinnest = 0.12;    // of the widget's side, before the plane is stretched

} // namespace

PlaneView::PlaneView(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setMinimumSize(80, 80);
}

void PlaneView::setTheme(const theme::Theme& theme)
{
    m_background = theme.color(theme::Role::Surface);
    m_marker = theme.color(theme::Role::Selection);
    m_border = theme.color(theme::Role::Border);
    update();
}

void PlaneView::setPlane(std::int64_t rows, std::int64_t columns)
{
    if (rows == m_rows && columns == m_columns)
        return;
    m_rows = rows;
    m_columns = columns;
    m_current.reset();
    fit();
}

void PlaneView::fit()
{
    m_isFitted = true;
    if (m_rows <= 0 || m_columns <= 0)
        return;
    const double width = std::max(1.0, this->width() - 2 * margin),
                 height = std::max(1.0, this->height() - 2 * margin);
    const double across = std::min(width / double(m_columns), largestFitted);
    const double down = std::min(height / double(m_rows), largestFitted);
    m_scaleX = m_scaleY = std::min(across, down);
    if (double(m_columns) * m_scaleX < thinnest * width)
        m_scaleX = std::min(across, thinnest * 2 * width / double(m_columns));
    if (double(m_rows) * m_scaleY < thinnest * height)
        m_scaleY = std::min(down, thinnest * 2 * height / double(m_rows));
    // Whole device pixels for each cell where there is room for several.
    for (double* scale : {&m_scaleX, &m_scaleY})
        if (const double pixels = *scale * devicePixelRatioF(); pixels >= 2)
            *scale = std::floor(pixels) / devicePixelRatioF();
    m_origin = {std::round((this->width() - double(m_columns) * m_scaleX) / 2),
                std::round((this->height() - double(m_rows) * m_scaleY) / 2)};
    update();
    emit viewChanged();
}

void PlaneView::zoom(double factor, QPointF about)
{
    const double lowest = std::min({1.0, width() / (2.0 * double(std::max<std::int64_t>(1, m_columns))),
                                    height() / (2.0 * double(std::max<std::int64_t>(1, m_rows)))});
    factor = std::min(factor, std::max(1.0, largestCell / std::max(m_scaleX, m_scaleY)));
    factor = std::max(factor, std::min(1.0, lowest / std::min(m_scaleX, m_scaleY)));
    m_scaleX *= factor;
    m_scaleY *= factor;
    m_origin = about + (m_origin - about) * factor;
    m_isFitted = false;
    keepInside();
    update();
    emit viewChanged();
}

void PlaneView::keepInside()
{
    const auto keep = [](double at, double size, double room) {
        return size <= room ? std::clamp(at, 0.0, room - size) : std::clamp(at, room - size, 0.0);
    };
    m_origin = {keep(m_origin.x(), double(m_columns) * m_scaleX, width()),
                keep(m_origin.y(), double(m_rows) * m_scaleY, height())};
}

QRectF PlaneView::rectOf(double row, double column, double rows, double columns) const
{
    return {m_origin.x() + column * m_scaleX, m_origin.y() + row * m_scaleY, columns * m_scaleX,
            rows * m_scaleY};
}

std::optional<Cell> PlaneView::cellAt(QPointF point) const
{
    const Cell cell{std::int64_t(std::floor((point.y() - m_origin.y()) / m_scaleY)),
                    std::int64_t(std::floor((point.x() - m_origin.x()) / m_scaleX))};
    if (cell.row < 0 || cell.column < 0 || cell.row >= m_rows || cell.column >= m_columns)
        return {};
    return cell;
}

void PlaneView::setCurrent(Cell cell)
{
    if (m_rows <= 0 || m_columns <= 0)
        return;
    m_current = Cell{std::clamp<std::int64_t>(cell.row, 0, m_rows - 1),
                     std::clamp<std::int64_t>(cell.column, 0, m_columns - 1)};
    const QRectF place = rectOf(double(m_current->row), double(m_current->column), 1, 1);
    if (!QRectF(rect()).contains(place.center())) {
        m_origin += QRectF(rect()).center() - place.center();
        m_isFitted = false;
        keepInside();
        emit viewChanged();
    }
    update();
    emit pointedAt(m_current);
}

void PlaneView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_background);
    if (m_rows <= 0 || m_columns <= 0)
        return;
    paintPlane(painter);
    painter.setPen(m_border);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rectOf(0, 0, double(m_rows), double(m_columns)).adjusted(-0.5, -0.5, 0.5, 0.5));
    if (!m_current)
        return;
    QRectF place = rectOf(double(m_current->row), double(m_current->column), 1, 1);
    const double grow = std::max(0.0, 7 - place.width()) / 2;
    place.adjust(-grow - 1, -grow - 1, grow + 1, grow + 1);
    painter.setPen(QPen(theme::Theme::textOn(m_marker), 4));
    painter.drawRect(place);
    painter.setPen(QPen(m_marker, 2));
    painter.drawRect(place);
}

void PlaneView::resizeEvent(QResizeEvent*)
{
    if (m_isFitted)
        fit();
    else {
        keepInside();
        emit viewChanged();
    }
}

void PlaneView::wheelEvent(QWheelEvent* event)
{
    const QPoint angle = event->angleDelta();
    if (angle.y() == 0)
        return;
    zoom(std::pow(1.2, angle.y() / 120.0), event->position());
    event->accept();
}

void PlaneView::mousePressEvent(QMouseEvent* event) { m_pressedAt = m_draggedFrom = event->position(); }

void PlaneView::mouseMoveEvent(QMouseEvent* event)
{
    if (m_draggedFrom && event->buttons() != Qt::NoButton &&
        (event->position() - *m_pressedAt).manhattanLength() > 3) {
        m_origin += event->position() - *m_draggedFrom;
        m_draggedFrom = event->position();
        m_isFitted = false;
        keepInside();
        update();
        emit viewChanged();
    }
    emit pointedAt(cellAt(event->position()));
}

void PlaneView::mouseReleaseEvent(QMouseEvent* event)
{
    if (m_pressedAt && (event->position() - *m_pressedAt).manhattanLength() <= 3)
        if (const auto cell = cellAt(event->position())) {
            setCurrent(*cell);
            emit chosen(*cell);
        }
    m_pressedAt.reset();
    m_draggedFrom.reset();
}

void PlaneView::mouseDoubleClickEvent(QMouseEvent*) { fit(); }
void PlaneView::leaveEvent(QEvent*) { emit pointedAt(m_current); }

void PlaneView::keyPressEvent(QKeyEvent* event)
{
    Cell cell = m_current.value_or(Cell{m_rows / 2, m_columns / 2});
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoom(1.25, QRectF(rect()).center());
    case Qt::Key_Minus:
        return zoom(0.8, QRectF(rect()).center());
    case Qt::Key_0:
        return fit();
    case Qt::Key_Up:
        --cell.row;
        break;
    case Qt::Key_Down:
        ++cell.row;
        break;
    case Qt::Key_Left:
        --cell.column;
        break;
    case Qt::Key_Right:
        ++cell.column;
        break;
    default:
        return QWidget::keyPressEvent(event);
    }
    setCurrent(cell);
    if (m_current)
        emit chosen(*m_current);
}

} // namespace orrery::tensor_view
