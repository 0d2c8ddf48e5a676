#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Painting the timeline: a pure function from what is known to an image, by scan lines, so that a frame costs
// what its pixels cost and not what the trace holds. A pixel that covers many ops has the colour of the
// longest of them, the stronger the more of the pixel is covered. Texts are sprites, drawn where they fit.

#include "views/theme/theme.h"
#include "views/timeline/columns.h"
#include "views/timeline/tracks.h"

#include <QImage>
#include <QPainter>

#include <optional>
#include <unordered_map>

namespace orrery::timeline {

// What is known of a node: already fit to be shown.
struct NodeLook {
    QString name;   // the last part of a scoped name
    QString scoped; // with the part before it; empty when there is none
    QString full;   // all of it
    QString type;
    QRgb color = 0;
};

inline constexpr int rulerHeight = 26; // device-independent pixels, as headerWidth
inline constexpr int headerWidth = 184;

// Texts as images. Belongs to one theme and one ratio; forgets all when it holds too many.
class TextSprites {
public:
    const QImage& sprite(const QString& text, const QColor& color, const QFont& font, double ratio);
    void clear() { m_sprites.clear(); }

private:
    struct Key {
        QString text;
        QRgb color;
        double ratio;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const { return qHash(key.text) ^ key.color; }
    };
    std::unordered_map<Key, QImage, Hash> m_sprites;
};

struct TimelineState {
    std::shared_ptr<const TimelineData> data;
    std::vector<Track> tracks;
    std::vector<NodeLook> nodes; // by node of the compute graph
    Detail detail;
    TimeAxis axis;   // its width is that of the plot, right of the headers
    int scroll = 0;  // device-independent pixels
    int height = 0;  // of the whole picture, ruler included
    TimeRange range; // chosen; empty: none
    std::vector<std::int64_t> marks;
    std::optional<FoundOp> selected;
    std::shared_ptr<const Occurrences> occurrences;
    int currentTrack = -1;
    std::optional<std::int64_t> cursor; // time under the mouse
};

// What was drawn, for hit tests and for what to decode next.
struct Painted {
    Wanted wanted;
    std::vector<std::vector<SpanColumn>> spans; // by track; empty where there are none or it is out of sight
    std::vector<std::vector<LevelColumn>> levels; // likewise
};

class TimelinePainter {
public:
    void setTheme(const theme::Theme& theme);
    // The image has the picture's size times `ratio`.
    Painted paint(QImage& image, double ratio, const TimelineState& state);

private:
    struct Frame;
    void paintSpans(Frame& frame, std::size_t track);
    void paintLevels(Frame& frame, std::size_t track);
    void paintLabels(Frame& frame, const Track& track);
    void paintOccurrences(Frame& frame, const Track& track);
    void paintRuler(Frame& frame);
    void paintHeaders(Frame& frame);
    void paintMarks(Frame& frame);
    QRgb colorOf(const Frame& frame, const Track& track, const SpanColumn& column) const;

    std::optional<theme::Theme> m_theme;
    TextSprites m_sprites;
    SpanColumns m_spans;
    LevelColumns m_levels;
    std::vector<QRgb> m_row;
    std::vector<std::uint8_t> m_warm; // by device pixel: 1 in a warm-up step
};

} // namespace orrery::timeline
