// SPDX-License-Identifier: Apache-2.0
//
// The table, and the moves that most of its rows are made of: an attribute that became an input and back, an
// attribute that came later and may only have its default, a negative axis where there were none yet. Adding
// a constant or a node may move the graph's nodes: an adapter takes its node again by its id afterwards.
#include "engine/edit/opset_adapters.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace orrery::edit {
namespace {

using graph::Node;
using graph::Tensor;
using Ints = std::vector<std::int64_t>;

constexpr const char* notConstant = "its {} would have to be a constant";

void drop(Node& node, std::string_view name)
{
    std::erase_if(node.attributes, [&](const graph::Attribute& attribute) { return attribute.name == name; });
}

bool given(const Node& node, std::size_t input)
{
    return input < node.inputs.size() && node.inputs[input].valid();
}

void setInput(Node& node, std::size_t slot, ValueId value)
{
    if (node.inputs.size() <= slot)
        node.inputs.resize(slot + 1);
    node.inputs[slot] = value;
}

void cutInputs(Node& node, std::size_t count)
{
    if (node.inputs.size() > count)
        node.inputs.resize(count);
}

void intsToInput(OpsetContext& context, Node& node, const char* attribute, std::size_t slot)
{
    if (node.attribute(attribute) == nullptr)
        return;
    Ints values = node.intsAttribute(attribute);
    drop(node, attribute);
    const auto count = static_cast<std::int64_t>(values.size());
    ValueId constant = context.addConstant(node.region, node.opType + "_" + attribute,
                                           Tensor::of<std::int64_t>({count}, values));
    setInput(node, slot, constant);
}

std::string inputToInts(OpsetContext& context, Node& node, const char* attribute, std::size_t slot)
{
    if (given(node, slot)) {
        auto values = context.constantInts(node, slot);
        if (!values)
            return fmt::format(notConstant, attribute);
        node.setAttribute(attribute, *values);
    }
    cutInputs(node, slot);
    return {};
}

// An attribute that the older version does not have.
template<std::int64_t standard>
std::string dropDefault(Node& node, const char* attribute)
{
    if (node.intAttribute(attribute, standard) != standard)
        return fmt::format("{} = {} came later", attribute, node.intAttribute(attribute, standard));
    drop(node, attribute);
    return {};
}

std::string dropText(Node& node, const char* attribute, std::string_view standard)
{
    if (node.stringAttribute(attribute, standard) != standard)
        return fmt::format("{} = \"{}\" came later", attribute, node.stringAttribute(attribute, standard));
    drop(node, attribute);
    return {};
}

// --- axes -----------------------------------------------------------------------------------------------

std::string axesUp(OpsetContext& context, Node& node)
{
    intsToInput(context, node, "axes", 1);
    return {};
}

std::string axesDown(OpsetContext& context, Node& node)
{
    if (node.intAttribute("noop_with_empty_axes", 0) != 0) {
        auto axes = context.constantInts(node, 1);
        if (!axes || axes->empty())
            return "noop_with_empty_axes came later";
    }
    drop(node, "noop_with_empty_axes");
    if (auto axes = context.constantInts(node, 1); axes && axes->empty()) {
        cutInputs(node, 1);
        return {};
    }
    return inputToInts(context, node, "axes", 1);
}

// Counted from the front, where axes counted from the back came later.
std::string frontAxes(OpsetContext& context, Node& node)
{
    const bool unsqueeze = node.opType == "Unsqueeze";
    for (const char* name : {"axis", "axes"}) {
        if (node.attribute(name) == nullptr)
            continue;
        const bool one = std::string_view(name) == "axis";
        Ints axes = one ? Ints{node.intAttribute(name, 0)} : node.intsAttribute(name);
        if (std::none_of(axes.begin(), axes.end(), [](std::int64_t axis) { return axis < 0; }))
            continue;
        const ValueId of = unsqueeze ? node.outputs[0] : node.inputs[0];
        auto rank = context.rank(of);
        if (!rank)
            return "an axis counted from the back, of a tensor of unknown rank";
        for (std::int64_t& axis : axes)
            axis += axis < 0 ? *rank : 0;
        if (one)
            node.setAttribute(name, axes.front());
        else
            node.setAttribute(name, axes);
    }
    return {};
}

// --- Softmax: of all elements from an axis on together, later along one axis ------------------------------

std::string softmaxUp(OpsetContext& context, Node& node)
{
    const std::int64_t axis = node.intAttribute("axis", 1);
    auto rank = context.rank(node.inputs[0]);
    if (axis == -1 || (rank && (axis == *rank - 1 || axis + *rank == *rank - 1))) {
        node.setAttribute("axis", std::int64_t(-1));
        return {};
    }
    const NodeId id = node.id;
    const RegionId region = node.region;
    const ValueId x = node.inputs[0], y = node.outputs[0];
    const graph::ValueType type = context.type(x);
    const std::string name = node.opType;
    graph::ValueType unknown = graph::ValueType::tensor(type.element);
    const ValueId shape =
        context.addValue(region, name + "_shape", graph::ValueType::tensor(graph::DataType::Int64));
    const ValueId flat = context.addValue(region, name + "_flat", unknown);
    const ValueId made = context.addValue(region, name + "_rows", unknown);
    context.addNode(id, "Shape", {x}, shape);
    graph::Attribute attribute;
    attribute.name = "axis";
    attribute.value = axis;
    context.addNode(id, "Flatten", {x}, flat, {attribute});
    Node& again = context.graph.node(id);
    again.setAttribute("axis", std::int64_t(-1));
    again.inputs[0] = flat;
    again.outputs[0] = made;
    context.graph.value(made).producer = id;
    context.addNode(context.after(id), "Reshape", {made, shape}, y);
    return {};
}

std::string softmaxDown(OpsetContext& context, Node& node)
{
    auto rank = context.rank(node.inputs[0]);
    const std::int64_t axis = node.intAttribute("axis", -1);
    if (!rank)
        return "its axis, of a tensor of unknown rank";
    if (axis == -1 || axis == *rank - 1) {
        node.setAttribute("axis", *rank - 1);
        return {};
    }
    // The axis goes to the end and back.
    Ints perm(static_cast<std::size_t>(*rank));
    std::iota(perm.begin(), perm.end(), 0);
    const std::int64_t at = axis < 0 ? axis + *rank : axis;
    if (at < 0 || at >= *rank)
        return fmt::format("axis {} of a tensor of rank {}", axis, *rank);
    std::swap(perm[static_cast<std::size_t>(at)], perm.back());
    const NodeId id = node.id;
    const RegionId region = node.region;
    const ValueId x = node.inputs[0], y = node.outputs[0];
    const graph::ValueType unknown = graph::ValueType::tensor(context.type(x).element);
    const std::string name = node.opType;
    const ValueId turned = context.addValue(region, name + "_turned", unknown);
    const ValueId made = context.addValue(region, name + "_made", unknown);
    graph::Attribute attribute;
    attribute.name = "perm";
    attribute.value = perm;
    context.addNode(id, "Transpose", {x}, turned, {attribute});
    Node& again = context.graph.node(id);
    again.setAttribute("axis", *rank - 1);
    again.inputs[0] = turned;
    again.outputs[0] = made;
    context.graph.value(made).producer = id;
    context.addNode(context.after(id), "Transpose", {made}, y, {attribute});
    return {};
}

// --- Clip, Dropout, Pad, Slice, Split, TopK, Reshape -------------------------------------------------------

ValueId floatLike(OpsetContext& context, const Node& node, const std::string& wish, float number)
{
    const graph::DataType type = context.type(node.inputs[0]).element;
    if (type == graph::DataType::Float64)
        return context.addConstant(node.region, wish, Tensor::scalar<double>(number));
    return context.addConstant(node.region, wish, Tensor::scalar<float>(number));
}

bool isWideFloat(OpsetContext& context, const Node& node)
{
    const graph::DataType type = context.type(node.inputs[0]).element;
    return type == graph::DataType::Float32 || type == graph::DataType::Float64 ||
           type == graph::DataType::Undefined;
}

std::string clipUp(OpsetContext& context, Node& node)
{
    if (!isWideFloat(context, node))
        return "its bounds, of a 16-bit float";
    std::size_t slot = 1;
    for (const char* name : {"min", "max"}) {
        if (node.attribute(name) != nullptr) {
            const float bound = node.floatAttribute(name, 0);
            drop(node, name);
            setInput(node, slot, floatLike(context, node, std::string("Clip_") + name, bound));
        }
        ++slot;
    }
    return {};
}

std::string floatInputToAttribute(OpsetContext& context, Node& node, std::size_t slot, const char* name)
{
    if (!given(node, slot))
        return {};
    const Tensor* tensor = context.constant(node, slot);
    if (tensor == nullptr || tensor->elementCount() != 1)
        return fmt::format(notConstant, name);
    auto values = tensor->toDoubles();
    if (!values.ok())
        return fmt::format(notConstant, name);
    node.setAttribute(name, static_cast<float>(values->front()));
    return {};
}

std::string clipDown(OpsetContext& context, Node& node)
{
    if (graph::isInteger(context.type(node.inputs[0]).element))
        return "Clip of integers came later";
    std::size_t slot = 1;
    for (const char* name : {"min", "max"})
        if (std::string why = floatInputToAttribute(context, node, slot++, name); !why.empty())
            return why;
    cutInputs(node, 1);
    return {};
}

std::string dropoutUp(OpsetContext& context, Node& node)
{
    if (node.attribute("ratio") != nullptr) {
        const float ratio = node.floatAttribute("ratio", 0.5f);
        drop(node, "ratio");
        setInput(node, 1, context.addConstant(node.region, "Dropout_ratio", Tensor::scalar<float>(ratio)));
    }
    return {};
}

std::string dropoutDown(OpsetContext& context, Node& node)
{
    if (given(node, 2)) {
        const Tensor* training = context.constant(node, 2);
        auto values = training == nullptr ? Result<Ints>(Ints{1}) : training->toInt64s();
        if (!values.ok() || values->empty() || values->front() != 0)
            return "training_mode came later";
    }
    if (std::string why = floatInputToAttribute(context, node, 1, "ratio"); !why.empty())
        return why;
    cutInputs(node, 1);
    drop(node, "seed");
    return {};
}

std::string inferenceOnly(OpsetContext&, Node& node)
{
    if (node.attribute("is_test") != nullptr && node.intAttribute("is_test", 0) == 0)
        return "is_test = 0: it trains";
    drop(node, "is_test");
    drop(node, "consumed_inputs");
    return {};
}

std::string padUp2(OpsetContext&, Node& node)
{
    for (graph::Attribute& attribute : node.attributes)
        if (attribute.name == "paddings")
            attribute.name = "pads";
    return {};
}

std::string padUp(OpsetContext& context, Node& node)
{
    const float value = node.floatAttribute("value", 0);
    const bool hasValue = node.attribute("value") != nullptr && value != 0;
    if (hasValue && !isWideFloat(context, node))
        return "its value, of a 16-bit float";
    drop(node, "value");
    intsToInput(context, node, "pads", 1);
    if (hasValue)
        setInput(node, 2, floatLike(context, node, "Pad_value", value));
    return {};
}

std::string padDown(OpsetContext& context, Node& node)
{
    if (graph::isInteger(context.type(node.inputs[0]).element))
        return "Pad of integers came later";
    if (std::string why = floatInputToAttribute(context, node, 2, "value"); !why.empty())
        return why;
    auto pads = context.constantInts(node, 1);
    if (!pads)
        return fmt::format(notConstant, "pads");
    node.setAttribute("pads", *pads);
    cutInputs(node, 1);
    return {};
}

std::string padAxesDown(OpsetContext&, Node& node)
{
    if (given(node, 3))
        return "its axes came later";
    cutInputs(node, 3);
    return {};
}

std::string padWrapDown(OpsetContext&, Node& node)
{
    return node.stringAttribute("mode", "constant") == "wrap" ? "mode \"wrap\" came later" : "";
}

std::string sliceUp(OpsetContext& context, Node& node)
{
    std::size_t slot = 1;
    for (const char* name : {"starts", "ends", "axes"})
        intsToInput(context, node, name, slot++);
    return {};
}

std::string sliceDown(OpsetContext& context, Node& node)
{
    if (given(node, 4)) {
        auto steps = context.constantInts(node, 4);
        if (!steps || std::any_of(steps->begin(), steps->end(), [](std::int64_t s) { return s != 1; }))
            return "its steps came later";
    }
    std::size_t slot = 1;
    for (const char* name : {"starts", "ends", "axes"}) {
        if (given(node, slot)) {
            auto values = context.constantInts(node, slot);
            if (!values)
                return fmt::format(notConstant, name);
            node.setAttribute(name, *values);
        }
        ++slot;
    }
    cutInputs(node, 1);
    return {};
}

std::string splitUp(OpsetContext& context, Node& node)
{
    intsToInput(context, node, "split", 1);
    return {};
}

std::string splitDown(OpsetContext& context, Node& node) { return inputToInts(context, node, "split", 1); }

std::string splitCountUp(OpsetContext&, Node& node)
{
    if (!given(node, 1))
        node.setAttribute("num_outputs", static_cast<std::int64_t>(node.outputs.size()));
    return {};
}

std::string splitCountDown(OpsetContext& context, Node& node)
{
    if (node.attribute("num_outputs") == nullptr)
        return {};
    const graph::ValueType type = context.type(node.inputs[0]);
    std::int64_t axis = node.intAttribute("axis", 0);
    const auto count = static_cast<std::int64_t>(node.outputs.size());
    if (!type.shape)
        return "num_outputs came later, and the length to be split is not known";
    axis += axis < 0 ? static_cast<std::int64_t>(type.shape->rank()) : 0;
    if (axis < 0 || axis >= static_cast<std::int64_t>(type.shape->rank()) ||
        !type.shape->dims[static_cast<std::size_t>(axis)].isKnown())
        return "num_outputs came later, and the length to be split is not known";
    const std::int64_t length = type.shape->dims[static_cast<std::size_t>(axis)].value();
    drop(node, "num_outputs");
    if (length % count == 0)
        return {};
    const std::int64_t piece = (length + count - 1) / count;
    Ints pieces(static_cast<std::size_t>(count), piece);
    pieces.back() = length - piece * (count - 1);
    node.setAttribute("split", pieces);
    intsToInput(context, node, "split", 1);
    return {};
}

std::string topKUp(OpsetContext& context, Node& node)
{
    const std::int64_t k = node.intAttribute("k", 1);
    drop(node, "k");
    setInput(node, 1, context.addConstant(node.region, "TopK_k", Tensor::of<std::int64_t>({1}, Ints{k})));
    return {};
}

std::string topKDown(OpsetContext& context, Node& node)
{
    auto k = context.constantInts(node, 1);
    if (!k || k->size() != 1)
        return fmt::format(notConstant, "k");
    node.setAttribute("k", k->front());
    cutInputs(node, 1);
    return {};
}

std::string topKOrderDown(OpsetContext& context, Node& node)
{
    if (std::string why = dropDefault<1>(node, "largest"); !why.empty())
        return why;
    drop(node, "sorted"); // sorted is one of the orders that "unsorted" allows
    return frontAxes(context, node);
}

std::string reshapeUp(OpsetContext& context, Node& node)
{
    intsToInput(context, node, "shape", 1);
    drop(node, "consumed_inputs");
    return {};
}

// --- resizing ----------------------------------------------------------------------------------------------

std::string upsampleUp(OpsetContext& context, Node& node)
{
    std::vector<float> scales = node.floatsAttribute("scales");
    if (scales.empty())
        return "it has no scales";
    drop(node, "scales");
    const auto count = static_cast<std::int64_t>(scales.size());
    setInput(node, 1,
             context.addConstant(node.region, "Upsample_scales", Tensor::of<float>({count}, scales)));
    return {};
}

std::string upsampleToResize(OpsetContext&, Node& node)
{
    node.opType = "Resize";
    return {};
}

std::string resizeToUpsample(OpsetContext& context, Node& node)
{
    const Tensor* scales = context.constant(node, 1);
    auto values =
        scales == nullptr ? Result<std::vector<double>>(std::vector<double>{0}) : scales->toDoubles();
    if (!values.ok() || std::any_of(values->begin(), values->end(), [](double s) { return s < 1; }))
        return "Resize came later, and its scales are not known to be 1 or more, as Upsample needs";
    node.opType = "Upsample";
    return {};
}

std::string resizeUp(OpsetContext& context, Node& node)
{
    const NodeId id = node.id;
    const ValueId scales = node.inputs.size() > 1 ? node.inputs[1] : ValueId();
    const ValueId roi =
        context.addConstant(node.region, "Resize_roi", Tensor::of<float>({0}, std::vector<float>()));
    Node& again = context.graph.node(id);
    again.inputs.resize(3);
    again.inputs[1] = roi;
    again.inputs[2] = scales;
    again.setAttribute("coordinate_transformation_mode", std::string("asymmetric"));
    if (again.stringAttribute("mode", "nearest") == "nearest")
        again.setAttribute("nearest_mode", std::string("floor"));
    return {};
}

std::string resizeDown(OpsetContext&, Node& node)
{
    const std::string mode = node.stringAttribute("mode", "nearest");
    if (node.stringAttribute("coordinate_transformation_mode", "half_pixel") != "asymmetric" ||
        mode == "cubic" ||
        (mode == "nearest" && node.stringAttribute("nearest_mode", "round_prefer_floor") != "floor"))
        return "only the asymmetric kind, linear or nearest by floor, was there before";
    if (given(node, 3) || !given(node, 2))
        return "its sizes came later";
    node.inputs = {node.inputs[0], node.inputs[2]};
    for (const char* name : {"coordinate_transformation_mode", "nearest_mode", "cubic_coeff_a",
                             "exclude_outside", "extrapolation_value"})
        drop(node, name);
    return {};
}

std::string resizeRoiUp(OpsetContext&, Node&) { return {}; }

// Before opset 13 the roi had to be there.
std::string resizeRoiDown(OpsetContext& context, Node& node)
{
    const NodeId id = node.id;
    if (!given(node, 1)) {
        const ValueId roi =
            context.addConstant(node.region, "Resize_roi", Tensor::of<float>({0}, std::vector<float>()));
        setInput(context.graph.node(id), 1, roi);
    }
    Node& again = context.graph.node(id);
    if (!given(again, 2)) {
        const ValueId scales =
            context.addConstant(again.region, "Resize_scales", Tensor::of<float>({0}, std::vector<float>()));
        setInput(context.graph.node(id), 2, scales);
    }
    return {};
}

std::string resizeNewerDown(OpsetContext&, Node& node)
{
    if (node.attribute("axes") != nullptr)
        return "its axes came later";
    if (std::string why = dropDefault<0>(node, "antialias"); !why.empty())
        return why;
    return dropText(node, "keep_aspect_ratio_policy", "stretch");
}

std::string resizeSymmetricDown(OpsetContext&, Node& node)
{
    return node.stringAttribute("coordinate_transformation_mode", "half_pixel") == "half_pixel_symmetric"
               ? "half_pixel_symmetric came later"
               : "";
}

// --- others ------------------------------------------------------------------------------------------------

// Up to opset 6 broadcasting was asked for, from an axis on.
std::string broadcastUp(OpsetContext& context, Node& node)
{
    const bool has = node.attribute("axis") != nullptr;
    if (node.intAttribute("broadcast", 0) != 0 && has) {
        auto a = context.rank(node.inputs[0]), b = context.rank(node.inputs[1]);
        const std::int64_t axis = node.intAttribute("axis", 0);
        if (!a || !b || (axis < 0 ? axis + *a : axis) + *b != *a)
            return "it broadcasts from an axis on that is not the last";
    }
    for (const char* name : {"broadcast", "axis", "consumed_inputs"})
        drop(node, name);
    return {};
}

std::string consumedUp(OpsetContext&, Node& node)
{
    drop(node, "consumed_inputs");
    return {};
}

std::string batchNormUp9(OpsetContext&, Node& node) { return dropDefault<1>(node, "spatial"); }

std::string trainingDown(OpsetContext&, Node& node) { return dropDefault<0>(node, "training_mode"); }
std::string layoutDown(OpsetContext&, Node& node) { return dropDefault<0>(node, "layout"); }
std::string lastIndexDown(OpsetContext&, Node& node) { return dropDefault<0>(node, "select_last_index"); }
std::string allowZeroDown(OpsetContext&, Node& node) { return dropDefault<0>(node, "allowzero"); }
std::string saturateDown(OpsetContext&, Node& node) { return dropDefault<1>(node, "saturate"); }
std::string reductionDown(OpsetContext&, Node& node) { return dropText(node, "reduction", "none"); }

std::string poolDown8(OpsetContext&, Node& node)
{
    if (node.outputs.size() > 1 && node.outputs[1].valid())
        return "its indices came later";
    return dropDefault<0>(node, "storage_order");
}

std::string poolDown10(OpsetContext&, Node& node)
{
    const Ints dilations = node.intsAttribute("dilations");
    if (std::any_of(dilations.begin(), dilations.end(), [](std::int64_t d) { return d != 1; }))
        return "its dilations came later";
    drop(node, "dilations");
    return dropDefault<0>(node, "ceil_mode");
}

std::string averageDilationsDown(OpsetContext&, Node& node)
{
    const Ints dilations = node.intsAttribute("dilations");
    if (std::any_of(dilations.begin(), dilations.end(), [](std::int64_t d) { return d != 1; }))
        return "its dilations came later";
    drop(node, "dilations");
    return {};
}

std::string shapeRangeDown(OpsetContext&, Node& node)
{
    if (node.attribute("end") != nullptr)
        return "its end came later";
    return dropDefault<0>(node, "start");
}

std::string constantDown(OpsetContext&, Node& node)
{
    for (const graph::Attribute& attribute : node.attributes)
        if (attribute.name != "value" && attribute.name != "sparse_value") {
            Tensor tensor;
            if (const auto* one = std::get_if<std::int64_t>(&attribute.value))
                tensor = Tensor::scalar<std::int64_t>(*one);
            else if (const auto* number = std::get_if<float>(&attribute.value))
                tensor = Tensor::scalar<float>(*number);
            else if (const auto* ints = std::get_if<Ints>(&attribute.value))
                tensor = Tensor::of<std::int64_t>({static_cast<std::int64_t>(ints->size())}, *ints);
            else if (const auto* floats = std::get_if<std::vector<float>>(&attribute.value))
                tensor = Tensor::of<float>({static_cast<std::int64_t>(floats->size())}, *floats);
            else
                return attribute.name + " came later";
            const std::string name = attribute.name;
            drop(node, name);
            node.setAttribute("value", std::move(tensor));
            return {};
        }
    return {};
}

std::string scatterUp(OpsetContext&, Node& node)
{
    node.opType = "ScatterElements";
    return {};
}

std::string scatterDown(OpsetContext& context, Node& node)
{
    node.opType = "Scatter";
    return frontAxes(context, node);
}

// x * max(0, min(1, x / 6 + 0.5)), in two nodes.
std::string hardSwishDown(OpsetContext& context, Node& node)
{
    const NodeId id = node.id;
    const RegionId region = node.region;
    const ValueId x = node.inputs[0];
    const ValueId gate = context.addValue(region, "HardSwish_gate", context.type(x));
    std::vector<graph::Attribute> attributes(2);
    attributes[0].name = "alpha";
    attributes[0].value = 1.0f / 6;
    attributes[1].name = "beta";
    attributes[1].value = 0.5f;
    context.addNode(id, "HardSigmoid", {x}, gate, attributes);
    Node& again = context.graph.node(id);
    again.opType = "Mul";
    again.attributes.clear();
    again.inputs = {x, gate};
    return {};
}

// Greater or Equal, in three nodes.
std::string orEqualDown(OpsetContext& context, Node& node)
{
    const NodeId id = node.id;
    const RegionId region = node.region;
    const std::vector<ValueId> inputs = node.inputs;
    const bool greater = node.opType == "GreaterOrEqual";
    const graph::ValueType truth = graph::ValueType::tensor(graph::DataType::Bool);
    const ValueId beyond = context.addValue(region, greater ? "Greater_only" : "Less_only", truth);
    const ValueId equal = context.addValue(region, "Equal_only", truth);
    context.addNode(id, greater ? "Greater" : "Less", inputs, beyond);
    context.addNode(id, "Equal", inputs, equal);
    Node& again = context.graph.node(id);
    again.opType = "Or";
    again.inputs = {beyond, equal};
    return {};
}

std::string gridModeUp(OpsetContext&, Node& node)
{
    const std::string mode = node.stringAttribute("mode", "bilinear");
    node.setAttribute("mode", mode == "bilinear"  ? "linear"
                              : mode == "bicubic" ? std::string("cubic")
                                                  : mode);
    return {};
}

std::string gridModeDown(OpsetContext&, Node& node)
{
    const std::string mode = node.stringAttribute("mode", "linear");
    node.setAttribute("mode", mode == "linear"  ? "bilinear"
                              : mode == "cubic" ? std::string("bicubic")
                                                : mode);
    return {};
}

std::string roiAlignUp(OpsetContext&, Node& node)
{
    node.setAttribute("coordinate_transformation_mode", std::string("output_half_pixel"));
    return {};
}

std::string roiAlignDown(OpsetContext&, Node& node)
{
    if (node.stringAttribute("coordinate_transformation_mode", "half_pixel") != "output_half_pixel")
        return "half_pixel came later";
    drop(node, "coordinate_transformation_mode");
    return {};
}

std::string gemmDown(OpsetContext&, Node& node)
{
    return given(node, 2) ? "" : "it has no C, which could be left out only later";
}

std::string perAxisDown(OpsetContext& context, Node& node)
{
    if (given(node, 1)) {
        auto rank = context.rank(node.inputs[1]);
        if (rank != 0)
            return "scales along an axis came later";
    }
    drop(node, "axis");
    return {};
}

std::string blocksDown(OpsetContext&, Node& node)
{
    if (std::string why = dropDefault<0>(node, "output_dtype"); !why.empty())
        return why;
    return dropDefault<0>(node, "block_size");
}

std::string refuse(OpsetContext&, Node& node) { return node.opType + " means another thing in that version"; }

std::vector<OpsetChange> makeTable()
{
    std::vector<OpsetChange> table = {
        {"BatchNormalization", 6, consumedUp, nullptr, "consumed_inputs went"},
        {"BatchNormalization", 7, inferenceOnly, nullptr, "is_test went"},
        {"BatchNormalization", 9, batchNormUp9, nullptr, "spatial went"},
        {"BatchNormalization", 14, nullptr, trainingDown, "training_mode came"},
        {"Dropout", 7, inferenceOnly, nullptr, "is_test went"},
        {"Dropout", 12, dropoutUp, dropoutDown, "ratio became an input"},
        {"Softmax", 13, softmaxUp, softmaxDown, "it goes along one axis"},
        {"LogSoftmax", 13, softmaxUp, softmaxDown, "it goes along one axis"},
        {"Hardmax", 13, softmaxUp, softmaxDown, "it goes along one axis"},
        {"Squeeze", 13, axesUp, axesDown, "axes became an input"},
        {"Unsqueeze", 13, axesUp, axesDown, "axes became an input"},
        {"ReduceSum", 13, axesUp, axesDown, "axes became an input"},
        {"Split", 13, splitUp, splitDown, "split became an input"},
        {"Split", 18, splitCountUp, splitCountDown, "num_outputs came"},
        {"Slice", 10, sliceUp, sliceDown, "starts, ends and axes became inputs"},
        {"Clip", 6, consumedUp, nullptr, "consumed_inputs went"},
        {"Clip", 11, clipUp, clipDown, "min and max became inputs"},
        {"Pad", 2, padUp2, nullptr, "paddings are called pads"},
        {"Pad", 11, padUp, padDown, "pads and value became inputs"},
        {"Pad", 18, nullptr, padAxesDown, "axes came"},
        {"Pad", 19, nullptr, padWrapDown, "wrap came"},
        {"TopK", 10, topKUp, topKDown, "k became an input"},
        {"TopK", 11, nullptr, topKOrderDown, "largest and sorted came"},
        {"Reshape", 5, reshapeUp, nullptr, "shape became an input"},
        {"Reshape", 14, nullptr, allowZeroDown, "allowzero came"},
        {"Upsample", 9, upsampleUp, nullptr, "scales became an input"},
        {"Upsample", 10, upsampleToResize, nullptr, "it is called Resize"},
        {"Resize", 10, nullptr, resizeToUpsample, "it was called Upsample"},
        {"Resize", 11, resizeUp, resizeDown, "how coordinates go over came"},
        {"Resize", 13, resizeRoiUp, resizeRoiDown, "roi may be left out"},
        {"Resize", 18, nullptr, resizeNewerDown, "antialias and axes came"},
        {"Resize", 19, nullptr, resizeSymmetricDown, "half_pixel_symmetric came"},
        {"MaxPool", 8, nullptr, poolDown8, "indices came"},
        {"MaxPool", 10, nullptr, poolDown10, "dilations and ceil_mode came"},
        {"AveragePool", 10, nullptr, poolDown10, "ceil_mode came"},
        {"AveragePool", 19, nullptr, averageDilationsDown, "dilations came"},
        {"Constant", 12, nullptr, constantDown, "plain values came"},
        {"Shape", 15, nullptr, shapeRangeDown, "start and end came"},
        {"Cast", 19, nullptr, saturateDown, "saturate came"},
        {"Scatter", 11, scatterUp, nullptr, "it is called ScatterElements"},
        {"ScatterElements", 11, nullptr, scatterDown, "it was called Scatter"},
        {"ScatterElements", 16, nullptr, reductionDown, "reduction came"},
        {"ScatterND", 16, nullptr, reductionDown, "reduction came"},
        {"ArgMax", 12, nullptr, lastIndexDown, "select_last_index came"},
        {"ArgMin", 12, nullptr, lastIndexDown, "select_last_index came"},
        {"HardSwish", 14, nullptr, hardSwishDown, "it came"},
        {"GreaterOrEqual", 12, nullptr, orEqualDown, "it came"},
        {"LessOrEqual", 12, nullptr, orEqualDown, "it came"},
        {"GridSample", 20, gridModeUp, gridModeDown, "modes have other names"},
        {"RoiAlign", 16, roiAlignUp, roiAlignDown, "coordinate_transformation_mode came"},
        {"Gemm", 11, nullptr, gemmDown, "C may be left out"},
        {"QuantizeLinear", 13, nullptr, perAxisDown, "axis came"},
        {"DequantizeLinear", 13, nullptr, perAxisDown, "axis came"},
        {"QuantizeLinear", 19, nullptr, saturateDown, "saturate came"},
        {"QuantizeLinear", 21, nullptr, blocksDown, "blocks came"},
        {"DequantizeLinear", 21, nullptr, blocksDown, "blocks came"},
        {"GroupNormalization", 21, refuse, refuse, "scales go by channel"},
        {"DFT", 20, refuse, refuse, "axis became an input"},
        {"Scan", 9, refuse, refuse, "batches went"},
    };
    for (const char* op : {"ReduceMax", "ReduceMin", "ReduceMean", "ReduceProd", "ReduceL1", "ReduceL2",
                           "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"})
        table.push_back({op, 18, axesUp, axesDown, "axes became an input"});
    for (const char* op :
         {"Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less", "PRelu"})
        table.push_back({op, 7, broadcastUp, nullptr, "broadcasting needs no attribute"});
    for (const char* op : {"Relu", "Sigmoid",   "Tanh", "Exp",        "Log",
                           "Abs",  "Neg",       "Sqrt", "Reciprocal", "Floor",
                           "Ceil", "LeakyRelu", "Elu",  "Selu",       "HardSigmoid",
                           "Max",  "Min",       "Sum",  "Mean",       "InstanceNormalization"})
        table.push_back({op, 6, consumedUp, nullptr, "consumed_inputs went"});
    for (const char* op : {"LSTM", "GRU", "RNN"})
        table.push_back({op, 14, nullptr, layoutDown, "layout came"});
    // TopK and ScatterElements have it in their own rows.
    for (const char* op :
         {"ArgMax",          "ArgMin",    "Compress",   "Concat",    "Flatten",    "Gather",
          "GatherElements",  "Hardmax",   "LogSoftmax", "ReduceL1",  "ReduceL2",   "ReduceLogSum",
          "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
          "ReduceSumSquare", "Softmax",   "Split",      "Squeeze",   "Unsqueeze"})
        table.push_back({op, 11, nullptr, frontAxes, "axes may be counted from the back"});
    return table;
}

} // namespace

