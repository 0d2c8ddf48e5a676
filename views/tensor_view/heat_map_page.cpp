// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/heat_map_page.h"

#include "views/tensor_view/image_conversion.h"
#include "views/tensor_view/number_format.h"

#include <QBoxLayout>
#include <QDoubleValidator>

#include <cmath>

namespace orrery::tensor_view {
namespace {

enum ScaleChoice { Fitting, Sequential, Diverging, Gray };

} // namespace

HeatMapPage::HeatMapPage(QWidget* parent)
    : QWidget(parent)
    , m_theme(*theme::Theme::load(theme::Mode::Light))
    , m_map(new HeatMap(this))
    , m_bar(new ColorBar(this))
    , m_rangeBox(new QComboBox(this))
    , m_scaleBox(new QComboBox(this))
    , m_share(new QDoubleSpinBox(this))
    , m_low(new QLineEdit(this))
    , m_high(new QLineEdit(this))
    , m_reading(new QLabel(this))
{
    m_rangeBox->addItems({tr("Range of the slice"), tr("Of the whole tensor"), tr("Symmetric"),
                          tr("Percentile"), tr("From … to …")});
    m_rangeBox->setToolTip(tr("Which numbers get the colours at the two ends"));
    m_rangeBox->setAccessibleName(tr("Range of the colours"));
    m_scaleBox->addItems({tr("Fitting colours"), tr("Cold to hot"), tr("Two hues"), tr("Gray")});
    m_scaleBox->setAccessibleName(tr("Colours"));
    m_share->setRange(10, 99.99);
    m_share->setValue(98);
    m_share->setDecimals(2);
    m_share->setSuffix(" %");
    m_share->setToolTip(tr("The middle share of the elements; what lies outside gets the end colours"));
    for (QLineEdit* field : {m_low, m_high}) {
        field->setValidator(new QDoubleValidator(field));
        field->setMaximumWidth(90);
    }
    m_low->setPlaceholderText(tr("lowest"));
    m_high->setPlaceholderText(tr("highest"));
    m_reading->setTextFormat(Qt::PlainText);
    m_reading->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto* controls = new QHBoxLayout;
    controls->setSpacing(6);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_scaleBox, m_rangeBox, m_share, m_low, m_high})
        controls->addWidget(widget);
    controls->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 6);
    column->setSpacing(6);
    column->addLayout(controls);
    column->addWidget(m_map, 1);
    column->addWidget(m_bar);
    column->addWidget(m_reading);

    connect(m_rangeBox, &QComboBox::currentIndexChanged, this, &HeatMapPage::updateColors);
    connect(m_scaleBox, &QComboBox::currentIndexChanged, this, &HeatMapPage::updateColors);
    connect(m_share, &QDoubleSpinBox::valueChanged, this, &HeatMapPage::updateColors);
    connect(m_low, &QLineEdit::textEdited, this, &HeatMapPage::updateColors);
    connect(m_high, &QLineEdit::textEdited, this, &HeatMapPage::updateColors);
    connect(m_map, &PlaneView::pointedAt, this, &HeatMapPage::showCell);
    connect(m_map, &PlaneView::chosen, this,
            [this](Cell cell) { emit chosen(m_map->slice().flat(cell.row, cell.column)); });
    updateColors();
}

void HeatMapPage::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    m_map->setTheme(theme);
    m_bar->setTheme(theme);
    m_reading->setFont(theme.font(theme::FontRole::Mono));
    updateColors();
}

void HeatMapPage::setContent(SubjectPointer subject, const SliceView& slice)
{
    const bool isOther = subject != m_subject;
    if (isOther && (!subject || !m_subject || subject->dims() != m_subject->dims()))
        m_sliceRange.reset();
    m_subject = std::move(subject);
    if (m_subject && (isOther || slice != m_slice))
        m_rangeTask.submit([subject = m_subject, slice](
                               std::stop_token stop) { return rangeOfSlice(subject->elements, slice, stop); },
                           [this](std::optional<ValueRange> range) {
                               m_sliceRange = range;
                               updateColors();
                           });
    m_slice = slice;
    m_isTurned = slice.columns() == 1 && slice.rows() > 1;
    updateColors();
    m_map->setContent(m_subject, m_isTurned ? slice.transposed() : slice);
    showCell(m_map->current());
}

