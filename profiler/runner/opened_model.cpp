// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/opened_model.h"

#include "engine/base/text.h"
#include "engine/custom_ops/library.h"
#include "engine/formats/format.h"
#include "profiler/record/clock.h"
#include "profiler/runner/placements.h"

#include <cstdio>
#include <fstream>
#include <vector>

namespace orrery::runner {

namespace {

// FNV-1a, 64 bits: tells files apart, guards nothing.
std::string hashOfFile(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::vector<char> buffer(1 << 16);
    std::uint64_t hash = 0xcbf29ce484222325;
    while (file) {
        file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        for (std::streamsize i = 0; i < file.gcount(); ++i)
            hash = (hash ^ static_cast<unsigned char>(buffer[static_cast<std::size_t>(i)])) * 0x100000001b3;
    }
    char text[32];
    std::snprintf(text, sizeof text, "fnv1a64:%016llx", static_cast<unsigned long long>(hash));
    return text;
}

std::string rootNames(const graph::Graph& graph)
{
    std::string names = "main";
    for (const graph::Root& root : graph.roots())
        names += ", " + displayText(root.name, 200);
    return names;
}

} // namespace

Result<OpenedModel> openModel(const protocol::Open& command)
{
    OpenedModel result;
    protocol::Opened& reply = result.reply;

    std::int64_t begin = record::monotonicNs();
    graph::Model dataflow = TRY(formats::readModel(command.modelPath));
    reply.modelHash = hashOfFile(command.modelPath);
    std::int64_t read = record::monotonicNs();

    passes::PipelineOptions options;
    options.level = command.optimize;
    options.disabledPasses.insert(command.disabledPasses.begin(), command.disabledPasses.end());
    options.inputShapes = command.inputShapes;
    options.shapesAre = command.shapesAre;
    options.hints = command.hints;
    result.operators = TRY(custom_ops::loadOperators(command.customOps));
    const ops::OpRegistry& registry = *result.operators;
    passes::Compiled compiled = TRY(passes::compile(dataflow, options, registry));

    auto root = command.root.empty() ? compiled.compute.graph.mainRoot()
                                     : compiled.compute.graph.findRoot(command.root);
    if (!root)
        return Error{ErrorCode::Usage,
                     "the model has no root \"" + displayText(command.root, 200) +
                         "\"; it has: " + rootNames(compiled.compute.graph),
                     command.modelPath};
    result.plan =
        TRY(plan::Plan::create(std::move(compiled.compute), *root, command.backend, registry, command.hints));

    reply.readNs = read - begin;
    reply.compileNs = record::monotonicNs() - read;
    reply.root = result.plan->root();
    reply.compute = result.plan->graph();
    reply.opsets = result.plan->model().opsets;
    reply.placements = placementsOf(*result.plan, typesOf(result.plan->graph()));
    for (const passes::PassRecord& pass : compiled.passes)
        reply.passes.push_back(
            {pass.name, pass.durationNs, pass.rewrites, pass.nodesBefore, pass.nodesAfter, pass.touched});
    reply.problems = std::move(dataflow.loadProblems);
    for (Problem& problem : compiled.problems)
        reply.problems.push_back(std::move(problem));
    if (!command.hints.empty())
        reply.problems.push_back({Severity::Info,
                                  "plan-hints",
                                  {},
                                  {},
                                  "opened with " + std::to_string(command.hints.count()) +
                                      " plan hints; they are kept beside the model, not in it",
                                  {}});
    reply.dataflow = std::move(dataflow.graph);
    return result;
}

} // namespace orrery::runner
