// SPDX-License-Identifier: Apache-2.0
//
// The folder is watched beside the file, since programs replace files as a whole: the watcher loses a file
// that is renamed over, and is given the new one.
#include "views/document/file_watch.h"

#include "views/document/document.h"

#include <QFileInfo>

namespace orrery::document {
namespace {

constexpr int stillForMs = 400;
constexpr int mostWaits = 10; // for the document to finish what it writes

std::optional<edit::FileIdentity> identityOf(const std::string& path)
{
    auto identity = edit::identify(path);
    return identity.ok() ? std::optional(*identity) : std::nullopt;
}

} // namespace

FileWatch::FileWatch(Document& document)
    : m_document(document)
{
    m_soon.setSingleShot(true);
    m_soon.setInterval(stillForMs);
    connect(&m_soon, &QTimer::timeout, this, &FileWatch::look);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, [this] { m_soon.start(); });
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, [this] { m_soon.start(); });
    connect(&document, &Document::contentChanged, this, [this] { watch(Known::FromModel); });
    connect(&document, &Document::saved, this, [this] { watch(Known::FromDisk); });
}

void FileWatch::setState(State state)
{
    if (std::exchange(m_state, state) != state)
        emit stateChanged();
}

// From the file as it was read or written last.
void FileWatch::watch(Known known)
{
    m_task.cancel();
    m_soon.stop();
    m_waits = 0;
    const QStringList watched = m_watcher.files() + m_watcher.directories();
    if (!watched.isEmpty())
        m_watcher.removePaths(watched);
    m_known.reset();
    m_onDisk.reset();
    const bool hasFile = m_document.model() && !m_document.isUntitled();
    m_path = hasFile ? m_document.path() : QString();
    setState(State::Same);
    if (!hasFile)
        return;
    m_watcher.addPaths({m_path, QFileInfo(m_path).path()});
    if (known == Known::FromModel && m_document.model()->file.bytes > 0) {
        m_known = m_document.model()->file;
        m_soon.start(); // what happened while it was read
    } else {
        m_task.submit([path = m_path.toStdString()](std::stop_token) { return identityOf(path); },
                      [this](std::optional<edit::FileIdentity> now) { m_known = now; });
    }
}

void FileWatch::look()
{
    if (m_path.isEmpty())
        return;
    if ((!m_document.isIdle() || m_task.busy()) && ++m_waits < mostWaits)
        return m_soon.start();
    m_waits = 0;
    if (!QFileInfo::exists(m_path))
        return setState(State::Removed);
    if (!m_watcher.files().contains(m_path))
        m_watcher.addPath(m_path);
    m_task.submit([path = m_path.toStdString()](std::stop_token) { return identityOf(path); },
                  [this](std::optional<edit::FileIdentity> now) {
                      m_onDisk = now;
                      if (now && m_known)
                          setState(*now == *m_known ? State::Same : State::Changed);
                  });
}

void FileWatch::dismiss()
{
    if (m_onDisk && m_state == State::Changed)
        m_known = m_onDisk;
    setState(State::Same);
}

} // namespace orrery::document
