// SPDX-License-Identifier: Apache-2.0
//
// The positions are those of memory_plan.cpp: all instructions in one line, a node with bodies at its end.
// Bytes alive at each come from one sweep over the buffers' first and last uses, and from what the kernel
// there says of its work space, so a point costs one inference and one placement.
#include "engine/plan/predict_peak.h"

#include "engine/base/text.h"
#include "engine/graph/order.h"

#include <algorithm>
#include <set>

namespace orrery::plan {
namespace {

// By position; a node with bodies stands at its begin and at its end.
void appendSteps(const Plan& plan, const Block& block, std::vector<const Instruction*>& steps)
{
    for (const Instruction& instruction : block.instructions) {
        steps.push_back(&instruction);
        if (instruction.spec->control == ops::Control::None)
            continue;
        for (RegionId body : plan.graph().node(instruction.node).regions())
            appendSteps(plan, plan.block(body), steps);
        steps.push_back(&instruction);
    }
}

std::int64_t bytesOf(const graph::ValueType& type)
{
    if (type.kind != graph::TypeKind::Tensor || !type.shape || graph::elementBits(type.element) == 0)
        return 0;
    auto dims = type.shape->concrete();
    auto bytes = dims ? graph::byteSizeOf(type.element, *dims) : std::nullopt;
    return bytes ? static_cast<std::int64_t>(*bytes) : 0;
}

bool isSized(const graph::ValueType& type)
{
    return type.kind == graph::TypeKind::Tensor && type.shape && type.shape->concrete().has_value() &&
           graph::elementBits(type.element) != 0;
}

bool fitsMemory(const graph::ValueType& type)
{
    constexpr std::size_t addressSpaceBytes = std::size_t{1} << 47;
    auto bytes = graph::byteSizeOf(type.element, *type.shape->concrete());
    return bytes && *bytes < addressSpaceBytes;
}

// "x is 1×3×32×32, mask is 1×8".
std::string inputShapes(const Plan& plan)
{
    std::string text;
    for (ValueId input : plan.root().inputs) {
        const graph::Value& value = plan.graph().value(input);
        text += (text.empty() ? "" : ", ") + displayText(value.name, 200) + " is " +
                (value.type.shape ? value.type.shape->text() : "of unknown shape");
    }
    return displayText(text, 1000);
}

class Predictor {
public:
    Predictor(const Plan& plan, const MemoryPlan& memory, int threads)
        : m_plan(plan)
        , m_graph(plan.graph())
        , m_memory(memory)
    {
        std::vector<const Instruction*> steps;
        appendSteps(plan, plan.mainBlock(), steps);
        for (const Instruction* instruction : steps) {
            m_nodes.push_back(instruction->node);
            m_workspace.push_back(workspaceOf(*instruction, threads));
        }
        for (const Block& block : plan.blocks())
            for (const Instruction& instruction : block.instructions)
                if (instruction.spec->control != ops::Control::None &&
                    instruction.spec->control != ops::Control::Loop &&
                    instruction.spec->control != ops::Control::Scan)
                    m_adopting.insert(instruction.node);
    }

