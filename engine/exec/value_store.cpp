// SPDX-License-Identifier: Apache-2.0
#include "engine/exec/value_store.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace orrery::exec {

using graph::Tensor;

namespace {

constexpr std::size_t smallOutputBytes = std::size_t{64} << 10;

// What Tensor::allocate() asks the heap for.
std::int64_t heapBytes(std::size_t bytes)
{
    return static_cast<std::int64_t>((std::max<std::size_t>(bytes, 1) + 63) / 64 * 64);
}

bool isForeign(const plan::Instruction& instruction)
{
    return instruction.spec->purity == ops::Purity::Foreign;
}

} // namespace

ValueStore::ValueStore(std::shared_ptr<const plan::Plan> plan, Storage storage, ExecutionObserver* observer,
                       std::int64_t memoryLimitBytes)
    : m_plan(std::move(plan))
    , m_storage(storage)
    , m_observer(observer)
    , m_memoryLimitBytes(memoryLimitBytes)
    , m_slots(m_plan->graph().valueSlots())
{
    takeConstants();
}

void ValueStore::takeConstants()
{
    m_weightBytes = 0;
    m_constantBytes.clear();
    m_plannedTensors.resize(m_plan->graph().valueSlots());
    m_slots.resize(m_plan->graph().valueSlots());
    for (std::size_t i = 0; i < m_slots.size(); ++i) {
        const graph::Value& value = m_plan->graph().value(ValueId(i));
        if (!value.alive || !value.initializer)
            continue;
        Slot& slot = m_slots[i];
        slot.tensor = value.initializer->tensor;
        slot.filled = slot.constant = true;
        m_constantBytes.insert(slot.tensor.bytes());
        m_weightBytes += static_cast<std::int64_t>(slot.tensor.byteSize());
    }
}

void ValueStore::usePlan(std::shared_ptr<const plan::Plan> variant)
{
    m_plan = std::move(variant);
    takeConstants();
}

ValueStore::~ValueStore() = default;

void ValueStore::adopt(plan::MemoryPlan memoryPlan)
{
    clear();
    m_planned = false;
    if (m_arena.defined())
        m_heldBytes -= heapBytes(m_arena.byteSize());
    m_arena = Tensor();
    // An arena above the limit is not made, and one that there is no memory for cannot be: values then come
    // one by one, and the one that goes too far is known.
    if (m_storage == Storage::Arena &&
        (m_memoryLimitBytes < 0 || memoryPlan.arenaBytes <= m_memoryLimitBytes))
        if (auto arena = Tensor::allocate(graph::DataType::UInt8, {memoryPlan.arenaBytes}); arena.ok())
            m_arena = arena.releaseValue();
    m_memoryPlan = std::move(memoryPlan);
    m_plannedTensors.assign(m_slots.size(), Tensor());
    m_planned = true;
    if (!m_arena.defined())
        return;
    m_heldBytes += heapBytes(m_arena.byteSize());
    for (const plan::PlannedBuffer& buffer : m_memoryPlan.buffers)
        for (ValueId value : buffer.values) {
            const graph::ValueType& type = m_memoryPlan.types[value.index()];
            m_plannedTensors[value.index()] =
                Tensor::borrow(type.element, *type.shape->concrete(),
                               m_arena.mutableBytes() + buffer.offset + m_memoryPlan.partAt[value.index()]);
        }
    m_activeBuffer.assign(m_memoryPlan.buffers.size(), none);
}

void ValueStore::clear()
{
    releaseScratch({});
    while (!m_gathered.empty())
        dropGathered(m_gathered.begin()->first, {});
    for (std::size_t i = 0; i < m_slots.size(); ++i)
        if (m_slots[i].filled && !m_slots[i].constant)
            release(ValueId(i), {});
}

void ValueStore::announceWeights()
{
    if (m_observer == nullptr)
        return;
    for (std::size_t i = 0; i < m_slots.size(); ++i)
        if (m_slots[i].constant)
            m_observer->allocated({BufferId(m_nextBufferId++),
                                   ValueId(i),
                                   {},
                                   static_cast<std::int64_t>(m_slots[i].tensor.byteSize()),
                                   -1,
                                   AllocationKind::Weight});
}

void ValueStore::setInput(ValueId id, Tensor tensor)
{
    release(id, {});
    auto bytes = static_cast<std::int64_t>(tensor.byteSize());
    hold(m_slots[id.index()], std::move(tensor), {{}, id, {}, bytes, -1, AllocationKind::Input});
}

void ValueStore::put(ValueId id, Tensor tensor, NodeId node)
{
    release(id, node);
    auto bytes = static_cast<std::int64_t>(tensor.byteSize());
    hold(m_slots[id.index()], std::move(tensor), {{}, id, node, bytes, -1, AllocationKind::Activation});
}

