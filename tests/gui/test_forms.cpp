// SPDX-License-Identifier: Apache-2.0
//
// What is edited by form: nodes, attributes, inputs and outputs, constants, the model itself, new models.
// Each change is looked at in the model, undone and compared.
#include "engine/edit/templates.h"
#include "engine/formats/format.h"
#include "engine/formats/tensor_file.h"
#include "engine/graph/edit.h"
#include "tests/gui/window_fixture.h"
#include "views/tensor_view/cell_grid.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFile>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QToolButton>

using namespace orrery;
using namespace orrery::window;

namespace {

struct Shown {
    std::unique_ptr<MainWindow> window = shownWindow();
    QTemporaryDir folder;
    QString path = folder.filePath("cifar10_cnn.onnxtxt");

    explicit Shown(bool opens = true)
    {
        window->showPanel("properties");
        if (!opens)
            return;
        QFile::copy(sample("cifar10_cnn.onnxtxt"), path);
        QFile::copy(sample("cifar10_cnn.onnxtxt.bin"), folder.filePath("cifar10_cnn.onnxtxt.bin"));
        window->openFile(path);
    }

    document::Document& document() const { return window->document(); }
    const graph::Model& model() const { return document().editor().model(); }
    const graph::Graph& graph() const { return model().graph; }
    std::size_t steps() const { return document().editor().position(); }
    bool settled() const { return settle(*window); }

    NodeId node(std::string_view name) const
    {
        for (NodeId id : graph().liveNodes())
            if (graph().node(id).name == name)
                return id;
        return {};
    }
    ValueId value(std::string_view name) const
    {
        for (std::size_t i = 0; i < graph().valueSlots(); ++i)
            if (graph().value(ValueId(i)).alive && graph().value(ValueId(i)).name == name)
                return ValueId(i);
        return {};
    }
    bool select(std::string_view name) const
    {
        document().focus().select(document::GraphStage::Dataflow, node(name).value);
        return settled();
    }
    bool selectKey(std::uint64_t key) const
    {
        document().focus().select(document::GraphStage::Dataflow, key);
        return settled();
    }
    QWidget* form() const { return window->findChild<QWidget*>("form"); }
    template<class T>
    T* field(const char* name) const
    {
        return form() ? form()->findChild<T*>(name) : nullptr;
    }
    // False when there is no such field.
    bool type(const char* name, const QString& text) const
    {
        auto* line = field<QLineEdit>(name);
        if (!line)
            return false;
        line->setFocus();
        line->selectAll();
        if (text.isEmpty())
            QTest::keyClick(line, Qt::Key_Delete);
        QTest::keyClicks(line, text);
        QTest::keyClick(line, Qt::Key_Return);
        return settled();
    }
    bool press(const char* name) const
    {
        auto* button = field<QAbstractButton>(name);
        if (!button || !button->isEnabled())
            return false;
        button->click();
        return settled();
    }
    QDialog* dialog(const char* name) const
    {
        QTest::qWait(1);
        for (auto* found : window->findChildren<QDialog*>(name))
            if (found->isVisible())
                return found;
        return nullptr;
    }
    void undo() const
    {
        window->action("undo")->trigger();
        QVERIFY(settled());
    }
    void picture(const char* name) const
    {
        if (const QByteArray pictures = qgetenv("ORRERY_PICTURES"); !pictures.isEmpty())
            window->grab().save(QString::fromLocal8Bit(pictures) + "/" + name + ".png");
    }
};

void press(QDialog* dialog, QDialogButtonBox::StandardButton which)
{
    dialog->findChild<QDialogButtonBox*>()->button(which)->click();
}

// Waits until the dialog has closed itself.
bool closes(const Shown& shown, const char* name)
{
    return QTest::qWaitFor([&] { return shown.dialog(name) == nullptr; }, 20'000) && shown.settled();
}

} // namespace

class TestForms : public QObject {
    Q_OBJECT
private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void aNodeIsRenamedInPlace()
    {
        Shown shown;
        QVERIFY(shown.settled());
        const graph::Model before = shown.model();
        QVERIFY(shown.select("conv1"));
        QVERIFY(shown.type("name", "first"));
        QVERIFY(shown.node("first").valid());
        QCOMPARE(shown.steps(), std::size_t(1));
        // The form that replaced it has the cursor where it was.
        QCOMPARE(shown.field<QLineEdit>("name")->text(), QString("first"));
        QCOMPARE(shown.window->focusWidget(), static_cast<QWidget*>(shown.field<QLineEdit>("name")));
        // A name that is taken is refused beside the field, and stays there.
        QVERIFY(shown.type("name", "conv2"));
        QVERIFY(labelTexts(shown.form()).contains("another node is named \"conv2\""));
        QCOMPARE(shown.field<QLineEdit>("name")->text(), QString("conv2"));
        QCOMPARE(shown.steps(), std::size_t(1));
        shown.undo();
        QVERIFY(graph::equal(shown.model(), before));
    }

