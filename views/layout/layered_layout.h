#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Our own layered layout of one level, in linear time: the picture that is there at once, and the fallback
// wherever Graphviz would be too slow. Always succeeds; when stopped it returns early with whatever is
// placed.

#include "views/layout/layout.h"

namespace orrery::layout {

LevelResult layeredLayout(const Level& level, std::stop_token stop = {});

} // namespace orrery::layout
