-- SPDX-License-Identifier: Apache-2.0
-- Samples of the counters, with their names.
CREATE VIEW counters AS
SELECT t.run_id AS run_id, -- runs
       s.ts AS ts,         -- when
       t.name AS name,     -- of the counter
       t.unit AS unit,     -- of the value
       s.value AS value    -- in that unit
FROM counter_samples AS s JOIN counter_tracks AS t ON t.counter_id = s.counter_id;
