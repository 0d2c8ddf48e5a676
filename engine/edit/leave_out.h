#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Taking large tensors out of a copy of a model before it is written as text. A constant becomes a declared
// value or a graph input of its name, by which it is found again; a tensor in an attribute becomes a string
// that stands for it and is never taken for a value.

#include "engine/graph/model.h"

#include <functional>

namespace orrery::edit {

enum class LeftOutAs : std::uint8_t {
    Declared, // constants keep their line, without numbers: the model's are meant
    Inputs,   // they become graph inputs, so that the text is a model that stands alone
};
struct LeftOut {
    std::size_t tensors = 0;
    std::int64_t bytes = 0;
};
LeftOut leaveOut(graph::Model& model, LeftOutAs how,
                 const std::function<bool(const graph::Tensor&)>& isWritten);

bool isKeptMark(const graph::AttributeValue& value); // the string that stands for a tensor

} // namespace orrery::edit
