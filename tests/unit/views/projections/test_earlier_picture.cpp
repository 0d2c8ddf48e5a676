// SPDX-License-Identifier: Apache-2.0
//
// A picture that takes from the one before what looks the same equals one made anew, whatever the edits.
#include "engine/edit/history.h"
#include "engine/formats/format.h"
#include "engine/passes/infer.h"
#include "tests/unit/engine/edit/random_edit.h"
#include "views/projections/projection.h"

#include <QtTest>
#include <fmt/format.h>

using namespace orrery;

namespace {

struct Picture {
    graph::Graph graph;
    canvas::DisplayGraph shown;
};

std::vector<Problem> someProblems(const graph::Graph& graph, tests::Random& random)
{
    std::vector<Problem> problems;
    for (NodeId id : graph.liveNodes())
        if (random() % 4 == 0)
            problems.push_back(
                {random() % 2 ? Severity::Error : Severity::Warning, "code", "", id, "text", ""});
    return problems;
}

QString differenceOf(const canvas::DisplayGraph& a, const canvas::DisplayGraph& b)
{
    auto text = [](const canvas::DisplayGraph& graph) {
        std::vector<std::string> lines{graph.title};
        for (const auto& n : graph.nodes)
            lines.push_back(fmt::format("{} {} {} {} {} {} {} | {} | {} | {} | {} | {} | {} {} | {}", n.id,
                                        n.key, int(n.kind), int(n.category), int(n.badge), n.group,
                                        n.bodyDepth, n.title, n.subtitle, n.scope, fmt::join(n.lines, "\n"),
                                        n.toolTip, n.overlay.measured, n.overlay.label,
                                        fmt::join(n.origins, ",")));
        for (const auto& e : graph.edges)
            lines.push_back(fmt::format("{}.{} {}.{} {} {} {}", e.from, e.fromPort, e.to, e.toPort,
                                        int(e.kind), e.key, e.label));
        for (const auto& g : graph.groups)
            lines.push_back(
                fmt::format("{} {} {} {} {}", g.key, g.parent, g.title, g.collapsed, int(g.badge)));
        return lines;
    };
    const auto x = text(a), y = text(b);
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
        if (x[i] != y[i])
            return QString::fromStdString(x[i] + "\n  against\n" + y[i]);
    return x.size() == y.size() ? QString() : QString("%1 against %2 items").arg(x.size()).arg(y.size());
}

} // namespace

class TestEarlierPicture : public QObject {
    Q_OBJECT

private slots:
    void equalsOneMadeAnew_data()
    {
        QTest::addColumn<QString>("file");
        for (const char* file : {"cifar10_cnn", "transformer_block", "if_branch", "scan", "symbolic_reshape"})
            QTest::newRow(file) << file;
    }
    void equalsOneMadeAnew()
    {
        QFETCH(QString, file);
        auto model = formats::readModel((SAMPLE_GRAPHS "/" + file + ".onnxtxt").toStdString());
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        edit::History history(*model);
        tests::Random random(11);
        std::optional<Picture> before;
        std::size_t made = 0;
        for (int step = 0; step < 400; ++step) {
            if (random() % 3 == 0 && history.canUndo())
                (void)history.undo();
            else if (auto edit = tests::randomEdit(history.model(), random); edit.ok())
                (void)history.apply(*edit);
            Picture now{history.model().graph, {}};
            const auto types = passes::inferTypes(history.model(), ops::OpRegistry::builtin()).types;
            for (std::size_t i = 0; i < types.size(); ++i)
                if (types[i].kind != graph::TypeKind::Unknown)
                    now.graph.value(ValueId(i)).type = types[i];
            const auto problems = someProblems(now.graph, random);
            for (const auto& spec : projections::projectionSpecs()) {
                if (spec.id != "dataflow")
                    continue;
                projections::ProjectionInput input{now.graph, "title"};
                input.problems = problems;
                now.shown = spec.make(input);
                if (!before)
                    continue;
                input.earlier = {&before->graph, &before->shown};
                const auto difference = differenceOf(spec.make(input), now.shown);
                QVERIFY2(difference.isEmpty(), qPrintable(difference));
                ++made;
            }
            for (auto& node : now.shown.nodes) // as an overlay leaves them
                node.overlay = {true, 0.5f, false, "1 ms"};
            before = std::move(now);
        }
        QVERIFY(made > 300);
    }
};

QTEST_GUILESS_MAIN(TestEarlierPicture)
#include "test_earlier_picture.moc"
