#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Graph: a plain value type of ids and vectors; the same type serves the dataflow, compute and training
// graph. Nodes and values of the main graph and of all its subgraphs live in one arena; a Region (the main
// graph, or the body of an If, Loop or Scan) lists those that belong to it, in file order. So ids are unique
// over all nesting levels, a captured value of an outer graph is simply its ValueId, and ids never change or
// get reused under edits. Copying copies everything except tensor bytes, which are shared and immutable. Not
// thread-safe for writing; const use is.

#include "engine/base/ids.h"
#include "engine/graph/attribute.h"
#include "engine/graph/shape.h"
#include "engine/graph/tensor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orrery::graph {

using Metadata = std::vector<std::pair<std::string, std::string>>;

enum class TypeKind : std::uint8_t { Unknown, Tensor, SparseTensor, Sequence, Optional, Map, Opaque };

struct ValueType {
    TypeKind kind = TypeKind::Unknown;
    DataType element = DataType::Undefined; // of a tensor; the key type of a map
    std::optional<Shape> shape;             // of a tensor; nullopt when not even the rank is known
    std::vector<ValueType> inner; // the element type of a sequence or optional, the value type of a map

    static ValueType tensor(DataType type, std::optional<Shape> shape = {});
    std::string text() const; // "float 1×3×H×W", "sequence of int64 ?", "unknown"

    friend bool operator==(const ValueType&, const ValueType&) = default;
};

// Where an initializer's bytes come from when they are not in the model file; paths are relative to the
// model's folder.
struct ExternalData {
    std::string location;
    std::int64_t offset = 0;
    std::int64_t length = -1; // -1: to the end of what the dims need
    Metadata entries;         // as in the file, all keys

    friend bool operator==(const ExternalData&, const ExternalData&) = default;
};

struct Initializer {
    Tensor tensor; // dims and type always; bytes null when not loaded (see external)
    std::optional<ExternalData> external;
    std::string doc;
    std::string
        extra; // serialized TensorProto without the modelled fields: how the file encoded it, unknown fields
};

struct Value {
    ValueId id;
    std::string name; // unique in its region and those around it, in a valid graph; may be empty
    RegionId region;
    ValueType type;  // declared in the file or inferred
    NodeId producer; // invalid for graph inputs and initializers
    std::optional<Initializer> initializer;
    std::string extra; // serialized ValueInfoProto as read, if the file had one
    bool alive = true;

    bool isConstant() const { return initializer.has_value(); }
};

struct Node {
    NodeId id;
    std::string name; // as in the file; may be empty
    std::string opType;
    std::string domain; // "" for ai.onnx
    std::string overload;
    std::vector<ValueId> inputs;  // an invalid id is an omitted optional input
    std::vector<ValueId> outputs; // an invalid id is an omitted optional output
    std::vector<Attribute> attributes;
    Metadata metadata;
    std::string doc;
    RegionId region;
    // Of its domain where it differs from the model's import (an inlined function body); 0: the model's.
    std::int64_t opsetVersion = 0;
    // Nodes of the dataflow graph that this one came from, sorted; never empty after a pass.
    std::vector<NodeId> origins;
    std::string extra; // serialized NodeProto fields that are not modelled
    bool alive = true;

    const Attribute* attribute(std::string_view attributeName) const;
    // The attribute's value, or the fallback when it is absent or of another kind (verify reports the
    // latter).
    std::int64_t intAttribute(std::string_view attributeName, std::int64_t fallback) const;
    float floatAttribute(std::string_view attributeName, float fallback) const;
    std::string stringAttribute(std::string_view attributeName, std::string_view fallback) const;
    std::vector<std::int64_t> intsAttribute(std::string_view attributeName,
                                            std::vector<std::int64_t> fallback = {}) const;
    std::vector<float> floatsAttribute(std::string_view attributeName,
                                       std::vector<float> fallback = {}) const;
    const Tensor* tensorAttribute(std::string_view attributeName) const;
    RegionId regionAttribute(std::string_view attributeName) const; // invalid when absent
    void setAttribute(std::string_view attributeName, AttributeValue value);

