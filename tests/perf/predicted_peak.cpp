// SPDX-License-Identifier: Apache-2.0
//
// predicted_peak MODEL DIM VALUE...: the peak of live bytes as told from shapes alone, beside what a run's
// own count says, for each value of a symbolic dim; other symbolic dims are given as NAME=VALUE. Then what a
// prediction costs.
#include "engine/formats/format.h"
#include "engine/passes/pipeline.h"
#include "engine/plan/predict_peak.h"
#include "profiler/session/session.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace orrery;

namespace {

Result<void> measure(const std::string& path, const std::string& dim, const std::vector<std::int64_t>& values,
                     plan::DimValues others)
{
    graph::Model model = TRY(formats::readModel(path));
    auto compiled = TRY(passes::compile(model, {}, ops::OpRegistry::builtin()));
    graph::Root root = compiled.compute.graph.mainRoot();
    auto plan = TRY(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                       ops::OpRegistry::builtin()));
    session::SessionOptions options;
    options.runnerPath = ORRERY_RUNNER_PROGRAM;
    auto session = TRY(session::Session::open(path, options));
    std::printf("%s\n%8s %14s %14s %9s  %s\n", path.c_str(), dim.c_str(), "predicted", "measured", "off by",
                "at");
    double worst = 0, totalMs = 0;
    for (std::int64_t value : values) {
        others[dim] = value;
        auto begin = std::chrono::steady_clock::now();
        auto types = TRY(plan::inputTypesFor(*plan, others));
        plan::PeakPrediction predicted = TRY(plan::predictPeak(*plan, types));
        totalMs +=
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
        session::RunRequest request;
        auto& shapes = request.shapeSets.emplace_back();
        for (const auto& [id, type] : types)
            if (auto dims = type.shape ? type.shape->concrete() : std::nullopt)
                shapes[plan->graph().value(id).name] = *dims;
        auto outcome = session->run(request);
        if (outcome.error)
            return *outcome.error;
        const auto measured = static_cast<double>(outcome.memory.peakLiveBytes);
        const double off = 100 * (static_cast<double>(predicted.liveBytes) / measured - 1);
        worst = std::max(worst, std::abs(off));
        std::printf("%8lld %14lld %14lld %+8.2f %%  %s\n", static_cast<long long>(value),
                    static_cast<long long>(predicted.liveBytes),
                    static_cast<long long>(outcome.memory.peakLiveBytes), off,
                    predicted.node.valid() ? plan->graph().node(predicted.node).displayName().c_str() : "-");
    }
    std::printf("worst %.2f %%; %.2f ms for a prediction\n", worst,
                totalMs / static_cast<double>(values.size()));
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 4) {
        std::fprintf(stderr, "usage: predicted_peak MODEL DIM VALUE... [NAME=VALUE...]\n");
        return 2;
    }
    std::vector<std::int64_t> values;
    plan::DimValues others;
    for (int i = 3; i < argc; ++i)
        if (const char* equals = std::strchr(argv[i], '='); equals != nullptr)
            others[std::string(argv[i], static_cast<std::size_t>(equals - argv[i]))] = std::atoll(equals + 1);
        else
            values.push_back(std::atoll(argv[i]));
    if (values.empty())
        return 2;
    auto done = measure(argv[1], argv[2], values, others);
    if (!done.ok())
        std::fprintf(stderr, "predicted_peak: %s\n", done.error().text().c_str());
    return done.ok() ? 0 : 1;
}
