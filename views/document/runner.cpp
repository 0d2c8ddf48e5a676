// SPDX-License-Identifier: Apache-2.0
#include "views/document/runner.h"

#include <mutex>

namespace orrery::document {

struct Runner::Slot {
    std::unique_ptr<session::Session> session; // of the worker; `mutex` guards the pointer, not its use
    std::shared_ptr<const Compiled> compiled;  // that session's
    std::string modelPath;
    passes::OptimizeLevel optimize = passes::OptimizeLevel::All;
    std::map<std::string, graph::Dims> inputShapes;
    std::vector<std::string> customOps;
    passes::PlanHints hints;
    std::mutex mutex;
};

namespace {

struct RunAnswer {
    std::shared_ptr<const Compiled> compiled; // null when it was compiled before
    std::optional<Error> compileError;
    session::RunOutcome outcome;
};

} // namespace

Runner::Runner(QObject* parent)
    : QObject(parent)
    , m_slot(std::make_shared<Slot>())
{}

Runner::~Runner() = default;

// Null when the session is already open with these settings.
Result<std::shared_ptr<const Compiled>> Runner::opened(Slot& slot, const std::string& modelPath,
                                                       const RunSettings& settings)
{
    if (slot.session && slot.modelPath == modelPath && slot.optimize == settings.optimize &&
        slot.inputShapes == settings.inputShapes && slot.customOps == settings.customOps &&
        slot.hints == settings.hints)
        return std::shared_ptr<const Compiled>();
    {
        std::lock_guard lock(slot.mutex);
        slot.session.reset();
    }
    session::SessionOptions options;
    options.optimize = settings.optimize;
    options.inputShapes = settings.inputShapes;
    options.customOps = settings.customOps;
    options.hints = settings.hints;
    options.arguments = "window";
    auto session = TRY(session::Session::open(modelPath, options));
    auto compiled = std::make_shared<Compiled>();
    const protocol::Opened& opened = session->opened();
    compiled->dataflow = std::make_shared<const graph::Graph>(opened.dataflow);
    compiled->graph = std::make_shared<const graph::Graph>(opened.compute);
    compiled->placements = opened.placements;
    compiled->passes = opened.passes;
    compiled->problems = opened.problems;
    std::lock_guard lock(slot.mutex);
    slot.session = std::move(session);
    slot.compiled = compiled;
    slot.modelPath = modelPath;
    slot.optimize = settings.optimize;
    slot.inputShapes = settings.inputShapes;
    slot.customOps = settings.customOps;
    slot.hints = settings.hints;
    return std::shared_ptr<const Compiled>(compiled);
}

void Runner::compile(const std::string& modelPath, const RunSettings& settings)
{
    using Answer = Result<std::shared_ptr<const Compiled>>;
    m_task.submit(
        [slot = m_slot, modelPath, settings](std::stop_token) -> Answer {
            auto compiledNow = TRY(opened(*slot, modelPath, settings));
            return compiledNow ? compiledNow : slot->compiled;
        },
        [this](Answer answer) {
            if (answer.ok())
                emit compiled(*answer);
            else
                emit compileFailed(answer.error());
        });
}

void Runner::run(const std::string& modelPath, const RunSettings& settings, const std::string& tracePath)
{
    m_task.submit(
        [this, slot = m_slot, modelPath, settings, tracePath](std::stop_token stop) {
            RunAnswer answer;
            auto compiledNow = opened(*slot, modelPath, settings);
            if (!compiledNow.ok()) {
                answer.compileError = compiledNow.error();
                return answer;
            }
            answer.compiled = *compiledNow;
            session::RunRequest request;
            request.warmup = std::uint32_t(settings.warmup);
            request.runs = std::uint32_t(settings.runs);
            request.threads = settings.threads;
            request.inputs = settings.inputs;
            request.tracePath = tracePath;
            std::stop_callback onStop(stop, [&] { slot->session->stop(); });
            answer.outcome = slot->session->run(request, [this](const session::Progress& now) {
                QMetaObject::invokeMethod(
                    this, [this, now] { emit progress(now); }, Qt::QueuedConnection);
            });
            return answer;
        },
        [this](RunAnswer answer) {
            if (answer.compileError) {
                emit compileFailed(*answer.compileError);
                return;
            }
            if (answer.compiled)
                emit compiled(answer.compiled);
            emit runFinished(std::move(answer.outcome));
        });
}

void Runner::stop()
{
    std::lock_guard lock(m_slot->mutex);
    if (m_slot->session)
        m_slot->session->stop();
}

void Runner::forget()
{
    m_task.cancel();
    m_slot = std::make_shared<Slot>();
}

} // namespace orrery::document
