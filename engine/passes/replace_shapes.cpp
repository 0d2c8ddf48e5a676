// SPDX-License-Identifier: Apache-2.0
//
// Whether a Reshape follows: dims of its input and output under the old shapes fall into blocks of equal
// products (1×48×7×7 → 1×2352 are 1|1 and 48·7·7|2352). Under the new shapes the products of each block must
// be equal again; where they are not, a -1 or a number meant for the old shapes has taken numbers from one
// axis into another. Sizes that the model works out from its input's shape are its own business.
#include "engine/passes/replace_shapes.h"

#include "engine/base/text.h"
#include "engine/graph/order.h"
#include "engine/passes/infer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace orrery::passes {
namespace {

using graph::Dims;
using graph::ValueType;

struct Reshaped {
    Dims from, to;
};

// Products along one side of a Reshape, taken dim by dim.
struct Side {
    const Dims& before;
    const Dims& after;
    std::size_t next = 0;
    double productBefore = 1;
    double productAfter = 1;

    bool atEnd() const { return next == before.size(); }
    void begin() { productBefore = productAfter = 1; }
    void take()
    {
        productBefore *= static_cast<double>(before[next]);
        productAfter *= static_cast<double>(after[next]);
        ++next;
    }
};

bool keepsBlocks(const Reshaped& before, const Reshaped& after)
{
    if (before.from.size() != after.from.size() || before.to.size() != after.to.size())
        return true; // nothing to go by
    Side in{before.from, after.from};
    Side out{before.to, after.to};
    while (!in.atEnd() && !out.atEnd()) {
        for (Side* side : {&in, &out}) {
            side->begin();
            side->take();
        }
        while (in.productBefore != out.productBefore) {
            Side& shorter = in.productBefore < out.productBefore ? in : out;
            if (shorter.atEnd())
                return true; // with a dim of 0
            shorter.take();
        }
        // What is left of one side when the other has ended belongs to the last block.
        for (auto [side, other] : {std::pair(&in, &out), std::pair(&out, &in)})
            while (other->atEnd() && !side->atEnd())
                side->take();
        if (in.productAfter != out.productAfter)
            return false;
    }
    return true;
}

class ReshapeCheck {
public:
    ReshapeCheck(const graph::Graph& graph, const Inference& before, const Inference& after)
        : m_graph(graph)
        , m_before(before)
        , m_after(after)
        , m_written(graph.valueSlots(), false)
    {
        for (std::size_t i = 0; i < graph.valueSlots(); ++i)
            m_written[i] = graph.value(ValueId(i)).initializer.has_value();
    }

    Result<void> run()
    {
        for (NodeId id : TRY(graph::topologicalOrder(m_graph, m_graph.mainRegion()))) {
            const graph::Node& node = m_graph.node(id);
            TRY(checkProblems(node));
            if (node.opType == "Reshape" && node.domain.empty())
                TRY(checkReshape(node));
            const bool written = std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
                return !input.valid() || m_written[input.index()];
            });
            for (ValueId output : node.outputs)
                if (output.valid())
                    m_written[output.index()] = written;
        }
        return {};
    }

