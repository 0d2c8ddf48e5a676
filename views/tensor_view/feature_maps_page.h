#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// FeatureMapsPage: FeatureMaps with their controls: one range for all channels or one each, size, item.

#include "views/tensor_view/feature_maps.h"

#include <QComboBox>
#include <QSlider>
#include <QSpinBox>

namespace orrery::tensor_view {

class FeatureMapsPage : public QWidget {
public:
    explicit FeatureMapsPage(QWidget* parent);
    void setTheme(const theme::Theme& theme) { m_maps->setTheme(theme); }
    void setSubject(SubjectPointer subject);
    FeatureMaps& maps() { return *m_maps; }
    bool isBusy() const { return m_maps->isBusy(); }

private:
    FeatureMaps* m_maps;
    QComboBox* m_range;
    QSlider* m_size;
    QSpinBox* m_item;
};

} // namespace orrery::tensor_view
