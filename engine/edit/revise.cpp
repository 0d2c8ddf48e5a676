// SPDX-License-Identifier: Apache-2.0
//
// Three models: the model, what was shown of it, what was written. (1) What was shown is laid beside the
// model, node by node and slot by slot, so that each of its values, nodes and regions is one of the model's.
// (2) Region by region, what was written is matched with what was shown: nodes by what they make, else by
// their name; values by name. (3) Differences are made in a copy of the model; a body that is in both is a
// region of its own, a node that got or lost one is made anew. (4) The edit is the difference of the models.
#include "engine/edit/revise.h"

#include "engine/base/text.h"
#include "engine/edit/builder.h"
#include "engine/edit/difference.h"
#include "engine/edit/leave_out.h"
#include "engine/graph/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace orrery::edit {
namespace {

using graph::Graph;
using graph::Node;
using graph::Region;
using graph::Value;

bool isBody(const graph::AttributeValue& value)
{
    return std::holds_alternative<RegionId>(value) || std::holds_alternative<std::vector<RegionId>>(value);
}

std::vector<RegionId> bodiesIn(const graph::AttributeValue& value)
{
    if (auto* one = std::get_if<RegionId>(&value))
        return {*one};
    if (auto* many = std::get_if<std::vector<RegionId>>(&value))
        return *many;
    return {};
}

bool sameFunction(const graph::Function& a, const graph::Function& b)
{
    graph::Model left, right; // equality is defined of models
    left.functions.push_back(a);
    right.functions.push_back(b);
    return graph::equal(left, right);
}

bool sameTensor(const std::optional<graph::Initializer>& a, const std::optional<graph::Initializer>& b)
{
    if (!a || !b)
        return a.has_value() == b.has_value();
    return graph::equal(graph::AttributeValue(a->tensor), graph::AttributeValue(b->tensor));
}

class Revision {
public:
    Revision(const graph::Model& model, const ShownPart& part, const graph::Model& shown,
             const graph::Model& written)
        : m_model(model)
        , m_part(part)
        , m_shownModel(shown)
        , m_writtenModel(written)
        , m_shown(shown.graph)
        , m_written(written.graph)
        , m_after(model)
        , m_graph(m_after.graph)
    {}

    Result<graph::Edit> run()
    {
        TRY(layBeside(m_shown.mainRegion(), m_part.region, m_part.nodes));
        TRY(rewrite(m_written.mainRegion(), m_shown.mainRegion(), m_part.region,
                    m_part.isWhole ? Extent::Whole : Extent::Part));
        TRY(reviseFunctions());
        reviseHeader();
        dropUnused();
        return difference(m_model, m_after, "Edit as text");
    }

private:
    enum class Extent { Whole, Part };

    // --- what was shown, beside the model ---

    Result<void> layBeside(RegionId shown, RegionId region, const std::vector<NodeId>& nodes)
    {
        const auto& list = m_shown.region(shown).nodes;
        if (list.size() != nodes.size())
            return refused("the model was changed since the text was made");
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const Node &a = m_shown.node(list[i]), &b = m_graph.node(nodes[i]);
            m_nodes[a.id] = b.id;
            for (std::size_t slot = 0; slot < std::min(a.inputs.size(), b.inputs.size()); ++slot)
                m_values.try_emplace(a.inputs[slot], b.inputs[slot]);
            for (std::size_t slot = 0; slot < std::min(a.outputs.size(), b.outputs.size()); ++slot)
                m_values.try_emplace(a.outputs[slot], b.outputs[slot]);
            for (const graph::Attribute& attribute : a.attributes) {
                const graph::Attribute* other = b.attribute(attribute.name);
                const auto left = bodiesIn(attribute.value);
                const auto right = other != nullptr ? bodiesIn(other->value) : std::vector<RegionId>();
                for (std::size_t k = 0; k < std::min(left.size(), right.size()); ++k)
                    TRY(layBeside(left[k], right[k], m_graph.region(right[k]).nodes));
            }
        }
        for (std::size_t i = 0; i < m_shown.valueSlots(); ++i)
            if (const Value& value = m_shown.value(ValueId(i)); value.alive && value.region == shown)
                if (const ValueId same = visible(region, value.name); same.valid())
                    m_values.try_emplace(value.id, same);
        return {};
    }

