// SPDX-License-Identifier: Apache-2.0
#include "views/panels/graph_pieces.h"

#include "engine/base/text.h"
#include "engine/debug/extract.h"
#include "engine/formats/format.h"
#include "views/document/model_file.h"
#include "views/panels/graph_edits.h"
#include "views/panels/snippets.h"

#include <QClipboard>
#include <QCursor>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMessageBox>
#include <QProgressDialog>
#include <QPushButton>

#include <algorithm>

namespace orrery::panels {
namespace {

using document::Document;
using document::GraphStage;

constexpr std::size_t mostPlaced = 300; // larger pieces are laid out anew, not kept as they stood
constexpr int progressAfterMs = 300;
constexpr std::size_t mostLines = 12;

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 200)); }

QString listed(const std::vector<std::string>& names)
{
    QStringList texts;
    for (std::size_t i = 0; i < names.size() && i < 3; ++i)
        texts << shown(names[i]);
    if (names.size() > 3)
        texts << GraphPieces::tr("%1 more").arg(names.size() - 3);
    return texts.join(", ");
}

QString count(std::size_t nodes)
{
    return nodes == 1 ? GraphPieces::tr("One node") : GraphPieces::tr("%1 nodes").arg(nodes);
}

// With inferred types, so that inputs and outputs have theirs.
Result<graph::Model> takenOut(const document::LoadedModel& loaded, const std::set<NodeId>& nodes)
{
    graph::Model whole = *loaded.model;
    whole.graph = *loaded.dataflow;
    return debug::extract(whole, nodes);
}

QString notesText(const edit::PasteNotes& notes, bool inMain)
{
    QStringList parts;
    if (!notes.connected.empty())
        parts << GraphPieces::tr("connected by name: %1").arg(listed(notes.connected));
    if (!notes.open.empty())
        parts << (inMain ? GraphPieces::tr("new graph inputs: %1") : GraphPieces::tr("left open: %1"))
                     .arg(listed(notes.open));
    if (!notes.shared.empty())
        parts << GraphPieces::tr("constants shared: %1").arg(listed(notes.shared));
    if (!notes.renamed.empty())
        parts << GraphPieces::tr("functions renamed: %1").arg(listed(notes.renamed));
    return parts.isEmpty() ? QString() : QStringLiteral("; ") + parts.join("; ");
}

} // namespace

GraphPieces::GraphPieces(Document& document, canvas::GraphView& view)
    : QObject(&view)
    , m_document(document)
    , m_view(view)
{}

GraphPieces::~GraphPieces() { hideProgress(); }

void GraphPieces::tell(const Error& error)
{
    emit m_document.message(QString::fromStdString(displayText(error.text(), 400)));
}

void GraphPieces::showProgress(const QString& text, async::Task& task)
{
    hideProgress();
    m_progress = new QProgressDialog(text, tr("Cancel"), 0, 0, m_view.window());
    m_progress->setWindowTitle(tr("Orrery"));
    m_progress->setMinimumDuration(progressAfterMs);
    m_progress->setAutoClose(false);
    m_progress->setValue(0); // from now on its time counts
    connect(m_progress, &QProgressDialog::canceled, this, [this, &task] {
        task.cancel();
        m_pasteNext = false;
        hideProgress();
        emit m_document.message(tr("Cancelled; nothing was changed."));
    });
}

void GraphPieces::hideProgress()
{
    if (QProgressDialog* dialog = m_progress) {
        m_progress = nullptr;
        dialog->disconnect(this);
        dialog->hide();
        dialog->deleteLater(); // it may be the one that called
    }
}

void GraphPieces::takeOut(const QString& what, Then then)
{
    const std::set<NodeId> nodes = selectedNodes(m_document);
    if (nodes.empty())
        return tell({ErrorCode::Usage, "no node is selected", {}});
    showProgress(what, m_outTask);
    m_outTask.submit(
        [loaded = m_document.model(), nodes](std::stop_token) -> Result<Piece> {
            return pieceWithText(TRY(takenOut(*loaded, nodes)));
        },
        [this, then = std::move(then)](Result<Piece> piece) {
            hideProgress();
            const bool pasteNext = std::exchange(m_pasteNext, false);
            if (!piece.ok())
                return tell(piece.error());
            const auto scene = m_view.scene();
            for (NodeId id : piece->model->graph.main().nodes)
                if (const QRectF box = scene ? scene->rectOfKey(id.value) : QRectF(); !box.isNull())
                    piece->places.push_back(box.topLeft());
            if (piece->places.size() != piece->model->graph.main().nodes.size())
                piece->places.clear();
            then(piece.releaseValue());
            if (pasteNext)
                paste();
        });
}

