// SPDX-License-Identifier: Apache-2.0
#include "views/document/what_if.h"

#include "engine/debug/tensor_difference.h"

#include <algorithm>
#include <chrono>

namespace orrery::document {
namespace {

// Sides of a trial take turns, so that a machine that gets slower slows both.
constexpr int leastTrialRounds = 2, mostTrialRounds = 9;
constexpr std::chrono::seconds trialPatience(8); // after which no round begins

Error cancelledError() { return {ErrorCode::Cancelled, "cancelled", {}}; }

// A session and the graph that ids are of.
struct Asked {
    std::unique_ptr<session::Session> own; // null: the one that is kept
    session::Session* session = nullptr;
    std::shared_ptr<const graph::Graph> graph;
};

} // namespace

struct WhatIf::Slot { // of the worker
    ModelSource model;
    WhatIfSettings settings;
    std::shared_ptr<const SourceFile> file; // made by the first question
    std::unique_ptr<session::Session> session;
    std::shared_ptr<const graph::Graph> graph;
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

    // The session that is kept.
    Result<Asked> kept()
    {
        if (!m_slot.session || m_slot.session->state() == session::State::Crashed) {
            m_slot.session.reset();
            tell(tr("Opening the model …"));
            Asked opened = TRY(open({}));
            m_slot.session = std::move(opened.own);
            m_slot.graph = std::move(opened.graph);
        }
        if (isCancelled())
            return cancelledError();
        return Asked{nullptr, m_slot.session.get(), m_slot.graph};
    }

    // One with the shapes of the inputs in its graph, for hints that hold for these only.
    Result<Asked> shaped(const WhatIfInputs& inputs, const passes::PlanHints& more = {})
    {
        session::SessionOptions options;
        options.inputShapes = inputs.shapes;
        options.shapesAre = inputs.shapesAre;
        options.hints = more;
        return open(std::move(options));
    }

    bool needsShapes() const { return !m_slot.settings.hints.chunk.empty(); }

    Result<protocol::Predicted> predict(session::Session& session, const plan::DimValues& numbers,
                                        bool suggest)
    {
        protocol::Predict request;
        request.points = {numbers};
        request.suggest = suggest;
        request.threads = m_slot.settings.threads;
        std::stop_callback onStop(m_stop, [&session] { session.stop(); });
        auto answer = TRY(session.predict(request));
        if (isCancelled())
            return cancelledError();
        if (answer.points.size() != 1)
            return Error{ErrorCode::Internal, "the runner answered with another number of points", {}};
        return answer;
    }

    session::RunOutcome run(session::Session& session, session::RunRequest request,
                            const WhatIfInputs& inputs)
    {
        request.threads = m_slot.settings.threads;
        if (!inputs.shapes.empty())
            request.shapeSets = {inputs.shapes};
        std::stop_callback onStop(m_stop, [&session] { session.stop(); });
        return session.run(request);
    }

private:
    // With the hints in force before those of the options.
    Result<Asked> open(session::SessionOptions options)
    {
        passes::PlanHints hints = m_slot.settings.hints;
        hints.add(options.hints);
        options.hints = std::move(hints);
        options.customOps = m_slot.settings.customOps;
        options.arguments = "window";
        if (!m_slot.file)
            m_slot.file = TRY(SourceFile::of(m_slot.model));
        Asked opened;
        opened.own = TRY(session::Session::open(m_slot.file->path(), options));
        opened.session = opened.own.get();
        opened.graph = std::make_shared<const graph::Graph>(opened.session->opened().compute);
        if (isCancelled())
            return cancelledError();
        return opened;
    }

