// SPDX-License-Identifier: Apache-2.0
#include "views/projections/unchanged.h"

#include "engine/graph/edit.h"

#include <algorithm>

namespace orrery::projections {
namespace {

using graph::Graph;
using graph::Node;
using graph::Value;

bool sameNode(const Node& a, const Node& b)
{
    return a.name == b.name && a.opType == b.opType && a.domain == b.domain && a.inputs == b.inputs &&
           a.outputs == b.outputs && a.region == b.region && a.origins == b.origins &&
           std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                      [](const auto& x, const auto& y) {
                          return x.name == y.name && x.reference == y.reference &&
                                 graph::equal(x.value, y.value);
                      });
}

// Bytes are shared by all states of a graph: other bytes count as other ones.
bool sameConstant(const Value& a, const Value& b)
{
    if (a.initializer.has_value() != b.initializer.has_value())
        return false;
    if (!a.initializer)
        return true;
    const graph::Tensor &x = a.initializer->tensor, &y = b.initializer->tensor;
    return x.type() == y.type() && x.dims() == y.dims() && x.bytes() == y.bytes();
}

bool sameMaker(const Graph& before, const Graph& now, NodeId id)
{
    if (!now.contains(id) || now.node(id).opType != "Constant")
        return true;
    return before.contains(id) && sameNode(before.node(id), now.node(id));
}

} // namespace

Unchanged::Unchanged(const Graph& before, const Graph& now)
    : m_before(before)
    , m_now(now)
    , m_values(now.valueSlots())
{
    for (std::size_t i = 0; i < std::min(before.valueSlots(), now.valueSlots()); ++i) {
        const Value &a = before.value(ValueId(i)), &b = now.value(ValueId(i));
        m_values[i] = a.alive && b.alive && a.producer == b.producer && a.name == b.name &&
                      a.type == b.type && sameConstant(a, b) && sameMaker(before, now, b.producer);
    }
}

bool Unchanged::node(NodeId id) const
{
    if (!m_before.contains(id) || !m_now.contains(id))
        return false;
    const Node& node = m_now.node(id);
    auto same = [&](ValueId value) {
        return !value.valid() || this->value(value) ||
               (!m_before.contains(value) && !m_now.contains(value)); // shown by neither
    };
    return sameNode(m_before.node(id), node) && std::all_of(node.inputs.begin(), node.inputs.end(), same) &&
           std::all_of(node.outputs.begin(), node.outputs.end(), same);
}

} // namespace orrery::projections
