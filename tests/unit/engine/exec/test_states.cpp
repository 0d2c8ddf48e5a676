// SPDX-License-Identifier: Apache-2.0
//
// States of executions: shared storage computes what the arena does, a captured state is never written to,
// and from every position of every sample the run can be taken up again, with the plan or a variant of it.
#include "engine/formats/tensor_file.h"
#include "tests/unit/engine/exec/model_runs.h"

#include <QtTest>

#include <cstring>

using namespace orrery;
using namespace orrery::test;
using exec::Execution;
using exec::ExecutionState;
using exec::Storage;
using graph::Tensor;
using passes::OptimizeLevel;

namespace {

// In-place chains, views, a value read twice, an unread output, a constant as output.
constexpr const char* inPlaceText = R"(<ir_version: 8, opset_import: ["" : 13]>
in_place (float[2,6] x) => (float[3,4] y, float[2,6] z, float[2] c, float[2,3] a)
<
   int64[2] dims = {3, 4},
   float[2] c = {1, 2}
>
{
   r = Relu (x)
   e = Exp (r)
   n = Neg (e)
   v = Reshape (n, dims)
   y = Tanh (v)
   t = Sigmoid (x)
   z = Add (t, t)
   a, b = Split <axis = 1> (x)
}
)";

Tensor copyOf(const Tensor& tensor)
{
    if (tensor.type() == graph::DataType::String)
        return Tensor::ofStrings(tensor.dims(), tensor.strings());
    Tensor copy = Tensor::allocate(tensor.type(), tensor.dims()).releaseValue();
    if (tensor.byteSize() > 0)
        std::memcpy(copy.mutableBytes(), tensor.bytes(), tensor.byteSize());
    return copy;
}

ExecutionState deepCopy(const ExecutionState& state)
{
    ExecutionState copy = state;
    for (auto& [id, tensor] : copy.values)
        tensor = copyOf(tensor);
    return copy;
}

bool sameTensors(const std::vector<Tensor>& a, const std::vector<Tensor>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Tensor& x, const Tensor& y) { return x.identicalTo(y); });
}

std::unique_ptr<Execution> started(std::shared_ptr<const plan::Plan> plan, Storage storage,
                                   exec::ExecutionObserver* observer = nullptr)
{
    exec::ExecutionOptions options;
    options.storage = storage;
    options.observer = observer;
    options.seed = 42;
    auto inputs = inputsFor(*plan).releaseValue();
    auto execution = Execution::create(std::move(plan), options).releaseValue();
    auto begun = execution->start(std::move(inputs));
    if (!begun.ok())
        qFatal("%s", begun.error().text().c_str());
    return execution;
}

struct Course {
    std::vector<ExecutionState> states; // one for each position
    std::vector<std::int64_t> liveBytes;
    std::vector<Tensor> outputs;
};

Course courseOf(const std::shared_ptr<const plan::Plan>& plan)
{
    auto execution = started(plan, Storage::Shared);
    Course course;
    for (;;) {
        course.states.push_back(execution->capture());
        course.liveBytes.push_back(execution->liveBytes());
        if (execution->finished())
            break;
        auto stepped = execution->step();
        if (!stepped.ok())
            qFatal("%s", stepped.error().text().c_str());
    }
    course.outputs = execution->outputs();
    return course;
}

NodeId nodeNamed(const graph::Graph& graph, const std::string& name)
{
    for (NodeId id : graph.liveNodes())
        if (graph.node(id).name == name)
            return id;
    return {};
}

ValueId valueNamed(const graph::Graph& graph, const std::string& name)
{
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (graph.value(ValueId(i)).alive && graph.value(ValueId(i)).name == name)
            return ValueId(i);
    return {};
}

} // namespace

class TestStates : public QObject {
    Q_OBJECT

    static void everyModel()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("level");
        for (const char* name : {"if_branch", "lstm", "transformer_block", "loop", "scan", "function_call",
                                 "random", "cifar10_cnn", "symbolic_reshape", "in place"})
            for (auto level : {OptimizeLevel::None, OptimizeLevel::All})
                QTest::addRow("%s %s", name, level == OptimizeLevel::None ? "none" : "all")
                    << name << static_cast<int>(level);
    }

    static std::shared_ptr<const plan::Plan> plan(const std::string& name,
                                                  OptimizeLevel level = OptimizeLevel::None)
    {
        auto model = name == "in place" ? modelFromText(inPlaceText)
                                        : formats::readModel(SAMPLE_GRAPHS "/" + name + ".onnxtxt");
        auto made = model.ok() ? planOf(*model, level)
                               : Result<std::shared_ptr<const plan::Plan>>(model.releaseError());
        if (!made.ok())
            qFatal("%s: %s", name.c_str(), made.error().text().c_str());
        return made.releaseValue();
    }

