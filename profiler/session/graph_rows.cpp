// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/graph_rows.h"

#include "profiler/session/attribute_json.h"
#include "profiler/session/shape_text.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace orrery::session {

namespace {

// Node names are paths in what PyTorch and others export: the scope is all but the last part.
std::string scopeOf(const std::string& name)
{
    auto slash = name.find_last_of('/');
    return slash == std::string::npos || slash == 0 ? std::string() : name.substr(0, slash);
}

std::int64_t count(double number)
{
    return std::isfinite(number) && number >= 0 && number < 9e18 ? std::llround(number) : -1;
}

std::string kindOf(const graph::Graph& graph, const graph::Value& value)
{
    auto has = [&](const std::vector<ValueId>& ids) {
        return std::find(ids.begin(), ids.end(), value.id) != ids.end();
    };
    if (value.isConstant())
        return "weight";
    if (value.region.valid() && has(graph.region(value.region).inputs))
        return "input";
    if (value.region.valid() && has(graph.region(value.region).outputs))
        return "output";
    return "activation";
}

// Slots as far as ids in a file may ask for them: rows are dense up to what edits removed.
constexpr std::size_t slotsPerRow = 64;

bool slotsAllowed(std::size_t slots, std::size_t rows) { return slots <= rows * slotsPerRow + 4096; }

Error badRows(std::string message) { return {ErrorCode::BadFile, std::move(message), "graph in the trace"}; }

} // namespace

trace_db::GraphRows rowsOf(const graph::Graph& graph, std::string stage,
                           std::span<const protocol::Placement> placements)
{
    trace_db::GraphRows rows;
    rows.stage = std::move(stage);
    rows.name = graph.main().name;
    std::map<NodeId, const protocol::Placement*> placementOf;
    for (const auto& placement : placements)
        placementOf[placement.node] = &placement;

    for (NodeId id : graph.liveNodes()) {
        const graph::Node& node = graph.node(id);
        trace_db::NodeRow row;
        row.id = id.value;
        row.name = node.name.empty() ? node.displayName() : node.name;
        row.opType = node.opType;
        row.domain = node.domain;
        row.region = node.region.value;
        if (NodeId parent = graph.region(node.region).parent; parent.valid())
            row.parent = parent.value;
        if (auto found = placementOf.find(id); found != placementOf.end()) {
            row.backend = found->second->backend;
            row.kernel = found->second->kernel;
            row.flops = count(found->second->flops);
            row.bytesMoved = count(found->second->bytesMoved);
        }
        row.attributes = attributesJson(node.attributes);
        row.scope = scopeOf(node.name);
        rows.nodes.push_back(std::move(row));
        for (std::size_t i = 0; i < node.inputs.size(); ++i)
            if (graph.contains(node.inputs[i]))
                rows.edges.push_back({id.value, node.inputs[i].value, static_cast<std::uint32_t>(i),
                                      trace_db::EdgeDirection::In});
        for (std::size_t i = 0; i < node.outputs.size(); ++i)
            if (graph.contains(node.outputs[i]))
                rows.edges.push_back({id.value, node.outputs[i].value, static_cast<std::uint32_t>(i),
                                      trace_db::EdgeDirection::Out});
        if (rows.stage != "dataflow")
            for (NodeId origin : node.origins)
                rows.origins.push_back({id.value, origin.value});
    }
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        const graph::Value& value = graph.value(ValueId(i));
        if (!value.alive)
            continue;
        trace_db::ValueRow row;
        row.id = value.id.value;
        row.name = value.name;
        if (value.type.kind == graph::TypeKind::Tensor) {
            if (value.type.element != graph::DataType::Undefined)
                row.dtype = std::string(graph::name(value.type.element));
            if (value.type.shape)
                row.shape = shapeText(*value.type.shape);
        } else if (value.type.kind != graph::TypeKind::Unknown) {
            row.dtype = value.type.text();
        }
        if (graph.contains(value.producer))
            row.producer = value.producer.value;
        row.kind = kindOf(graph, value);
        rows.values.push_back(std::move(row));
    }
    return rows;
}

