// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/runner.h"

#include "engine/base/checked_math.h"
#include "engine/base/heap_tag.h"
#include "engine/custom_ops/library.h"
#include "profiler/protocol/codec.h"
#include "profiler/runner/debug_server.h"
#include "profiler/runner/divergence.h"
#include "profiler/runner/model_run.h"
#include "profiler/runner/opened_model.h"
#include "profiler/runner/prediction.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <unistd.h>

namespace orrery::runner {

namespace {

// Commands that the executing thread carries out; the others act on the gate at once.
class CommandQueue {
public:
    void push(protocol::Command command)
    {
        std::lock_guard lock(m_mutex);
        m_commands.push_back(std::move(command));
        m_changed.notify_one();
    }
    protocol::Command pop()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return !m_commands.empty(); });
        protocol::Command command = std::move(m_commands.front());
        m_commands.pop_front();
        return command;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<protocol::Command> m_commands;
};

class Server {
public:
    Server(protocol::Channel channel, const RunnerOptions& options)
        : m_channel(std::move(channel))
        , m_options(options)
    {}

    void serve()
    {
        std::thread reader([this] { readCommands(); });
        bool going = send(protocol::Hello{protocol::protocolVersion, getpid(),
                                          std::string(ops::kernelLevel()), "orrery " ORRERY_VERSION,
                                          m_options.isolation.holds, m_options.isolation.gaps})
                         .ok();
        while (going)
            going = handle(m_queue.pop());
        // The reader leaves when the session closes its end, which it does after Quit.
        reader.join();
    }

private:
    Result<void> send(const protocol::Reply& reply)
    {
        auto sent = m_channel.send(protocol::encode(reply), protocol::descriptorsOf(reply));
        if (!sent.ok() && sent.error().code == ErrorCode::LimitReached)
            return m_channel.send(protocol::encode(protocol::Reply(protocol::Failed{sent.error(), {}, {}})));
        return sent;
    }

    void readCommands()
    {
        exchangeHeapTag(HeapTag::Program);
        for (;;) {
            std::vector<protocol::SharedFd> descriptors;
            auto message = m_channel.receive(-1, &descriptors);
            auto command = message.ok() ? protocol::decodeCommand(**message, std::move(descriptors))
                                        : Result<protocol::Command>(message.error());
            if (!command.ok()) {
                if (m_options.onDisconnect == OnDisconnect::ExitProcess)
                    _exit(0);
                m_gate.set(exec::GateAnswer::Stop);
                m_queue.push(protocol::Quit{});
                return;
            }
            if (std::holds_alternative<protocol::Pause>(*command))
                m_gate.set(exec::GateAnswer::Pause);
            else if (std::holds_alternative<protocol::Continue>(*command))
                m_gate.set(exec::GateAnswer::Go);
            else if (std::holds_alternative<protocol::Stop>(*command))
                m_gate.set(exec::GateAnswer::Stop);
            else {
                // Before the executing thread can see it, so that a Stop that follows is not lost.
                if (runsInstructions(*command))
                    m_gate.reset();
                m_queue.push(command.releaseValue());
            }
        }
    }

    static bool runsInstructions(const protocol::Command& command)
    {
        return std::visit(
            [](const auto& alternative) {
                using T = std::remove_cvref_t<decltype(alternative)>;
                return std::is_same_v<T, protocol::Run> || std::is_same_v<T, protocol::DebugStart> ||
                       std::is_same_v<T, protocol::DebugGo> || std::is_same_v<T, protocol::DebugRestart> ||
                       std::is_same_v<T, protocol::DebugFindBad> || std::is_same_v<T, protocol::DebugFetch> ||
                       std::is_same_v<T, protocol::DebugEdit> || std::is_same_v<T, protocol::DebugChoose> ||
                       std::is_same_v<T, protocol::DebugRerun> || std::is_same_v<T, protocol::Diverge> ||
                       std::is_same_v<T, protocol::Predict>;
            },
            command);
    }

