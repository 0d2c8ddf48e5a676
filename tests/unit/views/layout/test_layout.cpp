// SPDX-License-Identifier: Apache-2.0
//
// What every layout must hold: no overlaps, edges that run downwards and end at their boxes, groups around
// their members, the same result twice; and that hostile graphs are laid out at all.
#include "views/layout/layering.h"
#include "views/layout/layout.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <random>
#include <set>

using namespace orrery::layout;

namespace {

LayoutRequest chain(std::uint32_t n)
{
    LayoutRequest request;
    request.nodes.assign(n, {{100, 40}});
    for (std::uint32_t i = 0; i + 1 < n; ++i)
        request.edges.push_back({i, i + 1});
    return request;
}

LayoutRequest residual(std::uint32_t blocks, bool grouped)
{
    LayoutRequest request;
    request.nodes.push_back({{80, 30}});
    std::uint32_t last = 0;
    for (std::uint32_t b = 0; b < blocks; ++b) {
        std::uint32_t group = noGroup;
        if (grouped) {
            group = std::uint32_t(request.groups.size());
            request.groups.push_back({noGroup, {120, 24}});
        }
        const std::uint32_t entry = last;
        for (int i = 0; i < 5; ++i) {
            const auto node = std::uint32_t(request.nodes.size());
            request.nodes.push_back({{100.0 + 10 * i, 40}, group});
            request.edges.push_back({last, node});
            last = node;
        }
        request.edges.push_back({entry, last});
    }
    return request;
}

LayoutRequest randomDag(std::uint32_t n, std::uint32_t edges, unsigned seed)
{
    std::mt19937 random(seed);
    LayoutRequest request;
    for (std::uint32_t i = 0; i < n; ++i)
        request.nodes.push_back({{60.0 + random() % 100, 20.0 + random() % 60}});
    for (std::uint32_t e = 0; e < edges; ++e) {
        std::uint32_t a = random() % n, b = random() % n;
        if (a != b)
            request.edges.push_back({std::min(a, b), std::max(a, b)});
    }
    return request;
}

LayoutResult run(const LayoutRequest& request)
{
    auto result = layout(request);
    if (!result.ok())
        qFatal("layout failed: %s", result.error().text().c_str());
    return result.releaseValue();
}

// The first pair of boxes that overlap, or (-1, -1).
std::pair<int, int> overlap(const std::vector<Rect>& rects)
{
    std::vector<int> order(rects.size());
    for (std::size_t i = 0; i < rects.size(); ++i)
        order[i] = int(i);
    std::sort(order.begin(), order.end(), [&](int a, int b) { return rects[a].y < rects[b].y; });
    std::set<std::pair<double, int>> open; // by left
    std::multiset<std::pair<double, int>> ends;
    for (int i : order) {
        while (!ends.empty() && ends.begin()->first <= rects[i].y + 0.01) {
            const int gone = ends.begin()->second;
            open.erase({rects[gone].x, gone});
            ends.erase(ends.begin());
        }
        auto after = open.lower_bound({rects[i].x, -1});
        if (after != open.end() && after->first + 0.01 < rects[i].right())
            return {i, after->second};
        if (after != open.begin() && rects[std::prev(after)->second].right() > rects[i].x + 0.01)
            return {std::prev(after)->second, i};
        open.insert({rects[i].x, i});
        ends.insert({rects[i].bottom(), i});
    }
    return {-1, -1};
}

void checkCommon(const LayoutRequest& request, const LayoutResult& result)
{
    QCOMPARE(result.nodes.size(), request.nodes.size());
    QCOMPARE(result.groups.size(), request.groups.size());
    QCOMPARE(result.edgeStart.size(), request.edges.size() + 1);
    QCOMPARE(overlap(result.nodes), std::pair(-1, -1));
    for (std::size_t e = 0; e < request.edges.size(); ++e) {
        QVERIFY(result.edgeStart[e + 1] - result.edgeStart[e] >= 2);
        const Point first = result.points[result.edgeStart[e]],
                    last = result.points[result.edgeStart[e + 1] - 1];
        const Rect from = result.nodes[request.edges[e].from], to = result.nodes[request.edges[e].to];
        QVERIFY(std::abs(first.y - from.bottom()) < 0.01 && first.x >= from.x && first.x <= from.right());
        QVERIFY(std::abs(last.y - to.y) < 0.01 && last.x >= to.x && last.x <= to.right());
        if (result.backEdge[e])
            continue;
        for (std::uint32_t p = result.edgeStart[e]; p + 1 < result.edgeStart[e + 1]; ++p)
            QVERIFY(result.points[p].y <= result.points[p + 1].y + 0.01);
    }
    for (const Rect& rect : result.nodes)
        QVERIFY(rect.x >= -0.01 && rect.y >= -0.01 && rect.right() <= result.bounds.right() + 0.01 &&
                rect.bottom() <= result.bounds.bottom() + 0.01);
}

bool crosses(Point a, Point b, const Rect& rect)
{
    // Liang–Barsky against the rectangle without its rim.
    const double x0 = rect.x + 0.5, x1 = rect.right() - 0.5, y0 = rect.y + 0.5, y1 = rect.bottom() - 0.5;
    double from = 0, to = 1;
    const double dx = b.x - a.x, dy = b.y - a.y;
    for (auto [p, q] : {std::pair(-dx, a.x - x0), {dx, x1 - a.x}, {-dy, a.y - y0}, {dy, y1 - a.y}}) {
        if (p == 0) {
            if (q < 0)
                return false;
        } else if (p < 0) {
            from = std::max(from, q / p);
        } else {
            to = std::min(to, q / p);
        }
    }
    return from < to;
}

} // namespace

