// SPDX-License-Identifier: Apache-2.0
#include "engine/exec/execution.h"
#include "engine/passes/pipeline.h"

#include <QtTest>

#include <fstream>
#include <map>
#include <sys/resource.h>
#include <unistd.h>

using namespace orrery;
using graph::DataType;
using graph::Dim;
using graph::Graph;
using graph::Node;
using graph::Shape;
using graph::Tensor;
using graph::ValueType;

namespace {

NodeId addOp(Graph& graph, RegionId region, const char* type, std::vector<ValueId> inputs, ValueId output)
{
    Node node;
    node.opType = type;
    node.name = graph.value(output).name + "_op";
    node.inputs = std::move(inputs);
    node.outputs = {output};
    return graph.addNode(region, std::move(node));
}

// x -> Relu -> Neg -> Exp -> Add(x) = y, over a symbolic length.
graph::Model chain()
{
    graph::Model model;
    model.irVersion = 8;
    model.opsets = {{"", 13}};
    Graph& g = model.graph;
    RegionId main = g.mainRegion();
    ValueId x = g.addValue(main, "x", ValueType::tensor(DataType::Float32, Shape({Dim::symbolic("N")})));
    ValueId a = g.addValue(main, "a");
    ValueId b = g.addValue(main, "b");
    ValueId c = g.addValue(main, "c");
    ValueId y = g.addValue(main, "y");
    g.main().inputs = {x};
    g.main().outputs = {y};
    addOp(g, main, "Relu", {x}, a);
    addOp(g, main, "Neg", {a}, b);
    addOp(g, main, "Exp", {b}, c);
    addOp(g, main, "Add", {c, x}, y);
    return model;
}

// y = If(condition) { Relu(x) } else { Neg(Neg(x)) }, then Exp.
graph::Model branch()
{
    graph::Model model;
    model.irVersion = 8;
    model.opsets = {{"", 13}};
    Graph& g = model.graph;
    RegionId main = g.mainRegion();
    ValueId x = g.addValue(main, "x", ValueType::tensor(DataType::Float32, Shape({Dim(4)})));
    ValueId condition = g.addValue(main, "condition", ValueType::tensor(DataType::Bool, Shape()));
    ValueId chosen = g.addValue(main, "chosen");
    ValueId y = g.addValue(main, "y");
    g.main().inputs = {x, condition};
    g.main().outputs = {y};
    Node ifNode;
    ifNode.opType = "If";
    ifNode.name = "if";
    ifNode.inputs = {condition};
    ifNode.outputs = {chosen};
    NodeId id = g.addNode(main, std::move(ifNode));
    RegionId thenBody = g.addRegion(id, "then_branch");
    RegionId elseBody = g.addRegion(id, "else_branch");
    g.node(id).setAttribute("then_branch", thenBody);
    g.node(id).setAttribute("else_branch", elseBody);
    ValueId t = g.addValue(thenBody, "t");
    g.region(thenBody).outputs = {t};
    addOp(g, thenBody, "Relu", {x}, t);
    ValueId e = g.addValue(elseBody, "e");
    ValueId f = g.addValue(elseBody, "f");
    g.region(elseBody).outputs = {f};
    addOp(g, elseBody, "Neg", {x}, e);
    addOp(g, elseBody, "Neg", {e}, f);
    addOp(g, main, "Exp", {chosen}, y);
    return model;
}

class Watcher : public exec::ExecutionObserver {
public:
    void stepBegin(std::uint32_t) override { ++steps; }
    void stepEnd(std::uint32_t) override { ++stepsEnded; }
    void opBegin(NodeId node) override { log.push_back("+" + std::to_string(node.value)); }
    void opEnd(NodeId node) override { log.push_back("-" + std::to_string(node.value)); }
    void allocated(const exec::Allocation& a) override
    {
        if (!live.emplace(a.buffer.value, a.bytes).second)
            ++errors;
        sum += a.bytes;
        peak = std::max(peak, sum);
    }
    void freed(BufferId buffer, NodeId) override
    {
        auto at = live.find(buffer.value);
        if (at == live.end()) {
            ++errors;
            return;
        }
        sum -= at->second;
        live.erase(at);
    }

    int steps = 0;
    int stepsEnded = 0;
    int errors = 0;
    std::int64_t sum = 0;
    std::int64_t peak = 0;
    std::map<std::uint32_t, std::int64_t> live;
    std::vector<std::string> log;
};

Result<std::unique_ptr<exec::Execution>> prepare(const graph::Model& model, passes::OptimizeLevel level,
                                                 exec::ExecutionOptions options = {})
{
    passes::PipelineOptions pipeline;
    pipeline.level = level;
    auto compiled = TRY(passes::compile(model, pipeline, ops::OpRegistry::builtin()));
    graph::Root root = compiled.compute.graph.mainRoot();
    auto plan = TRY(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                       ops::OpRegistry::builtin()));
    return exec::Execution::create(plan, options);
}

std::vector<float> floats(const Tensor& tensor)
{
    return {tensor.span<float>().begin(), tensor.span<float>().end()};
}

} // namespace

