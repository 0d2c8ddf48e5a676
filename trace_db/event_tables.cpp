// SPDX-License-Identifier: Apache-2.0
//
// One template makes both tables. A scan is a statement over the chunk table, filtered by the headers
// (run_id, t0, t1); each chunk's blob is decoded whole and its events are stepped through. SQLite checks
// every constraint again, so the filters may let too much through but never too little: a bound that is no
// integer is not used.
#include "trace_db/event_tables.h"

#include "trace_db/chunk_codec.h"

#ifdef ORRERY_SQLITE_EXTENSION
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT3
#else
#include <sqlite3.h>
#endif

#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace orrery::trace_db {
namespace {

enum Pushed : int { PushedRun = 1, PushedFrom = 2, PushedTo = 4 };

constexpr int runColumn = 0;
constexpr int tsColumn = 1;

struct NodeText {
    std::string name;
    std::string opType;
};

struct Table : sqlite3_vtab {
    sqlite3* database;
    std::int64_t* lostChunks;
};

void textResult(sqlite3_context* context, std::string_view text)
{
    sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void idResult(sqlite3_context* context, std::int64_t base, std::uint32_t local)
{
    if (local != noId)
        sqlite3_result_int64(context, base + local);
}

// What one table has of its own: its columns, and the chunk table it reads.
struct OpTraits {
    using Event = OpEvent;
    static constexpr const char* name = "op_events";
    static constexpr const char* declaration = "CREATE TABLE op_events (run_id INTEGER, ts INTEGER, dur "
                                               "INTEGER, node_id INTEGER, name TEXT, op_type TEXT, "
                                               "thread INTEGER, step INTEGER, depth INTEGER, kind TEXT)";
    static constexpr const char* select = "SELECT run_id, data, first_node_id, 0 FROM main.op_chunks WHERE ";

    template<class Cursor>
    static void column(Cursor& cursor, sqlite3_context* context, int index)
    {
        const OpEvent& event = cursor.event();
        switch (index) {
        case 2:
            sqlite3_result_int64(context, event.dur);
            break;
        case 3:
            idResult(context, cursor.firstNode, event.node);
            break;
        case 4:
            cursor.nodeText(context, event.node, &NodeText::name);
            break;
        case 5:
            cursor.nodeText(context, event.node, &NodeText::opType);
            break;
        case 6:
            sqlite3_result_int64(context, event.thread);
            break;
        case 7:
            sqlite3_result_int64(context, event.step);
            break;
        case 8:
            sqlite3_result_int64(context, event.depth);
            break;
        case 9:
            textResult(context, trace_db::name(event.kind));
            break;
        default:
            break;
        }
    }
};

struct AllocTraits {
    using Event = AllocEvent;
    static constexpr const char* name = "alloc_events";
    static constexpr const char* declaration =
        "CREATE TABLE alloc_events (run_id INTEGER, ts INTEGER, action TEXT, kind TEXT, buffer INTEGER, "
        "bytes INTEGER, arena_offset INTEGER, node_id INTEGER, name TEXT, op_type TEXT, value_id INTEGER)";
    static constexpr const char* select =
        "SELECT run_id, data, first_node_id, first_value_id FROM main.alloc_chunks WHERE ";

    template<class Cursor>
    static void column(Cursor& cursor, sqlite3_context* context, int index)
    {
        const AllocEvent& event = cursor.event();
        switch (index) {
        case 2:
            textResult(context, trace_db::name(event.action));
            break;
        case 3:
            textResult(context, trace_db::name(event.kind));
            break;
        case 4:
            sqlite3_result_int64(context, event.buffer);
            break;
        case 5:
            sqlite3_result_int64(context, event.bytes);
            break;
        case 6:
            if (event.offset >= 0)
                sqlite3_result_int64(context, event.offset);
            break;
        case 7:
            idResult(context, cursor.firstNode, event.node);
            break;
        case 8:
            cursor.nodeText(context, event.node, &NodeText::name);
            break;
        case 9:
            cursor.nodeText(context, event.node, &NodeText::opType);
            break;
        case 10:
            idResult(context, cursor.firstValue, event.value);
            break;
        default:
            break;
        }
    }
};

template<class Traits>
struct Cursor : sqlite3_vtab_cursor {
    explicit Cursor(Table& table)
        : sqlite3_vtab_cursor{}
        , m_table(table)
    {}
    ~Cursor()
    {
        sqlite3_finalize(m_chunks);
        sqlite3_finalize(m_nodes);
    }
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    std::int64_t runId = 0;
    std::int64_t firstNode = 0;
    std::int64_t firstValue = 0;
    std::int64_t rowId = 0;

    const typename Traits::Event& event() const { return m_events[m_at]; }
    bool atEnd() const { return m_ended; }

    int filter(int pushed, sqlite3_value** values)
    {
        sqlite3_finalize(m_chunks);
        m_chunks = nullptr;
        m_events.clear();
        m_at = 0;
        m_ended = false;
        rowId = 0;
        m_from = std::numeric_limits<std::int64_t>::min();
        m_to = std::numeric_limits<std::int64_t>::max();
        int next = 0;
        sqlite3_value* run = (pushed & PushedRun) != 0 ? values[next++] : nullptr;
        if ((pushed & PushedFrom) != 0)
            narrow(values[next++], m_from);
        if ((pushed & PushedTo) != 0)
            narrow(values[next++], m_to);
        if (run != nullptr && sqlite3_value_type(run) != SQLITE_INTEGER)
            run = nullptr;
        std::string sql = Traits::select;
        sql += run != nullptr ? "run_id = ?3 AND t1 >= ?1 AND t0 <= ?2 ORDER BY run_id, chunk"
                              : "t1 >= ?1 AND t0 <= ?2 ORDER BY run_id, chunk";
        int code = sqlite3_prepare_v2(m_table.database, sql.c_str(), -1, &m_chunks, nullptr);
        if (code != SQLITE_OK)
            return failed(code);
        sqlite3_bind_int64(m_chunks, 1, m_from);
        sqlite3_bind_int64(m_chunks, 2, m_to);
        if (run != nullptr)
            sqlite3_bind_int64(m_chunks, 3, sqlite3_value_int64(run));
        return settle();
    }

    int next()
    {
        ++m_at;
        ++rowId;
        return settle();
    }

    void nodeText(sqlite3_context* context, std::uint32_t local, std::string NodeText::*part)
    {
        if (local == noId)
            return;
        std::int64_t id = firstNode + local;
        auto found = m_nodeTexts.find(id);
        if (found == m_nodeTexts.end()) {
            if (m_nodeTexts.size() > 1000000)
                m_nodeTexts.clear();
            found = m_nodeTexts.emplace(id, lookUp(id)).first;
        }
        if (!found->second.name.empty() || !found->second.opType.empty())
            textResult(context, found->second.*part);
    }

private:
    static void narrow(sqlite3_value* value, std::int64_t& bound)
    {
        if (sqlite3_value_type(value) == SQLITE_INTEGER)
            bound = sqlite3_value_int64(value);
    }

    // To the next event within the bounds, decoding further chunks as needed.
    int settle()
    {
        for (;;) {
            for (; m_at < m_events.size(); ++m_at, ++rowId)
                if (event().ts >= m_from && event().ts <= m_to)
                    return SQLITE_OK;
            int code = sqlite3_step(m_chunks);
            if (code == SQLITE_DONE) {
                m_ended = true;
                return SQLITE_OK;
            }
            if (code != SQLITE_ROW)
                return failed(code);
            m_at = 0;
            runId = sqlite3_column_int64(m_chunks, 0);
            firstNode = base(2);
            firstValue = base(3);
            auto* data = static_cast<const std::byte*>(sqlite3_column_blob(m_chunks, 1));
            auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_chunks, 1));
            if (!decodeChunk(std::span(data, data == nullptr ? 0 : size), m_events) &&
                m_table.lostChunks != nullptr)
                ++*m_table.lostChunks;
        }
    }

