// SPDX-License-Identifier: Apache-2.0
//
// Weights beside the model file and back: what moves, what stays and is told, and the files that come of it.
#include "engine/edit/actions.h"
#include "engine/edit/history.h"
#include "engine/edit/storage.h"
#include "engine/formats/format.h"
#include "engine/formats/split_weights.h"
#include "engine/graph/verify.h"

#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <functional>

using namespace orrery;
using namespace orrery::edit;
using graph::Model;
using graph::Tensor;

namespace {

// A weight of 4 KB, a bias of 16 bytes, in the body of an If one of 2 KB more, text and one without elements.
Model sample()
{
    Model model;
    model.irVersion = 8;
    model.opsets = {{"", 17}};
    graph::Graph& g = model.graph;
    const RegionId main = g.mainRegion();
    const auto floats = [](std::int64_t count, float value) {
        return Tensor::of<float>({count}, std::vector<float>(static_cast<std::size_t>(count), value));
    };
    const ValueId condition =
        g.addValue(main, "c", graph::ValueType::tensor(graph::DataType::Bool, graph::Shape::of({})));
    g.main().inputs = {condition};
    g.addConstant(main, "weight", floats(1024, 1));
    g.addConstant(main, "bias", floats(4, 2));
    g.addConstant(main, "words", Tensor::ofStrings({2}, {"a", "b"}));
    g.addConstant(main, "nothing", Tensor::of<float>({0}, std::vector<float>()));
    graph::Node choose;
    choose.opType = "If";
    choose.inputs = {condition};
    const ValueId result = g.addValue(main, "y", graph::ValueType::tensor(graph::DataType::Float32));
    choose.outputs = {result};
    const NodeId id = g.addNode(main, choose);
    for (const char* branch : {"then_branch", "else_branch"}) {
        const RegionId body = g.addRegion(id, branch);
        const bool isThen = body.value % 2 == 1;
        const ValueId inner = g.addConstant(body, isThen ? "inner" : "other", floats(isThen ? 512 : 2, 3));
        g.region(body).outputs = {inner};
        g.node(id).setAttribute(branch, body);
    }
    g.main().outputs = {result};
    return model;
}

ValueId named(const Model& model, std::string_view name)
{
    for (std::size_t i = 0; i < model.graph.valueSlots(); ++i)
        if (model.graph.contains(ValueId(i)) && model.graph.value(ValueId(i)).name == name)
            return ValueId(i);
    return {};
}

const graph::Initializer& constant(const Model& model, std::string_view name)
{
    return *model.graph.value(named(model, name)).initializer;
}

void check(const Model& model, const Result<graph::Edit>& edit, const std::function<void(const Model&)>& look)
{
    QVERIFY2(edit.ok(), edit.ok() ? "" : edit.error().text().c_str());
    QVERIFY(!graph::editName(*edit).empty());
    History history(model);
    QVERIFY(history.apply(*edit).ok());
    QVERIFY(!graph::equal(history.model(), model));
    QVERIFY(!hasErrors(graph::verify(history.model())));
    look(history.model());
    QVERIFY(history.undo().ok());
    QVERIFY(graph::equal(history.model(), model));
}

void refuses(const Result<graph::Edit>& edit, const char* says)
{
    QVERIFY(!edit.ok());
    QVERIFY2(edit.error().text().find(says) != std::string::npos, edit.error().text().c_str());
}

std::string contentOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

} // namespace

class TestStorage : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string path(const char* name) const { return (m_folder.path() + "/" + name).toStdString(); }