private:
    static std::string nodeText(const graph::Node& node)
    {
        return fmt::format("{} \"{}\"", node.opType, displayText(node.displayName(), 200));
    }

    static const Problem* errorAt(const Inference& inference, NodeId node)
    {
        auto at = std::find_if(inference.problems.begin(), inference.problems.end(), [&](const Problem& p) {
            return p.severity == Severity::Error && p.nodeId == node;
        });
        return at == inference.problems.end() ? nullptr : &*at;
    }

    std::optional<Dims> dimsOf(const Inference& inference, ValueId id) const
    {
        const ValueType& type = inference.types[id.index()];
        return type.kind == graph::TypeKind::Tensor && type.shape ? type.shape->concrete() : std::nullopt;
    }

    // "is written into the model": sizes and constants among the inputs.
    std::string writtenInputs(const graph::Node& node) const
    {
        std::string text;
        for (ValueId input : node.inputs)
            if (input.valid() && m_written[input.index()])
                if (auto dims = dimsOf(m_after, input))
                    text += fmt::format("{}\"{}\" ({})", text.empty() ? "" : ", ",
                                        displayText(m_graph.value(input).name, 200), graph::dimsText(*dims));
        return text.empty() ? text : "; written into the model: " + text;
    }

    Result<void> checkProblems(const graph::Node& node) const
    {
        const Problem* problem = errorAt(m_after, node.id);
        if (problem == nullptr || errorAt(m_before, node.id) != nullptr || target(node))
            return {};
        return Error{ErrorCode::Unsupported, problem->text + writtenInputs(node), nodeText(node)};
    }

    // The sizes of a Reshape when they are written into the model.
    std::optional<Dims> target(const graph::Node& node) const
    {
        if (node.opType != "Reshape" || !node.domain.empty())
            return std::nullopt;
        if (node.inputs.size() < 2)
            return node.attribute("shape") != nullptr ? std::optional(Dims(node.intsAttribute("shape")))
                                                      : std::nullopt;
        const ValueId sizes = node.inputs[1];
        if (!sizes.valid() || !m_written[sizes.index()])
            return std::nullopt;
        const auto& initializer = m_graph.value(sizes).initializer;
        const graph::Tensor& tensor = initializer ? initializer->tensor : m_after.known[sizes.index()];
        if (!tensor.defined() || tensor.bytes() == nullptr)
            return std::nullopt;
        auto numbers = tensor.toInt64s();
        return numbers.ok() ? std::optional(Dims(numbers.releaseValue())) : std::nullopt;
    }

    Result<void> checkReshape(const graph::Node& node) const
    {
        const auto sizes = target(node);
        if (!sizes || errorAt(m_before, node.id) != nullptr || node.inputs.empty() || node.outputs.empty())
            return {};
        const auto from = dimsOf(m_after, node.inputs[0]);
        const auto to = dimsOf(m_after, node.outputs[0]);
        const auto fromBefore = dimsOf(m_before, node.inputs[0]);
        const auto toBefore = dimsOf(m_before, node.outputs[0]);
        const bool follows =
            errorAt(m_after, node.id) == nullptr &&
            (!from || !to || !fromBefore || !toBefore || keepsBlocks({*fromBefore, *toBefore}, {*from, *to}));
        if (follows)
            return {};
        return Error{ErrorCode::Unsupported,
                     fmt::format("{} is written into the model, for an input of {}; it would get {}",
                                 graph::dimsText(*sizes),
                                 fromBefore ? graph::dimsText(*fromBefore) : "another shape",
                                 from ? graph::dimsText(*from) : "another"),
                     nodeText(node)};
    }

    const graph::Graph& m_graph;
    const Inference& m_before;
    const Inference& m_after;
    std::vector<bool> m_written; // by ValueId: depends on no input
};

// The shape that the file says, its open dims taken from the new one.
graph::Shape closed(const graph::Shape& declared, const Dims& dims)
{
    graph::Shape shape = declared;
    for (std::size_t i = 0; i < shape.rank() && i < dims.size(); ++i)
        if (!shape.dims[i].isKnown())
            shape.dims[i] = graph::Dim(dims[i]);
    return shape;
}

} // namespace

Result<void> replaceInputShapes(graph::Model& model, const std::map<ValueId, Dims>& shapes,
                                const ops::OpRegistry& ops)
{
    graph::Graph& graph = model.graph;
    std::map<ValueId, ValueType> before, after;
    for (const auto& [id, dims] : shapes) {
        before[id] = after[id] = graph.value(id).type;
        if (before[id].shape)
            before[id].shape = closed(*before[id].shape, dims);
        after[id].shape = graph::Shape::of(dims);
    }
    const Inference old = inferTypes(model, ops, before);
    for (const auto& [id, type] : after)
        graph.value(id).type = type;
    const auto& inputs = graph.main().inputs;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        graph::Value& value = graph.value(ValueId(i));
        const bool isInput = std::find(inputs.begin(), inputs.end(), ValueId(i)) != inputs.end();
        if (value.alive && !value.initializer && !isInput)
            value.type.shape.reset();
    }
    const Inference now = inferTypes(model, ops, after);
    return ReshapeCheck(graph, old, now).run();
}

} // namespace orrery::passes
