// SPDX-License-Identifier: Apache-2.0
#include "views/memory/memory_facts.h"

#include "engine/base/text.h"
#include "trace_db/queries/counters.h"
#include "trace_db/queries/scalars.h"

#include <QCoreApplication>

#include <algorithm>

namespace orrery::memory {
namespace {

namespace db = trace_db;

QString tr(const char* text) { return QCoreApplication::translate("Memory", text); }

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 400)); }

Result<std::int64_t> metric(const db::TraceReader& reader, db::RunId run, const char* name)
{
    for (const db::scalars::Row& row : TRY(db::scalars::run(reader, {run, name})))
        if (row.step == -1 && row.value >= 0 && row.value < 9e18)
            return std::int64_t(row.value);
    return -1;
}

} // namespace

db::TimeRange MemoryFacts::span() const
{
    if (isEmpty())
        return {};
    db::TimeRange all{index->firstTs(), index->lastTs};
    for (const db::StepMemory& step : index->steps) {
        all.begin = std::min(all.begin, step.begin);
        all.end = std::max(all.end, step.end);
    }
    if (all.end < INT64_MAX)
        ++all.end;
    return all;
}

std::int64_t MemoryFacts::nativeAt(std::int64_t ts) const
{
    const auto after =
        std::partition_point(native.begin(), native.end(), [&](const NativeSample& s) { return s.ts <= ts; });
    return after == native.begin() ? 0 : std::prev(after)->bytes;
}

QString MemoryFacts::nodeText(std::uint32_t node) const
{
    if (node == db::noId)
        return tr("the run itself");
    const db::NodeRow& row = graph->node(node);
    return row.name.empty() ? shown(row.opType.empty() ? "node " + std::to_string(node) : row.opType)
                            : shown(row.name);
}

QString MemoryFacts::valueText(std::uint32_t value) const
{
    return value == db::noId ? QString() : shown(graph->value(value).name);
}

Result<std::shared_ptr<const MemoryFacts>> readMemoryFacts(const db::TraceReader& reader, db::RunId run)
{
    auto facts = std::make_shared<MemoryFacts>();
    facts->path = reader.path();
    facts->run = run;
    facts->index = TRY(db::alloc_index::run(reader, {run}));
    facts->graph = TRY(db::graph_facts::run(reader, {run}));
    if (facts->isEmpty())
        return std::shared_ptr<const MemoryFacts>(facts);
    facts->atPeak = TRY(db::alive_at::run(reader, {facts->index, facts->graph, facts->index->peak.ts}));
    std::int64_t newest = INT64_MIN;
    for (const db::alive_at::Row& row : facts->atPeak.rows)
        if (row.buffer.ts >= newest && row.buffer.node != db::noId) {
            newest = row.buffer.ts;
            facts->peakNode = row.buffer.node;
        }
    facts->plannedArenaBytes = TRY(metric(reader, run, "planned_peak_bytes"));
    facts->plannedLowerBound = TRY(metric(reader, run, "lower_bound_bytes"));
    for (const db::counters::Row& row : TRY(db::counters::run(reader, {run, "heap_native_bytes"})))
        if (row.value >= 0 && row.value < 9e18)
            facts->native.push_back({row.ts, std::int64_t(row.value)});
    return std::shared_ptr<const MemoryFacts>(facts);
}

QString reasonText(const MemoryFacts& facts, const db::alive_at::Row& row, std::int64_t ts)
{
    using db::alive_at::Reason;
    const QString reader = facts.nodeText(row.reader);
    const QString later = row.readTs > ts
                              ? tr(", in %1").arg(QString::fromStdString(formatDurationNs(row.readTs - ts)))
                              : QString();
    const db::StepMemory* now = facts.index->stepAt(ts);
    const db::StepMemory* then = facts.index->stepAt(row.readTs);
    const QString step =
        row.readTs > ts && now != then && then != nullptr ? tr(" of step %1").arg(then->step) : QString();
    switch (row.reason) {
    case Reason::BeingRead:
        return tr("being read by %1").arg(reader);
    case Reason::ReadLater:
        return tr("read next by %1").arg(reader) + step + later;
    case Reason::InPlace:
        return tr("its place holds %1 (derived), read next by %2").arg(shown(row.heldFor), reader) + step +
               later;
    case Reason::Output:
        return tr("output of the model, for the user to read");
    case Reason::Carried:
        return tr("carried on by %1").arg(reader);
    case Reason::Scratch:
        return tr("work space of the running op");
    case Reason::Weight:
        return tr("constant, kept for all steps");
    case Reason::BeingMade:
        return tr("being written");
    case Reason::NotReadAgain:
        return row.isFreed ? tr("not read again before it is freed")
                           : tr("not read again in what was recorded");
    }
    return {};
}

} // namespace orrery::memory
