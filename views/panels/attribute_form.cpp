// SPDX-License-Identifier: Apache-2.0
#include "views/panels/attribute_form.h"

#include "engine/base/text.h"
#include "engine/edit/actions.h"
#include "views/models/tables.h"
#include "views/panels/attribute_text.h"
#include "views/panels/op_doc_text.h"
#include "views/panels/tensor_form.h"

#include <QCoreApplication>
#include <QToolButton>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace orrery::panels {
namespace {

using document::Document;
using graph::AttributeValue;
using models::shown;

QString tr(const char* text) { return QCoreApplication::translate("attributeForm", text); }

// One attribute as the form shows it.
struct Entry {
    std::string name, kind; // kind as the standard writes it
    const formats::OpAttributeDoc* doc = nullptr;
    const graph::Attribute* set = nullptr;
};

const char* kindOf(const AttributeValue& value)
{
    static constexpr const char* names[] = {"?",    "int",    "float",   "string",  "tensor", "graph",
                                            "ints", "floats", "strings", "tensors", "graphs", "?"};
    return value.index() < std::size(names) ? names[value.index()] : "?";
}

// Those of the schema in its order, required ones first, then what else the node has.
std::vector<Entry> entriesOf(const graph::Node& node, const std::optional<formats::OpDoc>& doc)
{
    std::vector<Entry> entries;
    if (doc)
        for (const formats::OpAttributeDoc& attribute : doc->attributes)
            entries.push_back({attribute.name, attribute.type, &attribute, node.attribute(attribute.name)});
    std::stable_partition(entries.begin(), entries.end(), [](const Entry& e) { return e.doc->required; });
    for (const graph::Attribute& attribute : node.attributes) {
        const bool isKnown = std::any_of(entries.begin(), entries.end(),
                                         [&](const Entry& e) { return e.name == attribute.name; });
        if (!isKnown)
            entries.push_back({attribute.name, kindOf(attribute.value), nullptr, &attribute});
    }
    return entries;
}

QString setValue(Document& document, NodeId node, const std::string& name, const AttributeValue& value)
{
    return tryEdit(document, edit::setAttribute(document.editor().model(), node, name, value));
}

// The field's text becomes a value of that kind; nothing typed means the default.
FormSheet::Commit committing(Document& document, NodeId node, const std::string& name,
                             const AttributeValue& like)
{
    return [&document, node, name, like](const QString& text) {
        const graph::Graph& graph = document.editor().model().graph;
        const bool isString = std::holds_alternative<std::string>(like);
        if (text.trimmed().isEmpty() && graph.contains(node) &&
            (!isString || graph.node(node).attribute(name) != nullptr))
            return graph.node(node).attribute(name) ? setValue(document, node, name, std::monostate())
                                                    : QString();
        const auto value = parseAttribute(text.toStdString(), like);
        if (!value.ok())
            return shown(value.error().text());
        return setValue(document, node, name, *value);
    };
}

void addInteger(FormSheet& sheet, FormSheet::FieldSpec spec, const Entry& entry, const std::string& opType,
                std::optional<std::int64_t> held)
{
    const bool isPale = entry.set == nullptr;
    if (isElementType(entry.name)) {
        spec.text = held && graph::dataTypeFromOnnx(int(*held))
                        ? QString::fromUtf8(graph::name(*graph::dataTypeFromOnnx(int(*held))).data())
                        : QString();
        spec.commit = [commit = spec.commit](const QString& name) {
            const auto type = graph::dataTypeFromName(name.toStdString());
            return commit(QString::number(type ? int(*type) : 0));
        };
        return sheet.choice(spec, elementTypeNames(), isPale);
    }
    if (isFlag(opType, entry.name) && held.value_or(0) >= 0 && held.value_or(0) <= 1)
        return sheet.check(spec, isPale ? tr("default") : QString(), held.value_or(0) != 0, isPale);
    if (held && std::abs(*held) <= std::numeric_limits<int>::max())
        return sheet.integer(spec, int(*held), isPale);
    sheet.text(spec); // none that holds, or one that needs 64 bits
}

void addString(FormSheet& sheet, FormSheet::FieldSpec spec, const Entry& entry, const std::string& opType)
{
    QStringList choices = choicesOf(opType, entry.name);
    if (choices.isEmpty()) {
        sheet.text(spec);
        return;
    }
    const QString held = entry.set ? spec.text : QString(spec.placeholder).remove('"');
    if (!held.isEmpty() && !choices.contains(held))
        choices.prepend(held);
    spec.text = held;
    sheet.choice(spec, choices, entry.set == nullptr);
}

void addTensor(FormSheet& sheet, Document& document, NodeId node, const FormSheet::FieldSpec& spec,
               const Entry& entry)
{
    const auto* tensor = entry.set ? std::get_if<graph::Tensor>(&entry.set->value) : nullptr;
    auto field = spec;
    field.commit = {};
    field.text = tensor ? QString::fromStdString(std::string(graph::name(tensor->type())) + " " +
                                                 graph::dimsText(tensor->dims()))
                        : tr("not set");
    field.trailing.push_back(
        sheet.smallButton(spec.id + ".edit", QStringLiteral("…"), tr("Look at the numbers and change them"),
                          [&document, node, name = entry.name, &sheet] {
                              openAttributeTensor(document, sheet.formTheme(), node, name, sheet.window());
                          }));
    sheet.text(field);
}

void addField(FormSheet& sheet, Document& document, const graph::Node& node, const Entry& entry)
{
    const NodeId id = node.id;
    FormSheet::FieldSpec spec;
    spec.id = "attribute." + QString::fromStdString(entry.name);
    spec.key = shown(entry.name) + (entry.doc && entry.doc->required ? " *" : "");
    spec.toolTip = entry.doc ? attributeTip(*entry.doc) : tr("Not in the operator's schema");
    if (entry.doc && entry.doc->required)
        spec.toolTip += "\n\n" + tr("The operator needs it.");
    spec.placeholder =
        entry.doc && !entry.doc->defaultText.empty() ? shown(entry.doc->defaultText) : tr("not set");
    if (entry.set)
        spec.reset = [&document, id, name = entry.name] {
            document.editor().apply(
                edit::setAttribute(document.editor().model(), id, name, std::monostate()));
        };
    if (entry.kind == "tensor")
        return addTensor(sheet, document, id, spec, entry);
    const auto like = entry.set && isEditable(entry.set->value) ? std::optional(entry.set->value)
                      : entry.set                               ? std::nullopt
                                                                : valueOfKind(entry.kind);
    if (!like) {
        spec.reset = {};
        spec.text = entry.set ? shown(entry.set->text(200)) : QString();
        spec.placeholder = entry.kind == "graph" ? tr("a body, edited on the canvas") : tr("not set");
        sheet.text(spec);
        return;
    }
    spec.commit = committing(document, id, entry.name, *like);
    if (entry.set)
        spec.text = QString::fromStdString(attributeText(entry.set->value));
    std::optional<std::int64_t> held;
    if (entry.kind == "int") {
        bool isNumber = false;
        const qlonglong fallback = spec.placeholder.toLongLong(&isNumber);
        if (entry.set)
            held = node.intAttribute(entry.name, 0);
        else if (isNumber)
            held = fallback;
        addInteger(sheet, spec, entry, node.opType, held);
    } else if (entry.kind == "string") {
        addString(sheet, spec, entry, node.opType);
    } else {
        sheet.text(spec);
    }
    if (entry.set && entry.doc && !entry.doc->doc.empty())
        sheet.note(firstSentence(plainDoc(entry.doc->doc)));
}

} // namespace

