// SPDX-License-Identifier: Apache-2.0
//
// A Concat that joins in place: the plan's parts, what is saved, and results that stay the same to the bit.
#include "text_model.h"

#include <QtTest>

using namespace orrery;

namespace {

// Two branches of one input, the second of two operators of which the last may be written over the first.
constexpr const char* branches = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[N,16,4] x) => (float[A,B,4] y, float[N,16,1] z) {
   a = Relu(x)
   s = Sigmoid(x)
   b = Neg(s)
   joined = Concat<axis = AXIS>(a, b)
   y = Exp(joined)
   z = ReduceMax<axes = [2]>(x)
})";

passes::PlanHints joining()
{
    passes::PlanHints hints;
    hints.joinInPlace = {"joined"};
    return hints;
}

std::shared_ptr<const plan::Plan> planOf(const std::string& axis, const passes::PlanHints& hints)
{
    std::string text = branches;
    text.replace(text.find("AXIS"), 4, axis);
    return test::planOf(text, hints);
}

plan::MemoryPlan memoryOf(const plan::Plan& plan, std::int64_t batch)
{
    return test::valueOf(plan::planMemory(plan, test::typesOf(plan, {{"N", batch}})));
}

ValueId named(const plan::Plan& plan, std::string_view name)
{
    for (std::size_t i = 0; i < plan.graph().valueSlots(); ++i)
        if (plan.graph().value(ValueId(i)).name == name)
            return ValueId(i);
    return {};
}

test::Ran runOf(const std::shared_ptr<const plan::Plan>& plan, std::int64_t batch)
{
    return test::runOf(plan, {{"N", batch}});
}

} // namespace

class TestJoinInPlace : public QObject {
    Q_OBJECT
private slots:
    void inputsLieInTheOutputFromTheStart()
    {
        auto plan = planOf("1", joining());
        const plan::MemoryPlan memory = memoryOf(*plan, 1);
        QVERIFY(memory.problems.empty());
        const BufferId whole = memory.bufferOf[named(*plan, "joined").index()];
        for (const auto& [name, offset] :
             std::map<std::string, std::int64_t>{{"a", 0}, {"s", 256}, {"b", 256}, {"joined", 0}}) {
            QCOMPARE(memory.bufferOf[named(*plan, name).index()], whole);
            QCOMPARE(memory.partAt[named(*plan, name).index()], offset);
        }
        // What follows may still be written over the whole, as without the hint.
        QCOMPARE(memory.bufferOf[named(*plan, "y").index()], whole);
    }

    void lessIsHeldAndTheResultsAreTheSame()
    {
        auto apart = planOf("1", {});
        auto joined = planOf("1", joining());
        const test::Ran before = runOf(apart, 1), after = runOf(joined, 1);
        QCOMPARE(after.outputs, before.outputs);
        QCOMPARE(before.memory.peakLiveBytes, 256 + 2 * 256 + 512);
        QCOMPARE(after.memory.peakLiveBytes, 256 + 512 + 64);
        const auto types = plan::inputTypesFor(*joined, {{"N", 1}}).releaseValue();
        QCOMPARE(plan::predictPeak(*joined, types)->liveBytes, after.memory.peakLiveBytes);
        QVERIFY(after.memory.arenaBytes < before.memory.arenaBytes);
    }

    void whereInputsDoNotLieOneBehindTheOtherItSaysSo()
    {
        auto plan = planOf("1", joining());
        const plan::MemoryPlan memory = memoryOf(*plan, 2);
        QCOMPARE(memory.problems.size(), std::size_t(1));
        QCOMPARE(memory.problems.front().code, std::string("plan-hint"));
        QVERIFY2(memory.problems.front().text.find("axis 0") != std::string::npos,
                 memory.problems.front().text.c_str());
        QCOMPARE(runOf(plan, 2).outputs, runOf(planOf("1", {}), 2).outputs);
    }

    void theFirstAxisJoinsForEveryBatch()
    {
        auto apart = planOf("0", {});
        auto joined = planOf("0", joining());
        for (std::int64_t batch : {1, 3, 8}) {
            QVERIFY(memoryOf(*joined, batch).problems.empty());
            QCOMPARE(runOf(joined, batch).outputs, runOf(apart, batch).outputs);
        }
    }
};

QTEST_GUILESS_MAIN(TestJoinInPlace)
#include "test_join_in_place.moc"
