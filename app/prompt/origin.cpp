// SPDX-License-Identifier: Apache-2.0
//
// Dims: shape inference is done once more with a symbol for each dim of each input ("x[2]"), so that a dim
// that depends on the inputs comes out as an expression of them. One that does not is followed back through
// the nodes that hand it on. Cost: one inference of the graph.
#include "app/prompt/origin.h"

#include "engine/base/text.h"
#include "engine/ops/op_spec.h"
#include "engine/passes/infer.h"
#include "views/tensor_view/shape_origin.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::prompt {
namespace {

using graph::Dim;
using graph::Graph;
using graph::Shape;
using nlohmann::json;

constexpr std::size_t mostReaders = 20;

graph::Model modelOf(Prompt& prompt)
{
    graph::Model model;
    model.graph = prompt.graph();
    model.opsets = prompt.session().opened().opsets;
    return model;
}

std::vector<graph::ValueType> symbolicTypes(Prompt& prompt)
{
    graph::Model model = modelOf(prompt);
    std::map<ValueId, graph::ValueType> inputs;
    const auto& types = prompt.session().types();
    for (ValueId id : model.graph.main().inputs) {
        const graph::Value& value = model.graph.value(id);
        if (value.isConstant() || id.index() >= types.size() || !types[id.index()].shape)
            continue;
        graph::ValueType type = types[id.index()];
        for (std::size_t d = 0; d < type.shape->dims.size(); ++d)
            // Names from files may hold anything; the id stands in for one within an expression.
            type.shape->dims[d] = Dim::symbolic(fmt::format("input{}_{}", id.value, d));
        inputs[id] = std::move(type);
    }
    return passes::inferTypes(model, ops::OpRegistry::builtin(), inputs).types;
}

// "input4_2" in an expression → "x[2]".
std::string readable(const Graph& graph, std::string expression)
{
    for (ValueId id : graph.main().inputs) {
        std::string sign = fmt::format("input{}_", id.value);
        for (std::size_t at = expression.find(sign); at != std::string::npos;
             at = expression.find(sign, at + 1)) {
            std::size_t end =
                std::min(expression.find_first_not_of("0123456789", at + sign.size()), expression.size());
            std::string dim = expression.substr(at + sign.size(), end - at - sign.size());
            expression.replace(at, end - at, fmt::format("{}[{}]", valueName(graph, id), dim));
        }
    }
    return expression;
}

const Shape* shapeOf(const std::vector<graph::ValueType>& types, ValueId id)
{
    return id.valid() && id.index() < types.size() && types[id.index()].shape ? &*types[id.index()].shape
                                                                              : nullptr;
}

std::string originText(const Graph& graph, const tensor_view::DimOrigin& origin)
{
    using Kind = tensor_view::DimOrigin::Kind;
    switch (origin.kind) {
    case Kind::GraphInput:
        return fmt::format("{}[{}]", valueName(graph, origin.value), origin.axis);
    case Kind::Constant:
        return fmt::format("dim {} of the constant {}", origin.axis, valueName(graph, origin.value));
    case Kind::Node:
        return fmt::format("made by {}", namedNode(graph, origin.node));
    case Kind::Unknown:
        return "not known";
    }
    return {};
}

json readersJson(const Graph& graph, const std::vector<graph::Use>& uses)
{
    json readers = json::array();
    for (const graph::Use& use : uses)
        readers.push_back({{"node", nodeJson(graph, use.node)}, {"slot", use.slot}});
    return readers;
}

} // namespace

Reply originReply(Prompt& prompt, ValueId id)
{
    const Graph& graph = prompt.graph();
    const graph::Value& value = graph.value(id);
    Reply reply;
    reply.text = fmt::format("{}: {}\n", valueName(graph, id), typeOf(prompt.session(), id));
    std::string writer = value.isConstant()               ? "nobody: a constant of the model"
                         : graph.contains(value.producer) ? namedNode(graph, value.producer)
                                                          : "nobody: an input";
    reply.text += fmt::format("  written by  {}\n", writer);

    std::vector<graph::Use> uses = graph::UseIndex(graph).uses(id);
    for (std::size_t i = 0; i < std::min(uses.size(), mostReaders); ++i)
        reply.text += fmt::format(
            "  {:<10}  {}\n", i == 0 ? "read by" : "",
            uses[i].node.valid() ? fmt::format("{}, input {}", namedNode(graph, uses[i].node), uses[i].slot)
                                 : fmt::format("the outside, as output {}", uses[i].slot));
    if (uses.size() > mostReaders)
        reply.text += fmt::format("              … and {} more\n", uses.size() - mostReaders);
    if (uses.empty())
        reply.text += "  read by     nobody\n";

    json dims = json::array();
    std::vector<graph::ValueType> symbolic = symbolicTypes(prompt);
    const auto& types = prompt.session().types();
    std::vector<tensor_view::DimOrigin> origins = tensor_view::shapeOrigin(graph, id, types);
    const Shape* shape = shapeOf(types, id);
    const Shape* traced = shapeOf(symbolic, id);
    for (std::size_t d = 0; shape != nullptr && d < shape->rank(); ++d) {
        bool symbol = traced != nullptr && d < traced->rank() && traced->dims[d].isSymbolic();
        std::string from = symbol ? readable(graph, traced->dims[d].text()) : "not known";
        if (!symbol && d < origins.size())
            from = originText(graph, origins[d]);
        reply.text += fmt::format("  dim {:<6}  {:<6} {}\n", d, displayText(shape->dims[d].text(), 60),
                                  displayText(from, 400));
        dims.push_back({{"dim", shape->dims[d].text()}, {"from", from}});
    }
    reply.json = {{"value", valueJson(prompt.session(), id)},
                  {"written_by", nodeJson(graph, value.producer)},
                  {"read_by", readersJson(graph, uses)},
                  {"dims", std::move(dims)}};
    return reply;
}

} // namespace orrery::prompt
