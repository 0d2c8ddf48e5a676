// SPDX-License-Identifier: Apache-2.0
#include "views/panels/edit_menu.h"

#include "engine/base/text.h"
#include "engine/formats/op_docs.h"
#include "views/panels/attribute_text.h"
#include "views/panels/graph_edits.h"
#include "views/panels/value_form.h"

#include <QCoreApplication>
#include <QInputDialog>

#include <algorithm>
#include <limits>
#include <optional>

namespace orrery::panels {
namespace {

using document::Document;

QString tr(const char* text) { return QCoreApplication::translate("editMenu", text); }
QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 200)); }

std::optional<QString> ask(QWidget* parent, const QString& title, const QString& label, const QString& text)
{
    bool accepted = false;
    const QString answer = QInputDialog::getText(parent, title, label, QLineEdit::Normal, text, &accepted);
    return accepted ? std::optional(answer) : std::nullopt;
}

void changeAttribute(Document& document, NodeId node, const std::string& name,
                     const graph::AttributeValue& like, const QString& now, const QString& about,
                     QWidget* parent)
{
    const auto text = ask(parent, tr("Attribute %1").arg(shown(name)), about, now);
    if (!text)
        return;
    const auto value = parseAttribute(text->toStdString(), like);
    if (value.ok())
        document.editor().apply(edit::setAttribute(document.editor().model(), node, name, *value));
    else
        emit document.message(shown(value.error().text()));
}

// Those that the node has, then those that it leaves at their default.
void addAttributes(QMenu& menu, Document& document, NodeId id, QWidget* parent)
{
    const graph::Model& model = document.editor().model();
    const graph::Node& node = model.graph.node(id);
    QMenu* attributes = menu.addMenu(tr("Attributes"));
    QMenu* reset = menu.addMenu(tr("Back to default"));
    const auto doc = formats::opDoc(node.domain, node.opType, model.opsetVersion(node));
    auto about = [&](const std::string& name) {
        if (doc)
            for (const formats::OpAttributeDoc& attribute : doc->attributes)
                if (attribute.name == name)
                    return shown(attribute.type) +
                           (attribute.defaultText.empty()
                                ? QString()
                                : tr(", by default %1").arg(shown(attribute.defaultText)));
        return shown(name);
    };
    for (const graph::Attribute& attribute : node.attributes) {
        if (!isEditable(attribute.value))
            continue;
        const QString now = QString::fromStdString(attribute.text(4000));
        attributes->addAction(shown(attribute.name) + " = " + shown(attribute.text(60)), parent,
                              [&document, id, name = attribute.name, like = attribute.value, now,
                               text = about(attribute.name),
                               parent] { changeAttribute(document, id, name, like, now, text, parent); });
        reset->addAction(shown(attribute.name), parent, [&document, id, name = attribute.name] {
            document.editor().apply(
                edit::setAttribute(document.editor().model(), id, name, std::monostate()));
        });
    }
    if (doc) {
        if (!attributes->isEmpty())
            attributes->addSeparator();
        for (const formats::OpAttributeDoc& attribute : doc->attributes) {
            const auto like = valueOfKind(attribute.type);
            if (!like || node.attribute(attribute.name) != nullptr)
                continue;
            const QString now = QString::fromStdString(attribute.defaultText);
            attributes->addAction(
                shown(attribute.name) + (now.isEmpty()
                                             ? tr("  (not set)")
                                             : tr("  (default %1)").arg(shown(attribute.defaultText))),
                parent,
                [&document, id, name = attribute.name, like = *like, now, text = about(attribute.name),
                 parent] { changeAttribute(document, id, name, like, now, text, parent); });
        }
    }
    attributes->setEnabled(!attributes->isEmpty());
    reset->setEnabled(!reset->isEmpty());
}

void addNodeActions(QMenu& menu, Document& document, NodeId node, QWidget* parent)
{
    addAttributes(menu, document, node, parent);
    menu.addAction(tr("Replace the operator …"), parent,
                   [&document, parent] { replaceSelected(document, parent); });
    menu.addAction(tr("Rename …"), parent, [&document, parent] { renameSelected(document, parent); });
    menu.addSeparator();
    menu.addAction(tr("Duplicate"), parent, [&document] { duplicateSelected(document); });
    menu.addAction(tr("Bypass"), parent, [&document] { bypassSelected(document); });
    menu.addAction(tr("Delete"), parent, [&document] { deleteSelected(document, edit::Reconnect::Yes); });
    menu.addAction(tr("Delete and leave open"), parent,
                   [&document] { deleteSelected(document, edit::Reconnect::No); });
    QMenu* results = menu.addMenu(tr("Make a graph output of"));
    const graph::Graph& graph = document.editor().model().graph;
    for (ValueId output : graph.node(node).outputs)
        if (output.valid() && graph.value(output).region == graph.mainRegion())
            results->addAction(shown(graph.value(output).name), parent, [&document, output] {
                document.editor().apply(makeOutput(document, output));
            });
    results->setEnabled(!results->isEmpty());
}

