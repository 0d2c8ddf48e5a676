// SPDX-License-Identifier: Apache-2.0
//
// What the standard demands and a run does not need: each rule is told once, by node, and a good model is
// told nothing.
#include "engine/formats/format.h"
#include "engine/formats/schema_check.h"
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
        }
        QVERIFY(checked > 10);
    }
};

QTEST_GUILESS_MAIN(TestSchemaCheck)
#include "test_schema_check.moc"
