#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Storage: where the values of a run lie. Arena: at the planned places, the fastest. Shared: each in bytes of
// its own that are never written to while somebody else holds them, so that states can be captured and
// restored.

namespace orrery::exec {

enum class Storage { Arena, Shared };

} // namespace orrery::exec
