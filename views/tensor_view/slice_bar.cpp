// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/slice_bar.h"

#include <QSignalBlocker>

#include <algorithm>

namespace orrery::tensor_view {
namespace {

constexpr std::size_t mostAxisRows = 6;
constexpr std::int64_t mostSteps = 1'000'000'000; // of a slider

} // namespace

SliceBar::SliceBar(QWidget* parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
    , m_field(new QLineEdit(this))
    , m_rows(new QComboBox(this))
    , m_columns(new QComboBox(this))
    , m_rowsLabel(new QLabel(tr("down"), this))
    , m_columnsLabel(new QLabel(tr("across"), this))
    , m_error(new QLabel(this))
{
    m_field->setToolTip(tr("The part that is shown, as in NumPy: [0, :, 2:5]"));
    m_field->setAccessibleName(tr("Slice"));
    m_rows->setAccessibleName(tr("Axis that runs down"));
    m_columns->setAccessibleName(tr("Axis that runs across"));
    for (QLabel* label : {m_rowsLabel, m_columnsLabel, m_error})
        label->setTextFormat(Qt::PlainText);
    m_error->setWordWrap(true);
    m_error->hide();
    m_grid->setContentsMargins(8, 6, 8, 0);
    m_grid->setHorizontalSpacing(6);
    m_grid->setVerticalSpacing(4);
    auto* axes = new QHBoxLayout;
    axes->setSpacing(6);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_rowsLabel, m_rows, m_columnsLabel, m_columns})
        axes->addWidget(widget);
    axes->addStretch();
    m_grid->addWidget(m_field, 0, 0, 1, 3);
    m_grid->addWidget(m_error, 1, 0, 1, 3);
    m_grid->addLayout(axes, 2, 0, 1, 3);
    m_grid->setColumnStretch(1, 1);
    connect(m_field, &QLineEdit::editingFinished, this, &SliceBar::parse);
    connect(m_rows, &QComboBox::activated, this, [this](int at) {
        SliceView slice = m_slice;
        slice.setRowAxis(at - 1);
        change(slice);
    });
    connect(m_columns, &QComboBox::activated, this, [this](int at) {
        SliceView slice = m_slice;
        slice.setColumnAxis(at - 1);
        change(slice);
    });
}

void SliceBar::setTheme(const theme::Theme& theme)
{
    m_field->setFont(theme.font(theme::FontRole::Mono));
    for (QLabel* label : {m_rowsLabel, m_columnsLabel, m_error}) {
        label->setFont(theme.font(theme::FontRole::Small));
        QPalette colors = label->palette();
        colors.setColor(QPalette::WindowText,
                        theme.color(label == m_error ? theme::Role::Error : theme::Role::TextMuted));
        label->setPalette(colors);
    }
    for (AxisRow& row : m_axes)
        row.label->setPalette(m_rowsLabel->palette());
}

void SliceBar::setSlice(const SliceView& slice)
{
    const bool isSameDims = slice.dims() == m_slice.dims();
    m_slice = slice;
    if (!isSameDims)
        for (QComboBox* box : {m_rows, m_columns}) {
            box->clear();
            box->addItem(tr("none"));
            for (std::size_t i = 0; i < slice.dims().size(); ++i)
                box->addItem(QString("%1: %2").arg(i).arg(slice.dims()[i]));
        }
    const bool hasChoice = slice.rank() > 1;
    for (QWidget* widget : std::initializer_list<QWidget*>{m_rowsLabel, m_rows, m_columnsLabel, m_columns})
        widget->setVisible(hasChoice);
    setVisible(slice.rank() > 0);
    rebuildRows();
    update();
}

void SliceBar::change(const SliceView& slice)
{
    if (slice == m_slice)
        return;
    setSlice(slice);
    emit sliceChanged();
}

void SliceBar::parse()
{
    auto slice = SliceView::parse(m_field->text().toStdString(), m_slice.dims());
    m_error->setVisible(!slice.ok());
    if (!slice.ok())
        m_error->setText(QString::fromStdString(slice.error().message));
    else if (*slice != m_slice)
        change(*slice);
    else
        update();
}

void SliceBar::rebuildRows()
{
    std::vector<int> standing;
    for (int axis = 0; axis < m_slice.rank(); ++axis)
        if (axis != m_slice.rowAxis() && axis != m_slice.columnAxis() &&
            m_slice.dims()[std::size_t(axis)] > 1 && standing.size() < mostAxisRows)
            standing.push_back(axis);
    const bool isSame = std::equal(standing.begin(), standing.end(), m_axes.begin(), m_axes.end(),
                                   [](int axis, const AxisRow& row) { return axis == row.axis; });
    if (!isSame) {
        for (AxisRow& row : m_axes)
            for (QWidget* widget : std::initializer_list<QWidget*>{row.label, row.slider, row.number})
                widget->deleteLater();
        m_axes.clear();
        for (int axis : standing) {
            AxisRow row{axis, new QLabel(tr("axis %1").arg(axis), this), new QSlider(Qt::Horizontal, this),
                        new QSpinBox(this)};
            row.label->setTextFormat(Qt::PlainText);
            row.label->setFont(m_rowsLabel->font());
            row.label->setPalette(m_rowsLabel->palette());
            row.slider->setAccessibleName(tr("Index on axis %1").arg(axis));
            row.number->setAccessibleName(tr("Index on axis %1").arg(axis));
            const auto move = [this, axis](int index) {
                SliceView slice = m_slice;
                slice.setIndex(axis, index);
                change(slice);
            };
            connect(row.slider, &QSlider::valueChanged, this, move);
            connect(row.number, &QSpinBox::valueChanged, this, move);
            const int line = 3 + int(m_axes.size());
            m_grid->addWidget(row.label, line, 0);
            m_grid->addWidget(row.slider, line, 1);
            m_grid->addWidget(row.number, line, 2);
            m_axes.push_back(row);
        }
    }
    for (AxisRow& row : m_axes) {
        const QSignalBlocker quietSlider(row.slider), quietNumber(row.number);
        const auto last = int(std::min(m_slice.dims()[std::size_t(row.axis)] - 1, mostSteps));
        row.slider->setMaximum(last);
        row.number->setMaximum(last);
        row.number->setToolTip(tr("0 to %L1").arg(last));
    }
}

void SliceBar::update()
{
    m_error->hide();
    m_field->setText(QString::fromStdString(m_slice.text()));
    m_rows->setCurrentIndex(m_slice.rowAxis() + 1);
    m_columns->setCurrentIndex(m_slice.columnAxis() + 1);
    for (AxisRow& row : m_axes) {
        const QSignalBlocker quietSlider(row.slider), quietNumber(row.number);
        const auto index = int(std::min(m_slice.index(row.axis), mostSteps));
        row.slider->setValue(index);
        row.number->setValue(index);
    }
}

} // namespace orrery::tensor_view
