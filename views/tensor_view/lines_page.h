#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// LinesPage: a LinesView with the choice of which rows it shows.

#include "views/tensor_view/lines_view.h"

#include <QLabel>
#include <QSpinBox>

namespace orrery::tensor_view {

class LinesPage : public QWidget {
public:
    explicit LinesPage(QWidget* parent);
    void setTheme(const theme::Theme& theme) { m_lines->setTheme(theme); }
    void setContent(SubjectPointer subject, const SliceView& slice);
    LinesView& lines() { return *m_lines; }
    bool isBusy() const { return m_lines->isBusy(); }

private:
    LinesView* m_lines;
    QWidget* m_controls;
    QSpinBox* m_first;
    QLabel* m_count;
};

} // namespace orrery::tensor_view
