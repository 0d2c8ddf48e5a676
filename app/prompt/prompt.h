#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Prompt: reads lines, carries out the commands that they name on a DebugSession, and prints the replies:
// text to stdout and errors to stderr, or one JSON object for each line to stdout. Ctrl+C pauses the call
// under way before its next node, a second one ends the runner. Lives on one thread.

#include "app/cli/command.h"
#include "app/cli/interrupt_watch.h"
#include "app/prompt/command.h"
#include "app/prompt/line_reader.h"
#include "app/prompt/lookup.h"
#include "profiler/session/debug_session.h"

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

namespace orrery::prompt {

struct PromptOptions {
    std::string modelPath;
    session::DebugOptions debug; // what the session was opened with
    cli::Format format = cli::Format::Text;
};

class Prompt {
public:
    Prompt(session::DebugSession& session, PromptOptions options, cli::InterruptWatch& interrupts);

    // Until `quit` or the end of the input. The status: how the session ended, where the input is no
    // terminal.
    cli::ExitStatus run(LineReader& reader);
    void printStart(); // where the session is, and what was assumed about the inputs

    session::DebugSession& session() { return m_session; }
    const graph::Graph& graph() const { return m_session.graph(); }
    const PromptOptions& options() const { return m_options; }
    const Lookup& lookup();
    std::vector<RegionId> scopes() const; // of the call stack, innermost first
    Result<NodeId> node(const Word& word) { return lookup().node(word, scopes()); }
    Result<ValueId> value(const Word& word) { return lookup().value(word, scopes()); }

    // A call that moves or changes the execution, with Ctrl+C led to it; its state as the reply.
    Result<Reply> moved(const std::function<Result<debug::DebugState>()>& call);
    // Another call to the session that may take long.
    template<class Call>
    auto guarded(Call call) -> decltype(call())
    {
        guard(OnInterrupt::PauseSession);
        auto result = call();
        unguard();
        noteOutcome(result.ok() ? nullptr : &result.error());
        return result;
    }
    // Work in runners of its own, which asks interrupted() now and then.
    template<class Call>
    auto cancellable(Call call) -> decltype(call())
    {
        guard(OnInterrupt::Count);
        auto result = call();
        unguard();
        return result;
    }
    bool interrupted() const { return m_interrupts > 0; } // in the call under way
    void showProgress(const std::string& text);           // on a terminal

    // The value's tensor; computed again when it was freed and the line began with `recompute`.
    Result<session::CapturedTensor> tensor(ValueId value);
    void setRecompute(session::Recompute recompute) { m_recompute = recompute; }
    Result<Reply> carryOut(const std::string& line);

    std::vector<ValueId>& watches() { return m_watches; }
    Reply watchReply(); // what is watched holds now
    void quit() { m_quit = true; }

private:
    struct Watched {
        ValueId value;
        graph::Tensor tensor;
        bool known = false;
    };

    enum class OnInterrupt { PauseSession, Count };

    void guard(OnInterrupt onInterrupt);
    void unguard();
    void noteOutcome(const Error* error);
    void noteState(const debug::DebugState& state);
    void print(const Reply& reply);
    void printError(const Error& error, const std::string& line);
    std::vector<std::string> complete(const std::string& text, std::size_t wordBegin);

    session::DebugSession& m_session;
    PromptOptions m_options;
    cli::InterruptWatch& m_watch;
    LineReader* m_reader = nullptr;
    std::unique_ptr<Lookup> m_lookup;
    BranchId m_lookupBranch;
    const graph::Graph* m_lookupGraph = nullptr;
    std::vector<ValueId> m_watches;
    std::vector<Watched> m_watched; // as last shown
    session::Recompute m_recompute = session::Recompute::No;
    std::atomic<int> m_interrupts{0};
    cli::ExitStatus m_status = cli::ExitStatus::Done;
    std::string m_repeated; // what an empty line does again
    bool m_progressShown = false;
    bool m_quit = false;
};

// What a command says about where the session is now.
Reply stateReply(const session::DebugSession& session, const debug::DebugState& state);
std::string stackText(const session::DebugSession& session, const debug::DebugState& state);
Result<Reply> breakpointsReply(Prompt& prompt);
// Those kept beside the model are set, in addition.
Result<Reply> loadSavedBreakpoints(Prompt& prompt);
Result<Reply> watchesReply(Prompt& prompt);
Reply historyReply(Prompt& prompt);
Reply branchesReply(Prompt& prompt);
// "#3 pool1 (MaxPool)  relu1_out → pool1_out: float 1×32×15×15".
std::string nodeLine(Prompt& prompt, NodeId id);
// "normalise (Div)".
std::string namedNode(const graph::Graph& graph, NodeId id);

nlohmann::json nodeJson(const graph::Graph& graph, NodeId id);
nlohmann::json valueJson(const session::DebugSession& session, ValueId id);
nlohmann::json errorJson(const Error& error);
// "float 1×3×H×W"; "?" when it is not known.
std::string typeOf(const session::DebugSession& session, ValueId id);

} // namespace orrery::prompt