class TestLayout : public QObject {
    Q_OBJECT

private slots:
    void emptyGraphHasAnEmptyPicture()
    {
        auto result = run({});
        QCOMPARE(result.nodes.size(), 0u);
        QCOMPARE(result.bounds.width, 0.0);
    }

    void separateKeepsGapsAndTheMean()
    {
        std::vector<double> desired{5, 5, 5, 100}, weight{1, 1, 1, 1}, gap{10, 10, 10}, value(4);
        separate(desired, weight, gap, value);
        QCOMPARE(value, (std::vector<double>{-5, 5, 15, 100}));
    }

    void aChainIsAStraightLine()
    {
        auto result = run(chain(30));
        for (const Rect& rect : result.nodes)
            QCOMPARE(rect.center().x, result.nodes[0].center().x);
        QVERIFY(result.nodes[29].y > result.nodes[0].y);
    }

    void theMainPathOfAResidualNetworkIsStraight()
    {
        auto request = residual(20, false);
        auto result = run(request);
        checkCommon(request, result);
        for (const Rect& rect : result.nodes)
            QVERIFY2(std::abs(rect.center().x - result.nodes[0].center().x) < 1, "the main path bends");
    }

    void randomGraphsKeepTheRules_data()
    {
        QTest::addColumn<int>("nodes");
        QTest::addColumn<int>("edges");
        for (int i = 0; i < 40; ++i)
            QTest::addRow("seed %d", i) << 3 + i * 5 << i * 9;
    }

    void randomGraphsKeepTheRules()
    {
        QFETCH(int, nodes);
        QFETCH(int, edges);
        auto request = randomDag(nodes, edges, nodes);
        auto result = run(request);
        checkCommon(request, result);
        for (std::size_t e = 0; e < request.edges.size(); ++e)
            for (std::uint32_t p = result.edgeStart[e]; p + 1 < result.edgeStart[e + 1]; ++p)
                for (const Rect& rect : result.nodes)
                    QVERIFY2(!crosses(result.points[p], result.points[p + 1], rect),
                             "an edge crosses a node");
        auto again = run(request);
        QVERIFY(again.points == result.points);
    }

    void leftToRightIsTheSameTurned()
    {
        auto request = randomDag(50, 90, 7);
        request.options.direction = Direction::LeftToRight;
        auto result = run(request);
        QCOMPARE(overlap(result.nodes), std::pair(-1, -1));
        for (std::size_t e = 0; e < request.edges.size(); ++e)
            QVERIFY(result.nodes[request.edges[e].from].right() < result.nodes[request.edges[e].to].x);
    }

    void aConstantStandsJustAboveItsConsumer()
    {
        auto request = chain(10);
        request.nodes.push_back({{40, 20}});
        request.edges.push_back({10, 8});
        auto result = run(request);
        QVERIFY(result.nodes[10].y > result.nodes[6].bottom());
        QVERIFY(result.nodes[10].bottom() < result.nodes[8].y);
    }

