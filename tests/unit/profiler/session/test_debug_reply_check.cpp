// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/debug_reply_check.h"
#include "tests/unit/profiler/protocol/sample_messages.h"

#include <QTest>

using namespace orrery;

class TestDebugReplyCheck : public QObject {
    Q_OBJECT

    static constexpr std::size_t beyond = 1000;
    const graph::Graph m_graph = tests::sampleGraph();

    // Whether the sample, changed so, is accepted.
    bool accepts(const std::function<void(debug::DebugState&)>& change) const
    {
        debug::DebugState state = tests::sampleState();
        change(state);
        return session::fits(state, m_graph);
    }

private slots:
    void statesThatNameWhatTheGraphHasFit()
    {
        QVERIFY(accepts([](debug::DebugState&) {}));
        QVERIFY(accepts([](debug::DebugState& state) {
            state.finished = true;
            state.next = {};
            state.stack.clear();
        }));
    }

    void foreignIdsDoNotFit()
    {
        QVERIFY(!accepts([](auto& state) { state.next = NodeId(beyond); }));
        QVERIFY(!accepts([](auto& state) { state.next = NodeId(1); })); // a dead node
        QVERIFY(!accepts([](auto& state) { state.next = {}; }));        // though not finished
        QVERIFY(!accepts([](auto& state) { state.previous = NodeId(beyond); }));
        QVERIFY(!accepts([](auto& state) { state.entered.push_back({}); }));
        QVERIFY(!accepts([](auto& state) { state.live.push_back(ValueId(beyond)); }));
        QVERIFY(!accepts([](auto& state) { state.hits[0].value = ValueId(beyond); }));
        QVERIFY(!accepts([](auto& state) { state.logged[0].node = NodeId(beyond); }));
        QVERIFY(!accepts([](auto& state) { state.stack[0].region = RegionId(beyond); }));
        QVERIFY(!accepts([](auto& state) { state.stack[0].region = {}; }));
        QVERIFY(!accepts([](auto& state) { state.branch = BranchId(2); }));
        QVERIFY(!accepts([](auto& state) { state.branches.clear(); }));
        QVERIFY(!accepts([](auto& state) { state.branches[1].parent = BranchId(1); }));
    }

    void startsReportsAndBreakpointsAreChecked()
    {
        auto started = std::get<protocol::DebugStarted>(tests::sampleReplies()[7]);
        QVERIFY(session::fits(started, m_graph));
        started.order[1].nodes.push_back(NodeId(beyond));
        QVERIFY(!session::fits(started, m_graph));
        started.order.clear();
        QVERIFY(!session::fits(started, m_graph));

        debug::Breakpoint breakpoint = tests::sampleBreakpoint();
        QVERIFY(session::fits(breakpoint, m_graph));
        breakpoint.node = NodeId(beyond);
        QVERIFY(!session::fits(breakpoint, m_graph));

        protocol::Opened opened;
        opened.dataflow = opened.compute = m_graph;
        debug::DivergenceReport report = tests::sampleReport();
        QVERIFY(session::fits(report, opened));
        report.first = 2;
        QVERIFY(!session::fits(report, opened));
        report = tests::sampleReport();
        report.ranked = {2};
        QVERIFY(!session::fits(report, opened));
        report = tests::sampleReport();
        report.nodes[0].origins = {NodeId(beyond)};
        QVERIFY(!session::fits(report, opened));
    }
};

QTEST_GUILESS_MAIN(TestDebugReplyCheck)
#include "test_debug_reply_check.moc"
