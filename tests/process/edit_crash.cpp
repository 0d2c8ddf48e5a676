// SPDX-License-Identifier: Apache-2.0
//
// A process that edits and keeps a journal is killed at a random moment, again and again; each time the model
// and its journal give back the last whole edit: at least what the process had said to be done, at most one
// more, and equal to a session of the same seed that nobody killed. Then the same with a model that was
// edited and saved before: its file has other ids, and undo leads behind the save.
//
//   edit_crash [--kills N] [MODEL...]        sample graphs by default
#include "engine/edit/history.h"
#include "engine/formats/format.h"
#include "engine/graph/verify.h"
#include "tests/unit/engine/edit/random_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
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

// A file as it is read, with what was edited before it was saved, if anything.
struct Subject {
    graph::Model file;
    edit::FileIdentity identity;
    std::optional<edit::Start> start;
    std::size_t editsBefore = 0;
    std::uint64_t seedBefore = 0;
    graph::Model unedited;

    edit::History history() const
    {
        edit::History history(unedited);
        tests::Random random(seedBefore);
        for (std::size_t done = 0; done < editsBefore;)
            done += act(history, random) ? 1 : 0;
        return history;
    }
};

[[noreturn]] void editUntilKilled(const Subject& subject, const std::string& journal, std::uint64_t seed,
                                  int progress)
{
    edit::History history = subject.history();
    auto created = edit::Journal::create(journal, subject.identity);
    if (!created.ok() || (subject.start && !(*created)->append(*subject.start).ok()))
        ::_exit(2);
    history.setJournal(created.releaseValue(), history.done());
    tests::Random random(seed);
    std::uint32_t done = 0;
    if (::write(progress, &done, sizeof done) != sizeof done)
        ::_exit(3);
    for (;;)
        if (act(history, random)) {
            ++done;
            if (::write(progress, &done, sizeof done) != sizeof done)
                ::_exit(3);
        }
}

// As ONNX holds it: what is remembered of how a file encoded it, and where it keeps constants, differs after
// a save.
std::string textOf(graph::Model model, const std::string& besides)
{
    for (std::size_t i = 0; i < model.graph.valueSlots(); ++i)
        if (auto& initializer = model.graph.value(ValueId(i)).initializer;
            initializer && initializer->tensor.bytes() != nullptr) {
            initializer->external.reset();
            initializer->extra.clear();
        }
    const std::string path = besides + ".onnx";
    if (!formats::writeModel(model, path, {}, nullptr).ok())
        return "cannot be written " + std::to_string(model.graph.nodeSlots());
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool namesTwice(const graph::Model& model, std::uint64_t seed)
{
    Subject subject;
    subject.unedited = model;
    subject.editsBefore = 40;
    subject.seedBefore = seed;
    const auto problems = graph::verify(subject.history().model());
    return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
        return problem.code == "duplicate-value-name" || problem.code == "shadowed-name";
    });
}

Result<Subject> editedAndSaved(const graph::Model& model, const std::string& path, std::uint64_t seed)
{
    Subject subject;
    subject.unedited = model;
    subject.editsBefore = 40;
    subject.seedBefore = seed;
    const edit::History history = subject.history();
    TRY(formats::writeModel(history.model(), path, {}, nullptr));
    subject.file = TRY(formats::readModel(path));
    subject.identity = TRY(edit::identify(path));
    subject.start = TRY(edit::startOf(history.model(), subject.file, history.model()));
    return subject;
}

std::string killOnce(const Subject& subject, const std::string& journal, std::uint64_t seed,
                     std::size_t& records, std::size_t& torn)
{
    fs::remove(journal); // the child may not even come to make its own
    int pipe[2];
    if (::pipe(pipe) != 0)
        return "no pipe";
    pid_t child = ::fork();
    if (child == 0) {
        ::close(pipe[0]);
        editUntilKilled(subject, journal, seed, pipe[1]);
    }
    ::close(pipe[1]);
    tests::Random random(seed * 7919);
    std::uint32_t said = 0, next = 0;
    if (subject.start) // what was before the journal takes its time
        std::ignore = ::read(pipe[0], &next, sizeof next);
    timespec wait{0, static_cast<long>(random() % 60'000'000)};
    ::nanosleep(&wait, nullptr);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    while (::read(pipe[0], &next, sizeof next) == sizeof next)
        said = next;
    ::close(pipe[0]);
    if (!WIFSIGNALED(status))
        return fmt::format("the editing process ended by itself, with {}", WEXITSTATUS(status));

    auto content = edit::readJournal(journal);
    if (!content.ok())
        return said == 0 ? "" : content.error().text();
    if (content->model != subject.identity)
        return "the journal is of another model";
    edit::Recovery recovery = edit::recover(subject.file, *content);
    if (!recovery.stoppedBy.empty())
        return recovery.stoppedBy;
    const bool begun = !content->records.empty() && std::holds_alternative<edit::Start>(content->records[0]);
    const std::size_t made = recovery.records - (begun ? 1 : 0);
    if (made < said || made > said + 1)
        return fmt::format("{} records came back, {} were said to be done", made, said);
    records += made;
    torn += content->lostBytes != 0 ? 1 : 0;

    edit::History expected = subject.history();
    tests::Random again(seed);
    for (std::size_t done = 0; done < made;)
        done += act(expected, again) ? 1 : 0;
    if (subject.start) {
        const std::string is = textOf(recovery.history.model(), fmt::format("{}-{}-is", journal, seed)),
                          was = textOf(expected.model(), fmt::format("{}-{}-was", journal, seed));
        return is == was ? "" : "the recovered model is another one";
    }
    if (!graph::equal(expected.model(), recovery.history.model()))
        return "the recovered model is another one";
    if (expected.size() != recovery.history.size() || expected.done() != recovery.history.done())
        return "the recovered history is another one";
    if (!recovery.history.goTo(0).ok() || !graph::equal(recovery.history.model(), subject.file))
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
        std::size_t records = 0, torn = 0, unkept = 0;
        std::size_t each = std::max<std::size_t>(1, kills / models.size() / 2);
        for (std::size_t i = 0; i < each; ++i)
            for (const bool saved : {false, true}) {
                Subject subject{*model, *identity, {}, 0, 0, *model};
                std::string wrong;
                if (saved) {
                    if (auto made = editedAndSaved(*model, folder + "/saved.onnx", i + 1); made.ok())
                        subject = made.releaseValue();
                    else if (namesTwice(*model, i + 1)) // reads as another graph, and the window says so
                        ++unkept;
                    else
                        wrong = made.error().text();
                }
                if (wrong.empty())
                    wrong = killOnce(subject, folder + "/journal", i + 1, records, torn);
                if (!wrong.empty()) {
                    fmt::print("FAIL {} (seed {}{}): {}\n", path.filename().string(), i + 1,
                               saved ? ", after a save" : "", wrong);
                    ++failed;
                }
            }
        fmt::print(
            "{}: {} kills, half of them after a save, {} records came back, {} torn ends, {} saved with a "
            "name given twice or hidden, which no journal can follow\n",
            path.filename().string(), 2 * each, records, torn, unkept);
        std::fflush(stdout);
    }
    if (failed == 0)
        fs::remove_all(folder);
    return failed == 0 ? 0 : 1;
}
