#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A graph of any stage as rows. Ids are local to the graph and need not be dense; -1 or noId mean none. The
// trace adds a base per graph, so that node_id and value_id are unique in the whole file. `origins` name
// nodes of the run's dataflow graph, which must have been added before.

#include "trace_db/event.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db {

struct NodeRow {
    std::uint32_t id = 0;
    std::string name = {};
    std::string opType = {};
    std::string domain = {};
    std::uint32_t region = 0;
    std::uint32_t parent = noId; // the node whose body holds this one
    std::string backend = {};
    std::string kernel = {};
    std::string attributes = {}; // JSON object
    std::string scope = {};
    std::int64_t flops = -1;
    std::int64_t bytesMoved = -1;
};

struct ValueRow {
    std::uint32_t id = 0;
    std::string name = {};
    std::string dtype = {};
    std::string shape = {};        // "1x3x224x224"
    std::uint32_t producer = noId; // node
    std::string kind = {};         // "input", "output", "weight", "activation" ...
};

enum class EdgeDirection : std::uint8_t { In, Out };

struct EdgeRow {
    std::uint32_t node = 0;
    std::uint32_t value = 0;
    std::uint32_t slot = 0; // position among the node's inputs or outputs
    EdgeDirection direction = EdgeDirection::In;
};

struct OriginRow {
    std::uint32_t node = 0;
    std::uint32_t dataflowNode = 0;
};

struct GraphRows {
    std::string stage = {}; // "dataflow", "compute", "training"
    std::string name = {};
    std::vector<NodeRow> nodes = {};
    std::vector<ValueRow> values = {};
    std::vector<EdgeRow> edges = {};
    std::vector<OriginRow> origins = {};
};

struct PassRow {
    std::string name = {};
    std::int64_t durationNs = 0;
    std::int64_t nodesBefore = 0;
    std::int64_t nodesAfter = 0;
};

} // namespace orrery::trace_db