    using NameMap = std::unordered_map<std::string, ValueId>;

    NameMap& namesIn(RegionId region)
    {
        auto [found, isNew] = m_names.try_emplace(region);
        if (isNew)
            for (std::size_t i = 0; i < m_graph.valueSlots(); ++i)
                if (const Value& value = m_graph.value(ValueId(i));
                    value.alive && value.region == region && !value.name.empty())
                    found->second.emplace(value.name, value.id);
        return found->second;
    }

    ValueId visible(RegionId region, const std::string& name)
    {
        while (region.valid() && !name.empty()) {
            const NameMap& names = namesIn(region);
            if (auto found = names.find(name); found != names.end())
                return found->second;
            const NodeId parent = m_graph.region(region).parent;
            region = parent.valid() ? m_graph.node(parent).region : RegionId();
        }
        return {};
    }

    static NameMap namesOf(const Graph& graph, RegionId region)
    {
        NameMap names;
        for (std::size_t i = 0; region.valid() && i < graph.valueSlots(); ++i)
            if (const Value& value = graph.value(ValueId(i)); value.alive && value.region == region)
                names.emplace(value.name, value.id);
        return names;
    }

    ValueId modelOf(ValueId shown) const
    {
        auto found = m_values.find(shown);
        return found == m_values.end() ? ValueId() : found->second;
    }
    ValueId resultOf(ValueId written) const
    {
        auto found = m_results.find(written);
        return found == m_results.end() ? ValueId() : found->second;
    }
    template<class Map>
    static std::vector<ValueId> mapped(const std::vector<ValueId>& ids, const Map& map)
    {
        std::vector<ValueId> result;
        for (ValueId id : ids) {
            auto found = map.find(id);
            result.push_back(id.valid() && found != map.end() ? found->second : ValueId());
        }
        return result;
    }

    // --- one region ---

    // shown is invalid for a body that is new.
    Result<void> rewrite(RegionId written, RegionId shown, RegionId region, Extent extent)
    {
        const NameMap shownNames = namesOf(m_shown, shown), writtenNames = namesOf(m_written, written);
        const auto partners = match(written, shown, shownNames);
        TRY(takeValues(written, shown, region, extent, shownNames, writtenNames, partners));
        const std::vector<NodeId> before = m_graph.region(region).nodes;
        removeNodes(shown, partners);
        std::vector<NodeId> order;
        std::unordered_set<NodeId> made;
        for (NodeId id : m_written.region(written).nodes) {
            const Node& node = m_written.node(id);
            auto partner = partners.find(id);
            NodeId now;
            if (partner != partners.end() && sameBodies(m_shown.node(partner->second), node)) {
                now = m_nodes.at(partner->second);
                TRY(change(now, m_shown.node(partner->second), node));
            } else {
                if (partner != partners.end())
                    remove(m_nodes.at(partner->second));
                now = TRY(make(node, region));
                made.insert(now);
            }
            order.push_back(now);
        }
        if (extent == Extent::Whole)
            m_graph.region(region).nodes = order;
        else
            arrange(region, before, order, made);
        TRY(changeConstants(written, shown, region, shownNames, writtenNames));
        TRY(changeTypes(written, shown, region, shownNames));
        if (extent == Extent::Whole)
            changeLists(written, shown, region);
        return {};
    }

