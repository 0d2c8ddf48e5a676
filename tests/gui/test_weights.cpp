// SPDX-License-Identifier: Apache-2.0
//
// Weights beside the model file and back, in the window: previewed, one step, done with the next save, never
// over somebody's file, and there again after a crash. With ORRERY_PICTURES=FOLDER it also writes pictures.
#include "engine/edit/journal.h"
#include "engine/edit/storage.h"
#include "engine/edit/templates.h"
#include "engine/formats/format.h"
#include "tests/gui/window_fixture.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QDir>
#include <QMessageBox>
#include <QPushButton>
#include <QRadioButton>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTreeWidget>

#include <algorithm>

using namespace orrery;
using namespace orrery::window;

namespace {

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(not there)");
}

graph::Model readBack(const QString& path)
{
    auto model = formats::readModel(path.toStdString());
    if (!model.ok())
        qFatal("%s", model.error().text().c_str());
    return model.releaseValue();
}

// By name: the place of each constant's bytes ("" for inside of the model).
std::map<std::string, std::string> placesIn(const graph::Model& model)
{
    std::map<std::string, std::string> places;
    for (std::size_t i = 0; i < model.graph.valueSlots(); ++i)
        if (const graph::Value& value = model.graph.value(ValueId(i)); value.alive && value.initializer)
            places[value.name] = value.initializer->external ? value.initializer->external->location : "";
    return places;
}

bool sameNumbers(const graph::Model& a, const graph::Model& b)
{
    std::map<std::string, graph::Tensor> found;
    for (std::size_t i = 0; i < a.graph.valueSlots(); ++i)
        if (const graph::Value& value = a.graph.value(ValueId(i)); value.alive && value.initializer)
            found[value.name] = value.initializer->tensor;
    std::size_t same = 0;
    for (std::size_t i = 0; i < b.graph.valueSlots(); ++i)
        if (const graph::Value& value = b.graph.value(ValueId(i)); value.alive && value.initializer)
            same += found.count(value.name) == 1 && found[value.name].identicalTo(value.initializer->tensor);
    return same == found.size() && same > 0;
}

struct Split {
    std::unique_ptr<MainWindow> window = shownWindow();
    QTemporaryDir folder;
    QString path = folder.filePath("net.onnx");
    graph::Model original;

    Split()
    {
        auto made = edit::makeTemplate(edit::defaultsOf(edit::Template::Cnn));
        if (!made.ok() || !formats::writeModel(*made, path.toStdString()).ok())
            qFatal("the model cannot be made");
        original = readBack(path);
        window->showPanel("properties");
        open(path);
    }
    void open(const QString& file) const
    {
        window->openFile(file);
        if (!settle(*window))
            qFatal("the window does not come to rest");
    }
    document::Editor& editor() const { return window->document().editor(); }
    ValueId constant(const char* name) const
    {
        for (std::size_t i = 0; i < original.graph.valueSlots(); ++i)
            if (original.graph.value(ValueId(i)).name == name)
                return ValueId(i);
        return {};
    }
    QStringList files() const { return QDir(folder.path()).entryList(QDir::Files); } // not the journal
    bool trigger(const char* action) const
    {
        window->action(action)->trigger();
        return settle(*window);
    }
    // Through the dialog, as it opens.
    bool apply(bool back = false) const
    {
        window->action("weights")->trigger();
        auto* dialog = window->findChild<QDialog*>("weights");
        if (back)
            dialog->findChild<QRadioButton*>("weightsBack")->setChecked(true);
        auto* button = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Apply);
        if (!QTest::qWaitFor([button] { return button->isEnabled(); }, 10'000))
            return false;
        button->click();
        return settle(*window);
    }
    bool save() const { return trigger("save") && !window->isWindowModified(); }
};

} // namespace

