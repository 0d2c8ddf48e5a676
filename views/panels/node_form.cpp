// SPDX-License-Identifier: Apache-2.0
#include "views/panels/node_form.h"

#include "engine/base/text.h"
#include "engine/edit/model_actions.h"
#include "engine/graph/edit.h"
#include "views/models/tables.h"
#include "views/panels/attribute_form.h"
#include "views/panels/describe_node.h"
#include "views/panels/op_doc_text.h"
#include "views/panels/tensor_form.h"
#include "views/panels/value_form.h"
#include "views/projections/node_text.h"

#include <QCoreApplication>
#include <QToolButton>

#include <algorithm>

namespace orrery::panels {
namespace {

using document::Document;
using document::GraphStage;
using graph::Graph;
using graph::Node;
using models::shown;

constexpr std::size_t mostSlots = 64;
constexpr std::size_t mostReaders = 6;
constexpr qsizetype mostSuggestions = 2000;

QString tr(const char* text) { return QCoreApplication::translate("nodeForm", text); }

const Graph& graphOf(const Document& document) { return document.editor().model().graph; }

// The value of that name that the region may read; names nearer to it hide those around it.
ValueId readableByName(const Graph& graph, RegionId region, const std::string& name)
{
    ValueId found;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        const graph::Value& value = graph.value(ValueId(i));
        if (value.alive && value.name == name && graph::inScope(graph, region, value.region) &&
            (!found.valid() || graph::inScope(graph, value.region, graph.value(found).region)))
            found = value.id;
    }
    return found;
}

// The name of a value connects it; a name that is nobody's becomes that of the value that is read; no name
// leaves the input open.
QString commitInput(Document& document, NodeId id, std::size_t slot, const QString& text)
{
    const graph::Model& model = document.editor().model();
    if (!model.graph.contains(id))
        return tr("The node is not there any more.");
    const Node& node = model.graph.node(id);
    const bool isOpen = slot >= node.inputs.size() || !node.inputs[slot].valid();
    const std::string name = text.trimmed().toStdString();
    if (name.empty())
        return isOpen ? QString() : tryEdit(document, edit::disconnect(model, id, slot));
    if (const ValueId value = readableByName(model.graph, node.region, name); value.valid())
        return tryEdit(document, edit::connect(model, id, slot, value));
    if (isOpen)
        return tr("There is no value \"%1\" that it could read.").arg(shown(name));
    return tryEdit(document, edit::renameValue(model, node.inputs[slot], name));
}

void addInput(FormSheet& sheet, Document& document, const Node& node, std::size_t slot,
              const formats::OpParameter* formal, const QStringList& suggestions)
{
    const Graph& graph = graphOf(document);
    const bool isOpen = slot >= node.inputs.size() || !graph.contains(node.inputs[slot]);
    const bool isNeeded = formal && formal->count == formats::ParameterCount::One;
    FormSheet::FieldSpec spec;
    spec.id = QString("input.%1").arg(slot);
    spec.key = parameterName(formal, slot, projections::inputName(node, slot));
    spec.toolTip = parameterTip(formal) + "\n\n" +
                   tr("The name of a value connects it; another name renames the value; "
                      "nothing leaves the input open.");
    spec.placeholder = isNeeded ? tr("open: it needs a value") : tr("open");
    spec.suggestions = suggestions;
    spec.commit = [&document, id = node.id, slot](const QString& text) {
        return commitInput(document, id, slot, text);
    };
    if (isOpen) {
        spec.trailing = {sheet.smallButton(
            spec.id + ".constant", QStringLiteral("+"), tr("Make a constant for it"),
            [&document, &sheet, id = node.id, slot] {
                newConstantInput(document, sheet.formTheme(), id, int(slot), sheet.window());
            })};
        sheet.text(spec);
        return;
    }
    const graph::Value& value = graph.value(node.inputs[slot]);
    spec.text = QString::fromStdString(value.name);
    if (value.initializer)
        spec.trailing = {sheet.smallButton(spec.id + ".edit", QStringLiteral("…"),
                                           tr("Look at the numbers and change them"),
                                           [&document, &sheet, id = value.id] {
                                               openConstant(document, sheet.formTheme(), id, sheet.window());
                                           })};
    else
        spec.trailing = {
            sheet.smallButton(spec.id + ".go", QString(QChar(0x2192)), tr("Go to what makes it"),
                              [&document, key = value.producer.valid() ? std::uint64_t(value.producer.value)
                                                                       : canvas::inputKey(value.id.value)] {
                                  document.focus().select(GraphStage::Dataflow, key);
                              })};
    sheet.text(spec);
    if (const graph::Tensor* tensor = projections::constantOf(graph, value.id)) {
        const std::string small = projections::smallTensorText(*tensor, 8);
        sheet.note(tr("constant %1 %2")
                       .arg(QString::fromUtf8(graph::name(tensor->type()).data()),
                            QString::fromStdString(graph::dimsText(tensor->dims()))) +
                   (small.empty() ? QString() : " = " + QString::fromStdString(small)));
    } else {
        sheet.note(typeNote(document, value.id));
    }
}

void addInputs(FormSheet& sheet, Document& document, const Node& node,
               const std::optional<formats::OpDoc>& doc)
{
    std::size_t count = node.inputs.size();
    if (doc) {
        const bool isVariadic =
            !doc->inputs.empty() && doc->inputs.back().count == formats::ParameterCount::Variadic;
        count = std::max(count, doc->inputs.size());
        if (isVariadic && node.inputs.size() >= doc->inputs.size())
            count = node.inputs.size() + 1;
    }
    if (count == 0)
        return;
    sheet.section(tr("INPUTS"));
    const QStringList suggestions = readableValues(graphOf(document), node.region);
    for (std::size_t i = 0; i < count && i < mostSlots; ++i)
        addInput(sheet, document, node, i, doc ? parameter(doc->inputs, i) : nullptr, suggestions);
    if (count > mostSlots)
        sheet.note(tr("… and %1 more").arg(count - mostSlots));
}

void addReaders(FormSheet& sheet, Document& document, const Node& node, ValueId value)
{
    const Graph& graph = graphOf(document);
    std::size_t listed = 0;
    for (NodeId id : graph.region(node.region).nodes) {
        if (!graph.contains(id))
            continue;
        const Node& reader = graph.node(id);
        if (std::find(reader.inputs.begin(), reader.inputs.end(), value) == reader.inputs.end())
            continue;
        if (++listed > mostReaders) {
            sheet.note(tr("… read by more nodes"));
            break;
        }
        sheet.link(listed == 1 ? tr("read by") : QString(), shown(reader.displayName()), shown(reader.opType),
                   [&document, key = id.value] { document.focus().select(GraphStage::Dataflow, key); });
    }
}

void addOutputs(FormSheet& sheet, Document& document, const Node& node,
                const std::optional<formats::OpDoc>& doc)
{
    const Graph& graph = graphOf(document);
    if (node.outputs.empty())
        return;
    sheet.section(tr("OUTPUTS"));
    for (std::size_t i = 0; i < node.outputs.size() && i < mostSlots; ++i) {
        const formats::OpParameter* formal = doc ? parameter(doc->outputs, i) : nullptr;
        const QString key = parameterName(formal, i, projections::outputName(node, i));
        if (!graph.contains(node.outputs[i])) {
            sheet.row(key, tr("(not used)"), parameterTip(formal));
            continue;
        }
        const ValueId id = node.outputs[i];
        sheet.text({.id = QString("output.%1").arg(i),
                    .key = key,
                    .toolTip = parameterTip(formal),
                    .text = QString::fromStdString(graph.value(id).name),
                    .commit = [&document, id](const QString& text) {
                        return tryEdit(document, edit::renameValue(document.editor().model(), id,
                                                                   text.trimmed().toStdString()));
                    }});
        sheet.note(typeNote(document, id));
        const auto& outputs = graph.region(node.region).outputs;
        const auto place = std::find(outputs.begin(), outputs.end(), id) - outputs.begin();
        const bool isOutput = std::size_t(place) < outputs.size();
        sheet.check({.id = QString("output.%1.listed").arg(i),
                     .key = {},
                     .toolTip = tr("Whether it is an output of the graph"),
                     .commit =
                         [&document, id, region = node.region, place](const QString& on) {
                             const graph::Model& model = document.editor().model();
                             return tryEdit(
                                 document, on == "1" ? makeOutput(document, id)
                                                     : edit::removeOutput(model, region, std::size_t(place)));
                         }},
                    tr("output of the graph"), isOutput);
        addReaders(sheet, document, node, id);
    }
}

} // namespace

