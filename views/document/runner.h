#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Runner: the Document's Session on a thread of its own, which alone opens it and runs it. One thing at a
// time: a new request stops the one before. Answers come as signals on the GUI thread.

#include "profiler/session/session.h"
#include "views/async/task.h"

#include <QObject>

namespace orrery::document {

struct RunSettings {
    int warmup = 0;
    int runs = 1;
    int threads = 1;
    passes::OptimizeLevel optimize = passes::OptimizeLevel::All;
    std::map<std::string, graph::Dims> inputShapes; // of inputs with symbolic dims
    std::vector<protocol::InputFile> inputs;        // by name; the others are filled with random values
    std::vector<std::string> customOps;             // libraries that the user named
    passes::PlanHints hints;                        // in force; the Document's
};

// What the runner made of the model.
struct Compiled {
    std::shared_ptr<const graph::Graph> dataflow; // as the runner read it
    std::shared_ptr<const graph::Graph> graph;
    std::vector<protocol::Placement> placements;
    std::vector<protocol::PassSummary> passes;
    std::vector<Problem> problems;
};

class Runner : public QObject {
    Q_OBJECT

public:
    explicit Runner(QObject* parent = nullptr);
    ~Runner() override;

    void compile(const std::string& modelPath, const RunSettings& settings);
    // Compiles first when that was not done with these settings.
    void run(const std::string& modelPath, const RunSettings& settings, const std::string& tracePath);
    void stop();   // ends a run between two ops; runFinished follows
    void forget(); // drops the session and whatever is under way; nothing follows

    bool isBusy() const { return m_task.busy(); }

signals:
    void compiled(std::shared_ptr<const orrery::document::Compiled> compiled);
    void compileFailed(orrery::Error error);
    void progress(orrery::session::Progress progress);
    void runFinished(orrery::session::RunOutcome outcome);

private:
    struct Slot;
    static Result<std::shared_ptr<const Compiled>> opened(Slot& slot, const std::string& modelPath,
                                                          const RunSettings& settings);

    std::shared_ptr<Slot> m_slot; // the session, used by one job at a time
    async::Task m_task;           // last: its jobs use what is above
};

} // namespace orrery::document
