#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The fields of predictions and suggestions, for the Encoder and the Decoder. For codec.cpp alone.

#include "profiler/protocol/predict_command.h"

namespace orrery::protocol {

template<>
struct LastEnumerator<plan::LiveKind> : Last<plan::LiveKind, plan::LiveKind::Workspace> {};
template<>
struct LastEnumerator<plan::SuggestionKind> : Last<plan::SuggestionKind, plan::SuggestionKind::Together> {};

} // namespace orrery::protocol

namespace orrery::plan {

using protocol::Of;

void fields(auto& archive, Of<LiveAtPeak> auto& s)
{
    archive(s.value, s.producer, s.nextReader, s.bytes, s.kind);
}

void fields(auto& archive, Of<PeakPrediction> auto& s)
{
    archive(s.node, s.liveBytes, s.moments, s.inputBytes, s.workspaceBytes, s.arenaBytes, s.lowerBoundBytes,
            s.weightBytes, s.live, s.unplanned);
}

void fields(auto& archive, Of<Suggestion> auto& s)
{
    archive(s.kind, s.text, s.cost, s.node, s.hints, s.peakBytes, s.arenaBytes, s.extraFlops, s.sameBits);
}

void fields(auto& archive, Of<Suggestions> auto& s) { archive(s.now, s.list, s.notes); }

} // namespace orrery::plan

namespace orrery::protocol {

void fields(auto& archive, Of<Predict> auto& s)
{
    archive(s.points, s.suggest, s.threads, s.inputs, s.memoryLimitBytes);
}

void fields(auto& archive, Of<PredictedPoint> auto& s)
{
    archive(s.inputShapes, s.assumed, s.peak, s.nodeText, s.problems, s.error);
}

void fields(auto& archive, Of<Predicted> auto& s) { archive(s.points, s.suggestions); }

} // namespace orrery::protocol
