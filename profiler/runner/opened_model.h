#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// OpenedModel: what the Open command makes: the plan that runs, and the reply that describes it.

#include "engine/plan/plan.h"
#include "profiler/protocol/command.h"

#include <memory>

namespace orrery::runner {

struct OpenedModel {
    std::shared_ptr<const ops::OpRegistry> operators; // outlives the plan and its variants
    std::shared_ptr<const plan::Plan> plan;
    protocol::Opened reply;
};

Result<OpenedModel> openModel(const protocol::Open& command);

} // namespace orrery::runner
