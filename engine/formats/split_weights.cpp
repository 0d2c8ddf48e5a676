// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/split_weights.h"

#include "engine/base/text.h"
#include "engine/formats/external_data.h"
#include "engine/formats/file_io.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>

namespace orrery::formats {
namespace {

constexpr std::size_t alignment = 64; // what readers that map the file want
constexpr int mostFiles = 1000;       // of weights beside one model

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

// Tensors one behind the other; they must outlive it.
class WeightsContent {
public:
    explicit WeightsContent(std::string fileName)
        : m_fileName(std::move(fileName))
    {}

    graph::ExternalData add(const graph::Tensor& tensor)
    {
        static constexpr std::array<char, alignment> zeros{};
        const std::size_t gap = (alignment - m_bytes % alignment) % alignment;
        m_parts.emplace_back(zeros.data(), gap);
        m_parts.emplace_back(reinterpret_cast<const char*>(tensor.bytes()), tensor.byteSize());
        graph::ExternalData place;
        place.location = m_fileName;
        place.offset = static_cast<std::int64_t>(m_bytes + gap);
        place.length = static_cast<std::int64_t>(tensor.byteSize());
        place.entries = {{"location", place.location},
                         {"offset", std::to_string(place.offset)},
                         {"length", std::to_string(place.length)}};
        m_bytes += gap + tensor.byteSize();
        return place;
    }

    std::span<const std::string_view> parts() const { return m_parts; }
    std::size_t bytes() const { return m_bytes; }

private:
    std::string m_fileName;
    std::vector<std::string_view> m_parts;
    std::size_t m_bytes = 0;
};

Result<std::string> claimPath(const std::string& modelPath)
{
    for (int number = 1; number <= mostFiles; ++number) {
        const std::string path =
            number == 1 ? modelPath + ".data" : fmt::format("{}.{}.data", modelPath, number);
        if (std::string why = whyLocationRefused(fileNameOf(path)); !why.empty())
            return Error{ErrorCode::Usage, "weights cannot be stored beside a model of that name: " + why,
                         displayText(modelPath)};
        if (TRY(claimFile(path)))
            return path;
    }
    return Error{ErrorCode::LimitReached,
                 fmt::format("there are {} files of weights beside it already", mostFiles),
                 displayText(modelPath)};
}

} // namespace

Result<SplitWeights> splitWeights(const graph::Model& model, const std::string& modelPath,
                                  std::int64_t leastBytes)
{
    SplitWeights split;
    split.model = model;
    split.dataPath = modelPath + ".data";
    graph::Graph& graph = split.model.graph;
    WeightsContent content(fileNameOf(split.dataPath));
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
            value.initializer->external = content.add(value.initializer->tensor);
            ++split.tensors;
        }
    }
    split.bytes = static_cast<std::int64_t>(content.bytes());
    split.model.sourcePath = modelPath; // references are relative to its folder
    if (split.tensors > 0)
        TRY(replaceFile(split.dataPath, content.parts()));
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

Result<WeightsFile> writeWeightsBeside(const std::string& modelPath, std::span<const graph::Tensor> tensors)
{
    WeightsFile file;
    file.path = TRY(claimPath(modelPath));
    WeightsContent content(fileNameOf(file.path));
    for (const graph::Tensor& tensor : tensors)
        file.places.push_back(content.add(tensor));
    if (auto written = replaceFile(file.path, content.parts()); !written.ok()) {
        std::remove(file.path.c_str()); // the claim
        return written.releaseError();
    }
    return file;
}

} // namespace orrery::formats