    void attributesComeFromTheSchema()
    {
        Shown shown;
        QVERIFY(shown.settled());
        const graph::Model before = shown.model();
        QVERIFY(shown.select("conv1"));
        shown.picture("form_node");
        const NodeId conv = shown.node("conv1");
        auto* kernel = shown.field<QLineEdit>("attribute.kernel_shape");
        QVERIFY(kernel);
        QCOMPARE(kernel->text(), QString("[3, 3]"));
        // What is not set is pale: nothing is typed, the default stands behind.
        auto* group = shown.field<QSpinBox>("attribute.group");
        QVERIFY(group);
        QCOMPARE(group->value(), 1);
        QVERIFY(!shown.field<QToolButton>("attribute.group.reset"));
        QVERIFY(shown.type("attribute.kernel_shape", "5, 5"));
        QCOMPARE(shown.graph().node(conv).intsAttribute("kernel_shape"), (std::vector<std::int64_t>{5, 5}));
        // What is no list is said, and nothing is lost.
        QVERIFY(shown.type("attribute.kernel_shape", "[5, x]"));
        QCOMPARE(shown.steps(), std::size_t(1));
        QVERIFY(labelTexts(shown.form()).contains("found \"x\""));
        QCOMPARE(shown.field<QLineEdit>("attribute.kernel_shape")->text(), QString("[5, x]"));
        QVERIFY(shown.press("attribute.kernel_shape.reset"));
        QVERIFY(shown.graph().node(conv).attribute("kernel_shape") == nullptr);
        auto* pad = shown.field<QComboBox>("attribute.auto_pad");
        QVERIFY(pad);
        QCOMPARE(pad->currentText(), QString("NOTSET"));
        QCOMPARE(pad->count(), 4);
        pad->setFocus();
        QTest::keyClick(pad, Qt::Key_Down); // as by keyboard: the next choice holds at once
        QVERIFY(shown.settled());
        QCOMPARE(shown.graph().node(conv).stringAttribute("auto_pad", ""), std::string("SAME_UPPER"));
        while (shown.steps() > 0)
            shown.undo();
        QVERIFY(graph::equal(shown.model(), before));
    }

    void flagsAreCheckBoxesAndNumbersSpin()
    {
        Shown shown;
        QVERIFY(shown.settled());
        QVERIFY(shown.select("dense1"));
        const NodeId dense = shown.node("dense1");
        auto* flag = shown.field<QCheckBox>("attribute.transB");
        QVERIFY(flag && flag->isChecked());
        flag->click();
        QVERIFY(shown.settled());
        QCOMPARE(shown.graph().node(dense).intAttribute("transB", 7), std::int64_t(0));
        QVERIFY(shown.type("attribute.alpha", "0.25"));
        QCOMPARE(shown.graph().node(dense).floatAttribute("alpha", 0), 0.25f);
        QVERIFY(shown.type("attribute.alpha", "")); // nothing: the default
        QVERIFY(shown.graph().node(dense).attribute("alpha") == nullptr);
        QVERIFY(shown.select("flatten"));
        auto* axis = shown.field<QSpinBox>("attribute.axis");
        QVERIFY(axis);
        axis->setFocus();
        QTest::keyClick(axis, Qt::Key_Up);
        QVERIFY(shown.settled());
        QCOMPARE(shown.graph().node(shown.node("flatten")).intAttribute("axis", 0), std::int64_t(2));
        QCOMPARE(shown.window->focusWidget(), static_cast<QWidget*>(shown.field<QSpinBox>("attribute.axis")));
    }

