// SPDX-License-Identifier: Apache-2.0
//
// Loops, scans and function calls: what they compute at their edges, how they are stepped, and that none of
// them can run away.
#include "tests/unit/engine/exec/model_runs.h"

#include <QtTest>

#include <set>

using namespace orrery;
using namespace orrery::test;
using exec::Execution;
using exec::Storage;
using graph::Tensor;
using passes::OptimizeLevel;

namespace {

const std::string head = R"(<ir_version: 8, opset_import: ["" : 13]>
)";

// carried = carried + x, partial sums; the caller gives the trip count and the condition.
std::string summing(const std::string& arguments, const std::string& goesOn = "Identity (c)")
{
    return head + R"(g (float[2] x, int64 n, bool on) => (float[2] total, float[R,2] partial)
<
   float[2] zero = {0, 0},
   int64 three = {3}
>
{
   total, partial = Loop <
      body = add (int64 i, bool c, float[2] a) => (bool c_out, float[2] a_out, float[2] seen) {
         c_out = )" +
           goesOn + R"(
         a_out = Add (a, x)
         seen = Identity (a_out)
      }
   > ()" + arguments +
           R"()
}
)";
}

struct Outcome {
    std::vector<Tensor> outputs;
    std::uint64_t steps = 0;
};

Result<Outcome> outcomeOf(const std::string& text, std::vector<Tensor> inputs, Storage storage,
                          OptimizeLevel level)
{
    auto model = TRY(modelFromText(text));
    auto plan = TRY(planOf(model, level));
    Books books;
    exec::ExecutionOptions options;
    options.storage = storage;
    options.observer = &books;
    auto execution = TRY(Execution::create(plan, options));
    TRY(execution->start(std::move(inputs)));
    TRY(execution->run());
    if (books.errors != 0 || books.liveBytes != execution->liveBytes() || books.begun != books.ended)
        return Error{ErrorCode::Internal, "the books of buffers are wrong", {}};
    return Outcome{execution->outputs(), execution->position()};
}

// In both storages, at both ends of optimisation, twice: all the same bits.
Result<std::vector<Tensor>> run(const std::string& text, const std::vector<Tensor>& inputs)
{
    std::optional<std::vector<Tensor>> first;
    for (Storage storage : {Storage::Arena, Storage::Shared})
        for (OptimizeLevel level : {OptimizeLevel::None, OptimizeLevel::All}) {
            Outcome outcome = TRY(outcomeOf(text, inputs, storage, level));
            if (!first)
                first = outcome.outputs;
            for (std::size_t i = 0; i < first->size(); ++i)
                if (!(*first)[i].identicalTo(outcome.outputs[i]))
                    return Error{ErrorCode::Internal, fmt::format("output {} differs", i), {}};
        }
    return *first;
}

Tensor x2() { return Tensor::of({2}, std::vector<float>{1, 10}); }
Tensor count(std::int64_t n) { return Tensor::scalar<std::int64_t>(n); }

std::string why(const Result<std::vector<Tensor>>& result)
{
    return result.ok() ? std::string() : result.error().text();
}

} // namespace

#define RUN(name, text, ...)                                                                                 \
    auto name = run(text, std::vector<Tensor>{__VA_ARGS__});                                                 \
    QVERIFY2(name.ok(), why(name).c_str())

class TestControlFlow : public QObject {
    Q_OBJECT
private slots:
    void aLoopRunsAsOftenAsItIsTold()
    {
        for (std::int64_t n : {1, 2, 7}) {
            RUN(outputs, summing("n, on, zero"), x2(), count(n), Tensor::scalar(true));
            auto f = static_cast<float>(n);
            QCOMPARE(floats(outputs->at(0)), (std::vector<float>{f, 10 * f}));
            QCOMPARE(outputs->at(1).dims(), (graph::Dims{n, 2}));
            QCOMPARE(floats(outputs->at(1)).back(), 10 * f);
        }
    }

