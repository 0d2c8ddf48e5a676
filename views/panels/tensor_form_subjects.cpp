// SPDX-License-Identifier: Apache-2.0
//
// What tensor forms are opened on: a constant, a tensor attribute, a new constant, an open input of a node.
#include "engine/edit/expected_input.h"
#include "engine/edit/model_actions.h"
#include "views/models/tables.h"
#include "views/panels/attribute_text.h"
#include "views/panels/op_doc_text.h"
#include "views/panels/tensor_form.h"
#include "views/projections/node_text.h"

#include <QCoreApplication>

#include <algorithm>

namespace orrery::panels {
namespace {

using document::Document;
using models::shown;
using Subject = TensorForm::Subject;

constexpr int mostInputs = 64; // that can be chosen from

QString tr(const char* text) { return QCoreApplication::translate("tensorForm", text); }

Error gone() { return Error{ErrorCode::Usage, "what it belongs to is not there any more", {}}; }

void open(Document& document, const theme::Theme& theme, Subject subject, QWidget* parent)
{
    (new TensorForm(document, theme, std::move(subject), parent))->open();
}

Subject of(const graph::Tensor& tensor)
{
    Subject subject;
    subject.tensor = tensor;
    subject.type = tensor.type();
    subject.shape = QString::fromStdString(shapeText(graph::Shape::of(tensor.dims())));
    return subject;
}

// Values to begin with, by what it is for.
QString valuesFor(const std::string& name)
{
    auto endsWith = [&name](std::string_view end) { return name.ends_with(end); };
    if (endsWith("_weight") || endsWith("_recurrence"))
        return QStringLiteral("glorot(seed=1)");
    if (endsWith("_scale") || endsWith("_variance") || endsWith("_repeats") || endsWith("_scales"))
        return QStringLiteral("1");
    return QStringLiteral("0");
}

Subject forInput(Document& document, NodeId id, int slot)
{
    const graph::Graph& typed = *document.model()->dataflow;
    const graph::Node& node = document.editor().model().graph.node(id);
    const edit::ExpectedInput expected = edit::expectedInput(typed, id, std::size_t(slot));
    Subject subject;
    subject.title = tr("Constant for %1").arg(shown(node.displayName()));
    subject.isNew = true;
    subject.name = QString::fromStdString(expected.name);
    subject.type = expected.type;
    subject.shape = QString::fromStdString(shapeText(expected.shape));
    subject.values = valuesFor(expected.name);
    if (expected.shape && !expected.shape->isStatic())
        subject.text =
            tr("Expected: %1 %2. Give a number for each ?; a file brings its own shape.")
                .arg(QString::fromUtf8(graph::name(expected.type).data()), shown(expected.shape->text()));
    else if (expected.shape)
        subject.text =
            tr("Expected: %1 %2.")
                .arg(QString::fromUtf8(graph::name(expected.type).data()), shown(expected.shape->text()));
    const auto doc = docOf(document, node);
    const int count =
        std::clamp(int(std::max(node.inputs.size(), doc ? doc->inputs.size() : 0)), slot + 1, mostInputs);
    for (int i = 0; i < count; ++i) {
        const auto* formal = doc ? parameter(doc->inputs, std::size_t(i)) : nullptr;
        const bool isOpen = std::size_t(i) >= node.inputs.size() || !node.inputs[std::size_t(i)].valid();
        const QString name =
            parameterName(formal, std::size_t(i), projections::inputName(node, std::size_t(i)));
        subject.inputs << (isOpen ? name : tr("%1 (connected)").arg(name));
    }
    subject.input = slot;
    subject.atInput = [&document, id](int input) {
        return document.editor().model().graph.contains(id) ? forInput(document, id, input) : Subject();
    };
    subject.edit = [&document, id, slot](const std::string& name, graph::Tensor tensor) {
        return edit::addConstantInput(document.editor().model(), id, std::size_t(slot), name,
                                      std::move(tensor));
    };
    return subject;
}

} // namespace

void openConstant(Document& document, const theme::Theme& theme, ValueId id, QWidget* parent)
{
    const graph::Graph& graph = document.editor().model().graph;
    if (!graph.contains(id) || !graph.value(id).initializer)
        return;
    Subject subject = of(graph.value(id).initializer->tensor);
    subject.title = tr("Constant %1").arg(shown(graph.value(id).name));
    subject.name = QString::fromStdString(graph.value(id).name);
    subject.edit = [&document, id](const std::string&, graph::Tensor tensor) {
        return edit::setInitializer(document.editor().model(), id, std::move(tensor));
    };
    open(document, theme, std::move(subject), parent);
}

void openAttributeTensor(Document& document, const theme::Theme& theme, NodeId id,
                         const std::string& attribute, QWidget* parent)
{
    const graph::Graph& graph = document.editor().model().graph;
    if (!graph.contains(id))
        return;
    const graph::Tensor* tensor = graph.node(id).tensorAttribute(attribute);
    Subject subject = tensor ? of(*tensor) : Subject();
    if (!tensor)
        subject.values = QStringLiteral("0");
    subject.title = tr("%1 of %2").arg(shown(attribute), shown(graph.node(id).displayName()));
    subject.name = QString::fromStdString(attribute);
    subject.edit = [&document, id, attribute](const std::string&, graph::Tensor made) -> Result<graph::Edit> {
        if (!document.editor().model().graph.contains(id))
            return gone();
        return edit::setAttribute(document.editor().model(), id, attribute, std::move(made));
    };
    open(document, theme, std::move(subject), parent);
}

void newConstant(Document& document, const theme::Theme& theme, QWidget* parent)
{
    if (!document.editor().canEdit())
        return;
    Subject subject;
    subject.title = tr("New constant");
    subject.isNew = true;
    subject.name = QStringLiteral("constant");
    subject.values = QStringLiteral("0");
    subject.edit = [&document](const std::string& name, graph::Tensor tensor) {
        const graph::Model& model = document.editor().model();
        return edit::addInitializer(model, model.graph.mainRegion(), name, std::move(tensor));
    };
    open(document, theme, std::move(subject), parent);
}

void newConstantInput(Document& document, const theme::Theme& theme, NodeId id, int slot, QWidget* parent)
{
    const graph::Graph& graph = document.editor().model().graph;
    if (!document.editor().canEdit() || !graph.contains(id))
        return;
    const graph::Node& node = graph.node(id);
    if (slot < 0) {
        slot =
            int(std::find_if(node.inputs.begin(), node.inputs.end(), [](ValueId v) { return !v.valid(); }) -
                node.inputs.begin());
        const auto doc = docOf(document, node);
        if (doc && !parameter(doc->inputs, std::size_t(slot))) {
            emit document.message(tr("Every input of %1 is connected.").arg(shown(node.displayName())));
            return;
        }
    }
    open(document, theme, forInput(document, id, slot), parent);
}

} // namespace orrery::panels
