// SPDX-License-Identifier: Apache-2.0
//
// Positions number the instructions of all blocks in one line, the bodies of an If, loop or call between its
// begin and its end; its outputs are written, and its reads take place, at the end. An If's output is no
// buffer of its own: it adopts the one of the body's output, so that buffer lives as long as the If's output
// does.
//
// A Concat that joins in place: an input that dies there is written where it will stand in the output, and
// so is what that input is written over in place. The buffer then lives from the first of them on.
#include "engine/plan/memory_plan.h"

#include "engine/graph/order.h"
#include "engine/passes/infer.h"
#include "engine/plan/offsets.h"

#include <algorithm>
#include <unordered_map>

namespace orrery::plan {
namespace {

using graph::ValueType;

struct Maker {
    const Instruction* instruction = nullptr;
    std::uint32_t at = 0;
};

struct If {
    NodeId node;
    std::uint32_t end = 0;
};

// Where a value lies that is part of another.
struct Part {
    ValueId whole;
    std::int64_t offset = 0;
};

constexpr std::int64_t partAlignment = 64; // as of every other value

class MemoryPlanner {
public:
    MemoryPlanner(const Plan& plan, MemoryPlan& result)
        : m_plan(plan)
        , m_graph(plan.graph())
        , m_result(result)
        , m_last(m_graph.valueSlots(), 0)
        , m_written(m_graph.valueSlots(), false)
        , m_parts(m_graph.valueSlots())
    {
        m_result.bufferOf.resize(m_graph.valueSlots());
        m_result.partAt.resize(m_graph.valueSlots(), 0);
    }

    void run()
    {
        walk(m_plan.mainBlock());
        for (ValueId output : m_plan.root().outputs)
            m_last[output.index()] = m_position;
        std::sort(m_ifs.begin(), m_ifs.end(), [](const If& a, const If& b) { return a.end > b.end; });
        for (const If& branch : m_ifs)
            extendBodyOutputs(m_graph.node(branch.node));
        // The last first, so that a part of a part finds its whole.
        for (auto join = m_joins.rbegin(); join != m_joins.rend(); ++join)
            placeParts(*join);
        m_next = 0;
        assign(m_plan.mainBlock());
        place();
    }

private:
    // What is written in the body of a loop lives on the heap: its shapes may change between iterations, and
    // it may be carried into the next.
    enum class Place { Straight, InLoop };

    void walk(const Block& block, Place where = Place::Straight)
    {
        for (const Instruction& instruction : block.instructions) {
            std::uint32_t at = m_position++;
            if (instruction.spec->control != ops::Control::None) {
                bool isLoop = instruction.spec->control == ops::Control::Loop ||
                              instruction.spec->control == ops::Control::Scan;
                for (RegionId body : m_graph.node(instruction.node).regions())
                    walk(m_plan.block(body), isLoop ? Place::InLoop : where);
                at = m_position++;
                if (!isLoop)
                    m_ifs.push_back({instruction.node, at});
            }
            if (instruction.joinsInPlace && where == Place::Straight)
                m_joins.push_back({&instruction, at});
            for (ValueId input : graph::valuesRead(m_graph, instruction.node))
                m_last[input.index()] = std::max(m_last[input.index()], at);
            for (ValueId output : m_graph.node(instruction.node).outputs)
                if (output.valid()) {
                    m_last[output.index()] = std::max(m_last[output.index()], at);
                    m_makers[output] = {&instruction, at};
                    m_written[output.index()] = instruction.kernel != nullptr && where == Place::Straight &&
                                                instruction.spec->purity != ops::Purity::Foreign;
                }
        }
    }

    void extendBodyOutputs(const graph::Node& node)
    {
        for (RegionId body : node.regions()) {
            const auto& outputs = m_graph.region(body).outputs;
            for (std::size_t i = 0; i < outputs.size() && i < node.outputs.size(); ++i)
                if (outputs[i].valid() && node.outputs[i].valid())
                    m_last[outputs[i].index()] =
                        std::max(m_last[outputs[i].index()], m_last[node.outputs[i].index()]);
        }
    }