    // Written nodes to shown ones.
    std::unordered_map<NodeId, NodeId> match(RegionId written, RegionId shown,
                                             const NameMap& shownNames) const
    {
        std::unordered_map<NodeId, NodeId> partners;
        if (!shown.valid())
            return partners;
        std::unordered_set<NodeId> taken;
        for (NodeId id : m_written.region(written).nodes)
            for (ValueId output : m_written.node(id).outputs) {
                auto same = output.valid() ? shownNames.find(m_written.value(output).name) : shownNames.end();
                const NodeId maker =
                    same != shownNames.end() ? m_shown.value(same->second).producer : NodeId();
                if (maker.valid() && taken.insert(maker).second) {
                    partners[id] = maker;
                    break;
                }
            }
        std::unordered_map<std::string, NodeId> byName;
        for (NodeId id : m_shown.region(shown).nodes)
            if (const Node& node = m_shown.node(id); taken.count(id) == 0 && !node.name.empty())
                byName.emplace(node.name, id);
        for (NodeId id : m_written.region(written).nodes)
            if (auto same = byName.find(m_written.node(id).name);
                partners.count(id) == 0 && same != byName.end() && taken.insert(same->second).second)
                partners[id] = same->second;
        return partners;
    }

    // Each written value becomes one of the model's: that of its name, a renamed one, or a new one.
    Result<void> takeValues(RegionId written, RegionId shown, RegionId region, Extent extent,
                            const NameMap& shownNames, const NameMap& writtenNames,
                            const std::unordered_map<NodeId, NodeId>& partners)
    {
        std::unordered_set<ValueId> taken;
        auto take = [&](const Value& value, ValueId is) -> Result<void> {
            m_results[value.id] = is;
            if (!taken.insert(is).second)
                return refused("two values of one graph have this name", valueText(value));
            return {};
        };
        const auto& inputs = m_written.region(written).inputs;
        // The head of a part says what others read; a name that is left there alone is no use of it.
        std::unordered_set<ValueId> idle;
        if (extent == Extent::Part) {
            const auto& outputs = m_written.region(written).outputs;
            idle.insert(outputs.begin(), outputs.end());
            for (NodeId id : m_written.region(written).nodes)
                for (ValueId read : graph::valuesRead(m_written, id))
                    idle.erase(read);
            for (ValueId id : inputs)
                idle.erase(id);
            std::erase_if(idle, [&](ValueId id) {
                return m_written.value(id).producer.valid() || m_written.value(id).isConstant();
            });
        }
        std::vector<ValueId> open;
        for (std::size_t i = 0; i < m_written.valueSlots(); ++i) {
            const Value& value = m_written.value(ValueId(i));
            if (!value.alive || value.region != written || idle.count(value.id) != 0)
                continue;
            auto same = shownNames.find(value.name);
            const ValueId known =
                same != shownNames.end() && shown.valid() ? modelOf(same->second) : ValueId();
            if (known.valid())
                TRY(take(value, known));
            else
                open.push_back(value.id);
        }
        for (const auto& [id, partner] : partners) {
            const auto &now = m_written.node(id).outputs, &was = m_shown.node(partner).outputs;
            for (std::size_t slot = 0; slot < std::min(now.size(), was.size()); ++slot) {
                if (!now[slot].valid() || !was[slot].valid() || m_results.count(now[slot]) != 0)
                    continue;
                auto still = writtenNames.find(m_shown.value(was[slot]).name);
                if (still != writtenNames.end() && idle.count(still->second) == 0)
                    continue;
                const Value& value = m_written.value(now[slot]);
                const ValueId renamed = modelOf(was[slot]);
                if (!renamed.valid() || visible(region, value.name).valid())
                    continue;
                TRY(take(value, renamed));
                namesIn(region).erase(m_graph.value(renamed).name);
                m_graph.value(renamed).name = value.name;
                namesIn(region)[value.name] = renamed;
            }
        }
        for (ValueId id : open) {
            const Value& value = m_written.value(id);
            if (m_results.count(id) != 0)
                continue;
            const bool isInput = std::find(inputs.begin(), inputs.end(), id) != inputs.end();
            const bool isGiven =
                value.producer.valid() || value.isConstant() || (isInput && extent == Extent::Whole);
            const ValueId known = visible(region, value.name);
            if (known.valid() && isGiven)
                return refused("the model has another value of this name", valueText(value));
            if (known.valid()) {
                m_results[id] = known;
                continue;
            }
            const ValueId made = m_graph.addValue(region, value.name, value.type);
            if (!value.name.empty())
                namesIn(region)[value.name] = made;
            TRY(take(value, made));
            if (isInput && extent == Extent::Part && region == m_graph.mainRegion())
                m_graph.main().inputs.push_back(made);
        }
        return {};
    }