QStringList elementTypeNames()
{
    QStringList names;
    for (int number : {1, 10, 16, 11, 7, 6, 5, 3, 13, 12, 4, 2, 9, 8, 22, 21, 17, 18, 19, 20, 23, 14, 15})
        if (const auto type = graph::dataTypeFromOnnx(number))
            names << QString::fromUtf8(graph::name(*type).data());
    return names;
}

bool isElementType(const std::string& attribute)
{
    return attribute == "to" || attribute == "dtype" || attribute == "output_dtype" ||
           attribute == "stash_type" || attribute == "softmax_precision" || attribute == "data_type" ||
           attribute == "output_datatype";
}

bool isFlag(const std::string& opType, const std::string& attribute)
{
    static const std::set<std::string> flags{"allowzero",
                                             "antialias",
                                             "batch_first",
                                             "ceil_mode",
                                             "center_point_box",
                                             "count_include_pad",
                                             "exclusive",
                                             "exclude_outside",
                                             "fmod",
                                             "input_forget",
                                             "is_causal",
                                             "keepdims",
                                             "keep_aspect_ratio",
                                             "largest",
                                             "layout",
                                             "linear_before_reset",
                                             "noop_with_empty_axes",
                                             "onesided",
                                             "periodic",
                                             "reverse",
                                             "saturate",
                                             "select_last_index",
                                             "sorted",
                                             "storage_order",
                                             "training_mode",
                                             "transA",
                                             "transB",
                                             "upper",
                                             "align_corners",
                                             "cumulative"};
    return flags.contains(attribute) || (opType == "Unique" && attribute == "sorted");
}