class TestWeights : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void theDialogShowsWhatGoesAndItIsOneStep()
    {
        Split split;
        split.window->action("weights")->trigger();
        auto* dialog = split.window->findChild<QDialog*>("weights");
        QVERIFY(dialog != nullptr);
        auto* apply = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Apply);
        auto* summary = dialog->findChild<QLabel*>("cleanUpSummary");
        auto* tensors = dialog->findChild<QTreeWidget*>("cleanUpNodes");
        QTRY_VERIFY(apply->isEnabled());
        QVERIFY2(summary->text().contains("Outside of the model file 0 B → "), qPrintable(summary->text()));
        const int large = tensors->topLevelItemCount();
        QVERIFY(large > 1);
        QVERIFY(tensors->topLevelItem(0)->text(2).endsWith("beside the model file"));
        if (const QString pictures = qEnvironmentVariable("ORRERY_PICTURES"); !pictures.isEmpty())
            dialog->grab().save(pictures + "/weights_beside.png");
        dialog->findChild<QSpinBox*>("leastBytes")->setValue(1);
        QTRY_VERIFY(apply->isEnabled() && tensors->topLevelItemCount() > large);
        dialog->findChild<QSpinBox*>("leastBytes")->setValue(1 << 30);
        QTRY_COMPARE(summary->text(), QString("There is nothing to do."));
        QVERIFY(!apply->isEnabled());
        dialog->findChild<QSpinBox*>("leastBytes")->setValue(1024);
        QTRY_VERIFY(apply->isEnabled());
        apply->click();
        QVERIFY(settle(*split.window));
        QCOMPARE(split.editor().stepCount(), std::size_t(1));
        QCOMPARE(split.files(), QStringList("net.onnx")); // nothing is written before it is saved
        QVERIFY(split.trigger("undo"));
        QVERIFY(graph::equal(split.editor().model(), split.original));
    }

    void savedWeightsLieBesideAndComeBackInside()
    {
        Split split;
        const qint64 before = QFileInfo(split.path).size();
        QVERIFY(split.apply() && split.save());
        QCOMPARE(split.files(), QStringList({"net.onnx", "net.onnx.data"}));
        const qint64 model = QFileInfo(split.path).size(), data = QFileInfo(split.path + ".data").size();
        QVERIFY(model < before / 10 && model + data >= before);
        const graph::Model read = readBack(split.path);
        QVERIFY(sameNumbers(split.original, read));
        QCOMPARE(placesIn(read).at("conv2_weight"), std::string("net.onnx.data"));
        QCOMPARE(placesIn(read).at("conv1_bias"), std::string());

        // Undone and saved: as it was.
        QVERIFY(split.trigger("undo") && split.save());
        QCOMPARE(placesIn(readBack(split.path)).at("conv2_weight"), std::string());
        QVERIFY(sameNumbers(split.original, readBack(split.path)));
        // Done again, opened anew, back by the tool.
        QVERIFY(split.trigger("redo") && split.save());
        split.open(split.path);
        QVERIFY(!edit::isToBeStoredBeside(*split.editor().model().graph.value(ValueId(1)).initializer));
        QVERIFY(split.apply(true) && split.save());
        QCOMPARE(placesIn(readBack(split.path)).at("conv2_weight"), std::string());
        QVERIFY(sameNumbers(split.original, readBack(split.path)));
        QCOMPARE(QFileInfo(split.path).size(), before);
        QVERIFY(QFile::exists(split.path + ".data")); // another model may refer to it
    }

    void aFileOfSomebodyElseIsLeftAlone()
    {
        Split split;
        QFile other(split.path + ".data");
        QVERIFY(other.open(QIODevice::WriteOnly) && other.write("somebody's") > 0);
        other.close();
        QVERIFY(split.apply() && split.save());
        QCOMPARE(contentOf(other.fileName()), QByteArray("somebody's"));
        QCOMPARE(placesIn(readBack(split.path)).at("conv2_weight"), std::string("net.onnx.2.data"));
        QVERIFY(sameNumbers(split.original, readBack(split.path)));
    }

    void aSecondSaveWritesOnlyWhatIsNew()
    {
        Split split;
        QVERIFY(split.apply() && split.save());
        const QByteArray weights = contentOf(split.path + ".data");
        auto renamed = graph::Edit(graph::Group{"Rename", {graph::SetValueName{ValueId(0), "image"}}});
        QVERIFY(split.editor().apply(renamed));
        QVERIFY(split.save());
        QCOMPARE(split.files(), QStringList({"net.onnx", "net.onnx.data"}));
        QVERIFY(contentOf(split.path + ".data") == weights);
        QVERIFY(sameNumbers(split.original, readBack(split.path)));
        // One more tensor: only that one.
        const ValueId bias = split.constant("conv1_bias");
        QVERIFY(split.editor().apply(edit::storeBeside(split.editor().model(), bias)));
        QVERIFY(split.save());
        QCOMPARE(QFileInfo(split.path + ".2.data").size(),
                 qint64(split.original.graph.value(bias).initializer->tensor.byteSize()));
        auto places = placesIn(readBack(split.path));
        QCOMPARE(places.at("conv1_bias"), std::string("net.onnx.2.data"));
        QCOMPARE(places.at("conv2_weight"), std::string("net.onnx.data"));
        // What another program did to the file is not trusted, nor undone.
        QFile changed(split.path + ".data");
        QVERIFY(changed.open(QIODevice::WriteOnly) && changed.write("changed") > 0);
        changed.close();
        QVERIFY(split.trigger("undo") && split.save());
        QCOMPARE(contentOf(changed.fileName()), QByteArray("changed"));
        QCOMPARE(placesIn(readBack(split.path)).at("conv2_weight"), std::string("net.onnx.3.data"));
        QVERIFY(sameNumbers(split.original, readBack(split.path)));
    }

    void itRunsBeforeItIsSavedAndAfter()
    {
        Split split;
        QVERIFY(split.apply());
        split.window->document().run({});
        QVERIFY(settle(*split.window));
        QVERIFY(split.window->document().shownRun() != nullptr);
        QCOMPARE(split.window->document().trace()->runs.size(), std::size_t(1));
        QVERIFY(split.files().filter(".data").isEmpty());
        QVERIFY(split.save());
        split.window->document().run({});
        QVERIFY(settle(*split.window));
        for (const async::RunSummary& run : split.window->document().trace()->runs)
            QVERIFY(run.run.outcome.state == trace_db::RunState::Finished);
    }

    void savedElsewhereTheyLieBesideThere()
    {
        Split split;
        QTemporaryDir elsewhere;
        QVERIFY(split.apply());
        split.window->document().save(elsewhere.filePath("copy.onnx"));
        QVERIFY(settle(*split.window));
        QCOMPARE(split.files(), QStringList("net.onnx"));
        QCOMPARE(placesIn(readBack(elsewhere.filePath("copy.onnx"))).at("conv2_weight"),
                 std::string("copy.onnx.data"));
        QVERIFY(sameNumbers(split.original, readBack(elsewhere.filePath("copy.onnx"))));
        split.window->document().save(elsewhere.filePath("copy.onnx")); // where it is at home now
        QVERIFY(settle(*split.window));
        QVERIFY(sameNumbers(split.original, readBack(elsewhere.filePath("copy.onnx"))));
        QCOMPARE(QDir(elsewhere.path()).entryList(QDir::Files).size(), 2);
        // Text stores them in its own way.
        split.window->document().save(split.folder.filePath("net.onnxtxt"));
        QVERIFY(settle(*split.window));
        QCOMPARE(split.files(), QStringList({"net.onnx", "net.onnxtxt", "net.onnxtxt.bin"}));
        QVERIFY(sameNumbers(split.original, readBack(split.folder.filePath("net.onnxtxt"))));
        const auto told = [&] {
            const auto& problems = split.window->document().problems();
            return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
                return problem.text.find("small tensors beside it (1 of them)") != std::string::npos;
            });
        };
        QVERIFY(!told());
        QVERIFY(
            split.editor().apply(edit::storeBeside(split.editor().model(), split.constant("conv1_bias"))));
        split.window->document().save(split.folder.filePath("net.onnxtxt"));
        QVERIFY(settle(*split.window));
        QVERIFY(told());
    }

    void aNewModelIsSavedWithItsWeightsBeside()
    {
        Split split;
        auto made = edit::makeTemplate(edit::defaultsOf(edit::Template::Mlp));
        QVERIFY(made.ok());
        split.window->document().openNew(*made, "new");
        QVERIFY(settle(*split.window));
        QVERIFY(split.apply());
        split.window->document().save(split.folder.filePath("new.onnx"));
        QVERIFY(settle(*split.window));
        QCOMPARE(split.files(), QStringList({"net.onnx", "new.onnx", "new.onnx.data"}));
        QVERIFY(sameNumbers(*made, readBack(split.folder.filePath("new.onnx"))));
        QVERIFY(!split.window->isWindowModified());
    }

    void theFormMovesOneTensor()
    {
        Split split;
        const ValueId weight = split.constant("conv2_weight");
        split.window->document().focus().select(document::GraphStage::Dataflow,
                                                canvas::constantKey(weight.value));
        QVERIFY(settle(*split.window));
        const auto form = [&] { return split.window->findChild<QWidget*>("form"); };
        QVERIFY(form() != nullptr);
        QVERIFY(labelTexts(form()).contains("the model file\n"));
        auto* beside = form()->findChild<QAbstractButton*>("beside");
        QVERIFY(beside != nullptr);
        QVERIFY(beside->toolTip().contains("With the next save"));
        beside->click();
        QVERIFY(settle(*split.window));
        QVERIFY(labelTexts(form()).contains("beside the model, with the next save"));
        QVERIFY(form()->findChild<QAbstractButton*>("beside") == nullptr);
        QVERIFY(split.save());
        auto places = placesIn(readBack(split.path));
        QCOMPARE(places.at("conv2_weight"), std::string("net.onnx.data"));
        QCOMPARE(places.at("conv1_weight"), std::string());
        form()->findChild<QAbstractButton*>("inside")->click();
        QVERIFY(settle(*split.window) && split.save());
        QCOMPARE(placesIn(readBack(split.path)).at("conv2_weight"), std::string());
    }

    // The model, its weights and the journal as they lie there at that moment.
    void aCrashAfterSuchASaveLosesNothing()
    {
        Split split;
        QVERIFY(split.apply() && split.save());
        QVERIFY(split.editor().apply(
            graph::Edit(graph::Group{"Rename", {graph::SetValueName{ValueId(0), "image"}}})));
        QVERIFY(split.trigger("undo") && split.trigger("undo")); // behind the save: inside again
        QTemporaryDir crashed;
        const QString left = crashed.filePath("net.onnx");
        const auto journalOf = [](const QString& model) {
            return QString::fromStdString(edit::journalPath(model.toStdString()));
        };
        QVERIFY(QFile::copy(split.path, left) && QFile::copy(split.path + ".data", left + ".data"));
        QVERIFY(QFile::copy(journalOf(split.path), journalOf(left)));
        QVERIFY(QFileInfo(journalOf(left)).size() < 64 << 10); // the weights are not told again

        auto second = shownWindow();
        second->openFile(left);
        QVERIFY(settle(*second));
        auto* offer = second->findChild<QMessageBox*>("recovery");
        QVERIFY(offer != nullptr && offer->isVisible());
        offer->defaultButton()->click();
        QVERIFY(settle(*second));
        const graph::Model& recovered = second->document().editor().model();
        QVERIFY(placesIn(recovered) == placesIn(split.editor().model()));
        QVERIFY(sameNumbers(split.original, recovered));
        second->action("save")->trigger();
        QVERIFY(settle(*second));
        QCOMPARE(placesIn(readBack(left)).at("conv2_weight"), std::string());
        QVERIFY(sameNumbers(split.original, readBack(left)));
    }
};

QTEST_MAIN(TestWeights)
#include "test_weights.moc"
