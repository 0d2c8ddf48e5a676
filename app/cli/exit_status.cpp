// SPDX-License-Identifier: Apache-2.0
#include "app/cli/exit_status.h"

namespace orrery::cli {

ExitStatus exitStatusOf(const Error& error)
{
    switch (error.code) {
    case ErrorCode::Usage:
        return ExitStatus::Usage;
    case ErrorCode::BadFile:
    case ErrorCode::Unsupported:
    case ErrorCode::BadModel:
    case ErrorCode::Io:
        return ExitStatus::BadInput;
    case ErrorCode::RunFailed:
    case ErrorCode::LimitReached:
        return ExitStatus::RunFailed;
    case ErrorCode::RunnerDied:
    case ErrorCode::Internal:
        return ExitStatus::RunnerDied;
    case ErrorCode::Cancelled:
        return ExitStatus::Interrupted;
    }
    return ExitStatus::RunnerDied;
}

Error whileReading(Error error)
{
    if (error.code == ErrorCode::LimitReached)
        error.code = ErrorCode::BadFile;
    return error;
}

} // namespace orrery::cli
