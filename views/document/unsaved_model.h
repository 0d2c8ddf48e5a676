#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// UnsavedModel: the place of a new model that is nobody's file yet: a folder of its own under the program's
// data, so that everything that goes by a path (runs, the journal of edits) works for it. The folder goes
// with this object, but not with a crash: leftBehind() finds what other sessions left, takeOver() makes it
// one's own.

#include "engine/base/result.h"

#include <QLockFile>
#include <QString>
#include <QStringList>

#include <memory>

namespace orrery::document {

class UnsavedModel {
public:
    static Result<std::unique_ptr<UnsavedModel>> make();
    // Of a path that leftBehind() gave; Io when another program has it.
    static Result<std::unique_ptr<UnsavedModel>> takeOver(const QString& modelPath);
    static QStringList leftBehind(); // paths of models, the newest first
    static bool isPlaceOf(const QString& path);

    ~UnsavedModel();

    QString filePath(const QString& name) const { return m_folder + "/" + name; }

private:
    explicit UnsavedModel(const QString& folder);

    QString m_folder;
    QLockFile m_lock;
};

} // namespace orrery::document
