// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/storage.h"

#include "engine/base/text.h"
#include "engine/edit/builder.h"

#include <fmt/format.h>

namespace orrery::edit {
namespace {

using graph::Initializer;
using graph::Value;

bool isRead(const Initializer& initializer)
{
    return initializer.tensor.bytes() != nullptr || initializer.tensor.byteSize() == 0;
}

Result<graph::Edit> stored(const Value& value, std::optional<graph::ExternalData> where, const char* whereTo)
{
    Initializer moved = *value.initializer;
    moved.external = std::move(where);
    return graph::Edit(graph::Group{"Store " + displayText(value.name, 60) + whereTo,
                                    {graph::SetInitializer{value.id, std::move(moved)}}});
}

// Counts what a tool moves, and what it has to leave.
class Mover {
public:
    explicit Mover(const graph::Model& model)
        : m_before(model)
        , m_after(model)
    {}

    template<class Visit>
    void visit(Visit visit)
    {
        graph::Graph& graph = m_after.graph;
        for (std::size_t i = 0; i < graph.regionSlots(); ++i)
            if (graph.region(RegionId(i)).alive)
                for (ValueId id : graph.region(RegionId(i)).initializers)
                    visit(graph.value(id));
    }

    void move(Value& value, std::optional<graph::ExternalData> where, const char* what)
    {
        const graph::Tensor& tensor = value.initializer->tensor;
        const auto size = static_cast<std::int64_t>(tensor.byteSize());
        value.initializer->external = std::move(where);
        m_touched.push_back({"weights", NodeId(), value.name,
                             fmt::format("{} {}", graph::name(tensor.type()), graph::dimsText(tensor.dims())),
                             fmt::format("{} {}", formatBytes(size), what)});
        m_bytes += size;
    }

    void leave(std::size_t count, const char* why)
    {
        if (count > 0)
            m_left.push_back(fmt::format("{}: {}", why, tensors(count)));
    }

    Result<CleanUp> finish(const char* name, const char* where) &&
    {
        const std::size_t count = m_touched.size();
        CleanUp result = TRY(cleanUpOf(m_before, std::move(m_after), name, std::move(m_touched)));
        if (count > 0)
            result.notes.push_back(
                fmt::format("{} with the next save: {}, {}", where, tensors(count), formatBytes(m_bytes)));
        result.notes.insert(result.notes.end(), m_left.begin(), m_left.end());
        return result;
    }

private:
    static std::string tensors(std::size_t count)
    {
        return count == 1 ? std::string("1 tensor") : fmt::format("{} tensors", count);
    }

    const graph::Model& m_before;
    graph::Model m_after;
    std::vector<TouchedNode> m_touched;
    std::vector<std::string> m_left;
    std::int64_t m_bytes = 0;
};

} // namespace

bool isToBeStoredBeside(const Initializer& initializer)
{
    return initializer.external && initializer.external->location.empty();
}

bool canBeStoredBeside(const graph::Tensor& tensor)
{
    return tensor.type() != graph::DataType::String && tensor.bytes() != nullptr && tensor.byteSize() > 0;
}

Result<graph::Edit> storeInside(const graph::Model& model, ValueId id)
{
    TRY(needValue(model.graph, id));
    const Value& value = model.graph.value(id);
    if (!value.initializer || !value.initializer->external)
        return refused("it is not stored outside of the model file", valueText(value));
    if (!isRead(*value.initializer))
        return refused("its bytes could not be read, so they cannot be moved", valueText(value));
    return stored(value, std::nullopt, " in the model file");
}

Result<graph::Edit> storeBeside(const graph::Model& model, ValueId id)
{
    TRY(needValue(model.graph, id));
    const Value& value = model.graph.value(id);
    if (!value.initializer)
        return refused("it is no initializer", valueText(value));
    if (value.initializer->external)
        return refused("it is stored outside of the model file already", valueText(value));
    if (value.initializer->tensor.type() == graph::DataType::String)
        return refused("text is always stored in the model file", valueText(value));
    if (!canBeStoredBeside(value.initializer->tensor))
        return refused("it has no bytes that could be stored elsewhere", valueText(value));
    return stored(value, graph::ExternalData(), " beside the model file");
}

Result<CleanUp> weightsBeside(const graph::Model& model, std::int64_t leastBytes)
{
    if (leastBytes < 0)
        return refused(fmt::format("there are no tensors of {} bytes", leastBytes));
    Mover mover(model);
    std::size_t outside = 0;
    mover.visit([&](Value& value) {
        const graph::Tensor& tensor = value.initializer->tensor;
        if (value.initializer->external)
            ++outside;
        else if (canBeStoredBeside(tensor) && static_cast<std::int64_t>(tensor.byteSize()) >= leastBytes)
            mover.move(value, graph::ExternalData(), "beside the model file");
    });
    mover.leave(outside, "Outside of the model file already");
    return std::move(mover).finish("Store weights beside the model", "Into a file beside the model");
}

Result<CleanUp> weightsInside(const graph::Model& model)
{
    Mover mover(model);
    std::size_t notRead = 0;
    mover.visit([&](Value& value) {
        if (!value.initializer->external)
            return;
        if (isRead(*value.initializer))
            mover.move(value, std::nullopt, "into the model file");
        else
            ++notRead;
    });
    mover.leave(notRead, "Left where they are, because they could not be read");
    return std::move(mover).finish("Store weights in the model", "Into the model file");
}

} // namespace orrery::edit
