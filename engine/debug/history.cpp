// SPDX-License-Identifier: Apache-2.0
//
// What is kept, and what goes.
//
// A state costs no copy: it shares its tensors with its neighbours, most of which outlive several
// instructions. So the bytes that dropping a state frees are not its size. Its *share* is the sum over its
// tensors of bytes / number of kept states that hold them (plus its own bookkeeping); the shares of all
// states add up to what the history uses, and taking one state out moves its part of the common tensors onto
// the others, where it counts from then on. What gathering loops have collected is a chain whose links the
// states of later iterations share; a link is counted when its first holder comes and no more.
//
// Dropping a state makes the places up to the next kept one dearer: they are computed from the kept state
// before it instead. The time of that *gap*, previous to next, is what somebody waits for at worst. People
// go back to near places far more often than to distant ones, so a gap's weight falls with its distance from
// the present, both measured in time of instructions:
//
//     worth = gap / (distance + grain)
//
// Equal worths mean gaps that grow in proportion to the distance: the number of states that reach back over a
// time T is about log T, which is why even a small budget spans a long run. When the budget is exceeded, the
// states with the least worth per byte of share go first, until an eighth of the budget is free, so that the
// work is done once for many states. States of other branches count as being as far as their branch is long.
//
// The first state never goes: everything can be computed from it, so a budget below one set of live tensors
// works, too, only slowly. A pass over n states with v values each costs O(n (v + log n)); n is bounded.
#include "engine/debug/history.h"

#include <queue>

#include <algorithm>
#include <cstdlib>