    void whatIsDerivedFromAHubStandsByItsReader()
    {
        // Every second link of a chain also reads the hub, through two nodes of its own.
        constexpr std::uint32_t length = 40;
        auto request = chain(length);
        const auto hub = length;
        request.nodes.push_back({{40, 20}});
        request.edges.push_back({0, hub});
        std::vector<std::array<std::uint32_t, 3>> derived;
        for (std::uint32_t reader = 5; reader < length; reader += 2) {
            const auto near = std::uint32_t(request.nodes.size());
            request.nodes.insert(request.nodes.end(), 2, {{40, 20}});
            request.edges.insert(request.edges.end(), {{hub, near}, {near, near + 1}, {near + 1, reader}});
            derived.push_back({near, near + 1, reader});
        }
        const auto rank = ranks(request.nodes.size(), request.edges);
        for (const auto& [first, second, reader] : derived) {
            QCOMPARE(rank[second] + 1, rank[reader]);
            QCOMPARE(rank[first] + 1, rank[second]);
        }
        for (const auto& edge : request.edges)
            QVERIFY(rank[edge.from] < rank[edge.to]);
        checkCommon(request, run(request));
    }

    void sinkingNeverMakesEdgesLonger()
    {
        // Without hubs: the sum of spans is at most that of longest distances from a source.
        for (unsigned seed = 0; seed < 50; ++seed) {
            auto request = randomDag(60, 70, seed);
            std::vector<std::uint32_t> readers(request.nodes.size(), 0), depth(request.nodes.size(), 0);
            std::erase_if(request.edges, [&](const auto& edge) { return ++readers[edge.from] > 4; });
            for (std::size_t e = 0; e < request.edges.size(); ++e) // each edge carries a value of its own
                request.edges[e].fromPort = std::uint16_t(e);
            std::stable_sort(request.edges.begin(), request.edges.end(),
                             [](const auto& a, const auto& b) { return a.from < b.from; });
            for (const auto& edge : request.edges)
                depth[edge.to] = std::max(depth[edge.to], depth[edge.from] + 1);
            const auto rank = ranks(request.nodes.size(), request.edges);
            std::int64_t sunk = 0, plain = 0;
            for (const auto& edge : request.edges) {
                QVERIFY(rank[edge.from] < rank[edge.to]);
                sunk += rank[edge.to] - rank[edge.from];
                plain += depth[edge.to] - depth[edge.from];
            }
            QVERIFY2(sunk <= plain, qPrintable(QString("%1 > %2, seed %3").arg(sunk).arg(plain).arg(seed)));
        }
    }

    void cyclesAndSelfLoopsBecomeBackEdges()
    {
        auto request = chain(5);
        request.edges.push_back({4, 1});
        request.edges.push_back({2, 2});
        request.edges.push_back({3, 3});
        auto result = run(request);
        checkCommon(request, result);
        QCOMPARE(std::count(result.backEdge.begin(), result.backEdge.end(), 1), 3);
        QVERIFY(result.backEdge[4] && result.backEdge[5] && result.backEdge[6]);
    }

    void groupsEncloseTheirMembersAndNothingElse()
    {
        auto request = residual(12, true);
        auto result = run(request);
        checkCommon(request, result);
        QCOMPARE(overlap(result.groups), std::pair(-1, -1));
        for (std::size_t i = 0; i < request.nodes.size(); ++i)
            for (std::size_t g = 0; g < request.groups.size(); ++g) {
                const Rect node = result.nodes[i], group = result.groups[g];
                const bool inside = node.x >= group.x && node.right() <= group.right() &&
                                    node.y >= group.y + 24 && node.bottom() <= group.bottom();
                QCOMPARE(inside, request.nodes[i].group == g);
            }
    }

    void groupsMayDependOnEachOther()
    {
        // A → B → A as groups, although the nodes form no cycle.
        LayoutRequest request = chain(3);
        request.groups = {{noGroup, {60, 20}}, {noGroup, {60, 20}}};
        request.nodes[0].group = request.nodes[2].group = 0;
        request.nodes[1].group = 1;
        auto result = run(request);
        QCOMPARE(std::count(result.backEdge.begin(), result.backEdge.end(), 1), 1);
        QCOMPARE(overlap(result.groups), std::pair(-1, -1));
    }

