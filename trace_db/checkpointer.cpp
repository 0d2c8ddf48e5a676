// SPDX-License-Identifier: Apache-2.0
#include "trace_db/checkpointer.h"

#include <sqlite3.h>

#include <csignal>

namespace orrery::trace_db {
namespace {

constexpr int pagesBetween = 1000; // 8 MB
constexpr int pagesMost = 16000;   // 128 MB: the thread does not keep up, so the writer checkpoints itself

} // namespace

Checkpointer::Checkpointer(const Connection& writer)
    : m_writer(writer.handle())
    , m_path(writer.path())
{
    sqlite3_wal_hook(m_writer, committed, this);
}

Checkpointer::~Checkpointer()
{
    sqlite3_wal_hook(m_writer, nullptr, nullptr);
    if (!m_thread.joinable())
        return;
    {
        std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_changed.notify_one();
    m_thread.join();
}

int Checkpointer::committed(void* self, sqlite3* writer, const char* database, int pages)
{
    auto& checkpointer = *static_cast<Checkpointer*>(self);
    if (pages >= pagesMost)
        sqlite3_wal_checkpoint_v2(writer, database, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (pages < checkpointer.m_pages) // the log began anew
        checkpointer.m_pages = 0;
    if (pages - checkpointer.m_pages >= pagesBetween) {
        checkpointer.m_pages = pages;
        checkpointer.wake();
    }
    return SQLITE_OK;
}

void Checkpointer::wake()
{
    if (!m_thread.joinable()) {
        // Signals are for the threads that expect them; a new thread inherits the mask.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        m_thread = std::thread(&Checkpointer::work, this);
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    {
        std::lock_guard lock(m_mutex);
        m_due = true;
    }
    m_changed.notify_one();
}

void Checkpointer::work()
{
    Result<Connection> connection = Connection::openForWriting(m_path);
    std::unique_lock lock(m_mutex);
    while (!m_stop) {
        m_changed.wait(lock, [this] { return m_due || m_stop; });
        m_due = false;
        if (m_stop || !connection)
            continue;
        lock.unlock();
        sqlite3_wal_checkpoint_v2(connection->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        lock.lock();
    }
}

} // namespace orrery::trace_db
