-- SPDX-License-Identifier: Apache-2.0
-- What was allocated and never freed, largest first within a run.
CREATE VIEW live_at_end AS
SELECT a.run_id AS run_id,       -- runs
       a.buffer AS buffer,       -- unique in the run
       a.ts AS ts,               -- when it was allocated
       a.step AS step,           -- steps that had ended before
       a.kind AS kind,           -- of allocation
       a.bytes AS bytes,         -- its size
       a.node_id AS node_id,     -- who asked
       n.name AS name,           -- of that node
       n.op_type AS op_type,     -- of that node
       a.value_id AS value_id,   -- what it holds
       v.name AS value           -- name of that value
FROM live_allocations AS a
     LEFT JOIN nodes AS n ON n.node_id = a.node_id
     LEFT JOIN graph_values AS v ON v.value_id = a.value_id
ORDER BY a.run_id, a.bytes DESC, a.buffer;
