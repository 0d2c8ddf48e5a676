-- SPDX-License-Identifier: Apache-2.0
-- Version 1 of the trace: every table of it. The text of each CREATE is what a reader compares with the file, so
-- a released file of this folder never changes: a change is a new file, 002_*.sql.
-- Times: nanoseconds; ts of one monotonic clock per run, dur a length. NULL: not known.

CREATE TABLE runs ( -- one row per run of a model
    run_id INTEGER PRIMARY KEY,    -- 1, 2, 3 ... in the order in which they began
    model_path TEXT,               -- as it was given
    model_hash TEXT,               -- of the model file, with the name of the algorithm
    root TEXT,                     -- the entry point that was run
    backend TEXT,                  -- as asked for: auto, eigen, onednn
    optimize TEXT,                 -- as asked for: none, basic, all
    threads INTEGER,               -- threads of the executor
    warmup INTEGER NOT NULL,       -- steps 0 to warmup-1 are warm-up
    runs INTEGER,                  -- measured steps asked for
    seed INTEGER,                  -- of random inputs
    args TEXT,                     -- the command line
    started TEXT,                  -- wall clock, ISO 8601
    pid INTEGER,                   -- of the process that ran the model
    recorded INTEGER NOT NULL,     -- 1: with events; 0: only steps
    compute_graph_id INTEGER,      -- the graph that the events are of
    state TEXT NOT NULL,           -- running, finished, failed, crashed, interrupted
    message TEXT,                  -- what ended it
    node_id INTEGER,               -- the node that failed, or was begun and not ended
    signal INTEGER NOT NULL,       -- that killed the process; 0: none
    exit_code INTEGER NOT NULL,    -- of the process
    first_ts INTEGER,              -- start of the first event
    last_ts INTEGER,               -- end of the last event
    op_count INTEGER NOT NULL,     -- op events
    alloc_count INTEGER NOT NULL,  -- alloc events
    peak_bytes INTEGER NOT NULL,   -- most bytes live at once
    peak_ts INTEGER,               -- when
    wait_ns INTEGER NOT NULL,      -- the executor waited for the recorder
    lost_events INTEGER NOT NULL   -- events known to be missing
);

CREATE TABLE machine ( -- where a run took place
    run_id INTEGER PRIMARY KEY,    -- runs
    cpu_model TEXT,                -- as the system names it
    cores INTEGER,                 -- that the process may use
    memory_bytes INTEGER,          -- of the machine
    os TEXT,                       -- distribution and kernel
    versions TEXT,                 -- of Orrery and its libraries
    governor TEXT,                 -- CPU frequency governor
    kernel_level TEXT              -- instruction set of the kernels
);

CREATE TABLE graphs ( -- the graphs of each run
    graph_id INTEGER PRIMARY KEY,  -- unique in the trace
    run_id INTEGER NOT NULL,       -- runs
    stage TEXT NOT NULL,           -- dataflow, compute, training
    name TEXT,                     -- of the graph
    first_node_id INTEGER NOT NULL,  -- node_id = first_node_id + local_id
    first_value_id INTEGER NOT NULL, -- value_id = first_value_id + local_id
    node_id_count INTEGER NOT NULL,  -- node ids set aside for the graph
    value_id_count INTEGER NOT NULL, -- value ids set aside for the graph
    UNIQUE (run_id, stage)
);

CREATE TABLE nodes ( -- the nodes of every graph
    node_id INTEGER PRIMARY KEY,   -- unique in the trace
    run_id INTEGER NOT NULL,       -- runs
    graph_id INTEGER NOT NULL,     -- graphs
    local_id INTEGER NOT NULL,     -- in its graph
    name TEXT NOT NULL,            -- as shown
    op_type TEXT NOT NULL,         -- operator
    domain TEXT,                   -- of the operator
    region INTEGER,                -- the body that it lies in; 0: the graph itself
    parent_node_id INTEGER,        -- the node whose body that is
    backend TEXT,                  -- that runs it
    kernel TEXT,                   -- that runs it
    attributes TEXT,               -- JSON object
    scope TEXT,                    -- module or path that it belongs to
    flops INTEGER,                 -- of one call, estimated
    bytes_moved INTEGER            -- by one call, estimated
);

CREATE TABLE graph_values ( -- what flows along the edges: tensors, mostly
    value_id INTEGER PRIMARY KEY,  -- unique in the trace
    run_id INTEGER NOT NULL,       -- runs
    graph_id INTEGER NOT NULL,     -- graphs
    local_id INTEGER NOT NULL,     -- in its graph
    name TEXT NOT NULL,            -- as shown
    dtype TEXT,                    -- element type
    shape TEXT,                    -- 1x3x224x224
    producer_node_id INTEGER,      -- the node that makes it
    kind TEXT                      -- input, output, weight, activation ...
);