QString typeNote(const Document& document, ValueId id)
{
    const Graph& declared = graphOf(document);
    if (!declared.contains(id))
        return {};
    const graph::ValueType& said = declared.value(id).type;
    const auto typed = document.model()->dataflow;
    const graph::ValueType& found = typed->contains(id) ? typed->value(id).type : said;
    QString text;
    if (found.kind == graph::TypeKind::Unknown)
        text = tr("type not known yet");
    else if (said.kind == graph::TypeKind::Unknown)
        text = tr("%1 · inferred").arg(shown(found.text()));
    else if (found == said)
        text = tr("%1 · declared").arg(shown(said.text()));
    else
        text = tr("%1 · inferred; declared %2").arg(shown(found.text()), shown(said.text()));
    // With the numbers that the run had.
    const auto ran = document.stageGraph(GraphStage::Dataflow).graph;
    if (ran && ran != typed && ran->contains(id) && ran->value(id).type != found)
        text += tr("; in the run %1").arg(shown(ran->value(id).type.text()));
    return text;
}

QStringList readableValues(const Graph& graph, RegionId region)
{
    QStringList names;
    for (std::size_t i = 0; i < graph.valueSlots() && names.size() < mostSuggestions; ++i) {
        const graph::Value& value = graph.value(ValueId(i));
        if (value.alive && !value.name.empty() && graph::inScope(graph, region, value.region))
            names << QString::fromStdString(value.name);
    }
    return names;
}

