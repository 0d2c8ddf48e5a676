// SPDX-License-Identifier: Apache-2.0
#include "profiler/protocol/codec.h"

#include "profiler/protocol/graph_codec.h"

namespace orrery {

void fields(auto& archive, protocol::Of<Error> auto& s) { archive(s.code, s.message, s.where); }

void fields(auto& archive, protocol::Of<Problem> auto& s)
{
    archive(s.severity, s.code, s.node, s.nodeId, s.text, s.remedy);
}

} // namespace orrery

#include "profiler/protocol/debug_fields.h" // after those of Error

namespace orrery::graph {

void fields(auto& archive, protocol::Of<OpsetImport> auto& s) { archive(s.domain, s.version); }

} // namespace orrery::graph

namespace orrery::passes {

using protocol::Of;

void fields(auto& archive, Of<RecomputeHint> auto& s) { archive(s.value, s.readers); }
void fields(auto& archive, Of<HoldHint> auto& s) { archive(s.value, s.type, s.readers); }
void fields(auto& archive, Of<ChunkHint> auto& s) { archive(s.nodes, s.axis, s.parts); }
void fields(auto& archive, Of<KeepApartHint> auto& s) { archive(s.pass, s.nodes); }
void fields(auto& archive, Of<ThreadsHint> auto& s) { archive(s.node, s.threads); }
void fields(auto& archive, Of<KernelHint> auto& s) { archive(s.node, s.kernel); }
void fields(auto& archive, Of<PlanHints> auto& s)
{
    archive(s.recompute, s.hold, s.chunk, s.order, s.joinInPlace, s.keepApart, s.threads, s.kernel,
            s.outOfPlace);
}

} // namespace orrery::passes

#include "profiler/protocol/predict_fields.h" // after those of Error and of hints

