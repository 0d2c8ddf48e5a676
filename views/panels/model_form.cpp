// SPDX-License-Identifier: Apache-2.0
#include "views/panels/model_form.h"

#include "engine/base/text.h"
#include "engine/edit/model_actions.h"
#include "views/models/tables.h"
#include "views/panels/describe_model.h"
#include "views/panels/node_form.h"
#include "views/panels/tensor_form.h"
#include "views/panels/value_form.h"
#include "views/projections/node_text.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QToolButton>

#include <algorithm>

namespace orrery::panels {
namespace {

using document::Document;
using document::GraphStage;
using graph::Graph;
using models::shown;

constexpr std::size_t mostEnds = 32;
constexpr std::size_t mostUnread = 16;

QString tr(const char* text) { return QCoreApplication::translate("modelForm", text); }

const graph::Model& modelOf(const Document& document) { return document.editor().model(); }

QString shortType(const graph::ValueType& type)
{
    const bool isFloat = type.kind == graph::TypeKind::Tensor && type.element == graph::DataType::Float32;
    return QString::fromStdString((isFloat ? "float " : "") + projections::typeLabel(type));
}

// A row for each input or output: a click selects it; arrows and a cross behind it.
void addEnds(FormSheet& sheet, Document& document, bool isInput)
{
    const Graph& graph = modelOf(document).graph;
    const RegionId main = graph.mainRegion();
    const auto& list = isInput ? graph.main().inputs : graph.main().outputs;
    const auto typed = document.model()->dataflow;
    sheet.section(isInput ? tr("INPUTS") : tr("OUTPUTS"));
    std::size_t listed = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!graph.contains(list[i]) || (isInput && graph.value(list[i]).isConstant()))
            continue;
        if (++listed > mostEnds) {
            sheet.note(tr("… and %1 more").arg(list.size() - i));
            break;
        }
        const graph::Value& value = graph.value(list[i]);
        const QString id = QString(isInput ? "input.%1" : "output.%1").arg(i);
        auto move = [&document, main, isInput](std::size_t from, std::size_t to) {
            document.editor().apply(isInput ? edit::moveInput(modelOf(document), main, from, to)
                                            : edit::moveOutput(modelOf(document), main, from, to));
        };
        auto* up = sheet.smallButton(id + ".up", QString(QChar(0x2191)), tr("One place up"),
                                     [move, i] { move(i, i - 1); });
        up->setEnabled(i > 0);
        auto* remove = sheet.smallButton(id + ".remove", QString(QChar(0xd7)), tr("Remove it"),
                                         [&document, main, isInput, i, value = list[i]] {
                                             document.editor().apply(
                                                 isInput ? edit::removeInput(modelOf(document), value)
                                                         : edit::removeOutput(modelOf(document), main, i));
                                         });
        auto* open = sheet.smallButton(
            id + ".go", QString(QChar(0x2192)), tr("Element type, dims and name"),
            [&document, key = isInput ? canvas::inputKey(list[i].value) : canvas::outputKey(list[i].value)] {
                document.focus().select(GraphStage::Dataflow, key);
            });
        const graph::ValueType& type = typed->contains(list[i]) ? typed->value(list[i]).type : value.type;
        sheet.text({.id = id,
                    .key = isInput ? tr("Input %1").arg(listed) : tr("Output %1").arg(listed),
                    .toolTip = tr("Its name"),
                    .text = QString::fromStdString(value.name),
                    .commit =
                        [&document, value = list[i]](const QString& text) {
                            return tryEdit(document, edit::renameValue(modelOf(document), value,
                                                                       text.trimmed().toStdString()));
                        },
                    .trailing = {open, up, remove}});
        sheet.note(shortType(type));
    }
    if (isInput) {
        sheet.action("addInput", tr("Add an input …"), tr("Ctrl+Shift+G"),
                     [&document, &sheet] { newGraphInput(document, sheet.window()); });
        return;
    }
    sheet.text({.id = "addOutput",
                .key = tr("Add"),
                .toolTip = tr("The name of a value that becomes an output of the graph"),
                .placeholder = tr("name of a value"),
                .commit =
                    [&document, main](const QString& text) {
                        const Graph& now = modelOf(document).graph;
                        const std::string name = text.trimmed().toStdString();
                        for (std::size_t i = 0; i < now.valueSlots() && !name.empty(); ++i)
                            if (const graph::Value& value = now.value(ValueId(i));
                                value.alive && value.region == main && value.name == name)
                                return tryEdit(document, makeOutput(document, value.id));
                        return name.empty() ? QString() : tr("There is no value \"%1\".").arg(shown(name));
                    },
                .suggestions = readableValues(graph, main)});
}

