#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Revisions: what each state of the edited model costs and gives, against the model as it was opened. While
// measuring is on, every edit is measured in the background on the same inputs, the newest first; it waits
// while the user runs or debugs. Figures belong to a state (Editor::state()) and stay as long as undoing or
// redoing leads there. Two measured states can be compared node by node. GUI thread.

#include "views/async/task.h"
#include "views/document/model_trial.h"

#include <QDateTime>
#include <QObject>

#include <deque>
#include <map>
#include <memory>
#include <optional>

namespace orrery::document {

class Document;

struct Revision {
    enum class Status : std::uint8_t { Waiting, Running, Measured, Failed };

    Status status = Status::Waiting;
    QString why;                                     // it failed; plain text
    std::shared_ptr<const ModelTrialResult> figures; // before: as opened, after: this state
    int threads = 1;
    QDateTime measuredAt;
};

// One node of two states.
struct NodeChange {
    enum class State : std::uint8_t { Same, Added, Removed };

    std::string result; // the name of its first output
    std::string opType, name;
    State state = State::Same;
    std::int64_t beforeNs = -1, afterNs = -1; // -1: not there, or not measured
    std::string beforeWithin, afterWithin;    // the node whose time holds its own; 0 ns then

    std::int64_t differenceNs() const
    {
        return std::max<std::int64_t>(afterNs, 0) - std::max<std::int64_t>(beforeNs, 0);
    }
};

struct Comparison {
    std::uint64_t before = 0, after = 0; // states
    QString beforeName, afterName;
    QString source; // of the numbers, in words
    std::vector<NodeChange> dataflow, compute;
    // Of whole runs: each state's median. The ratio is free of the machine's drift only against the original.
    std::int64_t beforeNs = 0, afterNs = 0;
};

class Revisions : public QObject {
    Q_OBJECT

public:
    explicit Revisions(Document& document);
    ~Revisions() override;

    bool isMeasuring() const { return m_isOn; }
    void setMeasuring(bool on); // the present state at once
    void measureNow();          // the present state, again where it was
    void cancel();              // what runs and what waits

    const Revision* of(std::uint64_t state) const; // null: not measured
    // Against `before` as measured; why not, in plain text, when one of them is not.
    std::optional<QString> compare(std::uint64_t before, std::uint64_t after);
    void endComparison();
    std::shared_ptr<const Comparison> comparison() const { return m_comparison; }

    bool isIdle() const { return !m_task.busy() && m_waiting.empty(); }

signals:
    void changed();
    void measuringChanged();
    void comparisonChanged();
    void progress(QString text); // of the one that runs; empty at its end

private:
    struct Waiting {
        std::uint64_t state;
        std::shared_ptr<const graph::Model> model;
    };
    void onContentChanged();
    void onEdited();
    void enqueue();
    void begin();
    void dropUnreachable();
    QString nameOf(std::uint64_t state) const;
    const ModelTrialSide* sideOf(std::uint64_t state) const;

    Document& m_document;
    bool m_isOn = false;
    std::shared_ptr<const graph::Model> m_original;
    std::map<std::uint64_t, Revision> m_revisions;
    std::deque<Waiting> m_waiting; // the newest first
    std::optional<std::uint64_t> m_running;
    std::shared_ptr<const Comparison> m_comparison;
    std::uint64_t m_question = 0;
    async::Task m_task; // last: its job uses what is above
};

} // namespace orrery::document
