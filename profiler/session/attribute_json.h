#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A node's attributes as the JSON object in a trace, and back. Numbers, strings and lists of them are written
// as such, bodies as {"region": id}, tensors and what is not modelled as {"tensor"|"opaque": description},
// lists beyond 4,096 entries as {"elided": count}. Only the first kinds and bodies come back as they were;
// descriptions come back as text.

#include "engine/graph/attribute.h"

#include <string>
#include <vector>

namespace orrery::session {

std::string attributesJson(const std::vector<graph::Attribute>& attributes);

// What cannot be understood is left out: the text comes from a file.
std::vector<graph::Attribute> attributesOf(const std::string& json, std::size_t regionSlots);

} // namespace orrery::session
