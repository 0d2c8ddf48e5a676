#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Dot: Graphviz's layered layout of one level, in memory, without DOT text. One thread. Nodes are boxes of
// fixed size without labels, named by index.

#include "views/layout/layout.h"

#include <optional>

typedef struct GVC_s GVC_t;

namespace orrery::layout {

class Dot {
public:
    Dot();
    ~Dot();
    Dot(const Dot&) = delete;
    Dot& operator=(const Dot&) = delete;

    std::optional<LevelResult> layOut(const Level& level);

private:
    GVC_t* m_context;
};

} // namespace orrery::layout
