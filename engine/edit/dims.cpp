// SPDX-License-Identifier: Apache-2.0
//
// Static to dynamic: the inputs' dim gets a name, declared shapes of what nodes make are taken away, and
// inference tells what they are now; only what differs is declared anew. Dynamic to static: a name becomes a
// number in every declared shape; where it is part of an expression that has other names, the dim becomes
// unknown, for inference to fill.
#include "engine/base/text.h"
#include "engine/edit/actions.h"
#include "engine/edit/builder.h"
#include "engine/passes/infer.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::edit {
namespace {

using graph::Dim;
using graph::Graph;

bool isNameCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool mentions(const std::string& expression, const std::string& name)
{
    for (std::size_t at = expression.find(name); at != std::string::npos;
         at = expression.find(name, at + 1)) {
        std::size_t end = at + name.size();
        if ((at == 0 || !isNameCharacter(expression[at - 1])) &&
            (end == expression.size() || !isNameCharacter(expression[end])))
            return true;
    }
    return false;
}

bool hasShape(const graph::Value& value)
{
    return value.alive && value.type.kind == graph::TypeKind::Tensor && value.type.shape;
}

} // namespace

Result<graph::Edit> makeSymbolic(const graph::Model& model, const ops::OpRegistry& ops, std::size_t axis,
                                 const std::string& name)
{
    if (name.empty() || !std::all_of(name.begin(), name.end(), isNameCharacter) ||
        std::isdigit(static_cast<unsigned char>(name.front())) != 0)
        return refused("a dim's name is made of letters, digits and _, and begins with no digit");
    graph::Model trial = model;
    Graph& graph = trial.graph;
    bool any = false;
    for (ValueId id : graph.main().inputs) {
        graph::Value& value = graph.value(id);
        if (value.isConstant() || !hasShape(value) || value.type.shape->rank() <= axis)
            continue;
        value.type.shape->dims[axis] = Dim::symbolic(name);
        any = true;
    }
    if (!any)
        return refused(fmt::format("no graph input has a dim {}", axis));
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (graph::Value& value = graph.value(ValueId(i)); hasShape(value) && value.producer.valid())
            value.type.shape.reset();
    passes::Inference inference = passes::inferTypes(trial, ops);
    Builder builder(model);
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        const graph::Value& before = model.graph.value(ValueId(i));
        if (!hasShape(before) || before.initializer)
            continue;
        graph::ValueType type = before.producer.valid() ? inference.types[i] : graph.value(ValueId(i)).type;
        if (type.kind == graph::TypeKind::Tensor && type != before.type)
            builder.add(graph::SetValueType{before.id, std::move(type)});
    }
    return std::move(builder).group(fmt::format("Make dim {} symbolic as {}", axis, displayText(name, 40)));
}

Result<graph::Edit> makeStatic(const graph::Model& model, const std::string& name, std::int64_t number)
{
    if (number < 0)
        return refused(fmt::format("a dim cannot be {}", number));
    Builder builder(model);
    for (std::size_t i = 0; i < model.graph.valueSlots(); ++i) {
        const graph::Value& value = model.graph.value(ValueId(i));
        if (!hasShape(value))
            continue;
        graph::ValueType type = value.type;
        for (Dim& dim : type.shape->dims) {
            if (!dim.isSymbolic() || !mentions(dim.symbol(), name))
                continue;
            auto known = graph::evaluate(dim, [&](std::string_view symbol) {
                return symbol == name ? std::optional<std::int64_t>(number) : std::nullopt;
            });
            dim = known ? Dim(*known) : Dim::unknown();
        }
        if (type != value.type)
            builder.add(graph::SetValueType{value.id, std::move(type)});
    }
    if (builder.empty())
        return refused("no declared shape has a dim \"" + displayText(name, 40) + "\"");
    return std::move(builder).group(fmt::format("Make {} static: {}", displayText(name, 40), number));
}

} // namespace orrery::edit
