#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GraphCanvas: what the mouse does on the canvas, as edits of the document: lines become connections, edges
// are cut or get an operator, what is dropped is inserted where it was let go. Owns nothing; lives as long as
// its view.

#include "views/canvas/graph_view.h"
#include "views/panels/graph_links.h"

#include <QObject>

namespace orrery::panels {

class GraphCanvas final : public QObject, public canvas::CanvasEdits {
    Q_OBJECT

public:
    GraphCanvas(document::Document& document, canvas::GraphView& view);

    bool enabled() const override;
    canvas::NodePorts ports(std::uint64_t key) const override;
    std::vector<canvas::Fit> fits(const canvas::Port& from, std::span<const std::uint64_t> keys) override;
    std::vector<canvas::Fit> slotFits(const canvas::Port& from, std::uint64_t key) override;
    void connectPorts(const canvas::Port& from, const canvas::Port& to) override;
    void connectNode(const canvas::Port& from, std::uint64_t key, QPoint global) override;
    void connectNothing(const canvas::Port& from, const canvas::DropPlace& place) override;
    void disconnect(const canvas::EdgeRef& edge) override;
    void activateNothing(const canvas::DropPlace& place) override;
    DropOn dropsOn(const QMimeData& data) const override;
    void drop(const QMimeData& data, const canvas::DropPlace& place) override;

    // Asks for an input that the selected node's output is to go to.
    void openConnect();
    // Asks for an operator, to be put on the edge or the place.
    void openInsert(const canvas::DropPlace& place);
    void openEdgeMenu(QPoint global);

signals:
    void openRequested(QString path);   // a file was dropped to be opened …
    void mergeRequested(QString path);  // … or merged in
    void insertRequested(QString path); // a snippet was dropped

private:
    const graph::Graph& graph() const { return m_document.editor().model().graph; }
    const graph::Graph& typed() const { return *m_document.model()->dataflow; }
    const LinkTargets& targetsOf(ValueId value);
    void connectValue(ValueId value, NodeId node, std::size_t slot);
    void insert(const std::string& domain, const std::string& opType, const canvas::DropPlace& place,
                ValueId reads = {});
    void chooseOperator(const canvas::DropPlace& place, ValueId reads);

    document::Document& m_document;
    canvas::GraphView& m_view;
    std::unique_ptr<LinkTargets> m_targets; // of the value that is being drawn from …
    ValueId m_targetsOf;
    std::size_t m_targetsAt = 0; // … at that position of the history
};

} // namespace orrery::panels
