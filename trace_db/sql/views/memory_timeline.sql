-- SPDX-License-Identifier: Apache-2.0
-- Live bytes over time, one row per moment and kind; sum(bytes) GROUP BY run_id, ts is the total.
CREATE VIEW memory_timeline AS
SELECT run_id,    -- runs
       ts,        -- the moment at which most bytes were live in its stretch of time
       kind,      -- of allocation
       bytes,     -- live at that moment
       end_bytes  -- live at the end of the stretch
FROM memory_samples
ORDER BY run_id, bucket, kind;
