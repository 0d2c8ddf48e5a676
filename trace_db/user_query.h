#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A user's SQL on a trace: one statement, read-only, on a connection of its own, with an authorizer (SELECT
// and harmless pragmas), a time limit and a row limit. Every table, view and event table is there. Errors are
// sentences with SQLite's words.

#include "engine/base/result.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace orrery::trace_db {

// NULL, integer, real, text; a blob is given as x'hex' text, cut at 64 bytes.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

struct UserQueryLimits {
    std::int64_t rows = 100000;
    double seconds = 5;
    const std::atomic<bool>* cancelled = nullptr; // looked at while the query runs
};

struct UserQueryResult {
    std::vector<std::string> columns;
    std::vector<std::vector<Cell>> rows;
    bool truncated = false; // there were more rows than the limit
    std::int64_t lostChunks = 0;
};

Result<UserQueryResult> runUserQuery(const std::string& path, const std::string& sql,
                                     const UserQueryLimits& limits = {});

std::string cellText(const Cell& cell); // NULL is ""

} // namespace orrery::trace_db
