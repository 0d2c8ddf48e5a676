#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// WhatIfCurve: one question of the what-if panel and the answers that have come so far, predictions and runs;
// what the plot and the pages show of it. A plain value.

#include "views/document/what_if.h"
#include "views/memory/peak_picture.h"
#include "views/panels/what_if_bar.h"

#include <memory>

namespace orrery::panels {

class WhatIfCurve {
public:
    using Point = std::shared_ptr<const document::WhatIfPoint>;

    // What can be run, and what cannot: why, in words.
    struct Runs {
        std::vector<std::size_t> points;
        std::vector<document::WhatIfInputs> inputs; // of each
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
    // That the ids of the point are of; null when there is no such point.
    std::shared_ptr<const graph::Graph> graph(int index) const;
    document::WhatIfInputs inputs(int index) const; // without shapes when it is not answered
    std::vector<document::WhatIfInputs> allInputs() const;
    // The one of that number, else the one that needs the most; -1 without a prediction.
    int best(std::int64_t wantedNumber) const;
    // Those that need not more than most of the machine's memory; 0 bytes: not known.
    Runs runs(std::int64_t machineBytes) const;

    QString dim() const;                            // fit to be shown
    QString text(int index) const;                  // "batch = 8"
    std::vector<memory::PeakPoint> picture() const; // of those that are answered
    std::int64_t weightBytes() const;
    QString predictedText() const; // in a sentence, when all are answered
    QString measuredText() const;  // how far predictions are off

private:
    WhatIfQuestion m_question;
    std::vector<Point> m_points;          // null: not answered yet
    std::vector<std::int64_t> m_measured; // -1: not run
};

} // namespace orrery::panels
