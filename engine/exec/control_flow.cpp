// SPDX-License-Identifier: Apache-2.0
//
// A loop's body has its inputs in this order: Loop has the iteration number and the condition before the
// values carried, Scan has the slices after them. Its outputs: the condition (Loop), the carried values, what
// is gathered. A carried value goes from output to input as the same bytes; nothing inside of a body writes
// over its inputs. Values of bodies of loops are never in the arena; what leaves a loop and lies in the arena
// (handed through from outside) is copied, since its place may be given to others after the loop.
#include "engine/exec/control_flow.h"

#include "engine/exec/sequence_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace orrery::exec {

using graph::Tensor;

namespace {

constexpr std::int64_t linkBytes = 320; // of a Gathered with its tensor's dims, as the allocator sees it
constexpr std::int64_t endless = std::int64_t(1) << 62; // a trip count that stands for "while it holds"

std::int64_t at(const std::vector<std::int64_t>& list, std::size_t i)
{
    return i < list.size() ? list[i] : 0;
}

Error failed(std::string message) { return Error{ErrorCode::RunFailed, std::move(message), {}}; }

Result<bool> oneBool(const Tensor* tensor, std::string_view what)
{
    if (tensor == nullptr || tensor->type() != graph::DataType::Bool || tensor->elementCount() != 1)
        return failed(fmt::format("{} must be one bool", what));
    return tensor->data<bool>()[0];
}

Result<Tensor> copyOf(const Tensor& tensor)
{
    if (tensor.type() == graph::DataType::String)
        return Tensor::ofStrings(tensor.dims(), tensor.strings());
    Tensor copy = TRY(Tensor::allocate(tensor.type(), tensor.dims()));
    if (tensor.byteSize() > 0)
        std::memcpy(copy.mutableBytes(), tensor.bytes(), tensor.byteSize());
    return copy;
}

} // namespace

struct ControlFlow::Shape {
    RegionId body;
    std::size_t firstIn = 0; // carried values among the node's inputs
    std::size_t bodyIn = 0;  // and among the body's inputs
    std::size_t bodyOut = 0; // and among the body's outputs
    std::size_t carried = 0;
    std::size_t sliced = 0;   // Scan: inputs taken apart, behind the carried ones
    std::size_t gathered = 0; // outputs put together, behind the carried ones
    std::vector<std::int64_t> inputAxes, inputDirections, outputAxes, outputDirections;
};

ControlFlow::Shape ControlFlow::shapeOf(const plan::Instruction& instruction) const
{
    const graph::Node& node = m_graph.node(instruction.node);
    Shape shape;
    shape.body = node.regionAttribute("body");
    if (instruction.spec->control == ops::Control::Loop) {
        shape.firstIn = shape.bodyIn = 2;
        shape.bodyOut = 1;
        shape.carried = node.inputs.size() - 2;
    } else {
        shape.sliced = static_cast<std::size_t>(node.intAttribute("num_scan_inputs", 0));
        shape.carried = node.inputs.size() - std::min(shape.sliced, node.inputs.size());
        shape.inputAxes = node.intsAttribute("scan_input_axes");
        shape.inputDirections = node.intsAttribute("scan_input_directions");
        shape.outputAxes = node.intsAttribute("scan_output_axes");
        shape.outputDirections = node.intsAttribute("scan_output_directions");
    }
    shape.gathered = node.outputs.size() - std::min(shape.carried, node.outputs.size());
    return shape;
}

Frame ControlFlow::frameOf(const plan::Instruction& instruction, RegionId body) const
{
    Frame frame;
    frame.block = &m_plan.block(body);
    frame.entered = &instruction;
    return frame;
}

Result<Frame> ControlFlow::loopFrame(const plan::Instruction& instruction, const Shape& shape,
                                     std::int64_t iterations) const
{
    for (ValueId input : m_graph.region(shape.body).inputs)
        if (m_graph.value(input).isConstant())
            return failed(
                fmt::format("the input \"{}\" of the body is a constant", m_graph.value(input).name));
    Frame frame = frameOf(instruction, shape.body);
    frame.iteration = 0;
    frame.iterations = iterations;
    frame.gathered.resize(shape.gathered);
    return frame;
}

