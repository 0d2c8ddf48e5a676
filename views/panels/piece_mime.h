#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A piece of a graph on the clipboard: ONNX text, which goes into any editor, and for windows of this program
// the piece itself, as ONNX bytes, with where its nodes stood. In the text, constants that are large or have
// no written form are graph inputs; the bytes hold them all, up to pieceBytesLimit. Within one process the
// piece is handed on as it is.

#include "engine/graph/model.h"

#include <QMimeData>
#include <QPointF>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace orrery::panels {

inline constexpr char pieceMimeType[] = "application/x-onnx";
inline constexpr char placesMimeType[] = "application/x-orrery-places";
inline constexpr std::int64_t pieceBytesLimit = std::int64_t(256) << 20;

struct Piece {
    std::shared_ptr<const graph::Model> model;
    // Of its nodes, in their order: top left corners; empty when they are not known.
    std::vector<QPointF> places;
    std::string text;
    std::size_t notInText = 0; // constants
    std::int64_t notInTextBytes = 0;
};

// Any thread. The text is that of the whole piece.
Result<Piece> pieceWithText(graph::Model model);

class PieceMimeData final : public QMimeData {
    Q_OBJECT

public:
    explicit PieceMimeData(Piece piece);
    const Piece& piece() const { return m_piece; }
    QStringList formats() const override;
    bool hasFormat(const QString& type) const override { return formats().contains(type); }

protected:
    QVariant retrieveData(const QString& type, QMetaType wanted) const override;

private:
    Piece m_piece;
};

// What a clipboard or a drag holds, to be read on another thread.
struct PieceSource {
    std::shared_ptr<const graph::Model> model; // of this process; else …
    QByteArray bytes;                          // … ONNX, else …
    QString text;                              // … ONNX text
    std::vector<QPointF> places;
    bool empty() const { return !model && bytes.isEmpty() && text.trimmed().isEmpty(); }
};
PieceSource pieceSource(const QMimeData* data);
// Errors in text name line and column. Any thread.
Result<std::shared_ptr<const graph::Model>> readPiece(const PieceSource& source);

} // namespace orrery::panels
