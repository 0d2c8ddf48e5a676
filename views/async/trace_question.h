#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TraceQuestion: one question about a trace, asked again and again from the GUI thread and answered on a
// thread of its own, with a connection of its own. The newest wins: an older one that still runs is
// interrupted and its answer dropped.

#include "trace_db/trace_reader.h"
#include "views/async/task.h"

#include <memory>
#include <optional>
#include <string>

namespace orrery::async {

class TraceQuestion {
public:
    // ask: Result<T>(const TraceReader&), on the worker; done: void(Result<T>), on this thread.
    template<class Ask, class Done>
    void ask(const std::string& path, Ask ask, Done done)
    {
        using Answer = std::invoke_result_t<Ask, const trace_db::TraceReader&>;
        m_task.submit(
            [opened = m_opened, path, ask = std::move(ask)](std::stop_token stop) -> Answer {
                if (!opened->reader || opened->path != path) {
                    opened->reader.reset();
                    opened->reader.emplace(TRY(trace_db::TraceReader::open(path)));
                    opened->path = path;
                }
                std::stop_callback interrupt(stop, [&] { opened->reader->interrupt(); });
                return ask(*opened->reader);
            },
            std::move(done));
    }

    void cancel() { m_task.cancel(); }
    bool busy() const { return m_task.busy(); }

private:
    struct Opened { // touched by one job at a time
        std::string path;
        std::optional<trace_db::TraceReader> reader;
    };
    std::shared_ptr<Opened> m_opened = std::make_shared<Opened>();
    Task m_task; // last: its jobs use what is above
};

} // namespace orrery::async
