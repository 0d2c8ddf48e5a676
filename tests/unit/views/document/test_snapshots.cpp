// SPDX-License-Identifier: Apache-2.0
//
// Snapshots of a model under edits: whatever the edits, undone and done again, a copy that was brought up to
// date equals one made anew; a copy that is held stays as it is.
#include "engine/edit/history.h"
#include "engine/formats/format.h"
#include "tests/unit/engine/edit/random_edit.h"
#include "views/document/snapshots.h"

#include <QtTest>

#include <set>

using namespace orrery;
using document::Snapshots;

namespace {

struct Edited {
    edit::History history;
    passes::IncrementalInference inference;
    Snapshots snapshots;

    explicit Edited(const graph::Model& model)
        : history(model)
        , inference(history.model(), ops::OpRegistry::builtin())
    {}
    void follow(const graph::Touched& touched)
    {
        snapshots.add(touched, inference.update(history.model(), touched));
    }
};

} // namespace

class TestSnapshots : public QObject {
    Q_OBJECT

private slots:
    void equalCopiesMadeAnew_data()
    {
        QTest::addColumn<QString>("file");
        for (const char* file : {"cifar10_cnn.onnxtxt", "transformer_block.onnxtxt", "if_branch.onnxtxt",
                                 "function_call.onnxtxt"})
            QTest::newRow(file) << file;
    }
    void equalCopiesMadeAnew()
    {
        QFETCH(QString, file);
        auto model = formats::readModel((QString(SAMPLE_GRAPHS "/") + file).toStdString());
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        Edited edited(*model);
        tests::Random random(7);
        std::set<const graph::Graph*> copies;
        std::size_t made = 0;
        std::shared_ptr<const graph::Model> held;
        graph::Model heldContent;
        for (int step = 0; step < 600; ++step) {
            auto touched = [&]() -> Result<graph::Touched> {
                const auto choice = random() % 10;
                if (choice < 3 && edited.history.done() > 0)
                    return edited.history.undo();
                if (choice < 4 && edited.history.done() < edited.history.size())
                    return edited.history.redo();
                return edited.history.apply(TRY(tests::randomEdit(edited.history.model(), random)));
            }();
            if (!touched.ok())
                continue;
            edited.follow(*touched);
            if (random() % 5 == 0)
                continue; // no copy of this state
            const graph::Model& now = edited.history.model();
            auto copy = edited.snapshots.model(now);
            auto typed = edited.snapshots.typed(now.graph, edited.inference.types());
            QVERIFY(graph::equal(*copy, now));
            QVERIFY(graph::equal(*typed, document::withTypes(now.graph, edited.inference.types())));
            QCOMPARE(copy->graph.nodeSlots(), now.graph.nodeSlots());
            QCOMPARE(copy->graph.valueSlots(), now.graph.valueSlots());
            copies.insert(typed.get());
            ++made;
            if (held)
                QVERIFY(graph::equal(*held, heldContent));
            if (random() % 20 == 0) {
                heldContent = *copy;
                held = copy;
            }
        }
        QVERIFY(made > 200);
        QVERIFY2(copies.size() < made / 2, "most were to be made of earlier ones");
    }

    void outliveTheirMaker()
    {
        auto model = formats::readModel(SAMPLE_GRAPHS "/mlp.onnxtxt");
        QVERIFY(model.ok());
        std::shared_ptr<const graph::Model> copy;
        {
            Edited edited(*model);
            edited.follow({});
            copy = edited.snapshots.model(edited.history.model());
        }
        QVERIFY(graph::equal(*copy, *model));
    }
};

QTEST_GUILESS_MAIN(TestSnapshots)
#include "test_snapshots.moc"