Result<graph::Graph> graphOf(const trace_db::GraphRows& rows)
{
    std::size_t nodeSlots = 0, valueSlots = 0, regionSlots = 1;
    for (const auto& row : rows.nodes) {
        nodeSlots = std::max(nodeSlots, std::size_t{row.id} + 1);
        regionSlots = std::max(regionSlots, std::size_t{row.region} + 1);
    }
    for (const auto& row : rows.values)
        valueSlots = std::max(valueSlots, std::size_t{row.id} + 1);
    if (!slotsAllowed(nodeSlots, rows.nodes.size()) || !slotsAllowed(valueSlots, rows.values.size()) ||
        !slotsAllowed(regionSlots, rows.nodes.size()))
        return badRows("an id is far beyond the number of rows");

    graph::Graph graph;
    graph.main().name = rows.name;
    for (std::size_t i = 1; i < regionSlots; ++i)
        graph.addRegion({}, {});
    for (std::size_t i = 0; i < valueSlots; ++i)
        graph.value(graph.addValue(graph.mainRegion(), {})).alive = false;
    for (std::size_t i = 0; i < nodeSlots; ++i)
        graph.node(graph.addNode(graph.mainRegion(), {})).alive = false;
    graph.main().nodes.clear();

    for (const auto& row : rows.nodes) {
        graph::Node& node = graph.node(NodeId(row.id));
        if (node.alive)
            return badRows("two nodes have the id " + std::to_string(row.id));
        node.alive = true;
        node.name = row.name;
        node.opType = row.opType;
        node.domain = row.domain;
        node.region = RegionId(row.region);
        graph.region(node.region).nodes.push_back(node.id);
        if (row.parent != trace_db::noId) {
            if (row.parent >= nodeSlots)
                return badRows("node " + std::to_string(row.id) + " lies in a node that is not there");
            graph.region(node.region).parent = NodeId(row.parent);
        }
        node.attributes = attributesOf(row.attributes, regionSlots);
        for (const graph::Attribute& attribute : node.attributes)
            if (auto* region = std::get_if<RegionId>(&attribute.value)) {
                graph.region(*region).parent = node.id;
                graph.region(*region).attributeName = attribute.name;
            }
    }
    for (const auto& row : rows.values) {
        graph::Value& value = graph.value(ValueId(row.id));
        if (value.alive)
            return badRows("two values have the id " + std::to_string(row.id));
        value.alive = true;
        value.name = row.name;
        if (auto type = graph::dataTypeFromName(row.dtype); type || (row.dtype.empty() && !row.shape.empty()))
            value.type = graph::ValueType::tensor(type.value_or(graph::DataType::Undefined),
                                                  row.shape.empty() ? std::nullopt : shapeOf(row.shape));
        if (row.producer != trace_db::noId) {
            if (row.producer >= nodeSlots || !graph.node(NodeId(row.producer)).alive)
                return badRows("value " + std::to_string(row.id) + " is made by a node that is not there");
            value.producer = NodeId(row.producer);
            value.region = graph.node(value.producer).region;
        }
        graph::Region& region = graph.region(value.region);
        if (row.kind == "input")
            region.inputs.push_back(value.id);
        else if (row.kind == "output")
            region.outputs.push_back(value.id);
        else if (row.kind == "weight") {
            auto dims = value.type.shape ? value.type.shape->concrete() : std::nullopt;
            graph::Initializer initializer;
            if (dims && graph::byteSizeOf(value.type.element, *dims) &&
                value.type.element != graph::DataType::String)
                initializer.tensor = graph::Tensor::borrow(value.type.element, *dims, nullptr);
            value.initializer = std::move(initializer);
            region.initializers.push_back(value.id);
        }
    }
    for (const auto& row : rows.edges) {
        if (row.node >= nodeSlots || row.value >= valueSlots || !graph.node(NodeId(row.node)).alive ||
            !graph.value(ValueId(row.value)).alive)
            return badRows("an edge joins what is not there");
        if (row.slot > rows.edges.size())
            return badRows("an edge has the slot " + std::to_string(row.slot));
        graph::Node& node = graph.node(NodeId(row.node));
        auto& ids = row.direction == trace_db::EdgeDirection::In ? node.inputs : node.outputs;
        if (ids.size() <= row.slot)
            ids.resize(row.slot + 1);
        ids[row.slot] = ValueId(row.value);
    }
    for (const auto& row : rows.origins) {
        if (row.node >= nodeSlots || !graph.node(NodeId(row.node)).alive)
            return badRows("an origin belongs to a node that is not there");
        graph.node(NodeId(row.node)).origins.push_back(NodeId(row.dataflowNode));
    }
    for (const auto& row : rows.nodes) {
        auto& origins = graph.node(NodeId(row.id)).origins;
        if (rows.stage == "dataflow")
            origins = {NodeId(row.id)};
        std::sort(origins.begin(), origins.end());
    }
    return graph;
}

std::vector<protocol::Placement> placementsOf(const trace_db::GraphRows& rows)
{
    std::vector<protocol::Placement> placements;
    for (const auto& row : rows.nodes)
        if (!row.backend.empty() || !row.kernel.empty())
            placements.push_back({NodeId(row.id), row.backend, row.kernel, static_cast<double>(row.flops),
                                  static_cast<double>(row.bytesMoved)});
    return placements;
}

} // namespace orrery::session
