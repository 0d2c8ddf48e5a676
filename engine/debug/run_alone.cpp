// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/run_alone.h"

#include "engine/passes/node_plan.h"

#include <algorithm>
#include <exception>
#include <new>

namespace orrery::debug {
namespace {

using graph::Tensor;

class AloneContext final : public ops::KernelContext {
public:
    AloneContext(const graph::Node& node, const std::vector<const Tensor*>& inputs, exec::ThreadPool& pool,
                 const exec::Gate* gate)
        : m_node(node)
        , m_inputs(inputs)
        , m_pool(pool)
        , m_gate(gate)
        , m_outputs(node.outputs.size())
    {}

    const Tensor* input(std::size_t i) const override { return i < m_inputs.size() ? m_inputs[i] : nullptr; }
    std::size_t inputCount() const override { return m_inputs.size(); }
    bool wantsOutput(std::size_t i) const override
    {
        return i < m_node.outputs.size() && m_node.outputs[i].valid();
    }
    Result<Tensor*> output(std::size_t i, graph::DataType type, std::span<const std::int64_t> dims) override
    {
        if (i >= m_outputs.size())
            m_outputs.resize(i + 1);
        m_outputs[i] = TRY(Tensor::allocate(type, graph::Dims(dims.begin(), dims.end())));
        return &m_outputs[i];
    }
    Result<std::byte*> scratch(std::size_t bytes) override
    {
        m_scratch.push_back(
            TRY(Tensor::allocate(graph::DataType::UInt8, {static_cast<std::int64_t>(bytes)})));
        return m_scratch.back().mutableBytes();
    }
    void parallelFor(std::int64_t count, std::int64_t grain,
                     ops::FunctionRef<void(std::int64_t, std::int64_t)> body) override
    {
        m_pool.parallelFor(count, grain, body, threadCount());
    }
    int threadCount() const override
    {
        return m_threads > 0 ? std::min(m_threads, m_pool.threadCount()) : m_pool.threadCount();
    }
    bool stopRequested() const override { return m_gate != nullptr && m_gate->stopRequested(); }
    std::uint64_t nextRandom() override { return 0; } // operators that draw are not run

    std::vector<Tensor> takeOutputs()
    {
        m_outputs.resize(m_node.outputs.size());
        return std::move(m_outputs);
    }

private:
    const graph::Node& m_node;
    const std::vector<const Tensor*>& m_inputs;
    exec::ThreadPool& m_pool;
    const int m_threads = passes::nodePlanOf(m_node).threads; // 0: all
    const exec::Gate* m_gate;
    std::vector<Tensor> m_outputs;
    std::vector<Tensor> m_scratch;
};

} // namespace

Result<std::vector<Tensor>> runAlone(const plan::Plan& plan, const plan::Instruction& instruction,
                                     const std::vector<const Tensor*>& inputs, exec::ThreadPool& pool,
                                     const exec::Gate* gate)
{
    const graph::Node& node = plan.graph().node(instruction.node);
    if (instruction.kernel == nullptr || instruction.spec->purity == ops::Purity::Random)
        return Error{ErrorCode::Unsupported, "the node cannot be run by itself", node.displayName()};
    AloneContext context(node, inputs, pool, gate);
    try {
        TRY(instruction.kernel->run(context));
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::LimitReached, "no memory left for the kernel's work space",
                     node.displayName()};
    } catch (const std::exception& thrown) {
        return Error{ErrorCode::RunFailed, std::string("the kernel failed: ") + thrown.what(),
                     node.displayName()};
    }
    return context.takeOutputs();
}

} // namespace orrery::debug
