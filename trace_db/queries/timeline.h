#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A coarse picture of who was busy when, made at ingest: time in buckets of 67 ms times a power of four.
// Each event counts, with its self time, in the bucket that it starts in.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::timeline {

struct Params {
    RunId run = {};
    int level = 0; // 0 .. levels-1; a bucket lasts bucketNs(level)
    std::int64_t t0 = INT64_MIN;
    std::int64_t t1 = INT64_MAX;
};

struct Row {
    std::uint32_t thread = 0;
    std::int64_t ts = 0; // start of the bucket
    std::int64_t events = 0;
    std::int64_t selfNs = 0;
    std::int64_t maxSelfNs = 0;
    std::int64_t topNodeId = -1; // of the event with maxSelfNs
};

inline constexpr int levels = 7;
constexpr std::int64_t bucketNs(int level) { return std::int64_t{1} << (26 + 2 * level); }

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::timeline
