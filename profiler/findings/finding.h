#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Finding: what a rule found in a recorded run, as a Problem that every list can show and, for memory, with
// the figures behind it. FindingSpec is a rule as a passive record; the registry is generated from this
// folder's CMake list. Rules only read, and may look at a run that is still being recorded.

#include "engine/base/problem.h"
#include "profiler/findings/memory_verdict.h"
#include "trace_db/event.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <string>
#include <string_view>
#include <vector>

namespace orrery::findings {

// Whose memory it is.
enum class MemoryOwner : std::uint8_t {
    Heap,      // malloc inside an op
    Mapping,   // mmap inside an op
    Tensor,    // a value that the engine holds
    Allocator, // what malloc keeps for later
    Engine,    // what the engine keeps for later
    Program,   // the program itself, between ops
    Run,       // the run as a whole: nothing more exact is known
};
std::string_view name(MemoryOwner owner); // "heap", "mapping" ... as in JSON

struct MemoryEvidence {
    MemoryOwner owner = MemoryOwner::Heap;
    MemoryJudgement judgement = {};
    std::uint32_t steps = 0;  // looked at
    std::int64_t nodeId = -1; // in the trace; -1: none
    std::string opType = {};
    std::string loop = {};                         // the node whose rounds are meant; empty: steps are
    std::vector<std::string> origins = {};         // names of dataflow nodes
    std::string value = {};                        // that is held; may be empty
    std::vector<trace_db::NativeFrame> stack = {}; // that asked, innermost call first; may be empty
    std::string onlyWithInputs = {};               // it grew only at steps with these shapes; may be empty
};

struct Finding {
    Problem problem = {}; // its code is the verdict
    MemoryEvidence memory = {};
};

// What a rule has to say about one run.
struct Findings {
    std::vector<Finding> list = {};
    std::vector<std::string> limits = {}; // sentences: why less can be claimed than one would like
};

struct FindingSpec {
    std::string_view name;   // "leak"
    std::string_view text;   // what it looks for
    std::string_view remedy; // in general; a finding has its own
    Result<Findings> (*run)(const trace_db::TraceReader&, trace_db::RunId) = nullptr;
};

std::vector<FindingSpec> findingSpecs(); // generated

struct Report {
    std::vector<Finding> findings = {}; // of all rules, worst first
    std::vector<std::string> limits = {};
    std::uint32_t steps = 0; // recorded
    bool firm = false;       // more steps like these would not change it
};

Result<Report> examine(const trace_db::TraceReader& reader, trace_db::RunId run);

} // namespace orrery::findings