    // Ids are kept small enough that a local id can be added to them.
    std::int64_t base(int column) const
    {
        std::int64_t value = sqlite3_column_int64(m_chunks, column);
        return value < 0 || value > std::numeric_limits<std::int64_t>::max() / 2 ? 0 : value;
    }

    NodeText lookUp(std::int64_t id)
    {
        NodeText text;
        if (m_nodes == nullptr &&
            sqlite3_prepare_v2(m_table.database, "SELECT name, op_type FROM main.nodes WHERE node_id = ?1",
                               -1, &m_nodes, nullptr) != SQLITE_OK)
            return text;
        sqlite3_bind_int64(m_nodes, 1, id);
        if (sqlite3_step(m_nodes) == SQLITE_ROW) {
            text.name = columnText(0);
            text.opType = columnText(1);
        }
        sqlite3_reset(m_nodes);
        return text;
    }

    std::string columnText(int column)
    {
        auto* text = reinterpret_cast<const char*>(sqlite3_column_text(m_nodes, column));
        return text == nullptr
                   ? std::string()
                   : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(m_nodes, column)));
    }

    int failed(int code)
    {
        sqlite3_free(m_table.zErrMsg);
        m_table.zErrMsg = sqlite3_mprintf("%s: %s", Traits::name, sqlite3_errmsg(m_table.database));
        return code;
    }

    Table& m_table;
    sqlite3_stmt* m_chunks = nullptr;
    sqlite3_stmt* m_nodes = nullptr;
    std::vector<typename Traits::Event> m_events;
    std::size_t m_at = 0;
    bool m_ended = true;
    std::int64_t m_from = 0;
    std::int64_t m_to = 0;
    std::unordered_map<std::int64_t, NodeText> m_nodeTexts;
};

