#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ModelSource: the model that the user sees, for what reads models by a path: its file, or a copy of it as
// edited, made when it is needed and gone with the SourceFile. Any thread.

#include "engine/graph/model.h"
#include "views/document/model_file.h"

#include <QTemporaryDir>

namespace orrery::document {

struct ModelSource {
    std::string path;                           // of its file, beside which breakpoints and hints are kept
    std::shared_ptr<const graph::Model> edited; // null: the file holds it

    friend bool operator==(const ModelSource&, const ModelSource&) = default;
};

class SourceFile {
public:
    static Result<std::shared_ptr<const SourceFile>> of(const ModelSource& source);

    const std::string& path() const { return m_path; }
    bool isCopy() const { return m_folder != nullptr; }

private:
    SourceFile() = default;

    std::string m_path;
    std::unique_ptr<QTemporaryDir> m_folder;
};

} // namespace orrery::document
