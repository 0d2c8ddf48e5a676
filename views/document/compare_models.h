#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// compareModels: two models run on the same inputs, in turns, in processes of their own: what a change of a
// model does to its time, its memory, its file and its results. Inputs that no file gives are filled from one
// seed; when the models do not take the same, results are not compared, and `notes` says so. Any thread;
// blocks for seconds.

#include "engine/graph/model.h"
#include "profiler/protocol/command.h"

#include <QString>

#include <chrono>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace orrery::document {

struct NodeTime {
    std::string result; // the name of the node's first output, by which nodes of two models are told apart
    std::string opType, name;
    std::int64_t selfNs = 0; // of one run: the median of its calls times their number in a run
    std::string within;      // fused into that node, whose time holds its own; selfNs is 0 then
};

struct ModelTrialSide {
    std::int64_t fileBytes = 0; // of a model file with all constants in it
    std::int64_t peakBytes = 0;
    double flops = 0; // of one run, estimated (engine/passes/work_estimate.h)
    bool isEveryFlopKnown = true;
    std::vector<std::int64_t> durationsNs;
    // When asked for: times by node of either graph. A fused node's time is that of the dataflow node whose
    // operator it is.
    std::vector<NodeTime> dataflow, compute;

    std::int64_t medianNs() const;
    std::int64_t quantileNs(double which) const;
};

struct ModelTrialResult {
    ModelTrialSide before, after;
    bool isSameBits = true;
    double maxAbsoluteError = 0;
    double cosine = 1;           // the smallest of all outputs
    std::int64_t mismatches = 0; // elements that are NaN, infinite or text on one side only
    bool areResultsCompared = true;
    std::vector<QString> notes; // why not, outputs that one of them lacks
    // Of each round's two times, after over before: the median and the quartiles.
    double ratio = 1, lowRatio = 1, highRatio = 1;
    int rounds = 0, recordedRuns = 0; // of each; the latter for the times by node

    // The quartiles lie on both sides of 1.
    bool isWithinNoise() const { return lowRatio <= 1 && highRatio >= 1; }
};

struct TrialOptions {
    int threads = 1;
    std::vector<std::string> customOps;
    std::vector<protocol::InputFile> inputs;
    std::map<std::string, graph::Dims> inputShapes;
    std::chrono::milliseconds patience{8000}; // after which no round begins
    double timeLimitSeconds = -1;             // of one run
    bool recordsNodes = false;
};

using TellTrial = std::function<void(int percent, const QString& text)>;

Result<ModelTrialResult> compareModels(const graph::Model& before, const graph::Model& after,
                                       const TrialOptions& options, const std::stop_token& stop,
                                       const TellTrial& tell);

} // namespace orrery::document
