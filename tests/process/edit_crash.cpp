// SPDX-License-Identifier: Apache-2.0
//
// A process that edits and keeps a journal is killed at a random moment, again and again; each time the model
// and its journal give back the last whole edit: at least what the process had said to be done, at most one
// more, and equal to a session of the same seed that nobody killed.
//
//   edit_crash [--kills N] [MODEL...]        sample graphs by default
#include "engine/edit/history.h"
#include "engine/formats/format.h"
#include "tests/unit/engine/edit/random_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace orrery;

namespace {

// One record of the journal: an edit that may be refused, an undo or a redo. False when there was none to
// make.
bool act(edit::History& history, tests::Random& random)
{
    std::uint64_t dice = random() % 10;
    if (dice < 2 && history.canUndo())
        return history.undo().ok();
    if (dice < 3 && history.canRedo())
        return history.redo().ok();
    auto made = tests::randomEdit(history.model(), random);
    if (!made.ok())
        return false;
    std::ignore = history.apply(*made);
    return true;
}

[[noreturn]] void editUntilKilled(const graph::Model& model, const std::string& journal,
                                  const edit::FileIdentity& identity, std::uint64_t seed, int progress)
{
    edit::History history(model);
    auto created = edit::Journal::create(journal, identity);
    if (!created.ok())
        ::_exit(2);
    history.setJournal(created.releaseValue());
    tests::Random random(seed);
    for (std::uint32_t done = 0;;)
        if (act(history, random)) {
            ++done;
            if (::write(progress, &done, sizeof done) != sizeof done)
                ::_exit(3);
        }
}

std::string killOnce(const graph::Model& model, const std::string& journal,
                     const edit::FileIdentity& identity, std::uint64_t seed, std::size_t& records,
                     std::size_t& torn)
{
    fs::remove(journal); // the child may not even come to make its own
    int pipe[2];
    if (::pipe(pipe) != 0)
        return "no pipe";
    pid_t child = ::fork();
    if (child == 0) {
        ::close(pipe[0]);
        editUntilKilled(model, journal, identity, seed, pipe[1]);
    }
    ::close(pipe[1]);
    tests::Random random(seed * 7919);
    timespec wait{0, static_cast<long>(random() % 60'000'000)};
    ::nanosleep(&wait, nullptr);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    std::uint32_t said = 0, next = 0;
    while (::read(pipe[0], &next, sizeof next) == sizeof next)
        said = next;
    ::close(pipe[0]);
    if (!WIFSIGNALED(status))
        return fmt::format("the editing process ended by itself, with {}", WEXITSTATUS(status));

    auto content = edit::readJournal(journal);
    if (!content.ok())
        return said == 0 ? "" : content.error().text();
    if (content->model != identity)
        return "the journal is of another model";
    edit::Recovery recovery = edit::recover(model, *content);
    if (!recovery.stoppedBy.empty())
        return recovery.stoppedBy;
    if (recovery.records < said || recovery.records > said + 1)
        return fmt::format("{} records came back, {} were said to be done", recovery.records, said);
    records += recovery.records;
    torn += content->lostBytes != 0 ? 1 : 0;

    edit::History expected(model);
    tests::Random again(seed);
    for (std::size_t done = 0; done < recovery.records;)
        done += act(expected, again) ? 1 : 0;
    if (!graph::equal(expected.model(), recovery.history.model()))
        return "the recovered model is another one";
    if (expected.size() != recovery.history.size() || expected.done() != recovery.history.done())
        return "the recovered history is another one";
    if (!recovery.history.goTo(0).ok() || !graph::equal(recovery.history.model(), model))
        return "undoing what was recovered does not give back the model";
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    std::size_t kills = 40;
    std::vector<fs::path> models;
    for (int i = 1; i < argc; ++i)
        if (std::strcmp(argv[i], "--kills") == 0 && i + 1 < argc)
            kills = std::strtoull(argv[++i], nullptr, 10);
        else
            models.emplace_back(argv[i]);
    if (models.empty())
        for (const char* name : {"transformer_block", "if_branch", "mlp", "function_call"})
            models.push_back(fs::path(SAMPLE_GRAPHS) / (std::string(name) + ".onnxtxt"));
    std::string folder = (fs::temp_directory_path() / "edit-crash-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr)
        return 1;
    int failed = 0;
    for (const fs::path& path : models) {
        auto model = formats::readModel(path.string());
        auto identity = edit::identify(path.string());
        if (!model.ok() || !identity.ok()) {
            fmt::print("FAIL {} cannot be read\n", path.string());
            return 1;
        }
        std::size_t records = 0, torn = 0;
        std::size_t each = std::max<std::size_t>(1, kills / models.size());
        for (std::size_t i = 0; i < each; ++i)
            if (std::string wrong = killOnce(*model, folder + "/journal", *identity, i + 1, records, torn);
                !wrong.empty()) {
                fmt::print("FAIL {} (seed {}): {}\n", path.filename().string(), i + 1, wrong);
                ++failed;
            }
        fmt::print("{}: {} kills, {} records came back, {} torn ends\n", path.filename().string(), each,
                   records, torn);
        std::fflush(stdout);
    }
    fs::remove_all(folder);
    return failed == 0 ? 0 : 1;
}