    // Bytes of a value that a kernel writes and whose shape is known; 0 for all others.
    std::int64_t plannedBytes(ValueId id) const
    {
        const ValueType& type = m_result.types[id.index()];
        if (!m_written[id.index()] || type.kind != graph::TypeKind::Tensor || !type.shape ||
            graph::elementBits(type.element) == 0)
            return 0;
        auto dims = type.shape->concrete();
        auto bytes = dims ? graph::byteSizeOf(type.element, *dims) : std::nullopt;
        return bytes && *bytes < (std::size_t(1) << 50) ? static_cast<std::int64_t>(*bytes) : 0;
    }

    void placeParts(const Maker& join)
    {
        const graph::Node& node = m_graph.node(join.instruction->node);
        const ValueId whole = node.outputs[0];
        const ValueType& type = m_result.types[whole.index()];
        if (plannedBytes(whole) == 0 || graph::elementBits(type.element) % 8 != 0)
            return cannotJoin(node, "its shape is not known before the run");
        const graph::Dims dims = *type.shape->concrete();
        const auto rank = static_cast<std::int64_t>(dims.size());
        std::int64_t axis = node.intAttribute("axis", 1);
        axis += axis < 0 ? rank : 0;
        for (std::int64_t i = 0; i < axis && i < rank; ++i)
            if (dims[static_cast<std::size_t>(i)] != 1)
                return cannotJoin(node, "axis " + std::to_string(i) + ", before the one it joins along, is " +
                                            std::to_string(dims[static_cast<std::size_t>(i)]) +
                                            ": its inputs do not lie one behind the other");
        std::int64_t offset = 0;
        bool isAny = false;
        for (ValueId input : node.inputs) {
            if (!input.valid())
                return cannotJoin(node, "it has an input that is left out");
            const ValueType& part = m_result.types[input.index()];
            auto partDims = part.shape ? part.shape->concrete() : std::nullopt;
            auto bytes = partDims ? graph::byteSizeOf(part.element, *partDims) : std::nullopt;
            if (!bytes)
                return cannotJoin(node, "the shape of an input is not known before the run");
            isAny = placePart(input, {whole, offset}, join.at, node.region) || isAny;
            offset += static_cast<std::int64_t>(*bytes);
        }
        if (isAny)
            m_wholes.try_emplace(whole);
        else
            cannotJoin(
                node,
                "none of its inputs is computed for it alone, at a place that is a multiple of 64 bytes");
    }

    // And what the value is written over, back to where that was computed.
    bool placePart(ValueId value, Part part, std::uint32_t diesAt, RegionId region)
    {
        bool isPlaced = false;
        while (value.valid()) {
            auto made = m_makers.find(value);
            if (made == m_makers.end() || plannedBytes(value) == 0 || m_last[value.index()] != diesAt ||
                m_graph.value(value).region != region || m_parts[value.index()].whole.valid() ||
                part.offset % partAlignment != 0)
                break;
            m_parts[value.index()] = part;
            isPlaced = true;
            diesAt = made->second.at;
            value = writtenOver(*made->second.instruction, value);
        }
        return isPlaced;
    }

    // The input that the kernel may write this output over, whatever buffer it has; invalid when there is
    // none.
    ValueId writtenOver(const Instruction& instruction, ValueId output) const
    {
        const graph::Node& node = m_graph.node(instruction.node);
        for (const ops::InPlace& pair : instruction.inPlace())
            if (pair.output < node.outputs.size() && node.outputs[pair.output] == output &&
                pair.input < node.inputs.size() && node.inputs[pair.input].valid() &&
                plannedBytes(node.inputs[pair.input]) == plannedBytes(output))
                return node.inputs[pair.input];
        return {};
    }

    void cannotJoin(const graph::Node& node, std::string why)
    {
        m_result.problems.push_back({Severity::Warning, "plan-hint", node.displayName(), node.id,
                                     "it cannot be joined in place: " + std::move(why), "Remove the hint"});
    }