    void aLoopWithoutIterationsHandsItsInitialValuesOn()
    {
        RUN(none, summing("n, on, zero"), x2(), count(0), Tensor::scalar(true));
        QCOMPARE(floats(none->at(0)), (std::vector<float>{0, 0}));
        QCOMPARE(none->at(1).dims(), (graph::Dims{0, 2}));
        RUN(negative, summing("n, on, zero"), x2(), count(-5), Tensor::scalar(true));
        QCOMPARE(negative->at(1).dims(), (graph::Dims{0, 2}));
        RUN(off, summing("n, on, zero"), x2(), count(4), Tensor::scalar(false));
        QCOMPARE(floats(off->at(0)), (std::vector<float>{0, 0}));
        QCOMPARE(off->at(1).dims(), (graph::Dims{0, 2}));
    }

    void theConditionEndsALoopWithoutTripCount()
    {
        RUN(outputs, summing(", on, zero", "Less (i, three)"), x2(), count(0), Tensor::scalar(true));
        QCOMPARE(floats(outputs->at(0)), (std::vector<float>{4, 40})); // i = 0 1 2 3
        RUN(bare, summing(", , zero", "Less (i, three)"), x2(), count(0), Tensor::scalar(false));
        QCOMPARE(floats(bare->at(0)), (std::vector<float>{4, 40}));
    }

