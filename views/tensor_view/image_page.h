#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ImagePage: a tensor as a picture, with the choice of layout, channels, what the numbers mean, and which one
// of a batch. The picture is made off the GUI thread.

#include "views/async/task.h"
#include "views/tensor_view/image_conversion.h"
#include "views/tensor_view/plane_view.h"
#include "views/tensor_view/subject.h"

#include <QComboBox>
#include <QLabel>
#include <QSpinBox>

namespace orrery::tensor_view {

class PicturePlane : public PlaneView {
public:
    using PlaneView::PlaneView;
    // Rows and columns of the tensor; the picture may have fewer.
    void setPicture(const QImage& image, std::int64_t rows, std::int64_t columns);
    const QImage& picture() const { return m_image; }

protected:
    void paintPlane(QPainter& painter) override;

private:
    QImage m_image;
};

class ImagePage : public QWidget {
    Q_OBJECT

public:
    explicit ImagePage(QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setSubject(SubjectPointer subject); // options are guessed anew when the dims are others
    const QImage& picture() const { return m_plane->picture(); } // null until it is made
    bool isBusy() const { return m_task.busy(); }

private:
    void guess();
    void render();
    void showPixel(std::optional<Cell> cell);
    ImageOptions options() const;

    SubjectPointer m_subject;
    graph::Dims m_guessedFor;
    QRgb m_nan = 0, m_infinity = 0;
    PicturePlane* m_plane;
    QComboBox *m_layoutBox, *m_channelsBox, *m_normalisationBox;
    QSpinBox *m_item, *m_channel;
    QLabel* m_reading;
    async::Task m_task;
};

} // namespace orrery::tensor_view
