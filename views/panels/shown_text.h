#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The text of a part of the model, or of all of it, as the text panel shows it, and what comes of it when it
// was rewritten. Constants of more than a few elements are shown by their types; large graphs by their first
// nodes, which cannot be edited then. Any thread.

#include "engine/edit/leave_out.h"
#include "engine/edit/revise.h"
#include "views/document/load.h"

#include <set>

namespace orrery::panels {

struct ShownText {
    std::string text;
    edit::ShownPart part;
    std::vector<std::pair<int, NodeId>> lines; // where nodes begin, those of bodies, too
    edit::LeftOut leftOut;
    std::size_t nodesLeftOut = 0; // of the whole; then it is to be looked at only
};

// Of these nodes, which lie in one graph; of all without any.
Result<ShownText> shownText(const document::LoadedModel& loaded, const std::set<NodeId>& nodes);

// One undoable step; an empty group when nothing differs. Errors of the text name line and column. Refused
// when the model shows something else by now.
Result<graph::Edit> editOf(const document::LoadedModel& loaded, const ShownText& shown,
                           const std::string& written);

} // namespace orrery::panels
