// SPDX-License-Identifier: Apache-2.0
#include "views/document/editor.h"

#include "engine/base/text.h"
#include "engine/formats/schema_check.h"
#include "engine/graph/verify.h"
#include "engine/ops/op_spec.h"
#include "engine/passes/call_check.h"

#include <algorithm>
#include <filesystem>

namespace orrery::document {
namespace {

constexpr int checkDelayMs = 120; // from an edit to the check of the whole graph

void merge(graph::Touched& into, const graph::Touched& more)
{
    into.nodes.insert(into.nodes.end(), more.nodes.begin(), more.nodes.end());
    into.values.insert(into.values.end(), more.values.begin(), more.values.end());
    into.regions.insert(into.regions.end(), more.regions.begin(), more.regions.end());
    into.links = into.links || more.links;
    into.wholeModel = into.wholeModel || more.wholeModel;
}

void keepWholeGraph(const std::vector<Problem>& found, std::vector<Problem>& into)
{
    into.clear();
    for (const Problem& problem : found)
        if (!edit::ProblemIndex::covers(problem.code))
            into.push_back(problem);
}

bool sameProblems(const std::vector<Problem>& a, const std::vector<Problem>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Problem& x, const Problem& y) {
        return x.code == y.code && x.nodeId == y.nodeId && x.text == y.text;
    });
}

} // namespace

Editor::Editor(QObject* parent)
    : QObject(parent)
{
    m_checkSoon.setSingleShot(true);
    m_checkSoon.setInterval(checkDelayMs);
    m_checkSoon.callOnTimeout(this, &Editor::checkAll);
}

Editor::~Editor()
{
    if (m_history && m_history->journal())
        m_history->journal()->remove(); // the end was wanted
}

void Editor::setModel(std::shared_ptr<const LoadedModel> loaded, const std::string& path)
{
    if (m_history && m_history->journal())
        m_history->journal()->remove();
    m_loaded = std::move(loaded);
    m_path = path;
    m_file = m_loaded ? m_loaded->file : edit::FileIdentity();
    m_start.reset();
    m_checkSoon.stop();
    m_checkTask.cancel();
    m_inference.reset();
    m_snapshots = {};
    m_problems.reset();
    m_wholeGraph.clear();
    m_chosenEdge.reset();
    m_history.reset();
    m_left.reset();
    if (m_loaded && m_loaded->journal && m_loaded->journal->model == m_loaded->file &&
        m_loaded->journal->hasEdits())
        m_left = *m_loaded->journal;
    emit historyChanged();
}

void Editor::tell(const Error& error)
{
    emit refused(QString::fromStdString(displayText(error.text(), 1000)));
}

bool Editor::begin()
{
    if (!canEdit())
        return false;
    if (m_history)
        return true;
    m_history.emplace(*m_loaded->model);
    m_inference.emplace(m_history->model(), ops::OpRegistry::builtin());
    m_problems.emplace(m_history->model());
    keepWholeGraph(m_loaded->problems, m_wholeGraph);
    const std::vector<Problem> inferred = m_inference->problems();
    std::erase_if(m_wholeGraph, [&](const Problem& problem) {
        return std::any_of(inferred.begin(), inferred.end(), [&](const Problem& other) {
            return other.code == problem.code && other.text == problem.text;
        });
    });
    m_left.reset();
    startJournal();
    return true;
}

// Who cannot write beside the model edits without a net, and is told so.
void Editor::startJournal()
{
    if (m_path.empty() || m_file.bytes == 0)
        return;
    auto journal = edit::Journal::create(edit::journalPath(m_path), m_file);
    if (journal.ok() && m_start)
        if (auto begun = (*journal)->append(*m_start); !begun.ok()) {
            (*journal)->remove();
            journal = begun.releaseError();
        }
    if (journal.ok())
        m_history->setJournal(journal.releaseValue(), m_history->done());
    else
        tellNotKept(journal.error());
}

void Editor::tellNotKept(const Error& error)
{
    emit refused(tr("Edits are not kept in case of a crash: %1")
                     .arg(QString::fromStdString(displayText(error.text(), 500))));
}

bool Editor::apply(const Result<graph::Edit>& edit)
{
    if (edit.ok())
        return apply(*edit);
    tell(edit.error());
    return false;
}

bool Editor::apply(const graph::Edit& edit)
{
    if (!begin())
        return false;
    auto touched = m_history->apply(edit);
    if (!touched.ok()) {
        tell(touched.error());
        return false;
    }
    publish(*touched);
    return true;
}