private slots:
    void oneTensorGoesBesideAndBack()
    {
        Model model = sample();
        const ValueId weight = named(model, "weight");
        refuses(storeInside(model, weight), "not stored outside");
        refuses(storeBeside(model, named(model, "words")), "text");
        refuses(storeBeside(model, named(model, "nothing")), "no bytes");
        refuses(storeBeside(model, named(model, "c")), "no initializer");
        check(model, storeBeside(model, weight), [&](const Model& after) {
            QVERIFY(isToBeStoredBeside(constant(after, "weight")));
            QVERIFY(constant(after, "weight").tensor.identicalTo(constant(model, "weight").tensor));
            refuses(storeBeside(after, weight), "already");
            check(after, storeInside(after, weight),
                  [&](const Model& back) { QVERIFY(!constant(back, "weight").external); });
        });
        model.graph.value(weight).initializer->external = graph::ExternalData{"weights.bin", 0, 4096, {}};
        QVERIFY(!isToBeStoredBeside(constant(model, "weight")));
        check(model, storeInside(model, weight),
              [&](const Model& after) { QVERIFY(!constant(after, "weight").external); });
        model.graph.value(weight).initializer->tensor =
            Tensor::borrow(graph::DataType::Float32, {1024}, nullptr);
        refuses(storeInside(model, weight), "could not be read");
    }

    void whatIsLargeGoesOfAllGraphs()
    {
        const Model model = sample();
        auto found = weightsBeside(model, 1024);
        QVERIFY(found.ok() && found->changes);
        QCOMPARE(found->touched.size(), std::size_t(2));
        QCOMPARE(found->before.outsideBytes, std::int64_t(0));
        QCOMPARE(found->afterwards.outsideBytes, std::int64_t(4096 + 2048));
        QCOMPARE(found->afterwards.constantBytes, found->before.constantBytes);
        QCOMPARE(found->notes.size(), std::size_t(1));
        QVERIFY(found->notes[0].find("beside the model with the next save: 2 tensors, 6") !=
                std::string::npos);
        check(model, found->edit, [&](const Model& after) {
            QVERIFY(isToBeStoredBeside(constant(after, "weight")));
            QVERIFY(isToBeStoredBeside(constant(after, "inner")));
            QVERIFY(!constant(after, "bias").external && !constant(after, "other").external);
            auto again = weightsBeside(after, 1024);
            QVERIFY(again.ok() && !again->changes);
            QVERIFY(again->notes.at(0).find("already: 2 tensors") != std::string::npos);
            auto back = weightsInside(after);
            QVERIFY(back.ok() && back->changes);
            QVERIFY(graph::equal(*back->after, model));
        });
        auto all = weightsBeside(model, 0);
        QVERIFY(all.ok());
        QCOMPARE(all->touched.size(), std::size_t(4)); // neither the text nor what has no bytes
        QVERIFY(!weightsInside(model)->changes);
        QVERIFY(!weightsBeside(model, -1).ok());
    }

    void whatCouldNotBeReadStaysWhereItIs()
    {
        Model model = sample();
        graph::Initializer& weight = *model.graph.value(named(model, "weight")).initializer;
        weight.external = graph::ExternalData{"gone.bin", 0, 4096, {}};
        weight.tensor = Tensor::borrow(graph::DataType::Float32, {1024}, nullptr);
        auto back = weightsInside(model);
        QVERIFY(back.ok() && !back->changes);
        QVERIFY(back->notes.at(0).find("could not be read") != std::string::npos);
    }

    void otherNumbersGoWhereTheOnesBeforeWereToGo()
    {
        Model model = sample();
        const ValueId weight = named(model, "weight");
        const auto numbers = Tensor::of<float>({2}, std::vector<float>{5, 6});
        model.graph.value(weight).initializer->external = graph::ExternalData();
        check(model, setInitializer(model, weight, numbers),
              [&](const Model& after) { QVERIFY(isToBeStoredBeside(constant(after, "weight"))); });
        check(model, setInitializer(model, weight, Tensor::ofStrings({1}, {"text"})),
              [&](const Model& after) { QVERIFY(!constant(after, "weight").external); });
        model.graph.value(weight).initializer->external = graph::ExternalData{"weights.bin", 0, 4096, {}};
        check(model, setInitializer(model, weight, numbers), [&](const Model& after) {
            QVERIFY(!constant(after, "weight").external); // those of the file are others
        });
    }

    void aFileOfWeightsIsAlwaysANewOne()
    {
        std::ofstream(path("m.onnx.data")) << "somebody's";
        const Model model = sample();
        const std::vector<Tensor> tensors = {constant(model, "bias").tensor,
                                             constant(model, "weight").tensor};
        auto file = formats::writeWeightsBeside(path("m.onnx"), tensors);
        QVERIFY2(file.ok(), file.ok() ? "" : file.error().text().c_str());
        QCOMPARE(file->path, path("m.onnx.2.data"));
        QCOMPARE(file->places.size(), std::size_t(2));
        QCOMPARE(file->places[1].location, std::string("m.onnx.2.data"));
        QCOMPARE(file->places[1].offset, std::int64_t(64));
        const std::string content = contentOf(file->path);
        QCOMPARE(content.size(), std::size_t(64 + 4096));
        QVERIFY(std::equal(content.begin() + 64, content.end(),
                           reinterpret_cast<const char*>(tensors[1].bytes())));
        QCOMPARE(formats::writeWeightsBeside(path("m.onnx"), tensors)->path, path("m.onnx.3.data"));
        QCOMPARE(contentOf(path("m.onnx.data")), std::string("somebody's"));
        QVERIFY(!formats::writeWeightsBeside(path("no/such/folder.onnx"), tensors).ok());
        QVERIFY(!formats::writeWeightsBeside(path("back\\slash.onnx"), tensors).ok());
        QCOMPARE(QDir(m_folder.path()).entryList(QDir::Files).size(), 3); // no leavings
    }

    void aModelIsNeverWrittenWithoutAPlace()
    {
        Model model = sample();
        model.graph.value(named(model, "weight")).initializer->external = graph::ExternalData();
        model.sourcePath = path("here.onnx");
        auto refused = formats::writeModel(model, path("placeless.onnx"));
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().text().find("\"weight\"") != std::string::npos);
        QVERIFY(!QFile::exists(QString::fromStdString(path("placeless.onnx"))));
    }

    // As after kill -9: the file as it was saved, and the journal behind it.
    void movesBehindASaveComeBack()
    {
        History history(sample());
        QVERIFY(history.apply(weightsBeside(history.model(), 1024)->edit).ok());
        Model written = history.model();
        const std::vector<Tensor> tensors = {constant(written, "weight").tensor,
                                             constant(written, "inner").tensor};
        auto places = formats::writeWeightsBeside(path("saved.onnx"), tensors);
        QVERIFY(places.ok());
        written.graph.value(named(written, "weight")).initializer->external = places->places[0];
        written.graph.value(named(written, "inner")).initializer->external = places->places[1];
        written.sourcePath = path("saved.onnx");
        QVERIFY(formats::writeModel(written, path("saved.onnx")).ok());
        auto asRead = formats::readModel(path("saved.onnx"));
        QVERIFY(asRead.ok());
        const Model saved = history.model();

        const auto journaled = [&](const char* name, const Model& now) {
            auto start = startOf(saved, *asRead, now);
            QVERIFY2(start.ok(), start.ok() ? "" : start.error().text().c_str());
            auto journal = Journal::create(path(name), FileIdentity{1, 2});
            QVERIFY(journal.ok() && (*journal)->append(*start).ok());
            history.setJournal(journal.releaseValue(), history.done());
        };
        const auto isInside = [&](const char* journal, bool weight, bool inner, const char* when) {
            auto content = readJournal(path(journal));
            QVERIFY2(content.ok(), when);
            Recovery recovery = recover(*asRead, *content);
            QVERIFY2(recovery.stoppedBy.empty() && recovery.refused == 0, when);
            const Model& model = recovery.history.model();
            QVERIFY2(constant(model, "weight").external.has_value() != weight, when);
            QVERIFY2(constant(model, "inner").external.has_value() != inner, when);
            for (const char* name : {"weight", "inner", "bias"})
                QVERIFY2(constant(model, name).tensor.identicalTo(constant(saved, name).tensor), when);
        };
        journaled("after", saved);
        isInside("after", false, false, "nothing since");
        QVERIFY(history.apply(*storeInside(history.model(), named(saved, "inner"))).ok());
        isInside("after", false, true, "one inside again");
        QVERIFY(history.undo().ok() && history.undo().ok());
        isInside("after", true, true, "undone behind the save");
        QVERIFY(history.redo().ok());
        isInside("after", false, false, "done again");
        // Moved while it was being saved.
        QVERIFY(history.apply(*storeInside(history.model(), named(saved, "weight"))).ok());
        journaled("meanwhile", history.model());
        isInside("meanwhile", true, false, "moved meanwhile");
    }

    void whatIsPastedTakesItsBytesAlong()
    {
        Model other = sample();
        other.graph.value(named(other, "weight")).initializer->external =
            graph::ExternalData{"other.data", 0, 4096, {}};
        other.graph.value(named(other, "inner")).initializer->external =
            graph::ExternalData{"other.data", 4096, 2048, {}};
        other.graph.value(named(other, "bias")).initializer->external = graph::ExternalData();
        Model model;
        model.irVersion = 8;
        model.opsets = {{"", 17}};
        check(model, paste(model, other), [&](const Model& after) {
            QVERIFY(!constant(after, "weight").external && !constant(after, "inner").external);
            QVERIFY(constant(after, "weight").tensor.identicalTo(constant(other, "weight").tensor));
            QVERIFY(isToBeStoredBeside(constant(after, "bias")));
        });
        // In one model they stay where they are.
        check(other, duplicate(other, {other.graph.main().nodes.front()}), [&](const Model& after) {
            std::size_t references = 0;
            for (std::size_t i = 0; i < after.graph.valueSlots(); ++i)
                if (const auto& value = after.graph.value(ValueId(i)); value.initializer)
                    references +=
                        value.initializer->external && !value.initializer->external->location.empty();
            QCOMPARE(references, std::size_t(3));
        });
    }

    void aMoveIsAShortRecord()
    {
        Model model = sample();
        model.graph.value(named(model, "weight")).initializer->tensor =
            Tensor::of<float>({1 << 18}, std::vector<float>(1 << 18, 4));
        History history(model);
        auto journal = Journal::create(path("short"), FileIdentity{1, 2});
        QVERIFY(journal.ok());
        history.setJournal(journal.releaseValue(), 0);
        QVERIFY(history.apply(weightsBeside(model, 1024)->edit).ok());
        QVERIFY(history.apply(*storeInside(history.model(), named(model, "inner"))).ok());
        QVERIFY(contentOf(path("short")).size() < 4096); // of a megabyte that moved
        auto content = readJournal(path("short"));
        QVERIFY(content.ok());
        Recovery recovery = recover(model, *content);
        QVERIFY2(recovery.stoppedBy.empty(), recovery.stoppedBy.c_str());
        QVERIFY(graph::equal(recovery.history.model(), history.model()));
        QVERIFY(recovery.history.undo().ok() && recovery.history.undo().ok());
        QVERIFY(graph::equal(recovery.history.model(), model));

        // Other numbers are told, as they must be.
        QVERIFY(history
                    .apply(*setInitializer(history.model(), named(model, "weight"),
                                           Tensor::of<float>({1 << 18}, std::vector<float>(1 << 18, 5))))
                    .ok());
        QVERIFY(contentOf(path("short")).size() > (1 << 20));
        recovery = recover(model, *readJournal(path("short")));
        QVERIFY(graph::equal(recovery.history.model(), history.model()));

        // A journal of a model that had other tensors.
        model.graph.value(named(model, "weight")).initializer->tensor =
            Tensor::of<float>({1}, std::vector<float>{1});
        recovery = recover(model, *content);
        QVERIFY(recovery.stoppedBy.find("does not fit") != std::string::npos);
        QVERIFY(graph::equal(recovery.history.model(), model));
    }
};

QTEST_GUILESS_MAIN(TestStorage)
#include "test_storage.moc"
