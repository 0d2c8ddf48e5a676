#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Inside of apply(): slots of the arena. An id that an edit brings along names a removed entry, or one of the
// next slots without a gap; so nobody can make a graph of four billion empty slots, and no id is given twice.

#include "engine/graph/edit_apply.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::graph::editing {

inline std::size_t slots(const Graph& graph, NodeId) { return graph.nodeSlots(); }
inline std::size_t slots(const Graph& graph, ValueId) { return graph.valueSlots(); }
inline std::size_t slots(const Graph& graph, RegionId) { return graph.regionSlots(); }
inline bool isAlive(const Graph& graph, NodeId id) { return graph.contains(id); }
inline bool isAlive(const Graph& graph, ValueId id) { return graph.contains(id); }
inline bool isAlive(const Graph& graph, RegionId id) { return aliveRegion(graph, id); }

template<class IdType>
Result<void> checkFree(const Graph& graph, std::vector<IdType> ids)
{
    std::sort(ids.begin(), ids.end());
    std::size_t next = slots(graph, IdType());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (i > 0 && ids[i] == ids[i - 1])
            return refused(fmt::format("id #{} is given to two new entries", ids[i].value));
        if (ids[i].index() >= slots(graph, IdType()) && ids[i].index() != next++)
            return refused(
                fmt::format("id #{} is not the next free one, which is #{}", ids[i].value, next - 1));
        if (isAlive(graph, ids[i]))
            return refused(fmt::format("id #{} is in use", ids[i].value));
    }
    return {};
}

// Empty, dead slots up to the largest of the ids.
inline void growTo(Graph& graph, const std::vector<ValueId>& ids)
{
    for (ValueId id : ids)
        while (graph.valueSlots() <= id.index())
            graph.value(graph.addValue(graph.mainRegion(), {})).alive = false;
}

inline void growTo(Graph& graph, const std::vector<RegionId>& ids)
{
    for (RegionId id : ids)
        while (graph.regionSlots() <= id.index())
            graph.region(graph.addRegion({}, {})).alive = false;
}

inline void growTo(Graph& graph, const std::vector<NodeId>& ids)
{
    for (NodeId id : ids)
        while (graph.nodeSlots() <= id.index()) {
            graph.node(graph.addNode(graph.mainRegion(), {})).alive = false;
            graph.main().nodes.pop_back();
        }
}

// What stays in the slot of a removed entry, whose content an inverse took: where it was, and nothing heavy.
template<class Entry>
void retire(Entry& slot, const Entry& taken)
{
    slot = Entry();
    slot.id = taken.id;
    slot.alive = false;
    if constexpr (requires { slot.region; })
        slot.region = taken.region;
}

} // namespace orrery::graph::editing