bool ValueStore::isConstant(const Tensor& tensor) const
{
    return tensor.byteSize() > 0 && m_constantBytes.contains(tensor.bytes());
}

// The buffer of another value that has the very same bytes.
std::uint32_t ValueStore::bufferOf(const Tensor& tensor) const
{
    if (tensor.byteSize() == 0 || tensor.isSoleHolder())
        return none;
    auto other = std::find_if(m_slots.begin(), m_slots.end(), [&](const Slot& slot) {
        return slot.filled && slot.buffer != none && slot.tensor.bytes() == tensor.bytes();
    });
    return other == m_slots.end() ? none : other->buffer;
}

void ValueStore::hold(Slot& slot, Tensor tensor, const Allocation& allocation)
{
    std::uint32_t known = bufferOf(tensor);
    slot.tensor = std::move(tensor);
    slot.filled = true;
    slot.buffer = known;
    if (known != none) {
        ++m_buffers[known].users;
    } else if (!isConstant(slot.tensor)) {
        slot.buffer = addHeld(allocation);
    }
}

void ValueStore::restore(std::span<const std::pair<ValueId, Tensor>> values)
{
    clear();
    std::unordered_map<const std::byte*, std::uint32_t> bufferAt;
    const auto& inputs = m_plan->root().inputs;
    for (const auto& [id, tensor] : values) {
        Slot& slot = m_slots[id.index()];
        slot.tensor = tensor;
        slot.filled = true;
        if (isConstant(tensor))
            continue;
        auto [known, isNew] = bufferAt.try_emplace(tensor.byteSize() == 0 ? nullptr : tensor.bytes(), none);
        if (isNew || tensor.byteSize() == 0) {
            bool isInput = std::find(inputs.begin(), inputs.end(), id) != inputs.end();
            known->second = addHeld({{},
                                     id,
                                     isInput ? NodeId() : m_plan->graph().value(id).producer,
                                     static_cast<std::int64_t>(tensor.byteSize()),
                                     -1,
                                     isInput ? AllocationKind::Input : AllocationKind::Activation});
        } else {
            ++m_buffers[known->second].users;
        }
        slot.buffer = known->second;
    }
}

std::vector<ValueId> ValueStore::alive() const
{
    std::vector<ValueId> result;
    for (std::size_t i = 0; i < m_slots.size(); ++i)
        if (isAlive(ValueId(i)))
            result.emplace_back(i);
    return result;
}

std::vector<std::pair<ValueId, std::int64_t>> ValueStore::buffersInUse() const
{
    std::vector<std::pair<ValueId, std::int64_t>> result;
    std::vector<bool> seen(m_buffers.size());
    for (std::size_t i = 0; i < m_slots.size(); ++i) {
        std::uint32_t buffer = m_slots[i].filled ? m_slots[i].buffer : none;
        if (buffer == none || seen[buffer])
            continue;
        seen[buffer] = true;
        result.emplace_back(i, m_buffers[buffer].bytes);
    }
    return result;
}

// Of bytes that exist already: they count as live, but no limit can refuse them.
std::uint32_t ValueStore::addHeld(const Allocation& allocation)
{
    std::int64_t limit = std::exchange(m_memoryLimitBytes, -1);
    std::uint32_t buffer = addBuffer(allocation, {}).releaseValue();
    m_memoryLimitBytes = limit;
    return buffer;
}

Result<std::uint32_t> ValueStore::addBuffer(Allocation allocation, BufferId planned)
{
    TRY(checkRoom(allocation.bytes));
    std::uint32_t index = none;
    if (m_freeBuffers.empty()) {
        index = static_cast<std::uint32_t>(m_buffers.size());
        m_buffers.emplace_back();
    } else {
        index = m_freeBuffers.back();
        m_freeBuffers.pop_back();
    }
    allocation.buffer = BufferId(m_nextBufferId++);
    bool reusable = !planned.valid() && allocation.kind == AllocationKind::Activation;
    m_buffers[index] = Buffer{allocation.buffer, allocation.bytes, 1, 0, planned, reusable};
    m_liveBytes += allocation.bytes;
    m_peakLiveBytes = std::max(m_peakLiveBytes, m_liveBytes);
    if (m_observer != nullptr)
        m_observer->allocated(allocation);
    return index;
}

void ValueStore::setHeld(std::uint32_t index, std::int64_t bytes)
{
    m_heldBytes += bytes - std::exchange(m_buffers[index].heldBytes, bytes);
}

