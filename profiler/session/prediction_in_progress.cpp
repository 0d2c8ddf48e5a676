// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/prediction_in_progress.h"

#include "profiler/session/crash_report.h"

#include <fmt/format.h>

#include <filesystem>

namespace orrery::session {
namespace {

constexpr int pollMs = 50;
constexpr auto grace = std::chrono::seconds(2); // from a stop on: a candidate may take that long

// Ids of the opened graph, or none.
template<class Id>
void keepKnown(const graph::Graph& graph, Id& id)
{
    if (id.valid() && !graph.contains(id))
        id = {};
}

void keepKnown(const graph::Graph& graph, plan::PeakPrediction& peak)
{
    keepKnown(graph, peak.node);
    for (plan::LiveAtPeak& live : peak.live) {
        keepKnown(graph, live.value);
        keepKnown(graph, live.producer);
        keepKnown(graph, live.nextReader);
    }
    for (ValueId& value : peak.unplanned)
        keepKnown(graph, value);
}

} // namespace

PredictionInProgress::PredictionInProgress(ModelRunner& runner, const RunControl& control,
                                           double timeLimitSeconds)
    : m_runner(runner)
    , m_control(control)
    , m_timeLimitSeconds(timeLimitSeconds)
    , m_begin(Clock::now())
{}

Result<protocol::Predicted> PredictionInProgress::carryOut(protocol::Predict request)
{
    for (protocol::InputFile& input : request.inputs) {
        std::error_code ignored;
        if (auto absolute = std::filesystem::absolute(input.path, ignored); !absolute.empty())
            input.path = absolute.string();
    }
    const std::size_t points = request.points.size();
    if (!m_runner.link->send(request).ok())
        return gone();
    for (;;) {
        auto reply = m_runner.link->receive(pollMs);
        if (!reply.ok()) {
            if (reply.error().code == ErrorCode::RunnerDied)
                return gone();
            m_runner.link->kill(); // it speaks nonsense
            m_runnerIsGone = true;
            return reply.releaseError();
        }
        if (reply->has_value()) {
            auto predicted = TRY(conclude(std::move(**reply)));
            if (predicted.points.size() == points)
                return predicted;
            return Error{
                ErrorCode::Internal,
                fmt::format("{} points were asked for, {} answered", points, predicted.points.size()),
                "runner protocol"};
        }
        supervise();
    }
}

void PredictionInProgress::supervise()
{
    const Clock::time_point now = Clock::now();
    if (!m_killAt) {
        m_tookTooLong = m_timeLimitSeconds >= 0 &&
                        std::chrono::duration<double>(now - m_begin).count() > m_timeLimitSeconds;
        if (!m_tookTooLong && !m_control.stop)
            return;
        m_killAt = now + grace;
        if (auto sent = m_runner.link->send(protocol::Stop{}); !sent.ok())
            return; // the next receive() finds out how it ended
    } else if (now > *m_killAt && m_runner.link->killable()) {
        m_runner.link->kill();
    }
}

Result<protocol::Predicted> PredictionInProgress::conclude(protocol::Reply reply)
{
    if (auto* failed = std::get_if<protocol::Failed>(&reply))
        return m_killAt && failed->error.code == ErrorCode::Cancelled ? stopped() : std::move(failed->error);
    auto* predicted = std::get_if<protocol::Predicted>(&reply);
    if (predicted == nullptr)
        return Error{ErrorCode::Internal, "an answer that does not fit the question while predicting",
                     "runner protocol"};
    const graph::Graph& graph = m_runner.opened.compute;
    for (protocol::PredictedPoint& point : predicted->points)
        keepKnown(graph, point.peak);
    keepKnown(graph, predicted->suggestions.now);
    for (plan::Suggestion& suggestion : predicted->suggestions.list)
        keepKnown(graph, suggestion.node);
    return std::move(*predicted);
}

Error PredictionInProgress::stopped() const
{
    if (m_tookTooLong)
        return {ErrorCode::LimitReached,
                fmt::format("the time limit of {:g} s was reached while predicting", m_timeLimitSeconds),
                {}};
    return {ErrorCode::Cancelled, "the prediction was stopped", {}};
}

Error PredictionInProgress::gone()
{
    m_runnerIsGone = true;
    const RunnerEnd end = m_runner.link->waitForEnd();
    if (end.killedBySession && m_killAt)
        return stopped();
    return {ErrorCode::RunnerDied, "the runner ended with " + crashText(end, {}) + " while predicting", {}};
}

} // namespace orrery::session
