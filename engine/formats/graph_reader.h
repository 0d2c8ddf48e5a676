#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GraphProto or FunctionProto → Graph: the arena of nodes, values and regions, and the resolution of names.

#include "engine/formats/onnx_proto.h"
#include "engine/formats/read_context.h"

namespace orrery::formats {

// Both consume their proto. Nesting is worked off with a list, never by recursion.
Result<void> readGraph(graph::Graph& graph, onnx::GraphProto& proto, ReadContext& context);
Result<void> readFunctionBody(graph::Graph& graph, onnx::FunctionProto& proto, ReadContext& context);

graph::Metadata takeMetadata(const google::protobuf::Message& message, int unknownField);

} // namespace orrery::formats