    PeakPrediction run()
    {
        PeakPrediction result;
        result.arenaBytes = m_memory.arenaBytes;
        result.lowerBoundBytes = m_memory.lowerBoundBytes;
        for (std::size_t i = 0; i < m_graph.valueSlots(); ++i) {
            const graph::Value& value = m_graph.value(ValueId(i));
            if (value.alive && value.initializer)
                result.weightBytes += static_cast<std::int64_t>(value.initializer->tensor.byteSize());
        }
        const std::uint32_t peak = fullestPosition();
        result.moments = m_moments;
        findReaders(peak);
        if (peak < m_nodes.size())
            result.node = m_nodes[peak];
        for (ValueId input : m_plan.root().inputs) {
            const std::int64_t bytes = bytesOf(m_memory.types[input.index()]);
            result.inputBytes += bytes;
            result.live.push_back({input, {}, readerOf(input), bytes, LiveKind::Input});
        }
        if (peak < m_nodes.size() && m_workspace[peak] > 0) {
            result.workspaceBytes = m_workspace[peak];
            result.live.push_back({{}, m_nodes[peak], {}, m_workspace[peak], LiveKind::Workspace});
        }
        for (const PlannedBuffer& buffer : m_memory.buffers)
            if (buffer.firstUse <= peak && peak <= buffer.lastUse)
                result.live.push_back(holderOf(buffer));
        for (const LiveAtPeak& live : result.live)
            result.liveBytes += live.bytes;
        std::stable_sort(result.live.begin(), result.live.end(),
                         [](const LiveAtPeak& a, const LiveAtPeak& b) { return a.bytes > b.bytes; });
        std::set<NodeId> seen;
        for (NodeId node : m_nodes)
            if (seen.insert(node).second)
                for (ValueId output : m_graph.node(node).outputs)
                    if (output.valid() && !m_memory.bufferOf[output.index()].valid() &&
                        !isCountedElsewhere(node, output))
                        result.unplanned.push_back(output);
        return result;
    }

private:
    // The result of an If or a call is what its body made, which is counted there; empty tensors need
    // nothing.
    bool isCountedElsewhere(NodeId node, ValueId output) const
    {
        const graph::ValueType& type = m_memory.types[output.index()];
        return isSized(type) && (bytesOf(type) == 0 || m_adopting.contains(node));
    }

    std::vector<ops::TensorSize> sizesOf(const std::vector<ValueId>& ids) const
    {
        std::vector<ops::TensorSize> sizes;
        for (ValueId id : ids) {
            const graph::ValueType* type = id.valid() ? &m_memory.types[id.index()] : nullptr;
            if (type != nullptr && isSized(*type))
                sizes.push_back({type->element, *type->shape->concrete()});
            else if (type == nullptr)
                sizes.emplace_back();
            else
                return {}; // what is not known of one input leaves all unknown
        }
        return sizes;
    }

    std::int64_t workspaceOf(const Instruction& instruction, int threads) const
    {
        if (!instruction.kernel)
            return 0;
        const graph::Node& node = m_graph.node(instruction.node);
        const auto inputs = sizesOf(node.inputs);
        const auto outputs = sizesOf(node.outputs);
        if (inputs.size() < std::max<std::size_t>(node.inputs.size(), 1) ||
            outputs.size() < std::max<std::size_t>(node.outputs.size(), 1))
            return 0;
        constexpr std::int64_t most = std::int64_t{1} << 50; // more fits no memory
        return std::clamp<std::int64_t>(
            instruction.kernel->scratchBytes({inputs, outputs, instruction.threadsOf(threads)}), 0, most);
    }

    std::uint32_t fullestPosition()
    {
        std::vector<std::int64_t> change(m_nodes.size() + 2, 0);
        for (const PlannedBuffer& buffer : m_memory.buffers) {
            change[std::min<std::size_t>(buffer.firstUse, m_nodes.size())] += buffer.bytes;
            change[std::min<std::size_t>(buffer.lastUse, m_nodes.size()) + 1] -= buffer.bytes;
        }
        std::int64_t held = 0, most = -1;
        std::uint32_t at = 0;
        for (std::size_t i = 0; i < m_nodes.size(); ++i) {
            held += change[i];
            const std::int64_t live = held + m_workspace[i];
            if (live > most) {
                most = live;
                at = static_cast<std::uint32_t>(i);
                m_moments = 0;
            }
            m_moments += live == most ? 1 : 0;
        }
        return at;
    }

    void findReaders(std::uint32_t position)
    {
        for (std::size_t i = position; i < m_nodes.size(); ++i)
            for (ValueId read : graph::valuesRead(m_graph, m_nodes[i]))
                m_readers.try_emplace(read, m_nodes[i]);
        for (std::size_t i = 0; i < m_nodes.size() && i <= position; ++i)
            m_begun.insert(m_nodes[i]);
    }

