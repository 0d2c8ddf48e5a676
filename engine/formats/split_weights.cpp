// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/split_weights.h"

#include "engine/base/text.h"
#include "engine/formats/file_io.h"

#include <fmt/format.h>

namespace orrery::formats {
namespace {

constexpr std::size_t alignment = 64; // what readers that map the file want

bool isLarge(const graph::Value& value, std::int64_t leastBytes)
{
    return value.alive && value.initializer && value.initializer->tensor.bytes() != nullptr &&
           static_cast<std::int64_t>(value.initializer->tensor.byteSize()) >= leastBytes;
}

Error notRead(const graph::Value& value)
{
    return {ErrorCode::Unsupported, "its bytes were not read, so they cannot be written elsewhere",
            "initializer \"" + displayText(value.name, 200) + "\""};
}

} // namespace

Result<SplitWeights> splitWeights(const graph::Model& model, const std::string& modelPath,
                                  std::int64_t leastBytes)
{
    SplitWeights split;
    split.model = model;
    split.dataPath = modelPath + ".data";
    graph::Graph& graph = split.model.graph;
    std::string content;
    for (std::size_t i = 0; i < graph.regionSlots(); ++i) {
        if (!graph.region(RegionId(i)).alive)
            continue;
        for (ValueId id : graph.region(RegionId(i)).initializers) {
            graph::Value& value = graph.value(id);
            if (value.initializer->external && value.initializer->tensor.bytes() == nullptr)
                return notRead(value);
            value.initializer->external.reset();
            if (!isLarge(value, leastBytes))
                continue;
            content.resize((content.size() + alignment - 1) / alignment * alignment);
            graph::ExternalData external;
            external.location = fileNameOf(split.dataPath);
            external.offset = static_cast<std::int64_t>(content.size());
            external.length = static_cast<std::int64_t>(value.initializer->tensor.byteSize());
            external.entries = {{"location", external.location},
                                {"offset", std::to_string(external.offset)},
                                {"length", std::to_string(external.length)}};
            content.append(reinterpret_cast<const char*>(value.initializer->tensor.bytes()),
                           value.initializer->tensor.byteSize());
            value.initializer->external = std::move(external);
            ++split.tensors;
        }
    }
    split.bytes = static_cast<std::int64_t>(content.size());
    split.model.sourcePath = modelPath; // references are relative to its folder
    if (split.tensors > 0)
        TRY(replaceFile(split.dataPath, content));
    return split;
}

Result<graph::Model> joinWeights(const graph::Model& model)
{
    graph::Model joined = model;
    for (std::size_t i = 0; i < joined.graph.valueSlots(); ++i) {
        graph::Value& value = joined.graph.value(ValueId(i));
        if (!value.alive || !value.initializer || !value.initializer->external)
            continue;
        if (value.initializer->tensor.bytes() == nullptr)
            return notRead(value);
        value.initializer->external.reset();
    }
    return joined;
}

} // namespace orrery::formats
