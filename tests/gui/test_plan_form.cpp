// SPDX-License-Identifier: Apache-2.0
//
// The plan of nodes, steered in the compute view: what is chosen shows in the graph, is kept beside the model
// and never in it, can be taken back step by step, holds for runs and the debugger, and can be measured. With
// ORRERY_PICTURES=FOLDER it also writes pictures of itself.
#include "profiler/session/breakpoint_file.h"
#include "tests/gui/window_fixture.h"
#include "views/document/hint_history.h"
#include "views/document/node_hints.h"
#include "views/panels/graph_edits.h"
#include "views/panels/plan_form.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QCryptographicHash>
#include <QFile>
#include <QMenu>
#include <QPushButton>
#include <QTemporaryDir>

using namespace orrery;
using namespace orrery::window;
using document::GraphStage;

namespace {

struct Shown {
    std::unique_ptr<MainWindow> window = shownWindow();
    QTemporaryDir folder;
    QString path = folder.filePath("cifar10_cnn.onnxtxt");

    explicit Shown(const char* projection = "compute")
    {
        QFile::copy(sample("cifar10_cnn.onnxtxt"), path);
        QFile::copy(sample("cifar10_cnn.onnxtxt.bin"), folder.filePath("cifar10_cnn.onnxtxt.bin"));
        window->showPanel("properties");
        window->openFile(path);
        if (settle(*window))
            document().focus().setProjection(projection);
    }

    document::Document& document() const { return window->document(); }
    document::HintHistory& history() const { return document().hintHistory(); }
    const graph::Graph& compute() const { return *document().stageGraph(GraphStage::Compute).graph; }
    bool settled() const { return settle(*window); }
    QByteArray modelBytes() const
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QByteArray sidecar() const
    {
        QFile file(path + ".orrery.toml");
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    int count(const char* type) const
    {
        int found = 0;
        for (NodeId id : compute().liveNodes())
            found += compute().node(id).opType == type ? 1 : 0;
        return found;
    }
    // The first of that type.
    NodeId node(const char* type) const
    {
        for (NodeId id : compute().liveNodes())
            if (compute().node(id).opType == type)
                return id;
        return {};
    }
    bool select(NodeId id) const
    {
        document().focus().select(GraphStage::Compute, id.value);
        return id.valid() && settled();
    }
    template<class T>
    T* field(const char* name) const
    {
        QWidget* form = window->findChild<QWidget*>("form");
        return form ? form->findChild<T*>(name) : nullptr;
    }
    bool toggle(const char* name) const
    {
        auto* box = field<QCheckBox>(name);
        if (box)
            box->click();
        return box && settled();
    }
    bool choose(const char* name, int index) const
    {
        auto* box = field<QComboBox>(name);
        if (!box || index >= box->count())
            return false;
        box->setCurrentIndex(index);
        emit box->textActivated(box->currentText());
        return settled();
    }
    bool press(const char* name) const
    {
        auto* button = field<QPushButton>(name);
        if (button)
            button->click();
        return button && settled();
    }
    void trigger(const char* action) const { window->action(action)->trigger(); }
    void picture(const char* name) const
    {
        if (const QString folderOfPictures = qEnvironmentVariable("ORRERY_PICTURES");
            !folderOfPictures.isEmpty())
            window->grab().save(folderOfPictures + "/" + name + ".png");
    }
    bool isMarked(NodeId id) const
    {
        return (window->graphPanel().view().marksAt(id.value) & std::uint8_t(canvas::Mark::Hinted)) != 0;
    }
};

} // namespace

class TestPlanForm : public QObject {
    Q_OBJECT

private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void withFusionOffConvAndReluStandApartUntilItIsTakenBack()
    {
        Shown shown;
        QVERIFY(shown.settled());
        const QByteArray before = shown.modelBytes();
        const int fused = shown.count("FusedConv");
        QVERIFY(fused > 0 && shown.count("Relu") == 0);
        const NodeId conv = shown.node("FusedConv");
        QVERIFY(shown.select(conv));
        auto* box = shown.field<QCheckBox>("plan.pass.fuse_activation");
        QVERIFY(box && box->isChecked());
        QVERIFY(!shown.isMarked(conv));

        QVERIFY(shown.toggle("plan.pass.fuse_activation"));
        QCOMPARE(shown.count("FusedConv"), fused - 1);
        QCOMPARE(shown.count("Conv"), 1);
        QCOMPARE(shown.count("Relu"), 1);
        QVERIFY(shown.isMarked(shown.node("Conv")) && shown.isMarked(shown.node("Relu")));
        QVERIFY(!shown.field<QCheckBox>("plan.pass.fuse_activation")->isChecked());
        QCOMPARE(shown.document().focus().current().key, std::uint64_t(conv.value)); // still there
        QVERIFY2(shown.sidecar().contains("keep_apart"), shown.sidecar());
        QCOMPARE(shown.modelBytes(), before);
        QVERIFY(!shown.document().editor().isModified());
        QCOMPARE(shown.document().editor().stepCount(), std::size_t(0));
        shown.picture("plan_apart");

        shown.trigger("undo");
        QVERIFY(shown.settled());
        QCOMPARE(shown.count("FusedConv"), fused);
        QVERIFY2(!shown.sidecar().contains("keep_apart"), shown.sidecar());
        shown.trigger("redo");
        QVERIFY(shown.settled());
        QCOMPARE(shown.count("Conv"), 1);

        // The activation lets go of it as well.
        QVERIFY(shown.select(shown.node("Relu")));
        QVERIFY(shown.toggle("plan.pass.fuse_activation"));
        QCOMPARE(shown.count("FusedConv"), fused);
        QVERIFY(shown.document().planHints().empty());
    }

