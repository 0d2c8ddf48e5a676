#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Sessions over the sample graphs, with the runner as a process, for the tests of debugging sessions.

#include "profiler/session/debug_session.h"

#include <QTest>

#define VERIFY_OK(result)                                                                                    \
    do {                                                                                                     \
        auto&& verified_ = (result);                                                                         \
        QVERIFY2(verified_.ok(), verified_.ok() ? "" : verified_.error().text().c_str());                    \
    } while (false)

namespace orrery::tests {

inline std::string sample(const std::string& name) { return ORRERY_SAMPLES "/" + name + ".onnxtxt"; }

inline session::DebugOptions debugOptions(const std::vector<std::string>& libraries = {})
{
    session::DebugOptions options;
    options.session.runnerPath = ORRERY_RUNNER_PROGRAM;
    options.session.optimize = passes::OptimizeLevel::None;
    options.session.openTimeLimitSeconds = 60;
    for (const std::string& name : libraries)
        options.session.customOps.push_back(std::string(ORRERY_CUSTOM_OPS) + "/" + name + ".so");
    return options;
}

inline NodeId nodeNamed(const graph::Graph& graph, const std::string& name)
{
    for (NodeId id : graph.liveNodes())
        if (graph.node(id).name == name)
            return id;
    return {};
}

inline ValueId valueNamed(const graph::Graph& graph, const std::string& name)
{
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (graph.value(ValueId(i)).alive && graph.value(ValueId(i)).name == name)
            return ValueId(i);
    return {};
}

inline debug::Movement movement(debug::Goal goal, debug::Direction direction = debug::Direction::Forward)
{
    debug::Movement result;
    result.goal = goal;
    result.direction = direction;
    return result;
}

inline debug::Movement toNode(NodeId node, debug::Direction direction = debug::Direction::Forward)
{
    debug::Movement result = movement(debug::Goal::Node, direction);
    result.node = node;
    return result;
}

} // namespace orrery::tests