class TestExecution : public QObject {
    Q_OBJECT
private slots:
    void whereMemoryEndsIsANode()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("a sanitizer needs more addresses than a limit would leave it");
#endif
        auto execution = prepare(chain(), passes::OptimizeLevel::None);
        QVERIFY(execution.ok());
        constexpr std::int64_t length = std::int64_t{64} << 20;
        Tensor x = Tensor::allocate(DataType::Float32, {length}).releaseValue();
        std::fill_n(x.mutableData<float>(), length, 1.0f);
        rlimit before{};
        QCOMPARE(getrlimit(RLIMIT_AS, &before), 0);
        std::ifstream pages("/proc/self/statm");
        rlim_t used = 0;
        pages >> used;
        const rlimit tight{used * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + (rlim_t{64} << 20),
                           before.rlim_max};
        QCOMPARE(setrlimit(RLIMIT_AS, &tight), 0);
        std::vector<Tensor> inputs;
        inputs.push_back(std::move(x));
        auto started = (*execution)->start(std::move(inputs));
        auto ran = started.ok() ? (*execution)->run() : Result<exec::RunResult>(started.error());
        setrlimit(RLIMIT_AS, &before);
        QVERIFY2(started.ok(), started.ok() ? "" : started.error().text().c_str());
        QVERIFY(!ran.ok());
        QCOMPARE(ran.error().code, ErrorCode::LimitReached);
        QCOMPARE(ran.error().where, std::string("a_op"));
        const auto alive = (*execution)->whatIsAlive();
        QCOMPARE(alive.size(), std::size_t(1));
        QCOMPARE(alive.front().bytes, length * 4);
    }

    void aChainGivesItsValue()
    {
        auto execution = prepare(chain(), passes::OptimizeLevel::All);
        QVERIFY2(execution.ok(), execution.ok() ? "" : execution.error().text().c_str());
        for (std::int64_t n : {1, 5, 3}) { // the memory plan is made again for each length
            std::vector<float> x(static_cast<std::size_t>(n), 1.0f);
            x[0] = -2.0f;
            QVERIFY((*execution)->start({Tensor::of({n}, x)}).ok());
            QVERIFY((*execution)->run().ok());
            auto y = floats((*execution)->outputs().at(0));
            QCOMPARE(y.size(), x.size());
            for (std::size_t i = 0; i < x.size(); ++i)
                QVERIFY(std::abs(y[i] - (std::exp(-std::max(x[i], 0.0f)) + x[i])) < 1e-6);
        }
    }

    void steppingVisitsEveryNodeAndTellsTheObserver()
    {
        Watcher watcher;
        exec::ExecutionOptions options;
        options.observer = &watcher;
        auto execution = prepare(chain(), passes::OptimizeLevel::None, options);
        QVERIFY(execution.ok());
        QVERIFY((*execution)->start({Tensor::of({3}, std::vector<float>{1, 2, 3})}).ok());
        int steps = 0;
        while (!(*execution)->finished()) {
            QVERIFY((*execution)->next().valid());
            QVERIFY((*execution)->step().ok());
            ++steps;
        }
        QCOMPARE(steps, 4);
        QCOMPARE(watcher.log.size(), std::size_t(8));
        QCOMPARE(watcher.steps, 1);
        QCOMPARE(watcher.stepsEnded, 1);
        QCOMPARE(watcher.errors, 0);
        QVERIFY(watcher.peak >= (*execution)->memoryUse().peakLiveBytes);
        QVERIFY((*execution)->memoryUse().arenaBytes <= (*execution)->memoryUse().lowerBoundBytes * 11 / 10);
    }

    void bothBranchesOfIfGiveTheirValue()
    {
        for (auto level : {passes::OptimizeLevel::None, passes::OptimizeLevel::All}) {
            Watcher watcher;
            exec::ExecutionOptions options;
            options.observer = &watcher;
            auto execution = prepare(branch(), level, options);
            QVERIFY2(execution.ok(), execution.ok() ? "" : execution.error().text().c_str());
            std::vector<float> x{-1, 2, -3, 0.5};
            for (bool condition : {true, false, true, false}) {
                QVERIFY((*execution)->start({Tensor::of({4}, x), Tensor::scalar(condition)}).ok());
                QVERIFY((*execution)->run().ok());
                auto y = floats((*execution)->outputs().at(0));
                for (std::size_t i = 0; i < x.size(); ++i)
                    QVERIFY(std::abs(y[i] - std::exp(condition ? std::max(x[i], 0.0f) : x[i])) < 1e-5);
            }
            QCOMPARE(watcher.errors, 0);
        }
    }

    void wrongInputsAreRefusedByName()
    {
        auto execution = prepare(branch(), passes::OptimizeLevel::All);
        QVERIFY(execution.ok());
        auto wrong = (*execution)->start({Tensor::of({5}, std::vector<float>(5)), Tensor::scalar(true)});
        QVERIFY(!wrong.ok());
        QCOMPARE(wrong.error().code, ErrorCode::Usage);
        QVERIFY(wrong.error().where.find("\"x\"") != std::string::npos);
        QVERIFY(!(*execution)->start({}).ok());
    }

    void theMemoryLimitStopsTheRun()
    {
        exec::ExecutionOptions options;
        options.memoryLimitBytes = 1000;
        auto execution = prepare(chain(), passes::OptimizeLevel::None, options);
        QVERIFY(execution.ok());
        auto started = (*execution)->start({Tensor::of({1000}, std::vector<float>(1000))});
        auto ran = started.ok() ? (*execution)->run() : Result<exec::RunResult>(started.error());
        QVERIFY(!ran.ok());
        QCOMPARE(ran.error().code, ErrorCode::LimitReached);
    }

    void anUnknownOperatorIsRefusedBeforeTheRun()
    {
        graph::Model model = chain();
        model.graph.node(NodeId(1)).opType = "NoSuchOp";
        auto execution = prepare(model, passes::OptimizeLevel::All);
        QVERIFY(!execution.ok());
        QCOMPARE(execution.error().code, ErrorCode::Unsupported);
        QVERIFY(execution.error().text().find("NoSuchOp") != std::string::npos);
        QVERIFY(execution.error().text().find("13") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestExecution)
#include "test_execution.moc"
