// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/node_plan.h"

#include "engine/ops/kernel_choices.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace orrery::passes {
namespace {

constexpr std::string_view threadsKey = "orrery.threads";
constexpr std::string_view placeKey = "orrery.out_of_place";

const std::string* find(const graph::Node& node, std::string_view key)
{
    const auto at = std::find_if(node.metadata.begin(), node.metadata.end(),
                                 [key](const auto& entry) { return entry.first == key; });
    return at == node.metadata.end() ? nullptr : &at->second;
}

void set(graph::Node& node, std::string_view key, std::string value)
{
    std::erase_if(node.metadata, [key](const auto& entry) { return entry.first == key; });
    node.metadata.emplace_back(key, std::move(value));
}

} // namespace

NodePlan nodePlanOf(const graph::Node& node)
{
    NodePlan plan;
    plan.isOutOfPlace = find(node, placeKey) != nullptr;
    if (const std::string* text = find(node, threadsKey)) {
        int threads = 0;
        if (std::from_chars(text->data(), text->data() + text->size(), threads).ec == std::errc())
            plan.threads = std::max(threads, 0);
    }
    return plan;
}

void limitThreads(graph::Node& node, std::int64_t threads)
{
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    set(node, threadsKey, std::to_string(std::min(threads, most)));
}

void keepOutOfPlace(graph::Node& node) { set(node, placeKey, "1"); }

void chooseKernel(graph::Node& node, std::string_view kernel)
{
    set(node, ops::kernelKey, std::string(kernel));
}

} // namespace orrery::passes
