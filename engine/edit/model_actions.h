#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Actions on what belongs to the model as a whole or to its constants, made like those of actions.h: each is
// one named group, not applied yet, refused with a message where it makes no sense.

#include "engine/edit/actions.h"

namespace orrery::edit {

// From one place among a region's inputs (outputs) to another; constants among them count, too.
Result<graph::Edit> moveInput(const graph::Model& model, RegionId region, std::size_t from, std::size_t to);
Result<graph::Edit> moveOutput(const graph::Model& model, RegionId region, std::size_t from, std::size_t to);

Result<graph::Edit> setModelFields(const graph::Model& model, graph::ModelFields fields);
// Imports the domain in that version, or (0) not any more.
Result<graph::Edit> setOpset(const graph::Model& model, const std::string& domain, std::int64_t version);
Result<graph::Edit> setGraphFields(const graph::Model& model, RegionId region, const std::string& name,
                                   const std::string& doc);
Result<graph::Edit> setNodeDoc(const graph::Model& model, NodeId node, const std::string& doc);

// A new constant of the node's region that its input reads; what it read before stays, unread.
Result<graph::Edit> addConstantInput(const graph::Model& model, NodeId node, std::size_t slot,
                                     const std::string& name, graph::Tensor tensor);

} // namespace orrery::edit
