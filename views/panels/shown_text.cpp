// SPDX-License-Identifier: Apache-2.0
#include "views/panels/shown_text.h"

#include "engine/debug/extract.h"
#include "engine/formats/model_text.h"

#include <algorithm>

namespace orrery::panels {
namespace {

constexpr std::int64_t shownElements = 64; // of one constant
constexpr std::size_t mostNodes = 20'000, shownOfMore = 2'000;

} // namespace

Result<ShownText> shownText(const document::LoadedModel& loaded, const std::set<NodeId>& nodes)
{
    ShownText shown;
    const graph::Graph& graph = loaded.model->graph;
    graph::Model model = *loaded.model;
    std::set<NodeId> chosen = nodes;
    if (chosen.empty() && graph.nodeCount() > mostNodes) {
        const auto& all = graph.main().nodes;
        const std::size_t count = std::min(all.size(), shownOfMore);
        chosen.insert(all.begin(), all.begin() + std::ptrdiff_t(count));
        shown.nodesLeftOut = all.size() - count;
    }
    if (chosen.empty()) {
        shown.part = {graph.mainRegion(), graph.main().nodes, true};
    } else {
        model.graph = *loaded.dataflow;
        model = TRY(debug::extract(model, chosen));
        shown.part = {graph.node(*chosen.begin()).region, model.graph.main().nodes, false};
    }
    shown.leftOut = edit::leaveOut(model, edit::LeftOutAs::Declared, [](const graph::Tensor& tensor) {
        return formats::hasTextForm(tensor, shownElements);
    });
    shown.text = TRY(formats::textOf(model, {shownElements}));
    const auto read = TRY(formats::modelFromText(shown.text));
    const std::vector<NodeId> order = edit::inTextOrder(model.graph, model.graph.main().nodes);
    int line = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < std::min(order.size(), read.nodeOffsets.size()); ++i) {
        line += int(std::count(shown.text.begin() + std::ptrdiff_t(at),
                               shown.text.begin() + std::ptrdiff_t(read.nodeOffsets[i]), '\n'));
        at = read.nodeOffsets[i];
        shown.lines.emplace_back(line, order[i]);
    }
    return shown;
}

Result<graph::Edit> editOf(const document::LoadedModel& loaded, const ShownText& shown,
                           const std::string& written)
{
    for (NodeId id : shown.part.nodes)
        if (!loaded.model->graph.contains(id))
            return Error{
                ErrorCode::Usage, "the graph was changed since this text was made; a node of it is gone", {}};
    const std::set<NodeId> nodes(shown.part.nodes.begin(), shown.part.nodes.end());
    const ShownText now = TRY(shownText(loaded, shown.part.isWhole ? std::set<NodeId>() : nodes));
    if (now.text != shown.text)
        return Error{ErrorCode::Usage,
                     "the graph was changed since this text was made; undo that, or discard the text",
                     {}};
    const auto after = TRY(formats::modelFromText(written));
    const auto before = TRY(formats::modelFromText(shown.text));
    return edit::revise(*loaded.model, shown.part, before.model, after.model);
}

} // namespace orrery::panels
