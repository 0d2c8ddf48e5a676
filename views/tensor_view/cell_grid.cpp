// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/cell_grid.h"

#include "engine/debug/tensor_statistics.h"

#include <QApplication>
#include <QClipboard>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace orrery::tensor_view {
namespace {

constexpr std::int64_t mostTicks = 1'000'000'000; // of a scroll bar
constexpr std::int64_t mostCopiedCells = 1'000'000;
constexpr int padding = 8;

// A scroll bar counts in int; beyond that several rows share a tick.
std::int64_t fromTick(int tick, std::int64_t most)
{
    if (most <= mostTicks)
        return tick;
    return std::int64_t(double(tick) / double(mostTicks) * double(most));
}
int toTick(std::int64_t place, std::int64_t most)
{
    if (most <= mostTicks)
        return int(place);
    return int(double(place) / double(most) * double(mostTicks));
}

} // namespace

CellGrid::CellGrid(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setFrameShape(NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setCursor(Qt::ArrowCursor);
    setAccessibleName(tr("Elements"));
}

void CellGrid::setTheme(const theme::Theme& theme)
{
    using theme::Role;
    m_text = theme.color(Role::Text);
    m_muted = theme.color(Role::TextMuted);
    m_border = theme.color(Role::Border);
    m_headerFill = theme.color(Role::Window);
    m_accent = theme.color(Role::Accent);
    m_onAccent = theme.color(Role::TextOnAccent);
    m_bad = theme.color(Role::Error);
    QFont font = theme.font(theme::FontRole::Mono);
    setFont(font);
    QPalette colors = viewport()->palette();
    colors.setColor(QPalette::Base, theme.color(Role::Surface));
    viewport()->setPalette(colors);
    viewport()->setAutoFillBackground(true);
    viewport()->setBackgroundRole(QPalette::Base);
    updateMetrics();
}

void CellGrid::setTensor(const graph::Tensor& tensor)
{
    finishEdit(false);
    m_tensor = tensor;
    setSlice(SliceView(tensor.dims()));
}

void CellGrid::setSlice(const SliceView& slice)
{
    finishEdit(false);
    m_slice = slice;
    const Cell last{std::max<std::int64_t>(0, slice.rows() - 1),
                    std::max<std::int64_t>(0, slice.columns() - 1)};
    for (Cell* cell : {&m_top, &m_current, &m_anchor}) {
        cell->row = std::min(cell->row, last.row);
        cell->column = std::min(cell->column, last.column);
    }
    m_anchor = m_current;
    m_columnWidth = 0;
    updateMetrics();
    emit currentChanged();
}

void CellGrid::setFormat(NumberFormat format)
{
    m_format = format;
    m_columnWidth = 0;
    updateMetrics();
}

void CellGrid::setColors(std::optional<CellColors> colors)
{
    m_colors = std::move(colors);
    viewport()->update();
}

void CellGrid::updateMetrics()
{
    const QFontMetrics metrics(font());
    m_rowHeight = metrics.height() + 6;
    const auto widest = [&](std::int64_t count, bool ofRows) {
        if (count == 0)
            return 0;
        const std::int64_t last = ofRows ? m_slice.rowIndex(count - 1) : m_slice.columnIndex(count - 1);
        const std::int64_t first = ofRows ? m_slice.rowIndex(0) : m_slice.columnIndex(0);
        return metrics.horizontalAdvance(QString::number(std::max(first, last))) + 2 * padding;
    };
    m_headerWidth = std::max(28, widest(m_slice.rows(), true));
    int width = std::max(44, widest(m_slice.columns(), false));
    // Wide enough for what is seen first; grows with what is seen later.
    const std::int64_t rows = std::min<std::int64_t>({rowsSeen() + 1, 60, m_slice.rows() - m_top.row});
    const std::int64_t columns = std::min<std::int64_t>({16, m_slice.columns() - m_top.column});
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < columns; ++c) {
            const std::string text =
                elementText(m_tensor, m_slice.flat(m_top.row + r, m_top.column + c), m_format);
            width = std::max(width, metrics.horizontalAdvance(QString::fromStdString(text)) + 2 * padding);
        }
    m_columnWidth = std::max(m_columnWidth, std::min(width, 320));
    updateScrollBars();
    viewport()->update();
}

