// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/debug/debugged.h"

#include <QtTest>

using namespace orrery;
using namespace orrery::debug;
using namespace orrery::test;
using graph::Tensor;

namespace {

const Movement step = move(Goal::Step, Direction::Forward);
const Movement stepBack = move(Goal::Step, Direction::Backward);
const Movement toEnd = move(Goal::Continue, Direction::Forward);

Tensor filled(const Tensor& like, float value)
{
    Tensor tensor = Tensor::allocate(like.type(), like.dims()).releaseValue();
    std::fill_n(tensor.mutableData<float>(), tensor.elementCount(), value);
    return tensor;
}

std::vector<Tensor> outputsOf(Debugger& debugger)
{
    std::vector<Tensor> outputs;
    for (ValueId value : debugger.plan().root().outputs)
        outputs.push_back(debugger.tensor(value).releaseValue());
    return outputs;
}

// What rerun says must be what running both to the end gives.
void checkRerun(Debugger& debugger)
{
    exec::ExecutionState before = debugger.capture();
    auto report = debugger.rerun();
    QVERIFY2(report.ok(), report.ok() ? "" : report.error().text().c_str());
    QVERIFY(exec::identical(debugger.capture(), before));
    BranchId child = debugger.state().branch;
    BranchId parent = debugger.state().branches[child.index()].parent;
    debugger.go(toEnd);
    std::vector<Tensor> after = outputsOf(debugger);
    QVERIFY(debugger.choose(parent).ok());
    debugger.go(toEnd);
    std::vector<Tensor> original = outputsOf(debugger);
    QCOMPARE(report->outputs.size(), after.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
        QVERIFY(report->outputs[i].after.identicalTo(after[i]));
        QVERIFY(report->outputs[i].before.identicalTo(original[i]));
    }
    QVERIFY(debugger.choose(child).ok());
}

} // namespace

class TestDebuggerEdits : public QObject {
    Q_OBJECT

private slots:
    void aSetTensorMakesABranchAndTheOriginalStays()
    {
        auto debugger = debugged("mlp");
        debugger->go(toEnd);
        Tensor original = outputsOf(*debugger).front();
        debugger->restart();
        debugger->go(step);
        ValueId value = debugger->plan().graph().node(debugger->state().previous).outputs.front();
        Tensor ones = filled(debugger->tensor(value).releaseValue(), 1);
        auto changed = debugger->apply(SetValue{value, ones});
        QVERIFY2(changed.ok(), changed.ok() ? "" : changed.error().text().c_str());
        QCOMPARE(changed->reason, StopReason::Changed);
        QCOMPARE(changed->branches.size(), std::size_t(2));
        QCOMPARE(changed->branch, BranchId(std::size_t(1)));
        QCOMPARE(changed->branches[1].from, std::uint64_t(1));
        QCOMPARE(QString::fromStdString(changed->branches[1].what),
                 "set " + QString::fromStdString(debugger->plan().graph().value(value).name));
        QVERIFY(debugger->tensor(value)->identicalTo(ones));
        debugger->go(toEnd);
        QVERIFY(!outputsOf(*debugger).front().identicalTo(original));
        auto chosen = debugger->choose(BranchId(std::size_t(0)));
        QVERIFY(chosen.ok());
        QVERIFY(chosen->finished);
        QVERIFY(outputsOf(*debugger).front().identicalTo(original));
    }

