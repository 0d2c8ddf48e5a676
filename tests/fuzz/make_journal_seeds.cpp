// SPDX-License-Identifier: Apache-2.0
//
// Writes the seeds of fuzz_journal: records of edits that fit its model, and a journal of them.
#include "engine/edit/journal.h"

#include <cstdio>
#include <fstream>

using namespace orrery;

namespace {

graph::Node node(std::uint32_t id, const char* op, std::vector<ValueId> inputs, std::vector<ValueId> outputs,
                 RegionId region = RegionId(0))
{
    graph::Node made;
    made.id = NodeId(id);
    made.opType = op;
    made.inputs = std::move(inputs);
    made.outputs = std::move(outputs);
    made.region = region;
    return made;
}

graph::Value value(std::uint32_t id, const char* name, RegionId region = RegionId(0))
{
    graph::Value made;
    made.id = ValueId(id);
    made.name = name;
    made.region = region;
    made.type =
        graph::ValueType::tensor(graph::DataType::Float32, graph::Shape({graph::Dim::symbolic("N"), 3}));
    return made;
}

// An If with a body that comes as one edit.
graph::Edit addBranch()
{
    graph::AddNode edit{node(4, "If", {ValueId(3)}, {ValueId(6)})};
    graph::Region body;
    body.id = RegionId(2);
    body.parent = NodeId(4);
    body.attributeName = "else_branch";
    body.outputs = {ValueId(7)};
    body.nodes = {NodeId(5)};
    edit.node.setAttribute("else_branch", body.id);
    edit.node.setAttribute("note", std::vector<float>{1, 2});
    edit.regions = {body};
    edit.values = {value(7, "out", RegionId(2))};
    edit.inner = {node(5, "Abs", {ValueId(1)}, {ValueId(7)}, RegionId(2))};
    return edit;
}

std::vector<edit::JournalRecord> records()
{
    graph::Function function;
    function.name = "f";
    function.domain = "local";
    ValueId in = function.body.addValue(RegionId(0), "in");
    function.body.main().inputs = {in};
    function.body.main().outputs = {in};
    graph::Attribute attribute;
    attribute.name = "alpha";
    attribute.value = graph::Tensor::of<float>({2}, {1, 2});
    return {
        graph::Edit(graph::Group{"Insert Neg",
                                 {graph::AddValues{{value(6, "n")}},
                                  graph::AddNode{node(3, "Neg", {ValueId(1)}, {ValueId(6)}), 1},
                                  graph::Connect{NodeId(1), 0, ValueId(6)}}}),
        edit::UndoRecord(),
        edit::RedoRecord(),
        graph::Edit(graph::RemoveNode{NodeId(3)}),
        addBranch(),
        graph::Edit(graph::InsertAttribute{NodeId(0), 0, attribute}),
        graph::Edit(graph::SetInitializer{
            ValueId(3), graph::Initializer{graph::Tensor::ofStrings({2}, {"a", "b"}), {}, "doc", {}}}),
        graph::Edit(graph::AddFunction{function}),
        graph::Edit(graph::InFunction{0, {graph::SetValueName{ValueId(0), "x"}}}),
        graph::Edit(graph::SetOpsets{{{"", 18}, {"local", 1}}}),
        graph::Edit(graph::InsertInList{RegionId(0), graph::ValueList::Outputs, 0, ValueId(1)}),
        graph::Edit(graph::SetRoots{{graph::Root{"part", {ValueId(0)}, {ValueId(1)}}}}),
        graph::Edit(graph::RemoveNode{NodeId(1)}),
        edit::UndoRecord(),
        graph::Edit(graph::SetValueType{ValueId(0), graph::ValueType()}),
        edit::KeptBytes{
            graph::Edit(graph::SetInitializer{
                ValueId(3), graph::Initializer{graph::Tensor::borrow(graph::DataType::Float32, {2}, nullptr),
                                               graph::ExternalData(),
                                               {},
                                               {}}}),
            {0}},
    };
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: make_journal_seeds FOLDER\n");
        return 2;
    }
    std::string folder = argv[1];
    auto journal = edit::Journal::create(folder + "/journal", edit::FileIdentity{100, 200});
    if (!journal.ok())
        return 1;
    int number = 0;
    for (const edit::JournalRecord& record : records()) {
        auto bytes = edit::encode(record);
        std::ofstream(folder + "/record_" + std::to_string(number++), std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        if (!(*journal)->append(record).ok())
            return 1;
    }
    return 0;
}
