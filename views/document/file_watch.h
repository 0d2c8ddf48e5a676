#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// FileWatch: whether another program changes, replaces or removes the file of the open model. It looks at the
// content, on a worker, once the file has been still for a moment; what the document itself writes is no
// change. Nothing is read anew by itself. GUI thread.

#include "engine/edit/journal.h"
#include "views/async/task.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

#include <optional>

namespace orrery::document {

class Document;

class FileWatch final : public QObject {
    Q_OBJECT

public:
    enum class State : std::uint8_t { Same, Changed, Removed };

    explicit FileWatch(Document& document);

    State state() const { return m_state; }
    // What is on disk now is known and of no interest; the next change is.
    void dismiss();
    bool isIdle() const { return !m_task.busy(); }

signals:
    void stateChanged();

private:
    enum class Known : std::uint8_t { FromModel, FromDisk };
    void watch(Known known);
    void look();
    void setState(State state);

    Document& m_document;
    QFileSystemWatcher m_watcher;
    QTimer m_soon;
    QString m_path; // empty: nothing is watched
    std::optional<edit::FileIdentity> m_known, m_onDisk;
    int m_waits = 0;
    State m_state = State::Same;
    async::Task m_task; // last: its job ends before what is above goes
};

} // namespace orrery::document
