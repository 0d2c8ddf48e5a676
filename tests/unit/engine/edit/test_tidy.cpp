// SPDX-License-Identifier: Apache-2.0
//
// Names, order and batch: what is asked for changes, nothing else, and it can be taken back.
#include "engine/edit/tidy.h"
#include "engine/graph/verify.h"
#include "tests/unit/engine/plan/text_model.h"

#include <QtTest>

using namespace orrery;

namespace {

constexpr const char* attention = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[2,3,8] x) => (float[2,3,8] y)
<int64[4] heads = {2, 3, 2, 4}, int64[3] whole = {2, -1, 8}, int64[3] joined = {2, 3, 8}> {
   h = Reshape(x, heads)
   t = Transpose<perm = [0, 2, 1, 3]>(h)
   back = Transpose<perm = [0, 2, 1, 3]>(t)
   j = Reshape(back, joined)
   w = Reshape(j, whole)
   y = Relu(w)
})";

const graph::Value& valueNamed(const graph::Model& model, const std::string& name)
{
    for (std::size_t i = 0; i < model.graph.valueSlots(); ++i)
        if (model.graph.contains(ValueId(i)) && model.graph.value(ValueId(i)).name == name)
            return model.graph.value(ValueId(i));
    qFatal("no value %s", name.c_str());
}

void canBeTakenBack(const graph::Model& before, const edit::CleanUp& found)
{
    graph::Model model = before;
    const graph::Edit back = test::valueOf(graph::apply(model, found.edit));
    QVERIFY(!hasErrors(graph::verify(model)));
    test::valueOf(graph::apply(model, back));
    QVERIFY(graph::equal(model, before));
}

} // namespace

class TestTidy : public QObject {
    Q_OBJECT
private slots:
    void theBatchBecomesAName()
    {
        const graph::Model before = test::modelOf(attention);
        const edit::CleanUp found =
            test::valueOf(edit::fixBatch(before, ops::OpRegistry::builtin(), {"batch", -1}));
        QCOMPARE(valueNamed(*found.after, "y").type.shape->dims.front().symbol(), std::string("batch"));
        QCOMPARE(found.touched.size(), std::size_t(3)); // the Reshapes
        canBeTakenBack(before, found);
        auto compiled = test::valueOf(passes::compile(*found.after, {}, ops::OpRegistry::builtin()));
        const graph::Root root = compiled.compute.graph.mainRoot();
        auto plan = test::valueOf(plan::Plan::create(std::move(compiled.compute), root,
                                                     plan::BackendChoice::Auto, ops::OpRegistry::builtin()));
        QCOMPARE(test::runOf(plan, {{"batch", 5}}).outputs.front().size(), std::size_t(5 * 3 * 8 * 4));
    }

    void theBatchBecomesAnotherNumber()
    {
        const graph::Model before = test::modelOf(attention);
        const edit::CleanUp found =
            test::valueOf(edit::fixBatch(before, ops::OpRegistry::builtin(), {"", 7}));
        QCOMPARE(valueNamed(*found.after, "y").type.shape->dims.front(), graph::Dim(7));
        QCOMPARE(valueNamed(*found.after, "x").type.shape->dims.front(), graph::Dim(7));
        canBeTakenBack(before, found);
    }

    void aBatchThatCannotBeIsRefused()
    {
        const graph::Model before = test::modelOf(attention);
        QVERIFY(!edit::fixBatch(before, ops::OpRegistry::builtin(), {"", 0}).ok());
        QVERIFY(!edit::fixBatch(before, ops::OpRegistry::builtin(), {"not a name", -1}).ok());
    }

    void namesGoAndCome()
    {
        const graph::Model before = test::modelOf(attention);
        const edit::CleanUp named = test::valueOf(edit::nameAll(before));
        QCOMPARE(named.touched.size(), before.graph.nodeCount());
        for (NodeId node : named.after->graph.liveNodes())
            QVERIFY(!named.after->graph.node(node).name.empty());
        canBeTakenBack(before, named);
        const edit::CleanUp stripped = test::valueOf(edit::stripNames(*named.after));
        for (NodeId node : stripped.after->graph.liveNodes())
            QVERIFY(stripped.after->graph.node(node).name.empty());
        canBeTakenBack(*named.after, stripped);
    }

    void nodesAreSorted()
    {
        graph::Model before = test::modelOf(attention);
        std::swap(before.graph.main().nodes.front(), before.graph.main().nodes.back());
        const edit::CleanUp found = test::valueOf(edit::sortAll(before));
        QVERIFY(found.changes);
        QVERIFY(!edit::sortAll(*found.after)->changes);
        canBeTakenBack(before, found);
    }
};

QTEST_GUILESS_MAIN(TestTidy)
#include "test_tidy.moc"