    void inputsConnectByName()
    {
        Shown shown;
        QVERIFY(shown.settled());
        const graph::Model before = shown.model();
        QVERIFY(shown.select("conv2"));
        const NodeId conv = shown.node("conv2");
        QVERIFY(labelTexts(shown.form()).contains("inferred"));
        QVERIFY(shown.type("input.0", "relu1_out"));
        QCOMPARE(shown.graph().node(conv).inputs[0], shown.value("relu1_out"));
        // A name that is nobody's is that of the value.
        QVERIFY(shown.type("input.0", "activated"));
        QVERIFY(shown.value("activated").valid() && !shown.value("relu1_out").valid());
        QVERIFY(shown.type("input.2", ""));
        QCOMPARE(shown.graph().node(conv).inputs.size(), std::size_t(2));
        QVERIFY(shown.type("input.2", "nothing_of_that_name"));
        QVERIFY(labelTexts(shown.form()).contains("There is no value \"nothing_of_that_name\""));
        QVERIFY(shown.type("output.0", "features"));
        QVERIFY(shown.value("features").valid());
        QVERIFY(shown.press("output.0.listed"));
        QCOMPARE(shown.graph().main().outputs.size(), std::size_t(2));
        QVERIFY(shown.press("output.0.listed"));
        QCOMPARE(shown.graph().main().outputs.size(), std::size_t(1));
        // It depends on what it makes: refused, and said.
        QVERIFY(shown.type("input.0", "logits"));
        QVERIFY(labelTexts(shown.form()).contains("depends on it"));
        while (shown.steps() > 0)
            shown.undo();
        QVERIFY(graph::equal(shown.model(), before));
    }

    void aConstantIsTypedOverAndComputed()
    {
        Shown shown;
        QVERIFY(shown.settled());
        const graph::Model before = shown.model();
        QVERIFY(shown.select("conv1"));
        QVERIFY(shown.press("input.2.edit"));
        QDialog* dialog = shown.dialog("tensorForm");
        QVERIFY(dialog);
        auto* cells = dialog->findChild<tensor_view::CellGrid*>("tensorCells");
        emit cells->edited(3, "0.5");
        emit cells->edited(4, "not a number");
        QVERIFY(!dialog->findChild<QLabel*>("tensorMessage")->text().isEmpty());
        emit cells->edited(5, "-2");
        QCOMPARE(shown.steps(), std::size_t(0));
        press(dialog, QDialogButtonBox::Apply);
        QVERIFY(closes(shown, "tensorForm"));
        QCOMPARE(shown.steps(), std::size_t(1)); // however many cells
        auto bias = [&] { return shown.graph().value(shown.value("conv1_b")).initializer->tensor; };
        QCOMPARE(bias().span<float>()[3], 0.5f);
        QCOMPARE(bias().span<float>()[5], -2.0f);
        QVERIFY(!shown.graph().value(shown.value("conv1_b")).initializer->external);
        QVERIFY(shown.press("input.2.edit"));
        dialog = shown.dialog("tensorForm");
        auto* values = dialog->findChild<QLineEdit*>("tensorValues");
        QTest::keyClicks(values, "x*2 + nonsense");
        press(dialog, QDialogButtonBox::Apply);
        QTRY_VERIFY(dialog->findChild<QLabel*>("tensorMessage")->text().contains("nonsense"));
        values->setText("x*2");
        QTest::keyClick(values, Qt::Key_Return);
        QVERIFY(closes(shown, "tensorForm"));
        QCOMPARE(bias().span<float>()[5], -4.0f);
        shown.undo();
        shown.undo();
        QVERIFY(graph::equal(shown.model(), before));
    }

    void anOpenInputGetsWhatFits()
    {
        Shown shown;
        QVERIFY(shown.settled());
        QVERIFY(shown.select("conv2"));
        QVERIFY(shown.type("input.2", ""));
        const graph::Model before = shown.model();
        shown.window->action("constant_input")->trigger();
        QDialog* dialog = shown.dialog("tensorForm");
        QVERIFY(dialog);
        if (const QByteArray pictures = qgetenv("ORRERY_PICTURES"); !pictures.isEmpty())
            dialog->grab().save(QString::fromLocal8Bit(pictures) + "/form_tensor.png");
        QCOMPARE(dialog->findChild<QLineEdit*>("tensorShape")->text(), QString("64"));
        QCOMPARE(dialog->findChild<QLineEdit*>("tensorName")->text(), QString("conv2_bias"));
        dialog->findChild<QLineEdit*>("tensorValues")->setText("0.125");
        press(dialog, QDialogButtonBox::Apply);
        QVERIFY(closes(shown, "tensorForm"));
        const graph::Node& conv = shown.graph().node(shown.node("conv2"));
        QCOMPARE(conv.inputs.size(), std::size_t(3));
        const graph::Tensor& bias = shown.graph().value(conv.inputs[2]).initializer->tensor;
        QCOMPARE(bias.dims(), graph::Dims{64});
        QCOMPARE(bias.span<float>()[63], 0.125f);
        shown.undo();
        QVERIFY(graph::equal(shown.model(), before));
        // From a file.
        const QString file = shown.folder.filePath("bias.npy");
        std::vector<float> numbers(64, 3.0f);
        QVERIFY(formats::writeTensor(graph::Tensor::of<float>({64}, numbers), file.toStdString()).ok());
        shown.window->action("constant_input")->trigger();
        dialog = shown.dialog("tensorForm");
        dialog->findChild<QComboBox*>("tensorSource")->setCurrentIndex(1);
        dialog->findChild<QLineEdit*>("tensorValues")->setText(file + ".gone");
        press(dialog, QDialogButtonBox::Apply);
        QTRY_VERIFY(dialog->findChild<QLabel*>("tensorMessage")->text().contains("bias.npy.gone"));
        dialog->findChild<QLineEdit*>("tensorValues")->setText(file);
        press(dialog, QDialogButtonBox::Apply);
        QVERIFY(closes(shown, "tensorForm"));
        const graph::Node& again = shown.graph().node(shown.node("conv2"));
        QCOMPARE(shown.graph().value(again.inputs[2]).initializer->tensor.span<float>()[0], 3.0f);
    }