    void goingBackOverAnEditAndForwardAgainGivesTheSame()
    {
        for (std::int64_t budget : {-1, 0}) {
            DebugOptions options;
            options.historyBudgetBytes = budget;
            auto debugger = debugged("transformer_block", options);
            for (int i = 0; i < 6; ++i)
                debugger->go(step);
            exec::ExecutionState unedited = debugger->capture();
            ValueId value = debugger->plan().graph().node(debugger->state().previous).outputs.front();
            QVERIFY(debugger->apply(SetValue{value, filled(*debugger->tensor(value), 2)}).ok());
            std::vector<exec::ExecutionState> states{debugger->capture()};
            QVERIFY(!exec::identical(states.front(), unedited));
            while (!debugger->state().finished) {
                debugger->go(step);
                states.push_back(debugger->capture());
            }
            for (std::size_t at = states.size() - 1; at-- > 0;) {
                debugger->go(stepBack);
                QVERIFY(exec::identical(debugger->capture(), states[at]));
            }
            for (int i = 0; i < 6; ++i)
                debugger->go(stepBack);
            QCOMPARE(debugger->state().position, std::uint64_t(0));
            QCOMPARE(debugger->state().branch, BranchId(std::size_t(1)));
            for (int i = 0; i < 6; ++i)
                debugger->go(step);
            QVERIFY(exec::identical(debugger->capture(), states.front()));
            debugger->go(toEnd);
            QVERIFY(exec::identical(debugger->capture(), states.back()));
            QVERIFY(debugger->choose(BranchId(std::size_t(0))).ok());
            debugger->go(move(Goal::Position, Direction::Backward, 6));
            QVERIFY(exec::identical(debugger->capture(), unedited));
        }
    }

    void rerunComputesOnlyWhatDependsOnTheEdit()
    {
        auto debugger = debugged("transformer_block");
        debugger->go(toEnd);
        std::uint64_t length = debugger->state().position;
        debugger->go(moveTo(nodeNamed(*debugger, "split_k"), Direction::Backward));
        std::uint64_t at = debugger->state().position;
        ValueId value = valueNamed(*debugger, "k");
        QVERIFY(debugger->apply(SetValue{value, filled(*debugger->tensor(value), 0.5f)}).ok());
        auto report = debugger->rerun();
        QVERIFY2(report.ok(), report.ok() ? "" : report.error().text().c_str());
        QVERIFY(report->reused >= 2); // the splits of q and v
        QCOMPARE(report->computed + report->reused, length - at);
        QVERIFY(report->outputs.front().difference.has_value());
        QVERIFY(report->outputs.front().difference->different > 0);
        checkRerun(*debugger);
    }

    void rerunIsRightWithBodiesRandomNumbersAndSmallBudgets_data()
    {
        QTest::addColumn<QString>("sample");
        QTest::addColumn<qint64>("budget");
        for (const char* sample :
             {"if_branch", "loop", "scan", "function_call", "random", "lstm", "mlp", "transformer_block"})
            for (qint64 budget : {-1, 0})
                QTest::addRow("%s, %lld", sample, static_cast<long long>(budget))
                    << QString(sample) << budget;
    }
    void rerunIsRightWithBodiesRandomNumbersAndSmallBudgets()
    {
        QFETCH(QString, sample);
        QFETCH(qint64, budget);
        DebugOptions options;
        options.historyBudgetBytes = budget;
        auto plan = samplePlan(sample.toStdString()).releaseValue();
        std::uint64_t edited = 0;
        for (std::uint64_t at = 0;; ++at) {
            auto debugger = debuggerFor(plan, options);
            DebugState state = debugger->go(move(Goal::Position, Direction::Forward, at));
            if (state.finished)
                break;
            for (ValueId value : state.live) {
                Tensor old = debugger->tensor(value).releaseValue();
                if (old.type() != graph::DataType::Float32)
                    continue;
                QVERIFY(debugger->choose(BranchId(std::size_t(0))).ok());
                debugger->go(move(Goal::Position, Direction::Forward, at));
                QVERIFY(debugger->apply(SetValue{value, filled(old, 0.25f)}).ok());
                checkRerun(*debugger);
                if (QTest::currentTestFailed())
                    return;
                ++edited;
            }
        }
        QVERIFY(edited > 0);
    }