    void carriedValuesMayChangePlacesAndGrow()
    {
        RUN(swapped, head + R"(g (float[2] x, float[2] y, int64 n) => (float[2] p, float[2] q)
{
   p, q = Loop <
      body = swap (int64 i, bool c, float[2] a, float[2] b) => (bool c_out, float[2] b_out, float[2] a_out) {
         c_out = Identity (c)
         b_out = Identity (b)
         a_out = Identity (a)
      }
   > (n, , x, y)
}
)",
            x2(), Tensor::of({2}, std::vector<float>{3, 4}), count(3));
        QCOMPARE(floats(swapped->at(0)), (std::vector<float>{3, 4}));
        QCOMPARE(floats(swapped->at(1)), (std::vector<float>{1, 10}));
        RUN(grown, head + R"(g (float[2] x, int64 n) => (float[G] y)
{
   y = Loop <
      body = grow (int64 i, bool c, float[K] a) => (bool c_out, float[L] a_out) {
         c_out = Identity (c)
         a_out = Concat <axis = 0> (a, x)
      }
   > (n, , x)
}
)",
            x2(), count(4));
        QCOMPARE(floats(grown->at(0)), (std::vector<float>{1, 10, 1, 10, 1, 10, 1, 10, 1, 10}));
    }

    // What a body knows of shapes in its first iteration does not hold in the second.
    void shapesComputedInABodyAreThoseOfEachIteration()
    {
        RUN(outputs, head + R"(g (float[2] x, int64 n) => (float[G] y, int64[R,1] sizes)
{
   y, sizes = Loop <
      body = grow (int64 i, bool c, float[K] a) => (bool c_out, float[L] a_out, int64[1] size) {
         c_out = Identity (c)
         size = Shape (a)
         a_out = Concat <axis = 0> (a, x)
      }
   > (n, , x)
}
)",
            x2(), count(3));
        auto sizes = outputs->at(1).toInt64s().releaseValue();
        QCOMPARE(sizes, (std::vector<std::int64_t>{2, 4, 6}));
    }

    // `kept` is read inside of the loop and after it; `e` lies in the arena and goes through the loop
    // untouched.
    void outerValuesOutliveTheLoop()
    {
        RUN(outputs, head + R"(g (float[2] x, int64 n) => (float[2] y, float[2] z)
{
   kept = Neg (x)
   d = Add (x, x)
   e = Neg (d)
   through, sum = Loop <
      body = b (int64 i, bool c, float[2] a, float[2] s) => (bool c_out, float[2] a_out, float[2] s_out) {
         c_out = Identity (c)
         a_out = Identity (a)
         r = Neg (kept)
         t = Neg (r)
         s_out = Sub (s, t)
      }
   > (n, , e, x)
   more = Add (kept, sum)
   y = Neg (more)
   z = Add (through, kept)
}
)",
            x2(), count(2));
        QCOMPARE(floats(outputs->at(0)), (std::vector<float>{-2, -20})); // -(-x + x + 2x)
        QCOMPARE(floats(outputs->at(1)), (std::vector<float>{-3, -30}));
    }

    void loopsNestWithBranchesInside()
    {
        RUN(outputs, head + R"(g (float[2] x, int64 n) => (float[2] y, float[R,S,2] all)
<
   int64 one = {1}
>
{
   y, all = Loop <
      body = outer (int64 i, bool c, float[2] a) => (bool c_out, float[2] a_out, float[S,2] row) {
         c_out = Identity (c)
         even = Less (i, one)
         a_out, row = Loop <
            body = inner (int64 j, bool d, float[2] b) => (bool d_out, float[2] b_out, float[2] item) {
               d_out = Identity (d)
               b_out = If <
                  then_branch = p () => (float[2] t) { t = Add (b, x) },
                  else_branch = q () => (float[2] u) { u = Identity (b) }
               > (even)
               item = Neg (b_out)
            }
         > (n, , a)
      }
   > (n, , x)
}
)",
            x2(), count(3));
        QCOMPARE(floats(outputs->at(0)), (std::vector<float>{4, 40})); // only the first round adds, 3 times
        QCOMPARE(outputs->at(1).dims(), (graph::Dims{3, 3, 2}));
        QCOMPARE(floats(outputs->at(1)).front(), -2.0f);
        QCOMPARE(floats(outputs->at(1)).back(), -40.0f);
    }

    void scansGoAlongAnyAxisInBothDirections()
    {
        std::string text = head + R"(g (float[2,3] x, float[2] zero) => (float[2] last, float[2,T] sums)
{
   last, sums = Scan <
      num_scan_inputs = 1, scan_input_axes = [1], scan_output_axes = [-1],
      scan_input_directions = [INPUT], scan_output_directions = [OUTPUT],
      body = step (float[2] s, float[2] now) => (float[2] s_out, float[2] out) {
         s_out = Add (s, now)
         out = Identity (s_out)
      }
   > (zero, x)
}
)";
        auto with = [&](const char* input, const char* output) {
            std::string result = text;
            result.replace(result.find("INPUT"), 5, input);
            result.replace(result.find("OUTPUT"), 6, output);
            return result;
        };
        Tensor x = Tensor::of({2, 3}, std::vector<float>{1, 2, 4, 10, 20, 40});
        Tensor zero = Tensor::of({2}, std::vector<float>{0, 0});
        RUN(forward, with("0", "0"), x, zero);
        QCOMPARE(floats(forward->at(0)), (std::vector<float>{7, 70}));
        QCOMPARE(floats(forward->at(1)), (std::vector<float>{1, 3, 7, 10, 30, 70}));
        RUN(back, with("1", "0"), x, zero);
        QCOMPARE(floats(back->at(1)), (std::vector<float>{4, 6, 7, 40, 60, 70}));
        RUN(prepended, with("0", "1"), x, zero);
        QCOMPARE(floats(prepended->at(1)), (std::vector<float>{7, 3, 1, 70, 30, 10}));
    }

    void scansOverNothingHaveNoIterations()
    {
        RUN(outputs, head + R"(g (float[T,2] x, float[2] zero) => (float[2] last, float[T,2] sums)
{
   last, sums = Scan <num_scan_inputs = 1,
      body = step (float[2] s, float[2] now) => (float[2] s_out, float[2] out) {
         s_out = Add (s, now)
         out = Identity (s_out)
      }
   > (zero, x)
}
)",
            Tensor::of({0, 2}, std::vector<float>{}), x2());
        QCOMPARE(floats(outputs->at(0)), (std::vector<float>{1, 10}));
        QCOMPARE(outputs->at(1).dims(), (graph::Dims{0, 2}));
    }

    void iterationsThatLeaveDifferentShapesAreRefusedByName()
    {
        auto outputs = run(head + R"(g (float[2] x, int64 n) => (float[G] y, float[R,S] all)
{
   [growing] y, all = Loop <
      body = grow (int64 i, bool c, float[K] a) => (bool c_out, float[L] a_out, float[M] seen) {
         c_out = Identity (c)
         a_out = Concat <axis = 0> (a, x)
         seen = Identity (a_out)
      }
   > (n, , x)
}
)",
                           {x2(), count(3)});
        QVERIFY(!outputs.ok());
        QCOMPARE(outputs.error().code, ErrorCode::RunFailed);
        QCOMPARE(outputs.error().where, std::string("growing"));
    }

    void aBodyInputThatIsAConstantIsRefused()
    {
        auto model = modelFromText(summing("n, on, zero")).releaseValue();
        graph::Graph& g = model.graph;
        RegionId body = g.node(g.main().nodes.front()).regionAttribute("body");
        ValueId carried = g.region(body).inputs[2];
        graph::Initializer constant;
        constant.tensor = x2();
        g.value(carried).initializer = constant;
        g.region(body).initializers.push_back(carried);
        auto plan = planOf(model);
        if (!plan.ok())
            return; // as good an answer
        auto execution = Execution::create(*plan, {}).releaseValue();
        QVERIFY(execution->start({x2(), count(2), Tensor::scalar(true)}).ok());
        auto ran = execution->run();
        QVERIFY(!ran.ok());
        QVERIFY(ran.error().text().find("\"a\"") != std::string::npos);
    }

    void theObserverSeesEveryIteration()
    {
        Outcome outcome = outcomeOf(summing("n, on, zero"), {x2(), count(5), Tensor::scalar(true)},
                                    Storage::Shared, OptimizeLevel::None)
                              .releaseValue();
        QCOMPARE(outcome.steps, std::uint64_t(1 + 5 * 3)); // into the loop, then three nodes a round
    }

    void framesTellTheIteration()
    {
        auto plan = planOf(modelFromText(summing("n, on, zero")).releaseValue()).releaseValue();
        exec::ExecutionOptions options;
        options.storage = Storage::Shared;
        auto execution = Execution::create(plan, options).releaseValue();
        QVERIFY(execution->start({x2(), count(2), Tensor::scalar(true)}).ok());
        std::vector<std::int64_t> iterations;
        while (!execution->finished()) {
            if (execution->frames().size() == 2) {
                iterations.push_back(execution->frames()[1].iteration);
                QCOMPARE(execution->frames()[1].iterations, std::int64_t(2));
                QVERIFY(execution->frames()[1].entered == &plan->mainBlock().instructions[0]);
            }
            QVERIFY(execution->step().ok());
        }
        QCOMPARE(iterations, (std::vector<std::int64_t>{0, 0, 0, 1, 1, 1}));
    }

    void anEndlessLoopStopsWithinOneOp_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("with nodes") << "(int64 i, bool c, float[2] a) => (bool c_out, float[2] a_out) { "
                                       "c_out = Identity (c) a_out = Neg (a) }";
        QTest::newRow("empty") << "(int64 i, bool c, float[2] a) => (bool c, float[2] a) {}";
    }
    void anEndlessLoopStopsWithinOneOp()
    {
        QFETCH(QString, body);
        auto model = modelFromText(head + R"(g (float[2] x) => (float[2] y)
<
   int64 rounds = {9223372036854775807}
>
{
   y = Loop <body = again )" + body.toStdString() +
                                   R"(> (rounds, , x)
}
)");
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        for (Storage storage : {Storage::Arena, Storage::Shared})
            for (OptimizeLevel level : {OptimizeLevel::None, OptimizeLevel::All}) {
                auto plan = planOf(*model, level);
                QVERIFY2(plan.ok(), plan.ok() ? "" : plan.error().text().c_str());
                StopAfter gate(1000);
                exec::ExecutionOptions options;
                options.storage = storage;
                options.gate = &gate;
                auto execution = Execution::create(*plan, options).releaseValue();
                QVERIFY(execution->start({x2()}).ok());
                auto ran = execution->run();
                QVERIFY(ran.ok());
                QCOMPARE(*ran, exec::RunResult::Stopped);
                QCOMPARE(execution->position(), std::uint64_t(1000));
                QVERIFY(execution->next().valid());
            }
    }

    void whatLoopsGatherIsUnderTheLimit()
    {
        auto model = modelFromText(head + R"(g (float[2] x, int64 n) => (float[2] y, float[R,2] all)
{
   [gathering] y, all = Loop <
      body = b (int64 i, bool c, float[2] a) => (bool c_out, float[2] a_out, float[2] seen) {
         c_out = Identity (c)
         a_out = Neg (a)
         seen = Identity (a_out)
      }
   > (n, , x)
}
)")
                         .releaseValue();
        for (Storage storage : {Storage::Arena, Storage::Shared}) {
            exec::ExecutionOptions options;
            options.storage = storage;
            options.memoryLimitBytes = 100'000;
            auto execution = Execution::create(planOf(model).releaseValue(), options).releaseValue();
            QVERIFY(execution->start({x2(), count(1'000'000'000)}).ok());
            auto ran = execution->run();
            QVERIFY(!ran.ok());
            QCOMPARE(ran.error().code, ErrorCode::LimitReached);
            QCOMPARE(ran.error().where, std::string("gathering"));
        }
    }

    void manyIterationsAreGatheredAndLetGo()
    {
        auto outcome = outcomeOf(head + R"(g (int64 n) => (int64[R] all)
{
   all = Loop <body = b (int64 i, bool c) => (bool c, int64 seen) { seen = Add (i, i) }> (n, )
}
)",
                                 {count(300'000)}, Storage::Shared, OptimizeLevel::None);
        QVERIFY2(outcome.ok(), outcome.ok() ? "" : outcome.error().text().c_str());
        QCOMPARE(outcome->outputs.at(0).data<std::int64_t>()[299'999], std::int64_t(599'998));
    }

    // The types of each loop change once, those inside of it have to be found anew: 2 to the power of 40
    // walks.
    void deeplyNestedLoopsAreInferredInBoundedTime()
    {
        std::string inside = "a40 = Concat <axis = 0> (a39, a39)";
        for (int depth = 39; depth >= 0; --depth)
            inside =
                fmt::format("a{0} = Loop <body = b{0} (int64 i{0}, bool c{0}, float[K] p{0}) => (bool c{0}, "
                            "float[L] q{0}) {{ a{1} = Identity (p{0}) {2} q{0} = Concat <axis = 0> (p{0}, "
                            "p{0}) }}> (n, , {3})",
                            depth + 100, depth == 39 ? "39" : std::to_string(depth + 300), inside,
                            depth == 0 ? "x" : fmt::format("p{}", depth + 99));
        auto model =
            modelFromText(head + "g (float[2] x, int64 n) => (float[Z] a100)\n{\n" + inside + "\n}\n");
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        auto plan = planOf(*model); // an answer, whichever
        QVERIFY(plan.ok() || !plan.error().text().empty());
    }

    void functionCallsAreEnteredAndLeft()
    {
        graph::Model model = formats::readModel(SAMPLE_GRAPHS "/function_call.onnxtxt").releaseValue();
        auto plan = planOf(model).releaseValue();
        exec::ExecutionOptions options;
        options.storage = Storage::Shared;
        auto execution = Execution::create(plan, options).releaseValue();
        QVERIFY(execution->start(inputsFor(*plan).releaseValue()).ok());
        std::vector<std::string> way;
        while (!execution->finished()) {
            way.push_back(
                fmt::format("{} {}", execution->frames().size(), plan->graph().node(execution->next()).name));
            QVERIFY(execution->step().ok());
        }
        QCOMPARE(way, (std::vector<std::string>{"1 first", "2 first/open", "3 first/open/double",
                                                "3 first/open/sigmoid", "2 first/let_through", "1 between",
                                                "1 second", "2 second/open", "3 second/open/double",
                                                "3 second/open/sigmoid", "2 second/let_through"}));
        // The calls keep the ids that they have in the user's graph.
        std::set<NodeId> ids;
        for (NodeId id : model.graph.liveNodes())
            ids.insert(id);
        for (const plan::Instruction& instruction : plan->mainBlock().instructions)
            QVERIFY(ids.contains(instruction.node));
    }

    void enteredAndInlinedFunctionsComputeTheSame_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("attributes, defaults, outputs left out")
            << R"(<ir_version: 8, opset_import: ["" : 13, "l" : 1]>
g (float[2] x, float[2] y) => (float[2] p, float[2] q)
{
   p = l.f <slope = 0.5> (x, y)
   h, q = l.f <slope = 2.0> (p)
}
<domain: "l", opset_import: ["" : 13]>
f <slope> (a, b) => (c, d)
{
   c = LeakyRelu <alpha: float = @slope> (a)
   d = Clip (a, , )
}
)";
        QTest::newRow("inputs handed through, one value for two outputs")
            << R"(<ir_version: 8, opset_import: ["" : 13, "l" : 1]>
g (float[2] x, float[2] y) => (float[2] p, float[2] q)
{
   n = Neg (x)
   s, t, u = l.f (n, y)
   p = Add (s, t)
   q = Sub (u, n)
}
<domain: "l", opset_import: ["" : 13]>
f (a, b) => (a, c, c)
{
   c = Add (a, b)
}
)";
        QTest::newRow("inside of a loop and a branch") << R"(<ir_version: 8, opset_import: ["" : 13, "l" : 1]>
g (float[2] x, float[2] y) => (float[2] p, float[3,2] q)
<
   int64 three = {3}, bool yes = {1}
>
{
   e = Exp (y)
   p, q = Loop <body = b (int64 i, bool c, float[2] a) => (bool c, float[2] o, float[2] s) {
      o = l.f (a, e)
      s = If <then_branch = t () => (float[2] v) { v = l.f (o, a) },
              else_branch = u () => (float[2] w) { w = Neg (o) }> (yes)
   }> (three, , x)
}
<domain: "l", opset_import: ["" : 13]>
f (a, b) => (c)
{
   m = Mul (a, b)
   c = Sub (m, a)
}
)";
    }
    void enteredAndInlinedFunctionsComputeTheSame()
    {
        QFETCH(QString, text);
        RUN(outputs, text.toStdString(), x2(), Tensor::of({2}, std::vector<float>{-3, 2}));
        QVERIFY(outputs->size() == 2);
    }

    void functionsThatCallThemselvesAreRefused()
    {
        auto model = modelFromText(R"(<ir_version: 8, opset_import: ["" : 13, "l" : 1]>
g (float[2] x) => (float[2] y)
{
   y = l.f (x)
}
<domain: "l", opset_import: ["" : 13, "l" : 1]>
f (a) => (b)
{
   b = l.f (a)
}
)")
                         .releaseValue();
        auto plan = planOf(model);
        QVERIFY(!plan.ok());
        QCOMPARE(plan.error().code, ErrorCode::BadModel);
    }

    void aShapeClashInAFunctionIsFoundBeforeTheRun()
    {
        auto model = modelFromText(R"(<ir_version: 8, opset_import: ["" : 13, "l" : 1]>
g (float[2] x, float[3] y) => (float[2] z)
{
   [call] z = l.f (x, y)
}
<domain: "l", opset_import: ["" : 13]>
f (a, b) => (c)
{
   [clash] c = Add (a, b)
}
)")
                         .releaseValue();
        for (OptimizeLevel level : {OptimizeLevel::None, OptimizeLevel::All}) {
            auto plan = planOf(model, level);
            QVERIFY(!plan.ok());
            QCOMPARE(plan.error().where, std::string("call/clash"));
        }
    }
};

QTEST_GUILESS_MAIN(TestControlFlow)
#include "test_control_flow.moc"
