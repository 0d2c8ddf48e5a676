// SPDX-License-Identifier: Apache-2.0
#include "views/panels/value_form.h"

#include "engine/base/text.h"
#include "engine/edit/model_actions.h"
#include "engine/edit/storage.h"
#include "views/models/tables.h"
#include "views/panels/attribute_form.h"
#include "views/panels/attribute_text.h"
#include "views/panels/empty_state.h"
#include "views/panels/node_form.h"
#include "views/panels/tensor_form.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>

#include <algorithm>
#include <optional>

namespace orrery::panels {
namespace {

using document::Document;
using document::GraphStage;
using graph::Graph;
using models::shown;

QString tr(const char* text) { return QCoreApplication::translate("valueForm", text); }

const Graph& graphOf(const Document& document) { return document.editor().model().graph; }

enum class Role : std::uint8_t { Input, Output, Constant };

struct Shown {
    ValueId value;
    Role role = Role::Input;
    std::size_t place = 0; // among the inputs or outputs
};

// As in the canvas: an output that is listed again has a number behind all values.
std::optional<Shown> shownBy(const Graph& graph, std::uint64_t key)
{
    const auto number = std::size_t(key & 0xffffffffu);
    const bool isOutput = (key >> 32) == (canvas::outputKey(0) >> 32);
    const auto& list = isOutput ? graph.main().outputs : graph.main().inputs;
    Shown found{ValueId(number), isOutput ? Role::Output : Role::Input, 0};
    if (isOutput && number >= graph.valueSlots()) {
        if (number - graph.valueSlots() >= list.size())
            return std::nullopt;
        found.place = number - graph.valueSlots();
        found.value = list[found.place];
    }
    if (!graph.contains(found.value))
        return std::nullopt;
    if ((key >> 32) == (canvas::constantKey(0) >> 32)) {
        found.role = Role::Constant;
        return graph.value(found.value).initializer ? std::optional(found) : std::nullopt;
    }
    if (found.place == 0)
        found.place = std::size_t(std::find(list.begin(), list.end(), found.value) - list.begin());
    return found.place < list.size() ? std::optional(found) : std::nullopt;
}

QString setType(Document& document, ValueId value, const graph::ValueType& type)
{
    return tryEdit(document, edit::setType(document.editor().model(), value, type));
}

void addTypeFields(FormSheet& sheet, Document& document, ValueId id)
{
    const graph::ValueType& type = graphOf(document).value(id).type;
    if (type.kind != graph::TypeKind::Tensor && type.kind != graph::TypeKind::Unknown) {
        sheet.row(tr("Type"), shown(type.text()));
        sheet.note(tr("Types other than tensors are kept as they are."));
        return;
    }
    const bool isKnown = type.kind == graph::TypeKind::Tensor;
    sheet.choice(
        {.id = "type",
         .key = tr("Element type"),
         .text = isKnown ? QString::fromUtf8(graph::name(type.element).data()) : QString(),
         .commit =
             [&document, id](const QString& name) {
                 graph::ValueType changed = graphOf(document).value(id).type;
                 changed.kind = graph::TypeKind::Tensor;
                 changed.element =
                     graph::dataTypeFromName(name.toStdString()).value_or(graph::DataType::Undefined);
                 return setType(document, id, changed);
             }},
        elementTypeNames());
    sheet.text({.id = "shape",
                .key = tr("Dims"),
                .toolTip = tr("Numbers, names and ? between commas: N,3,32,32; scalar for none; nothing "
                              "where not even their number is known"),
                .text = QString::fromStdString(shapeText(type.shape)),
                .placeholder = tr("any"),
                .commit = [&document, id](const QString& text) {
                    auto shape = parseShape(text.toStdString());
                    if (!shape.ok())
                        return shown(shape.error().text());
                    graph::ValueType changed = graphOf(document).value(id).type;
                    if (changed.kind != graph::TypeKind::Tensor)
                        changed = graph::ValueType::tensor(graph::DataType::Float32);
                    changed.shape = shape.releaseValue();
                    return setType(document, id, changed);
                }});
    sheet.note(typeNote(document, id));
}

void addPlace(FormSheet& sheet, Document& document, const Shown& it)
{
    const RegionId main = graphOf(document).mainRegion();
    const bool isInput = it.role == Role::Input;
    const auto& list = isInput ? graphOf(document).main().inputs : graphOf(document).main().outputs;
    auto move = [&document, main, isInput](std::size_t from, std::size_t to) {
        const graph::Model& model = document.editor().model();
        document.editor().apply(isInput ? edit::moveInput(model, main, from, to)
                                        : edit::moveOutput(model, main, from, to));
    };
    auto* up = sheet.smallButton("up", QString(QChar(0x2191)), tr("One place up"),
                                 [move, at = it.place] { move(at, at - 1); });
    auto* down = sheet.smallButton("down", QString(QChar(0x2193)), tr("One place down"),
                                   [move, at = it.place] { move(at, at + 1); });
    up->setEnabled(it.place > 0);
    down->setEnabled(it.place + 1 < list.size());
    sheet.text({.id = "place",
                .key = tr("Place"),
                .text = tr("%1 of %2").arg(it.place + 1).arg(list.size()),
                .trailing = {up, down}});
    sheet.action("remove", isInput ? tr("Remove the input") : tr("Remove the output"),
                 isInput ? tr("What reads it stays, and reads nothing") : tr("What makes it stays"),
                 [&document, main, it, isInput] {
                     const graph::Model& model = document.editor().model();
                     document.editor().apply(isInput ? edit::removeInput(model, it.value)
                                                     : edit::removeOutput(model, main, it.place));
                 });
}

QString placeText(const Document& document, const graph::Initializer& initializer)
{
    if (edit::isToBeStoredBeside(initializer))
        return document.editor().isModified() ? tr("a file beside the model, with the next save")
                                              : tr("a file beside the model");
    if (initializer.external)
        return tr("%1, from byte %2")
            .arg(shown(initializer.external->location))
            .arg(initializer.external->offset);
    return tr("the model file");
}

void addConstant(FormSheet& sheet, Document& document, ValueId id)
{
    const graph::Initializer& initializer = *graphOf(document).value(id).initializer;
    const graph::Tensor& tensor = initializer.tensor;
    sheet.row(tr("Type"), QString::fromStdString(std::string(graph::name(tensor.type())) + " " +
                                                 graph::dimsText(tensor.dims())));
    sheet.row(tr("Size"), QString::fromStdString(formatBytes(std::int64_t(tensor.byteSize()))));
    sheet.row(tr("Stored in"), placeText(document, initializer));
    sheet.action("values", tr("Numbers …"), tr("Look at them, change them, or take them from elsewhere"),
                 [&document, &sheet, id] { openConstant(document, sheet.formTheme(), id, sheet.window()); });
    if (initializer.external)
        sheet.action("inside", tr("Into the model file"), tr("With the next save"), [&document, id] {
            document.editor().apply(edit::storeInside(document.editor().model(), id));
        });
    else if (edit::canBeStoredBeside(tensor))
        sheet.action("beside", tr("Beside the model file"), tr("With the next save"), [&document, id] {
            document.editor().apply(edit::storeBeside(document.editor().model(), id));
        });
    sheet.action("toInput", tr("Make it a graph input"), tr("Its numbers go; a run has to be given some"),
                 [&document, id] {
                     if (document.editor().apply(edit::initializerToInput(document.editor().model(), id)))
                         document.focus().select(GraphStage::Dataflow, canvas::inputKey(id.value));
                 });
}

} // namespace

bool addValueForm(FormSheet& sheet, Document& document, std::uint64_t key)
{
    const Graph& graph = graphOf(document);
    const auto it = shownBy(graph, key);
    if (!it)
        return false;
    const graph::Value& value = graph.value(it->value);
    sheet.heading(shown(value.name),
                  it->role == Role::Input    ? tr("Input of the graph")
                  : it->role == Role::Output ? tr("Output of the graph")
                                             : tr("Constant"),
                  sheet.formTheme().category(it->role == Role::Constant ? theme::OpCategory::Data
                                                                        : theme::OpCategory::InputOutput));
    sheet.section(tr("VALUE"));
    sheet.text({.id = "name",
                .key = tr("Name"),
                .text = QString::fromStdString(value.name),
                .commit = [&document, id = it->value](const QString& text) {
                    return tryEdit(document, edit::renameValue(document.editor().model(), id,
                                                               text.trimmed().toStdString()));
                }});
    if (it->role == Role::Constant) {
        addConstant(sheet, document, it->value);
        return true;
    }
    addTypeFields(sheet, document, it->value);
    if (graph.contains(value.producer))
        sheet.link(tr("Made by"), shown(graph.node(value.producer).displayName()), {},
                   [&document, maker = value.producer.value] {
                       document.focus().select(GraphStage::Dataflow, maker);
                   });
    addPlace(sheet, document, *it);
    return true;
}

void newGraphInput(Document& document, QWidget* parent)
{
    if (!document.editor().canEdit())
        return;
    auto* dialog = new QDialog(parent);
    dialog->setObjectName("newInput");
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("New graph input"));
    dialog->setMinimumWidth(380);
    auto* name = new QLineEdit(QStringLiteral("x"), dialog);
    name->setObjectName("inputName");
    auto* type = new QComboBox(dialog);
    type->setObjectName("inputType");
    type->addItems(elementTypeNames());
    auto* dims = new QLineEdit(dialog);
    dims->setObjectName("inputDims");
    dims->setPlaceholderText(tr("N,3,32,32 – numbers, names, ?"));
    auto* error = plainLabel({}, dialog);
    error->setWordWrap(true);
    error->hide();
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, dialog);
    auto* form = new QFormLayout(dialog);
    form->setContentsMargins(16, 16, 16, 12);
    form->setSpacing(10);
    form->addRow(tr("&Name"), name);
    form->addRow(tr("&Element type"), type);
    form->addRow(tr("&Dims"), dims);
    form->addRow(error);
    form->addRow(buttons);
    name->selectAll();
    auto refuse = [error](const QString& why) {
        error->setText(why);
        error->show();
    };
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    QObject::connect(&document, &Document::contentChanged, dialog, &QDialog::reject);
    QObject::connect(buttons, &QDialogButtonBox::accepted, dialog, [=, &document] {
        auto shape = parseShape(dims->text().toStdString());
        if (!shape.ok())
            return refuse(shown(shape.error().text()));
        const graph::Model& model = document.editor().model();
        const auto element = graph::dataTypeFromName(type->currentText().toStdString());
        const QString wrong = tryEdit(
            document, edit::addInput(model, model.graph.mainRegion(), name->text().trimmed().toStdString(),
                                     graph::ValueType::tensor(element.value_or(graph::DataType::Float32),
                                                              shape.releaseValue())));
        if (!wrong.isEmpty())
            return refuse(wrong);
        document.focus().select(GraphStage::Dataflow,
                                canvas::inputKey(graphOf(document).main().inputs.back().value));
        dialog->accept();
    });
    dialog->open();
}

