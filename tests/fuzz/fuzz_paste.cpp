// SPDX-License-Identifier: Apache-2.0
//
// Text that somebody pastes, or writes into the text of a graph: read as a piece, pasted into a model, taken
// for what a model was rewritten to. Whatever it is, what can be applied can be undone.
#include "engine/base/check.h"
#include "engine/edit/actions.h"
#include "engine/edit/pieces.h"
#include "engine/edit/revise.h"
#include "engine/formats/model_text.h"
#include "engine/graph/verify.h"

using namespace orrery;

namespace {

constexpr char target[] = R"(<ir_version: 8, opset_import: ["" : 17]>
target (bool c, float[8] x) => (float[8] y) <float[8] w = {1, 2, 3, 4, 5, 6, 7, 8}> {
   [first] a = Relu (x)
   [pick] p = If (c) <then_branch = yes () => (t) { t = Neg (a) }, else_branch = no () => (e) { e = Abs (a) }>
   [last] y = Mul (p, w)
})";

void applyAndUndo(const graph::Model& model, const Result<graph::Edit>& edit)
{
    if (!edit.ok())
        return;
    graph::Model changed = model;
    auto inverse = graph::apply(changed, *edit);
    CHECK(inverse.ok());
    graph::verify(changed);
    CHECK(graph::apply(changed, *inverse).ok());
    CHECK(graph::equal(changed, model));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const graph::Model model = formats::modelFromText(target).releaseValue().model;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    formats::ReadLimits limits;
    limits.textBytes = 1 << 20;
    const auto piece = formats::modelFromText(text, limits);
    if (!piece.ok())
        return 0;
    applyAndUndo(model, edit::paste(model, piece->model));
    edit::PasteOptions options;
    for (std::size_t i = 1; i < model.graph.regionSlots(); ++i) {
        options.region = RegionId(i);
        applyAndUndo(model, edit::paste(model, piece->model, options));
    }
    const edit::ShownPart whole{model.graph.mainRegion(), model.graph.main().nodes, true};
    applyAndUndo(model, edit::revise(model, whole, model, piece->model));
    const std::set<NodeId> first{model.graph.main().nodes[0]};
    if (auto match = edit::matchPiece(model, model.graph, first, piece->model); match.ok())
        applyAndUndo(model, edit::replaceNodes(model, piece->model, *match));
    return 0;
}
