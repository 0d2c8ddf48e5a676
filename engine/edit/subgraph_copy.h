#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Copies nodes, with their bodies, out of a graph (the same one, a snippet's, a function's body) into edits
// of another: new ids, unique names, inputs as the caller maps them. Borrows all.

#include "engine/edit/builder.h"

#include <functional>
#include <optional>
#include <unordered_map>

namespace orrery::edit {

class SubgraphCopy {
public:
    SubgraphCopy(Builder& builder, const graph::Graph& source, RegionId target)
        : m_builder(builder)
        , m_source(source)
        , m_target(target)
    {}

    // What the copy has for a value of the source; set before copying for inputs and for outputs that exist.
    void map(ValueId source, ValueId target) { m_values[source] = target; }
    ValueId mapped(ValueId source) const;
    bool isMapped(ValueId source) const { return m_values.contains(source); }
    // Put before names: "block/".
    void setPrefix(std::string prefix) { m_prefix = std::move(prefix); }
    // Changes an attribute of a copied node; false leaves it out. For references to a function's attributes.
    using Resolve = std::function<Result<bool>(const graph::Node&, graph::Attribute&)>;
    void setResolve(Resolve resolve) { m_resolve = std::move(resolve); }
    // Changes a copied node before it is added.
    void setAdjust(std::function<void(graph::Node&)> adjust) { m_adjust = std::move(adjust); }

    // A constant of the source's region as one of the target's; maps it.
    void copyConstant(ValueId id);
    // Values that were not mapped and that no copied node makes stay what they are when source and target are
    // one graph, else they are an error.
    Result<void> copyNodes(const std::vector<NodeId>& nodes, std::uint32_t position = graph::atEnd);

private:
    std::optional<graph::Initializer> initializerOf(const graph::Value& value) const;
    ValueId copyOf(const graph::Value& value, RegionId home, std::vector<graph::Value>* into);
    Result<graph::Node> copyNode(const graph::Node& node, RegionId home, graph::AddNode* tree);
    Result<RegionId> copyRegion(RegionId id, NodeId parent, graph::AddNode& tree);
    Result<ValueId> input(const graph::Node& node, ValueId id) const;

    Builder& m_builder;
    const graph::Graph& m_source;
    RegionId m_target;
    std::string m_prefix;
    Resolve m_resolve;
    std::function<void(graph::Node&)> m_adjust;
    std::unordered_map<ValueId, ValueId> m_values;
};

} // namespace orrery::edit
