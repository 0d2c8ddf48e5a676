#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Model → ModelProto, the reverse of onnx_reader: modelled fields are put back into what the file held beside
// them, so a model that was not changed becomes an equal message. Values that a pass made without a name get
// one ("value_17").

#include "engine/formats/onnx_proto.h"
#include "engine/graph/model.h"

#include <string>

namespace orrery::formats {

enum class ExternalReferences {
    Keep,   // the model goes to the folder that it came from
    Inline, // it goes elsewhere: tensors travel inside of the file
};

// BadModel when external data would lie outside of the model's folder.
Result<void> modelToProto(const graph::Model& model, ExternalReferences references, onnx::ModelProto& proto);

} // namespace orrery::formats
