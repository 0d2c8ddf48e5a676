#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Focus: what the user looks at, shared by every panel: the current node, the projection, the overlay and the
// filter of tables, and the stretch of time that measurements are of. The current node is a key of one graph
// stage; other stages find what corresponds to it by origins (see correspondence.h), so that one click lights
// the same thing up everywhere. GUI thread.

#include "trace_db/time_range.h"
#include "views/canvas/display_graph.h"
#include "views/projections/projection.h"

#include <QObject>
#include <QString>

#include <vector>

namespace orrery::document {

using projections::GraphStage;

struct CurrentNode {
    GraphStage stage = GraphStage::Dataflow;
    std::uint64_t key = canvas::noKey;

    bool valid() const { return key != canvas::noKey; }
    // An operator; else it is a graph input or output.
    bool isNode() const { return key < canvas::inputKey(0); }
    NodeId node() const { return isNode() ? NodeId(std::size_t(key)) : NodeId(); }
    friend bool operator==(const CurrentNode&, const CurrentNode&) = default;
};

class Focus : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    const CurrentNode& current() const { return m_current; }
    void select(GraphStage stage, std::uint64_t key);
    // Selected beside the current one, of its stage; another current node ends that.
    const std::vector<std::uint64_t>& alsoSelected() const { return m_alsoSelected; }
    void setAlsoSelected(std::vector<std::uint64_t> keys);
    void clear() { select(GraphStage::Dataflow, canvas::noKey); }

    // Somebody wants to see what a value holds; of the graph that is stepped, else of the dataflow graph.
    void inspect(ValueId value) { emit inspectRequested(value); }

    // Somebody wants to see the current node on the graph, wherever it is.
    void reveal() { emit revealRequested(); }

    const QString& projection() const { return m_projection; } // id of a ProjectionSpec
    void setProjection(const QString& id);
    const QString& overlay() const { return m_overlay; } // id of an OverlaySpec; empty: none
    void setOverlay(const QString& id);
    const QString& filter() const { return m_filter; }
    void setFilter(const QString& text);
    const trace_db::TimeRange& range() const { return m_range; } // of the shown run; empty: all of it
    void setRange(const trace_db::TimeRange& range);

signals:
    void currentChanged();
    void alsoSelectedChanged();
    void inspectRequested(orrery::ValueId value);
    void revealRequested();
    void projectionChanged();
    void overlayChanged();
    void filterChanged();
    void rangeChanged();

private:
    CurrentNode m_current;
    std::vector<std::uint64_t> m_alsoSelected;
    QString m_projection = QStringLiteral("dataflow");
    QString m_overlay, m_filter;
    trace_db::TimeRange m_range;
};

} // namespace orrery::document
