// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/export_tensor.h"

#include "engine/formats/tensor_file.h"
#include "views/tensor_view/number_format.h"

#include <QFileInfo>
#include <QSaveFile>
#include <QTemporaryFile>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace orrery::tensor_view {
namespace {

constexpr int exactDigits = 17; // enough for every double

Error cannotWrite(const QString& path, const QString& why)
{
    return {ErrorCode::Io, "cannot write: " + why.toStdString(), path.toStdString()};
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
    // Beside the target, so that one rename makes it whole, and a cancelled one is never seen.
    QTemporaryFile temporary(QFileInfo(path).absolutePath() + "/.export-XXXXXX." + extension);
    if (!temporary.open())
        return cannotWrite(path, temporary.errorString());
    const std::string written = temporary.fileName().toStdString();
    TRY(formats::writeTensor(tensor, written, name));
    if (stop.stop_requested())
        return Error{ErrorCode::Cancelled, "the export was cancelled", path.toStdString()};
    if (std::rename(written.c_str(), path.toStdString().c_str()) != 0)
        return cannotWrite(path, QString::fromLocal8Bit(std::strerror(errno)));
    temporary.setAutoRemove(false);
    return {};
}

} // namespace orrery::tensor_view