    NodeId readerOf(ValueId value) const
    {
        auto at = m_readers.find(value);
        return at == m_readers.end() ? NodeId() : at->second;
    }

    LiveAtPeak holderOf(const PlannedBuffer& buffer) const
    {
        ValueId holder = buffer.values.front();
        for (ValueId value : buffer.values)
            if (m_begun.contains(m_graph.value(value).producer))
                holder = value;
        return {holder, m_graph.value(holder).producer, readerOf(holder), buffer.bytes};
    }

    const Plan& m_plan;
    const graph::Graph& m_graph;
    const MemoryPlan& m_memory;
    std::vector<NodeId> m_nodes;           // by position
    std::vector<std::int64_t> m_workspace; // by position
    std::set<NodeId> m_adopting;
    std::size_t m_moments = 0;           // that are as full as the peak
    std::set<NodeId> m_begun;            // by the peak
    std::map<ValueId, NodeId> m_readers; // from the peak on
};

} // namespace

std::vector<std::string> symbolicDims(const Plan& plan)
{
    std::set<std::string> names;
    for (ValueId input : plan.root().inputs)
        if (const auto& shape = plan.graph().value(input).type.shape)
            for (const graph::Dim& dim : shape->dims)
                if (dim.isSymbolic())
                    names.insert(dim.symbol());
    return {names.begin(), names.end()};
}

Result<std::map<ValueId, graph::ValueType>> inputTypesFor(const Plan& plan, const DimValues& values)
{
    const std::vector<std::string> names = symbolicDims(plan);
    for (const auto& [name, value] : values)
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            std::string known;
            for (const std::string& other : names)
                known += (known.empty() ? "" : ", ") + displayText(other, 200);
            return Error{ErrorCode::Usage,
                         "no input has a dim named \"" + displayText(name, 200) + "\"; " +
                             (known.empty() ? "all dims of the inputs are fixed: " + inputShapes(plan)
                                            : "it can be: " + known),
                         {}};
        }
    auto lookup = [&](std::string_view name) -> std::optional<std::int64_t> {
        auto at = values.find(std::string(name));
        return at == values.end() ? std::nullopt : std::optional(at->second);
    };
    std::map<ValueId, graph::ValueType> types;
    for (ValueId input : plan.root().inputs) {
        const graph::Value& value = plan.graph().value(input);
        graph::ValueType type = value.type;
        if (type.kind == graph::TypeKind::Tensor && !type.shape)
            return Error{ErrorCode::Usage, "its shape is not known; give one", displayText(value.name, 200)};
        if (type.shape)
            for (graph::Dim& dim : type.shape->dims) {
                auto number = dim.isKnown() ? std::optional(dim.value()) : graph::evaluate(dim, lookup);
                if (!number)
                    return Error{ErrorCode::Usage,
                                 "dim \"" + displayText(dim.text(), 200) + "\" has no number; give one",
                                 displayText(value.name, 200)};
                dim = graph::Dim(*number);
            }
        types[input] = std::move(type);
    }
    return types;
}

Result<PeakPrediction> predictPeak(const Plan& plan, const std::map<ValueId, graph::ValueType>& inputTypes,
                                   int threads)
{
    return predictPeak(plan, TRY(planMemory(plan, inputTypes)), threads);
}

Result<PeakPrediction> predictPeak(const Plan& plan, const MemoryPlan& memory, int threads)
{
    for (std::size_t i = 0; i < memory.types.size(); ++i)
        if (isSized(memory.types[i]) && !fitsMemory(memory.types[i]))
            return Error{ErrorCode::LimitReached,
                         "\"" + displayText(plan.graph().value(ValueId(i)).name, 200) + "\" would be " +
                             memory.types[i].shape->text() + ", larger than the address space",
                         {}};
    return Predictor(plan, memory, threads).run();
}

} // namespace orrery::plan
