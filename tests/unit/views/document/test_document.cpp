// SPDX-License-Identifier: Apache-2.0
#include "views/document/correspondence.h"
#include "views/document/load.h"
#include "views/document/problem_list.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace orrery;
using document::CurrentNode;
using document::GraphStage;

class TestDocument : public QObject {
    Q_OBJECT

private slots:
    void originsLeadBothWays()
    {
        graph::Graph compute;
        for (auto origins : {std::vector<std::size_t>{4, 5}, {5}, {9}}) {
            graph::Node node;
            node.opType = "Any";
            for (std::size_t origin : origins)
                node.origins.push_back(NodeId(origin));
            compute.addNode(compute.mainRegion(), node);
        }
        const document::Correspondence both(compute);
        using Keys = std::vector<std::uint64_t>;
        QCOMPARE(both.keysIn(GraphStage::Dataflow, {GraphStage::Compute, 0}), (Keys{4, 5}));
        QCOMPARE(both.keysIn(GraphStage::Compute, {GraphStage::Dataflow, 5}), (Keys{0, 1}));
        QCOMPARE(both.keysIn(GraphStage::Compute, {GraphStage::Dataflow, 7}), Keys{});
        QCOMPARE(both.keysIn(GraphStage::Dataflow, {GraphStage::Dataflow, 7}), Keys{7});
        QCOMPARE(both.keysIn(GraphStage::Dataflow, {GraphStage::Compute, canvas::inputKey(3)}),
                 Keys{canvas::inputKey(3)});
        QCOMPARE(both.siblings({GraphStage::Dataflow, 4}), Keys{5});
        QCOMPARE(both.keysIn(GraphStage::Compute, CurrentNode{}), Keys{});
    }

    void theFocusTellsOnlyWhatChanged()
    {
        document::Focus focus;
        QSignalSpy changed(&focus, &document::Focus::currentChanged);
        focus.select(GraphStage::Dataflow, 3);
        focus.select(GraphStage::Dataflow, 3);
        QCOMPARE(changed.count(), 1);
        focus.clear();
        focus.clear();
        QCOMPARE(changed.count(), 2);
        QVERIFY(!focus.current().valid());
    }

    void problemsAreKeptOnceAndWorstFirst()
    {
        document::ProblemList list;
        const Problem note{Severity::Info, "note", "n", {}, "a note", ""};
        const Problem fault{Severity::Error, "fault", "n", {}, "a fault", ""};
        list.add({note, fault});
        list.add({fault});
        const auto all = std::move(list).worstFirst();
        QCOMPARE(all.size(), std::size_t(2));
        QCOMPARE(all[0].code, std::string("fault"));
    }

    void theContentDecidesWhatAFileIs()
    {
        QTemporaryDir folder;
        auto write = [&](const char* name, const QByteArray& content) {
            QFile file(folder.filePath(name));
            file.open(QIODevice::WriteOnly);
            file.write(content);
            return folder.filePath(name).toStdString();
        };
        auto kind = document::fileKind(write("a.onnx", "SQLite format 3"));
        QVERIFY(kind.ok() && *kind == document::FileKind::Trace);
        kind = document::fileKind(write("b.orrery", "\x08\x07"));
        QVERIFY(kind.ok() && *kind == document::FileKind::Model);
        QVERIFY(!document::fileKind(folder.path().toStdString()).ok());
        QVERIFY(!document::fileKind(folder.filePath("none").toStdString()).ok());
        QVERIFY(!document::fileKind("/dev/zero").ok());
    }
};

QTEST_GUILESS_MAIN(TestDocument)
#include "test_document.moc"