    void anAttributeOperatorOrWeightCanBeChanged()
    {
        auto debugger = debugged("mlp");
        debugger->go(toEnd);
        debugger->restart();
        NodeId relu;
        for (NodeId id : debugger->plan().graph().liveNodes())
            if (debugger->plan().graph().node(id).opType == "Relu" && !relu.valid())
                relu = id;
        QVERIFY(relu.valid());
        auto replaced = debugger->apply(ReplaceOperator{relu, "Neg", "", {}});
        QVERIFY2(replaced.ok(), replaced.ok() ? "" : replaced.error().text().c_str());
        QCOMPARE(debugger->plan().graph().node(relu).opType, std::string("Neg"));
        debugger->go(moveTo(relu, Direction::Forward));
        const graph::Node& node = debugger->plan().graph().node(relu);
        Tensor in = debugger->tensor(node.inputs[0]).releaseValue();
        debugger->go(step);
        Tensor out = debugger->tensor(node.outputs[0]).releaseValue();
        for (std::int64_t i = 0; i < in.elementCount(); ++i)
            QCOMPARE(out.data<float>()[i], -in.data<float>()[i]);
        checkRerun(*debugger);

        QVERIFY(debugger->choose(BranchId(std::size_t(0))).ok());
        debugger->restart();
        QCOMPARE(debugger->plan().graph().node(relu).opType, std::string("Relu"));
        ValueId weight;
        for (std::size_t i = 0; i < debugger->plan().graph().valueSlots() && !weight.valid(); ++i)
            if (const auto& value = debugger->plan().graph().value(ValueId(i)); value.isConstant())
                weight = value.id;
        auto changed = debugger->apply(SetValue{weight, filled(*debugger->tensor(weight), 0)});
        QVERIFY2(changed.ok(), changed.ok() ? "" : changed.error().text().c_str());
        checkRerun(*debugger);
    }

    void aNodeThatHasRunIsChangedWhereItRan()
    {
        auto debugger = debugged("transformer_block");
        debugger->go(toEnd);
        NodeId node = nodeNamed(*debugger, "norm1");
        auto changed = debugger->apply(SetAttribute{node, "epsilon", 1.0f});
        QVERIFY2(changed.ok(), changed.ok() ? "" : changed.error().text().c_str());
        QCOMPARE(changed->position, std::uint64_t(0));
        QCOMPARE(changed->next, node);
        checkRerun(*debugger);
    }

    void aNodeIsBypassedOrSkipped()
    {
        auto debugger = debugged("transformer_block");
        debugger->go(toEnd);
        NodeId norm = nodeNamed(*debugger, "norm1");
        debugger->restart();
        QVERIFY(debugger->apply(Bypass{norm}).ok());
        const graph::Node& node = debugger->plan().graph().node(norm);
        debugger->go(step);
        QVERIFY(debugger->tensor(node.outputs[0])->identicalTo(*debugger->tensor(node.inputs[0])));
        checkRerun(*debugger);

        QVERIFY(debugger->choose(BranchId(std::size_t(0))).ok());
        debugger->restart();
        auto skipped = debugger->apply(Skip{});
        QVERIFY2(skipped.ok(), skipped.ok() ? "" : skipped.error().text().c_str());
        QCOMPARE(skipped->position, std::uint64_t(1));
        Tensor zeros = debugger->tensor(node.outputs[0]).releaseValue();
        QVERIFY(zeros.identicalTo(filled(zeros, 0)));
        exec::ExecutionState after = debugger->capture();
        debugger->go(stepBack);
        debugger->go(step);
        QVERIFY(exec::identical(debugger->capture(), after));
        checkRerun(*debugger);
    }

    void editsOfEditsFormATree()
    {
        auto debugger = debugged("mlp");
        debugger->go(step);
        ValueId value = debugger->plan().graph().node(debugger->state().previous).outputs.front();
        Tensor old = debugger->tensor(value).releaseValue();
        for (float fill : {1.0f, 2.0f})
            QVERIFY(debugger->apply(SetValue{value, filled(old, fill)}).ok());
        DebugState state = debugger->state();
        QCOMPARE(state.branches[2].parent, BranchId(std::size_t(1)));
        QVERIFY(debugger->tensor(value)->identicalTo(filled(old, 2)));
        QVERIFY(debugger->choose(BranchId(std::size_t(1))).ok());
        QVERIFY(debugger->tensor(value)->identicalTo(filled(old, 1)));
        QVERIFY(debugger->choose(BranchId(std::size_t(0))).ok());
        QVERIFY(debugger->tensor(value)->identicalTo(old));
        QVERIFY(!debugger->choose(BranchId(std::size_t(3))).ok());
    }