void addConstants(FormSheet& sheet, Document& document)
{
    const Graph& graph = modelOf(document).graph;
    const auto& constants = graph.main().initializers;
    sheet.section(tr("CONSTANTS"));
    sheet.row(tr("Number"), QString::number(constants.size()));
    std::vector<bool> isRead(graph.valueSlots(), false);
    for (NodeId id : graph.liveNodes())
        for (ValueId input : graph.node(id).inputs)
            if (input.valid())
                isRead[input.index()] = true;
    std::size_t unread = 0;
    for (ValueId id : constants)
        if (graph.contains(id) && !isRead[id.index()] && ++unread <= mostUnread)
            sheet.link(tr("not read"), shown(graph.value(id).name), shown(graph.value(id).type.text()),
                       [&document, id] {
                           document.focus().select(GraphStage::Dataflow, canvas::constantKey(id.value));
                       });
    sheet.action("addConstant", tr("Add a constant …"), tr("Ctrl+Shift+I"),
                 [&document, &sheet] { newConstant(document, sheet.formTheme(), sheet.window()); });
}

void addOpsets(FormSheet& sheet, Document& document)
{
    sheet.section(tr("OPERATOR SETS"));
    for (const graph::OpsetImport& import : modelOf(document).opsets) {
        const bool isStandard = import.domain.empty() || import.domain == "ai.onnx";
        std::vector<QWidget*> trailing;
        if (!isStandard)
            trailing.push_back(sheet.smallButton(
                "opset." + QString::fromStdString(import.domain) + ".remove", QString(QChar(0xd7)),
                tr("Do not import it any more"), [&document, domain = import.domain] {
                    document.editor().apply(edit::setOpset(modelOf(document), domain, 0));
                }));
        sheet.integer({.id = "opset." + QString::fromStdString(import.domain),
                       .key = isStandard ? QStringLiteral("ai.onnx") : shown(import.domain),
                       .toolTip = tr("The version that is imported. Nodes stay as they are: this does not "
                                     "convert them."),
                       .commit =
                           [&document, domain = import.domain](const QString& version) {
                               if (version.toLongLong() < 1)
                                   return tr("Versions begin with 1.");
                               return tryEdit(
                                   document, edit::setOpset(modelOf(document), domain, version.toLongLong()));
                           },
                       .trailing = trailing},
                      int(std::clamp<std::int64_t>(import.version, 0, 1'000'000)));
    }
    sheet.text({.id = "addOpset",
                .key = tr("Add"),
                .toolTip = tr("Domain and version"),
                .placeholder = QStringLiteral("ai.onnx.ml 3"),
                .commit = [&document](const QString& text) {
                    const QStringList words = text.simplified().split(' ', Qt::SkipEmptyParts);
                    if (words.isEmpty())
                        return QString();
                    bool isNumber = false;
                    const qlonglong version = words.last().toLongLong(&isNumber);
                    if (words.size() != 2 || !isNumber || version < 1)
                        return tr("Expected a domain and a version: ai.onnx.ml 3");
                    return tryEdit(document,
                                   edit::setOpset(modelOf(document), words.first().toStdString(), version));
                }});
}

// One text field of the model.
void addField(FormSheet& sheet, Document& document, const QString& id, const QString& key,
              std::string graph::ModelFields::*member)
{
    const graph::ModelFields fields = graph::fieldsOf(modelOf(document));
    sheet.text({.id = id,
                .key = key,
                .text = QString::fromStdString(fields.*member),
                .commit = [&document, member](const QString& text) {
                    graph::ModelFields changed = graph::fieldsOf(modelOf(document));
                    changed.*member = text.toStdString();
                    return tryEdit(document, edit::setModelFields(modelOf(document), std::move(changed)));
                }});
}

QString setMetadata(Document& document, graph::Metadata metadata)
{
    graph::ModelFields changed = graph::fieldsOf(modelOf(document));
    changed.metadata = std::move(metadata);
    return tryEdit(document, edit::setModelFields(modelOf(document), std::move(changed)));
}