void Editor::goTo(std::size_t wanted)
{
    if (!m_history)
        return;
    wanted = std::min(wanted, m_history->size());
    if (wanted == m_history->done())
        return;
    graph::Touched touched;
    while (m_history->done() != wanted) {
        auto step = m_history->done() > wanted ? m_history->undo() : m_history->redo();
        if (!step.ok()) {
            tell(step.error());
            break;
        }
        merge(touched, *step);
    }
    publish(touched);
}

QString Editor::stepName(std::size_t step) const
{
    return QString::fromStdString(displayText(m_history->name(step), 200));
}

// The journal begins anew, from the file as it is now.
void Editor::markSaved(std::uint64_t state, const SavedModel& written, const std::string& path)
{
    Result<edit::Start> start = state == this->state() || !written.asRead
                                    ? written.start
                                    : edit::startOf(*written.saved, *written.asRead, model());
    m_path = path;
    m_file = written.file;
    m_start.reset();
    if (m_history && m_history->journal())
        m_history->journal()->remove();
    if (m_history) {
        m_history->markSaved(state);
        m_history->setJournal(nullptr, 0);
    }
    if (!start.ok()) {
        m_file = {};
        tellNotKept(start.error());
    } else {
        m_start = start.releaseValue();
        if (m_history)
            startJournal();
    }
    emit historyChanged();
}

std::size_t Editor::recoverable() const
{
    return m_left ? m_left->records.size() -
                        (std::holds_alternative<edit::Start>(m_left->records.front()) ? 1 : 0)
                  : 0;
}

void Editor::recover()
{
    if (!m_left || m_history || !canEdit())
        return;
    edit::Recovery recovery = edit::recover(*m_loaded->model, *m_left);
    m_history.emplace(std::move(recovery.history));
    m_inference.emplace(m_history->model(), ops::OpRegistry::builtin());
    m_problems.emplace(m_history->model());
    auto journal = edit::Journal::resume(edit::journalPath(m_path), *m_left);
    if (journal.ok())
        m_history->setJournal(journal.releaseValue(), 0);
    if (!recovery.stoppedBy.empty())
        emit refused(QString::fromStdString(displayText(recovery.stoppedBy, 1000)));
    m_left.reset();
    graph::Touched all;
    all.wholeModel = true;
    publish(all);
}

void Editor::discardRecoverable()
{
    if (!m_left)
        return;
    m_left.reset();
    std::error_code ignored;
    std::filesystem::remove(edit::journalPath(m_path), ignored);
}

// What a local check cannot see stays as it was found last, but for what is gone, until all is checked again.
void Editor::publish(const graph::Touched& touched)
{
    const graph::Model& model = m_history->model();
    m_chosenEdge.reset();
    m_snapshots.add(touched, m_inference->update(model, touched));
    m_problems->update(model, touched);
    std::erase_if(m_wholeGraph, [&](const Problem& problem) {
        return problem.nodeId.valid() && !model.graph.contains(problem.nodeId);
    });
    std::vector<Problem> local = m_problems->problems();
    local.insert(local.end(), m_wholeGraph.begin(), m_wholeGraph.end());
    m_loaded = snapshotOf(model, *m_inference, local, m_snapshots);
    emit edited(m_loaded);
    emit historyChanged();
    m_checkTask.cancel();
    m_checkSoon.start();
}

void Editor::checkAll()
{
    m_checkTask.submit(
        [loaded = m_loaded](std::stop_token) {
            std::vector<Problem> found = graph::verify(*loaded->model);
            const graph::Graph& typed = *loaded->dataflow;
            std::vector<graph::ValueType> types(typed.valueSlots());
            for (std::size_t i = 0; i < types.size(); ++i)
                types[i] = typed.value(ValueId(i)).type;
            const auto demanded = formats::checkSchemas(*loaded->model, types, loaded->problems);
            found.insert(found.end(), demanded.begin(), demanded.end());
            const auto calls =
                passes::checkCalls(*loaded->model, ops::OpRegistry::builtin(), formats::checkSchemas);
            found.insert(found.end(), calls.begin(), calls.end());
            return std::make_pair(loaded, std::move(found));
        },
        [this](const std::pair<std::shared_ptr<const LoadedModel>, std::vector<Problem>>& checked) {
            if (checked.first != m_loaded)
                return;
            std::vector<Problem> before;
            std::swap(before, m_wholeGraph);
            keepWholeGraph(checked.second, m_wholeGraph);
            if (sameProblems(before, m_wholeGraph))
                return;
            std::vector<Problem> local = m_problems->problems();
            local.insert(local.end(), m_wholeGraph.begin(), m_wholeGraph.end());
            m_loaded = withProblems(*m_loaded, *m_inference, local);
            emit edited(m_loaded);
        });
}

} // namespace orrery::document
