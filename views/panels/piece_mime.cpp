// SPDX-License-Identifier: Apache-2.0
#include "views/panels/piece_mime.h"

#include "engine/edit/leave_out.h"
#include "engine/formats/model_text.h"

#include <QDataStream>
#include <QFile>
#include <QIODevice>
#include <QTemporaryDir>

#include <algorithm>

namespace orrery::panels {
namespace {

constexpr std::int64_t writtenElements = 1024; // of one constant in the text

std::int64_t constantBytes(const graph::Graph& graph)
{
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (const graph::Value& value = graph.value(ValueId(i)); value.alive && value.initializer)
            bytes += std::int64_t(value.initializer->tensor.byteSize());
    return bytes;
}

// The format writes files; one that is ours alone.
QByteArray onnxBytes(const graph::Model& model)
{
    const QTemporaryDir folder;
    QFile file(folder.filePath("piece.onnx"));
    if (!formats::writeModel(model, file.fileName().toStdString(), "onnx").ok() ||
        !file.open(QIODevice::ReadOnly))
        return {};
    return file.readAll();
}

QByteArray written(const std::vector<QPointF>& places)
{
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    for (QPointF place : places)
        stream << place;
    return bytes;
}

std::vector<QPointF> placesIn(const QByteArray& bytes)
{
    constexpr qsizetype most = 100'000, each = 2 * qsizetype(sizeof(double));
    std::vector<QPointF> places;
    QDataStream stream(bytes);
    for (qsizetype i = 0; i < std::min(most, bytes.size() / each); ++i) {
        QPointF place;
        stream >> place;
        if (!(std::abs(place.x()) < 1e7) || !(std::abs(place.y()) < 1e7))
            return {};
        places.push_back(place);
    }
    return places;
}

} // namespace

Result<Piece> pieceWithText(graph::Model model)
{
    Piece piece;
    graph::Model shown = model;
    const edit::LeftOut left =
        edit::leaveOut(shown, edit::LeftOutAs::Inputs, [](const graph::Tensor& tensor) {
            return formats::hasTextForm(tensor, writtenElements);
        });
    piece.notInText = left.tensors;
    piece.notInTextBytes = left.bytes;
    piece.text = TRY(formats::textOf(shown, {writtenElements}));
    const bool isTooLarge = constantBytes(model.graph) > pieceBytesLimit;
    piece.model = std::make_shared<const graph::Model>(isTooLarge ? std::move(shown) : std::move(model));
    return piece;
}

PieceMimeData::PieceMimeData(Piece piece)
    : m_piece(std::move(piece))
{}

QStringList PieceMimeData::formats() const
{
    return {QStringLiteral("text/plain"), QLatin1String(pieceMimeType), QLatin1String(placesMimeType)};
}

// Bytes are made when another window asks for them.
QVariant PieceMimeData::retrieveData(const QString& type, QMetaType wanted) const
{
    if (type == QLatin1String("text/plain"))
        return QString::fromStdString(m_piece.text);
    if (type == QLatin1String(pieceMimeType))
        return onnxBytes(*m_piece.model);
    if (type == QLatin1String(placesMimeType))
        return written(m_piece.places);
    return QMimeData::retrieveData(type, wanted);
}

PieceSource pieceSource(const QMimeData* data)
{
    PieceSource source;
    if (auto* own = qobject_cast<const PieceMimeData*>(data)) {
        source.model = own->piece().model;
        source.places = own->piece().places;
        return source;
    }
    if (data == nullptr)
        return source;
    source.bytes = data->data(pieceMimeType);
    if (source.bytes.isEmpty() && data->hasText())
        source.text = data->text();
    source.places = placesIn(data->data(placesMimeType));
    return source;
}

Result<std::shared_ptr<const graph::Model>> readPiece(const PieceSource& source)
{
    if (source.model)
        return source.model;
    if (source.empty())
        return Error{ErrorCode::Usage, "the clipboard holds neither ONNX nor text", {}};
    if (source.bytes.isEmpty()) {
        const std::string text = source.text.toStdString();
        auto read = formats::modelFromText(text);
        if (!read.ok())
            return Error{read.error().code, "the text is no ONNX: " + read.error().message,
                         read.error().where};
        return std::make_shared<const graph::Model>(std::move(read->model));
    }
    for (const formats::FormatSpec& format : formats::formats())
        if (format.name == "onnx") {
            graph::Model model = TRY(format.read({{}, source.bytes.toStdString(), {}}));
            return std::make_shared<const graph::Model>(std::move(model));
        }
    return Error{ErrorCode::Unsupported, "ONNX cannot be read", {}};
}

} // namespace orrery::panels