    void oddShapesRunOrFailAndCanBeLeft_data()
    {
        QTest::addColumn<QString>("sample");
        for (const char* sample : {"if_branch", "loop", "scan", "function_call", "random", "lstm", "mlp"})
            QTest::addRow("%s", sample) << QString(sample);
    }
    void oddShapesRunOrFailAndCanBeLeft()
    {
        QFETCH(QString, sample);
        auto plan = samplePlan(sample.toStdString()).releaseValue();
        auto straight = debuggerFor(plan);
        std::uint64_t end = straight->go(toEnd).position;
        std::size_t failures = 0;
        for (std::uint64_t at = 0; at < end; ++at) {
            straight->go(move(Goal::Position, Direction::Forward, at));
            exec::ExecutionState there = straight->capture();
            for (const auto& [value, tensor] : there.values)
                for (const graph::Dims& dims :
                     {graph::Dims{}, {0}, {7}, {2, 3}, {3, 1, 2, 2, 2}, {1, 0, 2}}) {
                    auto debugger = debuggerFor(plan);
                    debugger->go(move(Goal::Position, Direction::Forward, at));
                    Tensor odd = Tensor::allocate(tensor.type(), dims).releaseValue();
                    std::fill_n(odd.mutableBytes(), odd.byteSize(), std::byte{0});
                    if (!debugger->apply(SetValue{value, odd}).ok())
                        continue;
                    DebugState state = debugger->go(toEnd);
                    QVERIFY(state.reason == StopReason::End || state.reason == StopReason::Failed);
                    QCOMPARE(state.reason == StopReason::Failed, !debugger->rerun().ok());
                    if (state.reason == StopReason::Failed) {
                        ++failures;
                        QVERIFY(!state.finished && state.error && !state.error->where.empty());
                        QCOMPARE(debugger->go(toEnd).position, state.position);
                    }
                    QVERIFY(debugger->choose(BranchId(std::size_t(0))).ok());
                    debugger->go(move(Goal::Position, Direction::Forward, at));
                    QVERIFY(exec::identical(debugger->capture(), there));
                }
        }
        QVERIFY(failures > 0);
    }

    void whatCannotWorkIsRefusedAndChangesNothing()
    {
        auto debugger = debugged("if_branch");
        exec::ExecutionState before = debugger->capture();
        NodeId choose = nodeNamed(*debugger, "choose"), relu = nodeNamed(*debugger, "relu");
        ValueId y = valueNamed(*debugger, "y"), x = valueNamed(*debugger, "x");
        Edit edits[] = {
            SetValue{y, Tensor::scalar(1.0f)},
            SetValue{x, Tensor::of<std::int64_t>({3, 4}, std::vector<std::int64_t>(12))},
            SetValue{x, Tensor()},
            SetValue{ValueId(), Tensor::scalar(1.0f)},
            SetAttribute{choose, "then_branch", std::int64_t(1)},
            SetAttribute{NodeId(std::size_t(77)), "a", std::int64_t(1)},
            ReplaceOperator{relu, "NoSuchOp", "", {}},
            ReplaceOperator{relu, "Cast", "", {{"to", std::int64_t(7), {}, {}, {}}}},
            ReplaceOperator{relu, "If", "", {}},
            Bypass{choose},
            Bypass{NodeId()},
        };
        for (const Edit& edit : edits) {
            auto applied = debugger->apply(edit);
            QVERIFY(!applied.ok());
            QVERIFY(!applied.error().message.empty());
        }
        QCOMPARE(debugger->state().branches.size(), std::size_t(1));
        QVERIFY(exec::identical(debugger->capture(), before));
        debugger->go(toEnd);
        QVERIFY(!debugger->apply(Skip{}).ok());
        QVERIFY(!debugger->rerun().ok());
    }
};

QTEST_GUILESS_MAIN(TestDebuggerEdits)
#include "test_debugger_edits.moc"
