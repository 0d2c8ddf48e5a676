#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Client of orrery-layout, the process that holds Graphviz (libgvc is not thread-safe, hangs and crashes on
// some graphs). One request at a time, from any thread, without an event loop. A helper that is late, dies or
// answers nonsense is killed and started anew for the next request; after three failures in a row it stays
// off and problem() says so. Levels that dot is known to be slow on are never sent.

#include "engine/base/problem.h"
#include "views/layout/layout.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <sys/types.h>

namespace orrery::layout {

class GraphvizLayout {
public:
    explicit GraphvizLayout(std::string helperPath = helperBesideProgram());
    ~GraphvizLayout();
    GraphvizLayout(const GraphvizLayout&) = delete;
    GraphvizLayout& operator=(const GraphvizLayout&) = delete;

    // Fails with LimitReached where suits() is false, and with RunnerDied, LimitReached or BadFile when the
    // helper died, was late or answered nonsense. Returns within the deadline plus a little.
    Result<LevelResult> layOut(const Level& level,
                               std::chrono::milliseconds deadline = std::chrono::milliseconds(500));

    // Why the helper is off; nothing while it works.
    std::optional<Problem> problem() const;

    // Nodes plus dummies at most 2,000, one connected part, no cycle: what dot lays out well in half a
    // second.
    static bool suits(const Level& level);
    // "orrery-layout" in the folder of the running program.
    static std::string helperBesideProgram();

private:
    Result<void> start();
    void stop();
    Result<LevelResult> ask(const Level& level, std::chrono::steady_clock::time_point until);

    mutable std::mutex m_mutex;
    std::string m_helperPath;
    pid_t m_pid = -1;
    int m_toHelper = -1, m_fromHelper = -1;
    int m_served = 0;   // by this process; it is renewed after 500 (some Graphviz layouts leak)
    int m_failures = 0; // in a row
    std::string m_lastFailure;
};

// A refiner that asks Graphviz where it suits and takes the answer where it has fewer crossings than the own
// layout. Remembers every answer, failures too.
LevelRefiner graphvizRefiner(std::shared_ptr<GraphvizLayout> graphviz);

} // namespace orrery::layout