void GraphPieces::copy()
{
    takeOut(tr("Copying …"), [this](Piece piece) {
        QString text = tr("%1 copied, as ONNX text").arg(count(piece.model->graph.main().nodes.size()));
        if (piece.notInText > 0)
            text += (piece.notInText == 1
                         ? tr("; %1 constant (%2) is no part of the text, windows of Orrery get it")
                         : tr("; %1 constants (%2) are no part of the text, windows of Orrery get them"))
                        .arg(piece.notInText)
                        .arg(QString::fromStdString(formatBytes(piece.notInTextBytes)));
        QGuiApplication::clipboard()->setMimeData(new PieceMimeData(std::move(piece)));
        emit m_document.message(text);
    });
}

void GraphPieces::cut()
{
    takeOut(tr("Copying …"), [this, position = m_document.editor().position(),
                              nodes = selectedNodes(m_document)](Piece piece) {
        QGuiApplication::clipboard()->setMimeData(new PieceMimeData(std::move(piece)));
        if (m_document.editor().position() != position)
            return emit m_document.message(tr("The graph was changed meanwhile: copied, not cut."));
        if (m_document.editor().apply(
                edit::deleteNodes(m_document.editor().model(), nodes, edit::Reconnect::Yes)))
            emit m_document.message(tr("%1 cut").arg(count(nodes.size())));
    });
}

bool GraphPieces::canPaste()
{
    const QMimeData* data = QGuiApplication::clipboard()->mimeData();
    return data != nullptr && (data->hasFormat(pieceMimeType) || data->hasText());
}

void GraphPieces::paste()
{
    if (!canEditGraph(m_document))
        return;
    if (m_outTask.busy()) {
        m_pasteNext = true;
        return;
    }
    bring(pieceSource(QGuiApplication::clipboard()->mimeData()), How::Paste);
}

void GraphPieces::bring(PieceSource source, How how)
{
    showProgress(tr("Reading …"), m_inTask);
    auto places = source.places;
    m_inTask.submit(
        [source = std::move(source),
         loaded = m_document.model()](std::stop_token) -> Result<std::shared_ptr<const graph::Model>> {
            auto piece = TRY(readPiece(source));
            if (piece->graph.main().nodes.empty())
                return Error{ErrorCode::Usage, "there are no nodes in it", {}};
            auto converted = TRY(edit::inOpsetsOf(*piece, *loaded->model, ops::OpRegistry::builtin()));
            return converted ? std::make_shared<const graph::Model>(std::move(*converted)) : piece;
        },
        [this, into = m_document.path(), how,
         places = std::move(places)](const Result<std::shared_ptr<const graph::Model>>& piece) {
            hideProgress();
            if (!piece.ok())
                return tell(piece.error());
            if (canEditGraph(m_document) && m_document.path() == into)
                put(*piece, places, how);
        });
}

void GraphPieces::bringFile(const QString& path, How how)
{
    if (!canEditGraph(m_document))
        return;
    showProgress(tr("Reading %1 …").arg(QFileInfo(path).fileName()), m_inTask);
    m_inTask.submit(
        [path, loaded = m_document.model()](std::stop_token) -> Result<std::shared_ptr<const graph::Model>> {
            auto read = formats::readModel(path.toStdString());
            if (!read.ok())
                return Error{read.error().code, read.error().message,
                             read.error().where.empty() ? path.toStdString() : read.error().where};
            if (read->graph.main().nodes.empty())
                return Error{ErrorCode::Usage, "there are no nodes in it", path.toStdString()};
            auto converted = TRY(edit::inOpsetsOf(*read, *loaded->model, ops::OpRegistry::builtin()));
            return std::make_shared<const graph::Model>(converted ? std::move(*converted)
                                                                  : read.releaseValue());
        },
        [this, into = m_document.path(), how](const Result<std::shared_ptr<const graph::Model>>& piece) {
            hideProgress();
            if (!piece.ok())
                return tell(piece.error());
            if (canEditGraph(m_document) && m_document.path() == into)
                put(*piece, {}, how);
        });
}

void GraphPieces::mergeFile(const QString& path) { bringFile(path, How::Merge); }
void GraphPieces::insertFile(const QString& path) { bringFile(path, How::Paste); }
void GraphPieces::replaceByFile(const QString& path) { bringFile(path, How::Replace); }

