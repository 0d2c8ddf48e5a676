-- SPDX-License-Identifier: Apache-2.0
-- Where the time went, per node: measured steps only, most self time first within a run.
CREATE VIEW op_hotspots AS
SELECT s.run_id AS run_id,                       -- runs
       s.node_id AS node_id,                     -- nodes
       n.name AS name,                           -- of the node
       n.op_type AS op_type,                     -- operator
       n.backend AS backend,                     -- that ran it
       n.kernel AS kernel,                       -- that ran it
       n.scope AS scope,                         -- that it belongs to
       s.calls AS calls,                         -- measured calls
       s.total_ns AS total_ns,                   -- with what ran inside
       s.self_ns AS self_ns,                     -- without what ran inside
       s.self_ns / max(s.calls, 1) AS self_mean_ns, -- per call
       s.p50_self_ns AS p50_self_ns,             -- median call, within 7 %
       s.p95_self_ns AS p95_self_ns,             -- 95th percentile, within 7 %
       100.0 * s.self_ns / nullif(sum(s.self_ns) OVER (PARTITION BY s.run_id), 0) AS share_percent, -- of the run's self time
       100.0 * sum(s.self_ns) OVER (PARTITION BY s.run_id ORDER BY s.self_ns DESC, s.node_id ROWS UNBOUNDED PRECEDING)
           / nullif(sum(s.self_ns) OVER (PARTITION BY s.run_id), 0) AS cumulative_percent, -- of this and all above
       n.flops AS flops,                         -- of one call, estimated
       n.bytes_moved AS bytes_moved,             -- by one call, estimated
       s.peak_bytes AS peak_bytes,               -- most bytes of its own at once
       s.warmup_calls AS warmup_calls,           -- in warm-up steps
       s.warmup_self_ns AS warmup_self_ns        -- in warm-up steps
FROM op_stats AS s LEFT JOIN nodes AS n ON n.node_id = s.node_id
WHERE s.calls > 0
ORDER BY s.run_id, s.self_ns DESC, s.node_id;
