// SPDX-License-Identifier: Apache-2.0
#include "views/panels/describe_node.h"

#include "engine/base/text.h"
#include "views/models/tables.h"
#include "views/panels/op_doc_text.h"
#include "views/projections/node_text.h"
#include "views/theme/op_category.h"

#include <QCoreApplication>

#include <algorithm>
#include <optional>

namespace orrery::panels {
namespace {

using document::CurrentNode;
using document::Document;
using document::GraphStage;
using graph::Graph;
using graph::Node;
using models::shown;

constexpr std::size_t mostValues = 64;

QString tr(const char* text) { return QCoreApplication::translate("describeNode", text); }
QString duration(double ns) { return QString::fromStdString(formatDurationNs(std::int64_t(ns))); }
QString bytes(double count) { return QString::fromStdString(formatBytes(std::int64_t(count))); }

QString typeText(const graph::Value& value) { return shown(value.type.text()); }

// The key that stands for a value's maker: a node or a graph input.
std::uint64_t makerKey(const graph::Value& value)
{
    return value.producer.valid() ? value.producer.value : canvas::inputKey(value.id.value);
}

void describeInputs(PropertySheet& sheet, Document& document, const Graph& graph, const Node& node,
                    GraphStage stage, const std::optional<formats::OpDoc>& doc)
{
    if (node.inputs.empty())
        return;
    sheet.section(tr("INPUTS"));
    for (std::size_t i = 0; i < node.inputs.size() && i < mostValues; ++i) {
        const formats::OpParameter* formal = doc ? parameter(doc->inputs, i) : nullptr;
        const QString name = parameterName(formal, i, projections::inputName(node, i));
        if (!graph.contains(node.inputs[i])) {
            sheet.row(name, tr("(omitted)"), parameterTip(formal));
            continue;
        }
        const graph::Value& value = graph.value(node.inputs[i]);
        if (const graph::Tensor* tensor = projections::constantOf(graph, value.id)) {
            const std::string small = projections::smallTensorText(*tensor, 8);
            sheet.row(name,
                      QString::fromStdString(std::string(graph::name(tensor->type())) + " " +
                                             graph::dimsText(tensor->dims())) +
                          (small.empty() ? QString() : " = " + QString::fromStdString(small)),
                      parameterTip(formal));
            sheet.note(tr("constant %1").arg(shown(value.name)));
            continue;
        }
        const QString maker = graph.contains(value.producer) ? shown(graph.node(value.producer).displayName())
                                                             : tr("graph input");
        sheet.link(name, shown(value.name), tr("Made by %1").arg(maker),
                   [&document, stage, key = makerKey(value)] { document.focus().select(stage, key); });
        sheet.note(typeText(value));
    }
    if (node.inputs.size() > mostValues)
        sheet.note(tr("… and %1 more").arg(node.inputs.size() - mostValues));
}

void describeOutputs(PropertySheet& sheet, Document& document, const Graph& graph, const Node& node,
                     GraphStage stage, const std::optional<formats::OpDoc>& doc)
{
    if (node.outputs.empty())
        return;
    sheet.section(tr("OUTPUTS"));
    for (std::size_t i = 0; i < node.outputs.size() && i < mostValues; ++i) {
        const formats::OpParameter* formal = doc ? parameter(doc->outputs, i) : nullptr;
        const QString name = parameterName(formal, i, projections::outputName(node, i));
        if (!graph.contains(node.outputs[i])) {
            sheet.row(name, tr("(not used)"));
            continue;
        }
        const graph::Value& value = graph.value(node.outputs[i]);
        sheet.row(name, shown(value.name), parameterTip(formal));
        sheet.note(typeText(value));
        std::size_t listed = 0;
        for (NodeId id : graph.region(node.region).nodes) {
            if (!graph.contains(id))
                continue;
            const Node& reader = graph.node(id);
            if (std::find(reader.inputs.begin(), reader.inputs.end(), value.id) == reader.inputs.end())
                continue;
            if (++listed > 6) {
                sheet.note(tr("… read by more nodes"));
                break;
            }
            sheet.link(listed == 1 ? tr("read by") : QString(), shown(reader.displayName()),
                       shown(reader.opType),
                       [&document, stage, key = id.value] { document.focus().select(stage, key); });
        }
    }
}

void describeAttributes(PropertySheet& sheet, const Node& node, const std::optional<formats::OpDoc>& doc)
{
    auto docOfAttribute = [&doc](const std::string& name) -> const formats::OpAttributeDoc* {
        if (doc)
            for (const auto& attribute : doc->attributes)
                if (attribute.name == name)
                    return &attribute;
        return nullptr;
    };
    std::size_t unset = 0;
    if (doc)
        for (const auto& attribute : doc->attributes)
            unset += node.attribute(attribute.name) == nullptr && !attribute.defaultText.empty() ? 1 : 0;
    if (node.attributes.empty() && unset == 0)
        return;
    sheet.section(tr("ATTRIBUTES"));
    for (const graph::Attribute& attribute : node.attributes) {
        const auto* known = docOfAttribute(attribute.name);
        sheet.row(shown(attribute.name), shown(attribute.text(200)),
                  known ? attributeTip(*known) : shown(attribute.doc));
        if (known && !known->doc.empty())
            sheet.note(firstSentence(plainDoc(known->doc)));
    }
    if (doc)
        for (const auto& attribute : doc->attributes)
            if (node.attribute(attribute.name) == nullptr && !attribute.defaultText.empty())
                sheet.row(shown(attribute.name), tr("%1 (default)").arg(shown(attribute.defaultText)),
                          attributeTip(attribute));
}

void describePlacement(PropertySheet& sheet, const document::StageGraph& stage, NodeId id)
{
    if (!stage.placements)
        return;
    for (const protocol::Placement& placement : *stage.placements)
        if (placement.node == id) {
            sheet.row(tr("Backend"), shown(placement.backend));
            sheet.row(tr("Kernel"), shown(placement.kernel));
        }
}

} // namespace

void describeMeasurements(PropertySheet& sheet, Document& document, NodeId id, GraphStage stage)
{
    const auto run = document.shownRun();
    std::vector<std::uint64_t> keys =
        document.correspondence().keysIn(GraphStage::Compute, {stage, id.value});
    sheet.section(run && !run->range.empty() ? tr("MEASUREMENTS IN THE SELECTED RANGE") : tr("MEASUREMENTS"));
    if (!run || !run->graphs) {
        sheet.note(tr("Not measured yet: profile the model (Ctrl+F5)."));
        return;
    }
    bool any = false;
    for (const auto& row : run->hotspots) {
        const auto key = std::uint64_t(row.nodeId - run->graphs->firstComputeId);
        if (std::find(keys.begin(), keys.end(), key) == keys.end())
            continue;
        any = true;
        sheet.row(tr("Self time"), duration(row.selfMeanNs) + " ± " + duration(row.selfStddevNs),
                  tr("Mean and standard deviation of the measured calls"));
        sheet.row(tr("Share"), QString::number(row.sharePercent, 'f', 1) + " %",
                  tr("Of the self time of all nodes"));
        sheet.row(tr("Min … max"), duration(double(row.selfMinNs)) + " … " + duration(double(row.selfMaxNs)));
        sheet.row(tr("p95"), duration(double(row.selfP95Ns)), tr("From a histogram: within 7 %"));
        sheet.row(tr("Calls"), row.warmupCalls > 0
                                   ? tr("%1, and %2 in the warm-up").arg(row.calls).arg(row.warmupCalls)
                                   : QString::number(row.calls));
        if (row.flops >= 0)
            sheet.row(tr("FLOP/s"), models::rateText(double(row.flops), row.selfMeanNs, ""),
                      tr("%1 floating-point operations a call, by formula")
                          .arg(QString::fromStdString(formatCount(double(row.flops)))));
        if (row.bytesMoved >= 0)
            sheet.row(tr("Bytes/s"), models::rateText(double(row.bytesMoved), row.selfMeanNs, "B/s"),
                      tr("%1 read and written a call, by formula").arg(bytes(double(row.bytesMoved))));
        if (row.peakBytes > 0)
            sheet.row(tr("Allocated"), bytes(double(row.peakBytes)), tr("Most bytes that it held at once"));
        if (stage == GraphStage::Dataflow && row.origins.size() > 1)
            sheet.note(tr("Measured as one with %1 other node(s) that it was fused with.")
                           .arg(row.origins.size() - 1));
    }
    if (!any)
        sheet.note(keys.empty() && stage == GraphStage::Dataflow
                       ? tr("Nothing of it runs: the passes folded or removed it.")
                       : tr("Not captured in this run."));
}

void describeHeading(PropertySheet& sheet, const theme::Theme& theme, const Node& node)
{
    std::string_view type = node.opType;
    if (node.domain == "orrery" && type.starts_with("Fused"))
        type.remove_prefix(5);
    sheet.heading(QString::fromStdString(projections::nodeTitle(node)),
                  node.name.empty() ? tr("(no name)") : shown(node.name),
                  theme.category(theme::categoryOfOpType(type)));
}

void describeOperator(PropertySheet& sheet, const Document& document, const document::StageGraph& stage,
                      const Node& node, const std::optional<formats::OpDoc>& doc)
{
    sheet.section(tr("OPERATOR"));
    sheet.row(tr("Domain"), node.domain.empty() ? QStringLiteral("ai.onnx") : shown(node.domain));
    if (document.model()) {
        const auto version = document.model()->model->opsetVersion(node);
        if (version > 0)
            sheet.row(tr("Opset"), QString::number(version));
    }
    if (doc)
        sheet.row(tr("Defined in"), tr("opset %1").arg(doc->sinceVersion),
                  tr("The definition that holds for this model's opset"));
    describePlacement(sheet, stage, node.id);
    if (doc && !doc->doc.empty())
        sheet.paragraph(plainDoc(doc->doc));
}

void describeCounterparts(PropertySheet& sheet, Document& document, const CurrentNode& current)
{
    const GraphStage other =
        current.stage == GraphStage::Dataflow ? GraphStage::Compute : GraphStage::Dataflow;
    const auto graph = document.stageGraph(other).graph;
    const auto keys = document.correspondence().keysIn(other, current);
    if (!graph || keys.empty())
        return;
    sheet.section(other == GraphStage::Compute ? tr("RUNS AS") : tr("CAME FROM"));
    for (std::size_t i = 0; i < keys.size() && i < 16; ++i) {
        const NodeId id{std::size_t(keys[i])};
        if (!graph->contains(id))
            continue;
        const Node& node = graph->node(id);
        sheet.link(QString::fromStdString(projections::nodeTitle(node)), shown(node.displayName()), {},
                   [&document, other, key = keys[i]] { document.focus().select(other, key); });
    }
}

bool describeNode(PropertySheet& sheet, Document& document, const theme::Theme& theme,
                  const CurrentNode& current, const std::function<void()>& belowHeading)
{
    const document::StageGraph stage = document.stageGraph(current.stage);
    if (!stage.graph || !stage.graph->contains(current.node()))
        return false;
    const Graph& graph = *stage.graph;
    const Node& node = graph.node(current.node());
    describeHeading(sheet, theme, node);
    if (belowHeading)
        belowHeading();
    const auto doc = docOf(document, node);
    describeOperator(sheet, document, stage, node, doc);
    describeMeasurements(sheet, document, node.id, current.stage);
    describeAttributes(sheet, node, doc);
    describeInputs(sheet, document, graph, node, current.stage, doc);
    describeOutputs(sheet, document, graph, node, current.stage, doc);
    describeCounterparts(sheet, document, current);
    if (!node.doc.empty()) {
        sheet.section(tr("NOTES IN THE FILE"));
        sheet.paragraph(shown(node.doc));
    }
    return true;
}

bool describeValue(PropertySheet& sheet, Document& document, const theme::Theme& theme,
                   const CurrentNode& current)
{
    const auto graph = document.stageGraph(current.stage).graph;
    const ValueId id{std::size_t(current.key & 0xffffffffu)};
    if (!graph || !graph->contains(id))
        return false;
    const bool isInput = (current.key >> 32) == (canvas::inputKey(0) >> 32);
    const graph::Value& value = graph->value(id);
    sheet.heading(shown(value.name), isInput ? tr("Input of the graph") : tr("Output of the graph"),
                  theme.category(theme::OpCategory::InputOutput));
    sheet.section(tr("VALUE"));
    sheet.row(tr("Type"), typeText(value));
    if (graph->contains(value.producer))
        sheet.link(tr("Made by"), shown(graph->node(value.producer).displayName()), {},
                   [&document, stage = current.stage, key = value.producer.value] {
                       document.focus().select(stage, key);
                   });
    return true;
}

} // namespace orrery::panels