std::int64_t CellGrid::rowsSeen() const
{
    return std::max(1, (viewport()->height() - m_rowHeight) / std::max(1, m_rowHeight));
}
std::int64_t CellGrid::columnsSeen() const
{
    return std::max(1, (viewport()->width() - m_headerWidth) / std::max(1, m_columnWidth));
}

void CellGrid::updateScrollBars()
{
    const std::int64_t down = std::max<std::int64_t>(0, m_slice.rows() - rowsSeen());
    const std::int64_t across = std::max<std::int64_t>(0, m_slice.columns() - columnsSeen());
    m_top = {std::min(m_top.row, down), std::min(m_top.column, across)};
    const QSignalBlocker quietDown(verticalScrollBar()), quietAcross(horizontalScrollBar());
    verticalScrollBar()->setPageStep(int(rowsSeen()));
    verticalScrollBar()->setRange(0, int(std::min(down, mostTicks)));
    verticalScrollBar()->setValue(toTick(m_top.row, down));
    horizontalScrollBar()->setPageStep(int(columnsSeen()));
    horizontalScrollBar()->setRange(0, int(std::min(across, mostTicks)));
    horizontalScrollBar()->setValue(toTick(m_top.column, across));
}

void CellGrid::scrollContentsBy(int dx, int dy)
{
    finishEdit(false);
    if (dy != 0)
        m_top.row =
            fromTick(verticalScrollBar()->value(), std::max<std::int64_t>(0, m_slice.rows() - rowsSeen()));
    if (dx != 0)
        m_top.column = fromTick(horizontalScrollBar()->value(),
                                std::max<std::int64_t>(0, m_slice.columns() - columnsSeen()));
    updateMetrics();
}

void CellGrid::resizeEvent(QResizeEvent*)
{
    finishEdit(false);
    updateMetrics();
}

std::optional<std::int64_t> CellGrid::currentFlat() const
{
    if (m_slice.rows() == 0 || m_slice.columns() == 0)
        return {};
    return m_slice.flat(m_current.row, m_current.column);
}

void CellGrid::setCurrent(Cell cell) { moveTo(cell, Select::Move); }

void CellGrid::moveTo(Cell cell, Select select)
{
    finishEdit(false);
    if (m_slice.rows() == 0 || m_slice.columns() == 0)
        return;
    m_current = {std::clamp<std::int64_t>(cell.row, 0, m_slice.rows() - 1),
                 std::clamp<std::int64_t>(cell.column, 0, m_slice.columns() - 1)};
    if (select == Select::Move)
        m_anchor = m_current;
    ensureVisible(m_current);
    viewport()->update();
    emit currentChanged();
}

void CellGrid::ensureVisible(Cell cell)
{
    const auto bring = [](std::int64_t& top, std::int64_t place, std::int64_t seen) {
        if (place < top)
            top = place;
        else if (place >= top + seen)
            top = place - seen + 1;
    };
    bring(m_top.row, cell.row, rowsSeen());
    bring(m_top.column, cell.column, columnsSeen());
    updateMetrics();
}

QRect CellGrid::rectOf(Cell cell) const
{
    return {m_headerWidth + int(cell.column - m_top.column) * m_columnWidth,
            m_rowHeight + int(cell.row - m_top.row) * m_rowHeight, m_columnWidth, m_rowHeight};
}

std::optional<Cell> CellGrid::cellAt(QPoint point) const
{
    if (m_slice.rows() == 0 || m_slice.columns() == 0)
        return {};
    const std::int64_t down = std::int64_t(std::floor(double(point.y() - m_rowHeight) / m_rowHeight));
    const std::int64_t across = std::int64_t(std::floor(double(point.x() - m_headerWidth) / m_columnWidth));
    return Cell{std::clamp<std::int64_t>(m_top.row + down, 0, m_slice.rows() - 1),
                std::clamp<std::int64_t>(m_top.column + across, 0, m_slice.columns() - 1)};
}

CellRect CellGrid::selection() const
{
    const auto [top, bottom] = std::minmax(m_anchor.row, m_current.row);
    const auto [left, right] = std::minmax(m_anchor.column, m_current.column);
    return {top, left, bottom - top + 1, right - left + 1};
}

