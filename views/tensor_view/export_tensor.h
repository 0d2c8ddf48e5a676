#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A tensor into a file, by the file's extension: .npy, .pb (TensorProto), .csv (the rows and columns of the
// slice). Files are replaced in one step; a cancelled or failed export leaves what was there.

#include "engine/graph/tensor.h"
#include "views/tensor_view/slice_view.h"

#include <QImage>
#include <QString>

#include <functional>
#include <stop_token>

namespace orrery::tensor_view {

// done of total, from the thread that exports.
using ExportProgress = std::function<void(std::int64_t done, std::int64_t total)>;

Result<void> exportTensor(const graph::Tensor& tensor, const SliceView& slice, const std::string& name,
                          const QString& path, const ExportProgress& progress, std::stop_token stop);

// A .png file.
Result<void> exportPicture(const QImage& image, const QString& path);

// One cell of a table as CSV wants it: numbers as they are, strings in quotes, with an apostrophe in front of
// what a spreadsheet would take for a formula.
std::string csvCell(const graph::Tensor& tensor, std::int64_t flat);

} // namespace orrery::tensor_view
