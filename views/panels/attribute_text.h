#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Attribute values as people type them: 1, 0.5, "text", [1, 2, 3].

#include "engine/base/result.h"
#include "engine/graph/attribute.h"

#include <string>

namespace orrery::panels {

bool isEditable(const graph::AttributeValue& value); // a number, a string or a list of numbers

// A value of the kind that `like` has. Usage that says what was expected.
Result<graph::AttributeValue> parseAttribute(const std::string& text, const graph::AttributeValue& like);

} // namespace orrery::panels