    void nestedGroupsAreCutAtEveryFrame()
    {
        LayoutRequest request = chain(6);
        request.groups = {{noGroup, {50, 20}}, {0, {50, 20}}, {1, {50, 20}}, {noGroup, {50, 20}}};
        request.nodes[1].group = 0;
        request.nodes[2].group = 1;
        request.nodes[3].group = 2;
        request.nodes[4].group = 3;
        request.edges.push_back({3, 5});
        auto result = run(request);
        checkCommon(request, result);
        QVERIFY(result.groups[2].y > result.groups[1].y && result.groups[1].y > result.groups[0].y);
        QVERIFY(result.groups[2].bottom() < result.groups[1].bottom());
    }

    void disconnectedPartsStandSideBySide()
    {
        auto request = chain(5);
        for (int i = 0; i < 50; ++i)
            request.nodes.push_back({{30, 30}});
        auto result = run(request);
        checkCommon(request, result);
        QVERIFY(result.bounds.width < 1500 && result.bounds.height < 1500);
    }

    void hugeAndHostileGraphsAreLaidOut_data()
    {
        QTest::addColumn<int>("which");
        QTest::newRow("chain of 1,000,000") << 0;
        QTest::newRow("1,000,000 isolated") << 1;
        QTest::newRow("hub to 100,000 consumers") << 2;
        QTest::newRow("one node with 100,000 inputs") << 3;
        QTest::newRow("complete bipartite 300 x 300") << 4;
        QTest::newRow("random 100,000") << 5;
        QTest::newRow("100,000 groups") << 6;
        QTest::newRow("hub into every rank of a chain of 20,000") << 7;
        QTest::newRow("complete graph both ways of 100") << 8;
    }

    void hugeAndHostileGraphsAreLaidOut()
    {
        QFETCH(int, which);
        LayoutRequest request;
        const std::uint32_t many = 100'000;
        switch (which) {
        case 0:
            request = chain(1'000'000);
            break;
        case 1:
            request.nodes.assign(1'000'000, {{50, 20}});
            break;
        case 2:
        case 3:
            request.nodes.assign(many + 1, {{50, 20}});
            for (std::uint32_t i = 1; i <= many; ++i)
                request.edges.push_back(which == 2 ? LayoutEdge{0, i} : LayoutEdge{i, 0});
            break;
        case 4:
            request.nodes.assign(600, {{50, 20}});
            for (std::uint32_t a = 0; a < 300; ++a)
                for (std::uint32_t b = 300; b < 600; ++b)
                    request.edges.push_back({a, b});
            break;
        case 5:
            request = chain(many);
            for (std::uint32_t i = 0; i + 6 < many; i += 2)
                request.edges.push_back({i, i + 3 + i % 4});
            break;
        case 6:
            request = chain(many);
            for (std::uint32_t i = 0; i < many; ++i) {
                request.groups.push_back({noGroup, {50, 20}});
                request.nodes[i].group = i;
            }
            break;
        case 7:
            request = chain(20'000);
            for (std::uint32_t i = 2; i < 20'000; ++i)
                request.edges.push_back({0, i});
            break;
        case 8:
            request.nodes.assign(100, {{50, 20}});
            for (std::uint32_t a = 0; a < 100; ++a)
                for (std::uint32_t b = 0; b < 100; ++b)
                    request.edges.push_back({a, b});
            break;
        }
        auto result = run(request);
        QCOMPARE(result.nodes.size(), request.nodes.size());
        QCOMPARE(overlap(result.nodes), std::pair(-1, -1));
        for (const Point& point : result.points)
            QVERIFY(std::isfinite(point.x) && std::isfinite(point.y));
    }

    void nonsenseIsRefused()
    {
        auto request = chain(3);
        request.edges.push_back({0, 3});
        QVERIFY(!layout(request).ok());
        request = chain(3);
        request.nodes[1].group = 0;
        QVERIFY(!layout(request).ok());
        request = chain(3);
        request.nodes[1].size.width = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(!layout(request).ok());
        request = chain(3);
        request.groups = {{1, {}}, {0, {}}};
        QVERIFY(!layout(request).ok());
    }

    void stoppingIsHeard()
    {
        std::stop_source source;
        source.request_stop();
        auto result = layout(chain(1000), {}, source.get_token());
        QVERIFY(!result.ok());
        QCOMPARE(result.error().code, orrery::ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestLayout)
#include "test_layout.moc"
