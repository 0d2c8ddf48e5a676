#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ModelTrial: two models run on the same made-up inputs, in turns, in processes of their own, in the
// background: what a change of a model does to its time, its memory, its file and its results. The newest
// question wins; answers come as signals on the GUI thread, finished() or failed() is the last.

#include "engine/graph/model.h"
#include "views/async/task.h"

#include <QObject>

#include <memory>
#include <string>
#include <vector>

namespace orrery::document {

struct ModelTrialSide {
    std::int64_t fileBytes = 0; // of a model file with all constants in it
    std::int64_t peakBytes = 0;
    std::vector<std::int64_t> durationsNs;

    std::int64_t medianNs() const;
};

struct ModelTrialResult {
    ModelTrialSide before, after;
    bool isSameBits = true;
    double maxAbsoluteError = 0;
    double cosine = 1;           // the smallest of all outputs
    std::int64_t mismatches = 0; // elements that are NaN, infinite or text on one side only
    // Of each round's two times, after over before: the median and the quartiles.
    double ratio = 1, lowRatio = 1, highRatio = 1;

    // The quartiles lie on both sides of 1.
    bool isWithinNoise() const { return lowRatio <= 1 && highRatio >= 1; }
};

class ModelTrial : public QObject {
    Q_OBJECT

public:
    explicit ModelTrial(QObject* parent = nullptr);
    ~ModelTrial() override;

    void start(std::shared_ptr<const graph::Model> before, std::shared_ptr<const graph::Model> after,
               int threads, std::vector<std::string> customOps);
    void cancel(); // nothing follows
    bool isBusy() const { return m_task.busy(); }

signals:
    void progress(int percent, QString text);
    void finished(std::shared_ptr<const orrery::document::ModelTrialResult> result);
    void failed(orrery::Error error);

private:
    std::uint64_t m_question = 0;
    async::Task m_task; // last: its jobs use what is above
};

} // namespace orrery::document
