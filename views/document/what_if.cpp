// SPDX-License-Identifier: Apache-2.0
#include "views/document/what_if.h"

#include "engine/debug/tensor_difference.h"

#include <cmath>

namespace orrery::document {
namespace {

// Each side of a trial runs so often; sides take turns, so that a machine that gets slower slows both.
constexpr int trialRounds = 3;
constexpr std::uint32_t runsPerRound = 3;

Error cancelledError() { return {ErrorCode::Cancelled, "cancelled", {}}; }

using Shapes = std::map<std::string, graph::Dims>;

} // namespace

struct WhatIf::Slot {
    std::string modelPath;
    WhatIfSettings settings;
    std::unique_ptr<session::Session> session; // of the worker
};

// One question on the worker.
class WhatIf::Job {
public:
    Job(WhatIf& owner, Slot& slot, std::uint64_t number, std::stop_token stop)
        : m_owner(owner)
        , m_slot(slot)
        , m_number(number)
        , m_stop(std::move(stop))
    {}

    bool isCancelled() const { return m_stop.stop_requested(); }

    // Runs on the GUI thread, unless there is a newer question by then.
    void post(std::function<void(WhatIf&)> call)
    {
        QMetaObject::invokeMethod(
            &m_owner,
            [owner = &m_owner, number = m_number, call = std::move(call)] {
                if (owner->m_question == number)
                    call(*owner);
            },
            Qt::QueuedConnection);
    }

    void tell(const QString& text)
    {
        post([text](WhatIf& owner) { emit owner.progress(text); });
    }

    // The session with the hints in force.
    Result<session::Session*> session()
    {
        if (!m_slot.session || m_slot.session->state() == session::State::Crashed) {
            m_slot.session.reset();
            tell(tr("Opening the model …"));
            m_slot.session = TRY(open(m_slot.settings.hints));
            auto graph = std::make_shared<const graph::Graph>(m_slot.session->opened().compute);
            // Kept for newer questions too, as the session is.
            QMetaObject::invokeMethod(
                &m_owner,
                [owner = &m_owner, slot = &m_slot, graph] {
                    if (owner->m_slot.get() == slot)
                        owner->m_graph = graph;
                },
                Qt::QueuedConnection);
        }
        if (isCancelled())
            return cancelledError();
        return m_slot.session.get();
    }

    // Another one, for other hints or for shapes that replace those of the file.
    Result<std::unique_ptr<session::Session>> openWith(const passes::PlanHints& more, const Shapes& shapes,
                                                       passes::InputShapes shapesAre)
    {
        passes::PlanHints hints = m_slot.settings.hints;
        hints.add(more);
        if (shapesAre == passes::InputShapes::Replacements)
            return open(hints, shapes);
        return open(hints);
    }

    Result<protocol::Predicted> predict(session::Session& session, const plan::DimValues& point, bool suggest)
    {
        protocol::Predict request;
        request.points = {point};
        request.suggest = suggest;
        request.threads = threads();
        std::stop_callback onStop(m_stop, [&session] { session.stop(); });
        auto answer = TRY(session.predict(request));
        if (isCancelled())
            return cancelledError();
        if (answer.points.size() != 1)
            return Error{ErrorCode::Internal, "the runner answered with another number of points", {}};
        return answer;
    }

    session::RunOutcome run(session::Session& session, const session::RunRequest& request)
    {
        std::stop_callback onStop(m_stop, [&session] { session.stop(); });
        return session.run(request);
    }

    int threads() const { return m_slot.settings.threads; }

private:
    Result<std::unique_ptr<session::Session>> open(const passes::PlanHints& hints,
                                                   const Shapes& replacements = {})
    {
        session::SessionOptions options;
        if (!replacements.empty()) {
            options.inputShapes = replacements;
            options.shapesAre = passes::InputShapes::Replacements;
        }
        options.customOps = m_slot.settings.customOps;
        options.hints = hints;
        options.arguments = "window";
        return session::Session::open(m_slot.modelPath, options);
    }

