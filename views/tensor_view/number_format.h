#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Elements of a tensor as text and back. Integers exactly, bool as true and false, complex as a+bi, strings
// quoted and escaped; Hex shows the bits as they are stored. Floats in the notation chosen.

#include "engine/base/result.h"
#include "engine/graph/tensor.h"

#include <string>
#include <string_view>

namespace orrery::tensor_view {

enum class Notation : std::uint8_t {
    General, // as many digits as asked for, exponent where that is shorter
    Fixed,   // digits behind the point
    Scientific,
    Hex,
};

struct NumberFormat {
    Notation notation = Notation::General;
    int digits = 5;
    friend bool operator==(const NumberFormat&, const NumberFormat&) = default;
};

// "not loaded" for a tensor whose bytes are not there.
std::string elementText(const graph::Tensor& tensor, std::int64_t flat, NumberFormat format);
std::string numberText(double value, NumberFormat format);

// A copy of the tensor with one element as typed; Usage for text that is no such element, Unsupported for
// element types that cannot be typed in, LimitReached for a tensor too large to be copied for one element.
Result<graph::Tensor> withElement(const graph::Tensor& tensor, std::int64_t flat, std::string_view text);

} // namespace orrery::tensor_view
