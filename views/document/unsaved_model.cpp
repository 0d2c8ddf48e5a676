// SPDX-License-Identifier: Apache-2.0
#include "views/document/unsaved_model.h"

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTemporaryDir>

namespace orrery::document {
namespace {

QString place()
{
    return QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation) + "/unsaved";
}

// With the time 0 only the end of its owner makes a lock stale.
void ownerOnly(QLockFile& lock) { lock.setStaleLockTime(0); }

Error notThere(const QString& what, const QString& folder)
{
    return {ErrorCode::Io, what.toStdString(), folder.toStdString()};
}

} // namespace

UnsavedModel::UnsavedModel(const QString& folder)
    : m_folder(folder)
    , m_lock(folder + "/lock")
{
    ownerOnly(m_lock);
}

Result<std::unique_ptr<UnsavedModel>> UnsavedModel::make()
{
    if (!QDir().mkpath(place()))
        return notThere("the folder for new models cannot be made", place());
    QTemporaryDir folder(place() + "/XXXXXX");
    if (!folder.isValid())
        return notThere(folder.errorString(), place());
    folder.setAutoRemove(false);
    std::unique_ptr<UnsavedModel> model(new UnsavedModel(folder.path()));
    if (!model->m_lock.tryLock(0))
        return notThere("the folder of a new model cannot be locked", folder.path());
    return model;
}

Result<std::unique_ptr<UnsavedModel>> UnsavedModel::takeOver(const QString& modelPath)
{
    const QString folder = QFileInfo(modelPath).absolutePath();
    std::unique_ptr<UnsavedModel> model(new UnsavedModel(folder));
    if (!model->m_lock.tryLock(0)) {
        model->m_folder.clear(); // another's
        return notThere("this model is open in another window", folder);
    }
    return model;
}

QStringList UnsavedModel::leftBehind()
{
    QStringList paths;
    const auto folders =
        QDir(place()).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot | QDir::NoSymLinks, QDir::Time);
    for (const QFileInfo& folder : folders) {
        QLockFile lock(folder.filePath() + "/lock");
        ownerOnly(lock);
        if (!lock.tryLock(0))
            continue;
        const auto models = QDir(folder.filePath()).entryInfoList({"*.onnx"}, QDir::Files | QDir::NoSymLinks);
        if (!models.isEmpty())
            paths += models.first().filePath();
    }
    return paths;
}

bool UnsavedModel::isPlaceOf(const QString& path)
{
    return QFileInfo(path).absoluteDir().absolutePath().startsWith(QDir(place()).absolutePath() + "/");
}

UnsavedModel::~UnsavedModel()
{
    if (m_folder.isEmpty())
        return;
    m_lock.unlock();
    QDir(m_folder).removeRecursively();
}

} // namespace orrery::document
