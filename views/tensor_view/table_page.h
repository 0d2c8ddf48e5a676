#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TablePage: a CellGrid with the choice of number format and of colours behind the numbers.

#include "views/tensor_view/cell_grid.h"
#include "views/tensor_view/subject.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QSpinBox>

namespace orrery::tensor_view {

class TablePage : public QWidget {
    Q_OBJECT

public:
    explicit TablePage(QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setContent(SubjectPointer subject, const SliceView& slice);
    void setEditable(bool isEditable);
    CellGrid& grid() { return *m_grid; }

private:
    void updateColors();
    void updateFormat();

    theme::Theme m_theme;
    SubjectPointer m_subject;
    CellGrid* m_grid;
    QComboBox* m_notation;
    QSpinBox* m_digits;
    QCheckBox* m_colored;
    QLabel* m_hint;
};

} // namespace orrery::tensor_view