    void severalNodesAreOneStep()
    {
        Shown shown;
        QVERIFY(shown.settled());
        std::vector<std::uint64_t> keys;
        for (NodeId id : shown.compute().liveNodes())
            if (shown.compute().node(id).opType == "FusedConv")
                keys.push_back(id.value);
        QVERIFY(keys.size() > 1);
        shown.document().focus().select(GraphStage::Compute, keys.front());
        shown.document().focus().setAlsoSelected(keys);
        QVERIFY(shown.settled());
        QVERIFY(shown.choose("plan.threads", 1));
        QCOMPARE(shown.document().planHints().threads.size(), keys.size());
        QCOMPARE(shown.history().stepCount(), std::size_t(1));
        QVERIFY2(shown.history().undoName().contains(QString::number(keys.size())),
                 qPrintable(shown.history().undoName()));
        int limited = 0;
        for (const auto& placement : *shown.document().stageGraph(GraphStage::Compute).placements)
            limited += placement.kernel.ends_with(" on 1 thread") ? 1 : 0;
        QCOMPARE(limited, int(keys.size()));
        shown.picture("plan_several");
        QVERIFY(shown.press("plan.clear"));
        QVERIFY(shown.document().planHints().empty());
        shown.trigger("undo");
        QVERIFY(shown.settled());
        QCOMPARE(shown.document().planHints().threads.size(), keys.size());
    }

    void whatCannotBeChosenSaysWhy()
    {
        Shown shown;
        QVERIFY(shown.settled());
        QVERIFY(shown.select(shown.node("FusedConv")));
        QVERIFY(!shown.field<QWidget>("plan.place"));
        QWidget* form = shown.window->findChild<QWidget*>("form");
        QVERIFY2(labelTexts(form).contains("writes over no input"), qPrintable(labelTexts(form)));
        QVERIFY2(labelTexts(form).contains("Once: it has one reader"), qPrintable(labelTexts(form)));
    }

    void aHintForAnotherGraphIsAWarningAndDoesNoHarm()
    {
        Shown shown;
        QVERIFY(shown.settled());
        const NodeId conv = shown.node("FusedConv");
        passes::PlanHints hints;
        const std::string name = shown.compute().value(shown.compute().node(conv).outputs[0]).name;
        hints.outOfPlace = {name};
        QVERIFY(shown.document().setPlanHints(hints).ok());
        QVERIFY(shown.settled());
        QVERIFY(shown.select(conv));
        QWidget* form = shown.window->findChild<QWidget*>("form");
        QVERIFY2(labelTexts(form).contains("Not followed"), qPrintable(labelTexts(form)));
        QVERIFY(shown.window->graphPanel().graph());
        bool isBadged = false;
        for (const canvas::DisplayNode& node : shown.window->graphPanel().graph()->nodes)
            isBadged = isBadged || (node.key == conv.value && node.badge == canvas::Badge::Warning);
        QVERIFY(isBadged);
        QVERIFY(shown.history().canUndo()); // also what others set
    }

