// SPDX-License-Identifier: Apache-2.0
#include "engine/custom_ops/library.h"
#include "engine/custom_ops/operator.h"
#include "engine/exec/execution.h"
#include "engine/formats/format.h"
#include "engine/passes/pipeline.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <fstream>
#include <map>

using namespace orrery;
using graph::Tensor;

namespace {

std::string library(const char* name) { return std::string(ORRERY_CUSTOM_OPS) + "/" + name + ".so"; }

struct Loaded {
    std::shared_ptr<const ops::OpRegistry> operators;
    std::unique_ptr<exec::Execution> execution;
};

Result<Loaded> prepare(const graph::Model& model, const std::vector<std::string>& libraries,
                       exec::ExecutionOptions options = {})
{
    Loaded loaded;
    loaded.operators = TRY(custom_ops::loadOperators(libraries));
    auto compiled = TRY(passes::compile(model, {}, *loaded.operators));
    graph::Root root = compiled.compute.graph.mainRoot();
    auto plan = TRY(
        plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto, *loaded.operators));
    loaded.execution = TRY(exec::Execution::create(plan, options));
    return loaded;
}

int accept(const OrreryApi*, OrreryContext*, void*) { return ORRERY_OK; }

} // namespace

class TestCustomOperators : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    // One operator between an input and an output.
    graph::Model oneNode(const std::string& node, const std::string& imports = "\"test.odd\" : 1")
    {
        std::string path = m_folder.filePath("model.onnxtxt").toStdString();
        std::ofstream(path) << "<ir_version: 8, opset_import: [\"\" : 13, " << imports << "]>\n"
                            << "g (float[N] x) => (y)\n{\n   [odd] y = " << node << "\n}\n";
        auto model = formats::readModel(path);
        if (!model.ok())
            qWarning("%s", model.error().text().c_str());
        return model.ok() ? model.releaseValue() : graph::Model();
    }

