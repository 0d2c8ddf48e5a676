// SPDX-License-Identifier: Apache-2.0
//
// Undo, redo and the journal: what is recovered, from whole, torn, damaged and foreign journals.
#include "engine/edit/actions.h"
#include "engine/edit/history.h"
#include "engine/formats/format.h"

#include <QTemporaryDir>
#include <QTest>

#include <fstream>

using namespace orrery;
using namespace orrery::edit;

namespace {

graph::Model sample()
{
    graph::Model model;
    model.opsets = {{"", 17}};
    graph::Graph& g = model.graph;
    ValueId x = g.addValue(RegionId(0), "x", graph::ValueType::tensor(graph::DataType::Float32));
    ValueId y = g.addValue(RegionId(0), "y");
    g.main().inputs = {x};
    g.main().outputs = {y};
    graph::Node node;
    node.opType = "Relu";
    node.inputs = {x};
    node.outputs = {y};
    g.addNode(RegionId(0), node);
    return model;
}

constexpr NodeId relu(0);

graph::Edit attribute(const graph::Model& model, std::int64_t value)
{
    return setAttribute(model, relu, "a", value).releaseValue();
}

std::string contentOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::span<const std::byte> bytesOf(const std::string& text)
{
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

} // namespace

class TestHistory : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string path(const char* name) const { return (m_folder.path() + "/" + name).toStdString(); }

private slots:
    void stepsHaveNamesAndANewEditDropsWhatWasUndone()
    {
        History history(sample());
        QVERIFY(!history.canUndo() && !history.isModified());
        QVERIFY(!history.undo().ok() && !history.redo().ok());
        for (std::int64_t i = 0; i < 4; ++i)
            QVERIFY(history.apply(attribute(history.model(), i)).ok());
        QCOMPARE(history.name(2), std::string("Set attribute a"));
        QVERIFY(history.goTo(1).ok());
        QCOMPARE(history.model().graph.node(relu).intAttribute("a", -1), std::int64_t(0));
        QVERIFY(history.goTo(4).ok());
        QCOMPARE(history.model().graph.node(relu).intAttribute("a", -1), std::int64_t(3));
        QVERIFY(!history.goTo(5).ok());
        QVERIFY(history.goTo(2).ok());
        QVERIFY(history.apply(attribute(history.model(), 9)).ok());
        QCOMPARE(history.size(), std::size_t(3));
        QVERIFY(!history.canRedo());
    }

    void knowsWhetherTheSavedStateIsShown()
    {
        History history(sample());
        QVERIFY(history.apply(attribute(history.model(), 1)).ok());
        QVERIFY(history.isModified());
        history.markSaved(history.state());
        QVERIFY(!history.isModified());
        QVERIFY(history.undo().ok());
        QVERIFY(history.isModified());
        QVERIFY(history.redo().ok());
        QVERIFY(!history.isModified());
        QVERIFY(history.undo().ok());
        QVERIFY(history.apply(attribute(history.model(), 2)).ok()); // what was saved is out of reach
        QVERIFY(history.isModified());
        QVERIFY(history.undo().ok());
        QVERIFY(history.isModified());
    }

    void aRefusedEditLeavesEverythingAsItIs()
    {
        History history(sample());
        QVERIFY(history.apply(attribute(history.model(), 1)).ok());
        QVERIFY(history.undo().ok());
        QVERIFY(!history.apply(graph::RemoveNode{NodeId(7)}).ok());
        QVERIFY(history.canRedo());
        QVERIFY(graph::equal(history.model(), sample()));
    }

    void theJournalGivesBackTheSession()
    {
        const FileIdentity identity{10, 20};
        History history(sample());
        auto journal = Journal::create(path("session"), identity);
        QVERIFY(journal.ok());
        history.setJournal(journal.releaseValue(), 0);
        QVERIFY(history.apply(*insertAfter(history.model(), ValueId(0), {"Neg"})).ok());
        QVERIFY(history.apply(attribute(history.model(), 5)).ok());
        // Refused after it took slots, so ids of what follows differ from what they were without it.
        graph::Value value;
        value.id = ValueId(history.model().graph.valueSlots());
        value.region = RegionId(0);
        QVERIFY(!history.apply(graph::Group{"no", {graph::AddValues{{value}}, graph::RemoveNode{NodeId(99)}}})
                     .ok());
        QVERIFY(history.apply(*insertAfter(history.model(), ValueId(0), {"Abs"})).ok());
        QVERIFY(history.undo().ok());
        QVERIFY(history.undo().ok());
        QVERIFY(history.redo().ok());

        auto content = readJournal(path("session"));
        QVERIFY(content.ok());
        QVERIFY(content->model == identity);
        QCOMPARE(content->lostBytes, std::uint64_t(0));
        Recovery recovery = recover(sample(), *content);
        QVERIFY2(recovery.stoppedBy.empty(), recovery.stoppedBy.c_str());
        QCOMPARE(recovery.refused, std::size_t(1));
        QVERIFY(graph::equal(recovery.history.model(), history.model()));
        QCOMPARE(recovery.history.size(), history.size());
        QCOMPARE(recovery.history.done(), history.done());
        QVERIFY(recovery.history.redo().ok() && history.redo().ok());
        QVERIFY(graph::equal(recovery.history.model(), history.model()));
    }

