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
        const edit::Simplified simplified = test::valueOf(edit::simplify(before, ops::OpRegistry::builtin()));
        QCOMPARE(simplified.nodesBefore, std::size_t(7));
        QCOMPARE(simplified.nodesAfter, std::size_t(2));
        QCOMPARE(simplified.removed.at("Identity"), std::size_t(2));
        QCOMPARE(simplified.removed.at("Exp"), std::size_t(1));
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
        const edit::Simplified simplified = test::valueOf(edit::simplify(before, ops::OpRegistry::builtin()));
        QCOMPARE(simplified.nodesAfter, simplified.nodesBefore);
        graph::Model after = before;
        test::valueOf(graph::apply(after, simplified.edit));
        QVERIFY(graph::equal(after, before));
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
            QVERIFY2(after.graph.nodeCount() == simplified->nodesAfter, qPrintable(name));
            QVERIFY2(graph::apply(after, *back).ok(), qPrintable(name));
            QVERIFY2(graph::equal(after, *read), qPrintable(name));
        }
        QVERIFY(tried >= 10);
    }
};

QTEST_GUILESS_MAIN(TestSimplify)
#include "test_simplify.moc"