    WhatIf& m_owner;
    Slot& m_slot;
    std::uint64_t m_number;
    std::stop_token m_stop;
};

namespace {

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

void WhatIf::setModel(const ModelSource& model, const WhatIfSettings& settings)
{
    cancel();

    m_slot = std::make_shared<Slot>();
    m_slot->model = model;
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

void WhatIf::predict(const std::vector<WhatIfInputs>& inputs)
{
    submit([inputs](Job& job) -> Result<void> {
        const Asked kept = TRY(job.kept());
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            job.tell(tr("Predicting %1 of %2 …").arg(i + 1).arg(inputs.size()));
            WhatIfPoint point;
            point.predicted =
                std::move(TRY(job.predict(*kept.session, inputs[i].numbers, false)).points.front());
            point.graph = kept.graph;
            if (job.needsShapes() && !point.predicted.error) {
                WhatIfInputs known = inputs[i];
                known.shapes = point.predicted.inputShapes;
                const Asked own = TRY(job.shaped(known));
                point.predicted = std::move(TRY(job.predict(*own.session, {}, false)).points.front());
                point.graph = own.graph;
            }
            auto answer = std::make_shared<const WhatIfPoint>(std::move(point));
            job.post([i, answer](WhatIf& owner) { emit owner.predicted(int(i), answer); });
        }
        return {};
    });
}

void WhatIf::suggest(const WhatIfInputs& inputs)
{
    submit([inputs](Job& job) -> Result<void> {
        const bool isShaped = job.needsShapes();
        const Asked asked = TRY(isShaped ? job.shaped(inputs) : job.kept());
        job.tell(tr("Looking for ways to need less …"));
        auto answer = TRY(job.predict(*asked.session, isShaped ? plan::DimValues() : inputs.numbers, true));
        if (answer.points.front().error)
            return *answer.points.front().error;
        auto found = std::make_shared<const plan::Suggestions>(std::move(answer.suggestions));
        job.post([found](WhatIf& owner) { emit owner.suggested(found); });
        return {};
    });
}

void WhatIf::measure(const std::vector<WhatIfInputs>& inputs)
{
    submit([inputs](Job& job) -> Result<void> {
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            job.tell(tr("Running %1 of %2 …").arg(i + 1).arg(inputs.size()));
            const bool isShaped =
                job.needsShapes() || inputs[i].shapesAre == passes::InputShapes::Replacements;
            session::RunOutcome outcome;
            if (auto asked = isShaped ? job.shaped(inputs[i]) : job.kept(); asked.ok())
                outcome = job.run(*asked->session, {}, inputs[i]);
            else
                outcome.error = asked.releaseError();
            if (job.isCancelled())
                return cancelledError();
            const QString error = outcome.error ? QString::fromStdString(outcome.error->text()) : QString();
            const qint64 bytes = outcome.error ? -1 : outcome.memory.peakLiveBytes;
            job.post([i, bytes, error](WhatIf& owner) { emit owner.measured(int(i), bytes, error); });
        }
        return {};
    });
}

void WhatIf::tryHints(const passes::PlanHints& more, const WhatIfInputs& inputs)
{
    submit([more, inputs](Job& job) -> Result<void> {
        job.tell(tr("Opening the model with and without it …"));
        const Asked before = TRY(job.shaped(inputs)), after = TRY(job.shaped(inputs, more));
        Trial trial;
        for (const Problem& problem : after.session->opened().problems)
            if (problem.code == "plan-hint")
                trial.problems.push_back(problem);
        const auto begin = std::chrono::steady_clock::now();
        for (int round = 0; round < mostTrialRounds; ++round) {
            if (round >= leastTrialRounds && std::chrono::steady_clock::now() - begin > trialPatience)
                break;
            job.tell(
                tr("Running with and without it, %1 of at most %2 …").arg(round + 1).arg(mostTrialRounds));
            session::RunRequest request;
            request.warmup = round == 0 ? 1 : 0;
            request.outputs = protocol::Outputs::Return;
            const auto run = [&](const Asked& asked, TrialSide& side) -> Result<session::RunOutcome> {
                auto outcome = job.run(*asked.session, request, inputs);
                if (job.isCancelled())
                    return cancelledError();
                if (outcome.error)
                    return *outcome.error;
                side.peakBytes = std::max(side.peakBytes, outcome.memory.peakLiveBytes);
                side.durationsNs.insert(side.durationsNs.end(), outcome.durationsNs.begin(),
                                        outcome.durationsNs.end());
                return outcome;
            };
            const auto without = TRY(run(before, trial.before)), with = TRY(run(after, trial.after));
            compare(without, with, trial);
        }
        auto result = std::make_shared<const Trial>(std::move(trial));
        job.post([result](WhatIf& owner) { emit owner.tried(result); });
        return {};
    });
}

} // namespace orrery::document
