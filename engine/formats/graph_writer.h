#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Graph → GraphProto or the body of a FunctionProto.

#include "engine/formats/onnx_proto.h"
#include "engine/formats/onnx_writer.h"

namespace orrery::formats {

Result<void> writeGraph(const graph::Graph& graph, ExternalReferences references, onnx::GraphProto& proto);
Result<void> writeFunctionBody(const graph::Graph& graph, ExternalReferences references,
                               onnx::FunctionProto& proto);

void setMetadata(google::protobuf::Message& message, int unknownField, const graph::Metadata& metadata);

} // namespace orrery::formats