    void dimsOfAnInputAreTyped()
    {
        Shown shown;
        QVERIFY(shown.settled());
        const graph::Model before = shown.model();
        const ValueId x = shown.value("x");
        QVERIFY(shown.selectKey(canvas::inputKey(x.value)));
        QCOMPARE(shown.field<QLineEdit>("shape")->text(), QString("N,3,32,32"));
        QVERIFY(shown.type("shape", "4, 3, ?, W"));
        const auto& dims = shown.graph().value(x).type.shape->dims;
        QCOMPARE(dims.size(), std::size_t(4));
        QCOMPARE(dims[0].value(), std::int64_t(4));
        QVERIFY(dims[2].isUnknown());
        QCOMPARE(dims[3].symbol(), std::string("W"));
        QVERIFY(shown.type("shape", "4,,-1"));
        QVERIFY(labelTexts(shown.form()).contains("expected dims such as"));
        QCOMPARE(shown.steps(), std::size_t(1));
        auto* type = shown.field<QComboBox>("type");
        QVERIFY(type && type->currentText() == "float");
        emit type->textActivated("double");
        QVERIFY(shown.settled());
        QVERIFY(shown.graph().value(x).type.element == graph::DataType::Float64);
        QVERIFY(shown.type("name", "picture"));
        QCOMPARE(shown.graph().value(x).name, std::string("picture"));
        while (shown.steps() > 0)
            shown.undo();
        QVERIFY(graph::equal(shown.model(), before));
    }

    void theModelItself()
    {
        Shown shown;
        QVERIFY(shown.settled());
        const graph::Model before = shown.model();
        shown.document().focus().clear();
        QVERIFY(shown.settled());
        shown.picture("form_model");
        QVERIFY(shown.type("producer", "somebody"));
        QCOMPARE(shown.model().producerName, std::string("somebody"));
        QVERIFY(shown.type("addMetadata", "licence = free"));
        QCOMPARE(shown.model().metadata.back().second, std::string("free"));
        QVERIFY(shown.type("metadata.0", "none"));
        QCOMPARE(shown.model().metadata.back().second, std::string("none"));
        QVERIFY(shown.press("metadata.0.remove"));
        QVERIFY(shown.model().metadata.empty());
        QVERIFY(shown.type("addMetadata", "no value"));
        QVERIFY(labelTexts(shown.form()).contains("key = value"));
        QVERIFY(shown.type("addOpset", "ai.onnx.ml 3"));
        QCOMPARE(shown.model().opsetVersion("ai.onnx.ml"), std::int64_t(3));
        QVERIFY(shown.type("addOutput", "logits"));
        QCOMPARE(shown.graph().main().outputs.size(), std::size_t(2));
        QVERIFY(shown.press("output.1.up"));
        QCOMPARE(shown.graph().main().outputs[0], shown.value("logits"));
        QVERIFY(shown.press("output.0.remove"));
        QCOMPARE(shown.graph().main().outputs.size(), std::size_t(1));
        auto* doc = shown.field<QPlainTextEdit>("doc");
        doc->setFocus();
        QTest::keyClicks(doc, "words");
        shown.field<QLineEdit>("producer")->setFocus();
        QVERIFY(shown.settled());
        QCOMPARE(shown.model().doc, std::string("words"));
        QVERIFY(shown.press("addInput"));
        QDialog* dialog = shown.dialog("newInput");
        QVERIFY(dialog);
        dialog->findChild<QLineEdit*>("inputName")->setText("mask");
        dialog->findChild<QLineEdit*>("inputDims")->setText("N,1");
        press(dialog, QDialogButtonBox::Ok);
        QVERIFY(closes(shown, "newInput"));
        QCOMPARE(shown.graph().main().inputs.back(), shown.value("mask"));
        while (shown.steps() > 0)
            shown.undo();
        QVERIFY(graph::equal(shown.model(), before));
    }