namespace orrery::protocol {

#define ORRERY_LAST(Enum, Last)                                                                              \
    template<>                                                                                               \
    struct LastEnumerator<Enum> {                                                                            \
        static constexpr auto value = Enum::Last;                                                            \
    }
ORRERY_LAST(ErrorCode, Internal);
ORRERY_LAST(Severity, Error);
ORRERY_LAST(passes::OptimizeLevel, All);
ORRERY_LAST(passes::InputShapes, Replacements);
ORRERY_LAST(plan::BackendChoice, Eigen);
ORRERY_LAST(Recording, On);
ORRERY_LAST(Outputs, Return);
ORRERY_LAST(RunEnd, Stopped);
ORRERY_LAST(HeapWatch, FullStacks);
#undef ORRERY_LAST

void fields(auto& archive, Of<Open> auto& s)
{
    archive(s.modelPath, s.root, s.optimize, s.disabledPasses, s.backend, s.inputShapes, s.customOps, s.hints,
            s.shapesAre);
}

void fields(auto& archive, Of<Run> auto& s)
{
    archive(s.inputs, s.inputShapes, s.shapeSets, s.seed, s.warmup, s.runs, s.threads, s.memoryLimitBytes,
            s.recording, s.heap, s.outputs, s.outputsPath);
}

void fields(auto&, Of<Pause> auto&) {}
void fields(auto&, Of<Continue> auto&) {}
void fields(auto&, Of<Stop> auto&) {}
void fields(auto&, Of<Quit> auto&) {}

void fields(auto& archive, Of<Hello> auto& s)
{
    archive(s.version, s.pid, s.kernelLevel, s.versions, s.isolation, s.isolationGaps);
}

void fields(auto& archive, Of<Placement> auto& s)
{
    archive(s.node, s.backend, s.kernel, s.flops, s.bytesMoved);
}

void fields(auto& archive, Of<PassSummary> auto& s)
{
    archive(s.name, s.durationNs, s.rewrites, s.nodesBefore, s.nodesAfter, s.touched);
}

void fields(auto& archive, Of<Opened> auto& s)
{
    archive(s.dataflow, s.compute, s.opsets, s.modelHash, s.root, s.placements, s.passes, s.problems,
            s.readNs, s.compileNs);
}

void fields(auto& archive, Of<Started> auto& s) { archive(s.placements, s.types, s.notes, s.inputSets); }

void fields(auto& archive, Of<StackFrame> auto& s)
{
    archive(s.module, s.moduleOffset, s.symbol, s.file, s.line);
}

void fields(auto& archive, Of<HeapStacks> auto& s) { archive(s.stacks); }

void fields(auto& archive, Of<StepDone> auto& s) { archive(s.step, s.durationNs); }

void fields(auto& archive, Of<OutputInfo> auto& s) { archive(s.name, s.type, s.dims, s.offset, s.strings); }

void fields(auto& archive, Of<Finished> auto& s)
{
    archive(s.end, s.warmupNs, s.durationsNs, s.outputs, s.weightBytes, s.arenaBytes, s.lowerBoundBytes,
            s.peakLiveBytes, s.recordedOps, s.recordedEvents, s.opEventNs, s.otherEventNs, s.heapNs);
}

void fields(auto& archive, Of<LiveValue> auto& s) { archive(s.value, s.producer, s.nextReader, s.bytes); }

void fields(auto& archive, Of<Failed> auto& s) { archive(s.error, s.node, s.nodeName, s.alive); }

namespace {

// An id of a graph that came along must name one of its slots.
bool idsFit(const Opened& opened)
{
    const graph::Graph& compute = opened.compute;
    for (const Placement& placement : opened.placements)
        if (placement.node.index() >= compute.nodeSlots())
            return false;
    for (const auto* ids : {&opened.root.inputs, &opened.root.outputs})
        for (ValueId id : *ids)
            if (id.index() >= compute.valueSlots())
                return false;
    for (std::size_t i = 0; i < compute.nodeSlots(); ++i)
        for (NodeId origin : compute.node(NodeId(i)).origins)
            if (origin.index() >= opened.dataflow.nodeSlots())
                return false;
    return true;
}

template<class Message>
Result<Message> decode(std::span<const std::byte> bytes, const char* what)
{
    Decoder decoder(bytes);
    Message message;
    decoder(message);
    if (decoder.failed() || !decoder.reader().atEnd())
        return Error{ErrorCode::Internal,
                     std::string("a malformed ") + what + " of " + std::to_string(bytes.size()) +
                         " bytes, byte " + std::to_string(decoder.reader().position()),
                     "runner protocol"};
    return message;
}

} // namespace

std::vector<std::byte> encode(const Command& command)
{
    Encoder encoder;
    encoder(command);
    return encoder.writer().release();
}

std::vector<std::byte> encode(const Reply& reply)
{
    Encoder encoder;
    encoder(reply);
    return encoder.writer().release();
}

std::vector<SharedFd> descriptorsOf(const Command& command)
{
    SharedFd descriptor;
    if (const auto* run = std::get_if<Run>(&command))
        descriptor = run->ring;
    else if (const auto* start = std::get_if<DebugStart>(&command))
        descriptor = start->ring;
    else if (const auto* edit = std::get_if<DebugEdit>(&command))
        descriptor = edit->tensor.memory;
    return descriptor ? std::vector<SharedFd>{descriptor} : std::vector<SharedFd>{};
}

Result<Command> decodeCommand(std::span<const std::byte> bytes, std::vector<SharedFd> descriptors)
{
    auto command = TRY(decode<Command>(bytes, "command"));
    if (descriptors.empty())
        return command;
    if (auto* run = std::get_if<Run>(&command))
        run->ring = std::move(descriptors.front());
    else if (auto* start = std::get_if<DebugStart>(&command))
        start->ring = std::move(descriptors.front());
    else if (auto* edit = std::get_if<DebugEdit>(&command))
        edit->tensor.memory = std::move(descriptors.front());
    return command;
}

std::vector<SharedFd> descriptorsOf(const Reply& reply)
{
    SharedFd descriptor;
    if (const auto* tensor = std::get_if<DebugTensor>(&reply))
        descriptor = tensor->tensor.memory;
    else if (const auto* reran = std::get_if<DebugReran>(&reply))
        descriptor = reran->tensors.memory;
    return descriptor ? std::vector<SharedFd>{descriptor} : std::vector<SharedFd>{};
}

Result<Reply> decodeReply(std::span<const std::byte> bytes, std::vector<SharedFd> descriptors)
{
    auto reply = TRY(decode<Reply>(bytes, "reply"));
    if (!descriptors.empty()) {
        if (auto* tensor = std::get_if<DebugTensor>(&reply))
            tensor->tensor.memory = std::move(descriptors.front());
        else if (auto* reran = std::get_if<DebugReran>(&reply))
            reran->tensors.memory = std::move(descriptors.front());
    }
    if (auto* opened = std::get_if<Opened>(&reply); opened && !idsFit(*opened))
        return Error{ErrorCode::Internal, "a graph with ids that name nothing", "runner protocol"};
    return reply;
}

} // namespace orrery::protocol
