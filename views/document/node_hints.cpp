// SPDX-License-Identifier: Apache-2.0
#include "views/document/node_hints.h"

#include "engine/plan/suggest_candidates.h"

#include <algorithm>

namespace orrery::document {
namespace {

using passes::PlanHints;
using Names = std::set<std::string>;

bool namesOneOf(const std::vector<std::string>& names, const Names& wanted)
{
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return wanted.contains(name); });
}

template<class Hint>
const Hint* hintFor(const std::vector<Hint>& hints, std::string Hint::*name, const std::string& wanted)
{
    const auto at =
        std::find_if(hints.rbegin(), hints.rend(), [&](const Hint& hint) { return hint.*name == wanted; });
    return at == hints.rend() ? nullptr : &*at;
}

bool contains(const std::vector<std::string>& names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

NodeHints::NodeHints(const graph::Graph& dataflow, const graph::Graph& compute, std::vector<NodeId> nodes)
    : m_dataflow(dataflow)
    , m_compute(compute)
    , m_uses(compute)
{
    for (NodeId node : nodes)
        if (m_compute.contains(node) && !plan::hintName(m_compute, node).empty()) {
            m_nodes.push_back(node);
            m_names.push_back(plan::hintName(m_compute, node));
        }
    m_nameSet.insert(m_names.begin(), m_names.end());
}

std::vector<std::string> NodeHints::originNames(NodeId node) const
{
    std::vector<std::string> names;
    for (NodeId origin : m_compute.node(node).origins)
        if (m_dataflow.contains(origin))
            if (std::string name = plan::hintName(m_dataflow, origin); !name.empty())
                names.push_back(std::move(name));
    return names;
}

std::set<std::string> NodeHints::allOriginNames() const
{
    Names all;
    for (NodeId node : m_nodes)
        for (std::string& name : originNames(node))
            all.insert(std::move(name));
    return all;
}

NodeWish NodeHints::wish(const PlanHints& hints, NodeId node) const
{
    NodeWish wish;
    const std::string name = plan::hintName(m_compute, node);
    const auto origins = originNames(node);
    const Names originSet(origins.begin(), origins.end());
    for (const passes::KeepApartHint& hint : hints.keepApart)
        if (namesOneOf(hint.nodes, originSet))
            wish.keptApartFrom.insert(hint.pass);
    if (const auto* hint = hintFor(hints.threads, &passes::ThreadsHint::node, name))
        wish.threads = hint->threads;
    if (const auto* hint = hintFor(hints.kernel, &passes::KernelHint::node, name))
        wish.kernel = hint->kernel;
    if (contains(hints.outOfPlace, name))
        wish.place = PlaceWish::OutOfPlace;
    else if (contains(hints.joinInPlace, name))
        wish.place = PlaceWish::JoinInputs;
    if (const auto* hint = hintFor(hints.hold, &passes::HoldHint::value, name))
        wish.held = hint->type;
    wish.isComputedAgain = hintFor(hints.recompute, &passes::RecomputeHint::value, name) != nullptr;
    return wish;
}

PlanHints NodeHints::withPass(PlanHints hints, const std::string& pass, bool mayTouch) const
{
    const Names origins = allOriginNames();
    std::erase_if(hints.keepApart, [&](const passes::KeepApartHint& hint) {
        return hint.pass == pass && namesOneOf(hint.nodes, origins);
    });
    if (!mayTouch)
        for (NodeId node : m_nodes)
            if (auto names = originNames(node); !names.empty())
                hints.keepApart.push_back({pass, std::move(names)});
    return hints;
}

PlanHints NodeHints::withThreads(PlanHints hints, std::int64_t threads) const
{
    std::erase_if(hints.threads,
                  [&](const passes::ThreadsHint& hint) { return m_nameSet.contains(hint.node); });
    if (threads > 0)
        for (const std::string& name : m_names)
            hints.threads.push_back({name, threads});
    return hints;
}

PlanHints NodeHints::withKernel(PlanHints hints, const std::string& kernel) const
{
    std::erase_if(hints.kernel,
                  [&](const passes::KernelHint& hint) { return m_nameSet.contains(hint.node); });
    if (!kernel.empty())
        for (const std::string& name : m_names)
            hints.kernel.push_back({name, kernel});
    return hints;
}

PlanHints NodeHints::withPlace(PlanHints hints, PlaceWish place) const
{
    for (auto* list : {&hints.outOfPlace, &hints.joinInPlace})
        std::erase_if(*list, [&](const std::string& name) { return m_nameSet.contains(name); });
    if (place != PlaceWish::Own) {
        auto& list = place == PlaceWish::OutOfPlace ? hints.outOfPlace : hints.joinInPlace;
        list.insert(list.end(), m_names.begin(), m_names.end());
    }
    return hints;
}

std::vector<std::string> NodeHints::readers(const PlanHints& hints, NodeId node) const
{
    const std::string value = plan::hintName(m_compute, node);
    std::vector<std::string> names;
    for (const passes::HoldHint& hint : hints.hold)
        if (hint.value == value)
            names.insert(names.end(), hint.readers.begin(), hint.readers.end());
    for (const passes::RecomputeHint& hint : hints.recompute)
        if (hint.value == value)
            names.insert(names.end(), hint.readers.begin(), hint.readers.end());
    const graph::Node& maker = m_compute.node(node);
    const auto first = std::find_if(maker.outputs.begin(), maker.outputs.end(),
                                    [](ValueId output) { return output.valid(); });
    for (const graph::Use& use : m_uses.uses(*first)) {
        const bool isHere = use.node.valid() && m_compute.node(use.node).region == maker.region;
        if (std::string name = isHere ? plan::hintName(m_compute, use.node) : std::string();
            !name.empty() && name != value + "/held") // of a hint that is to be replaced
            names.push_back(std::move(name));
    }
    std::vector<std::string> unique;
    for (std::string& name : names)
        if (!contains(unique, name))
            unique.push_back(std::move(name));
    return unique;
}

// A value that is computed again is not held for long; holding it, too, would gain nothing.
PlanHints NodeHints::withHeld(PlanHints hints, std::optional<graph::DataType> type) const
{
    std::vector<passes::HoldHint> added;
    for (std::size_t i = 0; i < m_nodes.size() && type; ++i)
        if (auto names = readers(hints, m_nodes[i]); !names.empty())
            added.push_back({m_names[i], *type, std::move(names)});
    const auto isOurs = [&](const auto& hint) { return m_nameSet.contains(hint.value); };
    std::erase_if(hints.hold, isOurs);
    if (type)
        std::erase_if(hints.recompute, isOurs);
    hints.hold.insert(hints.hold.end(), added.begin(), added.end());
    return hints;
}

PlanHints NodeHints::withRecompute(PlanHints hints, bool isComputedAgain) const
{
    std::vector<passes::RecomputeHint> added;
    for (std::size_t i = 0; i < m_nodes.size() && isComputedAgain; ++i)
        if (auto names = readers(hints, m_nodes[i]); names.size() > 1)
            added.push_back({m_names[i], std::move(names)});
    const auto isOurs = [&](const auto& hint) { return m_nameSet.contains(hint.value); };
    std::erase_if(hints.recompute, isOurs);
    if (isComputedAgain)
        std::erase_if(hints.hold, isOurs);
    hints.recompute.insert(hints.recompute.end(), added.begin(), added.end());
    return hints;
}

PlanHints NodeHints::without(const PlanHints& hints) const
{
    PlanHints left = withPlace(withKernel(withThreads(hints, 0), {}), PlaceWish::Own);
    const auto isOurs = [&](const auto& hint) { return m_nameSet.contains(hint.value); };
    std::erase_if(left.hold, isOurs);
    std::erase_if(left.recompute, isOurs);
    const Names origins = allOriginNames();
    std::erase_if(left.keepApart,
                  [&](const passes::KeepApartHint& hint) { return namesOneOf(hint.nodes, origins); });
    std::erase_if(left.chunk,
                  [&](const passes::ChunkHint& hint) { return namesOneOf(hint.nodes, m_nameSet); });
    return left;
}

PlanHints NodeHints::only(const PlanHints& hints) const
{
    const PlanHints others = without(hints);
    PlanHints ours = hints;
    const auto drop = [](auto& list, const auto& dropped) {
        std::erase_if(list, [&](const auto& hint) {
            return std::find(dropped.begin(), dropped.end(), hint) != dropped.end();
        });
    };
    drop(ours.keepApart, others.keepApart);
    drop(ours.recompute, others.recompute);
    drop(ours.hold, others.hold);
    drop(ours.chunk, others.chunk);
    drop(ours.joinInPlace, others.joinInPlace);
    drop(ours.threads, others.threads);
    drop(ours.kernel, others.kernel);
    drop(ours.outOfPlace, others.outOfPlace);
    ours.order.clear();
    return ours;
}

std::set<NodeId> hintedNodes(const graph::Graph& dataflow, const graph::Graph& compute,
                             const PlanHints& hints)
{
    std::set<NodeId> nodes;
    if (hints.empty())
        return nodes;
    Names names, apart;
    for (const passes::KeepApartHint& hint : hints.keepApart)
        apart.insert(hint.nodes.begin(), hint.nodes.end());
    for (const passes::RecomputeHint& hint : hints.recompute)
        names.insert(hint.value);
    for (const passes::HoldHint& hint : hints.hold)
        names.insert(hint.value);
    for (const passes::ChunkHint& hint : hints.chunk)
        names.insert(hint.nodes.begin(), hint.nodes.end());
    for (const passes::ThreadsHint& hint : hints.threads)
        names.insert(hint.node);
    for (const passes::KernelHint& hint : hints.kernel)
        names.insert(hint.node);
    names.insert(hints.joinInPlace.begin(), hints.joinInPlace.end());
    names.insert(hints.outOfPlace.begin(), hints.outOfPlace.end());
    for (NodeId id : compute.liveNodes()) {
        const auto& origins = compute.node(id).origins;
        const bool isApart =
            !apart.empty() && std::any_of(origins.begin(), origins.end(), [&](NodeId origin) {
                return dataflow.contains(origin) && apart.contains(plan::hintName(dataflow, origin));
            });
        if (isApart || names.contains(plan::hintName(compute, id)))
            nodes.insert(id);
    }
    return nodes;
}

} // namespace orrery::document
