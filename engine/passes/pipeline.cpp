// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/pipeline.h"

#include "engine/graph/verify.h"
#include "engine/passes/keep_apart.h"
#include "engine/passes/replace_shapes.h"
#include "engine/passes/touched_nodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace orrery::passes {
namespace {

bool runsAt(PassLevel pass, OptimizeLevel level, const PlanHints& hints)
{
    switch (pass) {
    case PassLevel::Hinted:
        return !hints.empty();
    case PassLevel::Always:
        return true;
    case PassLevel::OnlyNone:
        return level == OptimizeLevel::None;
    case PassLevel::Basic:
        return level != OptimizeLevel::None;
    case PassLevel::All:
        return level == OptimizeLevel::All;
    }
    return false;
}

Error firstError(const std::vector<Problem>& problems, std::string_view where)
{
    auto at = std::find_if(problems.begin(), problems.end(),
                           [](const Problem& p) { return p.severity == Severity::Error; });
    std::string text = where.empty() ? at->text : fmt::format("after pass {}: {}", where, at->text);
    return Error{where.empty() ? ErrorCode::BadModel : ErrorCode::Internal, std::move(text), at->node};
}

bool agrees(const graph::Shape& declared, const graph::Dims& given)
{
    if (declared.rank() != given.size())
        return false;
    for (std::size_t i = 0; i < given.size(); ++i)
        if (declared.dims[i].isKnown() && declared.dims[i].value() != given[i])
            return false;
    return true;
}

Result<void> setInputShapes(graph::Model& model, const PipelineOptions& options, const ops::OpRegistry& ops)
{
    std::map<ValueId, graph::Dims> replaced;
    for (const auto& [name, dims] : options.inputShapes) {
        const auto& inputs = model.graph.main().inputs;
        auto at = std::find_if(inputs.begin(), inputs.end(),
                               [&](ValueId id) { return model.graph.value(id).name == name; });
        if (at == inputs.end())
            return Error{ErrorCode::Usage, fmt::format("the model has no input named \"{}\"", name), {}};
        graph::Value& input = model.graph.value(*at);
        const bool fits = !input.type.shape || agrees(*input.type.shape, dims);
        if (!fits && options.shapesAre == InputShapes::Replacements &&
            input.type.shape->rank() == dims.size()) {
            replaced[*at] = dims;
            continue;
        }
        if (!fits)
            return Error{ErrorCode::Usage,
                         fmt::format("expected {}, found {}", input.type.text(), graph::dimsText(dims)),
                         fmt::format("input \"{}\"", name)};
        input.type.shape = graph::Shape::of(dims);
    }
    return replaced.empty() ? Result<void>() : replaceInputShapes(model, replaced, ops);
}

void startOrigins(graph::Graph& graph)
{
    for (NodeId id : graph.liveNodes())
        graph.node(id).origins = {id};
}

} // namespace

Result<Compiled> compile(const graph::Model& dataflow, const PipelineOptions& options,
                         const ops::OpRegistry& ops)
{
    Compiled result;
    std::vector<Problem> before = graph::verify(dataflow);
    if (hasErrors(before))
        return firstError(before, {});
    result.compute = dataflow;
    startOrigins(result.compute.graph);
    TRY(setInputShapes(result.compute, options, ops));

    PassContext context{ops, result.problems, options.hints};
    const auto kept = keptApart(dataflow.graph, options.hints.keepApart, result.problems);
    TouchedNodes touched(result.compute.graph);
    for (const PassSpec& pass : passSpecs()) {
        if (!runsAt(pass.level, options.level, options.hints) ||
            options.disabledPasses.contains(std::string(pass.name)))
            continue;
        PassRecord record;
        record.name = pass.name;
        record.nodesBefore = result.compute.graph.nodeCount();
        auto start = std::chrono::steady_clock::now();
        const auto apart = kept.find(pass.name);
        context.keptApart = apart == kept.end() ? nullptr : &apart->second;
        record.rewrites = TRY(pass.run(result.compute, context));
        record.durationNs =
            std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start)
                .count();
        record.nodesAfter = result.compute.graph.nodeCount();
        if (record.rewrites > 0) {
            std::vector<Problem> after = graph::verify(result.compute);
            if (hasErrors(after))
                return firstError(after, pass.name);
            record.touched = touched.since(result.compute.graph);
            if (options.keepSnapshots)
                record.snapshot.push_back(result.compute.graph);
        }
        result.passes.push_back(std::move(record));
    }
    return result;
}

} // namespace orrery::passes
