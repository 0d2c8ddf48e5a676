#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The exit statuses of the command line, and which one each kind of Error has.

#include "engine/base/result.h"

namespace orrery::cli {

enum class ExitStatus {
    Done = 0,
    DoesNotHold = 1,
    Usage = 2,
    BadInput = 3,
    RunFailed = 4,
    RunnerDied = 5,
    Interrupted = 130
};

ExitStatus exitStatusOf(const Error& error);

// A limit that is met before anything runs is the file's fault: BadInput, not RunFailed.
Error whileReading(Error error);

template<class T>
Result<T> whileReading(Result<T> result)
{
    if (result.ok())
        return result;
    return whileReading(result.releaseError());
}

} // namespace orrery::cli
