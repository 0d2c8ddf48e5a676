// SPDX-License-Identifier: Apache-2.0
#include "views/document/revisions.h"

#include "engine/base/text.h"
#include "views/document/document.h"

#include <algorithm>
#include <unordered_map>

namespace orrery::document {
namespace {

constexpr std::size_t mostWaiting = 16; // each holds a model
constexpr std::chrono::milliseconds patience(3000);
constexpr double longestRunSeconds = 60;

std::vector<NodeChange> changesBetween(const std::vector<NodeTime>& before,
                                       const std::vector<NodeTime>& after)
{
    std::unordered_map<std::string_view, const NodeTime*> was;
    for (const NodeTime& node : before)
        was.emplace(node.result, &node);
    std::vector<NodeChange> changes;
    for (const NodeTime& node : after) {
        NodeChange change{node.result, node.opType, node.name, NodeChange::State::Added,
                          -1,          node.selfNs, {},        node.within};
        if (auto found = was.find(node.result); found != was.end()) {
            change.state = NodeChange::State::Same;
            change.beforeNs = found->second->selfNs;
            change.beforeWithin = found->second->within;
            was.erase(found);
        }
        changes.push_back(std::move(change));
    }
    for (const NodeTime& node : before)
        if (auto found = was.find(node.result); found != was.end() && found->second == &node)
            changes.push_back({node.result,
                               node.opType,
                               node.name,
                               NodeChange::State::Removed,
                               node.selfNs,
                               -1,
                               node.within,
                               {}});
    std::stable_sort(changes.begin(), changes.end(), [](const NodeChange& a, const NodeChange& b) {
        return std::abs(a.differenceNs()) > std::abs(b.differenceNs());
    });
    return changes;
}

} // namespace

Revisions::Revisions(Document& document)
    : QObject(&document)
    , m_document(document)
{
    connect(&document, &Document::contentChanged, this, &Revisions::onContentChanged);
    connect(&document.editor(), &Editor::historyChanged, this, &Revisions::onEdited);
    connect(&document, &Document::activityChanged, this, &Revisions::begin);
    connect(&document.debugger(), &DebugController::phaseChanged, this, &Revisions::begin);
}

Revisions::~Revisions() = default;

void Revisions::onContentChanged()
{
    const auto& loaded = m_document.model();
    if (loaded && m_original)
        return; // the same one, saved
    cancel();
    m_revisions.clear();
    endComparison();
    m_original = loaded ? loaded->model : nullptr;
    if (m_original && m_isOn)
        enqueue();
    emit changed();
}

void Revisions::onEdited()
{
    dropUnreachable();
    if (m_isOn && m_original && !of(m_document.editor().state()))
        enqueue();
    emit changed();
}

void Revisions::dropUnreachable()
{
    const Editor& editor = m_document.editor();
    std::vector<std::uint64_t> reachable;
    for (std::size_t i = 0; i <= editor.stepCount(); ++i)
        reachable.push_back(editor.stateAt(i));
    const auto isGone = [&](std::uint64_t state) {
        return std::find(reachable.begin(), reachable.end(), state) == reachable.end();
    };
    std::erase_if(m_revisions, [&](const auto& entry) { return isGone(entry.first); });
    std::erase_if(m_waiting, [&](const Waiting& waiting) { return isGone(waiting.state); });
    if (m_comparison && (isGone(m_comparison->before) || isGone(m_comparison->after)))
        endComparison();
}

void Revisions::setMeasuring(bool on)
{
    if (m_isOn == on)
        return;
    m_isOn = on;
    emit measuringChanged();
    if (!on)
        cancel();
    else if (m_original && !of(m_document.editor().state()))
        enqueue();
}

void Revisions::measureNow()
{
    if (m_original)
        enqueue();
}

void Revisions::cancel()
{
    ++m_question;
    m_task.cancel();
    m_running.reset();
    m_waiting.clear();
    std::erase_if(m_revisions, [](const auto& entry) {
        return entry.second.status == Revision::Status::Waiting ||
               entry.second.status == Revision::Status::Running;
    });
    emit progress({});
    emit changed();
}

void Revisions::enqueue()
{
    const std::uint64_t state = m_document.editor().state();
    if (m_running == state)
        return;
    std::erase_if(m_waiting, [&](const Waiting& waiting) { return waiting.state == state; });
    m_waiting.push_front({state, m_document.model()->model});
    m_revisions[state] = {};
    if (m_waiting.size() > mostWaiting) {
        m_revisions.erase(m_waiting.back().state);
        m_waiting.pop_back();
    }
    begin();
    emit changed();
}

void Revisions::begin()
{
    if (m_task.busy() || m_waiting.empty() || m_document.activity() != Activity::None ||
        m_document.debugger().phase() != DebugController::Phase::Off)
        return;
    const Waiting next = std::move(m_waiting.front());
    m_waiting.pop_front();
    m_running = next.state;
    m_revisions[next.state].status = Revision::Status::Running;
    const DebugSettings& settings = m_document.debugger().settings();
    TrialOptions options;
    options.threads = settings.threads;
    options.customOps = settings.customOps;
    options.inputs = settings.inputs;
    options.inputShapes = settings.inputShapes;
    options.patience = patience;
    options.timeLimitSeconds = longestRunSeconds;
    options.recordsNodes = true;
    const std::uint64_t question = ++m_question;
    const auto tell = [this, question](int, const QString& text) {
        QMetaObject::invokeMethod(
            this,
            [this, question, text] {
                if (question == m_question)
                    emit progress(text);
            },
            Qt::QueuedConnection);
    };
    m_task.submit([original = m_original, model = next.model, options, tell](
                      std::stop_token stop) { return compareModels(*original, *model, options, stop, tell); },
                  [this, state = next.state, threads = options.threads](Result<ModelTrialResult> result) {
                      m_running.reset();
                      emit progress({});
                      if (auto found = m_revisions.find(state); found != m_revisions.end()) {
                          Revision& revision = found->second;
                          revision.threads = threads;
                          revision.measuredAt = QDateTime::currentDateTime();
                          if (result.ok()) {
                              revision.status = Revision::Status::Measured;
                              revision.figures =
                                  std::make_shared<const ModelTrialResult>(result.releaseValue());
                          } else {
                              revision.status = Revision::Status::Failed;
                              revision.why = QString::fromStdString(displayText(result.error().text(), 500));
                          }
                      }
                      emit changed();
                      // The task is still busy with this answer.
                      QMetaObject::invokeMethod(this, &Revisions::begin, Qt::QueuedConnection);
                  });
    emit changed();
}

const Revision* Revisions::of(std::uint64_t state) const
{
    auto found = m_revisions.find(state);
    return found == m_revisions.end() ? nullptr : &found->second;
}

QString Revisions::nameOf(std::uint64_t state) const
{
    const Editor& editor = m_document.editor();
    for (std::size_t i = 1; i <= editor.stepCount(); ++i)
        if (editor.stateAt(i) == state)
            return editor.stepName(i - 1);
    return tr("Opened");
}

// The model as opened is measured with each of them; there it is the newest one's.
const ModelTrialSide* Revisions::sideOf(std::uint64_t state) const
{
    if (const Revision* revision = of(state); revision && revision->figures)
        return &revision->figures->after;
    return nullptr;
}

std::optional<QString> Revisions::compare(std::uint64_t before, std::uint64_t after)
{
    if (before == after)
        return tr("These are the same.");
    const ModelTrialSide *is = sideOf(after), *was = sideOf(before);
    // Measured together, in turns, where that is possible.
    if (before == 0 && is)
        was = &of(after)->figures->before;
    else if (after == 0 && was)
        is = &of(before)->figures->before;
    for (const auto& [side, state] : {std::pair(was, before), std::pair(is, after)})
        if (!side)
            return tr("“%1” is not measured. Go to it and choose Measure now.").arg(nameOf(state));
    auto found = std::make_shared<Comparison>();
    found->before = before;
    found->after = after;
    found->beforeName = nameOf(before);
    found->afterName = nameOf(after);
    found->dataflow = changesBetween(was->dataflow, is->dataflow);
    found->compute = changesBetween(was->compute, is->compute);
    found->beforeNs = was->medianNs();
    found->afterNs = is->medianNs();
    const bool isTogether = before == 0 || after == 0;
    const Revision* newer = of(after == 0 ? before : after);
    found->source =
        (isTogether ? tr("both run in turns, %1 rounds, on %2 at %3; nodes: median of %4 recorded runs each")
                    : tr("each run in turns with the model as opened, %1 rounds, on %2 at %3; nodes: median "
                         "of %4 recorded runs each, recorded at different times"))
            .arg(newer->figures->rounds)
            .arg(newer->threads == 1 ? tr("1 thread") : tr("%1 threads").arg(newer->threads))
            .arg(newer->measuredAt.toString("HH:mm:ss"))
            .arg(newer->figures->recordedRuns);
    m_comparison = std::move(found);
    emit comparisonChanged();
    return {};
}

void Revisions::endComparison()
{
    if (std::exchange(m_comparison, nullptr))
        emit comparisonChanged();
}

} // namespace orrery::document
