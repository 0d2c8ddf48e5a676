#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ModelProto → Model. Names become ids here: a name in a subgraph means the nearest definition, inside out.
// Everything that can be shown is loaded; what is wrong becomes a Problem. Refused is only what cannot be
// trusted at all: tensors whose dims and bytes disagree, external data that leave the folder, limits.

#include "engine/formats/format.h"
#include "engine/formats/onnx_proto.h"

namespace orrery::formats {

// Consumes the proto (tensor bytes move over). folder: of external data; empty when there is none.
Result<graph::Model> modelFromProto(onnx::ModelProto& proto, const ReadLimits& limits,
                                    const std::string& folder);

} // namespace orrery::formats