Result<graph::Edit> makeOutput(const Document& document, ValueId id)
{
    const graph::Model& model = document.editor().model();
    if (!model.graph.contains(id))
        return Error{ErrorCode::Usage, "the value is not there any more", {}};
    const graph::Value& value = model.graph.value(id);
    graph::Edit listed = TRY(edit::addOutput(model, value.region, id));
    const auto typed = document.model()->dataflow; // not with the numbers of a run
    if (value.type.kind != graph::TypeKind::Unknown || !typed->contains(id) ||
        typed->value(id).type.kind == graph::TypeKind::Unknown)
        return listed;
    const std::string name = graph::editName(listed);
    return graph::Edit(
        graph::Group{name, {std::move(listed), graph::SetValueType{id, typed->value(id).type}}});
}

void makeGraphOutput(Document& document, NodeId node)
{
    const graph::Model& model = document.editor().model();
    if (!model.graph.contains(node))
        return;
    const RegionId region = model.graph.node(node).region;
    graph::Group all{"Make an output of the graph", {}};
    const auto& outputs = model.graph.region(region).outputs;
    for (ValueId output : model.graph.node(node).outputs)
        if (output.valid() && std::find(outputs.begin(), outputs.end(), output) == outputs.end())
            if (auto edit = makeOutput(document, output); edit.ok())
                all.edits.push_back(edit.releaseValue());
    if (all.edits.empty())
        emit document.message(tr("Its results are outputs of the graph already."));
    else
        document.editor().apply(graph::Edit(std::move(all)));
}

} // namespace orrery::panels
