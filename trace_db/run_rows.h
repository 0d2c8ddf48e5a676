#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the trace knows of a run besides its events: what was asked for, on which machine, and how it ended.
// Plain rows, the same going in (TraceWriter) and coming out (queries). Empty text and -1 mean "not known".

#include "engine/base/ids.h"
#include "trace_db/event.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace orrery::trace_db {

using RunId = Id<struct RunTag>; // the SQL column run_id; 1, 2, 3 ... in a trace

enum class Recording : std::uint8_t { Off, On };

struct RunInfo {
    std::string modelPath = {};
    std::string modelHash = {}; // as text, e.g. "sha256:..."
    std::string root = {};
    std::string backend = {};
    std::string optimize = {};
    std::string args = {};    // the command line, for people
    std::string started = {}; // wall clock, ISO 8601 with zone
    std::int64_t threads = -1;
    std::int64_t warmup = 0; // steps 0 .. warmup-1 are warm-up; roll-ups keep them apart
    std::int64_t runs = -1;
    std::int64_t seed = -1;
    std::int64_t pid = -1; // of the process that runs the model
    Recording recording = Recording::On;
};

struct Machine {
    std::string cpuModel = {};
    std::int64_t cores = -1;
    std::int64_t memoryBytes = -1;
    std::string os = {};          // distribution and kernel
    std::string versions = {};    // "orrery 0.1.0, eigen 3.4.0, onnx 1.12.0"
    std::string governor = {};    // CPU frequency governor
    std::string kernelLevel = {}; // instruction set of the kernels: "x86-64-v3"
};

enum class RunState : std::uint8_t { Running, Finished, Failed, Crashed, Interrupted };

struct Outcome {
    RunState state = RunState::Running;
    std::string message = {};
    std::uint32_t node = noId; // compute graph: the node that failed, or was begun and not ended
    std::int64_t signal = 0;   // 0: none
    std::int64_t exitCode = 0;
};

std::string_view name(RunState state); // "running", "finished", ...

} // namespace orrery::trace_db