QString CellGrid::selectedText()
{
    const CellRect area = selection();
    if (m_slice.rows() == 0 || m_slice.columns() == 0)
        return {};
    if (area.rows > mostCopiedCells / area.columns) {
        emit copyRefused(
            tr("At most %L1 cells can be copied; export the slice as .csv instead.").arg(mostCopiedCells));
        return {};
    }
    std::string text;
    for (std::int64_t r = 0; r < area.rows; ++r) {
        for (std::int64_t c = 0; c < area.columns; ++c)
            text += (c == 0 ? "" : "\t") +
                    elementText(m_tensor, m_slice.flat(area.row + r, area.column + c), m_format);
        text += '\n';
    }
    return QString::fromStdString(text);
}

void CellGrid::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Copy)) {
        if (const QString text = selectedText(); !text.isEmpty())
            QApplication::clipboard()->setText(text);
        return;
    }
    if (event->matches(QKeySequence::SelectAll)) {
        m_anchor = {0, 0};
        m_current = {std::max<std::int64_t>(0, m_slice.rows() - 1),
                     std::max<std::int64_t>(0, m_slice.columns() - 1)};
        viewport()->update();
        return;
    }
    Cell cell = m_current;
    const bool isFar = event->modifiers().testFlag(Qt::ControlModifier);
    switch (event->key()) {
    case Qt::Key_Up:
        cell.row = isFar ? 0 : cell.row - 1;
        break;
    case Qt::Key_Down:
        cell.row = isFar ? m_slice.rows() - 1 : cell.row + 1;
        break;
    case Qt::Key_Left:
        cell.column = isFar ? 0 : cell.column - 1;
        break;
    case Qt::Key_Right:
        cell.column = isFar ? m_slice.columns() - 1 : cell.column + 1;
        break;
    case Qt::Key_PageUp:
        cell.row -= rowsSeen();
        break;
    case Qt::Key_PageDown:
        cell.row += rowsSeen();
        break;
    case Qt::Key_Home:
        cell = {isFar ? 0 : cell.row, 0};
        break;
    case Qt::Key_End:
        cell = {isFar ? m_slice.rows() - 1 : cell.row, m_slice.columns() - 1};
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_F2:
        edit();
        return;
    default:
        QAbstractScrollArea::keyPressEvent(event);
        return;
    }
    moveTo(cell, event->modifiers().testFlag(Qt::ShiftModifier) ? Select::Extend : Select::Move);
}

void CellGrid::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    setFocus(Qt::MouseFocusReason);
    if (const auto cell = cellAt(event->position().toPoint()))
        moveTo(*cell, event->modifiers().testFlag(Qt::ShiftModifier) ? Select::Extend : Select::Move);
}

void CellGrid::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons().testFlag(Qt::LeftButton))
        if (const auto cell = cellAt(event->position().toPoint()))
            moveTo(*cell, Select::Extend);
}

void CellGrid::mouseDoubleClickEvent(QMouseEvent*) { edit(); }

void CellGrid::focusInEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}
void CellGrid::focusOutEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

void CellGrid::edit()
{
    const auto flat = currentFlat();
    if (!m_isEditable || !flat || m_editor != nullptr)
        return;
    ensureVisible(m_current);
    m_editor = new QLineEdit(QString::fromStdString(elementText(m_tensor, *flat, {Notation::General, 9})),
                             viewport());
    m_editor->setFont(font());
    m_editor->setAccessibleName(tr("New value of the element"));
    m_editor->setGeometry(rectOf(m_current).adjusted(-1, -2, 1, 2));
    m_editor->selectAll();
    m_editor->installEventFilter(this);
    m_editor->show();
    m_editor->setFocus();
    connect(m_editor, &QLineEdit::returnPressed, this, [this] { finishEdit(true); });
}

void CellGrid::finishEdit(bool isAccepted)
{
    if (m_editor == nullptr)
        return;
    QLineEdit* editor = std::exchange(m_editor, nullptr);
    const QString text = editor->text();
    editor->removeEventFilter(this);
    editor->deleteLater();
    editor->hide();
    setFocus();
    if (isAccepted)
        emit edited(m_slice.flat(m_current.row, m_current.column), text);
}

bool CellGrid::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_editor && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        finishEdit(false);
        return true;
    }
    return QAbstractScrollArea::eventFilter(watched, event);
}

void CellGrid::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    painter.setFont(font());
    if (m_slice.rows() == 0 || m_slice.columns() == 0) {
        painter.setPen(m_muted);
        painter.drawText(viewport()->rect(), Qt::AlignCenter, tr("No elements"));
        return;
    }
    paintCells(painter);
    paintHeaders(painter);
}

