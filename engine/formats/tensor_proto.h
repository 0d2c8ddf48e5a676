#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TensorProto ↔ Tensor. Raw data changes hands without a copy; the typed fields (float_data, int32_data …)
// become bytes, and a marker in what is left of the proto remembers which field it was, so that writing gives
// the same message again. Dims are checked against the bytes that are there before anything is allocated.

#include "engine/formats/external_data.h"
#include "engine/formats/format.h"
#include "engine/formats/onnx_proto.h"

#include <optional>

namespace orrery::formats {

struct LoadedTensor {
    graph::Tensor tensor; // undefined, all left in the proto, for an element type that is not known
    std::optional<graph::ExternalData> external;
    bool unknownType = false;
};

// Takes dims, type and data out of the proto; name, doc string and unknown fields stay. `what` names the
// tensor in errors.
Result<LoadedTensor> takeTensor(onnx::TensorProto& proto, const ReadLimits& limits, ExternalFiles& files,
                                const std::string& what);

// The opposite: proto is what takeTensor() left (or empty) and becomes whole again. An external tensor stays
// a reference when `external` is given.
Result<void> fillTensorProto(onnx::TensorProto& proto, const graph::Tensor& tensor,
                             const graph::ExternalData* external);

} // namespace orrery::formats
