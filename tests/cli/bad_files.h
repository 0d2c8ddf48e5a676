#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The hostile and faulty files of the table in test_bad_inputs.cpp, made in a folder of its own. Text models
// are written as text, protobuf models with the messages of libonnx.

#include <string>

namespace orrery::tests {

// Fills `folder` and its parent's "outside.bin"; false when a file could not be made.
bool makeBadFiles(const std::string& folder);

// A model of one Relu whose node, input and output have this name.
std::string modelWithName(const std::string& name);

} // namespace orrery::tests
