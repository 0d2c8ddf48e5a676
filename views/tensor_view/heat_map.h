#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// HeatMap: a slice as coloured cells, one pixel-exact square each; zoomed out, the pixels of reduce(). The
// values of what is seen are read off the GUI thread (newest wins); until they arrive the last picture is
// shown in its place, so zooming never waits.

#include "views/async/task.h"
#include "views/tensor_view/color_scale.h"
#include "views/tensor_view/plane_view.h"
#include "views/tensor_view/subject.h"

namespace orrery::tensor_view {

class HeatMap : public PlaneView {
    Q_OBJECT

public:
    explicit HeatMap(QWidget* parent);

    void setContent(SubjectPointer subject, const SliceView& slice); // null: nothing
    void setColors(const ColorScale& scale, const ValueRange& range);
    const SliceView& slice() const { return m_slice; }
    bool isBusy() const { return m_task.busy(); }

protected:
    void paintPlane(QPainter& painter) override;

private:
    void render();
    void recolor();

    SubjectPointer m_subject;
    SliceView m_slice;
    ColorScale m_scale;
    ValueRange m_range;
    CellRect m_area; // of m_values
    Reduced m_values;
    QImage m_image;
    async::Task m_task;
};

} // namespace orrery::tensor_view
