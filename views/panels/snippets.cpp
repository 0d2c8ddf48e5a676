// SPDX-License-Identifier: Apache-2.0
#include "views/panels/snippets.h"

#include "engine/base/text.h"
#include "engine/formats/format.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QStandardPaths>

namespace orrery::panels {
namespace {

constexpr char extension[] = ".onnxtxt";

Result<void> checkFree(const QString& name)
{
    const bool isName = !name.trimmed().isEmpty() && name.size() <= 80 && !name.startsWith('.') &&
                        !name.contains(QRegularExpression("[/\\\\\\x00-\\x1f:*?\"<>|]"));
    if (!isName)
        return Error{ErrorCode::Usage, "that is no name for a snippet: it is the name of a file, too",
                     displayText(name.toStdString(), 80)};
    if (QFile::exists(snippetPath(name)))
        return Error{ErrorCode::Usage, "there is a snippet of this name already",
                     displayText(name.toStdString(), 80)};
    return {};
}

} // namespace

QString snippetFolder()
{
    const QString chosen = qEnvironmentVariable("ORRERY_SNIPPETS");
    return chosen.isEmpty()
               ? QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation) + "/snippets"
               : chosen;
}

QString snippetPath(const QString& name) { return snippetFolder() + "/" + name + extension; }

QStringList snippetNames()
{
    QStringList names;
    for (const QString& file :
         QDir(snippetFolder()).entryList({QString("*") + extension}, QDir::Files, QDir::Name))
        names << file.chopped(qsizetype(sizeof extension) - 1);
    return names;
}

Result<void> writeSnippet(const QString& name, const graph::Model& piece)
{
    TRY(checkFree(name));
    if (!QDir().mkpath(snippetFolder()))
        return Error{ErrorCode::Io, "the folder cannot be made", snippetFolder().toStdString()};
    return formats::writeModel(piece, snippetPath(name).toStdString(), "onnx_text");
}

// The text names the file of its constants, so it is written anew.
Result<void> renameSnippet(const QString& name, const QString& to)
{
    const graph::Model piece = TRY(formats::readModel(snippetPath(name).toStdString()));
    TRY(writeSnippet(to, piece));
    return removeSnippet(name);
}

Result<void> removeSnippet(const QString& name)
{
    QFile::remove(snippetPath(name) + ".bin");
    QFile file(snippetPath(name));
    if (!file.remove())
        return Error{ErrorCode::Io, file.errorString().toStdString(), file.fileName().toStdString()};
    return {};
}

} // namespace orrery::panels
