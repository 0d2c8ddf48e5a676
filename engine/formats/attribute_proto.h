#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// AttributeProto ↔ Attribute, except for subgraphs: those are the caller's, who knows the arena that they go
// to.

#include "engine/formats/onnx_proto.h"
#include "engine/formats/read_context.h"

namespace orrery::formats {

// The attribute kind that the proto says, or in old files without one, that its fields show.
int attributeKind(const onnx::AttributeProto& proto);

// Leaves the value of a graph attribute monostate and g / graphs in the proto untouched; otherwise takes what
// is modelled out of the proto and keeps the rest as `extra`. `what` names the node in errors.
Result<graph::Attribute> takeAttribute(onnx::AttributeProto& proto, ReadContext& context,
                                       const std::string& what);
// The rest of a graph attribute, once its graphs were taken.
void finishGraphAttribute(onnx::AttributeProto& proto, graph::Attribute& attribute);

// Graph attributes get their g / graphs fields from the caller.
Result<void> fillAttributeProto(onnx::AttributeProto& proto, const graph::Attribute& attribute);

} // namespace orrery::formats
