#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What is alive at a moment, largest first, and why: who reads it next, and when it is given back. A value
// is alive from the event that allocated it up to, not including, the event that freed it. Looking ahead ends
// at the horizon, so that the answer comes fast in a trace of any length; what was not seen up to there is
// told as "not before".

#include "trace_db/queries/alloc_index.h"
#include "trace_db/queries/graph_facts.h"

namespace orrery::trace_db::alive_at {

struct Params {
    std::shared_ptr<const AllocIndex> index;
    std::shared_ptr<const GraphFacts> graph;
    std::int64_t ts = 0;
};

enum class Reason : std::uint8_t {
    BeingRead,   // by the op that runs at this moment
    ReadLater,   // by the next reader
    InPlace,     // its readers are done, but the output of one of them lies in its place (derived)
    Output,      // of the model: read by the user
    Carried,     // by the node around the body that made it
    Scratch,     // work space of the node that runs
    Weight,      // kept for all steps, no reader ahead
    BeingMade,   // its writer has not ended yet
    NotReadAgain // nobody reads it up to its end or the horizon
};

struct Row {
    LiveBuffer buffer;
    std::string value = {}; // its name
    std::string node = {};  // who allocated it
    std::string opType = {};
    Reason reason = Reason::NotReadAgain;
    std::uint32_t reader = noId; // the next one; of Carried the node around
    std::string readerName = {};
    std::int64_t readTs = 0;  // when the reader starts; with BeingRead and ReadLater and InPlace
    std::string heldFor = {}; // the value that lies in its place, for InPlace
    bool isFreed = false;     // up to the horizon
    std::int64_t freedTs = 0; // when
    std::uint32_t freedBy = noId;
};

struct Answer {
    std::vector<Row> rows;    // largest first
    LiveBytes live;           // their sum
    std::int64_t horizon = 0; // looked ahead up to here
};

Result<Answer> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::alive_at
