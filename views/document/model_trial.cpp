// SPDX-License-Identifier: Apache-2.0
#include "views/document/model_trial.h"

#include "engine/debug/tensor_difference.h"
#include "profiler/session/session.h"
#include "views/document/model_file.h"

#include <QFileInfo>
#include <QTemporaryDir>

#include <algorithm>
#include <chrono>

namespace orrery::document {
namespace {

// Sides take turns, so that a machine that gets slower slows both.
constexpr int leastRounds = 5, mostRounds = 31;
constexpr std::chrono::seconds patience(8); // after which no round begins

double quantile(std::vector<double> numbers, double which)
{
    if (numbers.empty())
        return 0;
    const auto at = static_cast<std::ptrdiff_t>(which * static_cast<double>(numbers.size() - 1) + 0.5);
    std::nth_element(numbers.begin(), numbers.begin() + at, numbers.end());
    return numbers[static_cast<std::size_t>(at)];
}

// Its constants inside of it, wherever the model keeps them.
Result<std::unique_ptr<session::Session>> open(const graph::Model& model, const std::string& path,
                                               const std::vector<std::string>& customOps,
                                               ModelTrialSide& side)
{
    TRY(writeModelFile(model, path, ExternalTensors::Inside));
    side.fileBytes = QFileInfo(QString::fromStdString(path)).size();
    session::SessionOptions options;
    options.customOps = customOps;
    options.arguments = "window";
    return session::Session::open(path, options);
}

void compare(const session::RunOutcome& before, const session::RunOutcome& after, ModelTrialResult& result)
{
    if (before.outputs.size() != after.outputs.size())
        ++result.mismatches;
    for (std::size_t i = 0; i < before.outputs.size() && i < after.outputs.size(); ++i) {
        const graph::Tensor &a = after.outputs[i].tensor, &b = before.outputs[i].tensor;
        if (a.identicalTo(b))
            continue;
        result.isSameBits = false;
        const auto difference = debug::difference(a, b);
        if (!difference.ok()) {
            ++result.mismatches;
            continue;
        }
        result.maxAbsoluteError = std::max(result.maxAbsoluteError, difference->maxAbsolute);
        result.cosine = std::min(result.cosine, difference->cosine);
        result.mismatches += difference->mismatches;
    }
}

using Tell = std::function<void(int, const QString&)>;

Result<ModelTrialResult> measure(const graph::Model& before, const graph::Model& after, int threads,
                                 const std::vector<std::string>& customOps, const std::stop_token& stop,
                                 const Tell& tell)
{
    const Error cancelled{ErrorCode::Cancelled, "cancelled", {}};
    QTemporaryDir folder;
    if (!folder.isValid())
        return Error{ErrorCode::Io, folder.errorString().toStdString(), {}};
    ModelTrialResult result;
    tell(0, ModelTrial::tr("Opening both …"));
    auto first = TRY(open(before, folder.filePath("before.onnx").toStdString(), customOps, result.before));
    if (stop.stop_requested())
        return cancelled;
    auto second = TRY(open(after, folder.filePath("after.onnx").toStdString(), customOps, result.after));
    const auto run = [&](session::Session& session, ModelTrialSide& side,
                         bool begins) -> Result<session::RunOutcome> {
        session::RunRequest request;
        request.threads = threads;
        request.warmup = begins ? 2 : 0;
        request.outputs = begins ? protocol::Outputs::Return : protocol::Outputs::Drop;
        std::stop_callback onStop(stop, [&session] { session.stop(); });
        session::RunOutcome outcome = session.run(request);
        if (stop.stop_requested())
            return cancelled;
        if (outcome.error)
            return *outcome.error;
        side.peakBytes = std::max(side.peakBytes, outcome.memory.peakLiveBytes);
        side.durationsNs.insert(side.durationsNs.end(), outcome.durationsNs.begin(),
                                outcome.durationsNs.end());
        return outcome;
    };
    std::vector<double> ratios;
    const auto start = std::chrono::steady_clock::now();
    for (int round = 0; round < mostRounds; ++round) {
        const auto spent = std::chrono::steady_clock::now() - start;
        if (round >= leastRounds && spent > patience)
            break;
        tell(std::max(100 * round / mostRounds, static_cast<int>(100 * spent / patience)),
             ModelTrial::tr("Running both in turns, round %1 …").arg(round + 1));
        // Who goes first alternates, too.
        const bool swapped = round % 2 == 1;
        session::RunOutcome was, is;
        if (swapped)
            is = TRY(run(*second, result.after, round == 0));
        was = TRY(run(*first, result.before, round == 0));
        if (!swapped)
            is = TRY(run(*second, result.after, round == 0));
        if (round == 0)
            compare(was, is, result);
        if (!was.durationsNs.empty() && !is.durationsNs.empty() && was.durationsNs.back() > 0)
            ratios.push_back(static_cast<double>(is.durationsNs.back()) /
                             static_cast<double>(was.durationsNs.back()));
    }
    result.ratio = quantile(ratios, 0.5);
    result.lowRatio = quantile(ratios, 0.25);
    result.highRatio = quantile(ratios, 0.75);
    return result;
}

} // namespace

std::int64_t ModelTrialSide::medianNs() const
{
    std::vector<std::int64_t> sorted = durationsNs;
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty() ? 0 : sorted[sorted.size() / 2];
}

ModelTrial::ModelTrial(QObject* parent)
    : QObject(parent)
{}

ModelTrial::~ModelTrial() = default;

void ModelTrial::cancel()
{
    ++m_question;
    m_task.cancel();
}

void ModelTrial::start(std::shared_ptr<const graph::Model> before, std::shared_ptr<const graph::Model> after,
                       int threads, std::vector<std::string> customOps)
{
    const std::uint64_t number = ++m_question;
    m_task.submit(
        [this, number, before, after, threads, customOps](std::stop_token stop) {
            return measure(*before, *after, threads, customOps, stop,
                           [this, number](int percent, const QString& text) {
                               QMetaObject::invokeMethod(
                                   this,
                                   [this, number, percent, text] {
                                       if (number == m_question)
                                           emit progress(percent, text);
                                   },
                                   Qt::QueuedConnection);
                           });
        },
        [this](Result<ModelTrialResult> result) {
            if (result.ok())
                emit finished(std::make_shared<const ModelTrialResult>(result.releaseValue()));
            else
                emit failed(result.error());
        });
}

} // namespace orrery::document
