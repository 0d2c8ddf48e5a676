#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The SQL of the trace: embedded files, and the check that a file's tables are those that the SQL makes.
// schemaVersion is kept in user_version, applicationId in application_id.

#include "engine/base/result.h"
#include "trace_db/connection.h"

#include <cstdint>
#include <span>

namespace orrery::trace_db {

struct SqlFile {
    const char* name; // without folder and ending
    const char* sql;
};

inline constexpr std::int64_t applicationId = 0x4f525259; // "ORRY"
inline constexpr std::int64_t schemaVersion = 2;

std::span<const SqlFile> schemaFiles(); // in order
std::span<const SqlFile> viewFiles();

enum class ViewPlace { File, Temporary };

Result<void> createSchema(const Connection& connection); // in one transaction
Result<void> createViews(const Connection& connection, ViewPlace place);

// application_id, user_version, and each object of sqlite_schema. Ours must be there with our text; a
// trigger or virtual table is refused. Views are not compared: readers never run those of a file. Further
// tables are left alone.
Result<void> checkSchema(const Connection& connection);

} // namespace orrery::trace_db
