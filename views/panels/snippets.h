#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Snippets: pieces of graphs that the user keeps, as ONNX text in the folder of settings, a file each; large
// constants lie beside them. ORRERY_SNIPPETS names another folder. Any thread.

#include "engine/graph/model.h"

#include <QString>
#include <QStringList>

namespace orrery::panels {

// Of what the palette drags: the path of a snippet.
inline constexpr char snippetMimeType[] = "application/x-orrery-snippet";

QString snippetFolder();
QString snippetPath(const QString& name);
QStringList snippetNames(); // sorted
// Refused for a name that is no file name, or is taken.
Result<void> writeSnippet(const QString& name, const graph::Model& piece);
Result<void> renameSnippet(const QString& name, const QString& to);
Result<void> removeSnippet(const QString& name);

} // namespace orrery::panels
