#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What changed at a version of the standard's operator set, as adapters: one takes a node from the version
// before to that version, one back. Where the table has no row the older form means the same in the newer
// version, as far as the standard says.

#include "engine/graph/model.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::edit {

// The model being converted, and what is known of it; shared by all adapters of one conversion.
class OpsetContext {
public:
    OpsetContext(graph::Graph& graph, const std::vector<graph::ValueType>& types);

    graph::Graph& graph;

    // Nothing where it is not known.
    std::optional<std::int64_t> rank(ValueId value) const;
    std::optional<std::vector<std::int64_t>> constantInts(const graph::Node& node, std::size_t input) const;
    const graph::Tensor* constant(const graph::Node& node, std::size_t input) const;
    graph::ValueType type(ValueId value) const;

    ValueId addConstant(RegionId region, const std::string& wish, graph::Tensor tensor);
    ValueId addValue(RegionId region, const std::string& wish, graph::ValueType type);
    NodeId addNode(NodeId before, std::string opType, std::vector<ValueId> inputs, ValueId output,
                   std::vector<graph::Attribute> attributes = {});
    // The node after it in its region's list; invalid for the last.
    NodeId after(NodeId node) const;
    bool constantsAdded() const { return m_constantsAdded; }

private:
    std::string unique(const std::string& wish);

    std::vector<graph::ValueType> m_types; // by value
    std::set<std::string> m_names;
    bool m_constantsAdded = false;
};

// Empty: done, or nothing to do; else why it cannot be said in the other version.
using Adapter = std::string (*)(OpsetContext& context, graph::Node& node);

struct OpsetChange {
    std::string_view opType;
    int version = 0;      // the first with the newer form
    Adapter up = nullptr; // null: nothing to do
    Adapter down = nullptr;
    std::string_view what; // "axes became an input"
};
const std::vector<OpsetChange>& opsetChanges();

} // namespace orrery::edit
