#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Single tensors in files: ONNX TensorProto (.pb, as in the ONNX backend tests) and NumPy arrays (.npy). The
// content decides what is read, the extension what is written. Sizes are checked against the file before
// memory is taken; pickled objects are never read.

#include "engine/graph/tensor.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace orrery::formats {

// BadFile when the file is neither or is damaged; Unsupported for SequenceProto and OptionalProto.
Result<graph::Tensor> readTensor(const std::string& path, std::int64_t maxBytes = std::int64_t(1) << 36);

// .npy or .pb by the path's extension; name goes into a TensorProto.
Result<void> writeTensor(const graph::Tensor& tensor, const std::string& path, const std::string& name = {});

// What writeTensor writes.
Result<std::string> tensorFileBytes(const graph::Tensor& tensor, const std::string& path,
                                    const std::string& name = {});

// The content of an .npy file, in memory.
Result<graph::Tensor> tensorFromNpy(std::string_view bytes);
Result<std::string> npyFromTensor(const graph::Tensor& tensor);

} // namespace orrery::formats