bool addNodeForm(FormSheet& sheet, Document& document, const document::CurrentNode& current)
{
    const Graph& graph = graphOf(document);
    const NodeId id = current.node();
    if (!graph.contains(id))
        return false;
    const Node& node = graph.node(id);
    describeHeading(sheet, sheet.formTheme(), node);
    const auto doc = docOf(document, node);
    sheet.section(tr("NODE"));
    sheet.text({.id = "name",
                .key = tr("Name"),
                .text = QString::fromStdString(node.name),
                .placeholder = tr("no name"),
                .commit = [&document, id](const QString& text) {
                    return tryEdit(document, edit::renameNode(document.editor().model(), id,
                                                              text.trimmed().toStdString()));
                }});
    addAttributeFields(sheet, document, id, doc);
    addInputs(sheet, document, node, doc);
    addOutputs(sheet, document, node, doc);
    sheet.section(tr("NOTES"));
    sheet.longText({.id = "doc",
                    .key = tr("In the file"),
                    .toolTip = tr("The node's doc string"),
                    .text = QString::fromStdString(node.doc),
                    .commit = [&document, id](const QString& text) {
                        return tryEdit(document,
                                       edit::setNodeDoc(document.editor().model(), id, text.toStdString()));
                    }});
    describeMeasurements(sheet, document, id, current.stage);
    describeOperator(sheet, document, document.stageGraph(current.stage), node, doc);
    describeCounterparts(sheet, document, current);
    return true;
}

} // namespace orrery::panels
