// SPDX-License-Identifier: Apache-2.0
//
// Operator sets up and down: results stay, what changed is said in the other version's words, and what cannot
// be is told by its node.
#include "engine/edit/convert_opset.h"
#include "engine/graph/verify.h"
#include "tests/unit/engine/plan/text_model.h"

#include <QtTest>

using namespace orrery;

namespace {

std::vector<std::vector<std::byte>> outputsOf(const graph::Model& model)
{
    auto compiled = test::valueOf(passes::compile(model, {}, ops::OpRegistry::builtin()));
    const graph::Root root = compiled.compute.graph.mainRoot();
    auto plan = test::valueOf(plan::Plan::create(std::move(compiled.compute), root, plan::BackendChoice::Auto,
                                                 ops::OpRegistry::builtin()));
    return test::runOf(plan, {{"N", 3}}).outputs;
}

edit::CleanUp converted(const graph::Model& model, std::int64_t version)
{
    return test::valueOf(edit::convertOpset(model, ops::OpRegistry::builtin(), version));
}

constexpr const char* many = R"(<ir_version: 8, opset_import: ["": 11]>
g (float[N,3,4] x) => (float[N,3,4] y, float[N,1] s, float[N,3,2] a, float[N,3,2] b, float[N,3,6] p)
<float low = {-1}, float high = {1}, int64[6] pads = {0, 0, 1, 0, 0, 1}, int64[1] one = {1}, int64[1] three = {3}, int64[1] k = {2}> {
   c = Clip(x, low, high)
   d = Dropout<ratio = 0.25>(c)
   m = Softmax<axis = 1>(d)
   u = Unsqueeze<axes = [0]>(m)
   y = Squeeze<axes = [0]>(u)
   r = ReduceSum<axes = [1, 2], keepdims = 1>(x)
   q = Squeeze<axes = [-1]>(r)
   mx = ReduceMax<axes = [2], keepdims = 1>(x)
   sm = ReduceMean<axes = [1], keepdims = 0>(mx)
   s = Add(q, sm)
   a, b = Split<axis = 2, split = [2, 2]>(x)
   p = Pad(x, pads)
})";

} // namespace

class TestConvertOpset : public QObject {
    Q_OBJECT
private slots:
    void resultsStayUpAndDownAgain_data()
    {
        QTest::addColumn<int>("version");
        for (int version : {12, 13, 14, 17, 18, 19, 20, 21, 23})
            QTest::addRow("to %d", version) << version;
    }
    void resultsStayUpAndDownAgain()
    {
        QFETCH(int, version);
        const graph::Model before = test::modelOf(many);
        const auto expected = outputsOf(before);
        const edit::CleanUp up = converted(before, version);
        QVERIFY(!hasErrors(graph::verify(*up.after)));
        QCOMPARE(up.after->opsetVersion(""), std::int64_t(version));
        QCOMPARE(outputsOf(*up.after), expected);
        const edit::CleanUp down = converted(*up.after, 11);
        QVERIFY(!hasErrors(graph::verify(*down.after)));
        QCOMPARE(outputsOf(*down.after), expected);
        graph::Model applied = before;
        const graph::Edit back = test::valueOf(graph::apply(applied, up.edit));
        QCOMPARE(outputsOf(applied), expected);
        test::valueOf(graph::apply(applied, back));
        QVERIFY(graph::equal(applied, before));
    }

    void axesAreInputsFrom13On()
    {
        const edit::CleanUp up = converted(test::modelOf(many), 13);
        for (NodeId id : up.after->graph.liveNodes()) {
            const graph::Node& node = up.after->graph.node(id);
            if (node.opType == "Squeeze" || node.opType == "ReduceSum") {
                QVERIFY(node.attribute("axes") == nullptr);
                QCOMPARE(node.inputs.size(), std::size_t(2));
            }
        }
        QVERIFY(std::any_of(up.touched.begin(), up.touched.end(),
                            [](const edit::TouchedNode& t) { return t.opType == "ReduceSum"; }));
    }

    void whatCameLaterIsToldByItsNode()
    {
        const graph::Model model = test::modelOf(R"(<ir_version: 8, opset_import: ["": 17]>
g (float[2,4] x, float[4] scale) => (float[2,4] y) { y = LayerNormalization(x, scale) })");
        const auto down = edit::convertOpset(model, ops::OpRegistry::builtin(), 16);
        QVERIFY(!down.ok());
        QVERIFY(down.error().message.find("LayerNormalization") != std::string::npos);
        QVERIFY(down.error().message.find("17") != std::string::npos);
    }

    void aVersionThatIsNoneIsRefused()
    {
        const graph::Model model = test::modelOf(many);
        QVERIFY(!edit::convertOpset(model, ops::OpRegistry::builtin(), 6).ok());
        QVERIFY(!edit::convertOpset(model, ops::OpRegistry::builtin(), 99).ok());
    }
};

QTEST_GUILESS_MAIN(TestConvertOpset)
#include "test_convert_opset.moc"
