#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Shrink: the smallest part of a failing model that still fails in the same way, tried out in runners of its
// own, so that a crash is only an answer. Starts from the node at which the failure shows, with the tensors
// it was given, takes in more of what is before it while the part does not fail, then leaves out whatever the
// failure does not need.

#include "profiler/session/debug_session.h"

#include <functional>
#include <string>

namespace orrery::session {

enum class FailureKind : std::uint8_t { Any, Crash, Error, BadValue, Divergence, WrongOutput };

struct ShrinkRequest {
    DebugOptions debug;
    FailureKind failure = FailureKind::Any; // Any: the first that the whole model shows
    double tolerance = 1e-3;                // for Divergence and WrongOutput
    std::string outputPath; // .onnx or .onnxtxt; inputs go beside it as NAME_data/input_0.pb …
};

struct ShrinkProgress {
    std::uint32_t tried = 0;
    std::size_t nodes = 0; // of the smallest that fails so far
};

struct ShrinkOutcome {
    FailureKind failure = FailureKind::Any;
    std::string what; // "NaN in output y of Div \"normalise\""
    std::size_t nodesBefore = 0, nodesAfter = 0;
    std::uint32_t tried = 0;
    std::string outputPath;
};

// `goOn` false: what was found so far is saved and returned. Usage when the model does not fail.
Result<ShrinkOutcome> shrink(const std::string& modelPath, const ShrinkRequest& request,
                             const std::function<bool(const ShrinkProgress&)>& goOn);

} // namespace orrery::session
