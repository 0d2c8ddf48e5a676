// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/inputs.h"

#include "engine/base/text.h"
#include "engine/formats/tensor_file.h"

#include <cstring>
#include <optional>

namespace orrery::runner {

namespace {

std::string quoted(const std::string& name) { return "input \"" + displayText(name, 200) + "\""; }

std::string namesOf(const graph::Graph& graph, const graph::Root& root)
{
    std::string names;
    for (ValueId id : root.inputs)
        names += (names.empty() ? "" : ", ") + displayText(graph.value(id).name, 200);
    return names.empty() ? "none" : names;
}

Result<std::size_t> indexOf(const graph::Graph& graph, const graph::Root& root, const std::string& name)
{
    for (std::size_t i = 0; i < root.inputs.size(); ++i)
        if (graph.value(root.inputs[i]).name == name)
            return i;
    return Error{ErrorCode::Usage,
                 "the root \"" + displayText(root.name, 200) +
                     "\" has no such input; it has: " + namesOf(graph, root),
                 quoted(name)};
}

Result<std::size_t> indexOf(const graph::Graph& graph, const graph::Root& root,
                            const protocol::InputFile& file)
{
    if (!file.name.empty())
        return indexOf(graph, root, file.name);
    if (file.index >= root.inputs.size())
        return Error{ErrorCode::Usage,
                     "input number " + std::to_string(file.index) + " for a root with " +
                         std::to_string(root.inputs.size()) + " inputs",
                     file.path};
    return std::size_t{file.index};
}

// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t nextRandom(std::uint64_t& state)
{
    std::uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

template<class T, class Make>
void fill(graph::Tensor& tensor, Make make)
{
    auto* data = reinterpret_cast<T*>(tensor.mutableBytes());
    for (std::int64_t i = 0; i < tensor.elementCount(); ++i)
        data[i] = static_cast<T>(make());
}

// What the inputs say of the names of dims.
using Symbols = std::map<std::string, std::int64_t>;

void bind(Symbols& symbols, const graph::Value& value, const graph::Dims& dims)
{
    const auto& shape = value.type.shape;
    for (std::size_t i = 0; shape && i < std::min(shape->rank(), dims.size()); ++i)
        if (shape->dims[i].isSymbolic())
            symbols.emplace(shape->dims[i].symbol(), dims[i]);
}

Result<graph::Dims> dimsOf(const graph::Value& value, const Symbols& symbols, std::vector<Problem>& notes)
{
    graph::Dims dims;
    bool known = value.type.shape.has_value();
    for (std::size_t i = 0; known && i < value.type.shape->rank(); ++i) {
        const graph::Dim& dim = value.type.shape->dims[i];
        auto bound = dim.isSymbolic() ? symbols.find(dim.symbol()) : symbols.end();
        if (dim.isKnown()) {
            dims.push_back(dim.value());
        } else if (bound != symbols.end()) {
            dims.push_back(bound->second);
        } else if (i == 0) {
            dims.push_back(1);
            notes.push_back(
                {Severity::Info,
                 "assumed-dim",
                 "",
                 {},
                 "the first dim of " + quoted(value.name) + " (" + value.type.text() + ") was taken to be 1",
                 "give the shape with --shape"});
        } else {
            known = false;
        }
    }
    if (known)
        return dims;
    return Error{ErrorCode::Usage,
                 "its shape is not known before the run (" + value.type.text() + "); give one with --shape " +
                     displayText(value.name, 200) + "=…, or a file with --input",
                 quoted(value.name)};
}

} // namespace

Result<graph::Tensor> randomTensor(graph::DataType type, graph::Dims dims, std::uint64_t seed)
{
    if (type == graph::DataType::String) {
        auto count = graph::byteSizeOf(graph::DataType::UInt8, dims);
        if (!count || *count > (std::size_t{1} << 24))
            return Error{ErrorCode::LimitReached, "too many strings: " + graph::dimsText(dims), {}};
        return graph::Tensor::ofStrings(std::move(dims), std::vector<std::string>(*count));
    }
    if (!graph::isFloatingPoint(type) && !graph::isInteger(type) && type != graph::DataType::Bool)
        return Error{ErrorCode::Unsupported,
                     "no random values of type " + std::string(graph::name(type)) + " can be made",
                     {}};
    auto tensor = TRY(graph::Tensor::allocate(type, std::move(dims)));
    std::uint64_t state = seed;
    auto unit = [&] { return static_cast<double>(nextRandom(state) >> 11) * 0x1p-52 - 1.0; };
    auto bit = [&] { return nextRandom(state) >> 63; };
    std::size_t bytes = graph::elementBytes(type);
    if (type == graph::DataType::Float32)
        fill<float>(tensor, unit);
    else if (type == graph::DataType::Float64)
        fill<double>(tensor, unit);
    else if (type == graph::DataType::Float16) // 0, or 1 with an exponent of 15: exact without rounding
        fill<std::uint16_t>(tensor, [&] { return bit() ? 0x3c00 : 0; });
    else if (type == graph::DataType::BFloat16)
        fill<std::uint16_t>(tensor, [&] {
            auto value = static_cast<float>(unit());
            std::uint32_t bits = 0;
            std::memcpy(&bits, &value, sizeof bits);
            return bits >> 16;
        });
    else if (bytes == 8)
        fill<std::uint64_t>(tensor, bit);
    else if (bytes == 4)
        fill<std::uint32_t>(tensor, bit);
    else if (bytes == 2)
        fill<std::uint16_t>(tensor, bit);
    else if (bytes == 1 && (graph::isInteger(type) || type == graph::DataType::Bool))
        fill<std::uint8_t>(tensor, bit);
    else
        std::memset(tensor.mutableBytes(), 0, tensor.byteSize());
    return tensor;
}

Result<std::map<std::string, graph::Dims>> shapesOfFiles(const graph::Graph& graph, const graph::Root& root,
                                                         std::span<const protocol::InputFile> files)
{
    std::map<std::string, graph::Dims> shapes;
    for (const protocol::InputFile& file : files) {
        const std::size_t index = TRY(indexOf(graph, root, file));
        shapes[graph.value(root.inputs[index]).name] = TRY(formats::readTensor(file.path)).dims();
    }
    return shapes;
}

Result<Inputs> makeInputs(const graph::Graph& graph, const graph::Root& root, const protocol::Run& run)
{
    for (const auto& [name, dims] : run.inputShapes)
        TRY(indexOf(graph, root, name));

    std::vector<std::optional<graph::Tensor>> fromFiles(root.inputs.size());
    for (const auto& file : run.inputs) {
        const std::size_t index = TRY(indexOf(graph, root, file));
        fromFiles[index] = TRY(formats::readTensor(file.path));
    }

    Symbols symbols;
    for (std::size_t i = 0; i < root.inputs.size(); ++i) {
        const graph::Value& value = graph.value(root.inputs[i]);
        if (fromFiles[i])
            bind(symbols, value, fromFiles[i]->dims());
        else if (auto given = run.inputShapes.find(value.name); given != run.inputShapes.end())
            bind(symbols, value, given->second);
    }

    Inputs result;
    for (std::size_t i = 0; i < root.inputs.size(); ++i) {
        if (fromFiles[i]) {
            result.tensors.push_back(std::move(*fromFiles[i]));
            continue;
        }
        const graph::Value& value = graph.value(root.inputs[i]);
        if (value.type.kind != graph::TypeKind::Tensor)
            return Error{ErrorCode::Unsupported,
                         "expected a tensor, found " + value.type.text() + ", which cannot be fed yet",
                         quoted(value.name)};
        auto given = run.inputShapes.find(value.name);
        graph::Dims dims =
            given != run.inputShapes.end() ? given->second : TRY(dimsOf(value, symbols, result.notes));
        bind(symbols, value, dims);
        std::uint64_t state = run.seed ^ (0xa0761d6478bd642f * (i + 1));
        auto tensor = randomTensor(value.type.element, std::move(dims), nextRandom(state));
        if (!tensor.ok()) {
            Error error = tensor.releaseError();
            error.where = quoted(value.name);
            return error;
        }
        result.tensors.push_back(tensor.releaseValue());
    }
    return result;
}

} // namespace orrery::runner
