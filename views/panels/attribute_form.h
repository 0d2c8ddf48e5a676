#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Fields for the attributes of a node, made from the operator's schema: a check box for what is 0 or 1, a
// choice where the standard lists words or element types, a spin box for integers, a line for the rest. What
// is not set shows its default pale.

#include "engine/formats/op_docs.h"
#include "views/document/document.h"
#include "views/panels/form_sheet.h"

#include <optional>

namespace orrery::panels {

void addAttributeFields(FormSheet& sheet, document::Document& document, NodeId node,
                        const std::optional<formats::OpDoc>& doc);

// The words that the standard allows for a string attribute; empty: any.
QStringList choicesOf(const std::string& opType, const std::string& attribute);
// An integer that stands for yes and no.
bool isFlag(const std::string& opType, const std::string& attribute);
bool isElementType(const std::string& attribute); // an integer that stands for one
QStringList elementTypeNames();                   // those that tensors of models have

} // namespace orrery::panels