    std::vector<RegionId> regions() const; // of all graph attributes, in attribute order
    // The name when there is one, else the op type and id: "Conv #12". Escaped for display.
    std::string displayName() const;
};

struct Region {
    RegionId id;
    NodeId parent;             // the node whose attribute holds this region; invalid for the main graph
    std::string attributeName; // of the parent
    std::string name;
    std::string doc;
    std::vector<ValueId> inputs; // as declared, including initializers that are listed as inputs (IR 3)
    std::vector<ValueId> outputs;
    std::vector<ValueId> initializers; // in file order
    std::vector<ValueId> valueInfos;   // values whose type the file declares, in file order
    std::vector<NodeId> nodes;         // in file order; execution order comes from order.h
    Metadata metadata;
    std::string extra; // serialized GraphProto fields that are not modelled
    bool alive = true;
};

// A named entry point: which inputs and outputs one runs.
struct Root {
    std::string name;
    std::vector<ValueId> inputs; // those that must be fed: inputs that are not initializers
    std::vector<ValueId> outputs;
};

class Graph {
public:
    Graph(); // with an empty main region

    RegionId mainRegion() const { return RegionId(0); }
    const Region& main() const { return m_regions[0]; }
    Region& main() { return m_regions[0]; }

    const Node& node(NodeId id) const { return m_nodes[id.index()]; }
    Node& node(NodeId id) { return m_nodes[id.index()]; }
    const Value& value(ValueId id) const { return m_values[id.index()]; }
    Value& value(ValueId id) { return m_values[id.index()]; }
    const Region& region(RegionId id) const { return m_regions[id.index()]; }
    Region& region(RegionId id) { return m_regions[id.index()]; }

    // Slot counts, dead entries included; every id below is a valid argument to the accessors above.
    std::size_t nodeSlots() const { return m_nodes.size(); }
    std::size_t valueSlots() const { return m_values.size(); }
    std::size_t regionSlots() const { return m_regions.size(); }
    bool contains(NodeId id) const
    {
        return id.valid() && id.index() < m_nodes.size() && m_nodes[id.index()].alive;
    }
    bool contains(ValueId id) const
    {
        return id.valid() && id.index() < m_values.size() && m_values[id.index()].alive;
    }

    std::size_t nodeCount() const;         // alive, all regions
    std::vector<NodeId> liveNodes() const; // all regions, in id order

    RegionId addRegion(NodeId parent, std::string attributeName);
    ValueId addValue(RegionId region, std::string name, ValueType type = {});
    ValueId addConstant(RegionId region, std::string name, Tensor tensor);
    // Appends to the region's node list (or inserts before `before`), takes the producer of each output.
    NodeId addNode(RegionId region, Node node, NodeId before = {});
    // Takes the node out of its region; its outputs lose their producer, its regions die with it. Values
    // stay.
    void removeNode(NodeId id);
    void removeValue(ValueId id);
    // Every use of `from` (node inputs in all regions, region outputs) becomes `to`.
    void replaceUses(ValueId from, ValueId to);

    // Named entry points beside the implicit "main".
    std::vector<Root>& roots() { return m_roots; }
    const std::vector<Root>& roots() const { return m_roots; }
    Root mainRoot() const;
    std::optional<Root> findRoot(std::string_view name) const;

private:
    std::vector<Node> m_nodes;
    std::vector<Value> m_values;
    std::vector<Region> m_regions;
    std::vector<Root> m_roots;
};

// Who uses what; made once for a graph that does not change meanwhile.
struct Use {
    NodeId node; // invalid: an output of the region
    RegionId region;
    std::uint32_t slot = 0;
};

class UseIndex {
public:
    explicit UseIndex(const Graph& graph);
    const std::vector<Use>& uses(ValueId id) const { return m_uses[id.index()]; }

private:
    std::vector<std::vector<Use>> m_uses;
};

} // namespace orrery::graph