private slots:
    void goodOperatorsGiveTheirValues_data()
    {
        QTest::addColumn<bool>("shared");
        QTest::addColumn<int>("threads");
        QTest::newRow("arena") << false << 1;
        QTest::newRow("arena, threads") << false << 3;
        QTest::newRow("shared") << true << 1;
    }
    void goodOperatorsGiveTheirValues()
    {
        QFETCH(bool, shared);
        QFETCH(int, threads);
        auto model = formats::readModel(ORRERY_SAMPLES "/custom_ops/clamp_scale.onnxtxt");
        QVERIFY(model.ok());
        exec::ExecutionOptions options;
        options.storage = shared ? exec::Storage::Shared : exec::Storage::Arena;
        options.threads = threads;
        auto loaded = prepare(*model, {library("clamp_scale")}, options);
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().text().c_str());
        for (std::int64_t rows : {1, 30'000, 2, 0}) {
            std::vector<float> x(static_cast<std::size_t>(rows * 4));
            std::vector<float> expected;
            for (std::size_t i = 0; i < x.size(); ++i) {
                x[i] = static_cast<float>(i % 17) / 8 - 1;
                float c = 2 * std::clamp(-x[i], -0.5f, 0.25f);
                if (c > 0)
                    expected.push_back(std::sqrt(c));
            }
            auto& execution = *loaded->execution;
            QVERIFY(execution.start({Tensor::of({rows, 4}, x)}).ok());
            auto ran = execution.run();
            QVERIFY2(ran.ok(), ran.ok() ? "" : ran.error().text().c_str());
            auto outputs = execution.outputs();
            QCOMPARE(outputs[0].dims(), graph::Dims{static_cast<std::int64_t>(expected.size())});
            for (std::size_t i = 0; i < expected.size(); ++i)
                QCOMPARE(outputs[0].data<float>()[i], expected[i]);
            QCOMPARE(outputs[1].data<std::int64_t>()[0], static_cast<std::int64_t>(expected.size()));
        }
    }

    // More outputs at once than a process may have mappings.
    void loopKeepsTheOutputsOfEveryRound()
    {
        std::string path = m_folder.filePath("loop.onnxtxt").toStdString();
        std::ofstream(path) << R"(<ir_version: 8, opset_import: ["" : 13, "com.example" : 1]>
g (float[2] x, int64 rounds) => (float[K,2] seen)
<
   bool on = {1}
>
{
   [loop] seen = Loop <
      body = b (int64 i, bool c) => (bool c_out, float[2] s) {
         [keep] c_out = Identity (c)
         [clamp] s = com.example.ClampScale <high = 0.5> (x)
      }
   > (rounds, on)
}
)";
        auto model = formats::readModel(path);
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        exec::ExecutionOptions options;
        options.storage = exec::Storage::Shared;
        auto loaded = prepare(*model, {library("clamp_scale")}, options);
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().text().c_str());
        constexpr std::int64_t rounds = 70'000;
        QVERIFY(
            loaded->execution
                ->start({Tensor::of({2}, std::vector<float>{-1, 1}), Tensor::scalar<std::int64_t>(rounds)})
                .ok());
        auto ran = loaded->execution->run();
        QVERIFY2(ran.ok(), ran.ok() ? "" : ran.error().text().c_str());
        Tensor seen = loaded->execution->outputs()[0];
        QCOMPARE(seen.dims(), (graph::Dims{rounds, 2}));
        QCOMPARE(seen.data<float>()[2 * rounds - 1], 0.5f);
    }

    void inferenceKeepsTheNamesOfDims()
    {
        auto model = formats::readModel(ORRERY_SAMPLES "/custom_ops/clamp_scale.onnxtxt");
        QVERIFY(model.ok());
        auto operators = custom_ops::loadOperators(std::vector{library("clamp_scale")});
        QVERIFY(operators.ok());
        auto compiled = passes::compile(*model, {}, **operators);
        QVERIFY2(compiled.ok(), compiled.ok() ? "" : compiled.error().text().c_str());
        const graph::Graph& graph = compiled->compute.graph;
        std::map<std::string, std::string> types;
        for (std::size_t i = 0; i < graph.valueSlots(); ++i)
            types[graph.value(ValueId(i)).name] = graph.value(ValueId(i)).type.text();
        QCOMPARE(types["c"], std::string("float N×4"));
        QCOMPARE(types["kept"], std::string("float ?"));
    }

    void attributesOfEveryKindArrive()
    {
        auto loaded =
            prepare(oneNode("test.odd.Attributes <i = 5, f = 2.5, s = \"abc\", is = [1, 2, 3], fs = "
                            "[0.5, 0.25], t = float[2] {7, 8}> (x)"),
                    {library("odd_ops")});
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().text().c_str());
        QVERIFY(loaded->execution->start({Tensor::of({1}, std::vector<float>{1})}).ok());
        QVERIFY(loaded->execution->run().ok());
        Tensor y = loaded->execution->outputs()[0];
        const std::vector<float> expected = {1, 5, 1, 2.5, 1, 3.5, 1, 6, 1, 0.75, 1, 2, 8, 0, 42, 1};
        for (std::size_t i = 0; i < expected.size(); ++i)
            QCOMPARE(y.data<float>()[i], expected[i]);
    }

    void whatALibraryDoesWrongIsTheNodesError_data()
    {
        QTest::addColumn<QString>("operatorName");
        QTest::addColumn<QString>("message");
        QTest::newRow("says nothing") << "Silent"
                                      << "returned 7, and did not say why";
        QTest::newRow("makes nothing") << "Nothing"
                                       << "did not make output 0";
        QTest::newRow("breaks its word") << "OtherType"
                                         << "was inferred as float";
        QTest::newRow("too large") << "HugeShape"
                                   << "address space";
        QTest::newRow("negative") << "NegativeDim"
                                  << "dim 0 of output 0 is -3";
    }
    void whatALibraryDoesWrongIsTheNodesError()
    {
        QFETCH(QString, operatorName);
        QFETCH(QString, message);
        auto loaded =
            prepare(oneNode("test.odd." + operatorName.toStdString() + " (x)"), {library("odd_ops")});
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().text().c_str());
        QVERIFY(loaded->execution->start({Tensor::of({1}, std::vector<float>{1})}).ok());
        auto ran = loaded->execution->run();
        QVERIFY(!ran.ok());
        QCOMPARE(ran.error().where, std::string("odd"));
        QVERIFY2(ran.error().message.find(message.toStdString()) != std::string::npos,
                 ran.error().text().c_str());
    }

    void missingInferenceIsFoundWhenTheModelIsOpened()
    {
        auto loaded = prepare(oneNode("test.odd.NoType (x)"), {library("odd_ops")});
        QVERIFY(!loaded.ok());
        QVERIFY2(loaded.error().message.find("set no type for output 0") != std::string::npos,
                 loaded.error().text().c_str());
    }

    void writesOutsideAreReportedWithTheirSize_data()
    {
        QTest::addColumn<QString>("attributes");
        QTest::addColumn<QString>("message");
        QTest::newRow("past") << "past = 4"
                              << "wrote 4 bytes past the end of output \"y\", which has 12";
        QTest::newRow("before") << "before = 8"
                                << "wrote 8 bytes before the beginning of output \"y\", which has 12";
        QTest::newRow("scratch") << "scratch = 3"
                                 << "wrote 3 bytes past the end of scratch, which has 100";
    }
    void writesOutsideAreReportedWithTheirSize()
    {
        QFETCH(QString, attributes);
        QFETCH(QString, message);
        for (auto storage : {exec::Storage::Arena, exec::Storage::Shared}) {
            exec::ExecutionOptions options;
            options.storage = storage;
            auto loaded = prepare(oneNode("com.example.OutOfBounds <" + attributes.toStdString() + "> (x)",
                                          "\"com.example\" : 1"),
                                  {library("out_of_bounds")}, options);
            QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().text().c_str());
            QVERIFY(loaded->execution->start({Tensor::of({3}, std::vector<float>{1, 2, 3})}).ok());
            auto ran = loaded->execution->run();
            QVERIFY(!ran.ok());
            QCOMPARE(ran.error().code, ErrorCode::RunFailed);
            QCOMPARE(QString::fromStdString(ran.error().text()), "odd: " + message);
        }
    }

    void opsetOfTheModelIsHonoured()
    {
        auto model = [&](const char* imports) { return oneNode("com.example.ClampScale (x)", imports); };
        QVERIFY(prepare(model("\"com.example\" : 2"), {library("clamp_scale")}).ok());
        auto newer = prepare(model("\"com.example\" : 3"), {library("clamp_scale")});
        QVERIFY(!newer.ok());
        QVERIFY2(newer.error().message.find("opsets 1 to 2") != std::string::npos,
                 newer.error().text().c_str());
        auto without = prepare(model("\"com.example\" : 1"), {});
        QVERIFY(!without.ok());
        QVERIFY(without.error().message.find("not implemented") != std::string::npos);
    }

    void librariesThatAreNoneAreRefused_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("message");
        QTest::newRow("absent") << "/no/such/library.so"
                                << "cannot be loaded";
        QTest::newRow("a text") << ORRERY_SAMPLES "/mlp.onnxtxt"
                                << "cannot be loaded";
        QTest::newRow("no entry") << QString::fromStdString(library("no_entry"))
                                  << "no function orrery_register_ops";
        QTest::newRow("relative") << "library.so"
                                  << "absolute path";
    }
    void librariesThatAreNoneAreRefused()
    {
        QFETCH(QString, path);
        QFETCH(QString, message);
        auto loaded = custom_ops::loadOperators(std::vector{path.toStdString()});
        QVERIFY(!loaded.ok());
        QCOMPARE(QString::fromStdString(loaded.error().where), path);
        QVERIFY2(loaded.error().message.find(message.toStdString()) != std::string::npos,
                 loaded.error().text().c_str());
    }

    void sameLibraryTwiceIsRefused()
    {
        auto loaded = custom_ops::loadOperators(std::vector{library("crash"), library("crash")});
        QVERIFY(!loaded.ok());
        QVERIFY(loaded.error().message.find("com.example.Crash\" is there already") != std::string::npos);
    }

    void malformedOperatorsAreRefused()
    {
        auto refusedWhen = [](auto change) {
            OrreryOp op = ORRERY_OP("com.example", "Op", accept, accept);
            change(op);
            return !custom_ops::specOf(op).ok();
        };
        const std::string longName(129, 'a');
        QVERIFY(!refusedWhen([](OrreryOp&) {}));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.abi_version = 2; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.struct_bytes -= 8; }));
        for (const char* domain : {"", "ai.onnx", "ai.onnx.ml", "orrery", "a b", "a\n"})
            QVERIFY(refusedWhen([&](OrreryOp& op) { op.domain = domain; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.domain = nullptr; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.name = nullptr; }));
        QVERIFY(refusedWhen([&](OrreryOp& op) { op.name = longName.c_str(); }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.name = "\xe2\x80\xae"; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.first_version = 0; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.last_version = 0; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.min_inputs = -1; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.max_inputs = 0; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.max_outputs = 0; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.max_outputs = 1 << 30; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.infer = nullptr; }));
        QVERIFY(refusedWhen([](OrreryOp& op) { op.compute = nullptr; }));
    }
};

QTEST_GUILESS_MAIN(TestCustomOperators)
#include "test_custom_operators.moc"
