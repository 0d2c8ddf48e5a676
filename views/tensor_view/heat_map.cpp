// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/heat_map.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace orrery::tensor_view {

HeatMap::HeatMap(QWidget* parent)
    : PlaneView(parent)
{
    setAccessibleName(tr("Heat map"));
    connect(this, &PlaneView::viewChanged, this, &HeatMap::render);
}

void HeatMap::setContent(SubjectPointer subject, const SliceView& slice)
{
    m_subject = std::move(subject);
    m_slice = slice;
    m_area = {};
    m_values = {};
    m_image = {};
    const bool shown = m_subject && m_subject->elements.readable() && slice.rows() > 0 && slice.columns() > 0;
    const std::int64_t oldRows = rows(), oldColumns = columns();
    setPlane(shown ? slice.rows() : 0, shown ? slice.columns() : 0);
    if (rows() == oldRows && columns() == oldColumns)
        render(); // else the fit has done so
    update();
}

void HeatMap::setColors(const ColorScale& scale, const ValueRange& range)
{
    m_scale = scale;
    m_range = range;
    recolor();
}

void HeatMap::recolor()
{
    m_image = m_values.width > 0 ? colored(m_values, m_scale, m_range) : QImage();
    update();
}

void HeatMap::render()
{
    if (!m_subject || rows() <= 0 || columns() <= 0) {
        m_task.cancel();
        return;
    }
    // The cells that are seen, at most one value per device pixel.
    const QRectF whole = rectOf(0, 0, double(rows()), double(columns()));
    const QRectF seen = whole & QRectF(rect());
    if (seen.isEmpty())
        return;
    const double cellWidth = whole.width() / double(columns()), cellHeight = whole.height() / double(rows());
    CellRect area;
    area.row = std::max<std::int64_t>(0, std::int64_t(std::floor((seen.top() - whole.top()) / cellHeight)));
    area.column =
        std::max<std::int64_t>(0, std::int64_t(std::floor((seen.left() - whole.left()) / cellWidth)));
    area.rows =
        std::min(rows(), std::int64_t(std::ceil((seen.bottom() - whole.top()) / cellHeight))) - area.row;
    area.columns =
        std::min(columns(), std::int64_t(std::ceil((seen.right() - whole.left()) / cellWidth))) - area.column;
    const double ratio = devicePixelRatioF();
    const int width = std::max(1, int(std::ceil(double(area.columns) * cellWidth * ratio)));
    const int height = std::max(1, int(std::ceil(double(area.rows) * cellHeight * ratio)));
    const auto& statistics = m_subject->statistics;
    const double center = isSigned(statistics) ? 0 : statistics.mean;
    m_task.submit(
        [subject = m_subject, slice = m_slice, area, width, height, center](std::stop_token stop) {
            return reduce(subject->elements, slice, area, width, height, center, stop);
        },
        [this, area](Reduced values) {
            m_values = std::move(values);
            m_area = area;
            recolor();
        });
}

void HeatMap::paintPlane(QPainter& painter)
{
    if (m_image.isNull())
        return;
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(
        rectOf(double(m_area.row), double(m_area.column), double(m_area.rows), double(m_area.columns)),
        m_image);
}

} // namespace orrery::tensor_view
