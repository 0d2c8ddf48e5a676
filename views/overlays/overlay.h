#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// OverlaySpec: a measurement as colour on the graph: a pure function from a run's rows to a number per node
// of the compute graph. applyOverlay() turns the numbers into heat, labels and a legend on any DisplayGraph:
// on a compute graph node by node; on the dataflow graph by origins, where a fused node's number goes to the
// origin whose operator it is (its Conv, not its Relu), so that nothing is counted twice.
//
// Noise is not painted as a hotspot: what has less than `noiseShare` of the total gets no heat, only its
// label. A node without a number is "not measured", never cold.

#include "engine/graph/graph.h"
#include "trace_db/queries/latency.h"
#include "trace_db/queries/memory_by_node.h"
#include "trace_db/queries/node_stats.h"
#include "views/canvas/display_graph.h"

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace orrery::overlays {

inline constexpr double noiseShare = 0.01; // of the sum over all nodes

// Of one node: what it took in one state of the model and in another.
struct TimeChange {
    double beforeNs = -1, afterNs = -1; // below 0: it is not there
    std::string within;                 // fused into that node now, whose time holds its own
};

// Of the nodes of both graphs, by the name of their first output.
struct ModelChange {
    std::string title; // "Sigmoid inserted, against the model as opened"
    std::unordered_map<std::string, TimeChange> dataflow, compute;
};

// Of the values of a run, by name: the largest |x|, of finite elements.
struct LargestValue {
    double largest = 0;
    bool hasNan = false, hasInfinity = false;
};
struct ValueMagnitudes {
    std::string title;
    std::unordered_map<std::string, LargestValue> values;
};

struct OverlayInput {
    std::span<const trace_db::node_stats::Row> rows;
    trace_db::latency::Row latency;
    std::span<const trace_db::memory_by_node::Row> memory = {}; // of the whole run
    bool ofRange = false; // the rows are of a stretch of time, not of whole runs
    const ModelChange* change = nullptr;
    const ValueMagnitudes* magnitudes = nullptr;
};

enum class KeysAre : std::uint8_t { ComputeNodes, DataflowNodes };

struct OverlayValues {
    std::string title;                                // of the legend: what it is, over how many runs
    std::unordered_map<std::uint32_t, double> byNode; // NodeId of the compute graph → value
};

// Whether values of different nodes may be added up: times may, peaks may not.
enum class Adds : std::uint8_t { Yes, No };

struct OverlaySpec {
    std::string_view id;
    std::string_view title; // in the menu
    std::string_view toolTip;
    std::string_view notMeasured; // the legend without a run: what is missing and how to get it
    Adds adds = Adds::Yes;
    OverlayValues (*values)(const OverlayInput&) = nullptr;
    std::string (*format)(double) = nullptr;
    // Instead of the two above, for what is no number per node of one run: paints by itself. `shown` is the
    // graph that the keys are ids of.
    void (*paint)(canvas::DisplayGraph& graph, const graph::Graph& shown, KeysAre keys,
                  const OverlayInput& input) = nullptr;
};

std::vector<OverlaySpec> overlaySpecs(); // generated

// `compute` is the graph that the numbers belong to; without numbers (null) every node is not measured.
void applyOverlay(canvas::DisplayGraph& graph, const OverlaySpec& spec, const OverlayValues* values,
                  KeysAre keys, const graph::Graph* compute);

} // namespace orrery::overlays