OpsetContext::OpsetContext(graph::Graph& of, const std::vector<graph::ValueType>& types)
    : graph(of)
    , m_types(types)
{
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        m_names.insert(graph.value(ValueId(i)).name);
}

graph::ValueType OpsetContext::type(ValueId value) const
{
    return value.valid() && value.index() < m_types.size() ? m_types[value.index()] : graph::ValueType();
}

std::optional<std::int64_t> OpsetContext::rank(ValueId value) const
{
    const graph::ValueType known = type(value);
    return known.shape ? std::optional(static_cast<std::int64_t>(known.shape->rank())) : std::nullopt;
}

const Tensor* OpsetContext::constant(const Node& node, std::size_t input) const
{
    if (!given(node, input))
        return nullptr;
    const graph::Value& value = graph.value(node.inputs[input]);
    if (value.initializer)
        return value.initializer->tensor.bytes() != nullptr || value.initializer->tensor.elementCount() == 0
                   ? &value.initializer->tensor
                   : nullptr;
    return graph.contains(value.producer) && graph.node(value.producer).opType == "Constant"
               ? graph.node(value.producer).tensorAttribute("value")
               : nullptr;
}

std::optional<Ints> OpsetContext::constantInts(const Node& node, std::size_t input) const
{
    const Tensor* tensor = constant(node, input);
    if (tensor == nullptr)
        return std::nullopt;
    auto values = tensor->toInt64s();
    return values.ok() ? std::optional(values.releaseValue()) : std::nullopt;
}

