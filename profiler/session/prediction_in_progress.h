#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// PredictionInProgress: one prediction, from the Predict command to its answer: passes on a stop, keeps the
// time limit, ends a runner that does not answer, and lets no id through that names nothing.

#include "profiler/session/run_in_progress.h"

namespace orrery::session {

class PredictionInProgress {
public:
    PredictionInProgress(ModelRunner& runner, const RunControl& control, double timeLimitSeconds);

    Result<protocol::Predicted> carryOut(protocol::Predict request);
    bool runnerIsGone() const { return m_runnerIsGone; }

private:
    using Clock = std::chrono::steady_clock;

    void supervise();
    Result<protocol::Predicted> conclude(protocol::Reply reply);
    Error stopped() const;
    Error gone();

    ModelRunner& m_runner;
    const RunControl& m_control;
    double m_timeLimitSeconds;
    Clock::time_point m_begin;
    std::optional<Clock::time_point> m_killAt; // a stop was sent
    bool m_tookTooLong = false;
    bool m_runnerIsGone = false;
};

} // namespace orrery::session
