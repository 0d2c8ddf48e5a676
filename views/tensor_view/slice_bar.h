#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// SliceBar: what part of a tensor is looked at: the slice as text, which axes run down and across, and for
// each of the others a slider and a number. All show the same SliceView.

#include "views/tensor_view/slice_view.h"
#include "views/theme/theme.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSlider>
#include <QSpinBox>

#include <vector>

namespace orrery::tensor_view {

class SliceBar : public QWidget {
    Q_OBJECT

public:
    explicit SliceBar(QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setSlice(const SliceView& slice); // emits nothing
    const SliceView& slice() const { return m_slice; }
    QLineEdit* field() const { return m_field; }

signals:
    void sliceChanged(); // by the user

private:
    struct AxisRow {
        int axis;
        QLabel* label;
        QSlider* slider;
        QSpinBox* number;
    };

    void parse();
    void rebuildRows();
    void update();
    void change(const SliceView& slice);

    SliceView m_slice;
    QGridLayout* m_grid;
    QLineEdit* m_field;
    QComboBox *m_rows, *m_columns;
    QLabel *m_rowsLabel, *m_columnsLabel, *m_error;
    std::vector<AxisRow> m_axes;
};

} // namespace orrery::tensor_view