    bool handle(const protocol::Command& command)
    {
        if (std::holds_alternative<protocol::Quit>(command))
            return false;
        protocol::Reply reply;
        try {
            if (auto* open = std::get_if<protocol::Open>(&command))
                reply = this->open(*open);
            else if (auto* run = std::get_if<protocol::Run>(&command))
                reply = this->run(*run);
            else if (auto* predict = std::get_if<protocol::Predict>(&command))
                reply = this->predict(*predict);
            else if (auto* start = std::get_if<protocol::DebugStart>(&command))
                reply = this->debug(*start);
            else if (auto* diverge = std::get_if<protocol::Diverge>(&command))
                reply = findDivergence(m_open, m_plan, *diverge, m_gate,
                                       [this](const protocol::Reply& progress) { return send(progress); });
            else if (m_debugServer) {
                if (auto* budget = std::get_if<protocol::DebugSetBudget>(&command))
                    limitDebugging(budget->bytes);
                reply = m_debugServer->answer(command);
            } else
                reply = protocol::Failed{{ErrorCode::Usage, "no debugging session was started", {}}, {}, {}};
        } catch (const std::bad_alloc&) {
            reply = protocol::Failed{{ErrorCode::LimitReached, "memory ran out", {}}, {}, {}};
        } catch (const std::exception& exception) {
            reply = protocol::Failed{{ErrorCode::Internal, exception.what(), {}}, {}, {}};
        }
        return send(reply).ok();
    }

    protocol::Reply debug(const protocol::DebugStart& command)
    {
        if (!m_plan)
            return protocol::Failed{{ErrorCode::Usage, "no model is open", {}}, {}, {}};
        endDebugging();
        m_debugLimitBytes = command.memoryLimitBytes;
        m_debugThreads = command.threads;
        limitDebugging(command.historyBudgetBytes);
        auto server = DebugServer::start(m_plan, command, m_gate);
        if (!server.ok())
            return protocol::Failed{server.releaseError(), {}, {}};
        m_debugServer = server.releaseValue();
        return m_debugServer->started();
    }

    void endDebugging()
    {
        if (!m_debugServer)
            return;
        m_debugServer.reset();
        custom_ops::tellRunEnded(m_open.customOps);
    }

    // What the history keeps counts as much as what the run holds.
    void limitDebugging(std::int64_t historyBytes) const
    {
        if (m_options.onDisconnect != OnDisconnect::ExitProcess)
            return;
        auto sum = m_debugLimitBytes < 0 || historyBytes < 0 ? std::nullopt
                                                             : checkedAdd(m_debugLimitBytes, historyBytes);
        limitMemory(sum.value_or(-1), m_debugThreads);
    }

    protocol::Reply open(const protocol::Open& command)
    {
        endDebugging();
        m_plan.reset();
        m_open = command;
        auto opened = openModel(command);
        if (!opened.ok())
            return protocol::Failed{opened.releaseError(), {}, {}};
        m_operators = std::move(opened->operators);
        m_plan = std::move(opened->plan);
        return std::move(opened->reply);
    }

    protocol::Reply run(const protocol::Run& command)
    {
        if (!m_plan)
            return protocol::Failed{{ErrorCode::Usage, "no model is open", {}}, {}, {}};
        ModelRun modelRun(
            m_plan, command, m_options, m_clock, m_gate,
            [this](const protocol::Reply& reply) { return send(reply); }, m_open.customOps);
        return modelRun.carryOut();
    }

    protocol::Reply predict(const protocol::Predict& command)
    {
        if (!m_plan)
            return protocol::Failed{{ErrorCode::Usage, "no model is open", {}}, {}, {}};
        if (m_options.onDisconnect == OnDisconnect::ExitProcess && !m_debugServer)
            limitMemory(command.memoryLimitBytes, command.threads);
        return runner::predict({m_open, m_plan}, command, m_gate);
    }

    protocol::Channel m_channel;
    const RunnerOptions& m_options;
    record::Clock m_clock; // from the start on: its rate is as good as the time until the first run is long
    CommandQueue m_queue;
    RunGate m_gate;
    std::shared_ptr<const ops::OpRegistry> m_operators;
    protocol::Open m_open;
    std::shared_ptr<const plan::Plan> m_plan;
    std::unique_ptr<DebugServer> m_debugServer;
    std::int64_t m_debugLimitBytes = -1;
    int m_debugThreads = 1;
};

} // namespace

void serve(protocol::Channel channel, const RunnerOptions& options)
{
    Server(std::move(channel), options).serve();
}

} // namespace orrery::runner
