// SPDX-License-Identifier: Apache-2.0
//
// Clean-up tools in the window: each shows what it would do, only what was chosen is done, it is one step
// that can be taken back, and what it does to time and results can be measured before. With
// ORRERY_PICTURES=FOLDER it also writes pictures.
#include "tests/gui/window_fixture.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QListWidget>
#include <QPushButton>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTreeWidget>

using namespace orrery;
using namespace orrery::window;

namespace {

constexpr const char* wordy = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[2,4] x) => (float[2,4] y)
<float[4] one = {1, 1, 1, 1}, float[4] two = {2, 2, 2, 2}, int64[1] axis = {0}> {
   same = Identity(x)
   three = Add(one, two)
   scaled = Mul(same, three)
   wide = Unsqueeze(scaled, axis)
   narrow = Squeeze(wide, axis)
   soft = Softmax<axis = 1>(narrow)
   again = Softmax<axis = 1>(narrow)
   sum = Add(soft, again)
   y = Relu(sum)
})";

struct Cleaned {
    std::unique_ptr<MainWindow> window = shownWindow();
    QTemporaryDir folder;

    explicit Cleaned(const char* text = wordy)
    {
        QFile file(folder.filePath("m.onnxtxt"));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) < 0)
            qFatal("cannot write the model");
        file.close();
        window->openFile(file.fileName());
        if (!settle(*window))
            qFatal("the window does not come to rest");
    }
    const graph::Graph& graph() const { return window->document().editor().model().graph; }
    QDialog* open(const char* tool) const
    {
        window->action(tool)->trigger();
        return window->findChild<QDialog*>(tool);
    }
    static QPushButton* applyOf(QDialog* dialog)
    {
        return dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Apply);
    }
    static QString summary(QDialog* dialog) { return dialog->findChild<QLabel*>("cleanUpSummary")->text(); }
    void picture(QWidget* widget, const char* name) const
    {
        if (const QString pictures = qEnvironmentVariable("ORRERY_PICTURES"); !pictures.isEmpty())
            widget->grab().save(pictures + "/" + name);
    }
};

} // namespace