void ValueStore::dropUser(std::uint32_t index, NodeId by)
{
    Buffer& buffer = m_buffers[index];
    if (--buffer.users > 0)
        return;
    m_liveBytes -= buffer.bytes;
    setHeld(index, 0);
    if (buffer.planned.valid())
        m_activeBuffer[buffer.planned.index()] = none;
    if (m_observer != nullptr)
        m_observer->freed(buffer.id, by);
    m_freeBuffers.push_back(index);
}

std::uint32_t ValueStore::dyingInput(const plan::Instruction& instruction, std::size_t output,
                                     std::size_t bytes) const
{
    const graph::Node& node = m_plan->graph().node(instruction.node);
    for (const ops::InPlace& pair : instruction.inPlace()) {
        if (pair.output != output || pair.input >= node.inputs.size() || !node.inputs[pair.input].valid())
            continue;
        ValueId input = node.inputs[pair.input];
        const Slot& slot = m_slots[input.index()];
        bool own = slot.filled && slot.buffer != none && m_buffers[slot.buffer].reusable &&
                   m_buffers[slot.buffer].users == 1;
        if (own && m_storage == Storage::Shared)
            own = slot.tensor.isSoleHolder();
        if (own && slot.tensor.byteSize() == bytes && slot.tensor.type() != graph::DataType::String &&
            std::binary_search(instruction.diesHere.begin(), instruction.diesHere.end(), input))
            return input.value;
    }
    return none;
}

Result<Tensor*> ValueStore::makeOutput(const plan::Instruction& instruction, std::size_t output,
                                       graph::DataType type, std::span<const std::int64_t> dims)
{
    const graph::Node& node = m_plan->graph().node(instruction.node);
    CHECK(output < node.outputs.size() && node.outputs[output].valid());
    ValueId id = node.outputs[output];
    Slot& slot = m_slots[id.index()];
    auto fits = [&](const Tensor& tensor) {
        return tensor.type() == type &&
               std::equal(dims.begin(), dims.end(), tensor.dims().begin(), tensor.dims().end());
    };
    if (slot.filled) {
        if (fits(slot.tensor) && (m_storage == Storage::Arena || slot.tensor.isSoleHolder()))
            return &slot.tensor;
        release(id, instruction.node);
    }
    if (const Tensor& planned = m_plannedTensors[id.index()];
        planned.defined() && fits(planned) && !isForeign(instruction)) {
        BufferId place = m_memoryPlan.bufferOf[id.index()];
        std::uint32_t active = m_activeBuffer[place.index()];
        if (active != none) {
            ++m_buffers[active].users; // the input that this is written over
        } else {
            const plan::PlannedBuffer& buffer = m_memoryPlan.buffers[place.index()];
            active = TRY(addBuffer(
                {{}, id, instruction.node, buffer.bytes, buffer.offset, AllocationKind::Activation}, place));
            m_activeBuffer[place.index()] = active;
        }
        slot.tensor = planned;
        slot.buffer = active;
        slot.filled = true;
        return &slot.tensor;
    }
    graph::Dims wanted(dims.begin(), dims.end());
    auto bytes = graph::byteSizeOf(type, wanted);
    if (!bytes)
        return Error{ErrorCode::LimitReached,
                     fmt::format("the result {} {} is larger than the address space", graph::name(type),
                                 graph::dimsText(wanted)),
                     {}};
    if (std::uint32_t donor = dyingInput(instruction, output, *bytes);
        donor != none && type != graph::DataType::String) {
        Slot& from = m_slots[donor];
        slot.tensor = from.tensor.viewAs(type, std::move(wanted));
        slot.buffer = from.buffer;
        ++m_buffers[slot.buffer].users;
    } else {
        std::uint32_t buffer = TRY(addBuffer(
            {{}, id, instruction.node, static_cast<std::int64_t>(*bytes), -1, AllocationKind::Activation},
            {}));
        auto tensor =
            isForeign(instruction)
                ? m_guarded.allocate(type, std::move(wanted),
                                     "output \"" + displayText(m_plan->graph().value(id).name, 200) + "\"")
                : Tensor::allocate(type, std::move(wanted));
        if (!tensor.ok()) {
            dropUser(buffer, instruction.node);
            return tensor.releaseError();
        }
        slot.tensor = tensor.releaseValue();
        slot.buffer = buffer;
        if (type != graph::DataType::String && !isForeign(instruction))
            setHeld(buffer, heapBytes(*bytes));
    }
    slot.filled = true;
    return &slot.tensor;
}

void ValueStore::share(ValueId from, ValueId to)
{
    const Slot& source = m_slots[from.index()];
    CHECK(source.filled);
    Slot& target = m_slots[to.index()];
    CHECK(!target.filled);
    target.tensor = source.tensor;
    target.buffer = source.buffer;
    target.filled = true;
    if (target.buffer != none)
        ++m_buffers[target.buffer].users;
}