    // The buffer of an input that this output may be written over; invalid when none dies here.
    BufferId reusable(const Instruction& instruction, std::size_t output, std::uint32_t at,
                      std::int64_t bytes) const
    {
        const graph::Node& node = m_graph.node(instruction.node);
        for (const ops::InPlace& pair : instruction.inPlace()) {
            if (pair.output != output || pair.input >= node.inputs.size() || !node.inputs[pair.input].valid())
                continue;
            ValueId input = node.inputs[pair.input];
            BufferId buffer = m_result.bufferOf[input.index()];
            if (!buffer.valid() || m_last[input.index()] != at || plannedBytes(input) != bytes)
                continue;
            const PlannedBuffer& planned = m_result.buffers[buffer.index()];
            const bool isPart = m_parts[input.index()].whole.valid();
            if (planned.lastUse == at && planned.values.back() == input && !isPart) // not taken yet
                return buffer;
        }
        return {};
    }

    // The buffer of the whole that the value is a part of, made when the first of its parts is written.
    BufferId joinedBuffer(ValueId value, std::uint32_t at)
    {
        std::int64_t offset = 0;
        ValueId whole = value;
        while (m_parts[whole.index()].whole.valid()) {
            offset += m_parts[whole.index()].offset;
            whole = m_parts[whole.index()].whole;
        }
        m_result.partAt[value.index()] = offset;
        BufferId& buffer = m_wholes[whole];
        if (!buffer.valid()) {
            buffer = BufferId(m_result.buffers.size());
            m_result.buffers.push_back({buffer, 0, plannedBytes(whole), at, at, {}});
        }
        return buffer;
    }

    void assign(const Block& block)
    {
        for (const Instruction& instruction : block.instructions) {
            std::uint32_t at = m_next++;
            if (instruction.spec->control != ops::Control::None) {
                for (RegionId body : m_graph.node(instruction.node).regions())
                    assign(m_plan.block(body));
                ++m_next;
                continue;
            }
            const auto& outputs = m_graph.node(instruction.node).outputs;
            for (std::size_t i = 0; i < outputs.size(); ++i) {
                std::int64_t bytes = outputs[i].valid() ? plannedBytes(outputs[i]) : 0;
                if (bytes == 0)
                    continue;
                BufferId buffer = m_parts[outputs[i].index()].whole.valid() || m_wholes.contains(outputs[i])
                                      ? joinedBuffer(outputs[i], at)
                                      : reusable(instruction, i, at, bytes);
                if (!buffer.valid()) {
                    buffer = BufferId(m_result.buffers.size());
                    m_result.buffers.push_back({buffer, 0, bytes, at, at, {}});
                }
                PlannedBuffer& planned = m_result.buffers[buffer.index()];
                planned.lastUse = std::max(planned.lastUse, m_last[outputs[i].index()]);
                planned.values.push_back(outputs[i]);
                m_result.bufferOf[outputs[i].index()] = buffer;
            }
        }
    }

    void place()
    {
        std::vector<Lifetime> lifetimes;
        for (const PlannedBuffer& buffer : m_result.buffers)
            lifetimes.push_back({buffer.firstUse, buffer.lastUse, buffer.bytes});
        Placement placement = plan::place(lifetimes);
        for (PlannedBuffer& buffer : m_result.buffers)
            buffer.offset = placement.offsets[buffer.id.index()];
        m_result.arenaBytes = placement.totalBytes;
        m_result.lowerBoundBytes = lowerBound(lifetimes);
    }

    const Plan& m_plan;
    const graph::Graph& m_graph;
    MemoryPlan& m_result;
    std::vector<std::uint32_t> m_last;
    std::vector<bool> m_written; // by a kernel of ours, not adopted
    std::vector<If> m_ifs;
    std::vector<Maker> m_joins;
    std::unordered_map<ValueId, Maker> m_makers;
    std::vector<Part> m_parts;                      // by ValueId; of no whole: it stands alone
    std::unordered_map<ValueId, BufferId> m_wholes; // invalid until the first part is written
    std::uint32_t m_position = 0;
    std::uint32_t m_next = 0;
};

} // namespace

Result<MemoryPlan> planMemory(const Plan& plan, const std::map<ValueId, ValueType>& inputTypes)
{
    passes::Inference inference = passes::inferTypes(plan.model(), plan.ops(), inputTypes);
    MemoryPlan result;
    result.types = std::move(inference.types);
    result.problems = std::move(inference.problems);
    for (const Problem& problem : result.problems)
        if (problem.severity == Severity::Error)
            return Error{ErrorCode::BadModel, problem.text, problem.node};
    MemoryPlanner(plan, result).run();
    return result;
}

} // namespace orrery::plan
