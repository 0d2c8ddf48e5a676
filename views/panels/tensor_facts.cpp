// SPDX-License-Identifier: Apache-2.0
#include "views/panels/tensor_facts.h"

#include "views/models/tables.h"
#include "views/tensor_view/shape_origin.h"

#include <QCoreApplication>

namespace orrery::panels {
namespace {

using models::shown;
using tensor_view::DimOrigin;

constexpr std::size_t mostReaders = 12;

QString tr(const char* text) { return QCoreApplication::translate("TensorFacts", text); }

QString nodeText(const graph::Graph& graph, NodeId id)
{
    const graph::Node& node = graph.node(id);
    return node.name.empty() ? shown(node.displayName()) : shown(node.opType + " " + node.name);
}

std::vector<TensorJump> readersOf(const graph::Graph& graph, ValueId value)
{
    std::vector<TensorJump> readers;
    std::size_t more = 0;
    for (NodeId id : graph.liveNodes()) {
        const auto& inputs = graph.node(id).inputs;
        if (std::find(inputs.begin(), inputs.end(), value) == inputs.end())
            continue;
        if (readers.size() < mostReaders)
            readers.push_back({nodeText(graph, id), id});
        else
            ++more;
    }
    if (more > 0)
        readers.push_back({tr("… and %1 more").arg(more), NodeId()});
    const auto& outputs = graph.region(graph.value(value).region).outputs;
    if (std::find(outputs.begin(), outputs.end(), value) != outputs.end())
        readers.push_back({graph.value(value).region == graph.mainRegion() ? tr("an output of the model")
                                                                           : tr("an output of the body"),
                           NodeId()});
    return readers;
}

TensorJump originText(const graph::Graph& graph, const DimOrigin& origin)
{
    const QString axis = tr(", axis %1").arg(origin.axis);
    const QString name = shown(graph.value(origin.value).name);
    switch (origin.kind) {
    case DimOrigin::Kind::GraphInput:
        return {tr("input %1").arg(name) + axis, NodeId()};
    case DimOrigin::Kind::Constant:
        return {tr("constant %1").arg(name) + axis, NodeId()};
    case DimOrigin::Kind::Node:
        return {nodeText(graph, origin.node), origin.node};
    case DimOrigin::Kind::Unknown:
        break;
    }
    return {tr("not known"), NodeId()};
}

} // namespace

TensorFacts factsOf(const graph::Graph& graph, ValueId id)
{
    const graph::Value& value = graph.value(id);
    TensorFacts facts;
    facts.name = value.name;
    facts.key = id.value;
    facts.declared = shown(value.type.text());
    if (graph.contains(value.producer))
        facts.writer = TensorJump{nodeText(graph, value.producer), value.producer};
    facts.readers = readersOf(graph, id);
    const auto origins = tensor_view::shapeOrigin(graph, id);
    for (std::size_t i = 0; i < origins.size() && i < 16; ++i)
        facts.dims.emplace_back(QString("%1: %2").arg(i).arg(shown(value.type.shape->dims[i].text())),
                                originText(graph, origins[i]));
    return facts;
}

} // namespace orrery::panels