void ValueStore::release(ValueId id, NodeId by)
{
    Slot& slot = m_slots[id.index()];
    if (!slot.filled || slot.constant)
        return;
    if (slot.buffer != none)
        dropUser(slot.buffer, by);
    slot.tensor = Tensor();
    slot.buffer = none;
    slot.filled = false;
}

void ValueStore::carry(std::span<const ValueId> from, std::span<const ValueId> to, RegionId body, NodeId by)
{
    std::vector<Slot> carried;
    for (ValueId id : from) {
        const Slot& slot = carried.emplace_back(m_slots[id.index()]);
        if (slot.buffer != none)
            ++m_buffers[slot.buffer].users;
    }
    const graph::Region& region = m_plan->graph().region(body);
    for (const auto* values : {&region.inputs, &region.outputs})
        for (ValueId id : *values)
            if (id.valid() && m_plan->graph().value(id).region == body)
                release(id, by);
    for (std::size_t i = 0; i < carried.size(); ++i) {
        carried[i].constant = false;
        m_slots[to[i].index()] = std::move(carried[i]);
    }
}

Result<void> ValueStore::gather(ValueId output, std::int64_t bytes, NodeId node)
{
    std::uint32_t buffer = TRY(addBuffer({{}, output, node, bytes, -1, AllocationKind::Activation}, {}));
    m_gathered[output].push_back(buffer);
    return {};
}

void ValueStore::restoreGathered(ValueId output, std::int64_t bytes, NodeId node)
{
    m_gathered[output].push_back(addHeld({{}, output, node, bytes, -1, AllocationKind::Activation}));
}

void ValueStore::dropGathered(ValueId output, NodeId by)
{
    auto known = m_gathered.find(output);
    if (known == m_gathered.end())
        return;
    for (std::uint32_t buffer : known->second)
        dropUser(buffer, by);
    m_gathered.erase(known);
}

Result<void> ValueStore::checkRoom(std::int64_t bytes) const
{
    if (m_memoryLimitBytes >= 0 && m_liveBytes + bytes > m_memoryLimitBytes)
        return Error{ErrorCode::LimitReached,
                     fmt::format("{} more would take the run to {}, over the limit of {}", formatBytes(bytes),
                                 formatBytes(m_liveBytes + bytes), formatBytes(m_memoryLimitBytes)),
                     {}};
    return {};
}

Result<std::byte*> ValueStore::scratch(std::size_t bytes, const plan::Instruction& instruction)
{
    NodeId node = instruction.node;
    if (m_scratchUsed == m_scratch.size())
        m_scratch.emplace_back();
    Scratch& piece = m_scratch[m_scratchUsed];
    std::uint32_t buffer =
        TRY(addBuffer({{}, {}, node, static_cast<std::int64_t>(bytes), -1, AllocationKind::Workspace}, {}));
    if (piece.tensor.byteSize() < bytes || isForeign(instruction)) {
        m_heldBytes -= std::exchange(piece.heldBytes, 0);
        piece.tensor = Tensor();
        graph::Dims dims{static_cast<std::int64_t>(bytes)};
        auto tensor = isForeign(instruction) ? m_guarded.allocate(graph::DataType::UInt8, dims, "scratch")
                                             : Tensor::allocate(graph::DataType::UInt8, dims);
        if (!tensor.ok()) {
            dropUser(buffer, node);
            return tensor.releaseError();
        }
        piece.tensor = tensor.releaseValue();
        if (!isForeign(instruction))
            m_heldBytes += piece.heldBytes = heapBytes(bytes);
    }
    piece.buffer = buffer;
    ++m_scratchUsed;
    return piece.tensor.mutableBytes();
}

Result<void> ValueStore::checkGuards(const plan::Instruction& instruction)
{
    TRY(m_guarded.check());
    for (ValueId id : m_plan->graph().node(instruction.node).outputs) {
        const Tensor* output = id.valid() ? get(id) : nullptr;
        if (output == nullptr || output->byteSize() > smallOutputBytes)
            continue;
        Tensor copy = TRY(Tensor::allocate(output->type(), output->dims()));
        std::copy_n(output->bytes(), output->byteSize(), copy.mutableBytes());
        setHeld(m_slots[id.index()].buffer, heapBytes(copy.byteSize()));
        m_slots[id.index()].tensor = std::move(copy);
    }
    return {};
}

void ValueStore::releaseScratch(NodeId node)
{
    for (std::size_t i = 0; i < m_scratchUsed; ++i)
        dropUser(m_scratch[i].buffer, node);
    m_scratchUsed = 0;
}

} // namespace orrery::exec