    void measuredIsTheDifferenceThatAHintMakes()
    {
        Shown shown;
        QVERIFY(shown.settled());
        QVERIFY(shown.select(shown.node("FusedConv")));
        QVERIFY(!shown.field<QWidget>("plan.measure"));
        QVERIFY(shown.choose("plan.held", 1));
        QVERIFY(shown.press("plan.measure"));
        const QString text = labelTexts(shown.window->findChild<QWidget*>("form"));
        QVERIFY2(text.contains("Measured: peak") && text.contains("results differ by at most"),
                 qPrintable(text));
        shown.picture("plan_measured");
    }

    void aRunFollowsThePlanAndGivesWayToAnotherOne()
    {
        Shown shown;
        QVERIFY(shown.settled());
        QVERIFY(shown.select(shown.node("FusedConv")));
        QVERIFY(shown.toggle("plan.pass.fuse_activation"));
        shown.document().run({});
        QVERIFY(shown.settled());
        QVERIFY(shown.document().shownRun());
        QCOMPARE(shown.count("Relu"), 1);
        const auto run = shown.document().trace()->shown()->run.run;
        QVERIFY(shown.select(shown.node("Relu")));
        QVERIFY(shown.toggle("plan.pass.fuse_activation"));
        QVERIFY(!shown.document().shownRun()); // it was of another plan
        QCOMPARE(shown.count("Relu"), 0);
        shown.document().showRun(run);
        QVERIFY(shown.settled());
        QCOMPARE(shown.count("Relu"), 1); // as it ran
    }

    void editsOfTheModelAndOfThePlanAreApart()
    {
        Shown shown;
        QVERIFY(shown.settled());
        QVERIFY(shown.select(shown.node("FusedConv")));
        QVERIFY(shown.choose("plan.threads", 1));
        shown.document().focus().setProjection("dataflow");
        QVERIFY(shown.settled());
        NodeId relu;
        const graph::Graph& dataflow = shown.document().editor().model().graph;
        for (NodeId id : dataflow.liveNodes())
            if (dataflow.node(id).opType == "Relu")
                relu = id;
        shown.document().focus().select(GraphStage::Dataflow, relu.value);
        panels::bypassSelected(shown.document());
        QVERIFY(shown.settled());
        QCOMPARE(shown.document().editor().position(), std::size_t(1));
        shown.trigger("undo"); // of the model
        QVERIFY(shown.settled());
        QCOMPARE(shown.document().editor().position(), std::size_t(0));
        QCOMPARE(shown.document().planHints().count(), std::size_t(1));
        shown.document().focus().setProjection("compute");
        QVERIFY(shown.settled());
        shown.trigger("undo"); // of the plan
        QVERIFY(shown.settled());
        QVERIFY(shown.document().planHints().empty());
    }

    void theMenuOfANodeHasTheSameChoices()
    {
        Shown shown;
        QVERIFY(shown.settled());
        QMenu menu;
        panels::addPlanActions(menu, shown.document(), shown.node("FusedConv"), shown.window.get());
        auto* plan = menu.findChild<QMenu*>("planMenu");
        QVERIFY(plan);
        QAction* pass = nullptr;
        for (QAction* action : plan->actions())
            if (action->objectName() == "plan.pass.fuse_activation")
                pass = action;
        QVERIFY(pass && pass->isChecked());
        pass->trigger();
        QVERIFY(shown.settled());
        QCOMPARE(shown.count("Relu"), 1);
    }

    void theDebuggerStepsThePlanAndFixesIt()
    {
        Shown shown;
        QVERIFY(shown.settled());
        QVERIFY(shown.select(shown.node("FusedConv")));
        QVERIFY(shown.toggle("plan.pass.fuse_activation"));
        document::DebugSettings settings;
        settings.optimize = passes::OptimizeLevel::All;
        shown.document().debugger().start(settings);
        QVERIFY(shown.settled());
        QCOMPARE(shown.document().debugger().stage(), GraphStage::Compute);
        int relus = 0;
        const auto stepped = shown.document().debugger().graph();
        for (NodeId id : stepped->liveNodes())
            relus += stepped->node(id).opType == "Relu" ? 1 : 0;
        QCOMPARE(relus, 1);
        QVERIFY(shown.select(shown.node("Relu")));
        QVERIFY(!shown.field<QCheckBox>("plan.pass.fuse_activation")->isEnabled());
        shown.document().debugger().stop();
        QVERIFY(shown.settled());
        QVERIFY(shown.field<QCheckBox>("plan.pass.fuse_activation")->isEnabled());
    }
};

QTEST_MAIN(TestPlanForm)
#include "test_plan_form.moc"
