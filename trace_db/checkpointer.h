#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Checkpointer: folds the write-ahead log of a writer's connection into its trace while the writer goes on:
// copying pages and waiting for the disk are not felt by whoever records. Its thread, with a connection of
// its own, starts when the log first grows large; a small trace never has one. What fails is tried again at
// the next commit, and at the end by the writer. Destroy it before the connection.

#include "trace_db/connection.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace orrery::trace_db {

class Checkpointer {
public:
    explicit Checkpointer(const Connection& writer);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

private:
    static int committed(void* self, sqlite3* writer, const char* database, int pages);
    void wake();
    void work();

    sqlite3* m_writer;
    std::string m_path;
    int m_pages = 0; // in the log when last woken
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_due = false;
    bool m_stop = false;
    std::thread m_thread;
};

} // namespace orrery::trace_db
