// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/image_page.h"

#include "views/tensor_view/number_format.h"

#include <QBoxLayout>
#include <QPainter>

namespace orrery::tensor_view {

void PicturePlane::setPicture(const QImage& image, std::int64_t rows, std::int64_t columns)
{
    m_image = image;
    setPlane(image.isNull() ? 0 : rows, image.isNull() ? 0 : columns);
    update();
}

void PicturePlane::paintPlane(QPainter& painter)
{
    const QRectF place = rectOf(0, 0, double(rows()), double(columns()));
    // Pixels stay pixels when enlarged; shrunk, all of them count.
    painter.setRenderHint(QPainter::SmoothPixmapTransform,
                          place.width() * devicePixelRatioF() < m_image.width());
    painter.drawImage(place, m_image);
}

ImagePage::ImagePage(QWidget* parent)
    : QWidget(parent)
    , m_plane(new PicturePlane(this))
    , m_layoutBox(new QComboBox(this))
    , m_channelsBox(new QComboBox(this))
    , m_normalisationBox(new QComboBox(this))
    , m_item(new QSpinBox(this))
    , m_channel(new QSpinBox(this))
    , m_reading(new QLabel(this))
{
    m_plane->setAccessibleName(tr("Picture"));
    m_layoutBox->addItems({"HW", "CHW", "HWC", "NCHW", "NHWC"}); // in the order of ImageLayout
    m_layoutBox->setToolTip(tr("What the axes are: batch N, channels C, height H, width W"));
    m_layoutBox->setAccessibleName(tr("Layout"));
    m_channelsBox->addItems({tr("Gray"), "RGB", "BGR"});
    m_channelsBox->setAccessibleName(tr("Channels"));
    m_normalisationBox->addItems(
        {tr("Darkest to brightest"), "0 … 1", "−1 … 1", "0 … 255", tr("ImageNet mean, std")});
    m_normalisationBox->setToolTip(tr("Which numbers are black and white"));
    m_normalisationBox->setAccessibleName(tr("Normalisation"));
    m_item->setPrefix(tr("item "));
    m_channel->setPrefix(tr("channel "));
    m_reading->setTextFormat(Qt::PlainText);
    m_reading->setTextInteractionFlags(Qt::TextSelectableByMouse);

    m_normalisationBox->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_normalisationBox->setMinimumContentsLength(10);
    auto* controls = new QHBoxLayout;
    controls->setSpacing(6);
    for (QWidget* widget : {m_layoutBox, m_channelsBox})
        controls->addWidget(widget);
    controls->addWidget(m_normalisationBox, 1);
    auto* numbers = new QHBoxLayout;
    numbers->setSpacing(6);
    for (QWidget* widget : {m_item, m_channel})
        numbers->addWidget(widget);
    numbers->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 6);
    column->setSpacing(6);
    column->addLayout(controls);
    column->addLayout(numbers);
    column->addWidget(m_plane, 1);
    column->addWidget(m_reading);

    for (QComboBox* box : {m_layoutBox, m_channelsBox, m_normalisationBox})
        connect(box, &QComboBox::activated, this, &ImagePage::render);
    connect(m_item, &QSpinBox::valueChanged, this, &ImagePage::render);
    connect(m_channel, &QSpinBox::valueChanged, this, &ImagePage::render);
    connect(m_plane, &PlaneView::pointedAt, this, &ImagePage::showPixel);
}

void ImagePage::setTheme(const theme::Theme& theme)
{
    m_nan = theme.color(theme::Role::NotANumber).rgb();
    m_infinity = theme.color(theme::Role::Infinite).rgb();
    m_plane->setTheme(theme);
    m_reading->setFont(theme.font(theme::FontRole::Mono));
    render();
}

void ImagePage::setSubject(SubjectPointer subject)
{
    m_subject = std::move(subject);
    if (m_subject && m_subject->dims() != m_guessedFor)
        guess();
    render();
    showPixel(m_plane->current());
}

void ImagePage::guess()
{
    m_guessedFor = m_subject->dims();
    const std::size_t rank = m_guessedFor.size();
    ImageOptions fallback;
    fallback.layout = rank == 4 ? ImageLayout::NCHW : rank == 3 ? ImageLayout::CHW : ImageLayout::HW;
    fallback.channels = ImageChannels::Gray;
    const ImageOptions found = guessImage(m_guessedFor, m_subject->tensor().type()).value_or(fallback);
    m_layoutBox->setCurrentIndex(int(found.layout));
    m_channelsBox->setCurrentIndex(int(found.channels));
    m_normalisationBox->setCurrentIndex(
        int(guessNormalisation(m_subject->statistics.min, m_subject->statistics.max)));
}

ImageOptions ImagePage::options() const
{
    return {
        .layout = ImageLayout(m_layoutBox->currentIndex()),
        .channels = ImageChannels(m_channelsBox->currentIndex()),
        .normalisation = Normalisation(m_normalisationBox->currentIndex()),
        .item = m_item->value(),
        .channel = m_channel->value(),
        .nan = m_nan,
        .infinity = m_infinity,
    };
}

void ImagePage::render()
{
    const auto axes = m_subject ? imageAxes(m_subject->dims(), options().layout) : std::nullopt;
    m_item->setVisible(axes && axes->items > 1);
    m_channel->setVisible(axes && axes->channels > 1 && options().channels == ImageChannels::Gray);
    if (!axes) {
        m_task.cancel();
        m_plane->setPicture({}, 0, 0);
        m_reading->setText(
            m_subject ? tr("A tensor with %n axes has no such layout", nullptr, int(m_subject->dims().size()))
                      : QString());
        return;
    }
    const auto most = [](std::int64_t count) {
        return int(std::min<std::int64_t>(count - 1, 1'000'000'000));
    };
    m_item->setMaximum(most(axes->items));
    m_channel->setMaximum(most(axes->channels));
    m_task.submit([subject = m_subject, options = options()](
                      std::stop_token stop) { return toImage(subject->tensor(), options, stop); },
                  [this, rows = axes->height, columns = axes->width](QImage image) {
                      m_plane->setPicture(image, rows, columns);
                  });
}

void ImagePage::showPixel(std::optional<Cell> cell)
{
    const auto axes = m_subject ? imageAxes(m_subject->dims(), options().layout) : std::nullopt;
    if (!axes)
        return;
    if (!cell || cell->row >= axes->height || cell->column >= axes->width) {
        m_reading->setText(tr("Point at a pixel to read it"));
        m_reading->setEnabled(false);
        return;
    }
    const bool isColor = options().channels != ImageChannels::Gray && axes->channels >= 3;
    const std::int64_t first = isColor ? 0 : options().channel;
    QStringList values;
    for (std::int64_t c = first; c < first + (isColor ? 3 : 1) && c < axes->channels; ++c)
        values << QString::fromStdString(elementText(
            m_subject->tensor(),
            std::min(options().item, axes->items - 1) * axes->itemStride + c * axes->channelStride +
                cell->row * axes->heightStride + cell->column * axes->widthStride,
            {Notation::General, 5}));
    m_reading->setEnabled(true);
    m_reading->setText(QString("y %1, x %2: %3").arg(cell->row).arg(cell->column).arg(values.join("  ")));
}

} // namespace orrery::tensor_view
