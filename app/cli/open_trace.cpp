// SPDX-License-Identifier: Apache-2.0
#include "app/cli/open_trace.h"

#include "app/cli/output.h"
#include "engine/base/text.h"
#include "profiler/session/recover.h"

namespace orrery::cli {

Result<void> recover(const std::string& tracePath)
{
    auto report = TRY(session::recoverTrace(tracePath));
    if (report.what == session::Recovery::Recovered)
        note("orrery: the program that recorded this trace had died; {} events were recovered, the run "
             "ended so: {}\n",
             report.events, displayText(report.message, 400));
    return {};
}

Result<trace_db::TraceReader> openTrace(const std::string& tracePath)
{
    TRY(recover(tracePath));
    return trace_db::TraceReader::open(tracePath);
}

} // namespace orrery::cli
