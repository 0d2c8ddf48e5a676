// SPDX-License-Identifier: Apache-2.0
#include "views/document/model_source.h"

namespace orrery::document {

Result<std::shared_ptr<const SourceFile>> SourceFile::of(const ModelSource& source)
{
    std::shared_ptr<SourceFile> file(new SourceFile);
    file->m_path = source.path;
    if (source.edited) {
        file->m_folder = std::make_unique<QTemporaryDir>();
        if (!file->m_folder->isValid())
            return Error{ErrorCode::Io,
                         "a copy of the edited model cannot be made: " +
                             file->m_folder->errorString().toStdString(),
                         source.path};
        file->m_path = file->m_folder->filePath("edited.onnx").toStdString();
        TRY(writeModelFile(*source.edited, file->m_path));
    }
    return std::shared_ptr<const SourceFile>(std::move(file));
}

} // namespace orrery::document
