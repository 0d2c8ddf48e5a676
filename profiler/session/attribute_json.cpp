// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/attribute_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace orrery::session {

namespace {

using nlohmann::json;

constexpr std::size_t largestList = 4096;
constexpr int deepestNesting = 4;

json jsonOf(const graph::Attribute& attribute)
{
    return std::visit(
        [&](const auto& value) -> json {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, std::monostate>) {
                return nullptr;
            } else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, float> ||
                                 std::is_same_v<T, std::string>) {
                return value;
            } else if constexpr (std::is_same_v<T, RegionId>) {
                return {{"region", value.value}};
            } else if constexpr (std::is_same_v<T, graph::Tensor> ||
                                 std::is_same_v<T, std::vector<graph::Tensor>>) {
                return {{"tensor", attribute.text()}};
            } else if constexpr (std::is_same_v<T, graph::OpaqueAttribute>) {
                return {{"opaque", attribute.text()}};
            } else if constexpr (std::is_same_v<T, std::vector<RegionId>>) {
                json ids = json::array();
                for (RegionId id : value)
                    ids.push_back(id.value);
                return {{"regions", ids}};
            } else {
                return value.size() > largestList ? json{{"elided", value.size()}} : json(value);
            }
        },
        attribute.value);
}

template<class T>
std::vector<T> listOf(const json& list)
{
    std::vector<T> values;
    for (const json& entry : list)
        values.push_back(entry.get<T>());
    return values;
}

template<class Test>
bool all(const json& list, Test test)
{
    return std::all_of(list.begin(), list.end(), test);
}

graph::AttributeValue valueOf(const json& value, std::size_t regionSlots)
{
    if (value.is_number_integer())
        return value.get<std::int64_t>();
    if (value.is_number_float())
        return value.get<float>();
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_array()) {
        if (all(value, [](const json& entry) { return entry.is_number_integer(); }))
            return listOf<std::int64_t>(value);
        if (all(value, [](const json& entry) { return entry.is_number(); }))
            return listOf<float>(value);
        if (all(value, [](const json& entry) { return entry.is_string(); }))
            return listOf<std::string>(value);
    }
    if (value.is_object()) {
        if (auto region = value.find("region"); region != value.end() && region->is_number_unsigned() &&
                                                region->get<std::uint64_t>() < regionSlots)
            return RegionId(region->get<std::size_t>());
        for (const char* key : {"tensor", "opaque"})
            if (auto text = value.find(key); text != value.end() && text->is_string())
                return text->get<std::string>();
        if (auto elided = value.find("elided"); elided != value.end() && elided->is_number_unsigned())
            return "list of " + std::to_string(elided->get<std::uint64_t>()) + " entries";
    }
    return std::monostate();
}

} // namespace

std::string attributesJson(const std::vector<graph::Attribute>& attributes)
{
    if (attributes.empty())
        return {};
    json object = json::object();
    for (const graph::Attribute& attribute : attributes)
        object[attribute.name] = jsonOf(attribute);
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<graph::Attribute> attributesOf(const std::string& text, std::size_t regionSlots)
{
    // Attributes are shallow; what lies deeper is dropped while parsing.
    auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= deepestNesting; };
    json object = json::parse(text, shallow, false);
    std::vector<graph::Attribute> attributes;
    if (!object.is_object())
        return attributes;
    for (const auto& [name, value] : object.items()) {
        graph::Attribute attribute;
        attribute.name = name;
        attribute.value = valueOf(value, regionSlots);
        if (!std::holds_alternative<std::monostate>(attribute.value))
            attributes.push_back(std::move(attribute));
    }
    return attributes;
}

} // namespace orrery::session