private slots:
    void sharedStorageGivesTheBitsOfTheArena_data() { everyModel(); }
    void sharedStorageGivesTheBitsOfTheArena()
    {
        QFETCH(QString, name);
        QFETCH(int, level);
        auto program = plan(name.toStdString(), static_cast<OptimizeLevel>(level));
        auto arena = started(program, Storage::Arena);
        auto shared = started(program, Storage::Shared);
        QVERIFY(arena->run().ok());
        QVERIFY(shared->run().ok());
        QVERIFY(!arena->outputs().empty());
        QVERIFY(sameTensors(arena->outputs(), shared->outputs()));
    }

    void sharedStorageGivesTheBitsOfTheArenaOnPeers_data()
    {
        QTest::addColumn<QString>("data");
        QTest::addColumn<QString>("file");
        QTest::newRow("silero") << "silero"
                                << "vad/silero_vad_v5.onnx";
        QTest::newRow("rec") << "rec"
                             << "ocr/ch_PP-OCRv4_rec_infer.onnx";
        QTest::newRow("bert6") << "bert6"
                               << "torch/bert6/model.onnx";
    }
    void sharedStorageGivesTheBitsOfTheArenaOnPeers()
    {
        QFETCH(QString, data);
        QFETCH(QString, file);
        std::string models = qEnvironmentVariable("ORRERY_PEER_MODELS").toStdString();
        std::string inputs = qEnvironmentVariable("ORRERY_PEER_DATA").toStdString();
        if (models.empty() || inputs.empty())
            QSKIP("ORRERY_PEER_MODELS and ORRERY_PEER_DATA are not set");
        auto model = formats::readModel(models + "/" + file.toStdString());
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        for (auto level : {OptimizeLevel::None, OptimizeLevel::All}) {
            auto program = planOf(*model, level).releaseValue();
            std::vector<std::vector<Tensor>> outputs;
            for (Storage storage : {Storage::Arena, Storage::Shared}) {
                exec::ExecutionOptions options;
                options.storage = storage;
                std::vector<Tensor> given;
                for (std::size_t i = 0; i < program->root().inputs.size(); ++i)
                    given.push_back(
                        formats::readTensor(fmt::format("{}/{}/input_{}.pb", inputs, data.toStdString(), i))
                            .releaseValue());
                auto execution = Execution::create(program, options).releaseValue();
                QVERIFY(execution->start(std::move(given)).ok());
                auto ran = execution->run();
                QVERIFY2(ran.ok(), ran.ok() ? "" : ran.error().text().c_str());
                outputs.push_back(execution->outputs());
            }
            QVERIFY(!outputs[0].empty());
            QVERIFY(sameTensors(outputs[0], outputs[1]));
        }
    }

    void aStateIsNeverWrittenTo_data() { everyModel(); }
    void aStateIsNeverWrittenTo()
    {
        QFETCH(QString, name);
        QFETCH(int, level);
        auto execution =
            started(plan(name.toStdString(), static_cast<OptimizeLevel>(level)), Storage::Shared);
        std::vector<ExecutionState> states, copies;
        for (;;) {
            states.push_back(execution->capture());
            copies.push_back(deepCopy(states.back()));
            if (execution->finished())
                break;
            QVERIFY(execution->step().ok());
        }
        QVERIFY(states.size() > 1);
        for (std::size_t i = 0; i < states.size(); ++i)
            QVERIFY(exec::identical(states[i], copies[i]));
    }

    void theRunGoesOnFromEveryPosition_data() { everyModel(); }
    void theRunGoesOnFromEveryPosition()
    {
        QFETCH(QString, name);
        QFETCH(int, level);
        auto program = plan(name.toStdString(), static_cast<OptimizeLevel>(level));
        Course course = courseOf(program);
        Books books;
        auto execution = started(program, Storage::Shared, &books);
        for (std::size_t at = course.states.size(); at-- > 0;) {
            execution->restore(course.states[at]);
            QCOMPARE(execution->position(), course.states[at].position);
            QCOMPARE(execution->liveBytes(), course.liveBytes[at]);
            QVERIFY(exec::identical(execution->capture(), course.states[at]));
            for (std::size_t next = at + 1; next < course.states.size(); ++next) {
                QVERIFY(execution->step().ok());
                QVERIFY(exec::identical(execution->capture(), course.states[next]));
                QCOMPARE(execution->liveBytes(), course.liveBytes[next]);
                QCOMPARE(books.liveBytes, execution->liveBytes());
            }
            QVERIFY(execution->finished());
            QVERIFY(sameTensors(execution->outputs(), course.outputs));
        }
        QCOMPARE(books.errors, 0);
    }

    // Without states that hold them, inputs that die are written over also when every value is on the heap.
    void sharedStorageWritesInPlace()
    {
        auto execution = started(plan("in place"), Storage::Shared);
        const graph::Graph& graph = execution->plan().graph();
        QVERIFY(execution->step().ok()); // Relu
        const std::byte* relu = execution->value(valueNamed(graph, "r"))->bytes();
        QVERIFY(execution->step().ok()); // Exp
        QVERIFY(execution->value(valueNamed(graph, "e"))->bytes() == relu);
        ExecutionState held = execution->capture();
        QVERIFY(execution->step().ok()); // Neg
        QVERIFY(execution->value(valueNamed(graph, "n"))->bytes() != relu);
    }

    void theMemoryLimitHoldsInSharedStorage()
    {
        auto program = plan("in place");
        exec::ExecutionOptions options;
        options.storage = Storage::Shared;
        options.memoryLimitBytes = 80; // x has 48
        auto execution = Execution::create(program, options).releaseValue();
        QVERIFY(execution->start(inputsFor(*program).releaseValue()).ok());
        auto ran = execution->run();
        QVERIFY(!ran.ok());
        QCOMPARE(ran.error().code, ErrorCode::LimitReached);
    }

    void aFailedRunCanBeTakenUpAgain()
    {
        auto program = plan("in place");
        exec::ExecutionOptions options;
        options.storage = Storage::Shared;
        options.memoryLimitBytes = 48 + 48 + 10;
        auto limited = Execution::create(program, options).releaseValue();
        QVERIFY(limited->start(inputsFor(*program).releaseValue()).ok());
        ExecutionState before = limited->capture();
        Result<exec::RunResult> failed = limited->run();
        QVERIFY(!failed.ok());
        limited->restore(before);
        QVERIFY(exec::identical(limited->capture(), before));
        QVERIFY(limited->step().ok());
    }

    void aVariantTakesUpStatesOfItsPlan()
    {
        auto original = plan("loop");
        Course course = courseOf(original);
        graph::Model changed = original->model();
        NodeId accumulate = nodeNamed(changed.graph, "accumulate");
        changed.graph.node(accumulate).opType = "Sub";
        auto made = plan::Plan::variant(*original, std::move(changed), {&accumulate, 1});
        QVERIFY2(made.ok(), made.ok() ? "" : made.error().text().c_str());

        // In every iteration from the third on the term is taken away: 0 + 1 - 2 - 3 - 4 times x².
        auto execution = started(original, Storage::Shared);
        auto at = std::find_if(course.states.begin(), course.states.end(), [](const ExecutionState& state) {
            return state.frames.size() == 2 && state.frames[1].iteration == 2;
        });
        QVERIFY(at != course.states.end());
        execution->usePlan(*made);
        execution->restore(*at);
        QVERIFY(execution->run().ok());
        std::vector<float> x = floats(inputsFor(*original)->front());
        std::vector<float> total = floats(execution->outputs().at(0));
        for (std::size_t i = 0; i < x.size(); ++i)
            QVERIFY(std::abs(total[i] - x[i] * x[i] * (0 + 1 - 2 - 3 - 4)) < 1e-4f);

        // And with the original plan again, the original's outputs.
        execution->usePlan(original);
        execution->restore(*at);
        QVERIFY(execution->run().ok());
        QVERIFY(sameTensors(execution->outputs(), course.outputs));
    }

    void aVariantKeepsTheKernelsOfUnchangedNodes()
    {
        auto original = plan("in place");
        graph::Model changed = original->model();
        NodeId node = changed.graph.value(valueNamed(changed.graph, "n")).producer;
        changed.graph.node(node).opType = "Abs";
        auto made = plan::Plan::variant(*original, std::move(changed), {&node, 1}).releaseValue();
        for (std::size_t i = 0; i < made->mainBlock().instructions.size(); ++i) {
            const auto& now = made->mainBlock().instructions[i];
            const auto& before = original->mainBlock().instructions[i];
            QCOMPARE(now.node, before.node);
            QCOMPARE(now.kernel == before.kernel, now.node != node);
        }
    }

    // r dies at Exp; when a node of a branch reads it, it must live on until the If.
    void aVariantLengthensTheLivesOfWhatItReads()
    {
        graph::Model model = modelFromText(R"(<ir_version: 8, opset_import: ["" : 13]>
g (float[4] x, bool k) => (float[4] y)
{
   r = Relu (x)
   e = Exp (r)
   chosen = If <
      then_branch = p () => (float[4] t) { [inner] t = Neg (e) },
      else_branch = q () => (float[4] u) { u = Abs (e) }
   > (k)
   y = Tanh (chosen)
}
)")
                                 .releaseValue();
        auto base = planOf(model).releaseValue();
        graph::Model changed = base->model();
        NodeId inner = nodeNamed(changed.graph, "inner");
        changed.graph.node(inner).inputs[0] = valueNamed(changed.graph, "r");
        auto made = plan::Plan::variant(*base, std::move(changed), {&inner, 1});
        QVERIFY2(made.ok(), made.ok() ? "" : made.error().text().c_str());
        std::vector<float> x{-1, 0.5f, 2, -0.25f};
        for (Storage storage : {Storage::Arena, Storage::Shared}) {
            exec::ExecutionOptions options;
            options.storage = storage;
            auto execution = Execution::create(*made, options).releaseValue();
            QVERIFY(execution->start({Tensor::of({4}, x), Tensor::scalar(true)}).ok());
            QVERIFY(execution->run().ok());
            std::vector<float> y = floats(execution->outputs().at(0));
            for (std::size_t i = 0; i < x.size(); ++i)
                QVERIFY(std::abs(y[i] - std::tanh(-std::max(x[i], 0.0f))) < 1e-6f);
        }
    }

    void aVariantThatReadsAheadIsRefused()
    {
        auto original = plan("in place");
        graph::Model changed = original->model();
        NodeId exp = changed.graph.value(valueNamed(changed.graph, "e")).producer;
        changed.graph.node(exp).inputs[0] = valueNamed(changed.graph, "t"); // computed later
        auto made = plan::Plan::variant(*original, std::move(changed), {&exp, 1});
        QVERIFY(!made.ok());
        QCOMPARE(made.error().code, ErrorCode::BadModel);
        QVERIFY(made.error().text().find("\"t\"") != std::string::npos);
    }

    void aValueThatIsSetIsWhatReadersRead()
    {
        auto execution = started(plan("in place"), Storage::Shared);
        const graph::Graph& graph = execution->plan().graph();
        QVERIFY(execution->step().ok());
        ExecutionState before = execution->capture();
        Tensor ones = Tensor::of({2, 6}, std::vector<float>(12, 1.0f));
        QVERIFY(execution->setValue(valueNamed(graph, "r"), ones).ok());
        QVERIFY(execution->run().ok());
        QVERIFY(std::abs(floats(execution->outputs().at(0)).front() - std::tanh(-std::exp(1.0f))) < 1e-6f);
        QCOMPARE(floats(ones), std::vector<float>(12, 1.0f)); // the caller's tensor is not written over
        QVERIFY(!execution->setValue(valueNamed(graph, "r"), ones).ok());    // dead
        QVERIFY(!execution->setValue(valueNamed(graph, "dims"), ones).ok()); // constant
        execution->restore(before);
        QVERIFY(execution->run().ok());
        QVERIFY(std::abs(floats(execution->outputs().at(0)).front() - std::tanh(-std::exp(1.0f))) > 1e-3f);
    }

    void aValueOfAnotherTypeStopsItsReaderByName()
    {
        auto execution = started(plan("in place"), Storage::Shared);
        const graph::Graph& graph = execution->plan().graph();
        QVERIFY(execution->step().ok());
        ExecutionState before = execution->capture();
        QVERIFY(execution->setValue(valueNamed(graph, "r"), Tensor::scalar<std::int64_t>(1)).ok());
        auto ran = execution->run();
        QVERIFY(!ran.ok());
        QVERIFY(ran.error().text().find("\"r\" was set to int64, expected float") != std::string::npos);
        execution->restore(before);
        QVERIFY(execution->run().ok());
    }

    void skippingLeavesTheGivenOutputs()
    {
        Books books;
        auto execution = started(plan("in place"), Storage::Shared, &books);
        const graph::Graph& graph = execution->plan().graph();
        QVERIFY(execution->step().ok());
        std::int64_t live = execution->liveBytes();
        Tensor relu = *execution->value(valueNamed(graph, "r"));
        QVERIFY(!execution->skip({}).ok());
        QVERIFY(execution->skip({relu}).ok()); // e is r
        QCOMPARE(execution->liveBytes(), live);
        QVERIFY(execution->value(valueNamed(graph, "r")) == nullptr);
        QVERIFY(execution->run().ok());
        QVERIFY(std::abs(floats(execution->outputs().at(0)).front() - std::tanh(-floats(relu).front())) <
                1e-6f);
        QCOMPARE(books.errors, 0);
        QCOMPARE(books.begun, books.ended);
    }

    void aStateOutlivesItsPlanAndExecution()
    {
        ExecutionState state;
        std::vector<Tensor> outputs;
        {
            auto execution = started(plan("loop"), Storage::Shared);
            for (int i = 0; i < 9; ++i)
                QVERIFY(execution->step().ok());
            state = execution->capture();
            QVERIFY(execution->run().ok());
            outputs = execution->outputs();
        }
        auto execution = started(state.plan, Storage::Shared);
        execution->restore(state);
        QVERIFY(execution->run().ok());
        QVERIFY(sameTensors(execution->outputs(), outputs));
    }
};

QTEST_GUILESS_MAIN(TestStates)
#include "test_states.moc"
