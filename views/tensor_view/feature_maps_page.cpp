// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/feature_maps_page.h"

#include <QBoxLayout>

namespace orrery::tensor_view {
FeatureMapsPage::FeatureMapsPage(QWidget* parent)
    : QWidget(parent)
    , m_maps(new FeatureMaps(this))
    , m_range(new QComboBox(this))
    , m_size(new QSlider(Qt::Horizontal, this))
    , m_item(new QSpinBox(this))
{
    m_range->addItems({tr("Own range each"), tr("One range for all")});
    m_range->setAccessibleName(tr("Range of the colours"));
    m_size->setRange(32, 256);
    m_size->setValue(76);
    m_size->setMaximumWidth(140);
    m_size->setAccessibleName(tr("Size of the maps"));
    m_size->setToolTip(m_size->accessibleName());
    m_item->setPrefix(tr("item "));
    auto* controls = new QHBoxLayout;
    controls->setSpacing(6);
    controls->addWidget(m_range);
    controls->addWidget(m_item);
    controls->addStretch();
    controls->addWidget(m_size);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 0);
    column->setSpacing(6);
    column->addLayout(controls);
    column->addWidget(m_maps, 1);
    QObject::connect(m_range, &QComboBox::currentIndexChanged, m_maps,
                     [this](int at) { m_maps->setRange(FeatureMaps::Range(at)); });
    QObject::connect(m_size, &QSlider::valueChanged, m_maps, [this](int size) { m_maps->setTileSize(size); });
    QObject::connect(m_item, &QSpinBox::valueChanged, m_maps, [this](int item) { m_maps->setItem(item); });
}

void FeatureMapsPage::setSubject(SubjectPointer subject)
{
    m_maps->setSubject(std::move(subject));
    m_item->setVisible(m_maps->items() > 1);
    m_item->setMaximum(
        int(std::min<std::int64_t>(std::max<std::int64_t>(0, m_maps->items() - 1), 1'000'000'000)));
}

} // namespace orrery::tensor_view