void HeatMapPage::setRangeMode(RangeMode mode) { m_rangeBox->setCurrentIndex(int(mode)); }

void HeatMapPage::setScaleKind(ScaleKind kind)
{
    m_scaleBox->setCurrentIndex(kind == ScaleKind::Sequential  ? Sequential
                                : kind == ScaleKind::Diverging ? Diverging
                                                               : Gray);
}

void HeatMapPage::setCurrent(Cell cell)
{
    if (m_isTurned)
        std::swap(cell.row, cell.column);
    if (m_map->current() != cell)
        m_map->setCurrent(cell);
}

ScaleKind HeatMapPage::scaleKind() const
{
    switch (m_scaleBox->currentIndex()) {
    case Sequential:
        return ScaleKind::Sequential;
    case Diverging:
        return ScaleKind::Diverging;
    case Gray:
        return ScaleKind::Gray;
    default:
        return m_subject && isSigned(m_subject->statistics) ? ScaleKind::Diverging : ScaleKind::Sequential;
    }
}

HeatMapPage::Colors HeatMapPage::colors() const
{
    const auto mode = RangeMode(m_rangeBox->currentIndex());
    const ScaleKind kind = scaleKind();
    ValueRange range = rangeOf(mode, m_subject->statistics, m_subject->histogram, m_share->value() / 100);
    if (mode == RangeMode::Slice && m_sliceRange)
        range = *m_sliceRange;
    // The neutral middle of two hues is 0 unless somebody says otherwise.
    if (kind == ScaleKind::Diverging && (mode == RangeMode::Auto || mode == RangeMode::Slice)) {
        const double far = std::max(std::abs(range.low), std::abs(range.high));
        range = {-far, far};
    }
    if (mode == RangeMode::Manual) {
        const QLocale locale;
        bool isLow = false, isHigh = false;
        const double low = locale.toDouble(m_low->text(), &isLow),
                     high = locale.toDouble(m_high->text(), &isHigh);
        range = {isLow ? low : range.low, isHigh ? high : range.high};
    }
    return {ColorScale(m_theme, kind), range};
}

std::function<QImage(std::stop_token)> HeatMapPage::picture() const
{
    if (!m_subject)
        return [](std::stop_token) { return QImage(); };
    return [subject = m_subject, slice = m_map->slice(), colors = colors()](std::stop_token stop) {
        const CellRect all{0, 0, slice.rows(), slice.columns()};
        return colored(reduce(subject->elements, slice, all, int(largestSide), int(largestSide),
                              isSigned(subject->statistics) ? 0 : subject->statistics.mean, stop),
                       colors.scale, colors.range);
    };
}

void HeatMapPage::updateColors()
{
    const auto mode = RangeMode(m_rangeBox->currentIndex());
    m_share->setVisible(mode == RangeMode::Percentile);
    m_low->setVisible(mode == RangeMode::Manual);
    m_high->setVisible(mode == RangeMode::Manual);
    if (!m_subject)
        return;
    const Colors now = colors();
    m_map->setColors(now.scale, now.range);
    m_bar->setScale(now.scale, now.range);
    m_bar->setBad(m_subject->statistics.nans > 0, m_subject->statistics.infinities > 0);
}

void HeatMapPage::showCell(std::optional<Cell> cell)
{
    if (!cell || !m_subject || cell->row >= m_map->rows() || cell->column >= m_map->columns()) {
        m_reading->setText(tr("Point at a cell to read it"));
        m_reading->setEnabled(false);
        return;
    }
    const SliceView& slice = m_map->slice();
    const std::int64_t flat = slice.flat(cell->row, cell->column);
    QString place;
    for (std::int64_t index : debug::indexOf(m_subject->dims(), flat))
        place += (place.isEmpty() ? "" : ", ") + QString::number(index);
    const std::string value = m_subject->elements.minus
                                  ? numberText(m_subject->elements.at(flat), {Notation::General, 6})
                                  : elementText(m_subject->tensor(), flat, {Notation::General, 7});
    m_reading->setEnabled(true);
    m_reading->setText(QString("[%1] = %2").arg(place, QString::fromStdString(value)));
}

} // namespace orrery::tensor_view
