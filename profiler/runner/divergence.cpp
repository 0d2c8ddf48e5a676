// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/divergence.h"

#include "profiler/record/clock.h"
#include "profiler/runner/inputs.h"
#include "profiler/runner/opened_model.h"
#include "profiler/runner/references.h"

namespace orrery::runner {

namespace {

constexpr std::int64_t progressIntervalNs = 100'000'000;

Result<debug::DivergenceReport> compare(const protocol::Open& opened,
                                        std::shared_ptr<const plan::Plan> subject,
                                        const protocol::Diverge& command,
                                        const debug::DivergenceOptions& options)
{
    if (!subject)
        return Error{ErrorCode::Usage, "no model is open", {}};
    protocol::Run run;
    run.inputs = command.start.inputs;
    run.inputShapes = command.start.inputShapes;
    run.seed = command.start.seed;
    Inputs inputs = TRY(makeInputs(subject->graph(), subject->root(), run));
    if (!command.start.referencePath.empty()) {
        auto references = TRY(readReferences(command.start.referencePath, subject->graph(), subject->root()));
        return debug::compareWithRecorded(std::move(subject), references, inputs.tensors, options);
    }
    protocol::Open other = opened;
    other.optimize = command.referenceOptimize;
    OpenedModel reference = TRY(openModel(other));
    return debug::compareRuns(std::move(subject), reference.plan, inputs.tensors, options);
}

} // namespace

protocol::Reply findDivergence(const protocol::Open& opened, std::shared_ptr<const plan::Plan> subject,
                               const protocol::Diverge& command, RunGate& gate,
                               const std::function<Result<void>(const protocol::Reply&)>& send)
{
    debug::DivergenceOptions options;
    options.tolerance = command.tolerance;
    options.threads = command.start.threads;
    options.seed = command.start.seed;
    options.rounding = command.rounding;
    options.gate = &gate;
    std::int64_t lastNs = record::monotonicNs();
    options.progress = [&](std::uint64_t done, std::uint64_t total) {
        if (record::monotonicNs() - lastNs < progressIntervalNs)
            return;
        lastNs = record::monotonicNs();
        (void)send(protocol::DebugProgress{done, total});
    };
    auto report = compare(opened, std::move(subject), command, options);
    if (!report.ok())
        return protocol::Failed{report.releaseError(), {}, {}};
    return protocol::Diverged{report.releaseValue()};
}

} // namespace orrery::runner