void CellGrid::paintCells(QPainter& painter) const
{
    const CellRect chosen = selection();
    const bool isNumeric = m_tensor.type() != graph::DataType::String && m_tensor.bytes() != nullptr;
    const bool isText = m_tensor.type() == graph::DataType::String;
    const QFontMetrics metrics(font());
    const std::int64_t lastRow = std::min(m_slice.rows(), m_top.row + rowsSeen() + 2);
    const std::int64_t lastColumn = std::min(m_slice.columns(), m_top.column + columnsSeen() + 2);
    for (std::int64_t row = m_top.row; row < lastRow; ++row)
        for (std::int64_t column = m_top.column; column < lastColumn; ++column) {
            const QRect rect = rectOf({row, column});
            const std::int64_t flat = m_slice.flat(row, column);
            const double value = isNumeric ? debug::element(m_tensor, flat) : 0;
            QColor ink = isNumeric && !std::isfinite(value) ? m_bad : m_text;
            if (m_colors && isNumeric) {
                const QColor fill = QColor::fromRgb(m_colors->scale.of(value, m_colors->range));
                painter.fillRect(rect, fill);
                ink = theme::Theme::textOn(fill);
            }
            const bool isChosen = row >= chosen.row && row < chosen.row + chosen.rows &&
                                  column >= chosen.column && column < chosen.column + chosen.columns;
            if (isChosen && (chosen.rows > 1 || chosen.columns > 1)) {
                QColor veil = m_accent;
                veil.setAlphaF(m_colors ? 0.45f : 0.22f);
                painter.fillRect(rect, veil);
            }
            if (row == m_current.row && column == m_current.column) {
                if (hasFocus()) {
                    painter.fillRect(rect, m_accent);
                    ink = m_onAccent;
                } else {
                    painter.setPen(m_accent);
                    painter.drawRect(rect.adjusted(0, 0, -1, -1));
                }
            }
            painter.setPen(ink);
            const QString text = QString::fromStdString(elementText(m_tensor, flat, m_format));
            const QRect place = rect.adjusted(padding, 0, -padding, 0);
            painter.drawText(
                place, (isText ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter | Qt::TextSingleLine,
                metrics.elidedText(text, Qt::ElideRight, place.width() + 2));
        }
}

void CellGrid::paintHeaders(QPainter& painter) const
{
    const QRect area = viewport()->rect();
    painter.fillRect(0, 0, area.width(), m_rowHeight, m_headerFill);
    painter.fillRect(0, 0, m_headerWidth, area.height(), m_headerFill);
    const std::int64_t lastRow = std::min(m_slice.rows(), m_top.row + rowsSeen() + 2);
    const std::int64_t lastColumn = std::min(m_slice.columns(), m_top.column + columnsSeen() + 2);
    const auto header = [&](QRect rect, const QString& text, bool isCurrent, int align) {
        painter.setPen(isCurrent ? m_text : m_muted);
        painter.drawText(rect.adjusted(padding, 0, -padding, 0), align | Qt::TextSingleLine, text);
    };
    painter.save();
    painter.setClipRect(m_headerWidth, 0, area.width(), m_rowHeight);
    for (std::int64_t column = m_top.column; column < lastColumn && m_slice.columnAxis() >= 0; ++column) {
        QRect rect = rectOf({m_top.row, column});
        rect.moveTop(0);
        header(rect, QString::number(m_slice.columnIndex(column)), column == m_current.column,
               Qt::AlignRight | Qt::AlignVCenter);
    }
    painter.setClipRect(0, m_rowHeight, m_headerWidth, area.height());
    for (std::int64_t row = m_top.row; row < lastRow && m_slice.rowAxis() >= 0; ++row) {
        QRect rect = rectOf({row, m_top.column});
        rect.setLeft(0);
        rect.setWidth(m_headerWidth);
        header(rect, QString::number(m_slice.rowIndex(row)), row == m_current.row,
               Qt::AlignRight | Qt::AlignVCenter);
    }
    painter.restore();
    painter.setPen(m_border);
    painter.drawLine(0, m_rowHeight - 1, area.width(), m_rowHeight - 1);
    painter.drawLine(m_headerWidth - 1, 0, m_headerWidth - 1, area.height());
}

} // namespace orrery::tensor_view