Result<std::optional<Frame>> ControlFlow::enter(const plan::Instruction& instruction)
{
    switch (instruction.spec->control) {
    case ops::Control::If:
        return std::optional(TRY(enterIf(instruction)));
    case ops::Control::Loop:
        return enterLoop(instruction);
    case ops::Control::Scan:
        return enterScan(instruction);
    case ops::Control::Call:
        return std::optional(frameOf(instruction, m_graph.node(instruction.node).regionAttribute("body")));
    case ops::Control::None:
        break;
    }
    return Error{ErrorCode::Internal, "the node has no body", {}};
}

Result<Frame> ControlFlow::enterIf(const plan::Instruction& instruction)
{
    const graph::Node& node = m_graph.node(instruction.node);
    bool condition =
        TRY(oneBool(node.inputs[0].valid() ? m_values.get(node.inputs[0]) : nullptr, "the condition of If"));
    RegionId body = node.regionAttribute(condition ? "then_branch" : "else_branch");
    if (!body.valid())
        return failed("If has no such branch");
    if (m_graph.region(body).outputs.size() != node.outputs.size())
        return failed(fmt::format("the branch gives {} outputs, If has {}",
                                  m_graph.region(body).outputs.size(), node.outputs.size()));
    return frameOf(instruction, body);
}

Result<std::optional<Frame>> ControlFlow::enterLoop(const plan::Instruction& instruction)
{
    const graph::Node& node = m_graph.node(instruction.node);
    if (node.inputs.size() < 2)
        return failed("Loop has no places for its trip count and condition");
    Shape shape = shapeOf(instruction);
    const graph::Region& body = m_graph.region(shape.body);
    if (body.inputs.size() != 2 + shape.carried || body.outputs.size() != 1 + node.outputs.size())
        return failed(fmt::format("the body takes {} and gives {} values; the node gives {} and takes {} "
                                  "besides the trip count and the condition",
                                  body.inputs.size(), body.outputs.size(), shape.carried,
                                  node.outputs.size()));
    std::int64_t trips = -1;
    if (node.inputs[0].valid()) {
        const Tensor* count = m_values.get(node.inputs[0]);
        if (count == nullptr || count->type() != graph::DataType::Int64 || count->elementCount() != 1)
            return failed("the trip count must be one int64");
        trips = std::max<std::int64_t>(0, count->data<std::int64_t>()[0]);
        if (trips > endless)
            trips = -1;
    }
    bool goesOn =
        !node.inputs[1].valid() || TRY(oneBool(m_values.get(node.inputs[1]), "the condition of Loop"));
    if (trips == 0 || !goesOn) {
        TRY(finishLoop(instruction, shape, nullptr));
        return std::optional<Frame>();
    }
    Frame frame = TRY(loopFrame(instruction, shape, trips));
    for (std::size_t i = 0; i < shape.carried; ++i) {
        ValueId initial = node.inputs[shape.firstIn + i];
        if (!initial.valid() || m_values.get(initial) == nullptr)
            return failed(fmt::format("the loop has no initial value for \"{}\"",
                                      m_graph.value(body.inputs[shape.bodyIn + i]).name));
        m_values.share(initial, body.inputs[shape.bodyIn + i]);
    }
    TRY(setIterationInputs(frame, shape));
    return std::optional(std::move(frame));
}

