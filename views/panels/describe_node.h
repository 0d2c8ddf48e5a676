#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The selected node, or graph input or output, as a property sheet. False when the graph does not hold it.
// Parts of it stand in the form of a node that can be edited, too.

#include "engine/formats/op_docs.h"
#include "views/document/document.h"
#include "views/panels/property_sheet.h"

#include <optional>

namespace orrery::panels {

// `belowHeading` adds what is to stand first.
bool describeNode(PropertySheet& sheet, document::Document& document, const theme::Theme& theme,
                  const document::CurrentNode& current, const std::function<void()>& belowHeading = {});
bool describeValue(PropertySheet& sheet, document::Document& document, const theme::Theme& theme,
                   const document::CurrentNode& current);

void describeHeading(PropertySheet& sheet, const theme::Theme& theme, const graph::Node& node);
void describeOperator(PropertySheet& sheet, const document::Document& document,
                      const document::StageGraph& stage, const graph::Node& node,
                      const std::optional<formats::OpDoc>& doc);
void describeMeasurements(PropertySheet& sheet, document::Document& document, NodeId id,
                          document::GraphStage stage);
void describeCounterparts(PropertySheet& sheet, document::Document& document,
                          const document::CurrentNode& current);

} // namespace orrery::panels
