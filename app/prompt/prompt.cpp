// SPDX-License-Identifier: Apache-2.0
#include "app/prompt/prompt.h"

#include "app/cli/output.h"
#include "app/cli/table.h"
#include "app/prompt/tensor_text.h"
#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace orrery::prompt {
namespace {

using cli::ExitStatus;
using cli::Format;
using nlohmann::json;

constexpr std::size_t mostCompletions = 200;
constexpr int watchedValues = 8;

// Commands whose reply carries a state show the watches below it.
bool isState(const Reply& reply) { return reply.json.contains("position") && reply.json.contains("reason"); }

} // namespace

Prompt::Prompt(session::DebugSession& session, PromptOptions options, cli::InterruptWatch& interrupts)
    : m_session(session)
    , m_options(std::move(options))
    , m_watch(interrupts)
{}

const Lookup& Prompt::lookup()
{
    BranchId branch = m_session.state().branch;
    if (!m_lookup || m_lookupBranch != branch || m_lookupGraph != &graph()) {
        m_lookup = std::make_unique<Lookup>(graph());
        m_lookupBranch = branch;
        m_lookupGraph = &graph();
    }
    return *m_lookup;
}

std::vector<RegionId> Prompt::scopes() const
{
    std::vector<RegionId> scopes;
    const auto& stack = m_session.state().stack;
    for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame)
        scopes.push_back(frame->region);
    return scopes;
}

void Prompt::guard(OnInterrupt onInterrupt)
{
    m_interrupts = 0;
    m_watch.callInstead([this, onInterrupt](int signal) {
        if (signal == SIGTERM) {
            m_session.kill();
            ::_exit(static_cast<int>(ExitStatus::Interrupted));
        }
        int earlier = m_interrupts++;
        if (onInterrupt == OnInterrupt::Count)
            return;
        if (earlier == 0) {
            m_session.pause();
            if (m_reader != nullptr && m_reader->isTerminal())
                cli::note("\r\x1b[Kpausing before the next node; Ctrl+C again ends the runner\n");
        } else {
            m_session.kill();
        }
    });
}

void Prompt::unguard()
{
    if (m_progressShown)
        cli::note("\r\x1b[K");
    m_progressShown = false;
    if (m_reader != nullptr && m_reader->isTerminal())
        m_watch.callInstead([this](int signal) {
            if (signal == SIGTERM)
                ::_exit(static_cast<int>(ExitStatus::Interrupted));
            m_reader->interrupt();
        });
    else
        m_watch.callInstead(nullptr);
}

void Prompt::showProgress(const std::string& text)
{
    if (isatty(STDERR_FILENO) == 0)
        return;
    m_progressShown = true;
    cli::note("\r\x1b[K{}", text);
}

void Prompt::noteOutcome(const Error* error)
{
    if (error != nullptr && m_session.dead())
        m_status = cli::exitStatusOf(*error);
}

void Prompt::noteState(const debug::DebugState& state)
{
    if (state.reason == debug::StopReason::Failed)
        m_status = state.error ? cli::exitStatusOf(*state.error) : ExitStatus::RunFailed;
    else
        m_status = interrupted() ? ExitStatus::Interrupted : ExitStatus::Done;
}

Result<Reply> Prompt::moved(const std::function<Result<debug::DebugState>()>& call)
{
    debug::DebugState state = TRY(guarded(call));
    if (state.error && state.error->code == ErrorCode::Usage && state.reason != debug::StopReason::Failed)
        return *state.error; // it stayed where it was
    noteState(state);
    return stateReply(m_session, state);
}

Result<session::CapturedTensor> Prompt::tensor(ValueId value)
{
    auto captured = guarded([&] { return m_session.tensor(value, m_recompute); });
    if (captured.ok() || m_recompute == session::Recompute::Yes || captured.error().code != ErrorCode::Usage)
        return captured;
    Error error = captured.releaseError();
    if (error.message.find("not captured") != std::string::npos)
        error.message +=
            fmt::format("; `recompute print {}` computes it again", asWord(valueName(graph(), value)));
    return error;
}

// What is watched, with those marked that hold something else than when they were last shown.
Reply Prompt::watchReply()
{
    Reply reply;
    reply.json = json::array();
    std::vector<Watched> now;
    for (ValueId id : m_watches) {
        if (!graph().contains(id))
            continue;
        Watched watched{id, {}, false};
        auto captured = guarded([&] { return m_session.tensor(id, session::Recompute::No); });
        if (captured.ok()) {
            watched.tensor = captured->tensor;
            watched.known = true;
        }
        auto before = std::find_if(m_watched.begin(), m_watched.end(),
                                   [&](const Watched& other) { return other.value == id; });
        bool changed =
            before != m_watched.end() && (before->known != watched.known ||
                                          (watched.known && !watched.tensor.identicalTo(before->tensor)));
        std::string shown = watched.known ? fmt::format("{} {}", typeText(watched.tensor),
                                                        shortText(watched.tensor, watchedValues))
                                          : "not captured";
        reply.text +=
            fmt::format("watch {}: {}{}\n", valueName(graph(), id), shown, changed ? "  (changed)" : "");
        reply.json.push_back({{"value", valueJson(m_session, id)},
                              {"changed", changed},
                              {"tensor", watched.known ? tensorJson(watched.tensor) : json()}});
        now.push_back(std::move(watched));
    }
    m_watched = std::move(now);
    return reply;
}

