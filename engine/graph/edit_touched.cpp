// SPDX-License-Identifier: Apache-2.0
//
// What an edit speaks of. Asked of the edit and of its inverse, since only one of the two has the content of
// what was added or removed.
#include "engine/graph/edit.h"

namespace orrery::graph {
namespace {

struct Collector {
    Touched& touched;

    void node(NodeId id) { touched.nodes.push_back(id); }
    void value(ValueId id)
    {
        if (id.valid())
            touched.values.push_back(id);
    }
    void values(const std::vector<ValueId>& ids)
    {
        for (ValueId id : ids)
            value(id);
    }
    void links(NodeId id)
    {
        node(id);
        touched.links = true;
    }

    void operator()(const Group& edit)
    {
        for (const Edit& member : edit.edits)
            std::visit(*this, member.kind);
    }
    void operator()(const InFunction&) { touched.wholeModel = true; }
    void operator()(const AddNode& edit)
    {
        links(edit.node.id);
        values(edit.node.outputs);
        for (const Region& region : edit.regions)
            touched.regions.push_back(region.id);
        for (const Value& inside : edit.values)
            value(inside.id);
        for (const Node& inside : edit.inner)
            node(inside.id);
    }
    void operator()(const RemoveNode& edit) { links(edit.node); }
    void operator()(const AddValues& edit)
    {
        for (const Value& added : edit.values)
            value(added.id);
        touched.links = true;
    }
    void operator()(const RemoveValues& edit)
    {
        values(edit.values);
        touched.links = true;
    }
    void operator()(const Connect& edit)
    {
        links(edit.node);
        value(edit.value);
    }
    void operator()(const SetInputs& edit)
    {
        links(edit.node);
        values(edit.inputs);
    }
    void operator()(const SetOutputs& edit)
    {
        links(edit.node);
        values(edit.outputs);
    }
    void operator()(const InsertAttribute& edit) { node(edit.node); }
    void operator()(const EraseAttribute& edit) { node(edit.node); }
    void operator()(const ReplaceAttribute& edit) { node(edit.node); }
    void operator()(const SetNodeFields& edit) { node(edit.node); }
    void operator()(const MoveNode& edit) { links(edit.node); }
    void operator()(const SetValueName& edit) { value(edit.value); }
    void operator()(const SetValueType& edit) { value(edit.value); }
    void operator()(const SetInitializer& edit) { value(edit.value); }
    void operator()(const InsertInList& edit) { list(edit.region); }
    void operator()(const EraseFromList& edit) { list(edit.region); }
    void operator()(const MoveInList& edit) { list(edit.region); }
    void list(RegionId id)
    {
        touched.regions.push_back(id);
        touched.links = true;
    }
    void operator()(const SetRegionFields& edit) { touched.regions.push_back(edit.region); }
    void operator()(const SetRoots&) {}
    void operator()(const SetOpsets&) { touched.wholeModel = true; }
    void operator()(const SetModelFields&) {}
    void operator()(const AddFunction&) { touched.wholeModel = true; }
    void operator()(const RemoveFunction&) { touched.wholeModel = true; }
};

} // namespace

Touched touchedBy(const Edit& edit, const Edit& inverse)
{
    Touched touched;
    std::visit(Collector{touched}, edit.kind);
    std::visit(Collector{touched}, inverse.kind);
    return touched;
}

} // namespace orrery::graph