namespace orrery::debug {
namespace {

constexpr std::size_t maxStates = 4096;
constexpr double grainNs = 20e6;

const void* placeOf(const graph::Tensor& tensor)
{
    return tensor.type() == graph::DataType::String ? static_cast<const void*>(&tensor.strings())
                                                    : static_cast<const void*>(tensor.bytes());
}

std::int64_t bytesOf(const graph::Tensor& tensor)
{
    if (tensor.type() != graph::DataType::String)
        return static_cast<std::int64_t>(tensor.byteSize());
    std::size_t bytes = 0;
    for (const std::string& text : tensor.strings())
        bytes += sizeof(std::string) + text.capacity();
    return static_cast<std::int64_t>(bytes);
}

std::int64_t bookkeepingBytes(const exec::ExecutionState& state)
{
    constexpr std::size_t dimsBytes = 48; // of a tensor's dims, with the allocator's part
    return static_cast<std::int64_t>(sizeof(KeptState) + state.frames.size() * sizeof(exec::Frame) +
                                     state.values.size() *
                                         (sizeof(std::pair<ValueId, graph::Tensor>) + dimsBytes));
}

constexpr std::int64_t linkBytes = sizeof(exec::Gathered) + 64;

} // namespace

History::History(exec::ExecutionState first, std::span<const graph::Tensor> uncounted,
                 std::int64_t budgetBytes)
    : m_budgetBytes(budgetBytes)
    , m_first{BranchId(0), first.position}
{
    for (const graph::Tensor& tensor : uncounted)
        m_uncounted.insert(placeOf(tensor));
    for (const auto& [value, tensor] : first.values)
        m_uncounted.insert(placeOf(tensor));
    m_states.emplace(m_first, KeptState{std::move(first), 0});
}

void History::hold(const graph::Tensor& tensor)
{
    const void* place = placeOf(tensor);
    if (place == nullptr || m_uncounted.contains(place))
        return;
    Piece& piece = m_pieces[place];
    if (piece.holders++ == 0) {
        piece.bytes = bytesOf(tensor);
        m_bytes += piece.bytes;
    }
}

void History::letGo(const graph::Tensor& tensor)
{
    auto at = m_pieces.find(placeOf(tensor));
    if (at == m_pieces.end() || --at->second.holders > 0)
        return;
    m_bytes -= at->second.bytes;
    m_pieces.erase(at);
}

void History::count(const exec::ExecutionState& state)
{
    m_bytes += bookkeepingBytes(state);
    for (const auto& [value, tensor] : state.values)
        hold(tensor);
    for (const exec::Frame& frame : state.frames)
        for (const auto& last : frame.gathered)
            for (const exec::Gathered* link = last.get(); link != nullptr && m_gathered[link]++ == 0;
                 link = link->before.get()) {
                m_bytes += linkBytes;
                hold(link->tensor);
            }
}

void History::uncount(const exec::ExecutionState& state)
{
    m_bytes -= bookkeepingBytes(state);
    for (const auto& [value, tensor] : state.values)
        letGo(tensor);
    for (const exec::Frame& frame : state.frames)
        for (const auto& last : frame.gathered)
            for (const exec::Gathered* link = last.get(); link != nullptr; link = link->before.get()) {
                auto at = m_gathered.find(link);
                if (--at->second > 0)
                    break;
                m_gathered.erase(at);
                m_bytes -= linkBytes;
                letGo(link->tensor);
            }
}

void History::keep(BranchId branch, exec::ExecutionState state, std::int64_t elapsedNs,
                   const Present& present)
{
    Place place{branch, state.position};
    if (place == m_first)
        return;
    count(state);
    if (auto at = m_states.find(place); at != m_states.end()) {
        uncount(at->second.state);
        at->second = {std::move(state), elapsedNs};
    } else {
        m_states.emplace(place, KeptState{std::move(state), elapsedNs});
    }
    thinOut(present);
}

const KeptState* History::latest(BranchId branch, std::uint64_t from, std::uint64_t upTo) const
{
    auto after = m_states.upper_bound({branch, upTo});
    if (after == m_states.begin())
        return nullptr;
    const auto& [place, kept] = *std::prev(after);
    return place.first == branch && place.second >= from ? &kept : nullptr;
}

const KeptState* History::find(BranchId branch, std::uint64_t from, std::uint64_t upTo,
                               const std::function<bool(const exec::ExecutionState&)>& satisfies) const
{
    for (auto at = m_states.lower_bound({branch, from});
         at != m_states.end() && at->first.first == branch && at->first.second <= upTo; ++at)
        if (satisfies(at->second.state))
            return &at->second;
    return nullptr;
}

void History::setBudget(std::int64_t bytes, const Present& present)
{
    m_budgetBytes = bytes;
    thinOut(present);
}

std::int64_t History::usedBytesWith(std::span<const std::pair<ValueId, graph::Tensor>> values) const
{
    std::int64_t bytes = m_bytes;
    std::unordered_set<const void*> seen;
    for (const auto& [value, tensor] : values) {
        const void* place = placeOf(tensor);
        if (place != nullptr && !m_uncounted.contains(place) && !m_pieces.contains(place) &&
            seen.insert(place).second)
            bytes += bytesOf(tensor);
    }
    return bytes;
}

double History::share(const exec::ExecutionState& state) const
{
    auto bytes = static_cast<double>(bookkeepingBytes(state));
    for (const auto& [value, tensor] : state.values)
        if (auto at = m_pieces.find(placeOf(tensor)); at != m_pieces.end())
            bytes += static_cast<double>(at->second.bytes) / at->second.holders;
    return bytes;
}

double History::worth(States::const_iterator at, const Present& present) const
{
    BranchId branch = at->first.first;
    auto next = std::next(at);
    bool last = next == m_states.end() || next->first.first != branch;
    bool alone = at == m_states.begin() || std::prev(at)->first.first != branch;
    auto elapsed = static_cast<double>(at->second.elapsedNs);
    double begin = alone ? 0.0 : static_cast<double>(std::prev(at)->second.elapsedNs);
    double end = last ? elapsed + grainNs : static_cast<double>(next->second.elapsedNs);
    auto now = static_cast<double>(present.elapsedNs);
    bool here = std::find(present.lineage.begin(), present.lineage.end(), branch) != present.lineage.end();
    double distance = here ? std::abs(now - elapsed) : now + elapsed;
    return (end - begin + 1) / (distance + grainNs);
}

void History::thinOut(const Present& present)
{
    auto over = [&](std::int64_t bytes, std::size_t states) {
        return (m_budgetBytes >= 0 && m_bytes > bytes) || m_states.size() > states;
    };
    if (!over(m_budgetBytes, maxStates))
        return;
    using Candidate = std::pair<double, Place>; // least worth per byte first
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
    auto score = [&](States::const_iterator at) { return worth(at, present) / share(at->second.state); };
    for (auto at = m_states.begin(); at != m_states.end(); ++at)
        if (at->first != m_first)
            queue.emplace(score(at), at->first);
    while (!queue.empty() && over(m_budgetBytes - m_budgetBytes / 8, maxStates - maxStates / 8)) {
        auto [was, place] = queue.top();
        queue.pop();
        auto at = m_states.find(place);
        // Its neighbours may have gone meanwhile.
        double now = score(at);
        if (now > was * 1.01 && !queue.empty() && now > queue.top().first) {
            queue.emplace(now, place);
            continue;
        }
        uncount(at->second.state);
        m_states.erase(at);
    }
}

} // namespace orrery::debug