    WhatIf& m_owner;
    Slot& m_slot;
    std::uint64_t m_number;
    std::stop_token m_stop;
};

namespace {

session::RunRequest request(const Shapes& shapes, int threads)
{
    session::RunRequest run;
    run.threads = threads;
    if (!shapes.empty())
        run.shapeSets = {shapes};
    return run;
}

// What the trial's runs gave, compared with what they gave before.
void compare(const session::RunOutcome& before, const session::RunOutcome& after, Trial& trial)
{
    for (std::size_t i = 0; i < before.outputs.size() && i < after.outputs.size(); ++i) {
        const graph::Tensor &a = after.outputs[i].tensor, &b = before.outputs[i].tensor;
        if (a.identicalTo(b))
            continue;
        trial.isSameBits = false;
        const auto difference = debug::difference(a, b);
        if (!difference.ok()) {
            ++trial.mismatches;
            continue;
        }
        trial.maxAbsoluteError = std::max(trial.maxAbsoluteError, difference->maxAbsolute);
        trial.mismatches += difference->mismatches;
    }
}

} // namespace

WhatIf::WhatIf(QObject* parent)
    : QObject(parent)
    , m_slot(std::make_shared<Slot>())
{}

WhatIf::~WhatIf() = default;

void WhatIf::setModel(const std::string& modelPath, const WhatIfSettings& settings)
{
    cancel();
    m_graph.reset();

    m_modelPath = modelPath;
    m_settings = settings;
    m_slot = std::make_shared<Slot>();
    m_slot->modelPath = modelPath;
    m_slot->settings = settings;
}

void WhatIf::cancel()
{
    ++m_question;
    m_task.cancel();
}

template<class Ask>
void WhatIf::submit(Ask ask)
{
    const std::uint64_t number = ++m_question;
    m_task.submit(
        [this, slot = m_slot, number, ask = std::move(ask)](std::stop_token stop) mutable -> Result<void> {
            Job job(*this, *slot, number, std::move(stop));
            return ask(job);
        },
        [this](Result<void> result) {
            if (result.ok())
                emit finished();
            else
                emit failed(result.error());
        });
}

void WhatIf::predict(const std::vector<plan::DimValues>& points)
{
    submit([points](Job& job) -> Result<void> {
        session::Session* session = TRY(job.session());
        for (std::size_t i = 0; i < points.size(); ++i) {
            job.tell(tr("Predicting %1 of %2 …").arg(i + 1).arg(points.size()));
            auto answer = TRY(job.predict(*session, points[i], false));
            auto point = std::make_shared<const protocol::PredictedPoint>(std::move(answer.points.front()));
            job.post([i, point](WhatIf& owner) { emit owner.predicted(int(i), point); });
        }
        return {};
    });
}

void WhatIf::suggest(const plan::DimValues& point)
{
    submit([point](Job& job) -> Result<void> {
        session::Session* session = TRY(job.session());
        job.tell(tr("Looking for ways to need less …"));
        auto answer = TRY(job.predict(*session, point, true));
        if (answer.points.front().error)
            return *answer.points.front().error;
        auto found = std::make_shared<const plan::Suggestions>(std::move(answer.suggestions));
        job.post([found](WhatIf& owner) { emit owner.suggested(found); });
        return {};
    });
}

void WhatIf::measure(const std::vector<Shapes>& shapes, passes::InputShapes shapesAre)
{
    submit([shapes, shapesAre](Job& job) -> Result<void> {
        session::Session* session = TRY(job.session());
        for (std::size_t i = 0; i < shapes.size(); ++i) {
            job.tell(tr("Running %1 of %2 …").arg(i + 1).arg(shapes.size()));
            session::RunOutcome outcome;
            if (shapesAre == passes::InputShapes::Concretions)
                outcome = job.run(*session, request(shapes[i], job.threads()));
            else if (auto another = job.openWith({}, shapes[i], shapesAre); another.ok())
                outcome = job.run(**another, request(shapes[i], job.threads()));
            else
                outcome.error = another.releaseError();
            if (job.isCancelled())
                return cancelledError();
            const QString error = outcome.error ? QString::fromStdString(outcome.error->text()) : QString();
            const qint64 bytes = outcome.error ? -1 : outcome.memory.peakLiveBytes;
            job.post([i, bytes, error](WhatIf& owner) { emit owner.measured(int(i), bytes, error); });
        }
        return {};
    });
}

void WhatIf::tryHints(const passes::PlanHints& more, const Shapes& shapes, passes::InputShapes shapesAre)
{
    submit([more, shapes, shapesAre](Job& job) -> Result<void> {
        session::Session* before = TRY(job.session());
        job.tell(tr("Opening the model with the suggestion …"));
        std::unique_ptr<session::Session> another;
        if (shapesAre == passes::InputShapes::Replacements) {
            another = TRY(job.openWith({}, shapes, shapesAre));
            before = another.get();
        }
        const auto after = TRY(job.openWith(more, shapes, shapesAre));
        auto run = request(shapes, job.threads());
        run.warmup = 1;
        run.runs = runsPerRound;
        run.outputs = protocol::Outputs::Return;
        Trial trial;
        for (const Problem& problem : after->opened().problems)
            if (problem.code == "plan-hint")
                trial.problems.push_back(problem);
        for (int round = 0; round < trialRounds; ++round) {
            job.tell(tr("Running with and without it, %1 of %2 …").arg(round + 1).arg(trialRounds));
            session::RunOutcome outcomes[2];
            for (int side = 0; side < 2; ++side) {
                if (job.isCancelled())
                    return cancelledError();
                outcomes[side] = job.run(side == 0 ? *before : *after, run);
                if (outcomes[side].error)
                    return *outcomes[side].error;
                TrialSide& told = side == 0 ? trial.before : trial.after;
                told.peakBytes = std::max(told.peakBytes, outcomes[side].memory.peakLiveBytes);
                told.durationsNs.insert(told.durationsNs.end(), outcomes[side].durationsNs.begin(),
                                        outcomes[side].durationsNs.end());
            }
            compare(outcomes[0], outcomes[1], trial);
        }
        auto result = std::make_shared<const Trial>(std::move(trial));
        job.post([result](WhatIf& owner) { emit owner.tried(result); });
        return {};
    });
}

} // namespace orrery::document
