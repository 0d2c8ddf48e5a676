#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Breakpoints and watches that are kept beside a model, in `<model file name>.orrery.toml`; the prompt and
// the window share it. Nodes and values go by name (a node also by its first output), so that they outlive
// ids. Entries that the graph at hand does not have, and keys that this program does not know, stay in the
// file. It is replaced as a whole; one that cannot be understood is put aside as `….broken`.

#include "engine/base/problem.h"
#include "engine/debug/breakpoint.h"
#include "engine/graph/graph.h"

#include <string>
#include <vector>

namespace orrery::session {

struct SavedBreakpoints {
    std::vector<debug::Breakpoint> breakpoints; // without ids and hits
    std::vector<ValueId> watches;
    std::vector<Problem> notes; // entries that this graph does not have; a file that was put aside
};

std::string breakpointFile(const std::string& modelPath);

// Empty when there is no file.
Result<SavedBreakpoints> loadBreakpoints(const std::string& modelPath, const graph::Graph& graph);

// Io when the folder cannot be written. No file is made for nothing.
Result<void> saveBreakpoints(const std::string& modelPath, const graph::Graph& graph,
                             const std::vector<debug::Breakpoint>& breakpoints,
                             const std::vector<ValueId>& watches);

} // namespace orrery::session
