// SPDX-License-Identifier: Apache-2.0
//
// Text that was shown and rewritten, as one edit: only what was rewritten changes, large constants stay, and
// whatever is written, the model is equal again after undo.
#include "engine/debug/extract.h"
#include "engine/edit/history.h"
#include "engine/edit/leave_out.h"
#include "engine/edit/revise.h"
#include "engine/formats/model_text.h"
#include "engine/graph/verify.h"

#include <QDir>
#include <QTest>

#include <random>

using namespace orrery;
using graph::Model;

namespace {

struct Shown {
    Model model;
    edit::ShownPart part;
    std::string text;

    explicit Shown(Model of, std::set<NodeId> nodes = {})
        : model(std::move(of))
    {
        Model piece = model;
        part.region = RegionId(0);
        part.isWhole = nodes.empty();
        if (part.isWhole) {
            part.nodes = model.graph.main().nodes;
        } else {
            piece = debug::extract(model, nodes).releaseValue();
            part.region = model.graph.node(*nodes.begin()).region;
            part.nodes = piece.graph.main().nodes;
        }
        edit::leaveOut(piece, edit::LeftOutAs::Declared,
                       [](const graph::Tensor& tensor) { return formats::hasTextForm(tensor, 4); });
        text = formats::textOf(piece, {4}).releaseValue();
    }

    Result<graph::Edit> revised(const std::string& written) const
    {
        auto shown = formats::modelFromText(text);
        auto now = formats::modelFromText(written);
        if (!now.ok())
            return now.error();
        return edit::revise(model, part, shown->model, now->model);
    }
    std::string with(const std::string& from, const std::string& to) const
    {
        std::string written = text;
        const std::size_t at = written.find(from);
        if (at == std::string::npos)
            qFatal("\"%s\" is not in\n%s", from.c_str(), text.c_str());
        return written.replace(at, from.size(), to);
    }
    // The model's text after the edit; also undoes it.
    std::string after(const std::string& written, bool largeToo = false) const
    {
        auto edit = revised(written);
        if (!edit.ok())
            return "refused: " + edit.error().text();
        edit::History history(model);
        if (auto applied = history.apply(*edit); !applied.ok())
            return "not applied: " + applied.error().text();
        Model now = history.model();
        if (!largeToo)
            edit::leaveOut(now, edit::LeftOutAs::Declared,
                           [](const graph::Tensor& tensor) { return formats::hasTextForm(tensor, 4); });
        std::string result = formats::textOf(now, {1000}).releaseValue();
        if (!history.undo().ok() || !graph::equal(history.model(), model))
            return "undo does not give back the model";
        return result;
    }
};

Model fromText(const char* text)
{
    auto read = formats::modelFromText(text);
    if (!read.ok())
        qFatal("%s", read.error().text().c_str());
    return std::move(read->model);
}

NodeId named(const Model& model, std::string_view name)
{
    for (NodeId id : model.graph.liveNodes())
        if (model.graph.node(id).name == name)
            return id;
    return {};
}

constexpr char sample[] = R"(<ir_version: 8, opset_import: ["" : 17]>
sample (bool c, float[8] x) => (float[8] y) <float[8] big = {1, 2, 3, 4, 5, 6, 7, 8}, float small = {2}> {
   [first] a = Relu (x)
   [second] b = Mul (a, big)
   [pick] p = If (c) <then_branch = yes () => (float[8] t) { [inner] t = Neg (b) },
                      else_branch = no () => (float[8] e) { e = Abs (b) }>
   [last] y = Mul (p, small)
})";

bool isEmpty(const graph::Edit& edit) { return std::get<graph::Group>(edit.kind).edits.empty(); }

} // namespace

