#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GraphPlaces: where the user put nodes of the dataflow graph, from one session to the next: read when a
// model is opened, kept beside it soon after a move, by the names of nodes and values, so that edits and
// saving do not lose them. Places are no part of the model; a move is undone before the edit that it
// followed.

#include "views/async/task.h"
#include "views/canvas/graph_view.h"
#include "views/document/document.h"

#include <QTimer>

namespace orrery::panels {

class GraphPlaces final : public QObject {
    Q_OBJECT

public:
    GraphPlaces(document::Document& document, canvas::GraphView& view);
    ~GraphPlaces() override;

    // What is about to be shown; places are known for the dataflow graph only.
    void show(std::string_view projection, std::shared_ptr<const canvas::DisplayGraph> graph);

    // The last thing that was done to the picture was a move: since the last edit, or since it was undone.
    bool canUndo() const;
    bool canRedo() const;
    void undo();
    void redo();

    bool isIdle() const { return !m_task.busy(); }

private:
    struct Move {
        std::size_t position = 0; // of the history of edits, when it was made
        canvas::Placed before, after;
    };
    void load();
    void save();
    void onPlaced();
    std::string nameOf(std::uint64_t key) const;

    document::Document& m_document;
    canvas::GraphView& m_view;
    std::shared_ptr<const canvas::DisplayGraph> m_graph;
    QString m_path; // that m_named is of
    std::map<std::string, QPointF> m_named;
    canvas::Placed m_last;
    std::vector<Move> m_moves;
    std::size_t m_done = 0; // of m_moves
    bool m_isShown = false, m_isLoaded = false;
    QTimer m_saveSoon;
    async::Task m_task; // last: its job ends before what is above goes
};

} // namespace orrery::panels
