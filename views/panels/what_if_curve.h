#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// WhatIfCurve: one question of the what-if panel and the answers that have come so far, predictions and runs;
// what the plot and the pages show of it. A plain value.

#include "profiler/protocol/command.h"
#include "views/memory/peak_picture.h"
#include "views/panels/what_if_bar.h"

#include <memory>

namespace orrery::panels {

class WhatIfCurve {
public:
    using Point = std::shared_ptr<const protocol::PredictedPoint>;

    // What can be run, and what cannot: why, in words.
    struct Runs {
        std::vector<std::size_t> points;
        std::vector<std::map<std::string, graph::Dims>> shapes; // of each
        QStringList refused;
    };

    WhatIfCurve() = default;
    explicit WhatIfCurve(WhatIfQuestion question);

    const WhatIfQuestion& question() const { return m_question; }
    int count() const { return int(m_points.size()); }
    void setPoint(int index, Point point);
    void setMeasured(std::size_t index, std::int64_t bytes);
    void clearMeasured();
    // Null when there is no such point, or no answer yet.
    const protocol::PredictedPoint* point(int index) const;
    // The one of that number, else the one that needs the most; -1 without a prediction.
    int best(std::int64_t wantedNumber) const;
    // Those that need not more than most of the machine's memory; 0 bytes: not known.
    Runs runs(std::int64_t machineBytes) const;

    QString dim() const;           // fit to be shown
    QString text(int index) const; // "batch = 8"
    // Those that are answered; ids are of `graph`, which may be null.
    std::vector<memory::PeakPoint> picture(const graph::Graph* graph) const;
    std::int64_t weightBytes() const;
    QString predictedText() const; // in a sentence, when all are answered
    QString measuredText() const;  // how far predictions are off

private:
    WhatIfQuestion m_question;
    std::vector<Point> m_points;          // null: not answered yet
    std::vector<std::int64_t> m_measured; // -1: not run
};

} // namespace orrery::panels
