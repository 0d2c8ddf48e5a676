// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/op_spec.h"

#include "engine/base/checked_math.h"
#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace orrery::ops {
namespace {

std::string_view canonical(std::string_view domain)
{
    return domain == "ai.onnx" ? std::string_view() : domain;
}

double totalBytes(std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    double total = 0;
    for (const TensorSize& t : inputs)
        total += static_cast<double>(t.bytes());
    for (const TensorSize& t : outputs)
        total += static_cast<double>(t.bytes());
    return total;
}

} // namespace

std::int64_t TensorSize::elements() const { return checkedElementCount(dims).value_or(0); }

std::int64_t TensorSize::bytes() const
{
    return static_cast<std::int64_t>(graph::byteSizeOf(type, dims).value_or(0));
}

std::string_view name(OpCategory category)
{
    static constexpr std::string_view names[] = {
        "convolution", "pooling", "normalization", "activation", "matrix math", "elementwise", "logic",
        "reduction",   "tensor",  "data",          "control",    "recurrent",   "other"};
    return names[static_cast<std::size_t>(category)];
}

Cost elementwiseCost(const graph::Node&, std::span<const TensorSize> inputs,
                     std::span<const TensorSize> outputs)
{
    Cost cost;
    cost.bytes = totalBytes(inputs, outputs);
    for (const TensorSize& t : outputs)
        cost.flops += static_cast<double>(t.elements());
    return cost;
}

Cost copyCost(const graph::Node&, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    return Cost{0, totalBytes(inputs, outputs)};
}

const OpRegistry& OpRegistry::builtin()
{
    static const OpRegistry registry(opLists());
    return registry;
}

OpRegistry::OpRegistry(std::vector<OpList> lists)
{
    for (OpList& list : lists)
        std::move(list.begin(), list.end(), std::back_inserter(m_specs));
    std::sort(m_specs.begin(), m_specs.end(), [](const OpSpec& a, const OpSpec& b) {
        return std::tie(a.domain, a.name) < std::tie(b.domain, b.name);
    });
}

const OpSpec* OpRegistry::find(std::string_view domain, std::string_view opName) const
{
    auto key = std::pair(canonical(domain), opName);
    auto at = std::lower_bound(m_specs.begin(), m_specs.end(), key, [](const OpSpec& spec, const auto& k) {
        return std::pair(spec.domain, spec.name) < k;
    });
    return at != m_specs.end() && at->domain == key.first && at->name == key.second ? &*at : nullptr;
}

Result<const OpSpec*> findOp(const OpRegistry& registry, const graph::Node& node, std::int64_t opsetVersion)
{
    std::string op = displayText(node.domain.empty() ? node.opType : node.domain + "." + node.opType, 200);
    const OpSpec* spec = registry.find(node.domain, node.opType);
    if (spec == nullptr)
        return Error{ErrorCode::Unsupported,
                     fmt::format("operator {} (opset {}) is not implemented", op, opsetVersion),
                     node.displayName()};
    if (opsetVersion < spec->firstVersion || opsetVersion > spec->lastVersion)
        return Error{ErrorCode::Unsupported,
                     fmt::format("operator {} of opset {} is not implemented; opsets {} to {} are", op,
                                 opsetVersion, spec->firstVersion, spec->lastVersion),
                     node.displayName()};
    return spec;
}

std::string_view kernelLevel() { return ORRERY_KERNEL_LEVEL; }

} // namespace orrery::ops
