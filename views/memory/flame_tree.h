#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// FlameTree: bytes by path, summed up at every part of the paths: scopes of a graph, or calls. Siblings with
// the same name are one; children are sorted largest first. Pure; paths are bounded in depth.

#include "trace_db/event.h"

#include <QString>
#include <QStringList>

#include <cstdint>
#include <vector>

namespace orrery::memory {

struct FlameLeaf {
    QStringList path; // outermost first; never empty
    std::int64_t bytes = 0;
    std::uint32_t node = trace_db::noId; // of the graph, for the last part of the path
};

struct FlameNode {
    QString name;
    std::int64_t bytes = 0; // with all below
    std::uint32_t node = trace_db::noId;
    std::uint32_t parent = trace_db::noId; // place in the tree
    std::uint32_t depth = 0;
    std::vector<std::uint32_t> children = {};
};

struct FlameTree {
    std::vector<FlameNode> nodes; // the root first
    std::uint32_t depth = 0;      // of the deepest

    bool isEmpty() const { return nodes.size() < 2; }
    QString pathOf(std::uint32_t node) const; // "a / b / c", without the root
};

// Leaves without bytes are left out.
FlameTree flameTree(const QString& rootName, const std::vector<FlameLeaf>& leaves);

// "/encoder/layer.0/attn/MatMul" → its parts; a name without a slash → one part.
QStringList scopeParts(const QString& name);

} // namespace orrery::memory
