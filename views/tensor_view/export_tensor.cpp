// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/export_tensor.h"

#include "engine/formats/tensor_file.h"
#include "views/tensor_view/number_format.h"

#include <QFileInfo>
#include <QSaveFile>

#include <algorithm>

namespace orrery::tensor_view {
namespace {

constexpr std::size_t pieceBytes = std::size_t(1) << 20;
constexpr int exactDigits = 17; // enough for every double

Error cannotWrite(const QString& path, const QString& why)
{
    return {ErrorCode::Io, "cannot write: " + why.toStdString(), path.toStdString()};
}

// Beside the target until it is whole: a cancelled one is removed and never seen.
Result<void> writePieces(const std::string& bytes, const QString& path, const ExportProgress& progress,
                         std::stop_token stop)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return cannotWrite(path, file.errorString());
    for (std::size_t done = 0; done < bytes.size();) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "the export was cancelled", path.toStdString()};
        const std::size_t piece = std::min(pieceBytes, bytes.size() - done);
        if (file.write(bytes.data() + done, qint64(piece)) != qint64(piece))
            return cannotWrite(path, file.errorString());
        done += piece;
        progress(std::int64_t(done), std::int64_t(bytes.size()));
    }
    if (!file.commit())
        return cannotWrite(path, file.errorString());
    return {};
}

Result<void> writeCsv(const graph::Tensor& tensor, const SliceView& slice, const QString& path,
                      const ExportProgress& progress, std::stop_token stop)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return cannotWrite(path, file.errorString());
    std::string text;
    for (std::int64_t row = 0; row < slice.rows(); ++row) {
        for (std::int64_t column = 0; column < slice.columns(); ++column) {
            if (column > 0)
                text += ',';
            text += csvCell(tensor, slice.flat(row, column));
            if (text.size() < (1 << 16))
                continue;
            if (stop.stop_requested())
                return Error{ErrorCode::Cancelled, "the export was cancelled", path.toStdString()};
            if (file.write(text.data(), qint64(text.size())) != qint64(text.size()))
                return cannotWrite(path, file.errorString());
            text.clear();
            progress(row, slice.rows());
        }
        text += '\n';
    }
    if (file.write(text.data(), qint64(text.size())) != qint64(text.size()) || !file.commit())
        return cannotWrite(path, file.errorString());
    return {};
}

} // namespace

std::string csvCell(const graph::Tensor& tensor, std::int64_t flat)
{
    if (tensor.type() != graph::DataType::String) {
        // The shortest text that gives the same float again.
        const bool isDouble =
            tensor.type() == graph::DataType::Float64 || tensor.type() == graph::DataType::Complex128;
        return elementText(tensor, flat, {Notation::General, isDouble ? exactDigits : 9});
    }
    const std::string& text = tensor.strings()[std::size_t(flat)];
    std::string cell = "\"";
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
        cell += '\'';
    for (char c : text) {
        cell += c;
        if (c == '"')
            cell += '"';
    }
    return cell + '"';
}

Result<void> exportPicture(const QImage& image, const QString& path)
{
    if (image.isNull())
        return Error{ErrorCode::Usage, "there is no picture of this tensor", path.toStdString()};
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || !image.save(&file, "PNG") || !file.commit())
        return cannotWrite(path, file.errorString());
    return {};
}

Result<void> exportTensor(const graph::Tensor& tensor, const SliceView& slice, const std::string& name,
                          const QString& path, const ExportProgress& progress, std::stop_token stop)
{
    const QString extension = QFileInfo(path).suffix().toLower();
    if (tensor.type() != graph::DataType::String && tensor.elementCount() > 0 && tensor.bytes() == nullptr)
        return Error{ErrorCode::Usage, "the tensor's bytes were not loaded", name};
    if (extension == "csv")
        return writeCsv(tensor, slice, path, progress, stop);
    if (extension != "npy" && extension != "pb")
        return Error{ErrorCode::Usage, "expected a file name that ends in .npy, .pb, .csv or .png",
                     path.toStdString()};
    return writePieces(TRY(formats::tensorFileBytes(tensor, path.toStdString(), name)), path, progress, stop);
}

} // namespace orrery::tensor_view
