#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// FeatureMaps: all channels of a tensor as a grid of small heat maps with their numbers, each over its own
// range or all over one. Only those that are seen are made, off the GUI thread. A click or Enter chooses one.

#include "views/async/task.h"
#include "views/tensor_view/color_scale.h"
#include "views/tensor_view/subject.h"

#include <QAbstractScrollArea>

#include <map>

namespace orrery::tensor_view {

class FeatureMaps : public QAbstractScrollArea {
    Q_OBJECT

public:
    enum class Range : std::uint8_t { Own, Shared };

    explicit FeatureMaps(QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setSubject(SubjectPointer subject);
    void setItem(std::int64_t item); // of the batch
    void setRange(Range range);
    void setTileSize(int pixels);
    std::int64_t channels() const { return m_channels; }
    std::int64_t items() const { return m_items; }
    SliceView sliceOf(std::int64_t channel) const;
    std::size_t tilesMade() const { return m_tiles.size(); }
    bool isBusy() const { return m_task.busy(); }

signals:
    void chosen(std::int64_t channel);
    void pointedAt(std::int64_t channel); // -1: none

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void updateGrid();
    void renderSeen();
    void forget();
    void setCurrent(std::int64_t channel);
    QSize tileSize() const; // of the picture, in widget pixels
    QRect rectOf(std::int64_t channel) const;
    std::int64_t channelAt(QPoint point) const;
    std::pair<std::int64_t, std::int64_t> seen() const;

    SubjectPointer m_subject;
    std::int64_t m_channels = 0, m_items = 0, m_item = 0, m_current = 0;
    Range m_range = Range::Own;
    int m_wantedTile = 76, m_tile = 76, m_perRow = 1; // the tiles of a row fill it
    std::map<std::int64_t, QImage> m_tiles;
    theme::Theme m_theme;
    async::Task m_task;
};

} // namespace orrery::tensor_view
