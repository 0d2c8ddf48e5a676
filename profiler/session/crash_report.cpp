// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/crash_report.h"

#include "engine/base/text.h"

#include <csignal>

namespace orrery::session {

std::string nodeText(const graph::Node& node)
{
    std::string type = displayText(node.opType, 100);
    return node.name.empty() ? type + " #" + std::to_string(node.id.value)
                             : type + " \"" + displayText(node.name, 200) + "\"";
}

RunningNode runningNode(const record::SharedRing* ring, const graph::Graph& compute)
{
    if (!ring)
        return {};
    std::uint32_t node = ring->currentOp().node;
    if (node == record::noId || node >= compute.nodeSlots())
        return {};
    return {NodeId(node), nodeText(compute.node(NodeId(node)))};
}

std::string crashText(const RunnerEnd& end, const RunningNode& running)
{
    std::string text = end.signal != 0 ? "signal " + std::to_string(end.signal)
                                       : "exit status " + std::to_string(end.exitCode);
    if (!running.text.empty())
        text += " in " + running.text;
    if (end.signal == SIGKILL && !end.killedBySession)
        text += " (killed from outside, or memory ran out)";
    return text;
}

} // namespace orrery::session
