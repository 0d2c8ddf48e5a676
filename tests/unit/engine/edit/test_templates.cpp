// SPDX-License-Identifier: Apache-2.0
//
// Models to begin with: each verifies, runs, and gives finite numbers; a seed decides the weights; numbers
// that make no sense are refused with a sentence.
#include "engine/edit/templates.h"
#include "engine/graph/edit.h"
#include "engine/graph/verify.h"
#include "engine/passes/infer.h"
#include "tests/unit/engine/exec/model_runs.h"

#include <QTest>

#include <cmath>

using namespace orrery;
using namespace orrery::edit;

class TestTemplates : public QObject {
    Q_OBJECT

    static void checkRuns(const TemplateOptions& options, const graph::Dims& expected)
    {
        auto model = makeTemplate(options);
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        std::vector<Problem> problems = graph::verify(*model);
        for (const Problem& problem : passes::inferTypes(*model, ops::OpRegistry::builtin()).problems)
            problems.push_back(problem);
        for (const Problem& problem : problems)
            QVERIFY2(problem.severity != Severity::Error, problem.text.c_str());
        auto plan = test::planOf(*model);
        QVERIFY2(plan.ok(), plan.ok() ? "" : plan.error().text().c_str());
        auto execution = exec::Execution::create(*plan, {});
        QVERIFY(execution.ok());
        auto inputs = test::inputsFor(**plan);
        QVERIFY(inputs.ok());
        auto started = (*execution)->start(*inputs);
        QVERIFY2(started.ok(), started.ok() ? "" : started.error().text().c_str());
        auto ran = (*execution)->run();
        QVERIFY2(ran.ok(), ran.ok() ? "" : ran.error().text().c_str());
        const graph::Tensor output = (*execution)->outputs().at(0);
        QCOMPARE(output.dims(), expected);
        float least = INFINITY, most = -INFINITY;
        for (float value : test::floats(output)) {
            QVERIFY(std::isfinite(value));
            least = std::min(least, value);
            most = std::max(most, value);
        }
        QVERIFY(least < most);
    }

private slots:
    void eachRunsAndIsFinite_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("opset");
        for (int opset : {17, 18, 20, 21})
            for (Template kind : {Template::Mlp, Template::Cnn, Template::Transformer, Template::Lstm})
                QTest::addRow("%d, opset %d", int(kind), opset) << int(kind) << opset;
    }
    void eachRunsAndIsFinite()
    {
        QFETCH(int, kind);
        QFETCH(int, opset);
        TemplateOptions options = defaultsOf(Template(kind));
        options.opset = opset;
        checkRuns(options,
                  options.kind == Template::Transformer ? graph::Dims{3, 3, 128} : graph::Dims{3, 10});
    }

    void numbersAreFollowed()
    {
        TemplateOptions options = defaultsOf(Template::Mlp);
        options.inputs = 5;
        options.hidden = {7, 6, 4};
        options.classes = 3;
        checkRuns(options, {3, 3});
        options = defaultsOf(Template::Lstm);
        options.hidden = {8, 4};
        options.classes = 2;
        checkRuns(options, {3, 2});
        options = defaultsOf(Template::Cnn);
        options.size = 5; // too small for a pooling after each layer
        options.hidden = {4, 4, 4, 4};
        checkRuns(options, {3, 10});
        options = defaultsOf(Template::Transformer);
        options.inputs = 12;
        options.heads = 3;
        options.hidden = {16, 16};
        checkRuns(options, {3, 3, 12});
    }

    void anEmptyModelIsEmpty()
    {
        TemplateOptions options = defaultsOf(Template::Empty);
        options.name = "mine";
        options.opset = 19;
        auto model = makeTemplate(options);
        QVERIFY(model.ok());
        QCOMPARE(model->graph.nodeCount(), std::size_t(0));
        QCOMPARE(model->graph.main().name, std::string("mine"));
        QCOMPARE(model->opsetVersion(""), std::int64_t(19));
        QCOMPARE(model->irVersion, std::int64_t(9));
    }

    void theSeedDecides()
    {
        TemplateOptions options = defaultsOf(Template::Mlp);
        auto first = makeTemplate(options);
        auto again = makeTemplate(options);
        options.seed = 2;
        auto other = makeTemplate(options);
        QVERIFY(first.ok() && again.ok() && other.ok());
        QVERIFY(graph::equal(*first, *again));
        QVERIFY(!graph::equal(*first, *other));
    }

    void whatMakesNoSenseIsRefused()
    {
        auto refuses = [](TemplateOptions options, const char* says) {
            auto model = makeTemplate(options);
            QVERIFY(!model.ok());
            QVERIFY2(model.error().text().find(says) != std::string::npos, model.error().text().c_str());
        };
        TemplateOptions options = defaultsOf(Template::Transformer);
        options.heads = 5;
        refuses(options, "5 heads");
        options = defaultsOf(Template::Transformer);
        options.opset = 13;
        refuses(options, "17");
        options = defaultsOf(Template::Mlp);
        options.hidden = {0};
        refuses(options, "width of a layer");
        options.hidden = {1 << 20, 1 << 20};
        refuses(options, "weights");
        options.hidden.assign(1000, 2);
        refuses(options, "layers");
    }
};

QTEST_GUILESS_MAIN(TestTemplates)
#include "test_templates.moc"
