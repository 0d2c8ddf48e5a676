#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Placement: where and how a node of the compute graph runs, and what it costs by its operator's formula.
// Costs are -1 where shapes are not known before the run.

#include "engine/base/ids.h"

#include <cstdint>
#include <string>

namespace orrery::protocol {

struct Placement {
    NodeId node;
    std::string backend;
    std::string kernel;
    double flops = -1;
    double bytesMoved = -1;
};

} // namespace orrery::protocol
