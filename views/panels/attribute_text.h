#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Attribute values and shapes as people type them: 1, 0.5, "text", [1, 2, 3], N,3,32,32.

#include "engine/base/result.h"
#include "engine/graph/attribute.h"
#include "engine/graph/shape.h"

#include <optional>
#include <string>

namespace orrery::panels {

// A number, a string, or a list of these.
bool isEditable(const graph::AttributeValue& value);

// A value of the kind that `like` has; a list with brackets or without. Usage that says what was expected.
Result<graph::AttributeValue> parseAttribute(const std::string& text, const graph::AttributeValue& like);
// What parseAttribute() reads as that value.
std::string attributeText(const graph::AttributeValue& value);
// A value of the kind that the standard writes as "int", "floats" …; none for kinds that are not typed in.
std::optional<graph::AttributeValue> valueOfKind(const std::string& kind);

// Numbers, names and ? between commas, brackets or not; "scalar" or [] for no dims, nothing where not even
// their number is known.
Result<std::optional<graph::Shape>> parseShape(const std::string& text);
std::string shapeText(const std::optional<graph::Shape>& shape);
// Numbers alone.
Result<graph::Dims> parseDims(const std::string& text);

} // namespace orrery::panels