    // The file has other ids than the graph that was edited: a node and values are gone from it.
    void theJournalGoesOnAfterASaveAndBehindIt()
    {
        History history(sample());
        const auto act = [&](const Result<graph::Edit>& edit) {
            return edit.ok() && history.apply(*edit).ok();
        };
        QVERIFY(act(insertAfter(history.model(), ValueId(0), {"Neg"})));
        QVERIFY(act(insertAfter(history.model(), ValueId(0), {"Abs"})));
        const NodeId neg(1);
        QCOMPARE(history.model().graph.node(neg).opType, std::string("Neg"));
        QVERIFY(act(deleteNodes(history.model(), {neg}, Reconnect::Yes)));

        const std::string file = path("saved.onnx");
        QVERIFY(formats::writeModel(history.model(), file, {}, nullptr).ok());
        auto asRead = formats::readModel(file);
        QVERIFY(asRead.ok());
        QVERIFY(asRead->graph.nodeSlots() < history.model().graph.nodeSlots());
        auto start = startOf(history.model(), *asRead, history.model());
        QVERIFY2(start.ok(), start.ok() ? "" : start.error().text().c_str());
        auto journal = Journal::create(path("after"), FileIdentity{1, 2});
        QVERIFY(journal.ok() && (*journal)->append(*start).ok());
        history.setJournal(journal.releaseValue(), history.done());

        const auto comesBack = [&](const char* when) {
            auto content = readJournal(path("after"));
            QVERIFY2(content.ok() && content->hasEdits(), when);
            Recovery recovery = recover(*asRead, *content);
            QVERIFY2(recovery.stoppedBy.empty(), recovery.stoppedBy.c_str());
            QCOMPARE(recovery.refused, std::size_t(0));
            // What is remembered of how a file encoded it differs, what ONNX holds does not.
            const std::string recovered = path("recovered.onnxtxt"), expected = path("expected.onnxtxt");
            QVERIFY(formats::writeModel(recovery.history.model(), recovered, {}, nullptr).ok());
            QVERIFY(formats::writeModel(history.model(), expected, {}, nullptr).ok());
            QVERIFY2(contentOf(recovered) == contentOf(expected), when);
            for (NodeId node : history.model().graph.liveNodes())
                QVERIFY2(recovery.history.model().graph.contains(node), when);
        };
        QVERIFY(!readJournal(path("after"))->hasEdits());
        QVERIFY(act(attribute(history.model(), 3)));
        comesBack("an edit");
        QVERIFY(history.undo().ok());
        comesBack("undone");
        QVERIFY(history.undo().ok()); // of what was done before the save: the removed node is there again
        QVERIFY(history.model().graph.contains(neg));
        comesBack("undone behind the save");
        QVERIFY(history.redo().ok() && history.redo().ok());
        comesBack("done again");
        QVERIFY(history.undo().ok() && history.undo().ok() && history.undo().ok());
        QVERIFY(act(insertAfter(history.model(), ValueId(0), {"Exp"})));
        comesBack("another way");
        QVERIFY(history.undo().ok());
        comesBack("and back");
    }

    void aStartOfAnotherModelIsRefused()
    {
        const graph::Model model = sample();
        auto start = startOf(model, model, model);
        QVERIFY(start.ok());
        graph::Model other = sample();
        start->numbering.nodes.clear();
        QVERIFY(!resume(other, *start).ok());
        start->numbering.nodes.assign(std::size_t(1) << 23, NodeId());
        other = sample();
        QVERIFY(!resume(other, *start).ok());
        graph::Model longer = sample();
        QVERIFY(graph::apply(longer, *insertAfter(longer, ValueId(0), {"Neg"})).ok());
        QVERIFY(!startOf(longer, model, longer).ok());
    }

