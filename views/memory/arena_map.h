#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ArenaMap: addresses of the arena over time. Each box is what lay there, from allocation to free; the gaps
// between boxes are what fragmentation costs. Lines tell how large the arena was planned, and the most bytes
// that were in use at once, which no order of places can go below. A click selects a box; `.` and `,` go to
// the next and previous one.

#include "trace_db/queries/arena_boxes.h"
#include "views/memory/memory_facts.h"
#include "views/memory/time_plot.h"

#include <QPixmap>

namespace orrery::memory {

enum class BoxColor : std::uint8_t { Operator, Kind };

class ArenaMap : public TimePlot {
    Q_OBJECT

public:
    using Box = trace_db::arena_boxes::Row;

    ArenaMap(const theme::Theme& theme, QWidget* parent);

    void setFacts(std::shared_ptr<const MemoryFacts> facts);
    void setBoxes(trace_db::arena_boxes::Answer answer);
    const trace_db::arena_boxes::Answer& answer() const { return m_answer; }
    void setBoxColor(BoxColor color);
    void setNode(std::uint32_t node); // its boxes are outlined
    int boxAt(QPointF at) const;      // -1: none
    QRectF rectOf(const Box& box) const;
    int selected() const { return m_selected; }

    // What is in use at a moment: the sum, and the highest address.
    struct Use {
        std::int64_t bytes = 0, extent = 0;
    };
    Use useAt(std::int64_t ts) const;

signals:
    void boxChosen(quint32 node, quint32 value);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void clicked(QPointF at) override;
    void hovered(std::optional<QPointF> at) override;
    void themeChanged() override { m_cacheAxis = {}; }

private:
    double top() const; // of the axis, bytes
    QColor colorOf(const Box& box) const;
    void paintBoxes(QPainter& painter) const;
    void paintLevel(QPainter& painter, std::int64_t bytes, const QString& text, Qt::PenStyle style,
                    const QColor& ink) const;
    void paintLevels(QPainter& painter) const;
    void choose(int box);
    QString tipOf(const Box& box) const;

    std::shared_ptr<const MemoryFacts> m_facts;
    trace_db::arena_boxes::Answer m_answer;
    BoxColor m_color = BoxColor::Operator;
    std::uint32_t m_node = trace_db::noId;
    int m_selected = -1, m_hovered = -1;
    mutable QPixmap m_cache; // the boxes alone
    mutable std::optional<TimeAxis> m_cacheAxis;
};

} // namespace orrery::memory