void renameValue(Document& document, ValueId value, QWidget* parent)
{
    const std::string& name = document.editor().model().graph.value(value).name;
    if (const auto text = ask(parent, tr("Rename"), tr("Name of the value"), QString::fromStdString(name)))
        document.editor().apply(edit::renameValue(document.editor().model(), value, text->toStdString()));
}

void addDims(QMenu& menu, Document& document, ValueId value, QWidget* parent)
{
    const auto& shape = document.editor().model().graph.value(value).type.shape;
    if (!shape)
        return;
    QMenu* dims = menu.addMenu(tr("Dimensions"));
    for (std::size_t axis = 0; axis < shape->rank(); ++axis) {
        const graph::Dim& dim = shape->dims[axis];
        const QString text = shown(dim.text());
        if (dim.isKnown())
            dims->addAction(
                tr("Axis %1: %2, let it vary …").arg(axis).arg(text), parent, [&document, axis, parent] {
                    const auto name = ask(parent, tr("Let an axis vary"),
                                          tr("Name for axis %1 of all graph inputs").arg(axis),
                                          axis == 0 ? QStringLiteral("N") : QString());
                    if (name && !name->trimmed().isEmpty())
                        document.editor().apply(edit::makeSymbolic(document.editor().model(),
                                                                   ops::OpRegistry::builtin(), axis,
                                                                   name->trimmed().toStdString()));
                });
        else if (dim.isSymbolic())
            dims->addAction(
                tr("Axis %1: %2, give it a number …").arg(axis).arg(text), parent,
                [&document, symbol = dim.symbol(), parent] {
                    bool accepted = false;
                    const int number =
                        QInputDialog::getInt(parent, tr("Fix a dimension"),
                                             tr("Number for %1 wherever it stands").arg(shown(symbol)), 1, 0,
                                             std::numeric_limits<int>::max(), 1, &accepted);
                    if (accepted)
                        document.editor().apply(edit::makeStatic(document.editor().model(), symbol, number));
                });
    }
    dims->setEnabled(!dims->isEmpty());
}

} // namespace

void addEditActions(QMenu& menu, Document& document, std::uint64_t key, QWidget* parent)
{
    const graph::Graph& graph = document.editor().model().graph;
    if (key < canvas::inputKey(0)) {
        const NodeId node{std::size_t(key)};
        if (!graph.contains(node))
            return;
        if (!selectedNodes(document).contains(node))
            document.focus().select(document::GraphStage::Dataflow, key);
        addNodeActions(menu, document, node, parent);
        return;
    }
    if (key >= canvas::constantKey(0))
        return;
    // The key holds the value; where an output is listed again, its place behind all values.
    const bool isInput = key < canvas::outputKey(0);
    const auto number = std::size_t(key - (isInput ? canvas::inputKey(0) : canvas::outputKey(0)));
    const auto& outputs = graph.main().outputs;
    std::size_t place = number - std::min(number, graph.valueSlots());
    if (!isInput && number < graph.valueSlots())
        place = std::size_t(std::find(outputs.begin(), outputs.end(), ValueId(number)) - outputs.begin());
    if (!isInput && place >= outputs.size())
        return;
    const ValueId value = isInput ? ValueId(number) : outputs[place];
    if (!graph.contains(value))
        return;
    menu.addAction(tr("Rename …"), parent,
                   [&document, value, parent] { renameValue(document, value, parent); });
    if (isInput)
        addDims(menu, document, value, parent);
    menu.addSeparator();
    menu.addAction(isInput ? tr("Remove the input") : tr("Remove the output"), parent,
                   [&document, value, place, isInput] {
                       const graph::Model& model = document.editor().model();
                       document.editor().apply(
                           isInput ? edit::removeInput(model, value)
                                   : edit::removeOutput(model, model.graph.mainRegion(), place));
                   });
}

} // namespace orrery::panels