    void aNewModelRunsAndIsSavedUnderAName()
    {
        Shown shown(false);
        shown.window->action("new")->trigger();
        QDialog* dialog = shown.dialog("newModel");
        QVERIFY(dialog);
        dialog->findChild<QComboBox*>("newKind")->setCurrentIndex(1);
        dialog->findChild<QLineEdit*>("newHidden")->setText("16, x");
        press(dialog, QDialogButtonBox::Ok);
        QVERIFY(labelTexts(dialog).contains("Layers"));
        dialog->findChild<QLineEdit*>("newHidden")->setText("16, 8");
        press(dialog, QDialogButtonBox::Ok);
        QVERIFY(closes(shown, "newModel"));
        QVERIFY(shown.document().isUntitled() && shown.document().isUnsaved());
        QVERIFY(shown.window->isWindowModified());
        QCOMPARE(shown.graph().nodeCount(), std::size_t(6));
        QVERIFY(!hasErrors(shown.document().problems()));
        document::RunSettings settings;
        settings.inputShapes["x"] = {1, 784};
        shown.document().run(settings);
        QVERIFY(shown.settled());
        QVERIFY(!hasErrors(shown.document().problems()));
        QVERIFY(shown.document().trace() && !shown.document().trace()->runs.empty());
        const QString path = shown.folder.filePath("mine.onnx");
        QVERIFY(shown.document().saveNow(path));
        QVERIFY(!shown.document().isUntitled() && !shown.document().isUnsaved());
        QVERIFY(!shown.window->isWindowModified());
        auto read = formats::readModel(path.toStdString());
        QVERIFY(read.ok());
        QCOMPARE(read->graph.nodeCount(), std::size_t(6));
        // From now on edits are kept in a journal beside the file.
        QVERIFY(shown.select("dense1"));
        QVERIFY(shown.type("name", "first"));
        QVERIFY(QFile::exists(QString::fromStdString(edit::journalPath(path.toStdString()))));
    }

    void fromAnEmptyCanvas()
    {
        Shown shown(false);
        shown.window->action("new")->trigger();
        press(shown.dialog("newModel"), QDialogButtonBox::Ok);
        QVERIFY(closes(shown, "newModel"));
        QCOMPARE(shown.graph().nodeCount(), std::size_t(0));
        QVERIFY(!shown.document().isUnsaved()); // nothing would be lost
        shown.picture("form_empty");
        shown.window->action("new_input")->trigger();
        QDialog* dialog = shown.dialog("newInput");
        dialog->findChild<QLineEdit*>("inputDims")->setText("N,8");
        press(dialog, QDialogButtonBox::Ok);
        QVERIFY(closes(shown, "newInput"));
        auto insert = [&](const char* op) {
            shown.window->action("insert_operator")->trigger();
            QTest::qWait(1);
            auto* search = shown.window->findChild<QLineEdit*>("paletteSearch");
            QTest::keyClick(search, Qt::Key_A, Qt::ControlModifier);
            QTest::keyClicks(search, op);
            QTest::keyClick(search, Qt::Key_Return);
            return shown.settled();
        };
        QVERIFY(insert("Gemm"));
        shown.window->showPanel("properties");
        QVERIFY(shown.settled());
        shown.window->action("constant_input")->trigger();
        dialog = shown.dialog("tensorForm");
        QCOMPARE(dialog->findChild<QLineEdit*>("tensorShape")->text(), QString("8,?"));
        press(dialog, QDialogButtonBox::Apply);
        QTRY_VERIFY(dialog->findChild<QLabel*>("tensorMessage")->text().contains("Shape"));
        dialog->findChild<QLineEdit*>("tensorShape")->setText("8,4");
        press(dialog, QDialogButtonBox::Apply);
        QVERIFY(closes(shown, "tensorForm"));
        QVERIFY(insert("Softmax"));
        shown.window->action("make_output")->trigger();
        QVERIFY(shown.settled());
        QVERIFY(!hasErrors(shown.document().problems()));
        QCOMPARE(shown.graph().nodeCount(), std::size_t(2));
        const ValueId output = shown.graph().main().outputs.at(0);
        const auto typed = shown.document().stageGraph(document::GraphStage::Dataflow).graph;
        QCOMPARE(typed->value(output).type.text(), std::string("float N×4"));
    }
};

QTEST_MAIN(TestForms)
#include "test_forms.moc"
