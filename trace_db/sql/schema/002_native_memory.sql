-- SPDX-License-Identifier: Apache-2.0
-- Version 2: memory outside of the engine's own tensors, as asked of malloc and mmap in the runner. Tables are
-- empty for a run that did not watch the heap.

CREATE TABLE native_sites ( -- where memory was asked for: a node and, where stacks were recorded, the calls
    run_id INTEGER NOT NULL,       -- runs
    site INTEGER NOT NULL,         -- 0, 1, 2 ... in the order first seen
    kind TEXT NOT NULL,            -- heap or mapping
    share TEXT NOT NULL,           -- native: inside an op; tensor: the engine's tensors; other: the program itself
    node_id INTEGER,               -- that was running; NULL: between ops
    stack INTEGER,                 -- native_frames; NULL: not recorded
    first_step INTEGER NOT NULL,   -- in which it was first seen
    closed_bytes INTEGER,          -- still live after the run had given back its own; NULL: the run did not get there
    closed_blocks INTEGER,         -- how many
    PRIMARY KEY (run_id, site)
) WITHOUT ROWID;

CREATE TABLE native_samples ( -- live bytes of a site at the end of the steps in which they changed
    run_id INTEGER NOT NULL,       -- runs
    site INTEGER NOT NULL,         -- native_sites
    step INTEGER NOT NULL,         -- at whose end
    live_bytes INTEGER NOT NULL,   -- asked for there and not given back
    live_blocks INTEGER NOT NULL,  -- how many
    PRIMARY KEY (run_id, site, step)
) WITHOUT ROWID;

CREATE TABLE native_frames ( -- the calls of a stack
    run_id INTEGER NOT NULL,       -- runs
    stack INTEGER NOT NULL,        -- unique in the run
    depth INTEGER NOT NULL,        -- 0: the innermost
    module TEXT,                   -- program or library
    module_offset INTEGER,         -- of the call's return address in it
    symbol TEXT,                   -- function
    file TEXT,                     -- source file, where the module says so
    line INTEGER,                  -- in it
    PRIMARY KEY (run_id, stack, depth)
) WITHOUT ROWID;

CREATE TABLE native_stats ( -- per node: what it asked of the heap itself, all steps together
    run_id INTEGER NOT NULL,         -- runs
    node_id INTEGER NOT NULL,        -- nodes
    calls INTEGER NOT NULL,          -- op events that asked for anything or gave anything back
    allocations INTEGER NOT NULL,    -- blocks taken
    allocated_bytes INTEGER NOT NULL, -- in them
    frees INTEGER NOT NULL,          -- blocks given back, of whichever op
    freed_bytes INTEGER NOT NULL,    -- in them
    peak_bytes INTEGER NOT NULL,     -- most that one call added at once
    PRIMARY KEY (run_id, node_id)
) WITHOUT ROWID;

CREATE TABLE step_inputs ( -- the shapes of the inputs, where they are other than those of the step before
    run_id INTEGER NOT NULL,       -- runs
    step INTEGER NOT NULL,         -- from which on
    shapes TEXT NOT NULL,          -- as x=1x3x224x224, names in order
    PRIMARY KEY (run_id, step)
) WITHOUT ROWID;
