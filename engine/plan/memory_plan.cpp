// SPDX-License-Identifier: Apache-2.0
//
// Positions number the instructions of all blocks in one line, the bodies of an If, loop or call between its
// begin and its end; its outputs are written, and its reads take place, at the end. An If's output is no
// buffer of its own: it adopts the one of the body's output, so that buffer lives as long as the If's output
// does.
#include "engine/plan/memory_plan.h"

#include "engine/graph/order.h"
#include "engine/passes/infer.h"
#include "engine/plan/offsets.h"

#include <algorithm>

namespace orrery::plan {
namespace {

using graph::ValueType;

struct If {
    NodeId node;
    std::uint32_t end = 0;
};

class MemoryPlanner {
public:
    MemoryPlanner(const Plan& plan, MemoryPlan& result)
        : m_plan(plan)
        , m_graph(plan.graph())
        , m_result(result)
        , m_last(m_graph.valueSlots(), 0)
        , m_written(m_graph.valueSlots(), false)
    {
        m_result.bufferOf.resize(m_graph.valueSlots());
    }

    void run()
    {
        walk(m_plan.mainBlock());
        for (ValueId output : m_plan.root().outputs)
            m_last[output.index()] = m_position;
        std::sort(m_ifs.begin(), m_ifs.end(), [](const If& a, const If& b) { return a.end > b.end; });
        for (const If& branch : m_ifs)
            extendBodyOutputs(m_graph.node(branch.node));
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
            for (ValueId input : graph::valuesRead(m_graph, instruction.node))
                m_last[input.index()] = std::max(m_last[input.index()], at);
            for (ValueId output : m_graph.node(instruction.node).outputs)
                if (output.valid()) {
                    m_last[output.index()] = std::max(m_last[output.index()], at);
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

    // The buffer of an input that this output may be written over; invalid when none dies here.
    BufferId reusable(const Instruction& instruction, std::size_t output, std::uint32_t at,
                      std::int64_t bytes) const
    {
        const graph::Node& node = m_graph.node(instruction.node);
        for (const ops::InPlace& pair : instruction.spec->inPlace) {
            if (pair.output != output || pair.input >= node.inputs.size() || !node.inputs[pair.input].valid())
                continue;
            ValueId input = node.inputs[pair.input];
            BufferId buffer = m_result.bufferOf[input.index()];
            if (!buffer.valid() || m_last[input.index()] != at || plannedBytes(input) != bytes)
                continue;
            const PlannedBuffer& planned = m_result.buffers[buffer.index()];
            if (planned.lastUse == at && planned.values.back() == input) // not taken by another output yet
                return buffer;
        }
        return {};
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
                BufferId buffer = reusable(instruction, i, at, bytes);
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
