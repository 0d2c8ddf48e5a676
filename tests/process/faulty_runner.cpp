// SPDX-License-Identifier: Apache-2.0
//
// orrery-runner-faulty: the runner, made to fail in a chosen node: ORRERY_TEST_FAULT=<fault>@<node
// name>[@<call>], where fault is segv, abort, kill, exit or hang and call counts from 1. For tests alone; the
// shipped runner has none of this.
#include "profiler/runner/process.h"

#include <csignal>
#include <cstdlib>
#include <string>
#include <unistd.h>

namespace {

using namespace orrery;

struct Fault {
    std::string kind;
    std::string node;
    long call = 1;
};

Fault faultFromEnvironment()
{
    const char* text = std::getenv("ORRERY_TEST_FAULT");
    std::string given = text ? text : "";
    auto first = given.find('@');
    if (first == std::string::npos)
        return {};
    auto second = given.find('@', first + 1);
    Fault fault{given.substr(0, first), given.substr(first + 1, second - first - 1)};
    if (second != std::string::npos)
        fault.call = std::strtol(given.c_str() + second + 1, nullptr, 10);
    return fault;
}

class FaultObserver final : public exec::ExecutionObserver {
public:
    FaultObserver(const graph::Graph& graph, exec::ExecutionObserver* next, Fault fault)
        : m_next(next)
        , m_fault(std::move(fault))
    {
        for (NodeId id : graph.liveNodes())
            if (graph.node(id).name == m_fault.node || graph.node(id).displayName() == m_fault.node)
                m_node = id;
        if (!m_fault.kind.empty() && !m_node.valid())
            _exit(97); // a test that names no node would test nothing
    }

    void stepBegin(std::uint32_t step) override { m_next->stepBegin(step); }
    void stepEnd(std::uint32_t step) override { m_next->stepEnd(step); }
    void opBegin(NodeId node) override
    {
        m_next->opBegin(node);
        if (node == m_node && ++m_calls == m_fault.call)
            fail();
    }
    void opEnd(NodeId node) override { m_next->opEnd(node); }
    void allocated(const exec::Allocation& allocation) override { m_next->allocated(allocation); }
    void freed(BufferId buffer, NodeId node) override { m_next->freed(buffer, node); }

private:
    void fail() const
    {
        if (m_fault.kind == "segv")
            std::raise(SIGSEGV);
        if (m_fault.kind == "abort")
            std::raise(SIGABRT);
        if (m_fault.kind == "kill")
            std::raise(SIGKILL);
        if (m_fault.kind == "exit")
            _exit(3);
        while (m_fault.kind == "hang")
            pause();
    }

    exec::ExecutionObserver* m_next;
    Fault m_fault;
    NodeId m_node;
    long m_calls = 0;
};

} // namespace

int main(int argc, char** argv)
{
    runner::RunnerOptions options;
    options.wrapObserver = [](const graph::Graph& graph, exec::ExecutionObserver* next) {
        static exec::ExecutionObserver nobody;
        return std::make_unique<FaultObserver>(graph, next ? next : &nobody, faultFromEnvironment());
    };
    return runner::runnerMain(argc, argv, options);
}