void addMetadata(FormSheet& sheet, Document& document)
{
    sheet.section(tr("METADATA"));
    const graph::Metadata& metadata = modelOf(document).metadata;
    for (std::size_t i = 0; i < metadata.size() && i < mostEnds; ++i) {
        const QString id = QString("metadata.%1").arg(i);
        auto* remove =
            sheet.smallButton(id + ".remove", QString(QChar(0xd7)), tr("Remove it"), [&document, i] {
                graph::Metadata changed = modelOf(document).metadata;
                if (i < changed.size())
                    changed.erase(changed.begin() + std::ptrdiff_t(i));
                document.editor().apply([&] {
                    graph::ModelFields fields = graph::fieldsOf(modelOf(document));
                    fields.metadata = changed;
                    return edit::setModelFields(modelOf(document), std::move(fields));
                }());
            });
        sheet.text({.id = id,
                    .key = shown(metadata[i].first),
                    .text = QString::fromStdString(metadata[i].second),
                    .commit =
                        [&document, i](const QString& text) {
                            graph::Metadata changed = modelOf(document).metadata;
                            if (i < changed.size())
                                changed[i].second = text.toStdString();
                            return setMetadata(document, std::move(changed));
                        },
                    .trailing = {remove}});
    }
    sheet.text({.id = "addMetadata",
                .key = tr("Add"),
                .placeholder = tr("key = value"),
                .commit = [&document](const QString& text) {
                    const qsizetype equals = text.indexOf('=');
                    const QString key = text.left(std::max<qsizetype>(0, equals)).trimmed();
                    if (text.trimmed().isEmpty())
                        return QString();
                    if (key.isEmpty())
                        return tr("Expected a key and a value: key = value");
                    graph::Metadata changed = modelOf(document).metadata;
                    changed.emplace_back(key.toStdString(), text.mid(equals + 1).trimmed().toStdString());
                    return setMetadata(document, std::move(changed));
                }});
}

void addAbout(FormSheet& sheet, Document& document)
{
    const graph::Model& model = modelOf(document);
    const RegionId main = model.graph.mainRegion();
    sheet.section(tr("MODEL"));
    sheet.text({.id = "graphName",
                .key = tr("Graph"),
                .text = QString::fromStdString(model.graph.main().name),
                .placeholder = tr("no name"),
                .commit = [&document, main](const QString& text) {
                    return tryEdit(document,
                                   edit::setGraphFields(modelOf(document), main, text.trimmed().toStdString(),
                                                        modelOf(document).graph.main().doc));
                }});
    addField(sheet, document, "producer", tr("Producer"), &graph::ModelFields::producerName);
    addField(sheet, document, "producerVersion", tr("its version"), &graph::ModelFields::producerVersion);
    addField(sheet, document, "domain", tr("Domain"), &graph::ModelFields::domain);
    sheet.integer({.id = "modelVersion",
                   .key = tr("Model version"),
                   .commit =
                       [&document](const QString& text) {
                           graph::ModelFields changed = graph::fieldsOf(modelOf(document));
                           changed.modelVersion = text.toLongLong();
                           return tryEdit(document,
                                          edit::setModelFields(modelOf(document), std::move(changed)));
                       }},
                  int(std::clamp<std::int64_t>(model.modelVersion, 0, 2'000'000'000)));
    sheet.integer({.id = "irVersion",
                   .key = tr("ONNX IR"),
                   .commit =
                       [&document](const QString& text) {
                           graph::ModelFields changed = graph::fieldsOf(modelOf(document));
                           changed.irVersion = text.toLongLong();
                           return tryEdit(document,
                                          edit::setModelFields(modelOf(document), std::move(changed)));
                       }},
                  int(std::clamp<std::int64_t>(model.irVersion, 0, 1000)));
    sheet.row(tr("Parameters"), QString::fromStdString(formatCount(double(document.model()->parameters))) +
                                    QString(" (%1)").arg(QString::fromStdString(
                                        formatBytes(document.model()->parameterBytes))));
    sheet.longText({.id = "doc",
                    .key = tr("Doc string"),
                    .text = QString::fromStdString(model.doc),
                    .commit = [&document](const QString& text) {
                        graph::ModelFields changed = graph::fieldsOf(modelOf(document));
                        changed.doc = text.toStdString();
                        return tryEdit(document, edit::setModelFields(modelOf(document), std::move(changed)));
                    }});
}

} // namespace

bool addModelForm(FormSheet& sheet, Document& document)
{
    if (!document.editor().canEdit() || !document.model())
        return false;
    sheet.heading(document.fileName(),
                  document.isUntitled() ? tr("Not saved yet")
                                        : shown(QFileInfo(document.path()).path().toStdString()),
                  sheet.formTheme().color(theme::Role::Accent));
    describeRun(sheet, document);
    addEnds(sheet, document, true);
    addEnds(sheet, document, false);
    addConstants(sheet, document);
    addOpsets(sheet, document);
    addAbout(sheet, document);
    addMetadata(sheet, document);
    if (const auto graph = document.stageGraph(GraphStage::Dataflow).graph; graph && graph->nodeCount() > 0)
        describeOperators(sheet, *graph);
    return true;
}

} // namespace orrery::panels
