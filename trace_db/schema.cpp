// SPDX-License-Identifier: Apache-2.0
#include "trace_db/schema.h"

#include "trace_db/statement.h"

#include <map>
#include <set>
#include <string>

namespace orrery::trace_db {
namespace {

struct Object {
    std::string type;
    std::string sql;
};

using Objects = std::map<std::string, Object>;

Result<Objects> objectsOf(const Connection& connection)
{
    Objects objects;
    Statement statement =
        TRY(Statement::prepare(connection, "SELECT name, type, sql FROM main.sqlite_schema"));
    while (TRY(statement.next()))
        objects[statement.text(0)] = {statement.text(1), statement.text(2)};
    return objects;
}

// SQLite stores the text of a CREATE as it was given: a fresh database tells how ours reads.
Result<Objects> expectedObjects()
{
    Connection memory = TRY(Connection::openMemory());
    for (const SqlFile& file : schemaFiles())
        TRY(memory.execute(file.sql));
    return objectsOf(memory);
}

std::string lower(std::string text)
{
    for (char& c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool isVirtual(const std::string& sql) { return lower(sql).starts_with("create virtual"); }

} // namespace

Result<void> createViews(const Connection& connection, ViewPlace place)
{
    for (const SqlFile& file : viewFiles()) {
        std::string sql = file.sql;
        if (place == ViewPlace::Temporary)
            sql.insert(sql.find("CREATE VIEW") + 7, "TEMP ");
        TRY(connection.execute(sql.c_str()));
    }
    return {};
}

Result<void> createSchema(const Connection& connection)
{
    std::string header = "PRAGMA application_id = " + std::to_string(applicationId) +
                         "; PRAGMA user_version = " + std::to_string(schemaVersion);
    TRY(connection.execute("PRAGMA page_size = 8192; BEGIN IMMEDIATE"));
    TRY(connection.execute(header.c_str()));
    for (const SqlFile& file : schemaFiles())
        TRY(connection.execute(file.sql));
    TRY(createViews(connection, ViewPlace::File));
    return connection.execute("COMMIT");
}

Result<void> checkSchema(const Connection& connection)
{
    auto refuse = [&](std::string message) {
        return Error{ErrorCode::BadFile, std::move(message), connection.path()};
    };
    if (TRY(connection.integer("PRAGMA application_id")) != applicationId)
        return refuse("is an SQLite database of another program, not an Orrery trace");
    std::int64_t version = TRY(connection.integer("PRAGMA user_version"));
    if (version != schemaVersion)
        return refuse("has trace version " + std::to_string(version) + "; this Orrery reads version " +
                      std::to_string(schemaVersion));
    Objects expected = TRY(expectedObjects());
    Objects found = TRY(objectsOf(connection));
    for (const auto& [name, object] : expected) {
        auto at = found.find(name);
        if (at == found.end())
            return refuse("lacks the " + object.type + " \"" + name + "\" of trace version " +
                          std::to_string(version));
        if (at->second.type != object.type || at->second.sql != object.sql)
            return refuse("\"" + name + "\" is not a " + object.type + " that Orrery wrote");
    }
    std::set<std::string> viewNames;
    for (const SqlFile& file : viewFiles())
        viewNames.insert(file.name);
    for (const auto& [name, object] : found) {
        std::string folded = lower(name);
        bool reserved = folded == "op_events" || folded == "alloc_events";
        bool ourView = viewNames.contains(folded);
        if (object.type == "trigger" || isVirtual(object.sql) || reserved ||
            (ourView && object.type != "view"))
            return refuse("holds a " + std::string(isVirtual(object.sql) ? "virtual table" : object.type) +
                          " \"" + name.substr(0, 64) + "\" that Orrery did not write");
    }
    return {};
}

} // namespace orrery::trace_db
