// SPDX-License-Identifier: Apache-2.0
#include "engine/base/problem.h"

#include <algorithm>

namespace orrery {

std::string_view name(Severity severity)
{
    switch (severity) {
    case Severity::Info:
        return "info";
    case Severity::Warning:
        return "warning";
    case Severity::Error:
        return "error";
    }
    return "error";
}

bool hasErrors(const std::vector<Problem>& problems)
{
    return std::any_of(problems.begin(), problems.end(),
                       [](const Problem& p) { return p.severity == Severity::Error; });
}

Problem problemFromError(const Error& error, std::string code)
{
    return Problem{Severity::Error, std::move(code), error.where, {}, error.message, {}};
}

} // namespace orrery