Result<std::optional<Frame>> ControlFlow::enterScan(const plan::Instruction& instruction)
{
    const graph::Node& node = m_graph.node(instruction.node);
    Shape shape = shapeOf(instruction);
    const graph::Region& body = m_graph.region(shape.body);
    if (shape.sliced == 0 || shape.sliced > node.inputs.size() || body.inputs.size() != node.inputs.size() ||
        body.outputs.size() != node.outputs.size())
        return failed(fmt::format("the body takes {} and gives {} values, the node takes {} ({} of them "
                                  "scanned) and gives {}",
                                  body.inputs.size(), body.outputs.size(), node.inputs.size(), shape.sliced,
                                  node.outputs.size()));
    std::int64_t length = -1;
    for (std::size_t i = 0; i < shape.sliced; ++i) {
        const Tensor* tensor = m_values.get(node.inputs[shape.carried + i]);
        if (tensor == nullptr)
            return failed("a scan input is missing");
        std::int64_t axis = at(shape.inputAxes, i);
        auto rank = static_cast<std::int64_t>(tensor->rank());
        if (axis < -rank || axis >= rank)
            return failed(fmt::format("scan input {} has no axis {}", i, axis));
        std::int64_t found = tensor->dims()[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
        if (length >= 0 && found != length)
            return failed(fmt::format("scan inputs of {} and {} steps", length, found));
        length = found;
    }
    if (length == 0) {
        TRY(finishLoop(instruction, shape, nullptr));
        return std::optional<Frame>();
    }
    Frame frame = TRY(loopFrame(instruction, shape, length));
    for (std::size_t i = 0; i < shape.carried; ++i) {
        if (!node.inputs[i].valid() || m_values.get(node.inputs[i]) == nullptr)
            return failed("an initial state is missing");
        m_values.share(node.inputs[i], body.inputs[i]);
    }
    TRY(setIterationInputs(frame, shape));
    return std::optional(std::move(frame));
}

// Some exporters declare the iteration number and the condition of a body as vectors of one element.
template<class T>
Tensor ControlFlow::oneElement(ValueId bodyInput, T value) const
{
    const auto& shape = m_graph.value(bodyInput).type.shape;
    return Tensor::of(shape && shape->rank() == 1 ? graph::Dims{1} : graph::Dims{},
                      std::span<const T>(&value, 1));
}

Result<void> ControlFlow::setIterationInputs(const Frame& frame, const Shape& shape)
{
    const graph::Region& body = m_graph.region(shape.body);
    NodeId by = frame.entered->node;
    if (frame.entered->spec->control == ops::Control::Loop) {
        m_values.put(body.inputs[0], oneElement<std::int64_t>(body.inputs[0], frame.iteration), by);
        m_values.put(body.inputs[1], oneElement<bool>(body.inputs[1], true), by);
        return {};
    }
    const graph::Node& node = m_graph.node(by);
    for (std::size_t i = 0; i < shape.sliced; ++i) {
        std::int64_t index =
            at(shape.inputDirections, i) == 0 ? frame.iteration : frame.iterations - 1 - frame.iteration;
        Tensor piece =
            TRY(sliceAlong(*m_values.get(node.inputs[shape.carried + i]), at(shape.inputAxes, i), index));
        m_values.put(body.inputs[shape.carried + i], std::move(piece), by);
    }
    return {};
}

Result<void> ControlFlow::gather(Frame& frame, const Shape& shape)
{
    const graph::Region& body = m_graph.region(shape.body);
    const graph::Node& node = m_graph.node(frame.entered->node);
    for (std::size_t i = 0; i < shape.gathered; ++i) {
        const Tensor* tensor = m_values.get(body.outputs[shape.bodyOut + shape.carried + i]);
        if (tensor == nullptr)
            return failed("the body does not compute all of its outputs");
        ValueId output = node.outputs[shape.carried + i];
        if (!output.valid())
            continue;
        std::shared_ptr<const Gathered>& list = frame.gathered[i];
        auto bytes = static_cast<std::int64_t>(tensor->byteSize());
        std::int64_t count = list == nullptr ? 1 : list->count + 1;
        TRY(m_values.checkRoom(count * linkBytes)); // tensors without elements take room, too
        TRY(m_values.gather(output, bytes, node.id));
        auto entry = std::make_shared<Gathered>();
        // In shared storage nobody writes into bytes that are held.
        entry->tensor = m_storage == Storage::Shared ? *tensor : TRY(copyOf(*tensor));
        entry->count = count;
        entry->bytes = bytes + (list == nullptr ? 0 : list->bytes);
        entry->before = list;
        list = std::move(entry);
    }
    return {};
}

Result<bool> ControlFlow::goOn(Frame& frame)
{
    ops::Control control = frame.entered->spec->control;
    if (control != ops::Control::Loop && control != ops::Control::Scan) {
        leaveBranch(frame);
        return false;
    }
    Shape shape = shapeOf(*frame.entered);
    const graph::Region& body = m_graph.region(shape.body);
    bool goesOn = true;
    if (control == ops::Control::Loop)
        goesOn = TRY(oneBool(m_values.get(body.outputs[0]), "the condition that the body of Loop gives"));
    TRY(gather(frame, shape));
    for (std::size_t i = 0; i < shape.carried; ++i)
        if (m_values.get(body.outputs[shape.bodyOut + i]) == nullptr)
            return failed("the body does not compute all of its outputs");
    if (goesOn && (frame.iterations < 0 || frame.iteration + 1 < frame.iterations)) {
        std::span<const ValueId> from(body.outputs.data() + shape.bodyOut, shape.carried);
        std::span<const ValueId> to(body.inputs.data() + shape.bodyIn, shape.carried);
        m_values.carry(from, to, body.id, frame.entered->node);
        ++frame.iteration;
        frame.next = 0;
        TRY(setIterationInputs(frame, shape));
        return true;
    }
    TRY(finishLoop(*frame.entered, shape, &frame));
    abandon(frame);
    return false;
}

// `last`: the frame after its last iteration; null when there was none.
Result<void> ControlFlow::finishLoop(const plan::Instruction& instruction, const Shape& shape,
                                     const Frame* last)
{
    const graph::Node& node = m_graph.node(instruction.node);
    const graph::Region& body = m_graph.region(shape.body);
    for (std::size_t i = 0; i < shape.carried && i < node.outputs.size(); ++i) {
        ValueId from = last == nullptr ? node.inputs[shape.firstIn + i] : body.outputs[shape.bodyOut + i];
        if (!from.valid() || m_values.get(from) == nullptr)
            return failed("a value carried by the loop is missing");
        if (node.outputs[i].valid())
            TRY(copyOut(instruction, from, i));
    }
    for (std::size_t i = 0; i < shape.gathered; ++i) {
        std::size_t output = shape.carried + i;
        if (!node.outputs[output].valid())
            continue;
        std::int64_t axis = at(shape.outputAxes, i);
        if (last == nullptr) {
            const graph::ValueType& type = m_values.memoryPlan().types[node.outputs[output].index()];
            graph::Dims dims;
            if (type.shape)
                for (const graph::Dim& dim : type.shape->dims)
                    dims.push_back(dim.isKnown() ? dim.value() : 0);
            if (dims.empty())
                dims.push_back(0);
            auto rank = static_cast<std::int64_t>(dims.size());
            dims[static_cast<std::size_t>(
                std::clamp<std::int64_t>(axis < 0 ? axis + rank : axis, 0, rank - 1))] = 0;
            if (type.element == graph::DataType::Undefined)
                return failed("the loop has no iterations, and the type of its outputs is not known");
            TRY(m_values.makeOutput(instruction, output, type.element, dims));
            continue;
        }
        const Gathered& list = *last->gathered[i];
        graph::Dims dims = TRY(stackedDims(list, axis));
        Tensor* into = TRY(m_values.makeOutput(instruction, output, list.tensor.type(), dims));
        stack(list, axis,
              at(shape.outputDirections, i) == 0 ? AxisDirection::Forward : AxisDirection::Reverse, *into);
    }
    return {};
}

Result<void> ControlFlow::copyOut(const plan::Instruction& instruction, ValueId from, std::size_t output)
{
    ValueId to = m_graph.node(instruction.node).outputs[output];
    if (!m_values.isInArena(from)) {
        m_values.release(to, instruction.node);
        m_values.share(from, to);
        return {};
    }
    Tensor source = *m_values.get(from);
    Tensor* target = TRY(m_values.makeOutput(instruction, output, source.type(), source.dims()));
    if (source.type() == graph::DataType::String)
        target->mutableStrings() = source.strings();
    else if (source.byteSize() > 0)
        std::memcpy(target->mutableBytes(), source.bytes(), source.byteSize());
    return {};
}

void ControlFlow::leaveBranch(const Frame& frame)
{
    const auto& inner = m_graph.region(frame.block->region).outputs;
    const auto& outer = m_graph.node(frame.entered->node).outputs;
    for (std::size_t i = 0; i < outer.size(); ++i)
        if (outer[i].valid() && inner[i].valid()) {
            m_values.release(outer[i], frame.entered->node); // of an iteration before
            m_values.share(inner[i], outer[i]);
        }
    for (ValueId value : inner)
        if (value.valid() && m_graph.value(value).region == frame.block->region)
            m_values.release(value, frame.entered->node);
}

void ControlFlow::abandon(const Frame& frame)
{
    const auto& outputs = m_graph.node(frame.entered->node).outputs;
    for (std::size_t i = outputs.size() - frame.gathered.size(); i < outputs.size(); ++i)
        m_values.dropGathered(outputs[i], frame.entered->node);
    const graph::Region& body = m_graph.region(frame.block->region);
    for (const auto* values : {&body.inputs, &body.outputs})
        for (ValueId value : *values)
            if (value.valid() && m_graph.value(value).region == body.id)
                m_values.release(value, frame.entered->node);
}

} // namespace orrery::exec