    void aTornOrDamagedEndIsLeftOut()
    {
        std::vector<std::size_t> ends;
        {
            auto journal = Journal::create(path("torn"), {});
            QVERIFY(journal.ok());
            graph::Model model = sample();
            for (std::int64_t i = 0; i < 5; ++i) {
                ends.push_back(contentOf(path("torn")).size());
                QVERIFY((*journal)->append(attribute(model, i)).ok());
            }
            ends.push_back(contentOf(path("torn")).size());
        }
        const std::string whole = contentOf(path("torn"));
        for (std::size_t size = 0; size <= whole.size(); ++size) {
            auto content = parseJournal(bytesOf(whole.substr(0, size)));
            QCOMPARE(content.ok(), size >= ends.front());
            if (!content.ok())
                continue;
            auto complete =
                static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin() - 1);
            QCOMPARE(content->records.size(), complete);
            QCOMPARE(content->validBytes, std::uint64_t(ends[complete]));
            QCOMPARE(content->lostBytes, std::uint64_t(size - ends[complete]));
        }
        for (std::size_t at = 0; at < whole.size(); ++at) { // one bit flipped
            std::string damaged = whole;
            damaged[at] = static_cast<char>(damaged[at] ^ 4);
            auto content = parseJournal(bytesOf(damaged));
            if (content.ok())
                QVERIFY(content->records.size() < 5);
        }
    }

    void editingGoesOnBehindATornEnd()
    {
        {
            auto journal = Journal::create(path("resumed"), {});
            QVERIFY(journal.ok() && (*journal)->append(attribute(sample(), 1)).ok());
        }
        std::ofstream(path("resumed"), std::ios::binary | std::ios::app) << "torn";
        auto content = readJournal(path("resumed"));
        QVERIFY(content.ok());
        QCOMPARE(content->lostBytes, std::uint64_t(4));
        Recovery recovery = recover(sample(), *content);
        auto journal = Journal::resume(path("resumed"), *content);
        QVERIFY(journal.ok());
        recovery.history.setJournal(journal.releaseValue(), 0);
        QVERIFY(recovery.history.apply(attribute(recovery.history.model(), 2)).ok());
        content = readJournal(path("resumed"));
        QVERIFY(content.ok());
        QCOMPARE(content->records.size(), std::size_t(2));
        QCOMPARE(content->lostBytes, std::uint64_t(0));
    }

    void twoProgramsDoNotWriteOneJournal()
    {
        auto first = Journal::create(path("locked"), {});
        QVERIFY(first.ok());
        auto second = Journal::create(path("locked"), {});
        QVERIFY(!second.ok());
        QVERIFY(second.error().message.find("another program") != std::string::npos);
        (*first)->remove();
        QVERIFY(!QFile::exists(QString::fromStdString(path("locked"))));
        QVERIFY(!(*first)->append(UndoRecord()).ok());
        QVERIFY(Journal::create(path("locked"), {}).ok());
    }

    void whatIsNoJournalIsRefused()
    {
        std::ofstream(path("text")) << "hello, this is some text and no journal of anything";
        auto content = readJournal(path("text"));
        QVERIFY(!content.ok());
        QVERIFY(content.error().text().find("no journal") != std::string::npos);
        QVERIFY(!readJournal(path("missing")).ok());
        QVERIFY(!readJournal(m_folder.path().toStdString()).ok());
        QVERIFY(!Journal::create(path("no/such/folder"), {}).ok());
    }

    void aModelFileIsKnownByItsContent()
    {
        std::ofstream(path("a.onnx")) << "abc";
        std::ofstream(path("b.onnx")) << "abd";
        auto a = identify(path("a.onnx")), b = identify(path("b.onnx"));
        QVERIFY(a.ok() && b.ok());
        QCOMPARE(a->bytes, std::uint64_t(3));
        QCOMPARE(a->hash, std::uint64_t(0xe71fa2190541574b)); // FNV-1a of "abc"
        QVERIFY(!(*a == *b));
        QCOMPARE(journalPath("/m/a.onnx"), std::string("/m/.a.onnx.orrery-journal"));
        QCOMPARE(journalPath("a.onnx"), std::string(".a.onnx.orrery-journal"));
    }
};

QTEST_APPLESS_MAIN(TestHistory)
#include "test_history.moc"
