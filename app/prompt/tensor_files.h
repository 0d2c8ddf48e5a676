#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Tensors out of the prompt into files, each replaced as a whole: .npy and .pb exactly; .csv with a line for
// each row of the last dim; .png as a picture: the last two dims as grey from the least to the largest
// element, in colour where three channels are found (first or last), several maps side by side, NaN in
// magenta.

#include "engine/graph/tensor.h"

#include <string>

namespace orrery::prompt {

// By the extension of the path. Usage for another one, or for a tensor that the format cannot hold.
Result<void> exportTensor(const graph::Tensor& tensor, const std::string& path, const std::string& name);

} // namespace orrery::prompt
