// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/event_translator.h"

#include <algorithm>
#include <array>

namespace orrery::session {

namespace {

constexpr std::int64_t sampleIntervalNs = 100'000;
constexpr std::int64_t largestAllocation = std::int64_t{1} << 62;

} // namespace

EventTranslator::EventTranslator(trace_db::TraceWriter& writer, const RunBounds& bounds)
    : m_writer(writer)
    , m_bounds(bounds)
{}

std::uint32_t EventTranslator::nodeOrNone(std::uint64_t node) const
{
    return node < m_bounds.nodeSlots ? static_cast<std::uint32_t>(node) : trace_db::noId;
}

Result<void> EventTranslator::allocation(const record::Event& first, const record::Event& second)
{
    trace_db::AllocEvent event;
    event.ts = m_clock.toNs(first.ticks);
    event.bytes = static_cast<std::int64_t>(first.first);
    event.offset = std::max<std::int64_t>(static_cast<std::int64_t>(first.second), -1);
    event.buffer = first.id;
    event.value = second.id < m_bounds.valueSlots ? second.id : trace_db::noId;
    event.node = nodeOrNone(second.first);
    if (second.kind != record::EventKind::AllocDetail || first.aux >= trace_db::allocKindCount ||
        event.bytes < 0 || event.bytes > largestAllocation || event.buffer == trace_db::noId) {
        ++m_malformed;
        return {};
    }
    // Both enumerations list the same kinds in the same order.
    event.kind = static_cast<trace_db::AllocKind>(first.aux);
    m_allocs.push_back(event);
    if (event.offset >= 0 && m_inArena.emplace(event.buffer, event.bytes).second)
        m_arenaBytes += event.bytes;
    ++m_events;
    return {};
}

void EventTranslator::release(const record::Event& event)
{
    trace_db::AllocEvent free;
    free.action = trace_db::AllocAction::Free;
    free.ts = m_clock.toNs(event.ticks);
    free.buffer = event.id;
    free.node = nodeOrNone(event.first);
    m_allocs.push_back(free);
    if (auto found = m_inArena.find(event.id); found != m_inArena.end()) {
        m_arenaBytes -= found->second;
        m_inArena.erase(found);
    }
    ++m_events;
}

Result<void> EventTranslator::native(const record::Event& first, const record::Event& second)
{
    trace_db::NativeUse use;
    use.node = nodeOrNone(first.id);
    use.allocations = static_cast<std::int64_t>(second.first & 0xffffffff);
    use.frees = static_cast<std::int64_t>(second.first >> 32);
    use.allocatedBytes = static_cast<std::int64_t>(first.first);
    use.freedBytes = static_cast<std::int64_t>(first.second);
    use.peakBytes = static_cast<std::int64_t>(second.second);
    bool sound = second.kind == record::EventKind::NativeCount && use.node != trace_db::noId;
    for (std::int64_t bytes : {use.allocatedBytes, use.freedBytes, use.peakBytes})
        sound = sound && bytes >= 0 && bytes <= largestAllocation;
    if (!sound) {
        ++m_malformed;
        return {};
    }
    ++m_events;
    return m_writer.append(use);
}

Result<void> EventTranslator::site(const record::Event& event)
{
    if (event.id != m_sites || event.aux > static_cast<std::uint8_t>(record::SiteKind::Mapping)) {
        ++m_malformed;
        return {};
    }
    ++m_sites;
    ++m_events;
    trace_db::NativeSite site;
    site.site = event.id;
    site.kind = event.aux == static_cast<std::uint8_t>(record::SiteKind::Mapping)
                    ? trace_db::NativeKind::Mapping
                    : trace_db::NativeKind::Heap;
    site.node = nodeOrNone(event.first);
    site.share = event.first == record::tensorSiteNode ? trace_db::NativeShare::Tensor
                 : site.node == trace_db::noId         ? trace_db::NativeShare::Other
                                                       : trace_db::NativeShare::Native;
    site.stack =
        event.second > 0 && event.second < trace_db::noId ? static_cast<std::int64_t>(event.second) : -1;
    site.firstStep = m_stepsDone;
    return m_writer.append(site);
}

Result<void> EventTranslator::siteLive(const record::Event& event)
{
    trace_db::NativeSample sample;
    sample.site = event.id;
    sample.step = static_cast<std::uint32_t>(event.second >> 32);
    sample.liveBytes = static_cast<std::int64_t>(event.first);
    sample.liveBlocks = static_cast<std::int64_t>(event.second & 0xffffffff);
    if (event.id >= m_sites || sample.liveBytes < 0 || sample.liveBytes > largestAllocation) {
        ++m_malformed;
        return {};
    }
    ++m_events;
    return m_writer.append(sample);
}

Result<void> EventTranslator::heapTotal(const record::Event& event)
{
    static constexpr std::array<const char*, record::heapTotalCount> names = {
        "heap_tensor_bytes", "heap_native_bytes",    "heap_other_bytes",         "mapped_bytes",
        "heap_held_bytes",   "heap_untracked_bytes", "heap_earlier_freed_bytes", "engine_live_bytes",
        "engine_held_bytes"};
    if (event.aux >= names.size() || event.first > static_cast<std::uint64_t>(largestAllocation)) {
        ++m_malformed;
        return {};
    }
    std::uint32_t counter = TRY(m_writer.counter(names[event.aux], "bytes"));
    m_samples.push_back({m_clock.toNs(event.ticks), static_cast<double>(event.first), counter});
    ++m_events;
    return {};
}

void EventTranslator::sampleArena(std::int64_t ts)
{
    if (m_arenaBytes == m_sampledArenaBytes || ts - m_lastSampleTs < sampleIntervalNs)
        return;
    m_sampledArenaBytes = m_arenaBytes;
    m_lastSampleTs = ts;
    m_samples.push_back({ts, static_cast<double>(m_arenaBytes), m_arenaCounter});
}

Result<void> EventTranslator::pass()
{
    TRY(m_writer.append(std::span<const trace_db::OpEvent>(m_ops)));
    m_ops.clear();
    TRY(m_writer.append(std::span<const trace_db::AllocEvent>(m_allocs)));
    m_allocs.clear();
    TRY(m_writer.append(std::span<const trace_db::CounterSample>(m_samples)));
    m_samples.clear();
    return {};
}

Result<std::size_t> EventTranslator::take(std::span<const record::Event> slots)
{
    using record::EventKind;
    if (m_arenaCounter == trace_db::noId)
        m_arenaCounter = TRY(m_writer.counter("arena_in_use", "bytes"));
    std::size_t i = 0;
    for (; i < slots.size(); ++i) {
        const record::Event& event = slots[i];
        switch (event.kind) {
        case EventKind::Op:
        case EventKind::Wait: {
            trace_db::OpEvent op;
            std::int64_t end = m_clock.toNs(event.ticks);
            op.ts = m_clock.toNs(event.first);
            op.dur = end - op.ts;
            op.node = nodeOrNone(event.id);
            op.step = static_cast<std::uint32_t>(event.second);
            op.depth = event.depth;
            op.kind = event.kind == EventKind::Wait ? trace_db::OpKind::Wait : trace_db::OpKind::Op;
            if (op.dur < 0 || (op.kind == trace_db::OpKind::Op && op.node == trace_db::noId)) {
                ++m_malformed;
                break;
            }
            m_ops.push_back(op);
            ++m_events;
            sampleArena(end);
            break;
        }
        case EventKind::Step: {
            trace_db::Step step;
            std::int64_t end = m_clock.toNs(event.ticks);
            step.index = event.id;
            step.ts = m_clock.toNs(event.first);
            step.dur = end - step.ts;
            step.kind =
                event.id < m_bounds.warmup ? trace_db::StepKind::WarmUp : trace_db::StepKind::Measured;
            if (step.dur < 0) {
                ++m_malformed;
                break;
            }
            sampleArena(end);
            TRY(pass());
            TRY(m_writer.addStep(step));
            m_stepsDone = step.index + 1;
            ++m_events;
            break;
        }
        case EventKind::Alloc:
            if (i + 1 == slots.size()) {
                TRY(pass());
                return i;
            }
            ++i;
            TRY(allocation(event, slots[i]));
            break;
        case EventKind::Free:
            release(event);
            break;
        case EventKind::NativeUse:
            if (i + 1 == slots.size()) {
                TRY(pass());
                return i;
            }
            ++i;
            TRY(native(event, slots[i]));
            break;
        case EventKind::Site:
            TRY(site(event));
            break;
        case EventKind::SiteLive:
            TRY(siteLive(event));
            break;
        case EventKind::HeapTotal:
            TRY(heapTotal(event));
            break;
        case EventKind::StepInputs:
            if (event.first >= m_bounds.inputSets.size()) {
                ++m_malformed;
                break;
            }
            TRY(m_writer.addStepInputs(event.id, m_bounds.inputSets[event.first]));
            ++m_events;
            break;
        default:
            ++m_malformed;
        }
    }
    TRY(pass());
    return i;
}

} // namespace orrery::session
