#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// How each kind of allocation looks and is called, the same in every view of memory. Stacks are built in
// stackOrder(): what never changes lies at the bottom, so that what changes is seen against a flat floor.

#include "trace_db/event.h"
#include "views/theme/theme.h"

#include <array>

namespace orrery::memory {

using trace_db::AllocKind;
using trace_db::allocKindCount;

const std::array<AllocKind, allocKindCount>& stackOrder(); // bottom first
QColor kindColor(const theme::Theme& theme, AllocKind kind);
QString kindText(AllocKind kind); // "activations"
QString kindTip(AllocKind kind);  // one sentence

using KindSet = std::array<bool, allocKindCount>; // by AllocKind
KindSet allKinds();

} // namespace orrery::memory