class TestRevise : public QObject {
    Q_OBJECT
private slots:
    void textThatWasNotChangedIsNoEdit_data()
    {
        QTest::addColumn<QString>("path");
        for (const QString& name : QDir(SAMPLE_GRAPHS).entryList({"*.onnxtxt"}))
            QTest::newRow(name.toUtf8()) << QString(SAMPLE_GRAPHS "/") + name;
    }
    void textThatWasNotChangedIsNoEdit()
    {
        QFETCH(QString, path);
        Shown shown(formats::readModel(path.toStdString()).releaseValue());
        auto edit = shown.revised(shown.text);
        QVERIFY2(edit.ok(), edit.ok() ? "" : edit.error().text().c_str());
        QVERIFY(isEmpty(*edit));
        // Nor is a part of it, wherever it lies.
        for (NodeId id : shown.model.graph.liveNodes()) {
            Shown one(shown.model, {id});
            auto partly = one.revised(one.text);
            QVERIFY2(partly.ok(), partly.ok() ? "" : partly.error().text().c_str());
            QVERIFY(isEmpty(*partly));
        }
    }

    void attributesOperatorsAndInputsChangeInPlace()
    {
        Shown shown(fromText(sample));
        auto edit = shown.revised(shown.with("Relu (x)", "LeakyRelu <alpha = 0.5> (x)"));
        QVERIFY(edit.ok());
        QCOMPARE(std::get<graph::Group>(edit->kind).edits.size(),
                 std::size_t(2)); // the operator, the attribute
        edit::History history(shown.model);
        QVERIFY(history.apply(*edit).ok());
        const graph::Node& node = history.model().graph.node(named(shown.model, "first")); // the same node
        QCOMPARE(node.opType, std::string("LeakyRelu"));
        QCOMPARE(node.floatAttribute("alpha", 0), 0.5f);
        QVERIFY(shown.after(shown.with("y = Mul (p, small)", "y = Mul (a, small)")).find("Mul (a, small)") !=
                std::string::npos);
    }

    void aConstantWhoseNumbersAreNotShownStaysWhole()
    {
        Shown shown(fromText(sample));
        QVERIFY(shown.text.find("= {1") == std::string::npos);
        const std::string after = shown.after(shown.with("b = Mul (a, big)", "b = Div (a, big)"), true);
        QVERIFY2(after.find("big = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0}") != std::string::npos,
                 after.c_str());
        QVERIFY(after.find("Div (a, big)") != std::string::npos);
        // Other numbers may be given, another type alone may not.
        QVERIFY(shown.after(shown.with("float[8] big", "float[8] big = {8, 7, 6, 5, 4, 3, 2, 1}"), true)
                    .find("big = {8.0, 7.0") != std::string::npos);
        QVERIFY(shown.after(shown.with("float[8] big", "float[9] big")).starts_with("refused"));
    }

    void nodesComeAndGo()
    {
        Shown shown(fromText(sample));
        const std::string added = shown.after(
            shown.with("   [second] b = Mul (a, big)", "   n = Neg (a)\n   [second] b = Mul (n, big)"));
        QVERIFY2(added.find("n = Neg (a)\n   [second] b = Mul (n, big)") != std::string::npos, added.c_str());
        const std::string removed =
            shown.after(shown.with("   [first] a = Relu (x)\n", "").replace(0, 0, "").c_str());
        QVERIFY2(removed.find("Relu") == std::string::npos, removed.c_str());
        QVERIFY(removed.find("Mul (a, big)") != std::string::npos); // "a" is open then, and said so
    }

    void aNewNameForWhatANodeMakesIsARename()
    {
        Shown shown(fromText(sample), {named(fromText(sample), "first")});
        const std::string after = shown.after(shown.with("a = Relu", "relu_out = Relu"));
        QVERIFY2(after.find("b = Mul (relu_out, big)") != std::string::npos, after.c_str());
    }

