#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// In the context menu of the dataflow graph while it can be edited: what can be done to the node, or to the
// graph input or output, under the pointer.

#include "views/document/document.h"

#include <QMenu>

namespace orrery::panels {

// `key` is of the canvas. A node that is not among the selected ones becomes the selection.
void addEditActions(QMenu& menu, document::Document& document, std::uint64_t key, QWidget* parent);

} // namespace orrery::panels