class TestCleanup : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void whatIsChosenIsDoneInOneStep()
    {
        Cleaned cleaned;
        QDialog* dialog = cleaned.open("simplify");
        QVERIFY(dialog != nullptr);
        QTRY_VERIFY(Cleaned::applyOf(dialog)->isEnabled());
        QVERIFY(Cleaned::summary(dialog).startsWith("9 → 4 nodes"));
        cleaned.picture(dialog, "clean_up_simplify.png");
        auto* nodes = dialog->findChild<QTreeWidget*>("cleanUpNodes");
        QCOMPARE(nodes->topLevelItemCount(), 5);
        for (const char* kind : {"cancel_pairs", "fold_constants", "merge_duplicates", "remove_dead"})
            dialog->findChild<QCheckBox*>(kind)->setChecked(false);
        QTRY_VERIFY(Cleaned::applyOf(dialog)->isEnabled() &&
                    Cleaned::summary(dialog).startsWith("9 → 8 nodes"));
        Cleaned::applyOf(dialog)->click();
        QVERIFY(settle(*cleaned.window));
        QCOMPARE(cleaned.graph().nodeCount(), std::size_t(8));
        QCOMPARE(cleaned.window->document().editor().stepCount(), std::size_t(1));
        cleaned.window->action("undo")->trigger();
        QVERIFY(settle(*cleaned.window));
        QCOMPARE(cleaned.graph().nodeCount(), std::size_t(9));
    }

    void anotherOpsetIsShownAndWhatCannotBeIsTold()
    {
        Cleaned cleaned;
        QDialog* dialog = cleaned.open("convert_opset");
        auto* version = dialog->findChild<QSpinBox*>("opsetVersion");
        version->setValue(11);
        QTRY_VERIFY(Cleaned::applyOf(dialog)->isEnabled());
        QVERIFY(dialog->findChild<QTreeWidget*>("cleanUpNodes")->topLevelItemCount() >= 2);
        Cleaned::applyOf(dialog)->click();
        QVERIFY(settle(*cleaned.window));
        QCOMPARE(cleaned.window->document().editor().model().opsetVersion(""), std::int64_t(11));

        Cleaned later(R"(<ir_version: 8, opset_import: ["": 17]>
g (float[2,4] x, float[4] scale) => (float[2,4] y) { y = LayerNormalization(x, scale) })");
        dialog = later.open("convert_opset");
        dialog->findChild<QSpinBox*>("opsetVersion")->setValue(13);
        QTRY_VERIFY(Cleaned::summary(dialog).contains("LayerNormalization"));
        QVERIFY(!Cleaned::applyOf(dialog)->isEnabled());
        later.picture(dialog, "clean_up_refused.png");
    }

    void sixteenBitFloatsRunAndAreMeasured()
    {
        Cleaned cleaned;
        QDialog* dialog = cleaned.open("convert_float");
        QTRY_VERIFY(Cleaned::applyOf(dialog)->isEnabled());
        dialog->findChild<QPushButton*>("measure")->click();
        auto* measured = dialog->findChild<QLabel*>("cleanUpMeasured");
        QTRY_VERIFY_WITH_TIMEOUT(measured->text().contains("Results: at most"), 60'000);
        QVERIFY(measured->text().contains("runs of each"));
        cleaned.picture(dialog, "clean_up_float.png");
        Cleaned::applyOf(dialog)->click();
        QVERIFY(settle(*cleaned.window));
        QVERIFY(cleaned.window->document().editor().stepCount() == 1);
    }

    void measuringCanBeLeftAtAnyMoment()
    {
        Cleaned cleaned;
        QDialog* dialog = cleaned.open("simplify");
        QTRY_VERIFY(Cleaned::applyOf(dialog)->isEnabled());
        auto* measure = dialog->findChild<QPushButton*>("measure");
        measure->click();
        QVERIFY(measure->isEnabled()); // it stops now
        measure->click();
        QVERIFY(dialog->findChild<QLabel*>("cleanUpMeasured")->text().contains("Not measured"));
        measure->click();
        dialog->reject(); // and it goes with its dialog
        QVERIFY(settle(*cleaned.window));
    }

    void theBatchBecomesAName()
    {
        Cleaned cleaned(R"(<ir_version: 8, opset_import: ["": 13]>
g (float[2,3,4] x) => (float[2,12] y) <int64[2] flat = {2, 12}> { r = Reshape(x, flat)
 y = Relu(r) })");
        QDialog* dialog = cleaned.open("fix_batch");
        dialog->findChild<QAbstractButton*>("batchIsName")->setChecked(true);
        QTRY_VERIFY(Cleaned::applyOf(dialog)->isEnabled());
        Cleaned::applyOf(dialog)->click();
        QVERIFY(settle(*cleaned.window));
        const graph::Graph& graph = cleaned.graph();
        QCOMPARE(graph.value(graph.main().inputs[0]).type.shape->dims[0].symbol(), std::string("batch"));
        QCOMPARE(graph.value(graph.main().outputs[0]).type.shape->dims[0].symbol(), std::string("batch"));
    }

    void everyToolIsReachedByKeyboard()
    {
        Cleaned cleaned;
        QDialog* dialog = cleaned.open("simplify");
        auto* tools = dialog->findChild<QListWidget*>("cleanUpTools");
        for (int row = 1; row < tools->count(); ++row) {
            QTest::keyClick(tools, Qt::Key_Down);
            QCOMPARE(tools->currentRow(), row);
            QTRY_VERIFY(!Cleaned::summary(dialog).startsWith("Looking"));
        }
        QTest::keyClick(dialog, Qt::Key_Escape);
        QVERIFY(settle(*cleaned.window));
        QCOMPARE(cleaned.window->document().editor().stepCount(), std::size_t(0));
    }
};

QTEST_MAIN(TestCleanup)
#include "test_cleanup.moc"
