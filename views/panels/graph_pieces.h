#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GraphPieces: pieces of the graph that leave it and come in: the clipboard, model files, functions. Reading,
// writing and converting happen on a worker, with a window that can be cancelled when it takes long; what
// comes in is one step of the document's editor, and is selected then. What cannot be understood is told in
// the status line and changes nothing. GUI thread.

#include "engine/edit/actions.h"
#include "engine/edit/pieces.h"
#include "views/async/task.h"
#include "views/canvas/graph_view.h"
#include "views/panels/piece_mime.h"

#include <QObject>
#include <QPointer>

class QProgressDialog;

namespace orrery::document {
class Document;
}

namespace orrery::panels {

class GraphPieces final : public QObject {
    Q_OBJECT

public:
    GraphPieces(document::Document& document, canvas::GraphView& view);
    ~GraphPieces() override;

    // The selected nodes; what they read from elsewhere are the piece's inputs.
    void copy();
    void cut(); // those who read them are reconnected, as by Delete
    // Inputs are bound to values of the same name whose type may be theirs; in the main graph the others
    // become graph inputs. Into the graph of the selected node.
    void paste();
    static bool canPaste();

    void extractTo(const QString& path); // ".onnxtxt": as text
    // All of another model beside this one; its inputs and outputs are added.
    void mergeFile(const QString& path);
    // A saved piece, as by paste().
    void insertFile(const QString& path);
    // The selected nodes by a saved model; what does not fit is told first.
    void replaceByFile(const QString& path);
    void saveSnippet(const QString& name);

    void groupAsFunction(const QString& name);
    void inlineSelected();
    bool canInline() const; // one call of a function of the model is selected

    bool isIdle() const { return !m_outTask.busy() && !m_inTask.busy(); }

signals:
    void snippetSaved();

private:
    enum class How { Paste, Merge, Replace };
    using Then = std::function<void(Piece)>;
    void takeOut(const QString& what, Then then); // the selection, with its text
    void bring(PieceSource source, How how);
    void bringFile(const QString& path, How how);
    void put(std::shared_ptr<const graph::Model> piece, std::vector<QPointF> places, How how);
    void askReplace(std::shared_ptr<const graph::Model> piece);
    void selectFrom(std::size_t firstNode, RegionId region);
    void place(std::size_t firstNode, RegionId region, const graph::Model& piece,
               const std::vector<QPointF>& places);
    void tell(const Error& error);
    void showProgress(const QString& text, async::Task& task);
    void hideProgress();

    document::Document& m_document;
    canvas::GraphView& m_view;
    QPointer<QProgressDialog> m_progress;
    bool m_pasteNext = false;        // when what is being copied is there
    async::Task m_outTask, m_inTask; // last: their jobs end before what is above goes
};

} // namespace orrery::panels