std::string OpsetContext::unique(const std::string& wish)
{
    std::string name = wish;
    for (int i = 1; !m_names.insert(name).second; ++i)
        name = fmt::format("{}_{}", wish, i);
    return name;
}

ValueId OpsetContext::addConstant(RegionId region, const std::string& wish, Tensor tensor)
{
    m_constantsAdded = true;
    graph::ValueType known = graph::ValueType::tensor(tensor.type(), graph::Shape::of(tensor.dims()));
    ValueId id = graph.addConstant(region, unique(wish), std::move(tensor));
    m_types.resize(graph.valueSlots());
    m_types[id.index()] = std::move(known);
    return id;
}

ValueId OpsetContext::addValue(RegionId region, const std::string& wish, graph::ValueType known)
{
    ValueId id = graph.addValue(region, unique(wish), known);
    m_types.resize(graph.valueSlots());
    m_types[id.index()] = std::move(known);
    return id;
}

NodeId OpsetContext::addNode(NodeId before, std::string opType, std::vector<ValueId> inputs, ValueId output,
                             std::vector<graph::Attribute> attributes)
{
    Node node;
    node.opType = std::move(opType);
    node.name = graph.value(output).name + "_" + node.opType;
    node.inputs = std::move(inputs);
    node.outputs = {output};
    node.attributes = std::move(attributes);
    return graph.addNode(graph.value(output).region, std::move(node), before);
}

NodeId OpsetContext::after(NodeId node) const
{
    const auto& nodes = graph.region(graph.node(node).region).nodes;
    auto at = std::find(nodes.begin(), nodes.end(), node);
    return at == nodes.end() || at + 1 == nodes.end() ? NodeId() : *(at + 1);
}

const std::vector<OpsetChange>& opsetChanges()
{
    static const std::vector<OpsetChange> table = makeTable();
    return table;
}

} // namespace orrery::edit