CREATE TABLE edges ( -- which node reads and writes which value
    node_id INTEGER NOT NULL,      -- nodes
    direction TEXT NOT NULL,       -- in or out
    slot INTEGER NOT NULL,         -- position among the node's inputs or outputs
    run_id INTEGER NOT NULL,       -- runs
    graph_id INTEGER NOT NULL,     -- graphs
    value_id INTEGER NOT NULL,     -- graph_values
    PRIMARY KEY (node_id, direction, slot)
) WITHOUT ROWID;

CREATE TABLE node_origins ( -- which dataflow nodes a node came from
    node_id INTEGER NOT NULL,        -- of a later graph
    origin_node_id INTEGER NOT NULL, -- of the dataflow graph of the same run
    PRIMARY KEY (node_id, origin_node_id)
) WITHOUT ROWID;

CREATE TABLE passes ( -- what made the compute graph out of the dataflow graph
    run_id INTEGER NOT NULL,       -- runs
    position INTEGER NOT NULL,     -- 0, 1, 2 ... as they ran
    name TEXT NOT NULL,            -- of the pass
    dur INTEGER NOT NULL,          -- how long it took
    nodes_before INTEGER NOT NULL, -- nodes in the graph before
    nodes_after INTEGER NOT NULL,  -- and after
    PRIMARY KEY (run_id, position)
) WITHOUT ROWID;

CREATE TABLE op_chunks ( -- op events, packed; read them as op_events
    run_id INTEGER NOT NULL,       -- runs
    chunk INTEGER NOT NULL,        -- 0, 1, 2 ... in the order recorded
    n INTEGER NOT NULL,            -- events
    t0 INTEGER NOT NULL,           -- earliest start
    t1 INTEGER NOT NULL,           -- latest end
    sum_dur INTEGER NOT NULL,      -- of all events
    max_dur INTEGER NOT NULL,      -- of all events
    first_node_id INTEGER NOT NULL, -- added to the node ids in the data
    data BLOB NOT NULL,            -- chunk_codec.h says how
    PRIMARY KEY (run_id, chunk)
) WITHOUT ROWID;

CREATE TABLE alloc_chunks ( -- allocations and frees, packed; read them as alloc_events
    run_id INTEGER NOT NULL,       -- runs
    chunk INTEGER NOT NULL,        -- 0, 1, 2 ... in the order recorded
    n INTEGER NOT NULL,            -- events
    t0 INTEGER NOT NULL,           -- earliest
    t1 INTEGER NOT NULL,           -- latest
    first_node_id INTEGER NOT NULL,  -- added to the node ids in the data
    first_value_id INTEGER NOT NULL, -- added to the value ids in the data
    data BLOB NOT NULL,            -- chunk_codec.h says how
    PRIMARY KEY (run_id, chunk)
) WITHOUT ROWID;

CREATE TABLE op_stats ( -- per node: all its op events, rolled up
    run_id INTEGER NOT NULL,         -- runs
    node_id INTEGER NOT NULL,        -- nodes
    calls INTEGER NOT NULL,          -- in measured steps, as all up to p95_self_ns
    total_ns INTEGER NOT NULL,       -- with what ran inside
    self_ns INTEGER NOT NULL,        -- without what ran inside
    min_self_ns INTEGER NOT NULL,    -- shortest call
    max_self_ns INTEGER NOT NULL,    -- longest call
    self_m2 REAL NOT NULL,           -- sum of squared differences from the mean; variance = self_m2 / (calls - 1)
    p50_self_ns INTEGER NOT NULL,    -- median of the calls, within 7 %
    p95_self_ns INTEGER NOT NULL,    -- 95th percentile of the calls, within 7 %
    warmup_calls INTEGER NOT NULL,   -- in warm-up steps
    warmup_total_ns INTEGER NOT NULL, -- in warm-up steps
    warmup_self_ns INTEGER NOT NULL, -- in warm-up steps
    peak_bytes INTEGER NOT NULL,     -- most bytes that its own allocations held at once
    PRIMARY KEY (run_id, node_id)
) WITHOUT ROWID;

CREATE TABLE thread_stats ( -- per thread: all its op events, rolled up
    run_id INTEGER NOT NULL,         -- runs
    thread INTEGER NOT NULL,         -- of the run, from 0
    calls INTEGER NOT NULL,          -- in measured steps
    total_ns INTEGER NOT NULL,       -- of top-level ops in measured steps
    self_ns INTEGER NOT NULL,        -- in measured steps
    wait_ns INTEGER NOT NULL,        -- waiting for the recorder, in all steps
    warmup_calls INTEGER NOT NULL,   -- in warm-up steps
    warmup_self_ns INTEGER NOT NULL, -- in warm-up steps
    PRIMARY KEY (run_id, thread)
) WITHOUT ROWID;

