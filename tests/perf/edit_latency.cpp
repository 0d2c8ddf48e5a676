// SPDX-License-Identifier: Apache-2.0
//
// How long an edit takes in a large graph, from the user's action to known types: making the edit, applying
// it, inferring again. Beside it the whole: a full inference, a full check, a copy of the model.
//
//   edit_latency [NODES [REPEATS]]
#include "engine/edit/actions.h"
#include "engine/edit/history.h"
#include "engine/edit/problems.h"
#include "engine/graph/verify.h"
#include "engine/passes/incremental_infer.h"
#include "tests/perf/large_model.h"
#include "tests/perf/spread.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <random>

using namespace orrery;

namespace {

double milliseconds(const std::function<void()>& work)
{
    auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void report(const std::string& what, const std::vector<double>& values)
{
    fmt::print("{:44} median {:8.3f} ms   p99 {:8.3f} ms   max {:8.3f} ms   (n={})\n", what,
               perf::quantile(values, 0.5), perf::quantile(values, 0.99), perf::quantile(values, 1),
               values.size());
}

using Make = std::function<Result<graph::Edit>(const graph::Model&, NodeId)>;

void measure(const std::string& what, edit::History& history, passes::IncrementalInference& inference,
             edit::ProblemIndex& problems, std::size_t repeats, std::mt19937_64& random, const Make& make)
{
    std::vector<double> all, made, applied, inferred, checked, undone;
    std::size_t walked = 0;
    for (std::size_t i = 0; i < repeats; ++i) {
        const auto& nodes = history.model().graph.main().nodes;
        NodeId node = nodes[random() % nodes.size()];
        std::optional<Result<graph::Edit>> edit;
        std::optional<Result<graph::Touched>> touched;
        double a = milliseconds([&] { edit = make(history.model(), node); });
        if (!edit->ok())
            continue;
        double b = milliseconds([&] { touched = history.apply(**edit); });
        if (!touched->ok()) {
            fmt::print("{}: {}\n", what, touched->error().text());
            std::exit(1);
        }
        double c = milliseconds([&] { walked += inference.update(history.model(), **touched).nodes.size(); });
        double d = milliseconds([&] { problems.update(history.model(), **touched); });
        checked.push_back(d);
        made.push_back(a);
        applied.push_back(b);
        inferred.push_back(c);
        all.push_back(a + b + c + d);
        undone.push_back(milliseconds([&] {
            auto back = history.undo();
            inference.update(history.model(), *back);
            problems.update(history.model(), *back);
        }));
    }
    report(what, all);
    report("  making the edit", made);
    report("  applying it", applied);
    report(fmt::format("  inferring again ({:.1f} nodes)",
                       static_cast<double>(walked) / static_cast<double>(all.size())),
           inferred);
    report("  checking again", checked);
    report("  undo, with both", undone);
}

} // namespace

int main(int argc, char** argv)
{
    std::size_t nodes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000;
    std::size_t repeats = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200;
    graph::Model model = perf::largeModel(nodes);
    const auto& ops = ops::OpRegistry::builtin();
    fmt::print("{} nodes, {} values\n", model.graph.nodeCount(), model.graph.valueSlots());
    std::vector<double> full, check, copy, same;
    for (int i = 0; i < 10; ++i) {
        full.push_back(milliseconds([&] { passes::inferTypes(model, ops); }));
        check.push_back(milliseconds([&] { graph::verify(model); }));
        graph::Model other;
        copy.push_back(milliseconds([&] { other = model; }));
        same.push_back(milliseconds([&] { graph::equal(other, model); }));
    }
    report("full inference", full);
    report("full check", check);
    report("copy of the model", copy);
    report("comparison of two models", same);

    edit::History history(model);
    passes::IncrementalInference inference(model, ops);
    edit::ProblemIndex problems(model);
    std::mt19937_64 random(1);
    auto run = [&](const std::string& what, std::size_t times, const Make& make) {
        measure(what, history, inference, problems, times, random, make);
    };
    run("set an attribute", repeats, [](const graph::Model& m, NodeId node) {
        return edit::setAttribute(m, node, "note", std::int64_t{3});
    });
    run("insert Neg on an edge", repeats, [](const graph::Model& m, NodeId node) {
        return edit::insertOnEdge(m, {node, RegionId(0), 0}, {"Neg"});
    });
    run("insert Neg for all readers", repeats, [](const graph::Model& m, NodeId node) {
        return edit::insertAfter(m, m.graph.node(node).outputs[0], {"Neg"});
    });
    run("connect", repeats, [](const graph::Model& m, NodeId node) {
        return edit::connect(m, node, 0, m.graph.node(m.graph.main().nodes[0]).outputs[0]);
    });
    run("delete with reconnection", repeats, [](const graph::Model& m, NodeId node) {
        return edit::deleteNodes(m, {node}, edit::Reconnect::Yes);
    });
    run("rename a value", repeats, [](const graph::Model& m, NodeId node) {
        return edit::renameValue(m, m.graph.node(node).outputs[0], "another name");
    });
    run("change a type in the middle (Cast to int64)", repeats, [](const graph::Model& m, NodeId node) {
        graph::Attribute to;
        to.name = "to";
        to.value = std::int64_t{7};
        return edit::insertOnEdge(m, {node, RegionId(0), 0}, {"Cast", "", {to}});
    });
    graph::Model snippet = perf::largeModel(1000);
    run("paste 1,000 nodes", std::min<std::size_t>(repeats, 20),
        [&](const graph::Model& m, NodeId) { return edit::paste(m, snippet); });
    return 0;
}