    void bodiesAreRewrittenInPlace()
    {
        Shown shown(fromText(sample));
        auto edit = shown.revised(shown.with("t = Neg (b)", "k = Neg (b)\n t = Exp (k)"));
        QVERIFY2(edit.ok(), edit.ok() ? "" : edit.error().text().c_str());
        edit::History history(shown.model);
        QVERIFY(history.apply(*edit).ok());
        const NodeId pick = named(history.model(), "pick");
        QCOMPARE(pick, named(shown.model, "pick")); // the node stays
        QVERIFY(history.undo().ok());
        QVERIFY(graph::equal(history.model(), shown.model));
        // A node of a body alone, too.
        Shown inner(fromText(sample), {named(shown.model, "inner")});
        QVERIFY(inner.after(inner.with("Neg (b)", "Sqrt (b)")).find("t = Sqrt (b)") != std::string::npos);
    }

    void aPartReadsWhatTheModelHas()
    {
        Shown shown(fromText(sample), {named(fromText(sample), "last")});
        QVERIFY(shown.after(shown.with("Mul (p, small)", "Mul (b, small)")).find("y = Mul (b, small)") !=
                std::string::npos);
        // A name that the rest of the model has cannot be made once more.
        QVERIFY(shown.after(shown.with("[last] y", "b = Neg (p)\n[last] y")).starts_with("refused"));
    }

    void twoNodesCannotMakeOneValue()
    {
        Shown shown(fromText(sample));
        QVERIFY(shown.after(shown.with("b = Mul (a, big)", "b = Mul (a, big)\n b = Neg (a)"))
                    .starts_with("refused"));
    }

    void inputsOutputsAndTheHeaderOfTheWholeCanBeWritten()
    {
        Shown shown(fromText(sample));
        const std::string typed = shown.after(shown.with("float[8] x", "float[N] x"));
        QVERIFY2(typed.find("float[N] x") != std::string::npos, typed.c_str());
        const std::string more = shown.after(shown.with("=> (float[8] y)", "=> (float[8] y, float[8] a)"));
        QVERIFY2(more.find("float[8] a)") != std::string::npos, more.c_str());
        QVERIFY(shown.after(shown.with("\"\" : 17", "\"\" : 18")).find("\"\" : 18") != std::string::npos);
    }

    // Lines are dropped, doubled, swapped and mixed up; characters, too.
    void whateverIsWrittenNothingBreaks()
    {
        std::mt19937 random(7);
        std::size_t applied = 0;
        for (const QString& name : QDir(SAMPLE_GRAPHS).entryList({"*.onnxtxt"})) {
            Shown shown(formats::readModel((QString(SAMPLE_GRAPHS "/") + name).toStdString()).releaseValue());
            for (int round = 0; round < 60; ++round) {
                QStringList lines = QString::fromStdString(shown.text).split('\n');
                auto any = [&] { return qsizetype(random() % std::size_t(lines.size())); };
                switch (round % 5) {
                case 0:
                    lines.removeAt(any());
                    break;
                case 1:
                    lines.insert(any(), lines[any()]);
                    break;
                case 2:
                    lines.swapItemsAt(any(), any());
                    break;
                case 3: {
                    QString& line = lines[any()];
                    if (!line.isEmpty())
                        line[qsizetype(random() % std::size_t(line.size()))] =
                            QChar("abxy_(),={}<>\"1"[random() % 15]);
                    break;
                }
                default: {
                    QStringList words = lines[any()].split(' ');
                    std::shuffle(words.begin(), words.end(), random);
                    lines[any()] = words.join(' ');
                }
                }
                auto edit = shown.revised(lines.join('\n').toStdString());
                if (!edit.ok())
                    continue;
                edit::History history(shown.model);
                auto done = history.apply(*edit);
                QVERIFY2(done.ok(),
                         done.ok() ? "" : (name.toStdString() + ": " + done.error().text()).c_str());
                graph::verify(history.model());
                QVERIFY(history.undo().ok());
                QVERIFY(graph::equal(history.model(), shown.model));
                ++applied;
            }
        }
        QVERIFY(applied > 100);
    }
};

QTEST_APPLESS_MAIN(TestRevise)
#include "test_revise.moc"