    void remove(NodeId id)
    {
        for (ValueId output : m_graph.node(id).outputs)
            if (output.valid())
                m_candidates.push_back(output);
        for (ValueId read : graph::valuesRead(m_graph, id))
            if (m_graph.value(read).isConstant() && !m_part.isWhole)
                m_candidates.push_back(read);
        m_graph.removeNode(id);
    }

    void removeNodes(RegionId shown, const std::unordered_map<NodeId, NodeId>& partners)
    {
        std::unordered_set<NodeId> kept;
        for (const auto& [written, partner] : partners)
            kept.insert(partner);
        if (shown.valid())
            for (NodeId id : m_shown.region(shown).nodes)
                if (kept.count(id) == 0)
                    remove(m_nodes.at(id));
    }

    static bool sameBodies(const Node& shown, const Node& written)
    {
        auto count = [](const Node& node, const graph::Attribute& attribute) {
            const graph::Attribute* other = node.attribute(attribute.name);
            return other != nullptr ? bodiesIn(other->value).size() : 0;
        };
        auto all = [&](const Node& a, const Node& b) {
            return std::all_of(a.attributes.begin(), a.attributes.end(), [&](const graph::Attribute& one) {
                return bodiesIn(one.value).size() == count(b, one);
            });
        };
        return all(shown, written) && all(written, shown);
    }

    static Result<void> checkShown(const Node& node, const graph::Attribute& attribute)
    {
        if (isKeptMark(attribute.value))
            return refused("the numbers of attribute \"" + displayText(attribute.name, 80) +
                               "\" are not in the text, so they cannot be given to another node",
                           node.displayName());
        return {};
    }