void GraphPieces::put(std::shared_ptr<const graph::Model> piece, std::vector<QPointF> places, How how)
{
    if (how == How::Replace)
        return askReplace(std::move(piece));
    const graph::Model& model = m_document.editor().model();
    const graph::Graph& graph = model.graph;
    edit::PasteNotes notes;
    edit::PasteOptions options;
    options.region = graph.mainRegion();
    options.typed = m_document.model()->dataflow.get();
    options.notes = &notes;
    if (const std::set<NodeId> selected = selectedNodes(m_document); !selected.empty() && how == How::Paste)
        options.region = graph.node(*selected.begin()).region;
    const bool inMain = options.region == graph.mainRegion();
    const std::size_t first = graph.nodeSlots();
    if (!m_document.editor().apply(how == How::Merge ? edit::merge(model, *piece)
                                                     : edit::paste(model, *piece, options)))
        return;
    place(first, options.region, *piece, places);
    selectFrom(first, options.region);
    const QString what = count(piece->graph.main().nodes.size());
    emit m_document.message(how == How::Merge
                                ? tr("%1 merged in, with inputs and outputs of their own").arg(what)
                                : tr("%1 pasted").arg(what) + notesText(notes, inMain));
}

// Nodes of one region get ids in a row, those of bodies between them.
void GraphPieces::selectFrom(std::size_t firstNode, RegionId region)
{
    const graph::Graph& graph = m_document.editor().model().graph;
    std::vector<std::uint64_t> keys;
    for (std::size_t i = firstNode; i < graph.nodeSlots(); ++i)
        if (graph.contains(NodeId(i)) && graph.node(NodeId(i)).region == region)
            keys.push_back(i);
    if (keys.empty())
        return;
    m_document.focus().select(GraphStage::Dataflow, keys.front());
    m_document.focus().setAlsoSelected(std::move(keys));
}

// As they stood to each other: around the pointer where it is over the canvas, else beside the originals.
void GraphPieces::place(std::size_t firstNode, RegionId region, const graph::Model& piece,
                        const std::vector<QPointF>& places)
{
    const std::size_t nodes = piece.graph.main().nodes.size();
    if (places.size() != nodes || nodes > mostPlaced)
        return;
    QRectF box(places.front(), QSizeF(1, 1));
    for (QPointF place : places)
        box |= QRectF(place, QSizeF(110, 40));
    const QPoint pointer = m_view.mapFromGlobal(QCursor::pos());
    const bool isOver = m_view.rect().contains(pointer) && m_view.isActiveWindow();
    const QPointF by = isOver ? m_view.toScene(pointer) - box.center() : QPointF(box.width() + 40, 0);
    const graph::Graph& graph = m_document.editor().model().graph;
    std::size_t at = 0;
    for (std::size_t i = firstNode; i < graph.nodeSlots() && at < nodes; ++i)
        if (const graph::Node& node = graph.node(NodeId(i)); node.alive && node.region == region)
            m_view.placeNode(i, places[at++] + by);
}

