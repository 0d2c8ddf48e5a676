#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// WhatIf: questions about runs that were not made: the peak of memory with other numbers for the dims of the
// inputs, how it could be lower, and what a run says to that. A session of its own on a thread of its own,
// opened by the first question and kept until another model or other hints come. The newest question wins,
// and answers come as signals on the GUI thread, each piece as soon as it is known; finished() or failed() is
// the last. Hints that hold for certain shapes only need a graph that has these, so a prediction comes with
// the graph that its ids are of.

#include "profiler/session/session.h"
#include "views/async/task.h"
#include "views/document/model_source.h"

#include <QObject>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace orrery::document {

struct WhatIfSettings {
    passes::PlanHints hints; // in force
    int threads = 1;
    std::vector<std::string> customOps;
};

// What is asked about: numbers for dims, and the shapes of inputs that follow from them.
struct WhatIfInputs {
    plan::DimValues numbers;
    std::map<std::string, graph::Dims> shapes; // of a question that was predicted
    passes::InputShapes shapesAre = passes::InputShapes::Concretions;
};

struct WhatIfPoint {
    protocol::PredictedPoint predicted;
    std::shared_ptr<const graph::Graph> graph; // never null
};

// One side of a trial.
struct TrialSide {
    std::int64_t peakBytes = 0;
    std::vector<std::int64_t> durationsNs;
};

// Runs with and without more hints on the same inputs, in turns.
struct Trial {
    TrialSide before, after;
    bool isSameBits = true;
    double maxAbsoluteError = 0;   // of the numbers that both have
    std::int64_t mismatches = 0;   // elements that are NaN, infinite or text on one side only
    std::vector<Problem> problems; // of the hints that were tried
};

class WhatIf : public QObject {
    Q_OBJECT

public:
    explicit WhatIf(QObject* parent = nullptr);
    ~WhatIf() override;

    // Ends the session; the next question opens one. An empty path: there is no model.
    void setModel(const ModelSource& model, const WhatIfSettings& settings);

    void predict(const std::vector<WhatIfInputs>& inputs);                    // predicted() for each
    void suggest(const WhatIfInputs& inputs);                                 // suggested()
    void measure(const std::vector<WhatIfInputs>& inputs);                    // measured() for each
    void tryHints(const passes::PlanHints& more, const WhatIfInputs& inputs); // tried()
    void cancel();                                                            // nothing follows

    bool isBusy() const { return m_task.busy(); }

signals:
    void predicted(int index, std::shared_ptr<const orrery::document::WhatIfPoint> point);
    void measured(int index, qint64 peakBytes, QString error); // an error: -1 bytes
    // Ids are of the graph that came with the prediction.
    void suggested(std::shared_ptr<const orrery::plan::Suggestions> suggestions);
    void tried(std::shared_ptr<const orrery::document::Trial> trial);
    void progress(QString text);
    void finished();
    void failed(orrery::Error error);

private:
    struct Slot;
    class Job;
    template<class Ask>
    void submit(Ask ask); // Result<void>(Job&), on the worker

    std::uint64_t m_question = 0; // pieces of older ones are dropped
    std::shared_ptr<Slot> m_slot;
    async::Task m_task; // last: its jobs use what is above
};

} // namespace orrery::document
