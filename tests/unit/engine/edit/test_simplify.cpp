// SPDX-License-Identifier: Apache-2.0
//
// Simplify: what can go goes, in one step that can be taken back, and results stay.
#include "engine/edit/simplify.h"
#include "engine/graph/verify.h"
#include "tests/unit/engine/plan/text_model.h"

#include <QDir>
#include <QtTest>

using namespace orrery;

namespace {

constexpr const char* wordy = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[N,4] x) => (float[N,4] y)
<float[4] one = {1, 1, 1, 1}, float[4] two = {2, 2, 2, 2}> {
   same = Identity(x)
   three = Add(one, two)
   six = Mul(three, two)
   scaled = Mul(same, six)
   unread = Exp(x)
   again = Identity(scaled)
   y = Relu(again)
})";

std::vector<std::vector<std::byte>> outputsOf(graph::Model model)
{
    auto compiled = test::valueOf(passes::compile(model, {}, ops::OpRegistry::builtin()));
    const graph::Root root = compiled.compute.graph.mainRoot();
    auto plan = test::valueOf(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                                 ops::OpRegistry::builtin()));
    return test::runOf(plan, {{"N", 3}}).outputs;
}

} // namespace

class TestSimplify : public QObject {
    Q_OBJECT
private slots:
    void whatCanGoGoesAndResultsStay()
    {
        const graph::Model before = test::modelOf(wordy);
        const edit::CleanUp simplified = test::valueOf(edit::simplify(before, ops::OpRegistry::builtin()));
        QCOMPARE(simplified.before.nodes, std::size_t(7));
        QCOMPARE(simplified.afterwards.nodes, std::size_t(2));
        QVERIFY(!simplified.afterwards.byOperator.contains("Identity"));
        QVERIFY(!simplified.afterwards.byOperator.contains("Exp"));
        QCOMPARE(simplified.touched.size(), std::size_t(5));
        graph::Model after = before;
        const graph::Edit back = test::valueOf(graph::apply(after, simplified.edit));
        QCOMPARE(after.graph.nodeCount(), std::size_t(2));
        QVERIFY(!hasErrors(graph::verify(after)));
        QCOMPARE(outputsOf(after), outputsOf(before));
        test::valueOf(graph::apply(after, back));
        QVERIFY(graph::equal(after, before));
    }

    void whatIsSimpleStaysAsItIs()
    {
        const graph::Model before = test::modelOf(R"(<ir_version: 8, opset_import: ["": 13]>
g (float[N,4] x) => (float[N,4] y) { y = Relu(x) })");
        const edit::CleanUp simplified = test::valueOf(edit::simplify(before, ops::OpRegistry::builtin()));
        QCOMPARE(simplified.afterwards.nodes, simplified.before.nodes);
        graph::Model after = before;
        test::valueOf(graph::apply(after, simplified.edit));
        QVERIFY(graph::equal(after, before));
    }

    void onlyTheKindsThatWereChosenAreApplied()
    {
        const graph::Model before = test::modelOf(wordy);
        const edit::CleanUp found =
            test::valueOf(edit::simplify(before, ops::OpRegistry::builtin(), {"remove_identity"}));
        QCOMPARE(found.afterwards.nodes, std::size_t(5));
        for (const edit::TouchedNode& node : found.touched)
            QCOMPARE(node.opType, std::string("Identity"));
    }

    void aBodyIsSimplifiedToo()
    {
        const graph::Model before = test::modelOf(R"(<ir_version: 8, opset_import: ["": 13]>
g (bool c, float[N,4] x) => (float[N,4] y) {
   y = If (c) <then_branch = a () => (float[N,4] t) { one = Constant <value = float {1}> ()
     p = Mul (x, one)
     q = Neg (p)
     r = Neg (q)
     s = Exp (r)
     s2 = Exp (p)
     t = Add (s, s2) }, else_branch = b () => (float[N,4] f) { f = Relu (x) }>
})");
        const edit::CleanUp found = test::valueOf(edit::simplify(before, ops::OpRegistry::builtin()));
        QCOMPARE(found.afterwards.nodes, std::size_t(4)); // If, Exp, Add, Relu
        QVERIFY(!hasErrors(graph::verify(*found.after)));
    }

    // A sum whose constant makes the result larger, a cast that loses digits, a value that a run may replace.
    void whatOnlyLooksLikeNothingStays()
    {
        const graph::Model before = test::modelOf(R"(<ir_version: 8, opset_import: ["": 13]>
g (float[1,4] x, float[3,4] given) => (float[3,4] y, float[1,4] z, float[3,4] w)
<float[3,4] given = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, float[3,1] zero = {0, 0, 0}> {
   y = Add(x, zero)
   half = Cast<to = 10>(x)
   whole = Cast<to = 1>(half)
   z = Exp(whole)
   w = Add(x, given)
})");
        const edit::CleanUp found = test::valueOf(edit::simplify(before, ops::OpRegistry::builtin()));
        QVERIFY(!found.changes);
    }

    // Bodies, loops, functions, constants of every kind: the step must fit, and fit back.
    void everySampleCanBeSimplifiedAndTakenBack()
    {
        int tried = 0;
        for (const QString& name : QDir(SAMPLE_GRAPHS).entryList({"*.onnxtxt"}, QDir::Files)) {
            auto read = formats::readModel((QString(SAMPLE_GRAPHS) + "/" + name).toStdString());
            if (!read.ok() || hasErrors(graph::verify(*read)))
                continue; // the faulty ones are for others to tell
            auto simplified = edit::simplify(*read, ops::OpRegistry::builtin());
            if (!simplified.ok())
                continue;
            ++tried;
            graph::Model after = *read;
            auto back = graph::apply(after, simplified->edit);
            QVERIFY2(back.ok(), qPrintable(name));
            QVERIFY2(!hasErrors(graph::verify(after)), qPrintable(name));
            QVERIFY2(after.graph.nodeCount() == simplified->afterwards.nodes, qPrintable(name));
            QVERIFY2(graph::apply(after, *back).ok(), qPrintable(name));
            QVERIFY2(graph::equal(after, *read), qPrintable(name));
        }
        QVERIFY(tried >= 10);
    }
};

QTEST_GUILESS_MAIN(TestSimplify)
#include "test_simplify.moc"
