// SPDX-License-Identifier: Apache-2.0
//
// What the standard demands and a run does not need: each rule is told once, by node, and a good model is
// told nothing.
#include "engine/formats/format.h"
#include "engine/formats/schema_check.h"
#include "engine/passes/call_check.h"
#include "engine/passes/infer.h"
#include "tests/unit/engine/plan/text_model.h"

#include <QDir>
#include <QtTest>

using namespace orrery;

namespace {

std::vector<Problem> check(const graph::Model& model)
{
    const passes::Inference inference = passes::inferTypes(model, ops::OpRegistry::builtin());
    return formats::checkSchemas(model, inference.types, inference.problems);
}

std::vector<Problem> checkCalls(const graph::Model& model)
{
    return passes::checkCalls(model, ops::OpRegistry::builtin(), formats::checkSchemas);
}

} // namespace

class TestSchemaCheck : public QObject {
    Q_OBJECT
private slots:
    void eachRuleIsToldOnce_data()
    {
        QTest::addColumn<QString>("graph");
        QTest::addColumn<QString>("code");
        QTest::newRow("an attribute that is not there")
            << "(float[4] x) => (float[4] y) { y = Relu<axis=1>(x) }"
            << "unknown-attribute";
        QTest::newRow("an attribute of another kind")
            << "(float[4] x) => (float[4] y) { y = Softmax<axis=1.5>(x) }"
            << "attribute-kind";
        QTest::newRow("what inference tells is not told again")
            << "(float[4] x, float[4] z) => (float[8] y) { y = LSTM(x, z, z) }"
            << "";
        QTest::newRow("a type that is not allowed") << "(int32[4] x) => (int32[4] y) { y = Softmax(x) }"
                                                    << "schema-type";
        QTest::newRow("an output without a type") << "(float[4] x) => (y) { y = Relu(x) }"
                                                  << "untyped-value";
        QTest::newRow("a recurrence without its size")
            << "(float[2,1,4] x, float[1,12,4] w, float[1,12,3] r) => (float[2,1,1,3] y) { y = GRU(x, w, r) }"
            << "missing-attribute";
        QTest::newRow("a recurrence with its size")
            << "(float[2,1,4] x, float[1,9,4] w, float[1,9,3] r) => (float[2,1,1,3] y) "
               "{ y = GRU<hidden_size=3>(x, w, r) }"
            << "";
        QTest::newRow("a Resize to nothing") << "(float[1,1,2,2] x) => (float[1,1,4,4] y) { y = Resize(x) }"
                                             << "schema-arity";
        QTest::newRow("a body that is given something else")
            << "(int64 n, bool on, float[3] x) => (float[3] y) { y = Loop(n, on, x) <body = b "
               "(int64 i, bool c, int64[3] s) => (bool d, float[3] t) { d = Identity(c) t = Cast<to=1>(s) }> "
               "}"
            << "schema-type";
        QTest::newRow("nothing") << "(float[4] x) => (float[4] y) { y = Relu(x) }"
                                 << "";
    }
    void eachRuleIsToldOnce()
    {
        QFETCH(QString, graph);
        QFETCH(QString, code);
        const std::string text = "<ir_version: 8, opset_import: [\"\": 13]>\ng " + graph.toStdString();
        const auto problems = check(test::modelOf(text.c_str()));
        std::string codes;
        for (const Problem& problem : problems)
            codes += problem.code + ": " + problem.text + "\n";
        QVERIFY2(code.isEmpty() == problems.empty(), codes.c_str());
        if (!code.isEmpty())
            QCOMPARE(QString::fromStdString(problems.front().code), code);
        QVERIFY2(problems.size() <= 1, codes.c_str());
    }

    // The bodies of functions have no types of their own; what a call gives them decides.
    void callsAreCheckedWithWhatTheyGive_data()
    {
        QTest::addColumn<QString>("graph");
        QTest::addColumn<QString>("code");
        QTest::newRow("nothing") << "(float[4] x) => (float[4] y) { y = my.twice(x) }"
                                 << "";
        QTest::newRow("a type that the body does not allow")
            << "(bool[4] x) => (bool[4] y) { y = my.twice(x) }"
            << "call-mismatch";
        QTest::newRow("too many inputs") << "(float[4] x) => (float[4] y) { y = my.twice(x, x) }"
                                         << "call-arity";
        QTest::newRow("an input that the body needs") << "(float[4] x) => (float[4] y) { y = my.twice() }"
                                                      << "call-mismatch";
        QTest::newRow("another type than declared") << "(float[4] x) => (float[5] y) { y = my.twice(x) }"
                                                    << "call-mismatch";
    }
    void callsAreCheckedWithWhatTheyGive()
    {
        QFETCH(QString, graph);
        QFETCH(QString, code);
        const std::string text =
            "<ir_version: 8, opset_import: [\"\": 13, \"my\": 1]>\ng " + graph.toStdString() +
            "\n<domain: \"my\", opset_import: [\"\": 13]> twice (a) => (b) { b = Add(a, a) }";
        const graph::Model model = test::modelOf(text.c_str());
        const auto problems = checkCalls(model);
        QVERIFY2(problems.size() == (code.isEmpty() ? 0 : 1),
                 problems.empty() ? "nothing is told" : problems.back().text.c_str());
        if (code.isEmpty())
            return;
        QCOMPARE(QString::fromStdString(problems.front().code), code);
        QVERIFY(model.graph.contains(problems.front().nodeId));
        QCOMPARE(model.graph.node(problems.front().nodeId).opType, std::string("twice"));
    }

    void versionsThatTheLibraryDoesNotKnowAreLeftOut()
    {
        const char* newer = "<ir_version: 8, opset_import: [\"\": 99]>\n"
                            "g (float[4] x) => (float[4] y) { y = Relu<axis=1>(x) }";
        QVERIFY(check(test::modelOf(newer)).empty());
    }

    void theSamplesFitTheStandard()
    {
        int checked = 0;
        for (const QString& name : QDir(SAMPLE_GRAPHS).entryList({"*.onnxtxt"})) {
            auto model = formats::readModel(QDir(SAMPLE_GRAPHS).filePath(name).toStdString());
            if (!model.ok()) // some are faulty on purpose
                continue;
            ++checked;
            for (const Problem& problem : check(*model))
                QFAIL(qPrintable(name + ": " + QString::fromStdString(problem.text)));
            for (const Problem& problem : checkCalls(*model))
                QFAIL(qPrintable(name + ": " + QString::fromStdString(problem.text)));
        }
        QVERIFY(checked > 10);
    }
};

QTEST_GUILESS_MAIN(TestSchemaCheck)
#include "test_schema_check.moc"