// SQLite is C: nothing may be thrown into it.
template<class Do>
int guarded(Do what)
{
    try {
        return what();
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    } catch (...) {
        return SQLITE_ERROR;
    }
}

template<class Traits>
int connect(sqlite3* database, void* lostChunks, int, const char* const*, sqlite3_vtab** out, char**)
{
    int code = sqlite3_declare_vtab(database, Traits::declaration);
    if (code != SQLITE_OK)
        return code;
    sqlite3_vtab_config(database, SQLITE_VTAB_DIRECTONLY);
    return guarded([&] {
        *out = new Table{{}, database, static_cast<std::int64_t*>(lostChunks)};
        return SQLITE_OK;
    });
}

int disconnect(sqlite3_vtab* table)
{
    delete static_cast<Table*>(table);
    return SQLITE_OK;
}

// One equality on run_id, one lower and one upper bound on ts; ts = x is both.
int bestIndex(sqlite3_vtab*, sqlite3_index_info* info)
{
    int run = -1;
    int from = -1;
    int to = -1;
    for (int i = 0; i < info->nConstraint; ++i) {
        const auto& constraint = info->aConstraint[i];
        if (constraint.usable == 0)
            continue;
        if (constraint.iColumn == runColumn && constraint.op == SQLITE_INDEX_CONSTRAINT_EQ)
            run = i;
        if (constraint.iColumn == tsColumn &&
            (constraint.op == SQLITE_INDEX_CONSTRAINT_GE || constraint.op == SQLITE_INDEX_CONSTRAINT_GT))
            from = i;
        if (constraint.iColumn == tsColumn &&
            (constraint.op == SQLITE_INDEX_CONSTRAINT_LE || constraint.op == SQLITE_INDEX_CONSTRAINT_LT))
            to = i;
    }
    int next = 0;
    double rows = 1e7;
    auto push = [&](int constraint, int flag, double share) {
        if (constraint < 0)
            return;
        info->aConstraintUsage[constraint].argvIndex = ++next;
        info->idxNum |= flag;
        rows *= share;
    };
    info->idxNum = 0;
    push(run, PushedRun, 0.3);
    push(from, PushedFrom, 0.1);
    push(to, PushedTo, 0.1);
    info->estimatedCost = rows;
    info->estimatedRows = static_cast<sqlite3_int64>(rows);
    return SQLITE_OK;
}

template<class Traits>
int openCursor(sqlite3_vtab* table, sqlite3_vtab_cursor** out)
{
    return guarded([&] {
        *out = new Cursor<Traits>(*static_cast<Table*>(table));
        return SQLITE_OK;
    });
}

template<class Traits>
Cursor<Traits>& of(sqlite3_vtab_cursor* cursor)
{
    return *static_cast<Cursor<Traits>*>(cursor);
}

template<class Traits>
int closeCursor(sqlite3_vtab_cursor* cursor)
{
    delete &of<Traits>(cursor);
    return SQLITE_OK;
}

template<class Traits>
int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index)
{
    return guarded([&] {
        Cursor<Traits>& at = of<Traits>(cursor);
        if (index == runColumn)
            sqlite3_result_int64(context, at.runId);
        else if (index == tsColumn)
            sqlite3_result_int64(context, at.event().ts);
        else
            Traits::column(at, context, index);
        return SQLITE_OK;
    });
}

template<class Traits>
const sqlite3_module* module()
{
    static const sqlite3_module functions = [] {
        sqlite3_module m{};
        m.iVersion = 1;
        m.xConnect = connect<Traits>; // no xCreate: the table exists under its own name only
        m.xBestIndex = bestIndex;
        m.xDisconnect = disconnect;
        m.xOpen = openCursor<Traits>;
        m.xClose = closeCursor<Traits>;
        m.xFilter = [](sqlite3_vtab_cursor* cursor, int pushed, const char*, int, sqlite3_value** values) {
            return guarded([&] { return of<Traits>(cursor).filter(pushed, values); });
        };
        m.xNext = [](sqlite3_vtab_cursor* cursor) {
            return guarded([&] { return of<Traits>(cursor).next(); });
        };
        m.xEof = [](sqlite3_vtab_cursor* cursor) { return of<Traits>(cursor).atEnd() ? 1 : 0; };
        m.xColumn = column<Traits>;
        m.xRowid = [](sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
            *id = of<Traits>(cursor).rowId;
            return SQLITE_OK;
        };
        return m;
    }();
    return &functions;
}

} // namespace

int registerEventTables(sqlite3* database, std::int64_t* lostChunks)
{
    int code = sqlite3_create_module_v2(database, OpTraits::name, module<OpTraits>(), lostChunks, nullptr);
    if (code != SQLITE_OK)
        return code;
    return sqlite3_create_module_v2(database, AllocTraits::name, module<AllocTraits>(), lostChunks, nullptr);
}

} // namespace orrery::trace_db