Result<Reply> Prompt::carryOut(const std::string& text)
{
    Line line = TRY(parseLine(text));
    if (line.words.empty())
        return cli::usageError("a command is expected; `help` lists them");
    const Command* command = TRY(findCommand(line.words.front().text));
    std::size_t count = line.argumentCount();
    if (count < command->least || count > command->most)
        return cli::usageError(fmt::format("it is written `{}{}{}`", command->name,
                                           command->arguments.empty() ? "" : " ", command->arguments));
    Reply reply = TRY(command->run(*this, line));
    if (reply.json.is_object() && !reply.json.contains("command"))
        reply.json["command"] = command->name;
    m_repeated = command->onEmptyLine == OnEmptyLine::Repeat ? text : std::string();
    return reply;
}

void Prompt::print(const Reply& reply)
{
    Reply whole = reply;
    if (isState(reply) && !m_watches.empty()) {
        Reply watches = watchReply();
        whole.text += watches.text;
        whole.json["watches"] = watches.json;
    }
    if (m_options.format == Format::Json)
        cli::print("{}\n", cli::dumpLine(whole.json));
    else
        cli::write(whole.text);
    cli::flush();
}

void Prompt::printError(const Error& error, const std::string& line)
{
    if (m_options.format == Format::Json) {
        json object = {{"error", errorJson(error)}, {"line", displayText(line, 400)}};
        if (m_session.dead())
            object["dead"] = true;
        cli::print("{}\n", cli::dumpLine(object));
        cli::flush();
        return;
    }
    cli::flush();
    std::string text = displayText(error.text(), 2000);
    if (m_session.dead() && text.find("revive") == std::string::npos)
        text += "; `revive` starts another runner just before that node";
    cli::note("error: {}\n", text);
}

std::vector<std::string> Prompt::complete(const std::string& text, std::size_t begin)
{
    std::vector<std::string> candidates;
    auto commandNames = [&](std::string_view prefix) {
        for (const CommandGroup& group : commandGroups())
            for (const Command& command : group.commands)
                if (command.name.starts_with(prefix))
                    candidates.emplace_back(command.name);
    };
    std::string prefix = text.substr(begin);
    auto line = parseLine(text.substr(0, begin));
    if (!line.ok())
        return candidates;
    if (line->words.empty()) {
        commandNames(prefix);
        return candidates;
    }
    auto command = findCommand(line->words.front().text);
    if (!command.ok())
        return candidates;
    bool first = line->words.size() == 1;
    if (first && (*command)->completes == Completes::Command)
        commandNames(prefix);
    else if (first && (*command)->completes == Completes::Topic)
        candidates = infoTopics(prefix);
    else if (first && (*command)->completes == Completes::Node)
        candidates = lookup().nodeNames(prefix, mostCompletions);
    else if ((*command)->completes != Completes::Nothing)
        candidates = lookup().valueNames(prefix, mostCompletions);
    for (std::string& candidate : candidates)
        candidate = asWord(candidate);
    return candidates;
}

void Prompt::printStart()
{
    for (const Problem& told : m_session.notes())
        cli::note("note: {}\n", displayText(told.text, 1000));
    if (const std::string& gaps = m_session.runner().isolationGaps; !gaps.empty())
        cli::note("note: {}\n", displayText(gaps, 1000));
    Reply reply = stateReply(m_session, m_session.state());
    reply.json["command"] = "start";
    print(reply);
}

ExitStatus Prompt::run(LineReader& reader)
{
    m_reader = &reader;
    reader.setCompletion(
        [this](const std::string& line, std::size_t begin) { return complete(line, begin); });
    unguard();
    while (!m_quit) {
        auto line = reader.read();
        if (!line)
            break;
        std::string text = line->text;
        std::size_t begin = text.find_first_not_of(" \t\r");
        if (begin == std::string::npos && reader.isTerminal())
            text = m_repeated;
        if (begin != std::string::npos && text[begin] == '#')
            continue; // a comment in a script
        if (text.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        m_recompute = session::Recompute::No;
        auto reply =
            line->tooLong ? Result<Reply>(cli::usageError("this line is longer than 1 MiB")) : carryOut(text);
        if (reply.ok())
            print(*reply);
        else
            printError(reply.error(), text);
        if (!cli::flush())
            break;
    }
    m_watch.callInstead(nullptr);
    m_reader = nullptr;
    return reader.isTerminal() ? ExitStatus::Done : m_status;
}

} // namespace orrery::prompt