CREATE TABLE op_pyramid ( -- who was busy when, coarsely; events count where they start
    run_id INTEGER NOT NULL,         -- runs
    thread INTEGER NOT NULL,         -- of the run
    level INTEGER NOT NULL,          -- 0 to 6: buckets of 2^(26 + 2 * level) ns
    bucket INTEGER NOT NULL,         -- ts divided by the length of a bucket, rounded down
    n INTEGER NOT NULL,              -- events
    self_ns INTEGER NOT NULL,        -- of all events
    max_self_ns INTEGER NOT NULL,    -- of the longest event
    top_node_id INTEGER,             -- the node of that event
    PRIMARY KEY (run_id, thread, level, bucket)
) WITHOUT ROWID;

CREATE TABLE steps ( -- the runs of the root, one after the other
    run_id INTEGER NOT NULL,       -- runs
    step INTEGER NOT NULL,         -- 0, 1, 2 ...
    ts INTEGER NOT NULL,           -- start
    dur INTEGER NOT NULL,          -- length
    warmup INTEGER NOT NULL,       -- 1: not measured
    peak_bytes INTEGER,            -- most bytes live at once in it
    live_bytes INTEGER,            -- live at its end
    PRIMARY KEY (run_id, step)
) WITHOUT ROWID;

CREATE TABLE counter_tracks ( -- names of the counters
    counter_id INTEGER PRIMARY KEY, -- unique in the trace
    run_id INTEGER NOT NULL,       -- runs
    name TEXT NOT NULL,            -- resident_bytes, cpu_percent ...
    unit TEXT,                     -- bytes, percent ...
    UNIQUE (run_id, name)
);

CREATE TABLE counter_samples ( -- values of the counters; read them as counters
    counter_id INTEGER NOT NULL,   -- counter_tracks
    ts INTEGER NOT NULL,           -- when
    value REAL,                    -- in the counter's unit; NULL: not a number
    PRIMARY KEY (counter_id, ts)
) WITHOUT ROWID;

CREATE TABLE scalars ( -- numbers per step that a model or its training gave: loss, accuracy
    run_id INTEGER NOT NULL,       -- runs
    name TEXT NOT NULL,            -- of the number
    step INTEGER NOT NULL,         -- -1: a metric of the whole run
    value REAL,                    -- NULL: not a number
    PRIMARY KEY (run_id, name, step)
) WITHOUT ROWID;

CREATE TABLE problems ( -- what the user should know
    problem_id INTEGER PRIMARY KEY, -- in the order found
    run_id INTEGER NOT NULL,       -- runs
    severity TEXT NOT NULL,        -- info, warning, error
    code TEXT NOT NULL,            -- stable, as shape-mismatch
    node TEXT,                     -- name of the node
    node_id INTEGER,               -- in the dataflow graph
    text TEXT NOT NULL,            -- what was expected and what was found
    remedy TEXT                    -- what to do about it
);

CREATE TABLE memory_samples ( -- live bytes over time; read them as memory_timeline
    run_id INTEGER NOT NULL,       -- runs
    bucket INTEGER NOT NULL,       -- 0, 1, 2 ... stretches of time, at most 1,024
    kind TEXT NOT NULL,            -- weight, input, output, activation, workspace, cache, packed_weight, native
    ts INTEGER NOT NULL,           -- the moment of the stretch at which most bytes were live
    bytes INTEGER NOT NULL,        -- of the kind, live at that moment
    end_bytes INTEGER NOT NULL,    -- of the kind, live at the end of the stretch
    PRIMARY KEY (run_id, bucket, kind)
) WITHOUT ROWID;

CREATE TABLE live_allocations ( -- allocated and not freed as of the last commit; read them as live_at_end
    run_id INTEGER NOT NULL,       -- runs
    buffer INTEGER NOT NULL,       -- unique in the run
    ts INTEGER NOT NULL,           -- when it was allocated
    step INTEGER NOT NULL,         -- steps that had ended before
    kind TEXT NOT NULL,            -- as in memory_samples
    bytes INTEGER NOT NULL,        -- its size
    arena_offset INTEGER,          -- in the arena
    node_id INTEGER,               -- who asked
    value_id INTEGER,              -- what it holds
    PRIMARY KEY (run_id, buffer)
) WITHOUT ROWID;

-- For the question which nodes a graph has, and which node came from a dataflow node.
CREATE INDEX nodes_by_graph ON nodes (graph_id, local_id);
CREATE INDEX values_by_graph ON graph_values (graph_id, local_id);
CREATE INDEX edges_by_value ON edges (value_id);
CREATE INDEX nodes_by_origin ON node_origins (origin_node_id);
