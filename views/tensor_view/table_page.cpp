// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/table_page.h"

#include <QBoxLayout>

namespace orrery::tensor_view {

TablePage::TablePage(QWidget* parent)
    : QWidget(parent)
    , m_theme(*theme::Theme::load(theme::Mode::Light))
    , m_grid(new CellGrid(this))
    , m_notation(new QComboBox(this))
    , m_digits(new QSpinBox(this))
    , m_colored(new QCheckBox(tr("Colours"), this))
    , m_hint(new QLabel(this))
{
    m_notation->addItems({tr("Shortest"), tr("Fixed"), tr("Scientific"), tr("Hex bits")}); // as Notation
    m_notation->setAccessibleName(tr("Number format"));
    m_digits->setRange(0, 17);
    m_digits->setValue(NumberFormat{}.digits);
    m_digits->setSuffix(tr(" digits"));
    m_hint->setTextFormat(Qt::PlainText);
    auto* controls = new QHBoxLayout;
    controls->setContentsMargins(8, 8, 8, 0);
    controls->setSpacing(6);
    controls->addWidget(m_notation);
    controls->addWidget(m_digits);
    controls->addWidget(m_colored);
    controls->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addLayout(controls);
    column->addWidget(m_grid, 1);
    column->addWidget(m_hint);
    m_hint->setContentsMargins(8, 0, 8, 6);
    connect(m_notation, &QComboBox::currentIndexChanged, this, &TablePage::updateFormat);
    connect(m_digits, &QSpinBox::valueChanged, this, &TablePage::updateFormat);
    connect(m_colored, &QCheckBox::toggled, this, &TablePage::updateColors);
    connect(m_grid, &CellGrid::copyRefused, m_hint, &QLabel::setText);
    setEditable(false);
}

void TablePage::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    m_grid->setTheme(theme);
    m_hint->setFont(theme.font(theme::FontRole::Small));
    QPalette colors = m_hint->palette();
    colors.setColor(QPalette::WindowText, theme.color(theme::Role::TextMuted));
    m_hint->setPalette(colors);
    updateColors();
}

void TablePage::setContent(SubjectPointer subject, const SliceView& slice)
{
    if (subject != m_subject) {
        m_subject = std::move(subject);
        m_grid->setTensor(m_subject ? m_subject->tensor() : graph::Tensor());
        updateColors();
    }
    if (m_subject)
        m_grid->setSlice(slice);
}

void TablePage::setEditable(bool isEditable)
{
    m_grid->setEditable(isEditable);
    m_hint->setText(isEditable ? tr("Enter or a double click changes an element") : QString());
    m_hint->setVisible(isEditable);
}

void TablePage::updateFormat()
{
    const auto notation = Notation(m_notation->currentIndex());
    m_digits->setVisible(notation != Notation::Hex);
    m_grid->setFormat({notation, m_digits->value()});
}

void TablePage::updateColors()
{
    if (!m_colored->isChecked() || !m_subject)
        return m_grid->setColors({});
    const bool bothSigns = isSigned(m_subject->statistics);
    m_grid->setColors(
        CellGrid::CellColors{ColorScale(m_theme, bothSigns ? ScaleKind::Diverging : ScaleKind::Sequential),
                             rangeOf(bothSigns ? RangeMode::Symmetric : RangeMode::Auto,
                                     m_subject->statistics, m_subject->histogram)});
}

} // namespace orrery::tensor_view