QStringList choicesOf(const std::string& opType, const std::string& attribute)
{
    static const std::map<std::pair<std::string, std::string>, QStringList> byOperator{
        {{"Resize", "mode"}, {"nearest", "linear", "cubic"}},
        {{"Upsample", "mode"}, {"nearest", "linear"}},
        {{"Resize", "coordinate_transformation_mode"},
         {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
          "tf_crop_and_resize"}},
        {{"Resize", "nearest_mode"}, {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}},
        {{"Resize", "keep_aspect_ratio_policy"}, {"stretch", "not_larger", "not_smaller"}},
        {{"Pad", "mode"}, {"constant", "reflect", "edge", "wrap"}},
        {{"RoiAlign", "mode"}, {"avg", "max"}},
        {{"RoiAlign", "coordinate_transformation_mode"}, {"half_pixel", "output_half_pixel"}},
        {{"GridSample", "mode"}, {"linear", "nearest", "cubic", "bilinear", "bicubic"}},
        {{"GridSample", "padding_mode"}, {"zeros", "border", "reflection"}},
        {{"DepthToSpace", "mode"}, {"DCR", "CRD"}},
        {{"LSTM", "direction"}, {"forward", "reverse", "bidirectional"}},
        {{"GRU", "direction"}, {"forward", "reverse", "bidirectional"}},
        {{"RNN", "direction"}, {"forward", "reverse", "bidirectional"}},
        {{"BitShift", "direction"}, {"LEFT", "RIGHT"}},
        {{"ScatterElements", "reduction"}, {"none", "add", "mul", "max", "min"}},
        {{"ScatterND", "reduction"}, {"none", "add", "mul", "max", "min"}},
        {{"SoftmaxCrossEntropyLoss", "reduction"}, {"none", "mean", "sum"}},
        {{"NegativeLogLikelihoodLoss", "reduction"}, {"none", "mean", "sum"}},
        {{"Gelu", "approximate"}, {"none", "tanh"}},
        {{"TfIdfVectorizer", "mode"}, {"TF", "IDF", "TFIDF"}},
    };
    if (attribute == "auto_pad")
        return {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"};
    const auto found = byOperator.find({opType, attribute});
    return found == byOperator.end() ? QStringList() : found->second;
}

void addAttributeFields(FormSheet& sheet, Document& document, NodeId id,
                        const std::optional<formats::OpDoc>& doc)
{
    const graph::Graph& graph = document.editor().model().graph;
    const std::vector<Entry> entries = entriesOf(graph.node(id), doc);
    if (entries.empty())
        return;
    sheet.section(tr("ATTRIBUTES"));
    for (const Entry& entry : entries)
        addField(sheet, document, graph.node(id), entry);
}

} // namespace orrery::panels