    Result<void> change(NodeId id, const Node& shown, const Node& written)
    {
        auto set = [](std::string& field, const std::string& was, const std::string& now) {
            if (was != now)
                field = now;
        };
        set(m_graph.node(id).name, shown.name, written.name);
        set(m_graph.node(id).opType, shown.opType, written.opType);
        set(m_graph.node(id).domain, shown.domain, written.domain);
        set(m_graph.node(id).overload, shown.overload, written.overload);
        if (auto now = mapped(written.inputs, m_results); now != mapped(shown.inputs, m_values))
            m_graph.node(id).inputs = std::move(now);
        if (auto now = mapped(written.outputs, m_results); now != mapped(shown.outputs, m_values)) {
            for (ValueId output : m_graph.node(id).outputs)
                if (output.valid() && m_graph.value(output).producer == id) {
                    m_graph.value(output).producer = NodeId();
                    m_candidates.push_back(output);
                }
            for (ValueId output : now)
                if (output.valid())
                    m_graph.value(output).producer = id;
            m_graph.node(id).outputs = std::move(now);
        }
        for (const graph::Attribute& was : shown.attributes)
            if (written.attribute(was.name) == nullptr)
                std::erase_if(m_graph.node(id).attributes,
                              [&](const graph::Attribute& one) { return one.name == was.name; });
        for (const graph::Attribute& now : written.attributes) {
            const graph::Attribute* was = shown.attribute(now.name);
            if (isBody(now.value)) {
                const auto left = bodiesIn(now.value), middle = bodiesIn(was->value);
                const auto right = bodiesIn(m_graph.node(id).attribute(now.name)->value);
                for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i)
                    TRY(rewrite(left[i], middle[i], right[i], Extent::Whole));
            } else if (was == nullptr || was->reference != now.reference ||
                       !graph::equal(was->value, now.value)) {
                TRY(checkShown(written, now));
                Node& node = m_graph.node(id);
                node.setAttribute(now.name, now.value);
                for (graph::Attribute& one : node.attributes)
                    if (one.name == now.name)
                        one.reference = now.reference;
            }
        }
        return {};
    }

    Result<NodeId> make(const Node& written, RegionId region)
    {
        Node node;
        node.name = written.name;
        node.opType = written.opType;
        node.domain = written.domain;
        node.overload = written.overload;
        node.inputs = mapped(written.inputs, m_results);
        node.outputs = mapped(written.outputs, m_results);
        for (const graph::Attribute& attribute : written.attributes) {
            TRY(checkShown(written, attribute));
            if (!isBody(attribute.value))
                node.attributes.push_back(attribute);
        }
        for (ValueId output : node.outputs)
            if (output.valid() && m_graph.value(output).isConstant())
                return refused("a constant has this name", valueText(m_graph.value(output)));
        const NodeId id = m_graph.addNode(region, std::move(node));
        for (const graph::Attribute& attribute : written.attributes) {
            std::vector<RegionId> made;
            for (RegionId body : bodiesIn(attribute.value)) {
                made.push_back(m_graph.addRegion(id, attribute.name));
                m_graph.region(made.back()).name = m_written.region(body).name;
                TRY(rewrite(body, RegionId(), made.back(), Extent::Whole));
            }
            if (std::holds_alternative<RegionId>(attribute.value))
                m_graph.node(id).setAttribute(attribute.name, made.front());
            else if (!made.empty())
                m_graph.node(id).setAttribute(attribute.name, made);
        }
        return id;
    }

    // Nodes that were there keep their places among the others, unless the text has them in another order;
    // new ones follow the one that they follow in the text.
    void arrange(RegionId region, const std::vector<NodeId>& before, const std::vector<NodeId>& order,
                 const std::unordered_set<NodeId>& made)
    {
        std::unordered_set<NodeId> own(m_part.nodes.begin(), m_part.nodes.end());
        std::unordered_map<NodeId, std::size_t> places;
        for (std::size_t i = 0; i < before.size(); ++i)
            places[before[i]] = i;
        std::vector<NodeId> stay;
        for (NodeId id : order)
            if (made.count(id) == 0)
                stay.push_back(id);
        if (made.empty() && stay.size() == m_part.nodes.size() &&
            std::is_sorted(stay.begin(), stay.end(),
                           [&](NodeId a, NodeId b) { return places.at(a) < places.at(b); }))
            return;
        std::vector<NodeId> sequence = stay;
        std::sort(sequence.begin(), sequence.end(),
                  [&](NodeId a, NodeId b) { return places.at(a) < places.at(b); });
        std::unordered_map<NodeId, NodeId> takes; // a place's node before to the one there now
        for (std::size_t i = 0; i < stay.size(); ++i)
            takes[sequence[i]] = stay[i];
        std::unordered_map<NodeId, std::vector<NodeId>> following;
        std::vector<NodeId> first;
        NodeId last;
        for (NodeId id : order) {
            if (made.count(id) == 0)
                last = id;
            else if (last.valid())
                following[last].push_back(id);
            else
                first.push_back(id);
        }
        std::vector<NodeId> result;
        auto put = [&](const std::vector<NodeId>& ids) {
            result.insert(result.end(), ids.begin(), ids.end());
        };
        for (NodeId id : before) {
            if (own.count(id) == 0) {
                result.push_back(id);
                continue;
            }
            if (auto now = takes.find(id); now != takes.end()) {
                put(std::exchange(first, {}));
                result.push_back(now->second);
                put(following[now->second]);
            } else if (stay.empty()) {
                put(std::exchange(first, {}));
            }
        }
        put(first);
        Region& target = m_graph.region(region);
        const auto sortedBefore = graph::topologicalOrder(m_model.graph, region);
        target.nodes = std::move(result);
        if (!sortedBefore.ok() || *sortedBefore != before)
            return;
        if (auto sorted = graph::topologicalOrder(m_graph, region); sorted.ok())
            target.nodes = sorted.releaseValue();
    }

    Result<void> changeConstants(RegionId written, RegionId shown, RegionId region, const NameMap& shownNames,
                                 const NameMap& writtenNames)
    {
        for (const auto& [name, id] : writtenNames) {
            const Value& value = m_written.value(id);
            auto same = shownNames.find(name);
            const bool isKnown = shown.valid() && same != shownNames.end();
            if (!value.initializer ||
                (isKnown && sameTensor(m_shown.value(same->second).initializer, value.initializer)))
                continue;
            Value& target = m_graph.value(resultOf(id));
            if (target.producer.valid())
                return refused("a node makes it, so it cannot be a constant", valueText(value));
            if (!target.initializer)
                m_graph.region(target.region).initializers.push_back(target.id);
            target.initializer = graph::Initializer{value.initializer->tensor, {}, {}, {}};
            target.type = value.type;
            std::erase(m_graph.region(target.region).valueInfos, target.id);
        }
        (void)region;
        if (!shown.valid())
            return {};
        for (const auto& [name, id] : shownNames) {
            const ValueId target = modelOf(id);
            if (!target.valid() || !m_graph.value(target).isConstant())
                continue;
            auto now = writtenNames.find(name);
            if (now == writtenNames.end()) {
                m_candidates.push_back(target);
                continue;
            }
            const auto &inputs = m_written.region(written).inputs, &before = m_shown.region(shown).inputs;
            auto lists = [](const std::vector<ValueId>& list, ValueId value) {
                return std::find(list.begin(), list.end(), value) != list.end();
            };
            if (!m_written.value(now->second).initializer && lists(inputs, now->second) &&
                !lists(before, id)) {
                m_graph.value(target).initializer.reset();
                std::erase(m_graph.region(m_graph.value(target).region).initializers, target);
            }
        }
        return {};
    }

    Result<void> changeTypes(RegionId written, RegionId shown, RegionId region, const NameMap& shownNames)
    {
        const auto& declared = m_written.region(written).valueInfos;
        std::unordered_set<ValueId> nowDeclared(declared.begin(), declared.end()), wasDeclared;
        if (shown.valid())
            wasDeclared.insert(m_shown.region(shown).valueInfos.begin(),
                               m_shown.region(shown).valueInfos.end());
        for (std::size_t i = 0; i < m_written.valueSlots(); ++i) {
            const Value& value = m_written.value(ValueId(i));
            const ValueId id = value.alive && value.region == written ? resultOf(value.id) : ValueId();
            if (!id.valid())
                continue;
            auto same = shownNames.find(value.name);
            const Value* was =
                shown.valid() && same != shownNames.end() ? &m_shown.value(same->second) : nullptr;
            Value& target = m_graph.value(id);
            if (was != nullptr && was->type != value.type) {
                if (target.isConstant() && !value.initializer)
                    return refused("its numbers are not in the text, so its type cannot be changed here",
                                   valueText(value));
                target.type = value.type;
            }
            const bool lists = nowDeclared.count(value.id) != 0;
            const bool listed = was != nullptr && wasDeclared.count(was->id) != 0;
            if (target.isConstant() || lists == listed || target.region != region)
                continue;
            std::erase(m_graph.region(region).valueInfos, id);
            if (lists)
                m_graph.region(region).valueInfos.push_back(id);
        }
        return {};
    }

    void changeLists(RegionId written, RegionId shown, RegionId region)
    {
        const Region& now = m_written.region(written);
        Region& target = m_graph.region(region);
        auto change = [&](std::vector<ValueId>& list, const std::vector<ValueId> Region::*which) {
            auto result = mapped(now.*which, m_results);
            if (shown.valid() && result == mapped(m_shown.region(shown).*which, m_values))
                return;
            for (ValueId id : list)
                m_candidates.push_back(id);
            list = std::move(result);
        };
        change(target.inputs, &Region::inputs);
        change(target.outputs, &Region::outputs);
        if (!shown.valid() || m_shown.region(shown).name != now.name)
            target.name = now.name;
    }

    // --- the model around it ---

    Result<void> reviseFunctions()
    {
        auto find = [](std::vector<graph::Function>& all, const graph::Function& like) {
            return std::find_if(all.begin(), all.end(), [&](const graph::Function& one) {
                return one.domain == like.domain && one.name == like.name && one.overload == like.overload;
            });
        };
        auto shown = m_shownModel.functions, written = m_writtenModel.functions;
        for (const graph::Function& function : written) {
            auto was = find(shown, function);
            if (was != shown.end() && sameFunction(*was, function))
                continue;
            for (NodeId id : function.body.liveNodes())
                for (const graph::Attribute& attribute : function.body.node(id).attributes)
                    TRY(checkShown(function.body.node(id), attribute));
            auto place = find(m_after.functions, function);
            if (place == m_after.functions.end()) {
                m_after.functions.push_back(function);
                continue;
            }
            std::string doc = std::move(place->doc);
            *place = function;
            place->doc = std::move(doc);
        }
        for (const graph::Function& function : shown)
            if (m_part.isWhole && find(written, function) == written.end())
                if (auto place = find(m_after.functions, function); place != m_after.functions.end())
                    m_after.functions.erase(place);
        return {};
    }

    void reviseHeader()
    {
        if (!m_writtenModel.opsets.empty() && m_writtenModel.opsets != m_shownModel.opsets)
            m_after.opsets = m_writtenModel.opsets;
        if (!m_part.isWhole || m_writtenModel.irVersion == 0) // no header was written
            return;
        auto set = [&](auto graph::Model::*field) {
            if (m_writtenModel.*field != m_shownModel.*field)
                m_after.*field = m_writtenModel.*field;
        };
        set(&graph::Model::irVersion);
        set(&graph::Model::producerName);
        set(&graph::Model::producerVersion);
        set(&graph::Model::domain);
        set(&graph::Model::modelVersion);
        set(&graph::Model::doc);
        set(&graph::Model::metadata);
    }

    void dropUnused()
    {
        const graph::UseIndex uses(m_graph);
        std::unordered_set<ValueId> listed;
        for (std::size_t i = 0; i < m_graph.regionSlots(); ++i)
            if (const Region& region = m_graph.region(RegionId(i)); region.alive)
                listed.insert(region.inputs.begin(), region.inputs.end());
        for (ValueId id : m_candidates)
            if (const Value& value = m_graph.value(id);
                value.alive && !value.producer.valid() && uses.uses(id).empty() && listed.count(id) == 0)
                m_graph.removeValue(id);
        std::erase_if(m_graph.roots(), [&](const graph::Root& root) {
            auto isGone = [&](ValueId id) { return !m_graph.contains(id); };
            return std::any_of(root.inputs.begin(), root.inputs.end(), isGone) ||
                   std::any_of(root.outputs.begin(), root.outputs.end(), isGone);
        });
    }

    const graph::Model& m_model;
    const ShownPart& m_part;
    const graph::Model &m_shownModel, &m_writtenModel;
    const Graph &m_shown, &m_written;
    graph::Model m_after;
    Graph& m_graph;                                 // of m_after
    std::unordered_map<NodeId, NodeId> m_nodes;     // shown → model
    std::unordered_map<ValueId, ValueId> m_values;  // shown → model
    std::unordered_map<ValueId, ValueId> m_results; // written → model
    std::unordered_map<RegionId, NameMap> m_names;  // of the model's regions, when asked for
    std::vector<ValueId> m_candidates;              // to go when nothing uses them any more
};

} // namespace

std::vector<NodeId> inTextOrder(const Graph& graph, const std::vector<NodeId>& nodes)
{
    std::vector<NodeId> result;
    std::vector<NodeId> open(nodes.rbegin(), nodes.rend());
    while (!open.empty()) {
        const NodeId id = open.back();
        open.pop_back();
        result.push_back(id);
        std::vector<NodeId> inner;
        for (RegionId body : graph.node(id).regions())
            inner.insert(inner.end(), graph.region(body).nodes.begin(), graph.region(body).nodes.end());
        open.insert(open.end(), inner.rbegin(), inner.rend());
    }
    return result;
}

Result<graph::Edit> revise(const graph::Model& model, const ShownPart& part, const graph::Model& shown,
                           const graph::Model& written)
{
    for (NodeId id : part.nodes)
        if (!model.graph.contains(id) || model.graph.node(id).region != part.region)
            return refused("a node of the text is no longer in the model");
    return Revision(model, part, shown, written).run();
}

} // namespace orrery::edit
