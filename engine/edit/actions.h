#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a user does to a graph, each as one named group of primitive edits, made from the model as it is and
// not applied yet: History applies it, a preview may look at it. Everything works in bodies as in the main
// graph. What makes no sense is refused with a message that names the node and the value. New names are
// unique over all regions; names of graph inputs and outputs stay unless they are what is edited.

#include "engine/graph/edit.h"
#include "engine/ops/op_spec.h"

#include <map>
#include <set>

namespace orrery::edit {

// A node to be made.
struct NewNode {
    std::string opType;
    std::string domain = {};
    std::vector<graph::Attribute> attributes = {};
    std::string name = {};            // empty: the operator's, made unique
    std::vector<ValueId> inputs = {}; // an invalid id is left open
    std::size_t outputs = 1;
};

// One use of a value: a slot of a node, or (node invalid) a place among a region's outputs.
using Edge = graph::Use;

// --- nodes (nodes.cpp, delete_nodes.cpp) ---
Result<graph::Edit> addNode(const graph::Model& model, RegionId region, const NewNode& node);
// The new node reads the edge's value in its input 0 and the edge reads the new node's output 0.
Result<graph::Edit> insertOnEdge(const graph::Model& model, const Edge& edge, const NewNode& node);
// The same for all readers of the value.
Result<graph::Edit> insertAfter(const graph::Model& model, ValueId value, const NewNode& node);
// The node becomes an Identity of one of its inputs, in its place and under its name.
Result<graph::Edit> bypass(const graph::Model& model, NodeId node, std::size_t input = 0);
enum class Reconnect { No, Yes };
// Yes: who read a node's first output reads its first input that is no constant. Constants and values that
// nothing reads any more go, too.
Result<graph::Edit> deleteNodes(const graph::Model& model, const std::set<NodeId>& nodes,
                                Reconnect reconnect);
// Same inputs and outputs; the attributes are all that the node has then, but for bodies.
Result<graph::Edit> replaceOperator(const graph::Model& model, NodeId node, const std::string& opType,
                                    const std::string& domain, std::vector<graph::Attribute> attributes);
// Operators of the registry that take the node's number of inputs and outputs, those of its category first.
std::vector<const ops::OpSpec*> compatibleOperators(const graph::Model& model, NodeId node,
                                                    const ops::OpRegistry& ops);
Result<graph::Edit> renameNode(const graph::Model& model, NodeId node, const std::string& name);
// Replaces the attribute of that name, or adds it; monostate removes it, so that its default holds.
Result<graph::Edit> setAttribute(const graph::Model& model, NodeId node, const std::string& name,
                                 graph::AttributeValue value);
// Nodes of one region into an order in which everything is made before it is read.
Result<graph::Edit> sortNodes(const graph::Model& model, RegionId region);
Result<graph::Edit> nameUnnamed(const graph::Model& model); // nodes and values

// --- links (values.cpp) ---
// Whether connect() would do it: refused when out of scope or where it would close a cycle.
Result<void> canConnect(const graph::Model& model, NodeId node, std::size_t slot, ValueId value);
// Slots between the node's last and this one stay open.
Result<graph::Edit> connect(const graph::Model& model, NodeId node, std::size_t slot, ValueId value);
Result<graph::Edit> disconnect(const graph::Model& model, NodeId node, std::size_t slot);

// --- values (values.cpp) ---
Result<graph::Edit> renameValue(const graph::Model& model, ValueId value, const std::string& name);
Result<graph::Edit> setType(const graph::Model& model, ValueId value, graph::ValueType type);
Result<graph::Edit> addInput(const graph::Model& model, RegionId region, const std::string& name,
                             graph::ValueType type);
// The value stays where something reads it, and is reported as missing.
Result<graph::Edit> removeInput(const graph::Model& model, ValueId value);
Result<graph::Edit> addOutput(const graph::Model& model, RegionId region, ValueId value);
Result<graph::Edit> removeOutput(const graph::Model& model, RegionId region, std::size_t place);
// A new constant, or another tensor for one; its declared type follows.
Result<graph::Edit> addInitializer(const graph::Model& model, RegionId region, const std::string& name,
                                   graph::Tensor tensor);
Result<graph::Edit> setInitializer(const graph::Model& model, ValueId value, graph::Tensor tensor);
// An initializer becomes a graph input, or the reverse with the tensor.
Result<graph::Edit> initializerToInput(const graph::Model& model, ValueId value);

// --- dims (dims.cpp) ---
// Dim `axis` of all graph inputs that are no constants gets the name; declared types of what follows from
// them are corrected by inference.
Result<graph::Edit> makeSymbolic(const graph::Model& model, const ops::OpRegistry& ops, std::size_t axis,
                                 const std::string& name);
// The name becomes a number in all declared types.
Result<graph::Edit> makeStatic(const graph::Model& model, const std::string& name, std::int64_t number);

// --- whole pieces (paste.cpp, functions.cpp) ---
Result<graph::Edit> duplicate(const graph::Model& model, const std::set<NodeId>& nodes);
// What became of a piece's border.
struct PasteNotes {
    std::vector<std::string> connected; // inputs, to values of the same name
    std::vector<std::string> open;      // inputs that got nothing: graph inputs, or open values in a body
    std::vector<std::string> shared;    // constants that the model has already
    std::vector<std::string> renamed;   // functions
};
struct PasteOptions {
    RegionId region = RegionId(0);
    std::map<std::string, ValueId> bind = {}; // inputs of the snippet, by name
    bool bindByName = true;                   // the others to visible values of the same name
    // Inputs that nothing is bound to become graph inputs, else values that nothing gives yet.
    bool addInputs = true;
    bool addOutputs = false;
    // The model's graph with inferred types: a name binds only to a value whose type may be the input's.
    const graph::Graph* typed = nullptr;
    PasteNotes* notes = nullptr; // filled when given
};
// The snippet's nodes, constants, functions and missing imports, names made unique. A constant that the model
// has already under the same name is shared. Where both have a function of one name with different bodies,
// the snippet's is renamed.
Result<graph::Edit> paste(const graph::Model& model, const graph::Model& snippet,
                          const PasteOptions& options = {});
// All of it beside what is there: nothing is bound or shared, inputs and outputs are added.
Result<graph::Edit> merge(const graph::Model& model, const graph::Model& other);
// The nodes' work as a function of the model and a call of it in their place.
Result<graph::Edit> groupAsFunction(const graph::Model& model, const std::set<NodeId>& nodes,
                                    const std::string& name, const std::string& domain);
// A call of one of the model's functions becomes the nodes of its body.
Result<graph::Edit> inlineFunction(const graph::Model& model, NodeId call);

} // namespace orrery::edit