void GraphPieces::askReplace(std::shared_ptr<const graph::Model> piece)
{
    const std::set<NodeId> nodes = selectedNodes(m_document);
    auto match = edit::matchPiece(m_document.editor().model(), *m_document.model()->dataflow, nodes, *piece);
    if (!match.ok())
        return tell(match.error());
    auto replace = [this, piece, position = m_document.editor().position(), replacement = *match] {
        if (m_document.editor().position() != position)
            return emit m_document.message(tr("The graph was changed meanwhile; nothing was replaced."));
        const std::size_t first = m_document.editor().model().graph.nodeSlots();
        if (m_document.editor().apply(edit::replaceNodes(m_document.editor().model(), *piece, replacement))) {
            selectFrom(first, replacement.border.region);
            emit m_document.message(tr("%1 replaced").arg(count(replacement.border.nodes.size())));
        }
    };
    const graph::Graph &inside = piece->graph, &graph = m_document.editor().model().graph;
    QStringList lines;
    bool byOrder = false;
    auto row = [&](const graph::Value& left, const graph::Value& right, bool byName, const QString& text) {
        byOrder = byOrder || !byName;
        lines << text.arg(shown(left.name), shown(right.name),
                          byName ? tr("by name") : tr("by order and type"));
    };
    for (const auto& link : match->inputs)
        if (link.inModel.valid())
            row(inside.value(link.inPiece), graph.value(link.inModel), link.byName,
                tr("input %1 reads %2 (%3)"));
    for (const auto& link : match->outputs)
        if (link.inPiece.valid())
            row(inside.value(link.inPiece), graph.value(link.inModel), link.byName,
                tr("output %1 becomes %2 (%3)"));
    if (match->misfits.empty() && !byOrder)
        return replace();
    while (lines.size() > qsizetype(mostLines))
        lines.removeLast();
    auto* box = new QMessageBox(match->misfits.empty() ? QMessageBox::Question : QMessageBox::Warning,
                                tr("Replace the selection"),
                                match->misfits.empty() ? tr("Replace %1 by %2?")
                                                             .arg(count(nodes.size()).toLower(),
                                                                  count(inside.main().nodes.size()).toLower())
                                                       : tr("Not all of it fits."),
                                QMessageBox::NoButton, m_view.window());
    QStringList misfits;
    for (std::size_t i = 0; i < match->misfits.size() && i < mostLines; ++i)
        misfits << QStringLiteral("• ") + shown(match->misfits[i]);
    if (match->misfits.size() > mostLines)
        misfits << tr("and %1 more").arg(match->misfits.size() - mostLines);
    box->setObjectName("replacePiece");
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText((misfits + lines).join("\n"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    auto* yes = box->addButton(match->misfits.empty() ? tr("&Replace") : tr("&Replace all the same"),
                               QMessageBox::AcceptRole);
    box->addButton(QMessageBox::Cancel);
    if (match->misfits.empty())
        box->setDefaultButton(yes);
    else
        box->setDefaultButton(QMessageBox::Cancel);
    connect(yes, &QAbstractButton::clicked, this, replace);
    box->open();
}

void GraphPieces::extractTo(const QString& path)
{
    const std::set<NodeId> nodes = selectedNodes(m_document);
    if (nodes.empty())
        return tell({ErrorCode::Usage, "no node is selected", {}});
    showProgress(tr("Writing %1 …").arg(QFileInfo(path).fileName()), m_outTask);
    m_outTask.submit(
        [loaded = m_document.model(), nodes, path](std::stop_token stop) -> Result<std::size_t> {
            const graph::Model part = TRY(takenOut(*loaded, nodes));
            if (stop.stop_requested())
                return Error{ErrorCode::Cancelled, "cancelled", {}};
            TRY(document::writeModelFile(part, path.toStdString()));
            return part.graph.main().nodes.size();
        },
        [this, path](const Result<std::size_t>& written) {
            hideProgress();
            if (!written.ok())
                return tell(written.error());
            emit m_document.message(
                tr("%1 written to %2").arg(count(*written), shown(QFileInfo(path).fileName().toStdString())));
        });
}

void GraphPieces::saveSnippet(const QString& name)
{
    const std::set<NodeId> nodes = selectedNodes(m_document);
    if (nodes.empty())
        return tell({ErrorCode::Usage, "no node is selected", {}});
    m_outTask.submit(
        [loaded = m_document.model(), nodes, name](std::stop_token) -> Result<void> {
            return writeSnippet(name, TRY(takenOut(*loaded, nodes)));
        },
        [this, name](const Result<void>& saved) {
            if (!saved.ok())
                return tell(saved.error());
            emit snippetSaved();
            emit m_document.message(tr("Snippet %1 is in the palette").arg(shown(name.toStdString())));
        });
}

void GraphPieces::groupAsFunction(const QString& name)
{
    const std::size_t first = m_document.editor().model().graph.nodeSlots();
    const std::set<NodeId> nodes = selectedNodes(m_document);
    if (nodes.empty())
        return;
    const RegionId region = m_document.editor().model().graph.node(*nodes.begin()).region;
    if (m_document.editor().apply(
            edit::groupAsFunction(m_document.editor().model(), nodes, name.toStdString(), "local")))
        selectFrom(first, region);
}

bool GraphPieces::canInline() const
{
    const std::set<NodeId> nodes = selectedNodes(m_document);
    if (nodes.size() != 1)
        return false;
    const graph::Model& model = m_document.editor().model();
    const graph::Node& node = model.graph.node(*nodes.begin());
    return model.findFunction(node.domain, node.opType, node.overload) != nullptr;
}

void GraphPieces::inlineSelected()
{
    const std::set<NodeId> nodes = selectedNodes(m_document);
    if (nodes.size() != 1)
        return;
    const std::size_t first = m_document.editor().model().graph.nodeSlots();
    const RegionId region = m_document.editor().model().graph.node(*nodes.begin()).region;
    if (m_document.editor().apply(edit::inlineFunction(m_document.editor().model(), *nodes.begin())))
        selectFrom(first, region);
}

} // namespace orrery::panels
