#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Edit: one change of a Model as a plain value. apply() makes it and returns its inverse, which gives back an
// equal model. Primitive edits keep the arena's links whole (what is referred to is alive, in scope, made
// once); whether the graph makes sense meanwhile is verify's business. An edit that does not fit is refused
// with a message and changes nothing; so is a group of which one member does not fit. Ids are never given
// again: what is added takes the next free slot, what comes back takes its own. Owned by whoever made it; not
// thread-safe for writing.

#include "engine/graph/model.h"

#include <concepts>
#include <limits>

namespace orrery::graph {

constexpr std::uint32_t atEnd = std::numeric_limits<std::uint32_t>::max();

// A node, and with it the bodies in its attributes: their regions, values and nodes, of every depth. Ids are
// those of the next slots or of removed entries; producers follow from the outputs.
struct AddNode {
    Node node;
    std::uint32_t position = atEnd; // in its region's list
    std::vector<Region> regions = {};
    std::vector<Value> values = {};
    std::vector<Node> inner = {};
};
// With its bodies. Its outputs stay as values that nothing makes.
struct RemoveNode {
    NodeId node;
};
// Values that nothing makes yet; tensors come by SetInitializer.
struct AddValues {
    std::vector<Value> values;
};
// Values that nothing reads, makes or lists.
struct RemoveValues {
    std::vector<ValueId> values;
};
// An existing slot; an invalid value leaves it empty.
struct Connect {
    NodeId node;
    std::uint32_t slot = 0;
    ValueId value;
};
struct SetInputs {
    NodeId node;
    std::vector<ValueId> inputs;
};
struct SetOutputs {
    NodeId node;
    std::vector<ValueId> outputs;
};
// Attributes go by place, since a file may hold a name twice. Bodies come and go with their node only; here
// such an attribute may get another name.
struct InsertAttribute {
    NodeId node;
    std::uint32_t position = atEnd;
    Attribute attribute;
};
struct EraseAttribute {
    NodeId node;
    std::uint32_t position = 0;
};
struct ReplaceAttribute {
    NodeId node;
    std::uint32_t position = 0;
    Attribute attribute;
};
struct NodeFields {
    std::string name, opType, domain, overload, doc;
    Metadata metadata;
    std::int64_t opsetVersion = 0;
    std::vector<NodeId> origins;
    std::string extra;
};
NodeFields fieldsOf(const Node& node);
struct SetNodeFields {
    NodeId node;
    NodeFields fields;
};
struct MoveNode {
    NodeId node;
    std::uint32_t position = 0; // in its region's list, when it is taken out
};
struct SetValueName {
    ValueId value;
    std::string name;
};
struct SetValueType {
    ValueId value;
    ValueType type;
};
// Sets, replaces or (nullopt) removes the tensor, and the value's place in its region's initializers.
struct SetInitializer {
    ValueId value;
    std::optional<Initializer> initializer;
    std::uint32_t position = atEnd; // when it had none
};
enum class ValueList : std::uint8_t { Inputs, Outputs, Initializers, ValueInfos };
// Not of Initializers, which SetInitializer keeps.
struct InsertInList {
    RegionId region;
    ValueList list = ValueList::Inputs;
    std::uint32_t position = atEnd;
    ValueId value;
};
struct EraseFromList {
    RegionId region;
    ValueList list = ValueList::Inputs;
    std::uint32_t position = 0;
};
struct MoveInList {
    RegionId region;
    ValueList list = ValueList::Inputs;
    std::uint32_t from = 0;
    std::uint32_t to = 0; // when it is taken out
};
struct SetRegionFields {
    RegionId region;
    std::string name, doc;
    Metadata metadata;
};
struct SetRoots {
    std::vector<Root> roots;
};
struct SetOpsets {
    std::vector<OpsetImport> opsets;
};
struct ModelFields {
    std::int64_t irVersion = 0;
    std::string producerName, producerVersion, domain, doc;
    std::int64_t modelVersion = 0;
    Metadata metadata;
};
ModelFields fieldsOf(const Model& model);
struct SetModelFields {
    ModelFields fields;
};
struct AddFunction {
    Function function;
    std::uint32_t position = atEnd;
};
struct RemoveFunction {
    std::uint32_t position = 0;
};

struct Edit;
// The same edits inside of a function's body; none of a model's own (opsets, fields, functions).
struct InFunction {
    std::uint32_t function = 0;
    std::vector<Edit> edits;
};
// One step for the user. All or nothing.
struct Group {
    std::string name; // "Insert Relu"
    std::vector<Edit> edits;
};

using EditKind =
    std::variant<Group, InFunction, AddNode, RemoveNode, AddValues, RemoveValues, Connect, SetInputs,
                 SetOutputs, InsertAttribute, EraseAttribute, ReplaceAttribute, SetNodeFields, MoveNode,
                 SetValueName, SetValueType, SetInitializer, InsertInList, EraseFromList, MoveInList,
                 SetRegionFields, SetRoots, SetOpsets, SetModelFields, AddFunction, RemoveFunction>;

struct Edit {
    EditKind kind;

    Edit() = default;
    template<class T>
    requires(!std::same_as<std::remove_cvref_t<T>, Edit> && std::constructible_from<EditKind, T>) Edit(T&& t)
        : kind(std::forward<T>(t))
    {}
};

// The inverse.
Result<Edit> apply(Model& model, const Edit& edit);

// A group's name, else one for what the edit does: "set attribute".
std::string editName(const Edit& edit);

// What an edit and its inverse speak of; what was removed and what was added alike.
struct Touched {
    std::vector<NodeId> nodes;
    std::vector<ValueId> values;
    std::vector<RegionId> regions;
    bool links = false;      // who reads or makes what
    bool wholeModel = false; // operator sets, functions
};
Touched touchedBy(const Edit& edit, const Edit& inverse);

// Every modelled field and the order of all lists; ids count, slots of removed entries do not. Problems found
// while loading are left out.
bool equal(const Graph& a, const Graph& b);
bool equal(const Model& a, const Model& b);
bool equal(const AttributeValue& a, const AttributeValue& b); // floats by their bits

// Whether a node of the region `from` may read what lives in `home`: the same region or one around it.
bool inScope(const Graph& graph, RegionId from, RegionId home);

} // namespace orrery::graph
