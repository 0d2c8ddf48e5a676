// SPDX-License-Identifier: Apache-2.0
//
// Numbers that do not fit float16: found by one run, painted on the graph, and kept in float by the clean-up
// tool, so that the results of the model in 16 bits are what they were.
#include "engine/edit/convert_float.h"
#include "tests/gui/window_fixture.h"
#include "views/document/compare_models.h"
#include "views/document/range_check.h"

#include <QCheckBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QPushButton>

using namespace orrery;
using namespace orrery::window;

namespace {

struct Shown {
    std::unique_ptr<MainWindow> window = shownWindow();

    explicit Shown(const char* name)
    {
        window->openFile(sample(name));
        if (!settle(*window))
            qFatal("the window does not come to rest");
    }
    document::Document& document() const { return window->document(); }
    std::shared_ptr<const graph::Model> model() const { return document().model()->model; }

    std::set<std::string> beyond(const document::NarrowRange& type) const
    {
        std::set<std::string> names;
        for (NodeId id : document::nodesBeyond(model()->graph, *document().ranges().ranges(), type))
            names.insert(model()->graph.node(id).name);
        return names;
    }
    std::string labelOf(const char* name) const
    {
        for (const canvas::DisplayNode& node : window->graphPanel().graph()->nodes)
            if (node.subtitle == name)
                return node.overlay.label;
        return "no such node";
    }
    const graph::Value& resultOf(const char* name) const
    {
        for (NodeId id : model()->graph.liveNodes())
            if (model()->graph.node(id).name == name)
                return document().model()->dataflow->value(model()->graph.node(id).outputs[0]);
        qFatal("no such node");
    }
};

document::ModelTrialResult compared(const graph::Model& before, const graph::Model& after)
{
    auto result = document::compareModels(before, after, {}, {}, [](int, const QString&) {});
    if (!result.ok())
        qFatal("%s", result.error().text().c_str());
    return result.releaseValue();
}

} // namespace

class TestNumericRanges : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void whatGetsTooLargeIsShownOnTheGraph()
    {
        Shown shown("overflow_fp16.onnxtxt");
        shown.window->action("check_ranges")->trigger();
        QVERIFY(shown.document().ranges().isRunning());
        QVERIFY(settle(*shown.window));
        QCOMPARE(shown.document().focus().overlay(), QString("range"));
        QVERIFY(QString::fromStdString(shown.labelOf("energy")).contains("beyond float16"));
        QVERIFY(!QString::fromStdString(shown.labelOf("shift")).contains("beyond"));
        QVERIFY(QString::fromStdString(shown.labelOf("shift")).startsWith("max 30"));
        QCOMPARE(shown.beyond(document::float16Range), (std::set<std::string>{"energy", "amplitude"}));
        QCOMPARE(shown.beyond(document::bfloat16Range), std::set<std::string>());
    }

    void nansAreFoundInTheirNodesAndReaders()
    {
        Shown shown("nan.onnxtxt");
        shown.document().ranges().start();
        QVERIFY(settle(*shown.window));
        const auto ranges = shown.document().ranges().ranges();
        QVERIFY(ranges != nullptr);
        QVERIFY(std::any_of(ranges->values.begin(), ranges->values.end(),
                            [](const auto& value) { return value.second.nans > 0; }));
        QVERIFY(!shown.beyond(document::bfloat16Range).empty());
    }

    void theToolKeepsThemInFloat()
    {
        Shown shown("overflow_fp16.onnxtxt");
        const auto original = shown.model();
        // Without them: infinities come out.
        const auto without = edit::convertFloat(*original, ops::OpRegistry::builtin(), {});
        QVERIFY(without.ok());
        QVERIFY(compared(*original, *without->after).mismatches > 0);

        shown.window->action("convert_float")->trigger();
        auto* dialog = shown.window->findChild<QDialog*>("convert_float");
        auto* keep = dialog->findChild<QCheckBox*>("keepBeyond");
        auto* apply = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Apply);
        QVERIFY(!keep->isEnabled());
        QVERIFY2(keep->text().contains("not checked"), qPrintable(keep->text()));
        dialog->findChild<QPushButton*>("checkRanges")->click();
        QTRY_VERIFY_WITH_TIMEOUT(keep->isEnabled() && keep->isChecked(), 60'000);
        QVERIFY2(keep->text().endsWith(": 2"), qPrintable(keep->text()));
        QTest::qWait(100);
        QTRY_VERIFY_WITH_TIMEOUT(apply->isEnabled(), 20'000);
        if (const QString pictures = qEnvironmentVariable("ORRERY_PICTURES"); !pictures.isEmpty())
            dialog->grab().save(pictures + "/clean_up_ranges.png");
        apply->click();
        QVERIFY(settle(*shown.window));
        QCOMPARE(shown.document().editor().stepCount(), std::size_t(1));
        QVERIFY(shown.resultOf("energy").type.element == graph::DataType::Float32);
        QVERIFY(shown.resultOf("bound").type.element == graph::DataType::Float16);
        const auto found = compared(*original, *shown.model());
        QCOMPARE(found.mismatches, std::int64_t(0));
        QVERIFY2(found.maxAbsoluteError < 1e-3, qPrintable(QString::number(found.maxAbsoluteError)));
        QVERIFY(!shown.document().ranges().isOfNow()); // the model is another one
    }

    void aModelThatCannotRunSaysWhy()
    {
        Shown shown("unknown_op.onnxtxt");
        QString why;
        connect(&shown.document().ranges(), &document::RangeCheck::failed, this,
                [&](const QString& text) { why = text; });
        shown.document().ranges().start();
        QVERIFY(settle(*shown.window));
        QVERIFY2(!why.isEmpty(), "it should not run");
        QVERIFY(shown.document().ranges().ranges() == nullptr);
    }
};

QTEST_MAIN(TestNumericRanges)
#include "test_numeric_ranges.moc"
