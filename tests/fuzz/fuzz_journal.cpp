// SPDX-License-Identifier: Apache-2.0
//
// Bytes as a journal, and as one record of it: what decodes is encoded to what decodes the same; what applies
// to a small model breaks no link in it, and can be undone.
#include "engine/edit/history.h"
#include "engine/graph/verify.h"

#include <cstddef>
#include <cstdint>

namespace {

using namespace orrery;

// x → Relu → If(flag) with a body that has a Neg and a constant → y
graph::Model smallModel()
{
    graph::Model model;
    model.opsets = {{"", 17}};
    graph::Graph& g = model.graph;
    RegionId main = g.mainRegion();
    ValueId x = g.addValue(main, "x", graph::ValueType::tensor(graph::DataType::Float32));
    ValueId r = g.addValue(main, "r");
    ValueId y = g.addValue(main, "y");
    ValueId flag = g.addConstant(main, "flag", graph::Tensor::scalar(true));
    g.main().inputs = {x};
    g.main().outputs = {y};
    auto add = [&](RegionId region, const char* op, ValueId in, ValueId out) {
        graph::Node node;
        node.opType = op;
        node.inputs = {in};
        node.outputs = {out};
        return g.addNode(region, std::move(node));
    };
    add(main, "Relu", x, r);
    NodeId branch = add(main, "If", flag, y);
    RegionId body = g.addRegion(branch, "then_branch");
    g.node(branch).setAttribute("then_branch", body);
    ValueId inner = g.addValue(body, "inner");
    g.addConstant(body, "c", graph::Tensor::scalar(2.0f));
    add(body, "Neg", r, inner);
    g.region(body).outputs = {inner};
    return model;
}

void checkLinks(const graph::Model& model)
{
    for (const Problem& problem : graph::verify(model))
        CHECK(problem.code != "dead-reference" && problem.code != "wrong-region" &&
              problem.code != "wrong-producer");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const graph::Model model = smallModel();
    std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
    edit::JournalContent content;
    if (auto parsed = edit::parseJournal(bytes); parsed.ok())
        content = parsed.releaseValue();
    if (auto record = edit::decode(bytes); record.ok()) {
        CHECK(edit::decode(edit::encode(*record)).ok());
        content.records.push_back(record.releaseValue());
    }
    if (content.records.empty())
        return 0;
    edit::Recovery recovery = edit::recover(model, content);
    checkLinks(recovery.history.model());
    CHECK(recovery.history.goTo(0).ok());
    CHECK(graph::equal(recovery.history.model(), model));
    return 0;
}
