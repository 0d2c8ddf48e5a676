#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TypeProto ↔ ValueType. Denotations are not modelled; updateTypeProto() keeps those of the dims that stay.

#include "engine/formats/onnx_proto.h"
#include "engine/graph/graph.h"

namespace orrery::formats {

graph::ValueType typeFromProto(const onnx::TypeProto& proto);
// Makes the proto say `type`; leaves it alone where it does already.
void updateTypeProto(onnx::TypeProto& proto, const graph::ValueType& type);

} // namespace orrery::formats
