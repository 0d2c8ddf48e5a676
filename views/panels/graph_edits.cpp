// SPDX-License-Identifier: Apache-2.0
#include "views/panels/graph_edits.h"

#include "engine/base/text.h"

#include <QCoreApplication>
#include <QInputDialog>

namespace orrery::panels {
namespace {

using document::Document;
using document::GraphStage;

QString tr(const char* text) { return QCoreApplication::translate("graphEdits", text); }

// Selects the first node that the edit made.
bool applyAndSelect(Document& document, const Result<graph::Edit>& edit)
{
    const std::size_t first = document.editor().model().graph.nodeSlots();
    if (!document.editor().apply(edit))
        return false;
    const graph::Graph& graph = document.editor().model().graph;
    if (first < graph.nodeSlots() && graph.contains(NodeId(first)))
        document.focus().select(GraphStage::Dataflow, first);
    return true;
}

// A Bypass of each, as one step.
Result<graph::Edit> bypassOf(const graph::Model& model, const std::set<NodeId>& nodes)
{
    graph::Group all{nodes.size() == 1 ? "Bypass" : "Bypass " + std::to_string(nodes.size()) + " nodes", {}};
    for (NodeId node : nodes)
        all.edits.push_back(TRY(edit::bypass(model, node)));
    if (all.edits.size() == 1)
        return std::move(all.edits.front());
    return graph::Edit(std::move(all));
}

} // namespace

bool canEditGraph(const Document& document)
{
    // While a run is stepped, the graph that is shown is the debugger's own.
    return document.editor().canEdit() && document.focus().projection() == QStringLiteral("dataflow") &&
           document.debugger().phase() == document::DebugController::Phase::Off;
}

std::set<NodeId> selectedNodes(const Document& document)
{
    std::set<NodeId> nodes;
    const document::CurrentNode& current = document.focus().current();
    if (!canEditGraph(document))
        return nodes;
    auto add = [&](std::uint64_t key) {
        if (key < canvas::inputKey(0) && document.editor().model().graph.contains(NodeId(std::size_t(key))))
            nodes.insert(NodeId(std::size_t(key)));
    };
    for (std::uint64_t key : document.correspondence().keysIn(GraphStage::Dataflow, current))
        add(key);
    for (std::uint64_t key : document.focus().alsoSelected())
        add(key);
    return nodes;
}

NodeId insertOperatorAt(Document& document, const std::string& domain, const std::string& opType,
                        const InsertPlace& place)
{
    if (!canEditGraph(document))
        return {};
    const graph::Model& model = document.editor().model();
    edit::NewNode made;
    made.opType = opType;
    made.domain = domain;
    const ops::OpSpec* spec = ops::OpRegistry::builtin().find(domain, opType);
    const bool takesInput = spec == nullptr || spec->maxInputs > 0;
    if (spec != nullptr) {
        made.outputs = std::max<std::size_t>(1, spec->minOutputs);
        if (spec->minInputs > 1)
            made.inputs.resize(spec->minInputs);
    }
    if (const graph::Function* function = model.findFunction(domain, opType)) {
        made.outputs = std::max<std::size_t>(1, function->body.main().outputs.size());
        made.inputs.resize(function->body.main().inputs.size());
    }
    const std::size_t first = model.graph.nodeSlots();
    bool applied = false;
    if (place.edge && takesInput) {
        applied = applyAndSelect(document, edit::insertOnEdge(model, *place.edge, made));
    } else if (place.value.valid() && takesInput && place.forAll) {
        applied = applyAndSelect(document, edit::insertAfter(model, place.value, made));
    } else {
        RegionId region = place.region;
        if (place.value.valid() && takesInput) {
            made.inputs.resize(std::max<std::size_t>(made.inputs.size(), 1));
            made.inputs.front() = place.value;
            if (region == model.graph.mainRegion())
                region = model.graph.value(place.value).region;
        }
        applied = applyAndSelect(document, edit::addNode(model, region, made));
    }
    const graph::Graph& now = document.editor().model().graph;
    return applied && first < now.nodeSlots() && now.contains(NodeId(first)) ? NodeId(first) : NodeId();
}

void insertOperator(Document& document, const std::string& domain, const std::string& opType)
{
    if (!canEditGraph(document))
        return;
    const graph::Model& model = document.editor().model();
    InsertPlace place;
    place.edge = document.editor().chosenEdge();
    const std::set<NodeId> selected = selectedNodes(document);
    if (selected.size() == 1)
        for (ValueId output : model.graph.node(*selected.begin()).outputs)
            if (!place.value.valid())
                place.value = output;
    const document::CurrentNode& current = document.focus().current();
    const bool isInput = current.valid() && current.stage == GraphStage::Dataflow &&
                         (current.key >> 32) == (canvas::inputKey(0) >> 32);
    if (const ValueId input{std::size_t(current.key & 0xffffffffu)};
        selected.empty() && isInput && model.graph.contains(input))
        place.value = input;
    place.forAll = place.value.valid();
    insertOperatorAt(document, domain, opType, place);
}

void deleteSelected(Document& document, edit::Reconnect reconnect)
{
    if (const std::set<NodeId> nodes = selectedNodes(document); !nodes.empty())
        document.editor().apply(edit::deleteNodes(document.editor().model(), nodes, reconnect));
}

void bypassSelected(Document& document)
{
    if (const std::set<NodeId> nodes = selectedNodes(document); !nodes.empty())
        document.editor().apply(bypassOf(document.editor().model(), nodes));
}

void duplicateSelected(Document& document)
{
    if (const std::set<NodeId> nodes = selectedNodes(document); !nodes.empty())
        applyAndSelect(document, edit::duplicate(document.editor().model(), nodes));
}

void renameSelected(Document& document, QWidget* parent)
{
    const std::set<NodeId> nodes = selectedNodes(document);
    if (nodes.size() != 1)
        return;
    const graph::Node& node = document.editor().model().graph.node(*nodes.begin());
    bool accepted = false;
    const QString name = QInputDialog::getText(
        parent, tr("Rename"), tr("Name of %1").arg(QString::fromStdString(displayText(node.opType, 100))),
        QLineEdit::Normal, QString::fromStdString(node.name), &accepted);
    if (accepted)
        document.editor().apply(
            edit::renameNode(document.editor().model(), *nodes.begin(), name.toStdString()));
}

void replaceSelected(Document& document, QWidget* parent)
{
    const std::set<NodeId> nodes = selectedNodes(document);
    if (nodes.size() != 1)
        return;
    const graph::Model& model = document.editor().model();
    QStringList names;
    const auto compatible = edit::compatibleOperators(model, *nodes.begin(), ops::OpRegistry::builtin());
    for (const ops::OpSpec* spec : compatible)
        names << QString::fromStdString((spec->domain.empty() ? "" : std::string(spec->domain) + ".") +
                                        std::string(spec->name));
    bool accepted = false;
    const QString chosen = QInputDialog::getItem(parent, tr("Replace the operator"),
                                                 tr("Operators that take as many inputs and outputs"), names,
                                                 0, false, &accepted);
    const qsizetype at = names.indexOf(chosen);
    if (accepted && at >= 0)
        document.editor().apply(edit::replaceOperator(model, *nodes.begin(),
                                                      std::string(compatible[std::size_t(at)]->name),
                                                      std::string(compatible[std::size_t(at)]->domain), {}));
}

} // namespace orrery::panels
